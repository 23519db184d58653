//! What is due is proposed, where its asset lets the program propose. Nothing
//! goes because of that: two people must approve first.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::disposal::propose::{Proposer, Run, Wanted, propose};
use crate::notices;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let wanted = Wanted::default();
        let proposals = propose(&job.desk(), Proposer::Program, &wanted, Run::Real).await?;
        job.progress.moved();
        let (mut made, mut stopped) = (0, 0);
        for proposal in &proposals {
            match &proposal.lists {
                Ok(lists) => made += lists.batches.len(),
                Err(why) => {
                    stopped += 1;
                    tracing::info!(
                        record_type = proposal.record_type,
                        store = proposal.store,
                        %why,
                        "nothing is proposed: {why}"
                    );
                }
            }
        }
        let now = job.clock.now();
        notices::above_ceilings(&job.catalogue, &proposals, now).await?;
        let made = counted(made as u64, "batch", "batches");
        let stopped = counted(stopped as u64, "record type", "record types");
        Ok(format!("{made} proposed, {stopped} stopped by a guard"))
    })
}
