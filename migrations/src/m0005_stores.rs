//! Stores, and the locations in them that hold a record type.

use sea_orm_migration::prelude::*;

use crate::columns::{
    digest, id, index, instant, instant_or_none, json, table, text, text_or_none, uuid,
    uuid_or_none, word, yes_or_no,
};

/// `pattern` may be absent, and two absent ones are the same.
const ONE_DEFINITION_EACH: &str = "create unique index mapping_by_definition \
    on mapping (store_id, location, coalesce(pattern, ''), digest)";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let store = vec![
            id(),
            text("name").unique_key().to_owned(),
            text("kind"),
            text_or_none("identity"),
            word("state", &["ok", "unavailable", "changed", "frozen"]),
            instant("state_since"),
            text_or_none("state_why"),
        ];
        manager.create_table(table("store", store, &[])).await?;

        let mapping = vec![
            id(),
            uuid("store_id"),
            text("record_type_code"),
            text("location"),
            text_or_none("pattern"),
            json("definition"),
            digest("digest"),
            yes_or_no("active"),
            uuid_or_none("approved_by"),
            instant_or_none("approved_at"),
        ];
        let references = [("store_id", "store"), ("approved_by", "person")];
        let mapping = table("mapping", mapping, &references)
            .check(Expr::cust("(approved_by is null) = (approved_at is null)"))
            .to_owned();
        manager.create_table(mapping).await?;
        manager.get_connection().execute_unprepared(ONE_DEFINITION_EACH).await?;
        manager.create_index(index("mapping", &["record_type_code"])).await
    }
}
