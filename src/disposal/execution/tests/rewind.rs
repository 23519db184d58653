//! Going back to an earlier state of a catalogue and of a store, both SQLite
//! files that others have open: rows are put back as they were, by the tables.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

/// One database, with room for its earlier states beside it.
pub(super) struct Rewind {
    connection: SqliteConnection,
    tables: Vec<String>,
}

impl Rewind {
    /// A new database made by these statements, with no states yet.
    pub(super) async fn of_new(file: &Path, statements: &str) -> Self {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let mut connection = options.connect().await.expect("a database");
        run(&mut connection, statements).await;
        Self { connection, tables: Vec::new() }
    }

    /// Does this to it.
    pub(super) async fn run(&mut self, statements: &str) {
        run(&mut self.connection, statements).await;
    }

    /// Leaves it.
    pub(super) async fn close(self) {
        self.connection.close().await.expect("an orderly goodbye");
    }

    /// Room for so many states of these tables, of all where none is named.
    /// What keeps others from changing rows of the past is taken away.
    pub(super) async fn of(file: &Path, tables: &[&str], states: usize) -> Self {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.foreign_keys(false);
        let mut connection = options.connect().await.expect("the database");
        let beside = file.with_extension("past");
        run(&mut connection, &format!("attach '{}' as past", beside.display())).await;
        run(&mut connection, "pragma past.synchronous = off; pragma past.journal_mode = off").await;
        for trigger in names(&mut connection, "trigger").await {
            run(&mut connection, &format!("drop trigger \"{trigger}\"")).await;
        }
        let mut tables: Vec<String> = tables.iter().map(|name| (*name).to_owned()).collect();
        if tables.is_empty() {
            tables = names(&mut connection, "table").await;
        }
        for state in 0..states {
            for table in &tables {
                let make = format!(
                    "create table past.\"{state}_{table}\" as select * from main.\"{table}\" where 0"
                );
                run(&mut connection, &make).await;
            }
        }
        Self { connection, tables }
    }

    /// Keeps the present as this state.
    pub(super) async fn keep(&mut self, state: usize) {
        self.copy(("main.", ""), ("past.", &format!("{state}_"))).await;
    }

    /// Makes this state the present.
    pub(super) async fn back_to(&mut self, state: usize) {
        self.copy(("past.", &format!("{state}_")), ("main.", "")).await;
    }

    async fn copy(&mut self, from: (&str, &str), to: (&str, &str)) {
        let mut text = "begin immediate;".to_owned();
        for table in &self.tables {
            let (from, to) = (
                format!("{}\"{}{table}\"", from.0, from.1),
                format!("{}\"{}{table}\"", to.0, to.1),
            );
            text += &format!("delete from {to}; insert into {to} select * from {from};");
        }
        run(&mut self.connection, &(text + "commit")).await;
    }

    /// The first column of a query, as text.
    pub(super) async fn column(&mut self, query: &str) -> Vec<String> {
        let rows = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut self.connection);
        rows.await.expect("an answer").iter().map(|row| row.get(0)).collect()
    }
}

async fn run(connection: &mut SqliteConnection, statements: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    sql.execute(connection).await.expect("the statements");
}

async fn names(connection: &mut SqliteConnection, kind: &str) -> Vec<String> {
    let query = format!(
        "select name from main.sqlite_master where type = '{kind}' and name not like 'sqlite_%'"
    );
    let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await.expect("names");
    rows.iter().map(|row| row.get(0)).collect()
}
