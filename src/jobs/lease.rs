//! One run of a job at a time.
//!
//! On one state directory a locked file sees to it: the system gives the lock
//! back when the process ends, however it ends. Across machines a lease in the
//! catalogue does, which lasts [`PATIENCE`] beyond the last sign of progress.
//! Who finds a lease of its own state directory while it holds the file lock
//! knows that its owner is gone; any other lease is taken over only when it has
//! run out. A run that has lost its lease is told to stop.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::Job;
use crate::catalogue::entity::{job, job_run};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{RunCause, RunResult};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::id_at;

/// How long a run is believed to be alive without a sign of progress.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// Runs of one job that are kept.
const HISTORY: u64 = 100;

const GONE: &str = "its process ended before it did";

/// The state directory this process runs on, told from any other that another
/// machine or an earlier start of this one may know by the same path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// That of this state directory.
    ///
    /// # Errors
    ///
    /// Where it is not there.
    pub fn of(state_directory: &Path) -> std::io::Result<Self> {
        let found = std::fs::metadata(state_directory)?;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Ok(Self(format!("{}/{}:{}", boot.trim(), found.dev(), found.ino())))
    }

    fn owns(&self, owner: &str) -> bool {
        owner.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The file lock of a job, given back when it is dropped.
#[derive(Debug)]
pub struct JobLock {
    _file: File,
    place: Place,
}

impl JobLock {
    /// The lock, unless a run on this state directory holds it.
    ///
    /// # Errors
    ///
    /// Where the state directory cannot be written.
    pub fn take(state_directory: &Path, job: &Job) -> std::io::Result<Option<Self>> {
        let file = File::create(state_directory.join(format!("job-{}.lock", job.name)))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file, place: Place::of(state_directory)? })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(fault)) => Err(fault),
        }
    }
}

/// Whose turn it is.
#[derive(Debug)]
pub enum Claim {
    /// Ours.
    Ours(Lease),
    /// Nobody's: another has run it meanwhile.
    NotDue,
    /// That of a run elsewhere.
    Theirs,
}

/// Leave to run a job, until it is released.
#[derive(Debug)]
pub struct Lease {
    job: &'static str,
    run: Uuid,
    owner: String,
    _lock: JobLock,
}

/// Whether the lease is still ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It is.
    Ours,
    /// It ran out, or another has taken it.
    Lost,
}

/// What a run came to, with when the job is next due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub result: RunResult,
    /// In words.
    pub message: String,
    /// The next time.
    pub next_due: Option<Timestamp>,
}

/// Claims a run of this job.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn claim(
    catalogue: &Catalogue,
    job: &'static Job,
    lock: JobLock,
    cause: RunCause,
    now: Timestamp,
) -> Result<Claim, CatalogueError> {
    let tx = catalogue.write_tx().await?;
    let row = job::Entity::find_by_id(job.name).lock_exclusive().one(&*tx).await?;
    let row = row.ok_or_else(|| CatalogueError::impossible("job", "it has no such row"))?;
    let is_due = row.next_due_at.is_some_and(|due| due.timestamp() <= now);
    if cause != RunCause::Asked && !is_due {
        return Ok(Claim::NotDue);
    }
    let runs_elsewhere = |owner: &String| {
        let alive = row.lease_until.is_some_and(|until| until.timestamp() > now);
        alive && !lock.place.owns(owner)
    };
    if row.lease_owner.as_ref().is_some_and(runs_elsewhere) {
        return Ok(Claim::Theirs);
    }
    close_unfinished(&tx, job.name, now).await?;
    let run = id_at(now);
    let owner = format!("{}/{run}", lock.place.0);
    begin(&tx, row, &owner, run, cause, now).await?;
    tx.commit().await?;
    Ok(Claim::Ours(Lease { job: job.name, run, owner, _lock: lock }))
}

async fn begin(
    tx: &WriteTx,
    row: job::Model,
    owner: &str,
    run: Uuid,
    cause: RunCause,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let job = row.name.clone();
    let mut taken: job::ActiveModel = row.into();
    taken.lease_owner = Set(Some(owner.to_owned()));
    taken.lease_until = Set(Some((now + PATIENCE).into()));
    taken.last_started_at = Set(Some(now.into()));
    taken.update(&**tx).await?;
    let run = job_run::ActiveModel {
        id: Set(run),
        job: Set(job),
        cause: Set(cause),
        started_at: Set(now.into()),
        finished_at: Set(None),
        result: Set(None),
        message: Set(None),
    };
    job_run::Entity::insert(run).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Runs that a process left behind when it ended.
async fn close_unfinished(tx: &WriteTx, job: &str, now: Timestamp) -> Result<(), CatalogueError> {
    job_run::Entity::update_many()
        .col_expr(job_run::Column::FinishedAt, Expr::value(Micros::from(now)))
        .col_expr(job_run::Column::Result, Expr::value(RunResult::Failed))
        .col_expr(job_run::Column::Message, Expr::value(GONE))
        .filter(job_run::Column::Job.eq(job))
        .filter(job_run::Column::FinishedAt.is_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

impl Lease {
    /// Keeps the lease as long as the run moves.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn renew(
        &self,
        catalogue: &Catalogue,
        moved: Timestamp,
        now: Timestamp,
    ) -> Result<Renewal, CatalogueError> {
        let until = moved + PATIENCE;
        if until <= now {
            return Ok(Renewal::Lost);
        }
        let tx = catalogue.write_tx().await?;
        let kept = job::Entity::update_many()
            .col_expr(job::Column::LeaseUntil, Expr::value(Micros::from(until)))
            .filter(job::Column::Name.eq(self.job))
            .filter(job::Column::LeaseOwner.eq(&self.owner))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(if kept.rows_affected == 1 { Renewal::Ours } else { Renewal::Lost })
    }

    /// Enters what the run came to, and lets the next one have its turn. A run
    /// whose lease was taken over enters only its own line of the history.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn release(
        self,
        catalogue: &Catalogue,
        ended: &Ended,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let tx = catalogue.write_tx().await?;
        let Ended { result, message, next_due } = ended;
        let mine = job::Entity::find_by_id(self.job)
            .filter(job::Column::LeaseOwner.eq(&self.owner))
            .lock_exclusive()
            .one(&*tx)
            .await?;
        if let Some(row) = mine {
            let mut free: job::ActiveModel = row.into();
            free.lease_owner = Set(None);
            free.lease_until = Set(None);
            free.last_finished_at = Set(Some(now.into()));
            free.last_result = Set(Some(*result));
            free.last_message = Set(Some(message.clone()));
            free.next_due_at = Set(next_due.map(Micros::from));
            free.update(&*tx).await?;
        }
        let run = job_run::ActiveModel {
            id: Set(self.run),
            finished_at: Set(Some(now.into())),
            result: Set(Some(*result)),
            message: Set(Some(message.clone())),
            ..Default::default()
        };
        run.update(&*tx).await?;
        forget_old(&tx, self.job).await?;
        tx.commit().await
    }
}

/// The history stays bounded.
async fn forget_old(tx: &WriteTx, job: &str) -> Result<(), CatalogueError> {
    let oldest_kept = job_run::Entity::find()
        .filter(job_run::Column::Job.eq(job))
        .order_by_desc(job_run::Column::StartedAt)
        .offset(HISTORY)
        .one(&**tx)
        .await?;
    let Some(old) = oldest_kept else { return Ok(()) };
    job_run::Entity::delete_many()
        .filter(job_run::Column::Job.eq(job))
        .filter(job_run::Column::StartedAt.lte(old.started_at))
        .exec(&**tx)
        .await?;
    Ok(())
}
