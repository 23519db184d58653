//! Batches that people make anonymous in the system itself: when they were given
//! the list, and what they attested.

use sea_orm_migration::prelude::*;

use crate::append_only::refuse;
use crate::columns::{
    date_or_none, instant, instant_or_none, table, text_or_none, uuid, uuid_or_none,
};

const ATTESTED: &str = "what was attested stands";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            uuid("batch_id").primary_key().to_owned(),
            uuid("ordered_by"),
            instant("ordered_at"),
            date_or_none("done_on"),
            text_or_none("method"),
            uuid_or_none("attested_by"),
            instant_or_none("attested_at"),
        ];
        let references =
            [("batch_id", "batch"), ("ordered_by", "person"), ("attested_by", "person")];
        let anonymisation = table("anonymisation", columns, &references)
            .check(Expr::cust("(attested_at is null) = (attested_by is null)"))
            .check(Expr::cust("(attested_at is null) = (method is null)"))
            .check(Expr::cust("(attested_at is null) = (done_on is null)"))
            .to_owned();
        manager.create_table(anonymisation).await?;
        refuse(manager, "anonymisation", "delete", None, ATTESTED).await?;
        let attested = Some("old.attested_at is not null");
        refuse(manager, "anonymisation", "update", attested, ATTESTED).await
    }
}
