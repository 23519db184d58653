//! Jobs: what the daemon does by itself, again and again.
//!
//! A job takes no input and does the whole thing again; what went wrong is left
//! to the next run. Its times and its last results are in the catalogue
//! ([`book`]), so that a run missed while the machine was off is caught up once,
//! and so that of several daemons on one catalogue one runs it ([`lease`]).
//!
//! To add one: a file here with a `run` function, and a line in [`TABLE`].
//!
//! ```ignore
//! pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
//!     Box::pin(async move {
//!         for store in &job.config.stores {
//!             if job.cancel.is_cancelled() { break; }
//!         }
//!         Ok("2 stores looked at".to_owned())
//!     })
//! }
//! ```
//!
//! What a job says, well or not, is kept and logged: counts, and names of
//! stores and files an administrator chose. **Never a path, a title or a person.**
//!
//! | module | what it holds |
//! |---|---|
//! | [`schedule`] | cron expressions in the council's time zone, and the next time |
//! | [`book`] | what is due, what was missed, and the history, in the catalogue |
//! | [`lease`] | one run of a job at a time, on one machine and across machines |
//! | [`run`] | one run from claim to result |

mod audit_verify;
mod backup;
pub mod book;
mod certificate_closing;
mod chase;
mod digests;
mod evaluate;
mod execute;
mod expire;
mod hold_feed;
mod hold_reviews;
mod inbox;
pub mod lease;
mod maintenance;
mod manifest_expiry;
mod moving;
mod notices;
mod outbox;
mod over_retention;
mod propose;
mod quarantine_expiry;
pub mod run;
mod scan;
pub mod schedule;
mod standing;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::Config;
use crate::disposal::execution::{DisposalError, clock};
use crate::disposal::{ApprovalError, Desk};
use crate::keys::Keys;
use crate::proof::Prover;
use crate::scan::run::Scanner;
use crate::upkeep::UpkeepError;

/// One kind of job.
#[derive(Debug)]
pub struct Job {
    /// Its name in commands, configuration and the catalogue.
    pub name: &'static str,
    /// What it does, in one line.
    pub what: &'static str,
    /// When it runs, unless the configuration says otherwise.
    pub cron: &'static str,
    /// What becomes of a run that was missed.
    pub missed: Missed,
    /// On which days it runs.
    pub days: Days,
    /// What does it.
    pub run: for<'a> fn(&'a JobContext) -> BoxFuture<'a, Result<String, JobError>>,
}

/// What becomes of a run that was missed while no daemon ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// It is caught up, once however many were missed.
    CatchUp,
    /// It waits for its next time, since it disturbs people at another hour.
    Skip,
}

/// On which days a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// On every day its expression names.
    Every,
    /// Where that is no working day, at the same time on the next one.
    Working,
}

/// Every job there is, in the order of a day.
pub const TABLE: &[Job] = &[
    Job {
        name: "inbox",
        what: "import the registers dropped into the inbox",
        cron: "*/5 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: inbox::run,
    },
    Job {
        name: "hold-feed",
        what: "hold what the list of open requests asks for",
        cron: "30 0 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: hold_feed::run,
    },
    Job {
        name: "scan",
        what: "scan every store and evaluate what it holds",
        cron: "0 1 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: scan::run,
    },
    Job {
        name: "evaluate",
        what: "judge what is listed anew, where rules, holds, events or the day have changed",
        cron: "20 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: evaluate::run,
    },
    Job {
        name: "standing",
        what: "make the day's batches under standing authorities",
        cron: "45 5 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: standing::run,
    },
    Job {
        name: "propose",
        what: "propose what is due, for two people to approve",
        cron: "0 6 * * *",
        missed: Missed::CatchUp,
        days: Days::Working,
        run: propose::run,
    },
    Job {
        name: "expire",
        what: "end the proposals that nobody answered, or signed, in time",
        cron: "30 6 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: expire::run,
    },
    Job {
        name: "execute",
        what: "take what is authorised out of reach, within the hours of execution",
        cron: "*/15 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: execute::run,
    },
    Job {
        name: "quarantine-expiry",
        what: "destroy and certify what has been out of reach for its grace, within those hours",
        cron: "*/15 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: quarantine_expiry::run,
    },
    Job {
        name: "backup",
        what: "back up the catalogue and its keys",
        cron: "30 3 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: backup::run,
    },
    Job {
        name: "maintenance",
        what: "check and tidy the catalogue",
        cron: "30 4 * * *",
        missed: Missed::Skip,
        days: Days::Every,
        run: maintenance::run,
    },
    Job {
        name: "audit-verify",
        what: "verify the audit chain from its first entry, and mail its end to those who keep it",
        cron: "0 5 * * 0",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: audit_verify::run,
    },
    Job {
        name: "certificate-closing",
        what: "close the certificates whose last backup has lost its copy",
        cron: "30 5 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: certificate_closing::run,
    },
    Job {
        name: "manifest-expiry",
        what: "destroy the sealed lists of items that have been kept long enough",
        cron: "40 5 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: manifest_expiry::run,
    },
    Job {
        name: "hold-reviews",
        what: "ask for the review of holds that are near it or past it",
        cron: "0 7 * * *",
        missed: Missed::CatchUp,
        days: Days::Working,
        run: hold_reviews::run,
    },
    Job {
        name: "notices",
        what: "verify the audit chain, and write what the date calls for",
        cron: "30 6 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: notices::run,
    },
    Job {
        name: "over-retention",
        what: "report what is kept beyond its maximum, from the first working day of a month",
        cron: "40 6 * * *",
        missed: Missed::CatchUp,
        days: Days::Working,
        run: over_retention::run,
    },
    Job {
        name: "chase",
        what: "raise alarms, ask and tell people of batches, and remind them",
        cron: "10 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: chase::run,
    },
    Job {
        name: "digests",
        what: "make of what waits one mail a day for each reader, from eight on working days",
        cron: "*/5 8-23 * * *",
        missed: Missed::CatchUp,
        days: Days::Working,
        run: digests::run,
    },
    Job {
        name: "outbox",
        what: "send what people are to be told, and read what came back",
        cron: "*/5 * * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run: outbox::run,
    },
];

