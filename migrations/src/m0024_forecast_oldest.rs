//! The oldest date that what falls due in a month is kept from, for the mail
//! that says so beforehand.

use sea_orm_migration::prelude::*;

use crate::columns::date_or_none;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let forecast = Table::alter().table("forecast").add_column(date_or_none("oldest")).to_owned();
        manager.alter_table(forecast).await
    }
}
