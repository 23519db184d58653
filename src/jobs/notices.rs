//! What the date calls for: what comes due, what waits for a review, what is told
//! once a year; and an audit chain that is broken. The outbox sends it.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::audit::{self, Found, Looked, Verified};
use crate::notices::chain::Wrong;
use crate::notices::{self, Post};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let post = post(job);
        let chain = look_at_chain(job, &post).await?;
        job.progress.moved();
        notices::periodic(&post).await?;
        let reviews = notices::reviews::due(&post, &job.desk()).await?;
        let chain = match chain {
            Ok(_) => "whole",
            Err(Wrong::Broken(_)) => "broken",
            Err(Wrong::Differs(_)) => "whole, and not what is in force",
        };
        Ok(format!("the audit chain is {chain}, {reviews} reviews asked for"))
    })
}

/// Verifies the chain, tells at once where it is wrong, and notes what was found.
pub(super) async fn look_at_chain(
    job: &JobContext,
    post: &Post<'_>,
) -> Result<Result<Verified, Wrong>, JobError> {
    let chain = notices::chain::watch(post).await?;
    let found = match &chain {
        Ok(_) => Found::Whole,
        Err(Wrong::Differs(things)) => Found::Differs(*things),
        Err(Wrong::Broken(broken)) => Found::Broken(broken.seq),
    };
    audit::note_look(&job.catalogue, Looked { at: job.clock.now(), found }).await?;
    Ok(chain)
}

pub(super) fn post(job: &JobContext) -> Post<'_> {
    Post { config: &job.config, catalogue: &job.catalogue, keys: &job.keys, clock: &*job.clock }
}
