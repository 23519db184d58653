//! What is kept beyond its maximum: to its owners from the first working day of
//! each month, and to the senior information risk owner each quarter.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let told = notices::over_retention(&post(job)).await?;
        Ok(format!(
            "{} something beyond its maximum, {} written",
            counted(told.beyond as u64, "record type holds", "record types hold"),
            counted(told.written as u64, "notice", "notices")
        ))
    })
}
