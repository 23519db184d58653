//! What the program keeps for itself, by name.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use sea_orm::sea_query::OnConflict;

use super::entity::setting;
use super::{CatalogueError, WriteTx};

/// Keeps a value under a name, in place of the one before.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn keep(tx: &WriteTx, key: &str, value: String) -> Result<(), CatalogueError> {
    let row = setting::ActiveModel { key: Set(key.to_owned()), value: Set(value) };
    let again =
        OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned();
    setting::Entity::insert(row).on_conflict(again).exec_without_returning(&**tx).await?;
    Ok(())
}
