//! What is counted again and again and is seldom there is found without looking
//! through everything that is due: records that are missing, records that came
//! back, and the backups that were made.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        for index in [
            "create index item_missing on item (store_id) where missed >= 2",
            "create index item_resurrected on item (store_id) where resurrected_at is not null",
            "create index audit_entry_backed_up on audit_entry (at) \
             where action = 'catalogue.backed-up'",
        ] {
            database.execute_unprepared(index).await?;
        }
        Ok(())
    }
}
