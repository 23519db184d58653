//! Putting rows back: the very values they had, where nothing stands in their
//! place, and only if they then look as they did before they were taken.
//!
//! The place of a row is its primary key. Rows that came to a unit meanwhile stand
//! beside those that come back, and are left as they are.

use super::look::{foreign, look, values};
use super::plan::Mapping;
use super::quarantine::{Cell, Shelved, cells, clear, contents, hex, shelved, there};
use super::query::{Which, quoted};
use super::session::{Dialect, Refusal, Session};
use crate::contract::{ActOutcome, Found, Kept, Look, ProblemKind, StoreError};

/// Puts items of a mapping back.
pub(super) async fn restore(
    session: &mut Session,
    mapping: &Mapping,
    kept: &[Kept],
) -> Result<Vec<ActOutcome>, StoreError> {
    for kept in kept {
        values(mapping, &kept.locator).ok_or_else(|| foreign(&kept.locator))?;
    }
    there(session, mapping).await?;
    let mut outcomes = Vec::with_capacity(kept.len());
    for kept in kept {
        session.begin_step().await?;
        let outcome = one(session, mapping, kept).await?;
        session.end_step(outcome).await?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn one(
    session: &mut Session,
    mapping: &Mapping,
    kept: &Kept,
) -> Result<ActOutcome, StoreError> {
    let Some(shelved) = shelved(session, mapping, kept.line).await? else {
        return Ok(ActOutcome::Absent);
    };
    if shelved.fingerprint != kept.fingerprint || shelved.locator != kept.locator {
        return Ok(ActOutcome::Changed);
    }
    let beside = match look(session, mapping, &kept.locator).await? {
        Look::Absent => Vec::new(),
        // Where rows have no key of their own, nobody can tell one from the other.
        Look::Present(_) if mapping.unit.is_some() && !mapping.key.is_empty() => {
            members(session, mapping, &kept.locator).await?
        }
        _ => return Ok(ActOutcome::Failed(ProblemKind::Occupied)),
    };
    for row in &shelved.rows {
        let Some((sql, values)) = cells(row).and_then(|row| insert(session, mapping, &row)) else {
            return Ok(ActOutcome::Failed(ProblemKind::ReadFailed));
        };
        match session.execute(sql, &values).await? {
            Ok(1) => {}
            Ok(_) => return Ok(ActOutcome::Failed(ProblemKind::ReadFailed)),
            Err(Refusal::Occupied) => return Ok(ActOutcome::Failed(ProblemKind::Occupied)),
            Err(Refusal::ReferredTo) => return Ok(ActOutcome::Failed(ProblemKind::ReferredTo)),
        }
    }
    match look(session, mapping, &kept.locator).await? {
        Look::Present(found) if is_back(session, mapping, &shelved, beside, &found).await? => {
            clear(session, mapping, kept.line).await?;
            Ok(ActOutcome::Done(found.fingerprint))
        }
        // What would come back is not what was taken.
        _ => Ok(ActOutcome::Failed(ProblemKind::ReadFailed)),
    }
}

/// Whether what now stands there is what was taken, and what stood there before.
async fn is_back(
    session: &mut Session,
    mapping: &Mapping,
    shelved: &Shelved,
    mut beside: Vec<String>,
    found: &Found,
) -> Result<bool, StoreError> {
    if beside.is_empty() {
        return Ok(found.fingerprint.to_string() == shelved.looked);
    }
    beside.extend_from_slice(&shelved.rows);
    beside.sort_unstable();
    Ok(members(session, mapping, &found.locator).await? == beside)
}

/// The rows of a unit to the last byte, in an order of their own.
async fn members(
    session: &mut Session,
    mapping: &Mapping,
    locator: &str,
) -> Result<Vec<String>, StoreError> {
    let values = values(mapping, locator).ok_or_else(|| foreign(locator))?;
    let mut rows = contents(session, mapping, Which::ThoseSlowly, &values).await?;
    rows.sort_unstable();
    Ok(rows)
}

/// The statement that puts a row back; nothing where a column is gone.
fn insert(session: &Session, mapping: &Mapping, row: &[Cell<'_>]) -> Option<(String, Vec<String>)> {
    let (mut names, mut places, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for cell in row {
        let column = mapping.columns.iter().find(|column| hex(&column.name) == cell.column)?;
        names.push(quoted(&column.name));
        if cell.kind == "null" {
            places.push("NULL".to_owned());
            continue;
        }
        values.push(cell.value.to_owned());
        places.push(value(session.dialect(), cell.kind, &column.kind, values.len())?);
    }
    let overriding = match session.dialect() {
        Dialect::Postgres => " OVERRIDING SYSTEM VALUE",
        Dialect::Sqlite => "",
    };
    let sql = format!(
        "INSERT INTO {} ({}){overriding} VALUES ({})",
        mapping.table.sql,
        names.join(", "),
        places.join(", ")
    );
    Some((sql, values))
}

/// A value made out of its hexadecimal digits.
fn value(dialect: Dialect, kind: &str, column: &str, at: usize) -> Option<String> {
    let value = match (dialect, kind) {
        (Dialect::Postgres, _) => {
            format!("CAST(convert_from(decode(CAST(${at} AS text), 'hex'), 'UTF8') AS {column})")
        }
        (Dialect::Sqlite, "text") => format!("CAST(unhex(?{at}) AS TEXT)"),
        (Dialect::Sqlite, "blob") => format!("unhex(?{at})"),
        (Dialect::Sqlite, "integer") => format!("CAST(CAST(unhex(?{at}) AS TEXT) AS INTEGER)"),
        (Dialect::Sqlite, "real") => format!("CAST(CAST(unhex(?{at}) AS TEXT) AS REAL)"),
        (Dialect::Sqlite, _) => return None,
    };
    Some(value)
}
