//! Disposal: batches, their lines and approvals, what is under way, and what
//! people decided of single items.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse, refuse_truncate};
use crate::columns::{
    count, date, date_or_none, digest, id, index, instant, instant_or_none, json, json_or_none, table, text,
    text_or_none, unique, uuid, uuid_or_none, word, word_or_none, yes_or_no,
};

const ACTIONS: &[&str] = &["destroy", "anonymise", "review", "transfer", "permanent"];
const BATCH_STATES: &[&str] = &[
    "draft",
    "proposed",
    "iao-approved",
    "authorised",
    "quarantining",
    "quarantined",
    "destroying",
    "executed",
    "certified",
    "rejected",
    "withdrawn",
    "expired",
    "halted",
];
const LINE_STATES: &[&str] = &[
    "pending",
    "acting",
    "quarantined",
    "destroyed",
    "transferred",
    "anonymised",
    "restored",
    "kept",
    "withheld",
    "missing",
    "failed",
];
const VERDICTS: &[&str] = &["include", "exclude", "defer"];
const STAGES: &[&str] = &["iao", "records-manager", "siro"];
const ACTS: &[&str] = &["quarantine", "destroy", "restore"];
const DECISIONS: &[&str] = &["destroy", "transfer", "keep"];
const AUTHORITY_STATES: &[&str] = &["proposed", "in-force", "revoked"];

const BATCH_KEPT: &str = "a batch is never removed: it is rejected, withdrawn or expires";
const BATCH_CLOSED: &str = "the list of a batch is never changed once it is proposed";
const LINE_KEPT: &str = "a line of a batch is never removed: it is excluded";
const LINE_CLOSED: &str = "a line of a batch is never another than was proposed";
const SIGNED: &str = "what was signed or decided stands";
const INTENT_KEPT: &str = "what was under way is closed, never removed";

/// What a proposed batch says for good.
const BATCH_FIXED: &[&str] = &[
    "number", "action", "asset_id", "record_type_id", "store_id", "schedule_version_id", "rule",
    "rule_words", "mappings", "lines", "members", "bytes",
];
/// What a line says for good.
const LINE_FIXED: &[&str] = &[
    "batch_id", "position", "mapping_id", "locator", "is_unit", "members", "bytes", "fingerprint",
    "due_on", "not_beyond", "governing", "facts",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        standing_authorities(manager).await?;
        batches(manager).await?;
        lines(manager).await?;
        approvals(manager).await?;
        executors(manager).await?;
        intents(manager).await?;
        decisions(manager).await?;
        transfers(manager).await?;
        gate(manager).await
    }
}

/// Whether any of these columns differs, as both databases say it.
fn differs(manager: &SchemaManager<'_>, columns: &[&str]) -> String {
    use sea_orm_migration::sea_orm::DbBackend;
    let other = match manager.get_database_backend() {
        DbBackend::Sqlite => "is not",
        _ => "is distinct from",
    };
    let differ: Vec<String> =
        columns.iter().map(|column| format!("new.{column} {other} old.{column}")).collect();
    differ.join(" or ")
}

async fn standing_authorities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("number").unique_key().to_owned(),
        uuid("record_type_id"),
        uuid("store_id"),
        uuid("schedule_version_id"),
        text("rule"),
        json("mappings"),
        count("daily_cap"),
        count("grace_days"),
        digest("digest"),
        date("expires_on"),
        text("reason"),
        uuid("proposed_by"),
        instant("proposed_at"),
        word("state", AUTHORITY_STATES),
        uuid_or_none("revoked_by"),
        instant_or_none("revoked_at"),
        text_or_none("revoked_why"),
    ];
    let references = [
        ("record_type_id", "record_type"),
        ("store_id", "store"),
        ("schedule_version_id", "schedule_version"),
        ("proposed_by", "person"),
        ("revoked_by", "person"),
    ];
    let authority = table("standing_authority", columns, &references)
        .check(Expr::cust("(state = 'revoked') = (revoked_at is not null)"))
        .check(Expr::cust("daily_cap > 0"))
        .to_owned();
    manager.create_table(authority).await?;
    let columns = vec![
        id(),
        uuid("authority_id"),
        digest("digest"),
        uuid("person_id"),
        word("role", STAGES),
        instant("at"),
    ];
    let references = [("authority_id", "standing_authority"), ("person_id", "person")];
    manager.create_table(table("authority_signature", columns, &references)).await?;
    manager
        .create_index(unique("authority_signature", &["authority_id", "person_id"]))
        .await?;
    append_only(manager, "authority_signature", SIGNED).await?;
    refuse(manager, "standing_authority", "delete", None, SIGNED).await?;
    let fixed = ["digest", "daily_cap", "expires_on", "rule", "mappings", "grace_days"];
    let changed = differs(manager, &fixed);
    refuse(manager, "standing_authority", "update", Some(&changed), SIGNED).await
}

