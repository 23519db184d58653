//! Opening and making a catalogue, with the settings its safety rests on.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use super::migrate::{self, Found};
use super::{Catalogue, CatalogueError, CatalogueUrl, Fault};
use crate::clock::{Clock as _, SystemClock};

/// How long a writer waits for others. Writes are short; one that waits this
/// long waits for a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections of one process: readers beside one writer on SQLite, all of
/// them on PostgreSQL.
pub(super) const CONNECTIONS: u32 = 8;

/// Rows that a connection of SQLite, a thread of its own, may be ahead of who
/// reads them: as many as a page of a list, so that neither waits for the other
/// row by row.
const ROWS_AHEAD: usize = 512;

/// What the writer of SQLite has at hand, in KiB when below zero: most of what a
/// chunk of a batch comes back to.
const AT_HAND: &str = "-16384";

/// Pages that are written to the log before they are moved to their places: a
/// page that many transactions write is moved once.
const BEHIND: &str = "4000";

pub(super) async fn open(url: &CatalogueUrl) -> Result<Catalogue, CatalogueError> {
    let (catalogue, _) = look(url).await?;
    migrate::bring_up(&catalogue).await?;
    Ok(catalogue)
}

/// Opens what is there as it is; how many changes are still to be made?
pub(super) async fn look(url: &CatalogueUrl) -> Result<(Catalogue, usize), CatalogueError> {
    if let CatalogueUrl::Sqlite(path) = url {
        must_exist(path, url)?;
    }
    let catalogue = connect(url).await?;
    match migrate::found(catalogue.read()).await.map_err(|error| error.at(url))? {
        Found::Catalogue => {}
        Found::Nothing => return Err(CatalogueError::new(Fault::Missing, url)),
        Found::SomethingElse => return Err(CatalogueError::new(Fault::NotACatalogue, url)),
    }
    let pending = migrate::pending(catalogue.read()).await.map_err(|error| error.at(url))?;
    Ok((catalogue, pending))
}

pub(super) async fn create(url: &CatalogueUrl) -> Result<Catalogue, CatalogueError> {
    if let CatalogueUrl::Sqlite(path) = url {
        make_file(path, url).await?;
    }
    let catalogue = connect(url).await?;
    match migrate::found(catalogue.read()).await.map_err(|error| error.at(url))? {
        Found::Nothing => {}
        Found::Catalogue => return Err(CatalogueError::new(Fault::AlreadyThere, url)),
        Found::SomethingElse => return Err(CatalogueError::new(Fault::NotACatalogue, url)),
    }
    migrate::bring_up(&catalogue).await?;
    Ok(catalogue)
}

/// Connects to a place that is to be filled, and says what stands there.
pub(super) async fn to_fill(url: &CatalogueUrl) -> Result<(Catalogue, Found), CatalogueError> {
    if let CatalogueUrl::Sqlite(path) = url {
        make_file(path, url).await?;
    }
    let catalogue = connect(url).await?;
    match migrate::found(catalogue.read()).await.map_err(|error| error.at(url))? {
        Found::SomethingElse => Err(CatalogueError::new(Fault::NotACatalogue, url)),
        found => Ok((catalogue, found)),
    }
}

fn must_exist(path: &Path, url: &CatalogueUrl) -> Result<(), CatalogueError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(CatalogueError::new(Fault::NotOpenable, url)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(CatalogueError::new(Fault::Missing, url))
        }
        Err(error) => Err(CatalogueError::new(Fault::NotOpenable, url).because(error)),
    }
}

/// Makes the file, or finds it. It is laid out beside its place and shows there
/// only when it is whole: SQLite does not wait for another process that is
/// turning the same new file into one with a log of its writes.
#[expect(clippy::disallowed_methods, reason = "the file that goes is this program's own")]
async fn make_file(path: &Path, url: &CatalogueUrl) -> Result<(), CatalogueError> {
    let not_openable = |error| CatalogueError::new(Fault::NotOpenable, url).because(error);
    if path.exists() {
        must_exist(path, url)?;
        // What an interrupted making left.
        let empty = fs::metadata(path).map_err(not_openable)?.len() == 0;
        return if empty { lay_out(path, url).await } else { Ok(()) };
    }
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", SystemClock.new_id().simple()));
    let part = Path::new(&part);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(part) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(CatalogueError::new(Fault::NoFolder, url));
        }
        Err(error) => return Err(not_openable(error)),
    }
    let laid_out = lay_out(part, url).await;
    let linked = laid_out.map(|()| fs::hard_link(part, path));
    fs::remove_file(part).map_err(not_openable)?;
    match linked? {
        Ok(()) => Ok(()),
        // Another process was quicker.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => must_exist(path, url),
        Err(error) => Err(not_openable(error)),
    }
}

/// Settles what a file of SQLite can be told only while it is empty: that pages
/// no longer used can be given back. Saying it takes the write lock even where
/// it changes nothing, so no later connection says it: one that is opened to
/// read while another writes would wait for the writer.
async fn lay_out(path: &Path, url: &CatalogueUrl) -> Result<(), CatalogueError> {
    let empty = sqlite(path).auto_vacuum(SqliteAutoVacuum::Incremental);
    let made = async { empty.connect().await?.close().await };
    made.await.map_err(|error: sqlx::Error| CatalogueError::from(error).at(url))
}

async fn connect(url: &CatalogueUrl) -> Result<Catalogue, CatalogueError> {
    let connected = match url {
        CatalogueUrl::Sqlite(path) => connect_sqlite(path).await,
        CatalogueUrl::Postgres(options) => {
            connect_postgres(options).await.map(|any| (any.clone(), any))
        }
    };
    let (readers, writers) = connected.map_err(|error| CatalogueError::from(error).at(url))?;
    Ok(Catalogue { readers, writers, url: url.clone() })
}

/// Connections that read, and the one that writes.
async fn connect_sqlite(
    path: &Path,
) -> Result<(DatabaseConnection, DatabaseConnection), sqlx::Error> {
    let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE);
    let readers = pool().max_connections(CONNECTIONS - 1).connect_with(sqlite(path)).await?;
    let writes = sqlite(path).pragma("cache_size", AT_HAND).pragma("wal_autocheckpoint", BEHIND);
    Ok((readers.into(), pool().max_connections(1).connect_lazy_with(writes).into()))
}

fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging()
}

async fn connect_postgres(options: &PgConnectOptions) -> Result<DatabaseConnection, sqlx::Error> {
    let options = options.clone().application_name("retaind").disable_statement_logging();
    // A pool waits for a server that is not there; a first connection says so.
    options.connect().await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_with(options).await?.into())
}
