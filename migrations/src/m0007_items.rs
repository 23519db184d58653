//! Items: only those that are due, held while due, or unexplained.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, date_or_none, id, index, instant, json, json_or_none, table, text, text_or_none, unique,
    uuid, uuid_or_none, word, word_or_none, yes_or_no,
};

const OUTCOMES: &[&str] =
    &["due", "held", "not-due", "awaiting-trigger", "cannot-evaluate", "permanent"];
const ACTIONS: &[&str] = &["destroy", "anonymise", "review", "transfer", "permanent"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let item = vec![
            id(),
            uuid("store_id"),
            uuid_or_none("mapping_id"),
            text("locator"),
            yes_or_no("is_unit"),
            text_or_none("reference"),
            text_or_none("subject_key"),
            count("members"),
            count("bytes"),
            text("fingerprint"),
            word("outcome", OUTCOMES),
            word_or_none("action", ACTIONS),
            date_or_none("due_on"),
            date_or_none("not_beyond"),
            text_or_none("governing"),
            json_or_none("doubt"),
            json("facts"),
            instant("first_seen_at"),
            uuid("last_scan_id"),
            count("missed"),
        ];
        let references =
            [("store_id", "store"), ("mapping_id", "mapping"), ("last_scan_id", "scan")];
        let item = table("item", item, &references)
            .check(Expr::cust("outcome not in ('due', 'held') or action is not null"))
            .to_owned();
        manager.create_table(item).await?;
        manager.create_index(unique("item", &["store_id", "locator"])).await?;
        manager.create_index(index("item", &["outcome", "due_on"])).await?;
        manager.create_index(index("item", &["mapping_id"])).await?;
        manager.create_index(index("item", &["last_scan_id"])).await
    }
}
