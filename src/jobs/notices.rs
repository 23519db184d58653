//! What the date and the state of things call for: alarms, what comes due, what
//! is kept too long. The outbox sends it.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::notices::{self, Post};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let post = post(job);
        let alarms = notices::alarms(&post).await?;
        notices::periodic(&post).await?;
        Ok(format!("{alarms} alarms written"))
    })
}

pub(super) fn post(job: &JobContext) -> Post<'_> {
    Post { config: &job.config, catalogue: &job.catalogue, keys: &job.keys, clock: &*job.clock }
}
