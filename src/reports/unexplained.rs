//! What nobody can say yet, and why: lists for a person to work through.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use retaind_schedules::evaluation::Doubt;
use retaind_schedules::trigger::Trigger;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::catalogue::entity::{item, unmapped};
use crate::catalogue::words::OutcomeKind;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::reports::due::Lookup;
use crate::reports::words;

/// One kind of doubt under one record type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Doubtful {
    /// The store.
    pub store: String,
    /// The code of the record type; empty where no mapping covers it.
    pub record_type: String,
    /// `awaiting-trigger` or `cannot-evaluate`.
    pub outcome: OutcomeKind,
    /// Why, in words.
    pub why: String,
}

/// How many there are, and one of them to look at.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Share {
    /// Items and units, of those that are listed.
    pub units: u64,
    /// The first of them.
    pub example: String,
}

/// What waits or cannot be evaluated, by store, record type and reason. At
/// most [`crate::scan::run::LIST_LIMIT`] rows of each kind and mapping are listed.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn doubtful(
    catalogue: &Catalogue,
    lookup: &Lookup,
) -> Result<BTreeMap<Doubtful, Share>, CatalogueError> {
    let mut groups = BTreeMap::<Doubtful, Share>::new();
    each(catalogue, lookup, |item| {
        let share = groups.entry(item.group).or_default();
        share.units += 1;
        if share.example.is_empty() {
            share.example = item.locator;
        }
        Ok::<(), CatalogueError>(())
    })
    .await?;
    Ok(groups)
}

/// A row's doubt in words. The date an implausible one gives is left out, so
/// that a thousand different wrong dates are one line to work through.
fn why(doubt: Option<&serde_json::Value>) -> String {
    let Some(doubt) = doubt else { return String::new() };
    if let Some(problem) = doubt.get("problem").and_then(|problem| problem.as_str()) {
        return format!("it could not be read: {}", problem.replace('-', " "));
    }
    let awaiting = doubt.get("awaiting").cloned().unwrap_or_default();
    if let Ok(triggers) = serde_json::from_value::<Vec<Trigger>>(awaiting) {
        return words::awaiting(&triggers);
    }
    match serde_json::from_value::<Doubt>(doubt.clone()) {
        Ok(Doubt::ImplausibleDate { trigger, .. }) => {
            format!("the date for {} cannot be true", trigger.name().replace('-', " "))
        }
        Ok(doubt) => words::doubt(&doubt),
        Err(_) => doubt.to_string(),
    }
}

/// One item or unit that nobody can say anything of yet.
#[derive(Debug, Clone, Serialize)]
pub struct DoubtfulItem {
    /// Which store, record type, outcome and reason.
    #[serde(flatten)]
    pub group: Doubtful,
    /// Its place in the store.
    pub locator: String,
}

/// Hears of every listed item that waits or cannot be evaluated, one at a time.
///
/// # Errors
///
/// Where the catalogue does not answer, or the hearer fails.
pub async fn each<E: From<CatalogueError>>(
    catalogue: &Catalogue,
    lookup: &Lookup,
    mut hear: impl FnMut(DoubtfulItem) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |error| E::from(catalogue.error(error));
    let kinds = [OutcomeKind::AwaitingTrigger, OutcomeKind::CannotEvaluate];
    let mut rows = item::Entity::find()
        .filter(item::Column::Outcome.is_in(kinds))
        .order_by_asc(item::Column::Id)
        .stream(catalogue.read())
        .await
        .map_err(failed)?;
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let mapping = row.mapping_id.and_then(|id| lookup.mapping(id));
        let group = Doubtful {
            store: lookup.store(row.store_id).to_owned(),
            record_type: mapping.map(|row| row.record_type_code.clone()).unwrap_or_default(),
            outcome: row.outcome,
            why: why(row.doubt.as_ref()),
        };
        hear(DoubtfulItem { group, locator: row.locator })?;
    }
    Ok(())
}

/// What no mapping covers, by store and place.
#[derive(Debug, Clone, Serialize)]
pub struct UnmappedPart {
    /// The store.
    pub store: String,
    /// A folder or a table.
    pub location: String,
    /// Files or rows.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
}

/// Every part of a store that no mapping covers, the largest first.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn unmapped(
    catalogue: &Catalogue,
    lookup: &Lookup,
) -> Result<Vec<UnmappedPart>, CatalogueError> {
    let rows = unmapped::Entity::find()
        .order_by_desc(unmapped::Column::Items)
        .order_by_asc(unmapped::Column::Location)
        .all(catalogue.read())
        .await?;
    let part = |row: unmapped::Model| UnmappedPart {
        store: lookup.store(row.store_id).to_owned(),
        location: row.location,
        items: row.items.unsigned_abs(),
        bytes: row.bytes.unsigned_abs(),
    };
    Ok(rows.into_iter().map(part).collect())
}
