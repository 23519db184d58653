//! The audit chain, checked from its first entry.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::audit::{self, From};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        match audit::verify(&job.catalogue, From::Genesis).await {
            Ok(verified) => Ok(format!("{} entries, whole", verified.entries)),
            Err(fault) => Err(JobError::new(fault.to_string())),
        }
    })
}
