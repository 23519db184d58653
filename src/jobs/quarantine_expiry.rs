//! What has been out of reach for its whole grace is destroyed, and certified.

use futures_util::future::BoxFuture;
use retaind_schedules::batch::BatchState;

use super::execute::carry_out;
use super::{JobContext, JobError};

/// The states in which something is out of reach, or gone and not yet certified.
pub(super) const OUT_OF_REACH: [BatchState; 3] =
    [BatchState::Quarantined, BatchState::Destroying, BatchState::Executed];

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(carry_out(job, &OUT_OF_REACH))
}
