//! The words that people typed with an entry of the audit chain, beside it: the
//! chain itself has a keyed digest of them, and here is its key.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse_replacing};
use crate::columns::{count, digest, table, text};

const WHY: &str = "what was typed with an entry of the audit chain is append-only";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let typed = text("words").check(Expr::cust("words <> ''")).to_owned();
        let columns = vec![count("seq").primary_key().to_owned(), digest("key"), typed];
        let mut words = table("audit_words", columns, &[]);
        words.foreign_key(ForeignKey::create().from("audit_words", "seq").to("audit_entry", "seq"));
        manager.create_table(words).await?;
        append_only(manager, "audit_words", WHY).await?;
        refuse_replacing(manager, "audit_words", &[&["seq"]], None, WHY).await
    }
}
