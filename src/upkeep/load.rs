//! Rows into a catalogue that is being filled, exactly as they were.
//!
//! While it is filled the rules that refuse later changes (the append-only
//! triggers, the order in which rows may refer to each other) stand aside, and
//! they are back before the transaction ends: nobody ever sees the catalogue
//! without them.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};

use super::dump::{Sum, Tally};
use super::table::{self, Table, list, quoted};
use crate::catalogue::{CatalogueError, WriteTx};

/// Lines in one statement, and their bytes.
const LINES: usize = 1000;
const BYTES: usize = 1 << 20;

const SQLITE_TRIGGERS: &str =
    "select name, sql from sqlite_master where type = 'trigger' order by rowid";
const POSTGRES_REFERENCES: &str = "select c.relname::text, f.conname::text \
    from pg_constraint f join pg_class c on c.oid = f.conrelid \
    where f.contype = 'f' and f.connamespace = current_schema()::regnamespace";
const POSTGRES_FUNCTIONS: &str = "select p.oid::regprocedure::text, '' from pg_proc p \
    where p.pronamespace = current_schema()::regnamespace and p.prorettype = 'trigger'::regtype";

/// Leave to fill empty tables, until [`Filling::end`].
pub(super) struct Filling<'a> {
    tx: &'a WriteTx,
    after: Vec<String>,
}

impl<'a> Filling<'a> {
    /// Sets the refusals aside, and takes away what the changes themselves put
    /// into these tables.
    pub(super) async fn begin(tx: &'a WriteTx, tables: &[Table]) -> Result<Self, CatalogueError> {
        let after = match tx.get_database_backend() {
            DbBackend::Sqlite => sqlite_aside(tx).await?,
            _ => postgres_aside(tx, tables).await?,
        };
        for table in tables {
            tx.execute_unprepared(&format!("delete from {}", quoted(&table.name))).await?;
        }
        Ok(Self { tx, after })
    }

    /// Writes the rows of one table.
    pub(super) fn table<'b>(&'b self, table: &'b Table) -> Rows<'b> {
        Rows { tx: self.tx, table, waiting: Vec::new(), bytes: 0, tally: Tally::default() }
    }

    /// Puts every refusal back, after seeing that each row refers to one that is there.
    pub(super) async fn end(self) -> Result<(), CatalogueError> {
        for statement in &self.after {
            self.tx.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Rows on their way into one table.
pub(super) struct Rows<'a> {
    tx: &'a WriteTx,
    table: &'a Table,
    waiting: Vec<String>,
    bytes: usize,
    tally: Tally,
}

impl Rows<'_> {
    /// Takes one more line.
    pub(super) async fn add(&mut self, line: String) -> Result<(), CatalogueError> {
        self.tally.add(&line);
        self.bytes += line.len();
        self.waiting.push(line);
        if self.waiting.len() >= LINES || self.bytes >= BYTES {
            self.write().await?;
        }
        Ok(())
    }

    /// Writes what still waits; the sum of what was taken.
    pub(super) async fn end(mut self) -> Result<Sum, CatalogueError> {
        self.write().await?;
        Ok(self.tally.sum())
    }

    async fn write(&mut self) -> Result<(), CatalogueError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let lines = format!("[{}]", self.waiting.join(","));
        (self.waiting, self.bytes) = (Vec::new(), 0);
        self.tx.execute_raw(self.table.insert(self.tx.get_database_backend(), lines)).await?;
        Ok(())
    }
}

/// Takes every table of a catalogue away, in the caller's transaction.
pub(super) async fn take_down(tx: &WriteTx) -> Result<(), CatalogueError> {
    let tables = table::all(&**tx).await?;
    let ledger = [String::from("seaql_migrations")];
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).chain(ledger).collect();
    if tx.get_database_backend() == DbBackend::Sqlite {
        // The rows go first: a table that others refer to cannot be dropped with them.
        Filling::begin(tx, &tables).await?;
        for name in names {
            tx.execute_unprepared(&format!("drop table {}", quoted(&name))).await?;
        }
        return Ok(());
    }
    let names = list(names.iter().map(|name| quoted(name)));
    tx.execute_unprepared(&format!("drop table {names} cascade")).await?;
    for (function, _) in pairs(tx, POSTGRES_FUNCTIONS).await? {
        tx.execute_unprepared(&format!("drop function {function} cascade")).await?;
    }
    Ok(())
}

async fn sqlite_aside(tx: &WriteTx) -> Result<Vec<String>, CatalogueError> {
    tx.execute_unprepared("pragma defer_foreign_keys = on").await?;
    let mut after = Vec::new();
    for (name, sql) in pairs(tx, SQLITE_TRIGGERS).await? {
        tx.execute_unprepared(&format!("drop trigger {}", quoted(&name))).await?;
        after.push(sql);
    }
    Ok(after)
}

async fn postgres_aside(tx: &WriteTx, tables: &[Table]) -> Result<Vec<String>, CatalogueError> {
    let mut after = vec!["set constraints all immediate".to_owned()];
    for (table, constraint) in pairs(tx, POSTGRES_REFERENCES).await? {
        let alter =
            format!("alter table {} alter constraint {}", quoted(&table), quoted(&constraint));
        tx.execute_unprepared(&format!("{alter} deferrable initially deferred")).await?;
        after.push(format!("{alter} not deferrable"));
    }
    for table in tables {
        let alter = format!("alter table {}", quoted(&table.name));
        tx.execute_unprepared(&format!("{alter} disable trigger user")).await?;
        after.push(format!("{alter} enable trigger user"));
    }
    Ok(after)
}

async fn pairs(tx: &WriteTx, query: &str) -> Result<Vec<(String, String)>, DbErr> {
    let query = Statement::from_string(tx.get_database_backend(), query);
    let rows = tx.query_all_raw(query).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
