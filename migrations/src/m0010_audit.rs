//! The audit chain and its head.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse, refuse_truncate};
use crate::columns::{count, digest, index, instant, table, text, text_or_none};

const WHY: &str = "the audit chain is append-only";
const NO_STEP: &str = "the head of the audit chain moves by one entry at a time";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let entry = vec![
            count("seq").primary_key().to_owned(),
            instant("at"),
            text("actor"),
            text("role"),
            text("action"),
            text("subject_kind"),
            text("subject_id"),
            text_or_none("before_digest"),
            text_or_none("after_digest"),
            text_or_none("reason"),
            text_or_none("schedule_version"),
            digest("prev_hash"),
            digest("hash").unique_key().to_owned(),
        ];
        manager.create_table(table("audit_entry", entry, &[])).await?;
        manager.create_index(index("audit_entry", &["subject_kind", "subject_id"])).await?;
        manager.create_index(index("audit_entry", &["actor"])).await?;

        let only_one = count("id").primary_key().check(Expr::cust("id = 1")).to_owned();
        let head = vec![only_one, count("seq"), digest("hash")];
        manager.create_table(table("audit_head", head, &[])).await?;
        let genesis = format!("insert into audit_head (id, seq, hash) values (1, 0, '{:064}')", 0);
        manager.get_connection().execute_unprepared(&genesis).await?;

        append_only(manager, "audit_entry", WHY).await?;
        refuse(manager, "audit_head", "delete", None, WHY).await?;
        refuse(manager, "audit_head", "update", Some("new.seq <> old.seq + 1"), NO_STEP).await?;
        refuse_truncate(manager, "audit_head", WHY).await
    }
}
