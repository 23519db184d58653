//! The nightly scan: every store, one after another. One that cannot be scanned
//! does not keep the others from it.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::change;
use crate::scan::run::{ScanError, Scanner};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let (scanner, mut items, mut faults) = (job.scanner(), 0, Vec::new());
        year_ends(&scanner).await;
        for store in &job.config.stores {
            if job.cancel.is_cancelled() {
                return Err(JobError::new("the scan was stopped"));
            }
            let moved = |_| job.progress.moved();
            match scanner.scan(store, job.cancel.clone(), &moved).await {
                Ok(summary) => {
                    items += summary.items;
                    let (store, items) = (&store.name, summary.items);
                    tracing::info!(store, items, "store {store}: {items} items scanned");
                }
                Err(error) => {
                    let (store, why) = (&store.name, coarse(&error));
                    tracing::warn!(store, why, "store {store} was not scanned: {why}");
                    faults.push(format!("{store} ({why})"));
                }
            }
        }
        let stores = job.config.stores.len();
        let scanned = stores - faults.len();
        match faults[..] {
            [] => Ok(format!("{scanned} stores scanned, {items} items")),
            _ => Err(JobError::new(format!(
                "{scanned} of {stores} stores scanned, {items} items; not {}. \
                 `retaind scan STORE` says why",
                faults.join(", ")
            ))),
        }
    })
}

/// The scan goes on with the year ends in force, whatever the configuration says.
async fn year_ends(scanner: &Scanner<'_>) {
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
