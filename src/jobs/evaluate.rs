//! What scans have listed is judged anew where rules, holds, year ends, events or
//! the day have changed since. No store is asked for it.

use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{JobContext, JobError};
use crate::catalogue::entity::store;
use crate::plural::counted;
use crate::scan::lock::{LockError, StoreLock};
use crate::scan::rejudge::rejudge;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let (mut judged, mut changed, mut scanned) = (0, 0, 0);
        for store in &job.config.stores {
            let known = store::Entity::find().filter(store::Column::Name.eq(&store.name));
            let known = known.one(job.catalogue.read()).await;
            let Some(known) = known.map_err(|fault| job.catalogue.error(fault))? else { continue };
            let _lock = match StoreLock::take(&job.config.state_directory, &store.name) {
                Ok(lock) => lock,
                Err(LockError::Held(_)) => {
                    scanned += 1;
                    continue;
                }
                Err(LockError::Unwritable { .. }) => {
                    return Err(JobError::new("a lock cannot be made in the state directory"));
                }
            };
            let moved = || job.progress.moved();
            if let Some(one) = rejudge(&job.scanner(), &known, &job.cancel, &moved).await? {
                judged += one.judged;
                changed += one.changed;
            }
        }
        if job.cancel.is_cancelled() {
            return Err(JobError::new("it was told to stop"));
        }
        let left = match scanned {
            0 => String::new(),
            stores => {
                format!(
                    "; {}",
                    counted(stores as u64, "store is being", "stores are being") + " scanned"
                )
            }
        };
        let judged = counted(judged, "listed item", "listed items");
        Ok(format!("{judged} judged anew, {changed} of them otherwise{left}"))
    })
}
