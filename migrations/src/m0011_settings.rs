//! Settings the program keeps for itself.

use sea_orm_migration::prelude::*;

use crate::columns::{table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let setting = vec![text("key").primary_key().to_owned(), text("value")];
        manager.create_table(table("setting", setting, &[])).await
    }
}
