//! What nobody answered, signed or carried out in time ends, batches and changes.
//! Silence never destroys, and changes nothing.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::disposal::expire::expire;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        job.clock_is_sane().await?;
        let expired = expire(&job.desk()).await?;
        let lapsed = crate::change::expire(&job.catalogue, job.clock.now()).await?;
        let expired = counted(expired.len() as u64, "batch", "batches");
        let lapsed = counted(lapsed as u64, "change", "changes");
        Ok(format!("{expired} expired, {lapsed} lapsed unsigned"))
    })
}
