//! Sealed lists of destroyed items are destroyed themselves, at their time, and
//! lists that are over forget where their items stood.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::disposal::forget::forget;
use crate::proof::{self, ProofError};

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        job.clock_is_sane().await?;
        let expired =
            proof::expire_manifests(&job.prover(), job.clock.today(), job.clock.now()).await;
        let expired = expired.map_err(|fault| match fault {
            // Without the path: it names a batch.
            ProofError::Io(_, why) => JobError::new(format!(
                "a manifest past its time cannot be removed ({}): see that the state directory \
                 belongs to the user that runs retaind",
                why.kind()
            )),
            fault => JobError::new(fault.to_string()),
        })?;
        let kept = job.config.proof.manifest_kept;
        let forgotten = forget(&job.catalogue, kept, job.clock.today(), job.clock.now()).await?;
        Ok(format!(
            "{} manifests destroyed at their time, {} lists forgotten",
            expired.len(),
            forgotten.len()
        ))
    })
}
