//! One run of a job at a time.
//!
//! On one state directory a locked file sees to it: the system gives the lock
//! back when the process ends, however it ends. Across machines a lease in the
//! catalogue does, which lasts [`PATIENCE`] beyond the last sign of progress.
//!
//! Every run owns its lease by a name of its own, and writes it into the file it
//! has locked. Who holds that lock and reads there the name that stands in the
//! catalogue knows that its owner is gone. Nothing else says so: machines that
//! were copied from one another are alike in every other way. The name that is
//! being replaced stays in the file beside the new one, for the process may end
//! before the catalogue has the new. Any other lease is taken over only when it
//! has run out. A run that has lost its lease is told to stop.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::Job;
use super::run::RunError;
use crate::catalogue::entity::{job, job_run};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{RunCause, RunResult};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::id_at;

/// How long a run is believed to be alive without a sign of progress.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// How often a running job's lease is renewed, and whether it still moves is
/// looked at. A pace of the machine, not of the clock that is an argument.
pub const RENEWAL: Duration = Duration::from_secs(60);

/// How long a run that was told to stop is given to end.
pub const WIND_DOWN: SignedDuration = SignedDuration::from_mins(10);

/// How long a run may stand still before the whole daemon is given up for it:
/// by then it was told to stop, at the latest at the second look after its
/// patience was over, and has had its time to end. Whatever moves is never given
/// up, however long it takes.
pub const HUNG: SignedDuration = PATIENCE
    .saturating_add(SignedDuration::from_secs(2 * RENEWAL.as_secs().cast_signed()))
    .saturating_add(WIND_DOWN);

/// Runs of one job that are kept.
const HISTORY: u64 = 100;

const GONE: &str = "its process ended before it did";

/// The file lock of a job, given back when it is dropped.
#[derive(Debug)]
pub struct JobLock {
    file: File,
    /// The names by which those who held it before owned their leases, a line each.
    before: String,
}

impl JobLock {
    /// The lock, unless a run on this state directory holds it.
    ///
    /// # Errors
    ///
    /// Where the state directory cannot be written.
    pub fn take(state_directory: &Path, job: &Job) -> io::Result<Option<Self>> {
        let path = state_directory.join(format!("job-{}.lock", job.name));
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(fault)) => return Err(fault),
        }
        let mut before = Vec::new();
        file.read_to_end(&mut before)?;
        let before = String::from_utf8_lossy(&before).into_owned();
        Ok(Some(Self { file, before }))
    }

    /// Whether the owner of this lease held this lock, and so is gone. Not of
    /// one on another machine, where both see the same file and the lock may
    /// not reach from one to the other.
    fn knows_gone(&self, owner: &str) -> bool {
        self.before.lines().any(|name| name == owner) && owner.starts_with(&machine())
    }

    /// Enters the new owner. The file is never without the one that is replaced.
    pub(super) fn enter(&mut self, replaced: Option<&str>, owner: &str) -> io::Result<()> {
        let replaced = replaced.filter(|name| self.knows_gone(name));
        let names = replaced.map_or_else(String::new, |name| format!("{name}\n")) + owner;
        self.file.rewind()?;
        self.file.write_all(names.as_bytes())?;
        self.file.set_len(names.len() as u64)
    }
}

/// How the names of this machine's owners begin.
fn machine() -> String {
    format!("{}/", rustix::system::uname().nodename().to_string_lossy())
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
/// Where the catalogue fails, or the file of the lock cannot be written.
pub async fn claim(
    catalogue: &Catalogue,
    job: &'static Job,
    mut lock: JobLock,
    cause: RunCause,
    now: Timestamp,
) -> Result<Claim, RunError> {
    let tx = catalogue.write_tx().await?;
    let row = job::Entity::find_by_id(job.name).lock_exclusive().one(&*tx).await;
    let row = row.map_err(CatalogueError::from)?;
    let row = row.ok_or_else(|| CatalogueError::impossible("job", "it has no such row"))?;
    let is_due = row.next_due_at.is_some_and(|due| due.timestamp() <= now);
    if cause != RunCause::Asked && !is_due {
        return Ok(Claim::NotDue);
    }
    let runs_elsewhere = |owner: &String| {
        let alive = row.lease_until.is_some_and(|until| until.timestamp() > now);
        alive && !lock.knows_gone(owner)
    };
    if row.lease_owner.as_ref().is_some_and(runs_elsewhere) {
        return Ok(Claim::Theirs);
    }
    close_unfinished(&tx, job.name, now).await?;
    let run = id_at(now);
    let owner = format!("{}{run}", machine());
    let replaced = row.lease_owner.as_deref();
    lock.enter(replaced, &owner).map_err(|fault| RunError::Lock { job: job.name, fault })?;
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
