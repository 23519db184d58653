//! The audit chain: whole, going on from where it was last found whole, and
//! saying of what is in force what it is.

use async_trait::async_trait;

use super::{Check, Patient, Said, well, wrong};
use crate::audit::{self, From, VerifyError};
use crate::plural::counted;
use crate::upkeep::{UpkeepError, kept_head};

pub(super) struct Chain;

const REMEDY: &str = "Someone changed the database behind the program's back. Stop the daemon, keep \
    a copy of the catalogue as evidence, find out who may write to it, and restore the last \
    backup whose chain is whole";

#[async_trait]
impl Check for Chain {
    fn area(&self) -> &'static str {
        "audit chain"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let state = &patient.config.state_directory;
        let kept = kept_head::read(state);
        let snapshot = patient.catalogue.read_tx().await?;
        if let Some(kept) = &kept
            && let Err(error) = audit::verify_in(&snapshot, From::Head(kept.clone())).await
        {
            let since = format!("since {} was written", state.join(kept_head::FILE).display());
            return broken(error, &since);
        }
        let verified = match audit::verify_in(&snapshot, From::Genesis).await {
            Ok(verified) => verified,
            Err(error) => return broken(error, "from its beginning"),
        };
        kept_head::write(state, &verified.head)?;
        let since =
            kept.map_or_else(String::new, |kept| format!(", entry {} among them", kept.seq));
        let whole =
            well(format!("whole: {}{since}", counted(verified.entries, "entry", "entries")));
        let differs = audit::differing(&snapshot).await?.into_iter();
        let differs = differs.map(|one| wrong(one.to_string(), audit::REMEDY));
        Ok(std::iter::once(whole).chain(differs).collect())
    }
}

fn broken(error: VerifyError, since: &str) -> Result<Vec<Said>, UpkeepError> {
    match error {
        VerifyError::Broken(broken) => {
            Ok(vec![wrong(format!("{broken} (looked at {since})"), REMEDY)])
        }
        VerifyError::Catalogue(error) => Err(error.into()),
    }
}
