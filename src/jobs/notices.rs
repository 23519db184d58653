//! What the date and the state of things call for: what comes due, what waits for
//! a review, what is kept too long, an audit chain that is broken. The outbox
//! sends it.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::notices::{self, Post};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let post = post(job);
        let chain = notices::chain::watch(&post).await?;
        job.progress.moved();
        notices::periodic(&post).await?;
        let reviews = notices::reviews::due(&post, &job.desk()).await?;
        let chain = match chain {
            Ok(_) => "whole",
            Err(notices::chain::Wrong::Broken(_)) => "broken",
            Err(notices::chain::Wrong::Differs(_)) => "whole, and not what is in force",
        };
        Ok(format!("the audit chain is {chain}, {reviews} reviews asked for"))
    })
}

pub(super) fn post(job: &JobContext) -> Post<'_> {
    Post { config: &job.config, catalogue: &job.catalogue, keys: &job.keys, clock: &*job.clock }
}
