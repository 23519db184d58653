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

/// How long a writer waits for others. Writes are short; one that waits this
/// long waits for a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections of one process: readers beside one writer on SQLite, all of
/// them on PostgreSQL.
pub(super) const CONNECTIONS: u32 = 8;

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
        make_file(path, url)?;
        lay_out(path).await.map_err(|error| CatalogueError::from(error).at(url))?;
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
        make_file(path, url)?;
        lay_out(path).await.map_err(|error| CatalogueError::from(error).at(url))?;
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

/// Makes the file with the rights it keeps; SQLite gives the files beside it
/// the same. An empty file is what an interrupted making left.
fn make_file(path: &Path, url: &CatalogueUrl) -> Result<(), CatalogueError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => must_exist(path, url),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(CatalogueError::new(Fault::NoFolder, url))
        }
        Err(error) => Err(CatalogueError::new(Fault::NotOpenable, url).because(error)),
    }
}

/// Settles what a file of SQLite can be told only while it is empty: that pages
/// no longer used can be given back. Saying it takes the write lock even where
/// it changes nothing, so no later connection says it: one that is opened to
/// read while another writes would wait for the writer.
async fn lay_out(path: &Path) -> Result<(), sqlx::Error> {
    let empty = sqlite(path).auto_vacuum(SqliteAutoVacuum::Incremental);
    empty.connect().await?.close().await
}

async fn connect(url: &CatalogueUrl) -> Result<Catalogue, CatalogueError> {
    let connected = match url {
        CatalogueUrl::Sqlite(path) => connect_sqlite(path).await,
        CatalogueUrl::Postgres(options) => connect_postgres(options).await,
    };
    let connection = connected.map_err(|error| CatalogueError::from(error).at(url))?;
    Ok(Catalogue { connection, url: url.clone() })
}

async fn connect_sqlite(path: &Path) -> Result<DatabaseConnection, sqlx::Error> {
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_with(sqlite(path)).await?.into())
}

fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

async fn connect_postgres(options: &PgConnectOptions) -> Result<DatabaseConnection, sqlx::Error> {
    let options = options.clone().application_name("retaind").disable_statement_logging();
    // A pool waits for a server that is not there; a first connection says so.
    options.connect().await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_with(options).await?.into())
}
