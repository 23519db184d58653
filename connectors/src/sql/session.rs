//! One connection to a database, by which nothing can be written unless that
//! was asked for.
//!
//! Every value is asked for as text, so that one reader serves both kinds of
//! database.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::address::Address;
use crate::contract::{ActOutcome, StoreError, StoreErrorKind};

/// How long a server may take to answer at all.
const CONNECT: Duration = Duration::from_secs(15);

/// How long a statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Half a minute: someone waits for the answer.
    Short,
    /// As long as the table is.
    Long,
}

/// What may be done in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// One state is read, and nothing can be written.
    Read,
    /// Rows are moved, by a connector that was let go.
    Write,
}

/// Why a row could not be written, where that says something of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Others refer to it, or what it refers to is gone.
    ReferredTo,
    /// Another stands in its place.
    Occupied,
}

/// One connection, inside one transaction; read-only unless it was asked for.
#[derive(Debug)]
pub(super) struct Session {
    wire: Wire,
    place: String,
    access: Access,
}

#[derive(Debug)]
enum Wire {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// How a database writes SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

impl Address {
    /// The address as people may see it.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Postgres { options, .. } => format!(
                "the database {} at {}:{}",
                options.get_database().unwrap_or_else(|| options.get_username()),
                options.get_host(),
                options.get_port()
            ),
            Self::Sqlite(path) => format!("the SQLite file {}", path.display()),
        }
    }
}

