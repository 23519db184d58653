//! The table for what is out of reach, in the same database and schema as the
//! table it was taken from: `retaind_quarantine`, made at its first use.
//!
//! Each row keeps one row of people's, every column with its name, its type and
//! its value as hexadecimal digits, so that not a byte is lost. What it looks
//! like there is a digest of just that.

use std::fmt::Write as _;

use retaind_schedules::ids::BatchLineId;

use super::plan::Mapping;
use super::query::{condition, quoted};
use super::session::{Dialect, Session};
use crate::contract::{InQuarantine, StoreError, StoreErrorKind};
use crate::fold::{Fold, lanes};
use crate::sighting::Fingerprint;

/// What the table is called.
pub(super) const TABLE: &str = "retaind_quarantine";

/// What was taken for one line.
#[derive(Debug)]
pub(super) struct Shelved {
    /// Where it was.
    pub(super) locator: String,
    /// What it looked like there.
    pub(super) looked: String,
    /// Its rows, each as [`contents`] writes it.
    pub(super) rows: Vec<String>,
    /// What it looks like here.
    pub(super) fingerprint: Fingerprint,
}

/// One column of a row that was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cell<'c> {
    /// The column's name, in hexadecimal.
    pub(super) column: &'c str,
    /// What it holds, in the database's own word.
    pub(super) kind: &'c str,
    pub(super) value: &'c str,
}

/// Makes the table where this is its first use. Two who do at once are let in one
/// after the other: to PostgreSQL both would be the first, and the second a failure.
pub(super) async fn make(session: &mut Session, mapping: &Mapping) -> Result<(), StoreError> {
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {} (line text NOT NULL, member text NOT NULL, \
         source text NOT NULL, locator text NOT NULL, looked text NOT NULL, \
         content text NOT NULL, taken_at text NOT NULL DEFAULT CURRENT_TIMESTAMP, \
         PRIMARY KEY (line, member))",
        mapping.table.quarantine
    );
    let sql = match session.dialect() {
        Dialect::Postgres => format!(
            "DO $make$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('{TABLE}')); {create}; END $make$"
        ),
        Dialect::Sqlite => create,
    };
    session.all(sql, &[]).await.map(drop)
}

/// That the table is there; without it nobody can say what it held.
pub(super) async fn there(session: &mut Session, mapping: &Mapping) -> Result<(), StoreError> {
    let table = &mapping.table.quarantine;
    let (sql, name) = match session.dialect() {
        Dialect::Postgres => ("SELECT to_regclass($1)::text", table.as_str()),
        Dialect::Sqlite => {
            ("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?1", TABLE)
        }
    };
    let rows = session.all(sql, &[name.to_owned()]).await?;
    if rows.first().and_then(|row| row.text(0)).is_some() {
        return Ok(());
    }
    Err(StoreError::new(
        StoreErrorKind::Unavailable,
        format!("{} has no table {TABLE} beside `{}`", session.place(), mapping.table.name),
        "If anything was ever taken out of reach here, put the table back; if nothing was, there \
         is nothing to look for",
    ))
}

/// What was taken for a line, if anything; locked until the session ends.
pub(super) async fn shelved(
    session: &mut Session,
    mapping: &Mapping,
    line: BatchLineId,
) -> Result<Option<Shelved>, StoreError> {
    let sql = format!(
        "SELECT locator, looked, content, member FROM {} WHERE line = $1 AND source = $2{}",
        mapping.table.quarantine,
        session.locking()
    );
    let values = [line.to_string(), mapping.table.full_name.clone()];
    let rows = session.all(sql, &values).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut fold = Fold::new(0);
    for row in &rows {
        let content = row.word(2);
        let mark = lanes(&blake3::hash(content.as_bytes()));
        let size = content.len() as u64;
        fold.add(row.word(3).as_bytes(), Fingerprint { size, mark }, &[]);
    }
    Ok(Some(Shelved {
        locator: first.word(0),
        looked: first.word(1),
        rows: rows.iter().map(|row| row.word(2)).collect(),
        fingerprint: fold.finish().fingerprint,
    }))
}

/// What is kept for a line.
pub(super) async fn look(
    session: &mut Session,
    mapping: &Mapping,
    line: BatchLineId,
) -> Result<InQuarantine, StoreError> {
    let shelved = shelved(session, mapping, line).await?;
    Ok(shelved.map_or(InQuarantine::Absent, |one| InQuarantine::There(one.fingerprint)))
}

/// Puts a row of people's here.
pub(super) async fn put(
    session: &mut Session,
    mapping: &Mapping,
    line: BatchLineId,
    (member, content): (usize, String),
    (locator, looked): (&str, &str),
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO {} (line, member, source, locator, looked, content) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        mapping.table.quarantine
    );
    let values = [
        line.to_string(),
        member.to_string(),
        mapping.table.full_name.clone(),
        locator.to_owned(),
        looked.to_owned(),
        content,
    ];
    session.all(sql, &values).await.map(drop)
}

/// Takes what was kept for a line away, and says how many rows it was.
pub(super) async fn clear(
    session: &mut Session,
    mapping: &Mapping,
    line: BatchLineId,
) -> Result<usize, StoreError> {
    let sql = format!("DELETE FROM {} WHERE line = $1 AND source = $2 RETURNING member", {
        &mapping.table.quarantine
    });
    let values = [line.to_string(), mapping.table.full_name.clone()];
    session.all(sql, &values).await.map(|rows| rows.len())
}

/// The rows a locator names, to the last byte.
pub(super) async fn contents(
    session: &mut Session,
    mapping: &Mapping,
    which: super::query::Which,
    values: &[String],
) -> Result<Vec<String>, StoreError> {
    let dialect = session.dialect();
    let stored = || mapping.columns.iter().filter(|column| column.is_stored());
    let cells: Vec<_> = stored().map(|column| cell(dialect, &quoted(&column.name))).collect();
    let sql = format!(
        "SELECT {} FROM {} AS x WHERE {}",
        cells.join(", "),
        mapping.table.sql,
        condition(dialect, mapping, which)
    );
    let rows = session.all(sql, values).await?;
    let content = |row: &super::session::Row| {
        let mut text = String::new();
        for (at, column) in stored().enumerate() {
            let separator = if at == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{}:{}", hex(&column.name), row.word(at));
        }
        text
    };
    Ok(rows.iter().map(content).collect())
}

/// One column's kind and value.
fn cell(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "CASE WHEN x.{name}::text IS NULL THEN 'null:' ELSE \
             pg_typeof(x.{name})::oid::text || ':' || \
             encode(convert_to(x.{name}::text, 'UTF8'), 'hex') END"
        ),
        Dialect::Sqlite => format!(
            "CASE typeof(x.{name}) WHEN 'null' THEN 'null:' \
             WHEN 'text' THEN 'text:' || hex(CAST(x.{name} AS BLOB)) \
             WHEN 'blob' THEN 'blob:' || hex(x.{name}) \
             ELSE typeof(x.{name}) || ':' || hex(quote(x.{name})) END"
        ),
    }
}

/// The columns of a row that was taken, or nothing where it is none.
pub(super) fn cells(content: &str) -> Option<Vec<Cell<'_>>> {
    let cell = |text| {
        let mut parts = str::split(text, ':');
        let cell = Cell { column: parts.next()?, kind: parts.next()?, value: parts.next()? };
        parts.next().is_none().then_some(cell)
    };
    content.split(',').map(cell).collect()
}

/// A column's name as it stands in a row that was taken.
pub(super) fn hex(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
