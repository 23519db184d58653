//! Certificates whose last backup has lost its copy are closed.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::proof;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        job.clock_is_sane().await?;
        let closed = proof::close_due(&job.prover(), job.clock.today(), job.clock.now()).await;
        let closed = closed.map_err(|fault| JobError::new(fault.to_string()))?;
        Ok(format!("{} certificates closed", closed.len()))
    })
}
