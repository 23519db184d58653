//! Fresh catalogues for tests: a SQLite file in a temporary folder, and a new
//! database on the PostgreSQL server that `RETAIND_TEST_POSTGRES` names.
//!
//! Tests of the package and journeys of the whole program share this file.

use std::str::FromStr as _;

use retaind::catalogue::{Catalogue, CatalogueUrl};
use retaind::clock::{Clock as _, SystemClock};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tempfile::TempDir;

/// Names the server: `postgres://postgres@127.0.0.1:PORT/postgres`.
pub(crate) const SERVER: &str = "RETAIND_TEST_POSTGRES";

/// A kind of database the catalogue lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// Every test of the catalogue runs on both. SQLite comes first, so that a
    /// test without a server still says what it can.
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// A place where there is no catalogue yet.
    pub(crate) async fn place(self) -> Place {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match self {
            Self::Sqlite => {
                let url = CatalogueUrl::Sqlite(folder.path().join("catalogue.db"));
                Place { url, folder, database: None }
            }
            Self::Postgres => {
                let name = format!("retaind_{}", SystemClock.new_id().simple());
                let server = server();
                execute(&server, format!("create database {name}")).await;
                let url = CatalogueUrl::Postgres(Box::new(server.clone().database(&name)));
                Place { url, folder, database: Some((server, name)) }
            }
        }
    }

    /// A new, empty catalogue.
    pub(crate) async fn fresh(self) -> Fresh {
        let place = self.place().await;
        let catalogue = Catalogue::create(&place.url).await.expect("a new catalogue");
        Fresh { catalogue, place }
    }
}

fn server() -> PgConnectOptions {
    let url = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!(
            "this test also runs on PostgreSQL, and {SERVER} names no server: \
             run the tests with ./tests/run, which starts one"
        )
    });
    PgConnectOptions::from_str(&url).expect("an address of a PostgreSQL server")
}

async fn execute(server: &PgConnectOptions, statement: String) {
    let mut connection = server.connect().await.expect("the PostgreSQL server of the tests");
    connection.execute(AssertSqlSafe(statement)).await.expect("leave to make databases");
    connection.close().await.expect("an orderly goodbye");
}

/// A place for a catalogue, gone when it is dropped.
pub(crate) struct Place {
    pub(crate) url: CatalogueUrl,
    pub(crate) folder: TempDir,
    database: Option<(PgConnectOptions, String)>,
}

impl Drop for Place {
    /// The test's own runtime may be the one that is going, so the last
    /// statement has one of its own.
    fn drop(&mut self) {
        let Some((server, name)) = self.database.take() else { return };
        let drop = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let drop = execute(&server, format!("drop database {name} with (force)"));
            runtime.expect("a runtime").block_on(drop);
        });
        drop.join().expect("a dropped database");
    }
}

/// A new catalogue and its place.
pub(crate) struct Fresh {
    pub(crate) catalogue: Catalogue,
    pub(crate) place: Place,
}

impl std::ops::Deref for Fresh {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}
