//! Tells what is wrong, and of every batch what its state calls for. The outbox
//! sends it.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let alarms = notices::alarms(&post(job)).await?;
        let written = notices::chase(&post(job)).await?;
        let alarms = counted(alarms as u64, "alarm", "alarms");
        let written = counted(written as u64, "notice", "notices");
        Ok(format!("{alarms} and {written} of batches written"))
    })
}
