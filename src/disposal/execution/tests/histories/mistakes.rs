//! Mistakes that the program does not make, made behind its back to see that
//! the check of a history finds them.

use std::fs;
use std::path::Path;

use super::steps::{HASTY_WAY, HELD_WAY, Step};
use super::world::QUARANTINE;
use crate::disposal::execution::tests::office::Office;

/// What goes wrong, and what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A hold forgets what it covers.
    ForgetsHold,
    /// What was taken out of reach is not written down.
    ForgetsTaking,
    /// What is out of reach is lost.
    LosesFile,
    /// A list is another than people were shown.
    ChangesList,
    /// Nobody waits for the cooling-off to end.
    SkipsWait,
    /// An entry of the audit chain is written anew.
    RewritesAudit,
    /// A line goes without a stub.
    LosesStub,
}

impl Mistake {
    /// Each with what is said of it, and the way on which there is occasion to.
    pub(super) const ALL: [(Self, &'static str, &'static [Step]); 7] = [
        (Self::ForgetsHold, "is held", HELD_WAY),
        (Self::ForgetsTaking, "I19", HASTY_WAY),
        (Self::LosesFile, "I19", HASTY_WAY),
        (Self::ChangesList, "I5", HASTY_WAY),
        (Self::SkipsWait, "in its cooling-off", HASTY_WAY),
        (Self::RewritesAudit, "I20", HASTY_WAY),
        (Self::LosesStub, "I4", HASTY_WAY),
    ];

    /// Makes it, where there is occasion to.
    pub(super) async fn make(self, office: &Office, share: &Path) {
        let sql = match self {
            Self::ForgetsHold => {
                "drop trigger if exists hold_scope_refuses_update;
                 update hold_scope set value = '{\"scope\":\"reference\",\"of\":\"none\"}'"
            }
            Self::ForgetsTaking => {
                "update batch_line set state = 'pending' where state = 'quarantined'"
            }
            Self::LosesFile => return lose(&share.join(QUARANTINE)),
            Self::ChangesList => {
                "drop trigger if exists batch_line_refuses_update;
                 update batch_line set bytes = bytes + 1 where state = 'pending'"
            }
            Self::SkipsWait => {
                "drop trigger if exists batch_refuses_update;
                 update batch set not_before = 0 where not_before > 0"
            }
            Self::RewritesAudit => {
                "drop trigger if exists audit_entry_refuses_update;
                 update audit_entry set reason = 'nothing' where seq > 30"
            }
            Self::LosesStub => "drop trigger if exists stub_refuses_delete; delete from stub",
        };
        office.write(sql).await;
    }
}

fn lose(quarantine: &Path) {
    let Ok(entries) = fs::read_dir(quarantine) else { return };
    for entry in entries {
        let _ = fs::remove_file(entry.unwrap().path());
    }
}