async fn batches(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("number").unique_key().to_owned(),
        word("action", ACTIONS),
        uuid("asset_id"),
        uuid("record_type_id"),
        uuid("store_id"),
        uuid("schedule_version_id"),
        text("rule"),
        text("rule_words"),
        json("mappings"),
        count("lines"),
        count("members"),
        count("bytes"),
        date_or_none("oldest_due"),
        date_or_none("newest_due"),
        text_or_none("digest"),
        word("state", BATCH_STATES),
        instant("state_since"),
        uuid_or_none("proposed_by"),
        instant("proposed_at"),
        instant("expires_at"),
        instant_or_none("not_before"),
        instant_or_none("quarantined_at"),
        count("grace_days"),
        word_or_none("halted_from", BATCH_STATES),
        text_or_none("halted_why"),
        uuid_or_none("standing_authority_id"),
    ];
    let references = [
        ("asset_id", "asset"),
        ("record_type_id", "record_type"),
        ("store_id", "store"),
        ("schedule_version_id", "schedule_version"),
        ("proposed_by", "person"),
        ("standing_authority_id", "standing_authority"),
    ];
    let batch = table("batch", columns, &references)
        .check(Expr::cust("(state = 'draft') = (digest is null)"))
        .check(Expr::cust("digest is null or length(digest) = 64"))
        .check(Expr::cust("(state = 'halted') = (halted_from is not null)"))
        .check(Expr::cust("(halted_from is null) = (halted_why is null)"))
        .to_owned();
    manager.create_table(batch).await?;
    manager.create_index(index("batch", &["state"])).await?;
    manager.create_index(index("batch", &["store_id"])).await?;
    refuse(manager, "batch", "delete", None, BATCH_KEPT).await?;
    let changed = format!("old.state <> 'draft' and ({})", differs(manager, BATCH_FIXED));
    refuse(manager, "batch", "update", Some(&changed), BATCH_CLOSED).await?;
    refuse_truncate(manager, "batch", BATCH_KEPT).await
}

async fn lines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("batch_id"),
        count("position"),
        uuid("mapping_id"),
        text("locator"),
        yes_or_no("is_unit"),
        text_or_none("reference"),
        text_or_none("subject_key"),
        count("members"),
        count("bytes"),
        text("fingerprint"),
        date_or_none("due_on"),
        date_or_none("not_beyond"),
        text_or_none("governing"),
        json("facts"),
        json_or_none("store_facts"),
        word("verdict", VERDICTS),
        text_or_none("verdict_why"),
        date_or_none("verdict_until"),
        uuid_or_none("verdict_by"),
        word("state", LINE_STATES),
        text_or_none("why"),
        text_or_none("kept_fingerprint"),
        uuid_or_none("intent_id"),
        instant_or_none("quarantined_at"),
        instant_or_none("ended_at"),
    ];
    let references =
        [("batch_id", "batch"), ("mapping_id", "mapping"), ("verdict_by", "person")];
    let line = table("batch_line", columns, &references)
        .check(Expr::cust("(state = 'acting') = (intent_id is not null)"))
        .check(Expr::cust("verdict = 'include' or verdict_why is not null"))
        .check(Expr::cust("verdict = 'include' or state in ('pending', 'kept')"))
        .check(Expr::cust("state <> 'quarantined' or kept_fingerprint is not null"))
        .to_owned();
    manager.create_table(line).await?;
    manager.create_index(unique("batch_line", &["batch_id", "position"])).await?;
    manager.create_index(index("batch_line", &["batch_id", "state", "position"])).await?;
    manager.create_index(index("batch_line", &["locator"])).await?;
    manager.create_index(index("batch_line", &["intent_id"])).await?;
    refuse(manager, "batch_line", "delete", None, LINE_KEPT).await?;
    // What is gone is forgotten: its certificate and its stub stand for it.
    let gone = "old.state not in ('destroyed', 'transferred')";
    let changed = format!("{gone} and ({})", differs(manager, LINE_FIXED));
    refuse(manager, "batch_line", "update", Some(&changed), LINE_CLOSED).await?;
    refuse_truncate(manager, "batch_line", LINE_KEPT).await?;
    refuse_late_lines(manager).await
}

