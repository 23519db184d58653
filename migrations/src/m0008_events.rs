//! Events: recorded facts with a date. Corrected by a later one, never edited.

use sea_orm_migration::prelude::*;

use crate::append_only::append_only;
use crate::columns::{
    count, date, id, index, instant, table, text, text_or_none, unique, uuid, uuid_or_none, word,
};

const WHY: &str = "an event is never edited or removed: record one that supersedes it";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let event = vec![
            id(),
            count("seq").unique_key().to_owned(),
            uuid_or_none("store_id"),
            word("key_kind", &["locator", "reference", "subject"]),
            text("key"),
            text("trigger"),
            date("date"),
            text("source"),
            uuid("recorded_by"),
            instant("recorded_at"),
            uuid_or_none("supersedes"),
            text_or_none("note"),
        ];
        let references =
            [("store_id", "store"), ("recorded_by", "person"), ("supersedes", "event")];
        let event = table("event", event, &references)
            .check(Expr::cust("key_kind <> 'locator' or store_id is not null"))
            .to_owned();
        manager.create_table(event).await?;
        manager.create_index(index("event", &["key_kind", "key"])).await?;
        manager.create_index(unique("event", &["supersedes"])).await?;
        append_only(manager, "event", WHY).await
    }
}
