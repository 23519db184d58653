//! What rows of holds and of disposal say for good, closed against the edits
//! that earlier changes left open: a row put in another's place, a column that
//! was not listed, a hold released without anybody having released it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::{differs, refuse, refuse_instead, refuse_replacing, refuse_truncate};

const KEPT: &str = "what is written here is never put in the place of another";
const HOLD: &str = "a hold is never another than was placed, and ends when two people release it";
const REQUEST: &str = "what is known of a request is never taken back";
const BATCH: &str = "the list of a batch is never changed once it is proposed";
pub(crate) const LINE: &str = "a line of a batch is never another than was proposed";
pub(crate) const SIGNED: &str = "what was signed or decided stands";
const UNDER_WAY: &str = "what was under way is closed, never changed";
const OFFERED: &str = "what was offered to an archive, and what it answered, stands";
const CHANGE: &str = "a change request that has ended is never changed: propose it anew";

/// Every table that refuses UPDATE or DELETE, with what names its rows.
const KEYED: &[(&str, &[&[&str]])] = &[
    ("answer", &[&["id"], &["nonce"]]),
    ("approval", &[&["id"], &["batch_id", "person_id", "digest", "decision"]]),
    ("audit_entry", &[&["seq"], &["hash"]]),
    ("audit_head", &[&["id"]]),
    ("authority_signature", &[&["id"], &["authority_id", "person_id"]]),
    ("batch", &[&["id"], &["number"]]),
    ("batch_line", &[&["id"], &["batch_id", "position"]]),
    ("certificate", &[&["id"], &["number"], &["batch_id"], &["digest"], &["previous_digest"]]),
    ("change_request", &[&["id"]]),
    ("change_signature", &[&["id"], &["change_id", "digest", "person_id"]]),
    ("event", &[&["id"], &["seq"], &["supersedes"]]),
    ("executor", &[&["id"]]),
    ("hold", &[&["id"], &["ref"]]),
    ("hold_pack", &[&["hold_id"]]),
    ("hold_request", &[&["hold_id"]]),
    ("hold_scope", &[&["id"]]),
    ("intent", &[&["id"]]),
    ("item_decision", &[&["id"]]),
    ("schedule_line", &[&["id"], &["schedule_version_id", "record_type_id"]]),
    ("schedule_version", &[&["id"], &["number"]]),
    ("signing_key", &[&["id"], &["public_key"]]),
    ("standing_authority", &[&["id"], &["number"]]),
    ("stub", &[&["id"]]),
    ("transfer", &[&["batch_id"]]),
];

/// Two that the program writes over by their key: what stands may be taken up
/// again until it has been answered.
const WRITTEN_OVER: &[(&str, &str, &str)] = &[
    ("anonymisation", "batch_id", "old.attested_at is null and new.attested_at is null"),
    (
        "transfer_checksum",
        "batch_line_id",
        "old.theirs is null and old.ours = new.ours and old.fingerprint = new.fingerprint",
    ),
];

const HOLD_FIXED: &[&str] =
    &["id", "ref", "title", "kind", "ground", "authority", "blocks", "placed_by", "placed_at"];
