//! When the organisation's years end, as it was accepted with each version of the
//! schedule: a rule that counts to such an end is another where that end moves.
//!
//! A version from before has none, and nothing is evaluated to a year end under
//! it until people have signed when that is.

use sea_orm_migration::prelude::*;

use crate::columns::json_or_none;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let calendar = json_or_none("calendar");
        let version = Table::alter().table("schedule_version").add_column(calendar).to_owned();
        manager.alter_table(version).await
    }
}
