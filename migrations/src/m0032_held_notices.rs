//! Notices that wait for a person's word: those that waited in a backup when it
//! was restored, and may have been sent since it was made.

use sea_orm_migration::prelude::*;

use crate::columns::{instant, table, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let held = vec![uuid("notice_id").primary_key().to_owned(), instant("since_at")];
        manager.create_table(table("held_notice", held, &[])).await
    }
}
