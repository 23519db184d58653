//! What a person decided of items: the latest decision on what is in a place.
//! One to keep holds whatever the item looks like by now; any other only for the
//! item as it was when it was decided on.

use std::collections::HashMap;

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch_line, item_decision};
use crate::catalogue::words::ItemDecision;
use crate::disposal::candidate::is_kept;
use crate::disposal::review;
use crate::stores;

/// Locators asked for in one statement.
const ROWS: usize = 500;

/// What a person decided of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decided {
    /// Nothing that is good today.
    Nothing,
    /// It is kept.
    Kept,
    /// This is to be done.
    To(DisposalAction),
}

/// For each line, in order, what was decided.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn decided(
    database: &impl ConnectionTrait,
    store: StoreId,
    lines: &[batch_line::Model],
    today: Date,
) -> Result<Vec<Decided>, CatalogueError> {
    if !any(database, store).await? {
        return Ok(vec![Decided::Nothing; lines.len()]);
    }
    let mut latest: HashMap<String, item_decision::Model> = HashMap::new();
    for part in lines.chunks(ROWS) {
        let places: Vec<String> = part.iter().map(|line| line.locator.clone()).collect();
        latest.extend(review::latest(database, store, &places).await?);
    }
    let of = |line: &batch_line::Model| match latest.get(&line.locator) {
        Some(row) if is_kept(row, today) => Decided::Kept,
        Some(row) if row.fingerprint == line.fingerprint => match row.decision {
            ItemDecision::Destroy => Decided::To(DisposalAction::Destroy),
            ItemDecision::Transfer => Decided::To(DisposalAction::Transfer),
            ItemDecision::Keep => Decided::Nothing,
        },
        _ => Decided::Nothing,
    };
    Ok(lines.iter().map(of).collect())
}

/// Whether anybody decided anything in this store: in most nobody does.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn any(
    database: &impl ConnectionTrait,
    store: StoreId,
) -> Result<bool, CatalogueError> {
    let stores = stores::twins(database).await?.of(store.0);
    let one = item_decision::Entity::find().filter(item_decision::Column::StoreId.is_in(stores));
    let one = one.select_only().column(item_decision::Column::Id).limit(1);
    Ok(one.into_tuple::<Uuid>().one(database).await?.is_some())
}
