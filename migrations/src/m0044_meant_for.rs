//! For whom a notice was meant that is told to another, since they could not be
//! reached: its reader must know, and may not answer in their place.

use sea_orm_migration::prelude::*;

use crate::columns::text_or_none;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let notice = Table::alter().table("notice").add_column(text_or_none("meant_for")).to_owned();
        manager.alter_table(notice).await
    }
}