const BATCH_FIXED: &[&str] = &[
    "number", "action", "asset_id", "record_type_id", "store_id", "schedule_version_id", "rule",
    "rule_words", "mappings", "lines", "members", "bytes", "oldest_due", "newest_due",
    "proposed_by", "proposed_at", "expires_at",
];
pub(crate) const LINE_FIXED: &[&str] = &[
    "batch_id", "position", "mapping_id", "locator", "is_unit", "reference", "subject_key",
    "members", "bytes", "fingerprint", "due_on", "not_beyond", "governing", "facts",
];
const AUTHORITY_FIXED: &[&str] = &[
    "id", "number", "record_type_id", "store_id", "schedule_version_id", "rule", "mappings",
    "daily_cap", "grace_days", "digest", "expires_on", "reason", "proposed_by", "proposed_at",
];
const INTENT_FIXED: &[&str] = &["id", "executor_id", "batch_id", "act", "lines", "opened_at"];
const EXECUTOR_FIXED: &[&str] = &["id", "host", "lock_file", "version", "started_at"];
const TRANSFER_FIXED: &[&str] = &["batch_id", "archive", "offered_by", "offered_at"];
const ACCEPTED: &[&str] = &["accepted_ref", "accepted_on", "recorded_by", "recorded_at"];
const CHANGE_FIXED: &[&str] = &["id", "kind", "subject"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, keys) in KEYED {
            refuse_replacing(manager, table, keys, None, KEPT).await?;
        }
        for (table, key, unless) in WRITTEN_OVER {
            refuse_replacing(manager, table, &[&[key]], Some(unless), KEPT).await?;
        }
        let released = "create index audit_entry_hold_released on audit_entry (subject_id) \
                        where action = 'hold.released'";
        manager.get_connection().execute_unprepared(released).await?;
        for (table, when, why) in closed(manager.get_database_backend()) {
            refuse_instead(manager, table, "update", &when, why).await?;
        }
        for table in ["transfer", "transfer_checksum"] {
            refuse(manager, table, "delete", None, OFFERED).await?;
            refuse_truncate(manager, table, OFFERED).await?;
        }
        Ok(())
    }
}

/// When an UPDATE of each table is refused, and in which words.
fn closed(database: DbBackend) -> Vec<(&'static str, String, &'static str)> {
    let id = match database {
        DbBackend::Sqlite => "lower(substr(hex(new.id), 1, 8) || '-' || substr(hex(new.id), 9, 4) \
             || '-' || substr(hex(new.id), 13, 4) || '-' || substr(hex(new.id), 17, 4) || '-' || \
             substr(hex(new.id), 21))",
        _ => "new.id::text",
    };
    let unsaid = format!(
        "not exists (select 1 from audit_entry where action = 'hold.released' \
         and subject_kind = 'hold' and subject_id = {id})"
    );
    let hold = format!(
        "{} or new.state = 'released' and (old.state = 'active' or {unsaid})",
        differs(HOLD_FIXED)
    );
    let signed = "old.state not in ('draft', 'proposed', 'iao-approved')";
    let batch = format!(
        "{} or old.state <> 'draft' and ({}) or {signed} and ({}) or \
         old.state <> 'iao-approved' and ({}) or {} and old.state <> 'quarantining'",
        differs(&["id"]),
        differs(BATCH_FIXED),
        differs(&["digest"]),
        differs(&["not_before", "grace_days", "standing_authority_id"]),
        differs(&["quarantined_at"]),
    );
    let request = format!(
        "{} or new.last_correspondence < old.last_correspondence",
        differs(&["hold_id", "received_on", "tail", "fed"])
    );
    vec![
        ("hold", format!("old.state = 'released' or {hold}"), HOLD),
        ("hold_request", request, REQUEST),
        ("batch", batch, BATCH),
        ("batch_line", line_changed(), LINE),
        (
            "standing_authority",
            format!("old.state = 'revoked' or {}", differs(AUTHORITY_FIXED)),
            SIGNED,
        ),
        ("intent", format!("old.closed_at is not null or {}", differs(INTENT_FIXED)), UNDER_WAY),
        ("executor", format!("old.ended_at is not null or {}", differs(EXECUTOR_FIXED)), UNDER_WAY),
        (
            "transfer",
            format!(
                "{} or old.accepted_ref is not null and ({})",
                differs(TRANSFER_FIXED),
                differs(ACCEPTED)
            ),
            OFFERED,
        ),
        (
            "transfer_checksum",
            format!(
                "{} or old.theirs is not null and {}",
                differs(&["batch_line_id", "ours", "fingerprint"]),
                differs(&["theirs"])
            ),
            OFFERED,
        ),
        (
            "change_request",
            format!("old.state <> 'pending' or {}", differs(CHANGE_FIXED)),
            CHANGE,
        ),
    ]
}

/// Whether a line is another than was proposed. What is gone is forgotten: its
/// certificate and its stub stand for it.
pub(crate) fn line_changed() -> String {
    format!(
        "{} or old.state not in ('destroyed', 'transferred') and ({})",
        differs(&["id"]),
        differs(LINE_FIXED)
    )
}
