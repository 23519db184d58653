//! Batches that nobody answered or carried out in time end. Silence never destroys.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::disposal::expire::expire;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        job.clock_is_sane().await?;
        let expired = expire(&job.desk()).await?;
        Ok(format!("{} batches expired", expired.len()))
    })
}
