//! Items that were destroyed and are there again: from a backup, or a copy
//! somebody kept.
//!
//! A stub knows an item only by the keyed digest of its place, so the places
//! of the rows about to be written are digested and looked up. What is back is
//! marked, and told once for each time it came back; that it is evaluated and
//! listed as anything else is what proposes it again.

use std::collections::HashMap;

use jiff::Timestamp;
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{item, stub};
use crate::catalogue::values::Micros;
use crate::catalogue::words::Disposed;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::proof;
use crate::scan::run::Scanner;

/// Marks the rows of items that were gone when the scan began; how many of them
/// came back since they were last written.
pub(super) async fn mark(
    scanner: &Scanner,
    tx: &WriteTx,
    store: StoreId,
    began: Timestamp,
    rows: &mut [item::ActiveModel],
) -> Result<u64, CatalogueError> {
    let places: Vec<String> = rows.iter().map(|row| locator(row).to_owned()).collect();
    let asked: Vec<&str> = places.iter().map(String::as_str).collect();
    let mut stubs = proof::stubs_for(&**tx, &scanner.keys, store, &asked).await?;
    // What was made anonymous is still where it was, and what went while the scan
    // ran may have been met before it went.
    let began = Micros::from(began);
    stubs.retain(|_, stub| stub.action != Disposed::Anonymised && stub.disposed_at < began);
    if stubs.is_empty() {
        return Ok(0);
    }
    let gone = asked.iter().map(|place| stubs.get(place));
    let back: Vec<_> =
        rows.iter_mut().zip(gone).filter_map(|(row, gone)| Some((row, gone?))).collect();
    let known = known(tx, store, &back).await?;
    let (now, mut told) = (scanner.clock.now(), 0);
    let mut certificates = proof::Numbers::default();
    for (row, gone) in back {
        let since = known.get(locator(row)).copied().flatten();
        if since.is_some_and(|since| since >= gone.disposed_at) {
            continue;
        }
        row.resurrected_at = Set(Some(now.into()));
        told += 1;
        let certificate = certificates.of(&**tx, gone.batch_id).await?;
        audit::append(tx, now, &entry(gone, certificate)).await?;
    }
    Ok(told)
}

/// Where the item of a row is.
pub(super) fn locator(row: &item::ActiveModel) -> &str {
    match &row.locator {
        ActiveValue::Set(locator) | ActiveValue::Unchanged(locator) => locator,
        ActiveValue::NotSet => "",
    }
}

/// When each was marked before, by its place.
async fn known(
    tx: &WriteTx,
    store: StoreId,
    back: &[(&mut item::ActiveModel, &stub::Model)],
) -> Result<HashMap<String, Option<Micros>>, CatalogueError> {
    let places = back.iter().map(|(row, _)| locator(row));
    let marked = item::Entity::find()
        .filter(item::Column::StoreId.eq(store.0))
        .filter(item::Column::Locator.is_in(places))
        .select_only()
        .columns([item::Column::Locator, item::Column::ResurrectedAt]);
    Ok(marked.into_tuple().all(&**tx).await?.into_iter().collect())
}

fn entry(gone: &stub::Model, certificate: Option<&str>) -> Entry {
    let item = Subject::new("item", &gone.locator_mac);
    let certificate = certificate.unwrap_or("not signed yet");
    Entry::new(By::Service, Action::ItemResurrected, item).because(Motive::own(format!(
        "it is there again, though {} in batch {} (certificate {certificate})",
        gone.action, gone.batch
    )))
}
