//! Authorised batches, taken out of reach after their cooling-off. What follows
//! on that is done by [`super::quarantine_expiry`].

use futures_util::future::BoxFuture;
use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{JobContext, JobError};
use crate::catalogue::entity::batch;
use crate::catalogue::values::Text;
use crate::disposal::execution::{self, ChunkSize, DisposalError, asked, settle};
use crate::plural::counted;
use crate::working_days::may_execute;

/// The states in which something is to be taken out of reach.
const TO_BE_TAKEN: [BatchState; 2] = [BatchState::Authorised, BatchState::Quarantining];

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(carry_out(job, &TO_BE_TAKEN))
}

/// Carries out the batches in these states as far as each may go now.
pub(super) async fn carry_out(job: &JobContext, states: &[BatchState]) -> Result<String, JobError> {
    settle::settle_all(&job.scanner()).await?;
    let batches = batch::Entity::find()
        .filter(batch::Column::State.is_in(states.iter().copied().map(Text)))
        .order_by_asc(batch::Column::Number)
        .all(job.catalogue.read())
        .await
        .map_err(|fault| job.catalogue.error(fault))?;
    let (mut moved, mut waiting, mut stopped) = (0, 0, 0);
    for batch in &batches {
        if job.cancel.is_cancelled() {
            break;
        }
        job.progress.moved();
        let number = &batch.number;
        match execution::run(&job.scanner(), number, ChunkSize::ByTime, &job.cancel).await {
            Ok(ran) if ran.state == batch.state.0 => waiting += 1,
            Ok(ran) => {
                moved += 1;
                let state = ran.state.name();
                tracing::info!(batch = number, state, "batch {number} is {state} now");
            }
            Err(why @ DisposalError::Stopped { .. }) => {
                stopped += 1;
                tracing::warn!(batch = number, %why, "{why}");
            }
            Err(why) => {
                stopped += 1;
                // What a store says of itself may name what is in it.
                let said = match &why {
                    DisposalError::Store(_)
                    | DisposalError::Connect(_)
                    | DisposalError::Plan(_) => String::new(),
                    ours => ours.to_string(),
                };
                tracing::error!(batch = number, "batch {number} could not be carried out. {said}");
                tracing::debug!(batch = number, %why, "{why}");
            }
        }
    }
    if job.cancel.is_cancelled() {
        return Err(JobError::new("it was told to stop"));
    }
    let said = format!(
        "{} went on, {}, {} stopped",
        counted(moved as u64, "batch", "batches"),
        counted(waiting as u64, "waits", "wait"),
        counted(stopped as u64, "was", "were")
    );
    // At any other hour they wait all the same, and the list is not missed yet.
    let now = job.clock.now();
    if waiting > 0 && may_execute(now, &job.config.working_days).is_ok() {
        let unread = asked::unread(&job.config, job.catalogue.read(), now).await?;
        if let Some(why) = unread {
            return Err(JobError::new(format!("{said}; {why}")));
        }
    }
    if stopped > 0 { Err(JobError::new(said)) } else { Ok(said) }
}
