//! The nightly scan: every store, one after another. One that cannot be scanned
//! does not keep the others from it.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::change;
use crate::plural::counted;
use crate::scan::run::{ScanError, Scanner};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let (scanner, mut faults) = (job.scanner(), Vec::new());
        let (mut items, mut gone) = (0, 0);
        year_ends(&scanner).await;
        for store in &job.config.stores {
            if job.cancel.is_cancelled() {
                return Err(JobError::new("the scan was stopped"));
            }
            let moved = |_| job.progress.moved();
            match scanner.scan(store, job.cancel.clone(), &moved).await {
                Ok(summary) => {
                    items += summary.items;
                    gone += summary.gone_since_restore;
                    let (store, items) = (&store.name, summary.items);
                    let said = counted(items, "item", "items");
                    tracing::info!(store, items, "store {store}: {said} scanned");
                }
                Err(error) => {
                    let (store, why) = (&store.name, coarse(&error));
                    tracing::warn!(store, why, "store {store} was not scanned: {why}");
                    faults.push(format!("{store} ({why})"));
                }
            }
        }
        if gone > 0 {
            tracing::warn!(gone, "items are gone since the catalogue was restored: {gone}");
        }
        let (items, stores) = (met(items, gone), job.config.stores.len());
        let scanned = stores - faults.len();
        match faults[..] {
            [] => Ok(format!("{} scanned, {items}", counted(scanned as u64, "store", "stores"))),
            _ => Err(JobError::new(format!(
                "{scanned} of {stores} stores scanned, {items}; not {}. \
                 `retaind scan STORE` says why",
                faults.join(", ")
            ))),
        }
    })
}

/// How much was met, and what went after the backup that the catalogue was
/// restored from: destroyed then, most likely, and not missing.
fn met(items: u64, gone: u64) -> String {
    let items = counted(items, "item", "items");
    match gone {
        0 => items,
        _ => format!(
            "{items}; {} gone since the catalogue was restored: `retaind report gone` says under \
             which certificates",
            counted(gone, "is", "are")
        ),
    }
}

/// The scan goes on with the year ends in force, whatever the configuration says.
async fn year_ends(scanner: &Scanner) {
    match change::calendar::keep_up(scanner).await {
        Ok(None) => {}
        Ok(Some(waits)) => {
            let change = waits.id();
            tracing::warn!(%change, "other year ends than those in force wait to be signed: {change}");
        }
        Err(fault) => tracing::warn!(%fault, "the year ends could not be proposed: {fault}"),
    }
}

/// What went wrong, without the path where it did.
fn coarse(error: &ScanError) -> String {
    match error {
        ScanError::Store(fault) => fault.kind.to_string(),
        ScanError::Connect(_) => "not the store it was, or not to be opened".to_owned(),
        ScanError::Plan(_) => "its mappings cannot be made ready".to_owned(),
        ScanError::Lock(_) => "another scan is under way".to_owned(),
        ScanError::Catalogue(fault) => fault.to_string(),
        ScanError::NoSchedule => "no schedule is in force".to_owned(),
        ScanError::Emptied { .. } => "it shows nothing at all".to_owned(),
        ScanError::BrokenOff(_) => "it broke off".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::met;

    #[test]
    fn what_is_gone_since_a_restore_is_said_of_the_night() {
        assert_eq!(met(12, 0), "12 items");
        assert_eq!(
            met(12, 3),
            "12 items; 3 are gone since the catalogue was restored: `retaind report gone` says \
             under which certificates"
        );
    }
}
