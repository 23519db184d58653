//! Sends what waits in the outbox, and reads what came back.

use futures_util::future::BoxFuture;

use super::notices::post;
use super::{JobContext, JobError};
use crate::notices;
use crate::notices::bounce::was_never_there;
use crate::plural::counted;

/// Where no report could ever have been read.
const UNSEEN: &str = "; nothing is or ever was where failed deliveries are reported: see `bounces` \
                      in [mail]";

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let post = post(job);
        // What came back that cannot be read keeps nothing from going out.
        let notices::Summary { sent, waiting, refused, stuck, .. } =
            notices::send_due(&post).await?;
        job.progress.moved();
        let bounced = notices::read_bounces(&post).await?.bounced;
        let sent = counted(sent, "mail", "mails");
        let waiting = counted(waiting, "waits for its", "wait for their");
        let stuck = counted(stuck, "notice", "notices");
        let place = job.config.mail.as_ref().and_then(|mail| mail.bounces.as_deref());
        let unseen = if place.is_some_and(was_never_there) { UNSEEN } else { "" };
        Ok(format!(
            "{sent} sent, {waiting} server, {refused} refused, {bounced} came back, {stuck} for \
             nobody{unseen}"
        ))
    })
}
