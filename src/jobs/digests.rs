//! Makes of what waits one mail a day for each reader. The outbox sends it.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let made = notices::compose_digests(&post(job)).await?;
        Ok(format!("{made} digests made or added to"))
    })
}
