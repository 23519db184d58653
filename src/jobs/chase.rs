//! Tells what is wrong, and of every batch what its state calls for. The outbox
//! sends it.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let alarms = notices::alarms(&post(job)).await?;
        let written = notices::chase(&post(job)).await?;
        Ok(format!("{alarms} alarms and {written} notices of batches written"))
    })
}
