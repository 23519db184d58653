//! Holds that are near or past the day on which somebody must look at them: their
//! review is asked for by mail. A hold never expires; one nobody reviews stays,
//! and is found here every day.

use futures_util::future::BoxFuture;
use jiff::ToSpan as _;

use super::{JobContext, JobError};
use crate::holds::{self, Which};
use crate::notices;
use crate::plural::counted;

/// From so many days before its review a hold is near it.
const NEAR: i64 = 30;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        notices::hold_reviews(&job.catalogue, job.clock.now()).await?;
        let (mut past, mut near) = (0, 0);
        let today = job.clock.today();
        let soon = today.saturating_add(NEAR.days());
        for listed in holds::list(&job.catalogue, Which::InForce).await? {
            let (id, review_on) = (listed.hold.id, listed.hold.review_on.0);
            if review_on <= today {
                past += 1;
                tracing::warn!(hold = %id, %review_on, "hold {id} is past its review of {review_on}");
            } else if review_on <= soon {
                near += 1;
                tracing::info!(hold = %id, %review_on, "hold {id} is to be reviewed on {review_on}");
            }
        }
        let past = counted(past as u64, "hold past its", "holds past their");
        Ok(format!("{past} review, {near} to be reviewed within {NEAR} days"))
    })
}
