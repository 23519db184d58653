//! The column of a line that named its chunk before chunks named their lines has another
//! name. A process of an earlier version that was left running asks for it whenever it
//! reads or writes a line: it can close no chunk of which it sees no line, mark no line
//! that a chunk names, and say of no hold that nothing is open.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rename = "alter table batch_line rename column intent_id to former_intent_id";
        manager.get_connection().execute_unprepared(rename).await?;
        Ok(())
    }
}
