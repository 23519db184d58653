//! Lines are found by the intent they are open under, and few are open: only
//! those are in the index.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        for change in [
            "drop index batch_line_by_intent_id",
            "create index batch_line_by_intent_id on batch_line (intent_id) \
             where intent_id is not null",
        ] {
            database.execute_unprepared(change).await?;
        }
        Ok(())
    }
}
