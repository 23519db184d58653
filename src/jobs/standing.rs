//! The batches of the day under standing authorities. It runs before what is due
//! is proposed, so that only what no authority covers waits for two people.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::disposal::standing::daily;
use crate::notices;
use crate::plural::counted;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let days = daily(&job.desk()).await?;
        job.progress.moved();
        let (mut made, mut lines, mut stopped) = (0, 0, 0);
        for day in &days {
            match &day.batches {
                Ok(batches) => {
                    made += batches.len();
                    lines += batches.iter().map(|batch| batch.lines).sum::<i64>();
                }
                Err(why) => {
                    stopped += 1;
                    tracing::warn!(authority = day.authority, %why, "{why}");
                }
            }
        }
        notices::above_caps(&job.catalogue, &days, job.clock.now()).await?;
        let made = counted(made as u64, "batch", "batches");
        let lines = counted(lines.unsigned_abs(), "line", "lines");
        let stopped = counted(stopped as u64, "authority", "authorities");
        Ok(format!(
            "{made} of {lines} made under standing authorities, {stopped} stopped by a guard"
        ))
    })
}
