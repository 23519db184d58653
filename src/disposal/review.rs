//! What people decided of single items.

use std::collections::HashMap;

use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::item_decision;

/// The last decision on each of these places, by place.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn latest(
    read: &impl ConnectionTrait,
    store: StoreId,
    locators: &[String],
) -> Result<HashMap<String, item_decision::Model>, CatalogueError> {
    let rows = item_decision::Entity::find()
        .filter(item_decision::Column::StoreId.eq(store.0))
        .filter(item_decision::Column::Locator.is_in(locators))
        .order_by_asc(item_decision::Column::At)
        .order_by_asc(item_decision::Column::Id)
        .all(read)
        .await?;
    Ok(rows.into_iter().map(|row| (row.locator.clone(), row)).collect())
}