/// The jobs without which nobody is told of anything, or what is known is lost:
/// one that is off is told to whoever looks.
pub const NEEDED: [&str; 8] =
    ["scan", "backup", "audit-verify", "hold-reviews", "notices", "chase", "digests", "outbox"];

/// The job of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Job> {
    TABLE.iter().find(|job| job.name == name)
}

/// The names of all jobs, for messages.
#[must_use]
pub fn names() -> String {
    let names: Vec<&str> = TABLE.iter().map(|job| job.name).collect();
    names.join(", ")
}

/// What a job is given.
pub struct JobContext {
    /// The configuration, as it was when the run began.
    pub config: Arc<Config>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The instance's keys.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Told when the run should end: then end it within seconds.
    pub cancel: CancellationToken,
    /// Moved by whatever comes that the run waits for; told of what else it does.
    pub progress: Progress,
}

impl JobContext {
    /// What scanning and explaining need.
    #[must_use]
    pub fn scanner(&self) -> Scanner {
        Scanner {
            config: Arc::clone(&self.config),
            catalogue: self.catalogue.clone(),
            keys: self.keys.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    /// What proposing and approving need.
    #[must_use]
    pub fn desk(&self) -> Desk<'_> {
        Desk { config: &self.config, catalogue: &self.catalogue, clock: &*self.clock }
    }

    /// What is done by the day alone and cannot be undone waits until the clock
    /// can be relied on (I14).
    ///
    /// # Errors
    ///
    /// Where it cannot, in the words of the guard that stops batches.
    pub async fn clock_is_sane(&self) -> Result<(), JobError> {
        let sane = clock::sane(self.catalogue.read(), self.clock.now()).await?;
        sane.map_err(|stop| JobError::new(stop.to_string()))
    }

    /// What keeping proof needs.
    #[must_use]
    pub fn prover(&self) -> Prover<'_> {
        Prover { catalogue: &self.catalogue, keys: &self.keys, state: &self.config.state_directory }
    }
}

/// For how long something has not moved, whatever time the machine is set to
/// meanwhile. Its copies share one answer.
#[derive(Clone)]
pub struct Progress {
    /// In microseconds, as the clock's [`Clock::elapsed`] tells them.
    last: Arc<AtomicI64>,
    clock: Arc<dyn Clock>,
}

impl Progress {
    /// Moving now.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let progress = Self { last: Arc::default(), clock };
        progress.moved();
        progress
    }

    /// It moves now.
    pub fn moved(&self) {
        let now = i64::try_from(self.clock.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// For how long it has not.
    #[must_use]
    pub fn idle(&self) -> SignedDuration {
        self.clock.elapsed() - SignedDuration::from_micros(self.last.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.idle()).finish()
    }
}

/// Why a job failed: a sentence that may be kept and logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JobError(String);

impl JobError {
    /// In these words: no path, title or person.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl From<ApprovalError> for JobError {
    fn from(fault: ApprovalError) -> Self {
        Self::new(fault.to_string())
    }
}

impl From<DisposalError> for JobError {
    fn from(fault: DisposalError) -> Self {
        Self::new(fault.to_string())
    }
}

impl From<UpkeepError> for JobError {
    fn from(fault: UpkeepError) -> Self {
        Self::new(fault.to_string())
    }
}

impl From<crate::notices::NoticeError> for JobError {
    fn from(fault: crate::notices::NoticeError) -> Self {
        Self::new(fault.to_string())
    }
}

impl From<crate::catalogue::CatalogueError> for JobError {
    fn from(fault: crate::catalogue::CatalogueError) -> Self {
        Self(fault.to_string())
    }
}
