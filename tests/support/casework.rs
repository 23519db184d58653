//! A case database of the tests: a SQLite file, or a new PostgreSQL database.

use std::collections::BTreeSet;

use retaind::catalogue::CatalogueUrl;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::catalogue::{Database, Place};

/// A database with the tables a test asks for.
pub(crate) struct Casework(Place);

impl Casework {
    /// Makes a database by these statements.
    pub(crate) async fn make(database: Database, statements: &str) -> Self {
        let casework = Self(database.place().await);
        casework.execute(statements).await;
        casework
    }

    /// Does this to the database.
    pub(crate) async fn execute(&self, statements: &str) {
        execute(&self.0.url, statements).await;
    }

    /// Does this in a transaction that stays open: what it locks in a PostgreSQL
    /// database nobody else has until it is let go.
    pub(crate) async fn keeps(&self, statement: &str) -> Kept {
        let CatalogueUrl::Postgres(options) = &self.0.url else {
            panic!("a SQLite file is locked as a whole")
        };
        let mut connection = options.connect().await.expect("a server");
        let sql = sqlx::raw_sql(AssertSqlSafe(format!("begin; {statement}")));
        sql.execute(&mut connection).await.expect("the lock");
        Kept(connection)
    }

    /// Ends the connections of a PostgreSQL database that wait for a lock there, once
    /// one does.
    pub(crate) async fn cuts_off_who_waits(&self) {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock'";
        while self.number(cut).await == 0 {}
    }

    /// How many rows of a PostgreSQL database's table there are.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        self.number(&format!("select count(*) from {table}")).await
    }

    /// The texts that a query gives in a PostgreSQL database.
    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        let CatalogueUrl::Postgres(options) = &self.0.url else { panic!("a server") };
        let mut connection = options.connect().await.expect("a server");
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let texts = query.fetch_all(&mut connection).await.expect("texts");
        connection.close().await.expect("an orderly goodbye");
        texts
    }

    /// Where the rows of a PostgreSQL database were that are out of reach.
    pub(crate) async fn out_of_reach(&self) -> BTreeSet<String> {
        let made = "select to_regclass('retaind_quarantine')::text \
                    where to_regclass('retaind_quarantine') is not null";
        if self.texts(made).await.is_empty() {
            return BTreeSet::new();
        }
        self.texts("select locator from retaind_quarantine").await.into_iter().collect()
    }

    async fn number(&self, query: &str) -> i64 {
        let CatalogueUrl::Postgres(options) = &self.0.url else { panic!("a server") };
        let mut connection = options.connect().await.expect("a server");
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let number = query.fetch_one(&mut connection).await.expect("a number");
        connection.close().await.expect("an orderly goodbye");
        number
    }

    /// The head of its store file.
    pub(crate) fn settings(&self) -> String {
        format!("kind = 'sql'\n[settings]\nurl = '{}'\n", address(&self.0.url))
    }
}

/// What a transaction keeps from others.
pub(crate) struct Kept(sqlx::PgConnection);

impl Kept {
    /// Ends it.
    pub(crate) async fn let_go(self) {
        self.0.close().await.expect("an orderly goodbye");
    }
}

/// A place as configuration and store files write it.
pub(crate) fn address(url: &CatalogueUrl) -> String {
    match url {
        CatalogueUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        CatalogueUrl::Postgres(_) => url.to_string(),
    }
}

/// Does this to a database, behind the program's back where it is a catalogue.
pub(crate) async fn execute(url: &CatalogueUrl, statements: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    match url {
        CatalogueUrl::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut connection = options.connect().await.expect("a file");
            sql.execute(&mut connection).await.expect("the statements");
            connection.close().await.expect("an orderly goodbye");
        }
        CatalogueUrl::Postgres(options) => {
            let mut connection = options.connect().await.expect("a server");
            sql.execute(&mut connection).await.expect("the statements");
            connection.close().await.expect("an orderly goodbye");
        }
    }
}
