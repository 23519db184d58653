//! What people ask under data protection law: the request, the places it names,
//! what was done about it, and whom the decision has to be passed on to.
//!
//! **A request is never closed as refused, whole or in part, without an exception,
//! an explanation and the day it was sent; nor as granted while a recipient is
//! outstanding** (invariant I18). What is closed is never changed.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, differs, refuse, refuse_instead, refuse_replacing, refuse_truncate};
use crate::columns::{
    date, date_or_none, digest, id, index, instant, instant_or_none, table, text, text_or_none,
    unique, uuid, uuid_or_none, word, word_or_none,
};

const KINDS: &[&str] = &[
    "erasure",
    "restriction",
    "objection",
    "rectification",
    "access",
    "portability",
    "web-takedown",
    "consent-withdrawal",
];
const DECISIONS: &[&str] = &["granted", "partly", "refused", "withdrawn"];
const VERDICTS: &[&str] = &[
    "kept",
    "public-register",
    "held",
    "may-go-early",
    "due",
    "not-known",
    "absent",
];
const RECIPIENT_STATES: &[&str] =
    &["outstanding", "acknowledged", "impossible", "disproportionate"];
const STEPS: &[&str] = &["searched", "failed", "noted"];

const REQUEST_RULES: &[&str] = &[
    "clock_starts_on >= received_on",
    "due_on > clock_starts_on",
    "extended_to is null or extended_to > due_on",
    "(extended_to is null) = (extended_why is null)",
    "(extended_to is null) = (extended_told_on is null)",
    "(decision is null) = (decided_by is null)",
    "(decision is null) = (decided_at is null)",
    "decision is null or decision = 'withdrawn' or grounds is not null or \
     kind not in ('erasure', 'restriction', 'objection')",
    "decision is null or decision not in ('partly', 'refused') or kind <> 'objection' or \
     compelling is not null",
    "exceptions is null or length(trim(exceptions)) > 0",
    "compelling is null or length(trim(compelling)) > 0",
    "explanation is null or length(trim(explanation)) > 0",
    "(explanation is null) = (explained_on is null)",
    "(explanation is null) = (explained_by is null)",
    "(closed_by is null) = (closed_at is null)",
    "closed_at is null or decision is not null",
    "closed_at is null or decision not in ('partly', 'refused') or \
     exceptions is not null and explanation is not null",
];
const RECIPIENT_RULES: &[&str] = &[
    "(state = 'outstanding') = (settled_at is null)",
    "(settled_at is null) = (settled_by is null)",
    "(settled_at is null) = (settled_on is null)",
    "(state in ('impossible', 'disproportionate')) = (reason is not null)",
    "reason is null or length(trim(reason)) > 0",
];
const STEP_RULES: &[&str] = &[
    "(kind = 'searched') = (copies is not null)",
    "kind = 'noted' or store is not null",
    "kind = 'searched' or note is not null",
    "copies is null or copies >= 0",
];

const REQUEST_FIXED: &[&str] =
    &["id", "ref", "kind", "received_on", "service_area_id", "hold_id", "opened_by", "opened_at"];
const DECIDED: &[&str] = &["decision", "decided_by", "decided_at", "compelling", "grounds"];
const ITEM_FIXED: &[&str] = &["id", "request_id", "store_id", "locator_mac"];
const RECIPIENT_FIXED: &[&str] = &["id", "request_id", "asset_id", "name", "raised_at"];

const REQUEST: &str = "a request is closed only once it is explained and every recipient is \
                       settled, and is never another afterwards";
const KEPT: &str = "what is known of a request is never taken back";
const RECIPIENT: &str = "a recipient is settled once, before the request is closed";
const STEP: &str = "what was done about a request is never changed";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        requests(manager).await?;
        items(manager).await?;
        recipients(manager).await?;
        steps(manager).await?;
        // What asks other tables comes once they are there.
        let outstanding = "exists (select 1 from rights_recipient where request_id = new.id and \
                           state = 'outstanding')";
        let when = format!(
            "old.closed_at is not null or {} or old.decision is not null and ({}) or \
             new.closed_at is not null and new.decision in ('granted', 'partly') and {outstanding}",
            differs(REQUEST_FIXED),
            differs(DECIDED)
        );
        refuse_instead(manager, "rights_request", "update", &when, REQUEST).await
    }
}

