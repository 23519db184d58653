//! What stands under one key now.

use futures_util::StreamExt as _;

use super::locator;
use super::plan::Mapping;
use super::query::{Which, select};
use super::row::Reader;
use super::session::{Dialect, Session};
use crate::contract::{Found, Look, ProblemKind, StoreError, StoreErrorKind};
use crate::fold::{Fold, Whose};

/// Looks at one locator of a mapping.
pub(super) async fn look(
    session: &mut Session,
    mapping: &Mapping,
    locator: &str,
) -> Result<Look, StoreError> {
    let values = values(mapping, locator).ok_or_else(|| foreign(locator))?;
    let quickly = look_for(session, mapping, locator, &values, Which::Those).await?;
    if quickly != Look::Absent || session.dialect() == Dialect::Postgres {
        return Ok(quickly);
    }
    look_for(session, mapping, locator, &values, Which::ThoseSlowly).await
}

/// The values a locator of this mapping names, if it is one.
pub(super) fn values(mapping: &Mapping, locator: &str) -> Option<Vec<String>> {
    let rest = locator.strip_prefix(&mapping.prefix)?;
    let (rest, expected) = match mapping.unit {
        Some(_) => (rest.strip_suffix('/')?, 1),
        None => (rest, mapping.key.len()),
    };
    locator::values(rest).filter(|values| values.len() == expected)
}

pub(super) async fn look_for(
    session: &mut Session,
    mapping: &Mapping,
    locator: &str,
    values: &[String],
    which: Which,
) -> Result<Look, StoreError> {
    let dialect = session.dialect();
    let mut reader = Reader::new(dialect, mapping);
    let mut fold = Fold::new(mapping.dates.len());
    let mut whose = Whose::default();
    let mut rows = session.rows(select(dialect, mapping, which), values);
    while let Some(row) = rows.next().await {
        let row = row?;
        reader.read_key(&row);
        reader.read_dates(&row);
        let Some(fingerprint) = reader.fingerprint(&row) else {
            return Ok(Look::Unknown(ProblemKind::ReadFailed));
        };
        whose.add(reader.reference(&row), reader.subject(&row));
        if mapping.unit.is_none() {
            return Ok(Look::Present(Found {
                locator: locator.to_owned(),
                reference: whose.reference,
                subject: whose.subject,
                members: 1,
                fingerprint,
                dates: reader.dates,
                members_differ: false,
                keys_differ: false,
            }));
        }
        fold.add(reader.key.as_bytes(), fingerprint, &reader.dates);
    }
    let folded = fold.finish();
    if folded.members == 0 {
        return Ok(Look::Absent);
    }
    Ok(Look::Present(Found {
        locator: locator.to_owned(),
        reference: whose.reference,
        subject: whose.subject,
        members: folded.members,
        fingerprint: folded.fingerprint,
        dates: folded.dates,
        members_differ: folded.members_differ,
        keys_differ: whose.differ,
    }))
}

pub(super) fn foreign(locator: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("`{locator}` is no row or unit of this mapping"),
        "Scan again; the mapping may have changed",
    )
}
