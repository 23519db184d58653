//! One run of a job, from claim to result.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::lease::{self, Claim, Ended, JobLock, Lease, PATIENCE, RENEWAL, Renewal};
use super::moving::Moving;
use super::schedule::{self, next_due};
use super::{Job, JobContext, JobError, Progress, book};
use crate::catalogue::words::{RunCause, RunResult};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock::Clock;
use crate::config::Config;
use crate::disposal::execution::clock;
use crate::keys::Keys;

/// As much of a message as is kept, in characters.
const MESSAGE: usize = 500;

const STOPPED: &str = "stopped before its end; it is due again at once";

/// Runs jobs. Cheap to clone; the clones share what is running.
#[derive(Clone)]
pub struct Runner {
    /// The configuration of the next run.
    pub config: Arc<Config>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The instance's keys.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Stops every run.
    pub cancel: CancellationToken,
    /// What is running, and when each last moved.
    pub running: Arc<watch::Sender<Running>>,
}

/// What is running, and when each last moved.
pub type Running = BTreeMap<&'static str, Progress>;

/// What came of the wish to run a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It ran.
    Ended {
        /// How it ended.
        result: RunResult,
        /// In words.
        message: String,
    },
    /// It is running already, here or on another machine.
    Busy,
    /// Another daemon was quicker.
    NotDue,
}

/// A run that could not be claimed, or whose result could not be entered.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The lock file cannot be made.
    #[error("cannot lock job `{job}` in the state directory: {fault}. It must be writable")]
    Lock {
        /// Which job.
        job: &'static str,
        /// What the system said.
        fault: std::io::Error,
    },
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Runner {
    /// Notes the time, so that a clock that leaps or goes back shows before
    /// anything is destroyed.
    pub async fn see_clock(&self) {
        if let Err(fault) = clock::seen(&self.catalogue, self.clock.now()).await {
            tracing::warn!(%fault, "the time could not be noted: {fault}");
        }
    }

    /// With nothing running.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        catalogue: Catalogue,
        keys: Keys,
        clock: Arc<dyn Clock>,
        cancel: CancellationToken,
    ) -> Self {
        let running = Arc::new(watch::Sender::new(Running::new()));
        Self { config, catalogue, keys, clock, cancel, running }
    }

    /// The jobs to run now, once the catalogue knows them all.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn due(&self) -> Result<Vec<(&'static Job, RunCause)>, CatalogueError> {
        self.sync().await?;
        book::due(&self.catalogue, &self.config, self.clock.now()).await
    }

    /// Brings the catalogue's jobs to the configuration.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn sync(&self) -> Result<(), CatalogueError> {
        book::sync(&self.catalogue, &self.config, self.clock.now()).await
    }

    /// Runs a job to its end, unless it is running or no longer due. A job that
    /// panics has failed.
    ///
    /// # Errors
    ///
    /// Where it could not be claimed, or its result could not be entered.
    pub async fn run(&self, job: &'static Job, cause: RunCause) -> Result<Ran, RunError> {
        let locked = JobLock::take(&self.config.state_directory, job);
        let Some(lock) = locked.map_err(|fault| RunError::Lock { job: job.name, fault })? else {
            return Ok(Ran::Busy);
        };
        match lease::claim(&self.catalogue, job, lock, cause, self.clock.now()).await? {
            Claim::NotDue => Ok(Ran::NotDue),
            Claim::Theirs => Ok(Ran::Busy),
            Claim::Ours(lease) => {
                let span = tracing::info_span!("job", job = job.name, cause = %cause);
                self.run_with(job, lease).instrument(span).await
            }
        }
    }

    async fn run_with(&self, job: &'static Job, lease: Lease) -> Result<Ran, RunError> {
        let context = JobContext {
            config: Arc::clone(&self.config),
            catalogue: self.catalogue.clone(),
            keys: self.keys.clone(),
            clock: Arc::clone(&self.clock),
            cancel: self.cancel.child_token(),
            progress: Progress::new(Arc::clone(&self.clock)),
        };
        tracing::info!(job = job.name, "job {} begins", job.name);
        self.running.send_modify(|running| {
            running.insert(job.name, context.progress.clone());
        });
        let ended = self.watched(job, &context, &lease).await;
        self.running.send_modify(|running| {
            running.remove(job.name);
        });
        let ended = self.ended(job, ended);
        lease.release(&self.catalogue, &ended, self.clock.now()).await?;
        log(job, &ended);
        Ok(Ran::Ended { result: ended.result, message: ended.message })
    }

    /// Runs it while its lease is renewed; a run without a lease is stopped.
    async fn watched(
        &self,
        job: &'static Job,
        context: &JobContext,
        lease: &Lease,
    ) -> Result<String, JobError> {
        let run = AssertUnwindSafe((job.run)(context)).catch_unwind();
        let mut run = Moving::new(Box::pin(run), context.progress.clone());
        let mut pace = tokio::time::interval(RENEWAL);
        pace.tick().await;
        // Beside the job, not between its steps: it may hold what renewing waits for.
        let renewing = async {
            loop {
                pace.tick().await;
                // Whether or not the catalogue answers.
                let idle = context.progress.idle();
                if idle >= PATIENCE {
                    context.cancel.cancel();
                }
                let now = self.clock.now();
                let renewing = lease.renew(&self.catalogue, now - idle, now);
                match tokio::time::timeout(RENEWAL, renewing).await {
                    Ok(Ok(Renewal::Ours)) => {}
                    Ok(Ok(Renewal::Lost)) => context.cancel.cancel(),
                    Err(_) => {
                        tracing::warn!(
                            job = job.name,
                            "the lease of job {} was not renewed: the catalogue does not answer",
                            job.name
                        );
                    }
                    Ok(Err(fault)) => {
                        tracing::warn!(job = job.name, %fault, "the lease of job {} was not renewed", job.name);
                    }
                }
            }
        };
        tokio::select! {
            ended = run.ended() => {
                ended.unwrap_or_else(|_| Err(JobError::new("it panicked; the log says where")))
            }
            never = renewing => match never {},
        }
    }

    fn ended(&self, job: &Job, ended: Result<String, JobError>) -> Ended {
        let now = self.clock.now();
        let timing = schedule::timing(&self.config, job);
        let next = next_due(&timing, job.days, now, &self.config.working_days);
        let (result, message, next_due) = match ended {
            Ok(message) => (RunResult::Ok, message, next),
            Err(_) if self.cancel.is_cancelled() => {
                (RunResult::Skipped, STOPPED.to_owned(), next.map(|_| now))
            }
            Err(fault) => (RunResult::Failed, fault.to_string(), next),
        };
        Ended { result, message: message.chars().take(MESSAGE).collect(), next_due }
    }

    /// When the next job is due, and which.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn next(&self) -> Result<Option<(Timestamp, String)>, CatalogueError> {
        let rows = book::rows(&self.catalogue).await?.into_values();
        let due = rows.filter_map(|row| Some((row.next_due_at?.timestamp(), row.name)));
        Ok(due.min())
    }
}

fn log(job: &Job, ended: &Ended) {
    let Ended { result, message, .. } = ended;
    let name = job.name;
    match result {
        RunResult::Ok | RunResult::Skipped => {
            tracing::info!(job = name, result = %result, "job {name}: {message}");
        }
        RunResult::Failed => {
            tracing::error!(job = name, result = %result, "job {name} failed: {message}");
        }
    }
}