async fn requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        text("ref").unique_key().to_owned(),
        word("kind", KINDS),
        text_or_none("grounds"),
        date("received_on"),
        date("clock_starts_on"),
        date("due_on"),
        date_or_none("extended_to"),
        text_or_none("extended_why"),
        date_or_none("extended_told_on"),
        uuid_or_none("service_area_id"),
        uuid_or_none("hold_id"),
        uuid("opened_by"),
        instant("opened_at"),
        word_or_none("decision", DECISIONS),
        uuid_or_none("decided_by"),
        instant_or_none("decided_at"),
        text_or_none("exceptions"),
        text_or_none("compelling"),
        text_or_none("consequence"),
        text_or_none("explanation"),
        date_or_none("explained_on"),
        uuid_or_none("explained_by"),
        uuid_or_none("closed_by"),
        instant_or_none("closed_at"),
    ];
    let references = [
        ("service_area_id", "service_area"),
        ("hold_id", "hold"),
        ("opened_by", "person"),
        ("decided_by", "person"),
        ("explained_by", "person"),
        ("closed_by", "person"),
    ];
    create(manager, table("rights_request", columns, &references), REQUEST_RULES).await?;
    refuse_replacing(manager, "rights_request", &[&["id"], &["ref"]], None, KEPT).await?;
    never_removed(manager, "rights_request").await
}

async fn items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("request_id"),
        uuid("store_id"),
        text_or_none("locator"),
        digest("locator_mac"),
        uuid_or_none("asset_id"),
        text_or_none("record_type"),
        text_or_none("title"),
        word("verdict", VERDICTS),
        date_or_none("kept_until"),
        text_or_none("rule_words"),
        text_or_none("basis"),
        text("because"),
        uuid("judged_by"),
        instant("judged_at"),
    ];
    let references = [
        ("request_id", "rights_request"),
        ("store_id", "store"),
        ("asset_id", "asset"),
        ("judged_by", "person"),
    ];
    create(manager, table("rights_item", columns, &references), &[]).await?;
    manager.create_index(unique("rights_item", &["request_id", "locator_mac"])).await?;
    let keys: &[&[&str]] = &[&["id"], &["request_id", "locator_mac"]];
    refuse_replacing(manager, "rights_item", keys, None, KEPT).await?;
    let changed = format!("{} or {CLOSED}", differs(ITEM_FIXED));
    refuse_instead(manager, "rights_item", "update", &changed, KEPT).await?;
    refuse_instead(manager, "rights_item", "insert", CLOSED, KEPT).await?;
    never_removed(manager, "rights_item").await
}

async fn recipients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("request_id"),
        uuid_or_none("asset_id"),
        text("name"),
        instant("raised_at"),
        date_or_none("sent_on"),
        word("state", RECIPIENT_STATES),
        date_or_none("settled_on"),
        text_or_none("reason"),
        uuid_or_none("settled_by"),
        instant_or_none("settled_at"),
    ];
    let references = [
        ("request_id", "rights_request"),
        ("asset_id", "asset"),
        ("settled_by", "person"),
    ];
    create(manager, table("rights_recipient", columns, &references), RECIPIENT_RULES).await?;
    manager.create_index(index("rights_recipient", &["request_id"])).await?;
    refuse_replacing(manager, "rights_recipient", &[&["id"]], None, KEPT).await?;
    let changed =
        format!("old.state <> 'outstanding' or {} or {CLOSED}", differs(RECIPIENT_FIXED));
    refuse_instead(manager, "rights_recipient", "update", &changed, RECIPIENT).await?;
    refuse_instead(manager, "rights_recipient", "insert", CLOSED, RECIPIENT).await?;
    never_removed(manager, "rights_recipient").await
}

async fn steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id(),
        uuid("request_id"),
        word("kind", STEPS),
        text_or_none("store"),
        // A whole number, as an instant is.
        instant_or_none("copies"),
        date_or_none("backups_until"),
        text_or_none("note"),
        uuid("taken_by"),
        instant("taken_at"),
    ];
    let references = [("request_id", "rights_request"), ("taken_by", "person")];
    create(manager, table("rights_step", columns, &references), STEP_RULES).await?;
    manager.create_index(index("rights_step", &["request_id"])).await?;
    append_only(manager, "rights_step", STEP).await?;
    refuse_replacing(manager, "rights_step", &[&["id"]], None, STEP).await?;
    refuse_instead(manager, "rights_step", "insert", CLOSED, STEP).await
}

/// Whether the request of a row is closed.
const CLOSED: &str =
    "exists (select 1 from rights_request as r where r.id = new.request_id and r.closed_at is not null)";

async fn create(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
    rules: &[&'static str],
) -> Result<(), DbErr> {
    for rule in rules {
        table.check(Expr::cust(*rule));
    }
    manager.create_table(table).await
}

async fn never_removed(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    refuse(manager, table, "delete", None, KEPT).await?;
    refuse_truncate(manager, table, KEPT).await
}
