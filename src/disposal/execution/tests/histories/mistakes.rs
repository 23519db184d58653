//! Mistakes that the program does not make, made behind its back to see that
//! the check of a history finds them.

use std::fs;
use std::path::Path;

use super::steps::{HASTY_WAY, Step};
use super::world::QUARANTINE;
use crate::disposal::execution::tests::office::Office;

/// What goes wrong, and what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// What was taken out of reach is not written down.
    ForgetsTaking,
    /// What is out of reach is lost.
    LosesFile,
}

impl Mistake {
    /// Each with what is said of it, and the way on which there is occasion to.
    pub(super) const ALL: [(Self, &'static str, &'static [Step]); 2] =
        [(Self::ForgetsTaking, "I19", HASTY_WAY), (Self::LosesFile, "I19", HASTY_WAY)];

    /// Makes it, where there is occasion to.
    pub(super) async fn make(self, office: &Office, share: &Path) {
        match self {
            Self::ForgetsTaking => {
                let sql = "update batch_line set state = 'pending' where state = 'quarantined'";
                office.write(sql).await;
            }
            Self::LosesFile => {
                let Ok(entries) = fs::read_dir(share.join(QUARANTINE)) else { return };
                for entry in entries {
                    let _ = fs::remove_file(entry.unwrap().path());
                }
            }
        }
    }
}