/// No line comes onto a list that is closed. PostgreSQL asks another table in
/// the function, SQLite in the trigger.
async fn refuse_late_lines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};
    let database = manager.get_connection();
    // A line that is there already may be written over, as an upsert does.
    let closed = "exists (select 1 from batch where id = new.batch_id and state <> 'draft') \
                  and not exists (select 1 from batch_line where id = new.id)";
    if manager.get_database_backend() == DbBackend::Sqlite {
        let trigger = format!(
            "CREATE TRIGGER batch_line_refuses_insert BEFORE INSERT ON batch_line \
             WHEN {closed} BEGIN SELECT RAISE(ABORT, '{BATCH_CLOSED}'); END"
        );
        database.execute_unprepared(&trigger).await?;
        return Ok(());
    }
    let function = format!(
        "CREATE FUNCTION batch_line_refuses_insert() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF {closed} THEN RAISE EXCEPTION '{BATCH_CLOSED}'; END IF; RETURN new; END $$"
    );
    database.execute_unprepared(&function).await?;
    let trigger = "CREATE TRIGGER batch_line_refuses_insert BEFORE INSERT ON batch_line \
                   FOR EACH ROW EXECUTE FUNCTION batch_line_refuses_insert()";
    database.execute_unprepared(trigger).await?;
    Ok(())
}

async fn approvals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("batch_id"),
        digest("digest"),
        uuid("person_id"),
        word("stage", STAGES),
        word("decision", &["approve", "reject"]),
        text_or_none("comment"),
        instant("at"),
    ];
    let references = [("batch_id", "batch"), ("person_id", "person")];
    manager.create_table(table("approval", columns, &references)).await?;
    manager.create_index(unique("approval", &["batch_id", "person_id", "digest", "decision"])).await?;
    append_only(manager, "approval", SIGNED).await
}

async fn executors(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("host"),
        text("lock_file"),
        text("version"),
        instant("started_at"),
        instant_or_none("ended_at"),
    ];
    manager.create_table(table("executor", columns, &[])).await?;
    refuse(manager, "executor", "delete", None, INTENT_KEPT).await
}

async fn intents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("executor_id"),
        uuid("batch_id"),
        word("act", ACTS),
        count("lines"),
        instant("opened_at"),
        instant_or_none("closed_at"),
        uuid_or_none("closed_by"),
    ];
    let references = [("executor_id", "executor"), ("batch_id", "batch"), ("closed_by", "executor")];
    let intent = table("intent", columns, &references)
        .check(Expr::cust("(closed_at is null) = (closed_by is null)"))
        .to_owned();
    manager.create_table(intent).await?;
    manager.create_index(index("intent", &["closed_at"])).await?;
    refuse(manager, "intent", "delete", None, INTENT_KEPT).await?;
    refuse(manager, "intent", "update", Some("old.closed_at is not null"), INTENT_KEPT).await
}

async fn decisions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("store_id"),
        text("locator"),
        text("fingerprint"),
        word("decision", DECISIONS),
        date_or_none("keep_until"),
        text("reason"),
        uuid("person_id"),
        text("role"),
        instant("at"),
        uuid_or_none("batch_line_id"),
    ];
    let references = [("store_id", "store"), ("person_id", "person"), ("batch_line_id", "batch_line")];
    let decision = table("item_decision", columns, &references)
        .check(Expr::cust("(decision = 'keep') = (keep_until is not null)"))
        .to_owned();
    manager.create_table(decision).await?;
    manager.create_index(index("item_decision", &["store_id", "locator"])).await?;
    append_only(manager, "item_decision", SIGNED).await
}

async fn transfers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        uuid("batch_id").primary_key().to_owned(),
        text("archive"),
        uuid("offered_by"),
        instant("offered_at"),
        text_or_none("accepted_ref"),
        date_or_none("accepted_on"),
        uuid_or_none("recorded_by"),
        instant_or_none("recorded_at"),
    ];
    let references =
        [("batch_id", "batch"), ("offered_by", "person"), ("recorded_by", "person")];
    manager.create_table(table("transfer", columns, &references)).await?;
    let columns = vec![
        uuid("batch_line_id").primary_key().to_owned(),
        digest("ours"),
        text_or_none("theirs"),
        text("fingerprint"),
    ];
    let references = [("batch_line_id", "batch_line")];
    manager.create_table(table("transfer_checksum", columns, &references)).await
}

/// One row that whoever opens a chunk shares and whoever places a hold has
/// alone, so that each sees what the other did.
async fn gate(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let only_one = count("id").primary_key().check(Expr::cust("id = 1")).to_owned();
    manager.create_table(table("disposal_gate", vec![only_one], &[])).await?;
    let row = "insert into disposal_gate (id) values (1)";
    manager.get_connection().execute_unprepared(row).await?;
    Ok(())
}
