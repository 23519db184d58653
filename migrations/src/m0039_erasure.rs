//! Early destruction under a granted request for erasure: who signed which items of
//! it, and which lists stand under it.
//!
//! What is signed stands; a list never comes under another decision than the one it
//! was proposed under. That a line never comes to another item than the request names
//! is guarded with the rest of what a line says for good, in a later change.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, differs, refuse_instead, refuse_replacing};
use crate::columns::{digest, id, index, instant, table, text_or_none, uuid, uuid_or_none, word};

const SIGNED: &str = "what was signed or decided stands";
const BATCH: &str = "the list of a batch is never changed once it is proposed";
const SEATS: &[&str] = &["dpo", "iao", "archivist"];

/// What a proposed batch says for good; the last two are new.
const BATCH_FIXED: &[&str] = &[
    "number", "action", "asset_id", "record_type_id", "store_id", "schedule_version_id", "rule",
    "rule_words", "mappings", "lines", "members", "bytes", "oldest_due", "newest_due",
    "proposed_by", "proposed_at", "expires_at", "erasure_request_id", "erasure_digest",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        signatures(manager).await?;
        for (table, column) in [
            ("batch", uuid_or_none("erasure_request_id")),
            ("batch", text_or_none("erasure_digest")),
            ("batch_line", uuid_or_none("rights_item_id")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let of_item = "create index batch_line_by_rights_item_id on batch_line (rights_item_id) \
                       where rights_item_id is not null";
        manager.get_connection().execute_unprepared(of_item).await?;
        refuse_instead(manager, "batch", "update", &batch_changed(), BATCH).await
    }
}

async fn signatures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("request_id"),
        uuid("asset_id"),
        digest("digest"),
        uuid("person_id"),
        word("seat", SEATS),
        instant("at"),
    ];
    let references =
        [("request_id", "rights_request"), ("asset_id", "asset"), ("person_id", "person")];
    manager.create_table(table("erasure_signature", columns, &references)).await?;
    manager.create_index(index("erasure_signature", &["request_id"])).await?;
    append_only(manager, "erasure_signature", SIGNED).await?;
    refuse_replacing(manager, "erasure_signature", &[&["id"]], None, SIGNED).await
}

/// As an earlier change has it, with what is new among what is fixed.
fn batch_changed() -> String {
    let signed = "old.state not in ('draft', 'proposed', 'iao-approved')";
    format!(
        "{} or old.state <> 'draft' and ({}) or {signed} and ({}) or \
         old.state <> 'iao-approved' and ({}) or {} and old.state <> 'quarantining'",
        differs(&["id"]),
        differs(BATCH_FIXED),
        differs(&["digest"]),
        differs(&["not_before", "grace_days", "standing_authority_id"]),
        differs(&["quarantined_at"]),
    )
}
