//! What is gone from its store since the catalogue was restored.

use async_trait::async_trait;

use super::{Check, Patient, Said, ago, warning, well, wrong};
use crate::keys::Keys;
use crate::plural::counted;
use crate::upkeep::gone::Gone;
use crate::upkeep::restore::Since;
use crate::upkeep::{UpkeepError, gone, restore};

pub(super) struct Restored;

#[async_trait]
impl Check for Restored {
    fn area(&self) -> &'static str {
        "restore"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let Some(restored) = restore::last(patient.catalogue.read()).await? else {
            return Ok(vec![well("never restored from a backup")]);
        };
        let state = &patient.config.state_directory;
        let keys = Keys::load(state, patient.catalogue).await?;
        let gone = gone::gone(patient.catalogue, &keys, state).await?;
        let when = ago(restored.at, patient.now);
        let held = (restored.since == Since::Unknown).then(|| {
            wrong(
                format!(
                    "restored {when} to what it was at {}: what was held since is not in it, and \
                     nothing is destroyed",
                    restored.taken_at
                ),
                "Place again every hold that is missing (`retaind hold list`); then a records \
                 manager confirms it with `retaind dispose confirm-restore`",
            )
        });
        let of_items = of_items(&gone, &when);
        Ok(held.into_iter().chain([of_items]).collect())
    }
}

fn of_items(gone: &[Gone], when: &str) -> Said {
    let covered = gone.iter().filter(|item| item.certificate.is_some()).count();
    let perhaps = gone.iter().filter(|item| !item.perhaps.is_empty()).count();
    let unexplained = gone.len() - covered - perhaps;
    if covered == gone.len() {
        return well(format!(
            "restored {when}; {} destroyed since the backup, all under certificates",
            counted(covered as u64, "item", "items")
        ));
    }
    warning(
        format!(
            "restored {when}; {} gone since the backup: {covered} under a certificate, \
             {perhaps} perhaps under one whose manifest cannot be read, {unexplained} in no \
             certificate that is kept here",
            counted(gone.len() as u64, "item is", "items are")
        ),
        "Look at `retaind report gone`, and at the certificates that were sent out; ask the \
         store's owner about what is in none",
    )
}
