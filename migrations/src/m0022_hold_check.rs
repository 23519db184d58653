//! What each chunk looked up of holds before it was opened, for the certificate.

use sea_orm_migration::prelude::*;

use crate::columns::{instant_or_none, text_or_none};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A whole number, as an instant is.
        for column in [instant_or_none("holds"), text_or_none("holds_digest")] {
            let intent = Table::alter().table("intent").add_column(column).to_owned();
            manager.alter_table(intent).await?;
        }
        Ok(())
    }
}
