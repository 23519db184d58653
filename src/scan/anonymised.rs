//! Items that were made anonymous. They are where they were, and their rule may
//! still call them due; what was to be done with them is done.
//!
//! A stub knows an item by the keyed digest of its place and by the day it was
//! due. Where another day is worked out now, it is another record.

use retaind_schedules::ids::StoreId;
use sea_orm::ActiveValue;

use crate::catalogue::entity::item;
use crate::catalogue::words::Disposed;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::proof;
use crate::scan::resurrected::locator;
use crate::scan::run::Scanner;

/// Leaves out the rows of items that were made anonymous.
pub(super) async fn leave_out(
    scanner: &Scanner,
    tx: &WriteTx,
    store: StoreId,
    rows: &mut Vec<item::ActiveModel>,
) -> Result<(), CatalogueError> {
    let places: Vec<&str> = rows.iter().map(locator).collect();
    let mut stubs = proof::stubs_for(&**tx, &scanner.keys, store, &places).await?;
    stubs.retain(|_, stub| stub.action == Disposed::Anonymised);
    if stubs.is_empty() {
        return Ok(());
    }
    let is_another = |row: &item::ActiveModel| {
        let stub = stubs.get(locator(row));
        stub.is_none_or(|stub| row.due_on != ActiveValue::Set(stub.due_on))
    };
    let stays: Vec<bool> = rows.iter().map(is_another).collect();
    let mut stays = stays.into_iter();
    rows.retain(|_| stays.next().unwrap_or(true));
    Ok(())
}