impl Session {
    /// Connects and begins. A file that is not there is not made.
    pub(super) async fn open(
        address: &Address,
        patience: Patience,
        access: Access,
    ) -> Result<Self, StoreError> {
        let place = address.place();
        let wire = match address {
            Address::Postgres { options, password } => {
                let mut options = (**options).clone();
                if let Some(password) = password.read()? {
                    options = options.password(&password);
                }
                let options = options.disable_statement_logging();
                let connected = tokio::time::timeout(CONNECT, options.connect()).await;
                connected
                    .unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))
                    .map(Wire::Postgres)
            }
            Address::Sqlite(path) if !path.is_file() => return Err(no_file(&place)),
            Address::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let options = match access {
                    Access::Read => options.read_only(true).pragma("query_only", "on"),
                    // What is removed is overwritten in the file.
                    Access::Write => options.foreign_keys(true).pragma("secure_delete", "on"),
                };
                options.disable_statement_logging().connect().await.map(Wire::Sqlite)
            }
        };
        let wire = wire.map_err(|error| failed(&place, &error))?;
        let mut session = Self { wire, place, access };
        session.begin(patience).await?;
        Ok(session)
    }

    async fn begin(&mut self, patience: Patience) -> Result<(), StoreError> {
        match self.wire {
            Wire::Postgres(_) => {
                self.run(match patience {
                    Patience::Short => "SET statement_timeout = '30s'",
                    Patience::Long => "SET statement_timeout = 0",
                })
                .await?;
                if self.access == Access::Read {
                    let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
                    return self.run(begin).await;
                }
                self.run("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
                self.run("SET CONSTRAINTS ALL IMMEDIATE").await
            }
            Wire::Sqlite(_) if self.access == Access::Read => self.run("BEGIN").await,
            Wire::Sqlite(_) => self.run("BEGIN IMMEDIATE").await,
        }
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = match &mut self.wire {
            Wire::Postgres(wire) => sqlx::query(sql).execute(wire).await.map(drop),
            Wire::Sqlite(wire) => sqlx::query(sql).execute(wire).await.map(drop),
        };
        done.map_err(|error| failed(&self.place, &error))
    }

    /// Begins what is done whole or not at all, for one item.
    pub(super) async fn begin_step(&mut self) -> Result<(), StoreError> {
        self.run("SAVEPOINT item").await
    }

    /// Keeps what was done for one item, or undoes it where it was not done.
    pub(super) async fn end_step(&mut self, outcome: ActOutcome) -> Result<(), StoreError> {
        if !matches!(outcome, ActOutcome::Done(_)) {
            self.run("ROLLBACK TO SAVEPOINT item").await?;
        }
        self.run("RELEASE SAVEPOINT item").await
    }

    /// Writes down what was done.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        self.run("COMMIT").await
    }

    /// What keeps rows as they are until the end of a session that may write.
    pub(super) fn locking(&self) -> &'static str {
        match (&self.wire, self.access) {
            (Wire::Postgres(_), Access::Write) => " FOR UPDATE",
            _ => "",
        }
    }

    /// Writes, and says how many rows it was.
    pub(super) async fn execute(
        &mut self,
        sql: String,
        values: &[String],
    ) -> Result<Result<u64, Refusal>, StoreError> {
        let done = match &mut self.wire {
            Wire::Postgres(wire) => {
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for value in values {
                    query = query.bind(value.clone());
                }
                query.execute(wire).await.map(|done| done.rows_affected())
            }
            Wire::Sqlite(wire) => {
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for value in values {
                    query = query.bind(value.clone());
                }
                query.execute(wire).await.map(|done| done.rows_affected())
            }
        };
        match done {
            Ok(rows) => Ok(Ok(rows)),
            Err(sqlx::Error::Database(why)) if why.is_foreign_key_violation() => {
                Ok(Err(Refusal::ReferredTo))
            }
            Err(sqlx::Error::Database(why)) if why.is_unique_violation() => {
                Ok(Err(Refusal::Occupied))
            }
            Err(error) => Err(failed(&self.place, &error)),
        }
    }

    /// Asks a PostgreSQL server for a lock that others may have; whether they gave it
    /// back within a few seconds.
    pub(super) async fn has_soon(&mut self, lock: String, on: &str) -> Result<bool, StoreError> {
        self.run("SET LOCAL lock_timeout = '5s'").await?;
        let Wire::Postgres(wire) = &mut self.wire else { return Ok(true) };
        match sqlx::query(AssertSqlSafe(lock)).persistent(false).bind(on).execute(wire).await {
            Ok(_) => Ok(true),
            Err(sqlx::Error::Database(why)) if why.code().as_deref() == Some("55P03") => Ok(false),
            Err(error) => Err(failed(&self.place, &error)),
        }
    }

    /// Says goodbye; a server that does not listen any more is no matter.
    pub(super) async fn close(self) {
        let closed = match self.wire {
            Wire::Postgres(wire) => wire.close().await,
            Wire::Sqlite(wire) => wire.close().await,
        };
        if let Err(error) = closed {
            tracing::debug!(error = %error, "a database connection did not close");
        }
    }

    /// The rows of a query as they come, at most a few in memory.
    ///
    /// `sql` is made of quoted identifiers and the house's own words only;
    /// every value is among `values`, each as text.
    pub(super) fn rows<'s>(
        &'s mut self,
        sql: String,
        values: &[String],
    ) -> BoxStream<'s, Result<Row, StoreError>> {
        let place = self.place.clone();
        let rows: BoxStream<'s, Result<Row, sqlx::Error>> = match &mut self.wire {
            Wire::Postgres(wire) => {
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for value in values {
                    query = query.bind(value.clone());
                }
                query.fetch(wire).map_ok(Row::Postgres).boxed()
            }
            Wire::Sqlite(wire) => {
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for value in values {
                    query = query.bind(value.clone());
                }
                query.fetch(wire).map_ok(Row::Sqlite).boxed()
            }
        };
        rows.map_err(move |error| failed(&place, &error)).boxed()
    }

    /// All rows of a query that gives few.
    pub(super) async fn all(
        &mut self,
        sql: impl Into<String>,
        values: &[String],
    ) -> Result<Vec<Row>, StoreError> {
        self.rows(sql.into(), values).try_collect().await
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.wire {
            Wire::Postgres(_) => Dialect::Postgres,
            Wire::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

/// One row, every column text.
pub(super) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl Row {
    /// The text in a column; none where it is null or no text.
    pub(super) fn text(&self, column: usize) -> Option<&str> {
        let text: Result<Option<&str>, _> = match self {
            Self::Postgres(row) => row.try_get_unchecked(column),
            Self::Sqlite(row) => row.try_get_unchecked(column),
        };
        text.ok().flatten()
    }

    /// The text in a column that always has one.
    pub(super) fn word(&self, column: usize) -> String {
        self.text(column).unwrap_or_default().to_owned()
    }

    /// The whole number in a column, 0 where there is none.
    pub(super) fn number(&self, column: usize) -> u64 {
        let text = self.text(column).unwrap_or_default();
        text.parse::<i64>().map_or(0, |number| number.max(0).cast_unsigned())
    }
}

fn no_file(place: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("{place} is not there"),
        "Is the share it lies on mounted? Mount it, or correct `url`",
    )
}

/// What a database's refusal means. Only messages that name no value of a row
/// are repeated.
fn failed(place: &str, error: &sqlx::Error) -> StoreError {
    let sqlx::Error::Database(refusal) = error else {
        let said = match error {
            sqlx::Error::Io(error) => error.to_string(),
            sqlx::Error::Tls(error) => error.to_string(),
            _ => "the connection broke".to_owned(),
        };
        return StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{place} cannot be reached: {said}"),
            "Is the server up, and does a firewall let this machine through?",
        );
    };
    let code = refusal.code().unwrap_or_default().into_owned();
    let mut context = format!("{place} refused (code {code})");
    if ["28", "3D", "42", "53", "57"].iter().any(|class| code.starts_with(class)) {
        // Writing to a string cannot fail.
        let _ = write!(context, ": {}", refusal.message());
    }
    let (kind, remedy) = match code.as_str() {
        "42501" => (
            StoreErrorKind::AccessDenied,
            "Grant the user SELECT on the table; where the store is unleashed, also INSERT, UPDATE \
             and DELETE, and CREATE on its schema",
        ),
        code if code.starts_with("28") => (
            StoreErrorKind::AccessDenied,
            "Correct the user in `url` or the password in `password_file`",
        ),
        "3D000" => (StoreErrorKind::Unavailable, "Correct the database in `url`"),
        "57014" => (
            StoreErrorKind::Unavailable,
            "It took too long: an index on the key may help, or a quieter hour",
        ),
        code if code.starts_with("42") => {
            (StoreErrorKind::Misconfigured, "Correct the mapping or the `identity_query`")
        }
        _ => (StoreErrorKind::Unavailable, "Look at the database's own log, and try again"),
    };
    StoreError::new(kind, context, remedy)
}
