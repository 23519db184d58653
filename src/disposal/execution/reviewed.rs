//! What a person decided of items whose rule says review: the latest decision
//! on the item as it looks now, and on no other.

use std::collections::HashMap;

use retaind_schedules::action::DisposalAction;
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch_line, item_decision};
use crate::catalogue::words::ItemDecision;

/// Locators asked for in one statement.
const ROWS: usize = 500;

/// For each line, in order, the action that was decided on.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn decided(
    database: &impl ConnectionTrait,
    store: StoreId,
    lines: &[batch_line::Model],
) -> Result<Vec<Option<DisposalAction>>, CatalogueError> {
    if !any(database, store).await? {
        return Ok(vec![None; lines.len()]);
    }
    let mut latest: HashMap<(String, String), ItemDecision> = HashMap::new();
    for part in lines.chunks(ROWS) {
        let rows = item_decision::Entity::find()
            .filter(item_decision::Column::StoreId.eq(store.0))
            .filter(
                item_decision::Column::Locator.is_in(part.iter().map(|line| line.locator.as_str())),
            )
            .order_by_asc(item_decision::Column::At)
            .order_by_asc(item_decision::Column::Id)
            .all(database)
            .await?;
        latest.extend(rows.into_iter().map(|row| ((row.locator, row.fingerprint), row.decision)));
    }
    let of = |line: &batch_line::Model| match latest
        .get(&(line.locator.clone(), line.fingerprint.clone()))?
    {
        ItemDecision::Destroy => Some(DisposalAction::Destroy),
        ItemDecision::Transfer => Some(DisposalAction::Transfer),
        ItemDecision::Keep => None,
    };
    Ok(lines.iter().map(of).collect())
}

/// Whether anybody decided anything in this store: in most nobody does.
async fn any(database: &impl ConnectionTrait, store: StoreId) -> Result<bool, CatalogueError> {
    let one = item_decision::Entity::find().filter(item_decision::Column::StoreId.eq(store.0));
    let one = one.select_only().column(item_decision::Column::Id).limit(1);
    Ok(one.into_tuple::<Uuid>().one(database).await?.is_some())
}
