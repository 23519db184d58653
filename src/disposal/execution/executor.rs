//! A process that carries out batches, and how others know it gone.
//!
//! While it lives it holds the lock of a file of its own, which the system
//! takes back when the process ends, however it ends, and not before: a
//! stopped process keeps it. What it left open is settled by one who holds
//! that lock. No timer ever says that a process is gone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    Set,
};
use uuid::Uuid;

use crate::catalogue::entity::{executor, intent};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::scan::run::Scanner;

/// The folder of lock files in the state directory.
const FOLDER: &str = "executors";

/// Why a process cannot carry out batches.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// Its lock file cannot be made.
    #[error(
        "cannot make the lock file {}: {fault}. The state directory must be writable",
        .file.display()
    )]
    Unwritable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        fault: std::io::Error,
    },
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// This process, known to the catalogue.
#[derive(Debug)]
pub struct Executor {
    /// Which one.
    pub id: Uuid,
    lock: Lock,
}

/// The lock of an executor's file, held.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: Arc<File>,
}

/// An act under way. Whoever asked for it may be dropped before it ends, and the
/// store may still be at work then: the lock is kept until the process ends, so
/// that nobody takes the act for over.
#[derive(Debug)]
pub struct AtWork(Option<Arc<File>>);

impl AtWork {
    /// The store has answered.
    pub fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(lock) = self.0.take() {
            std::mem::forget(lock);
        }
    }
}

/// What can be known of the process behind a row.
#[derive(Debug)]
pub enum Fate {
    /// It lives, or is stopped and may wake.
    Alive,
    /// It has ended; this is its lock.
    Gone(Lock),
    /// It runs on another machine, or its lock file is not there to be asked.
    OutOfReach,
}

impl Executor {
    /// Makes this process known, under a lock that it holds from before.
    ///
    /// # Errors
    ///
    /// Where the lock file cannot be made, or the catalogue fails.
    pub async fn begin(scanner: &Scanner) -> Result<Self, ExecutorError> {
        let id = scanner.clock.new_id();
        let lock = make(&scanner.config.state_directory, id)?;
        let row = executor::ActiveModel {
            id: Set(id),
            host: Set(host()),
            lock_file: Set(lock.path.display().to_string()),
            version: Set(env!("CARGO_PKG_VERSION").to_owned()),
            started_at: Set(scanner.clock.now().into()),
            ended_at: Set(None),
        };
        let tx = scanner.catalogue.write_tx().await?;
        executor::Entity::insert(row)
            .exec_without_returning(&*tx)
            .await
            .map_err(CatalogueError::from)?;
        tx.commit().await?;
        Ok(Self { id, lock })
    }

    /// Keeps the lock for as long as the store may be at work.
    #[must_use]
    pub fn at_work(&self) -> AtWork {
        AtWork(Some(Arc::clone(&self.lock.file)))
    }

    /// Notes that this process has ended, and gives its lock back. Where it has a
    /// chunk open it stays known: that is settled by one who finds its lock free.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails; the lock is given back all the same.
    pub async fn end(self, scanner: &Scanner) -> Result<(), CatalogueError> {
        if ended_with_nothing_open(scanner, self.id).await? {
            self.lock.remove();
        }
        Ok(())
    }
}

impl Lock {
    /// Takes the file away, so that it is not asked again.
    #[expect(
        clippy::disallowed_methods,
        reason = "a lock of our own, and never a thing in a store"
    )]
    pub fn remove(self) {
        // A file that stays is harmless: its row says that it ended.
        let _ = fs::remove_file(&self.path);
    }
}

async fn note_end(tx: &WriteTx, scanner: &Scanner, id: Uuid) -> Result<(), CatalogueError> {
    let row = executor::ActiveModel {
        id: Set(id),
        ended_at: Set(Some(scanner.clock.now().into())),
        ..Default::default()
    };
    row.update(&**tx).await?;
    Ok(())
}

/// Notes that an executor has ended, unless something it opened is still open. A
/// chunk that is still on its way to the catalogue, though whoever sent it knows
/// no more of it, holds this row: it is waited for, and seen.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn ended_with_nothing_open(scanner: &Scanner, id: Uuid) -> Result<bool, CatalogueError> {
    let tx = scanner.catalogue.write_tx().await?;
    executor::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
    let open = intent::Entity::find()
        .filter(intent::Column::ExecutorId.eq(id))
        .filter(intent::Column::ClosedAt.is_null());
    if open.one(&*tx).await?.is_some() {
        tx.rollback().await?;
        return Ok(false);
    }
    note_end(&tx, scanner, id).await?;
    tx.commit().await?;
    Ok(true)
}

/// What can be known of this executor from here.
#[must_use]
pub fn fate(row: &executor::Model) -> Fate {
    if row.host != host() {
        return Fate::OutOfReach;
    }
    let path = PathBuf::from(&row.lock_file);
    let Ok(mut file) = OpenOptions::new().read(true).write(true).open(&path) else {
        return Fate::OutOfReach;
    };
    let mut owner = String::new();
    if file.read_to_string(&mut owner).is_err() || owner != row.id.to_string() {
        return Fate::OutOfReach;
    }
    match file.try_lock() {
        Ok(()) => Fate::Gone(Lock { path, file: Arc::new(file) }),
        Err(TryLockError::WouldBlock) => Fate::Alive,
        Err(TryLockError::Error(_)) => Fate::OutOfReach,
    }
}

#[cfg(test)]
impl Executor {
    /// An executor that the catalogue knows, alive again as it was before.
    #[expect(clippy::disallowed_methods, reason = "a lock of our own")]
    pub(super) fn again(state: &Path, id: Uuid) -> Self {
        let _ = fs::remove_file(state.join(FOLDER).join(format!("{id}.lock")));
        Self { id, lock: make(state, id).expect("a lock file") }
    }
}

fn make(state: &Path, id: Uuid) -> Result<Lock, ExecutorError> {
    let folder = state.join(FOLDER);
    let path = folder.join(format!("{id}.lock"));
    let unwritable = |fault| ExecutorError::Unwritable { file: path.clone(), fault };
    fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(unwritable)?;
    file.lock().map_err(unwritable)?;
    file.write_all(id.to_string().as_bytes()).map_err(unwritable)?;
    file.sync_all().map_err(unwritable)?;
    Ok(Lock { path: fs::canonicalize(&path).map_err(unwritable)?, file: Arc::new(file) })
}

/// This machine, by its own number where it has one, else by its name.
fn host() -> String {
    let number = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    match number.trim() {
        "" => rustix::system::uname().nodename().to_string_lossy().into_owned(),
        number => number.to_owned(),
    }
}
