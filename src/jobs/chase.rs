//! Tells of every batch what its state calls for. The outbox sends it.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let written = notices::chase(&post(job)).await?;
        Ok(format!("{written} notices of batches written"))
    })
}
