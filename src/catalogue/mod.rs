//! The catalogue: everything the program remembers, in SQLite or PostgreSQL.
//!
//! The same tables, the same rows ([`entity`]) and the same tests on both.
//! Reading is free; whoever writes holds a [`WriteTx`], which only
//! [`Catalogue::write_tx`] gives. On SQLite it takes the write lock when it
//! begins: a transaction that reads first and writes later is refused as soon
//! as another has written between.
//!
//! Deliberately absent: a row for every item of every store (a scan keeps
//! counts, and rows only for what is due, held while due, or unexplained), and
//! any way to change the audit chain but to add to it.

pub mod entity;
mod error;
mod migrate;
mod open;
pub(crate) mod packed;
pub mod positions;
pub(crate) mod settings;
pub mod url;
pub mod values;
pub mod words;

#[cfg(test)]
pub(crate) mod seed;
#[cfg(test)]
#[path = "../../tests/support/catalogue.rs"]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::ops::Deref;

use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

pub use error::{CatalogueError, Fault};
pub(crate) use migrate::Found;
pub use url::{CatalogueUrl, UrlError};

/// An open catalogue, migrated to this version. Cheap to clone; the clones
/// share one pool of connections.
#[derive(Debug, Clone)]
pub struct Catalogue {
    readers: DatabaseConnection,
    /// On SQLite one connection: who writes next waits in line for it, and it has
    /// at hand what was written before. On PostgreSQL any.
    writers: DatabaseConnection,
    url: CatalogueUrl,
}

impl Catalogue {
    /// Opens the catalogue that is there, and brings it up to this version.
    ///
    /// # Errors
    ///
    /// Where there is none, it cannot be reached or written, it is no catalogue,
    /// or a newer version has changed it.
    pub async fn open(url: &CatalogueUrl) -> Result<Self, CatalogueError> {
        open::open(url).await
    }

    /// Makes a new catalogue.
    ///
    /// # Errors
    ///
    /// Where there is one already, or it cannot be made there.
    pub async fn create(url: &CatalogueUrl) -> Result<Self, CatalogueError> {
        open::create(url).await
    }

    /// Opens the catalogue, or makes one where there is none.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`create`](Self::create).
    pub async fn open_or_create(url: &CatalogueUrl) -> Result<Self, CatalogueError> {
        match Self::open(url).await {
            Err(error) if error.fault == Fault::Missing => {}
            opened => return opened,
        }
        match Self::create(url).await {
            // Another process was quicker.
            Err(error) if error.fault == Fault::AlreadyThere => Self::open(url).await,
            created => created,
        }
    }

    /// A connection to read with. Each statement sees the catalogue as it is
    /// when it runs; what must agree is read in one [`read_tx`](Self::read_tx).
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// A transaction that sees the catalogue as it was at its first statement.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer.
    pub async fn read_tx(&self) -> Result<DatabaseTransaction, CatalogueError> {
        let snapshot = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        let snapshot = match self.url {
            CatalogueUrl::Sqlite(_) => {
                TransactionOptions { isolation_level: None, access_mode: None, ..snapshot }
            }
            CatalogueUrl::Postgres(_) => snapshot,
        };
        let begun = self.readers.begin_with_options(snapshot).await;
        begun.map_err(|error| self.error(error))
    }

    /// A transaction to write in. It is rolled back unless it is committed.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer, or others have been writing for
    /// longer than a writer waits.
    pub async fn write_tx(&self) -> Result<WriteTx, CatalogueError> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.writers.begin_with_options(immediate).await;
        begun.map(|tx| WriteTx { tx, url: self.url.clone() }).map_err(|error| {
            match (&self.url, &error) {
                (CatalogueUrl::Sqlite(_), DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => {
                    CatalogueError::new(Fault::Busy, &self.url).because(error)
                }
                _ => self.error(error),
            }
        })
    }

    /// Closes its connections, those of the clones too, once they are free.
    ///
    /// # Errors
    ///
    /// Where they cannot say goodbye.
    pub async fn close(self) -> Result<(), CatalogueError> {
        for connections in [&self.writers, &self.readers] {
            let closed = connections.clone().close().await;
            closed.map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Opens the catalogue that is there as it is, to look at; how many changes
    /// are still to be made before this version can use it?
    pub(crate) async fn look(url: &CatalogueUrl) -> Result<(Self, usize), CatalogueError> {
        open::look(url).await
    }

    /// Connects to a place that is to be filled with rows from elsewhere, and
    /// says what stands there. Nothing is brought up to this version.
    pub(crate) async fn to_fill(url: &CatalogueUrl) -> Result<(Self, Found), CatalogueError> {
        open::to_fill(url).await
    }

    /// The changes that made this catalogue what it is, in order.
    pub(crate) async fn changes(
        &self,
        database: &impl ConnectionTrait,
    ) -> Result<Vec<String>, CatalogueError> {
        migrate::applied(database).await.map_err(|error| self.error(error))
    }

    /// Where the catalogue is.
    pub(crate) const fn url(&self) -> &CatalogueUrl {
        &self.url
    }

    /// Where the catalogue is, fit to be shown: without a password.
    #[must_use]
    pub fn place(&self) -> String {
        self.url.to_string()
    }

    /// What went wrong, with the place where it did.
    #[must_use]
    pub fn error(&self, error: sea_orm::DbErr) -> CatalogueError {
        self.at_its_place(error.into())
    }

    /// The same error, with the place where it happened.
    #[must_use]
    pub fn at_its_place(&self, error: CatalogueError) -> CatalogueError {
        error.at(&self.url)
    }
}

/// Leave to write, until it is committed or dropped.
#[derive(Debug)]
#[must_use = "nothing is written until it is committed"]
pub struct WriteTx {
    tx: DatabaseTransaction,
    url: CatalogueUrl,
}

impl WriteTx {
    /// Makes what was written last.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer; then nothing was written.
    pub async fn commit(self) -> Result<(), CatalogueError> {
        let Self { tx, url } = self;
        tx.commit().await.map_err(|error| CatalogueError::from(error).at(&url))
    }

    /// Drops what was written at once, rather than when the value goes.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer; then too nothing was written.
    pub async fn rollback(self) -> Result<(), CatalogueError> {
        let Self { tx, url } = self;
        tx.rollback().await.map_err(|error| CatalogueError::from(error).at(&url))
    }
}

impl WriteTx {
    /// Makes the tables as these changes leave them, where there is nothing yet.
    pub(crate) async fn lay_out(&self, changes: &[String]) -> Result<(), CatalogueError> {
        migrate::lay_out(self, changes).await.map_err(|error| error.at(&self.url))
    }

    /// Brings the tables up to this version.
    pub(crate) async fn bring_up(&self) -> Result<(), CatalogueError> {
        migrate::apply(self).await.map_err(|error| error.at(&self.url))
    }
}

impl Deref for WriteTx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}
