//! What owners of assets signed once a year of their records.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse_replacing};
use crate::columns::{date, id, instant, json, table, text, unique, uuid};

const SIGNED: &str = "a statement that was signed is never changed";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement = vec![
            id(),
            uuid("owner"),
            date("year_end"),
            json("figures"),
            text("words"),
            instant("signed_at"),
        ];
        let statement = table("owner_statement", statement, &[("owner", "person")]);
        manager.create_table(statement).await?;
        manager.create_index(unique("owner_statement", &["owner", "year_end"])).await?;
        append_only(manager, "owner_statement", SIGNED).await?;
        let keys: &[&[&str]] = &[&["id"], &["owner", "year_end"]];
        refuse_replacing(manager, "owner_statement", keys, None, SIGNED).await
    }
}
