//! A nightly backup of the catalogue and its keys, read back before it counts.

use std::num::NonZeroUsize;

use futures_util::future::BoxFuture;

use super::{JobContext, JobError};
use crate::audit::By;
use crate::upkeep::backup::{Destination, Keep, Origin, backup};

/// How many stay in the folder.
const KEPT: NonZeroUsize = NonZeroUsize::new(14).expect("fourteen is not none");

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let state = &job.config.state_directory;
        let origin = Origin { state, catalogue: &job.catalogue };
        let to = Destination::Folder(job.config.backups.clone(), Keep::Latest(KEPT));
        let made = backup(origin, &to, &By::Service, job.clock.now()).await?;
        Ok(format!("{} bytes, read back; {} older ones removed", made.bytes, made.pruned.len()))
    })
}
