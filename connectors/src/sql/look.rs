//! What stands under one key now.

use futures_util::StreamExt as _;

use super::locator;
use super::plan::Mapping;
use super::query::{Which, select};
use super::row::Reader;
use super::session::{Dialect, Session};
use crate::contract::{Found, Look, ProblemKind, StoreError, StoreErrorKind};
use crate::fold::Fold;

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
    let mut texts = None;
    let mut rows = session.rows(select(dialect, mapping, which), values);
    while let Some(row) = rows.next().await {
        let row = row?;
        reader.read_key(&row);
        reader.read_dates(&row);
        let Some(fingerprint) = reader.fingerprint(&row) else {
            return Ok(Look::Unknown(ProblemKind::ReadFailed));
        };
        let text = |text: Option<&str>| text.map(str::to_owned);
        let (reference, subject) = (text(reader.reference(&row)), text(reader.subject(&row)));
        if mapping.unit.is_none() {
            return Ok(Look::Present(Found {
                locator: locator.to_owned(),
                reference,
                subject,
                members: 1,
                fingerprint,
                dates: reader.dates,
                members_differ: false,
            }));
        }
        texts.get_or_insert((reference, subject));
        fold.add(reader.key.as_bytes(), fingerprint, &reader.dates);
    }
    let Some((reference, subject)) = texts else { return Ok(Look::Absent) };
    let folded = fold.finish();
    Ok(Look::Present(Found {
        locator: locator.to_owned(),
        reference,
        subject,
        members: folded.members,
        fingerprint: folded.fingerprint,
        dates: folded.dates,
        members_differ: folded.members_differ,
    }))
}

pub(super) fn foreign(locator: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("`{locator}` is no row or unit of this mapping"),
        "Scan again; the mapping may have changed",
    )
}
