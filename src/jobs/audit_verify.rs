//! The audit chain, checked from its first entry; its end goes out by mail, so
//! that a chain cut short or written anew later shows.

use futures_util::future::BoxFuture;

use super::notices::{look_at_chain, post};
use super::{JobContext, JobError};
use crate::notices::chain;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let post = post(job);
        let verified = look_at_chain(job, &post).await?;
        let verified = verified.map_err(|wrong| JobError::new(wrong.to_string()))?;
        chain::tell_head(&post, &verified).await?;
        Ok(format!("{}, whole", counted(verified.entries, "entry", "entries")))
    })
}
