//! Proof: signing keys, certificates, and what is left of each item.

use sea_orm_migration::prelude::*;

use crate::append_only::{differs, refuse, refuse_truncate};
use crate::columns::{
    date_or_none, digest, id, index, instant, instant_or_none, table, text, text_or_none,
    uuid, word, word_or_none,
};

const KEYS_KEPT: &str = "a signing key is never removed: what it signed must stay verifiable";
const KEYS_RETIRE: &str = "a signing key is never changed: it is retired once";
const CERTIFICATES_KEPT: &str = "a certificate is never removed";
const CERTIFICATES_CLOSE: &str = "a certificate is never changed: it is closed once";
const STUBS_KEPT: &str = "a stub is never removed: it says what became of a record";
const STUBS_CERTIFIED: &str = "a stub is never changed: it is certified once";

const KEY_FIXED: &[&str] =
    &["id", "public_key", "created_at", "introduction", "introduction_signed_by", "introduction_signature"];
const CERTIFICATE_FIXED: &[&str] = &[
    "id",
    "number",
    "batch_id",
    "json",
    "digest",
    "previous_digest",
    "beyond_use_until",
    "issued_at",
    "manifest_digest",
    "manifest_expires_on",
];
const STUB_FIXED: &[&str] = &[
    "id",
    "record_type_code",
    "schedule_version",
    "rule",
    "due_on",
    "disposed_at",
    "action",
    "batch_id",
    "batch",
    "store_id",
    "locator_mac",
    "reference_mac",
    "subject_key",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        signing_key(manager).await?;
        certificate(manager).await?;
        stub(manager).await?;
        let item = Table::alter().table("item").add_column(instant_or_none("resurrected_at")).to_owned();
        manager.alter_table(item).await
    }
}

async fn signing_key(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        text("id").primary_key().to_owned(),
        digest("public_key").unique_key().to_owned(),
        instant("created_at"),
        text_or_none("introduction"),
        text_or_none("introduction_signed_by"),
        text_or_none("introduction_signature"),
        instant_or_none("retired_at"),
        word_or_none("retired_how", &["rotated", "lost"]),
        text_or_none("retired_why"),
    ];
    let mut keys = table("signing_key", columns, &[]);
    for rule in [
        "(retired_at is null) = (retired_how is null)",
        "(retired_at is null) = (retired_why is null)",
        "(introduction is null) = (introduction_signature is null)",
        "(introduction is null) = (introduction_signed_by is null)",
    ] {
        keys.check(Expr::cust(rule));
    }
    manager.create_table(keys).await?;
    let one = "create unique index signing_key_in_use on signing_key ((retired_at is null)) \
               where retired_at is null";
    manager.get_connection().execute_unprepared(one).await?;
    let changed = format!("old.retired_at is not null or {}", differs(KEY_FIXED));
    kept(manager, "signing_key", &changed, KEYS_KEPT, KEYS_RETIRE).await
}

async fn certificate(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("number").unique_key().to_owned(),
        uuid("batch_id").unique_key().to_owned(),
        text("json"),
        digest("digest").unique_key().to_owned(),
        text_or_none("previous_digest").unique_key().to_owned(),
        word("state", &["open", "closed"]),
        date_or_none("beyond_use_until"),
        instant("issued_at"),
        instant_or_none("closed_at"),
        digest("manifest_digest"),
        date_or_none("manifest_expires_on"),
        instant_or_none("manifest_destroyed_at"),
    ];
    let certificate = table("certificate", columns, &[])
        .check(Expr::cust("(state = 'closed') = (closed_at is not null)"))
        .to_owned();
    manager.create_table(certificate).await?;
    let changed = format!(
        "old.closed_at is not null and new.closed_at is distinct from old.closed_at \
         or old.manifest_destroyed_at is not null \
         and new.manifest_destroyed_at is distinct from old.manifest_destroyed_at or {}",
        differs(CERTIFICATE_FIXED)
    );
    kept(manager, "certificate", &changed, CERTIFICATES_KEPT, CERTIFICATES_CLOSE).await
}

async fn stub(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("record_type_code"),
        text("schedule_version"),
        text("rule"),
        date_or_none("due_on"),
        instant("disposed_at"),
        word("action", &["destroyed", "transferred", "anonymised"]),
        uuid("batch_id"),
        text("batch"),
        text_or_none("certificate"),
        uuid("store_id"),
        digest("locator_mac"),
        text_or_none("reference_mac"),
        text_or_none("subject_key"),
    ];
    let references = [("store_id", "store")];
    manager.create_table(table("stub", columns, &references)).await?;
    for by in [&["batch_id"][..], &["locator_mac"], &["reference_mac"], &["subject_key"]] {
        manager.create_index(index("stub", by)).await?;
    }
    let changed = format!("old.certificate is not null or {}", differs(STUB_FIXED));
    kept(manager, "stub", &changed, STUBS_KEPT, STUBS_CERTIFIED).await
}

/// Nothing is deleted, and nothing updated where `changed` is true of the row.
async fn kept(
    manager: &SchemaManager<'_>,
    table: &str,
    changed: &str,
    kept: &str,
    fixed: &str,
) -> Result<(), DbErr> {
    refuse(manager, table, "delete", None, kept).await?;
    refuse(manager, table, "update", Some(changed), fixed).await?;
    refuse_truncate(manager, table, kept).await
}
