//! The outbox: what people are to be told, the mails that tell them, who is
//! written to for a service area, addresses that no longer take mail, and what
//! people answered.

use sea_orm_migration::prelude::*;

use crate::append_only::append_only;
use crate::columns::{
    count, date_or_none, id, index, instant, instant_or_none, json, keyed_by, table, text,
    text_or_none, unique, uuid, uuid_or_none, word, yes_or_no,
};

pub(crate) const KINDS: &[&str] = &[
    "coming-due",
    "batch-proposed",
    "authorise",
    "cooling-off",
    "certified",
    "hold-placed",
    "hold-review",
    "hold-released",
    "review-due",
    "transfer-offer",
    "over-retention",
    "register",
    "alarm",
    "rights-request",
    "restriction-lifting",
    "annual-statement",
];
const STATES: &[&str] = &["waiting", "sent", "failed", "bounced", "rerouted", "superseded"];
const ANSWERS: &str = "what somebody answered is never changed";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mail = vec![
            id(),
            text("recipient"),
            text("slot"),
            yes_or_no("is_digest"),
            word("state", &["waiting", "sent", "failed", "bounced"]),
            text("message_id").unique_key().to_owned(),
            text("thread"),
            yes_or_no("is_fixed"),
            count("attempts"),
            instant("created_at"),
            instant("next_attempt_at"),
            instant_or_none("leased_until"),
            instant_or_none("sent_at"),
            text_or_none("address"),
            text_or_none("body_digest"),
            text_or_none("last_fault"),
        ];
        let mut mail = table("mail", mail, &[]);
        mail.check(Expr::cust("(state = 'waiting') or (leased_until is null)"));
        mail.check(Expr::cust("(sent_at is null) = (state in ('waiting', 'failed'))"));
        manager.create_table(mail).await?;
        manager.create_index(unique("mail", &["recipient", "slot"])).await?;
        manager.create_index(index("mail", &["state", "next_attempt_at"])).await?;
        manager.create_index(index("mail", &["thread", "recipient"])).await?;

        notices(manager, KINDS).await?;

        let route = vec![text("area"), word("role", &["mailbox", "director", "contact"]), text("address")];
        let mut route = table("mail_route", route, &[]);
        route.primary_key(&mut keyed_by(&["area", "role", "address"]));
        manager.create_table(route).await?;

        let failing = vec![
            text("address").primary_key().to_owned(),
            instant("since_at"),
            text("why"),
        ];
        manager.create_table(table("failing_address", failing, &[])).await?;

        answers(manager).await
    }
}

/// Notices of these kinds, and the files that go with them.
pub(crate) async fn notices(
    manager: &SchemaManager<'_>,
    kinds: &[&'static str],
) -> Result<(), DbErr> {
    let notice = vec![
        id(),
        word("kind", kinds),
        text("recipient"),
        text_or_none("service_area"),
        text("period_key"),
        word("urgency", &["now", "digest"]),
        json("payload"),
        text("thread"),
        word("state", STATES),
        instant("created_at"),
        uuid_or_none("mail_id"),
    ];
    manager.create_table(table("notice", notice, &[("mail_id", "mail")])).await?;
    manager.create_index(unique("notice", &["kind", "recipient", "period_key"])).await?;
    manager.create_index(index("notice", &["state", "recipient"])).await?;
    manager.create_index(index("notice", &["mail_id"])).await?;

    let attachment = vec![
        id(),
        uuid("notice_id"),
        text("name"),
        text("media_type"),
        ColumnDef::new("bytes").blob().not_null().to_owned(),
    ];
    let of = [("notice_id", "notice")];
    manager.create_table(table("notice_attachment", attachment, &of)).await?;
    manager.create_index(index("notice_attachment", &["notice_id"])).await
}

/// What people answered to batches from their mails.
async fn answers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let answer = vec![
        id(),
        text("nonce").unique_key().to_owned(),
        uuid("batch_id"),
        text("batch_number"),
        uuid("person_id"),
        word("answer", &["agree", "keep", "not-mine"]),
        text_or_none("reason"),
        date_or_none("keep_until"),
        text_or_none("named_address"),
        instant("at"),
    ];
    let mut answer = table("answer", answer, &[("person_id", "person")]);
    answer.check(Expr::cust("(answer = 'keep') = (reason is not null)"));
    answer.check(Expr::cust("(answer = 'keep') = (keep_until is not null)"));
    answer.check(Expr::cust("(answer = 'not-mine') = (named_address is not null)"));
    manager.create_table(answer).await?;
    manager.create_index(index("answer", &["batch_id", "person_id"])).await?;
    append_only(manager, "answer", ANSWERS).await
}
