//! The council's list of open requests, read each night before the scan: what
//! they ask for is held. A case that could not be held makes the run fail, since
//! what it asks for may go.

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::holds::HoldError;
use crate::holds::feed::{FeedFile, Feeding, meet, plan, read};
use crate::people;

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let Some(feed) = &job.config.holds.feed else {
            return Ok("no list of open requests is configured".to_owned());
        };
        let actor =
            people::named(&job.catalogue, &feed.person, job.clock.today()).await.map_err(|_| {
                JobError::new("the person of [holds.feed] is not on the people list, or has left")
            })?;
        let (path, today) = (feed.file.clone(), job.clock.today());
        let found = tokio::task::spawn_blocking(move || FeedFile::read(&path, today)).await;
        let Ok(Ok(file)) = found else {
            let words = "the list of open requests cannot be read: `retaind hold feed` says why";
            return Err(JobError::new(words));
        };
        let feeding = Feeding {
            catalogue: &job.catalogue,
            keys: &job.keys,
            actor: &actor,
            tail: job.config.holds.foi_tail,
            now: job.clock.now(),
            today,
        };
        let plan = plan(&feeding, &file).await.map_err(|error| coarse(&error))?;
        let covered = feeding.carry_out(&plan).await.map_err(|error| coarse(&error))?;
        read::note(&job.catalogue, &feed.file, &plan, feeding.now).await?;
        let met = meet(&job.scanner(), &covered).await;
        let met = met.map_err(|_| JobError::new("what is under way could not be looked at"))?;
        let said = format!(
            "{} cases: {} held anew, {} widened, {} with their release asked for; {} no longer \
             listed and still held",
            plan.cases,
            plan.placed.len(),
            plan.widened.len(),
            plan.release_asked.len(),
            plan.missing.len()
        );
        match (plan.findings.len(), met.open.len()) {
            (0, 0) => Ok(said),
            (0, open) => Err(JobError::new(format!(
                "{said}; {open} open chunks beneath them: `retaind dispose settle` settles them"
            ))),
            (cells, _) => Err(JobError::new(format!(
                "{said}; {cells} cells need a person: `retaind hold feed` names them"
            ))),
        }
    })
}

/// What went wrong, without what the list says.
fn coarse(error: &HoldError) -> JobError {
    match error {
        HoldError::Catalogue(fault) => JobError::new(fault.to_string()),
        _ => JobError::new("a hold could not be placed: `retaind hold feed` says why"),
    }
}
