//! Change control: requests that wait for the people who answer, and what they signed.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse, refuse_truncate};
use crate::columns::{
    digest, id, index, instant, instant_or_none, json, table, text, text_or_none, unique, uuid,
    uuid_or_none, word,
};

const KINDS: &[&str] = &["schedule", "mapping", "ceiling", "enforcement", "roles"];
const STATES: &[&str] = &["pending", "in-force", "rejected", "withdrawn"];
/// Two requests about one thing would each be signed without the other.
const ONE_AT_A_TIME: &str = "create unique index change_request_pending \
    on change_request (kind, subject) where state = 'pending'";
const KEPT: &str = "a change request is never removed: it is rejected or withdrawn";
const ENDED: &str = "a change request that has ended is never changed: propose it anew";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let request = vec![
            id(),
            word("kind", KINDS),
            text("subject"),
            text_or_none("before_digest"),
            digest("digest"),
            json("proposal"),
            json("impact"),
            json("seats"),
            text("reason"),
            uuid_or_none("proposed_by"),
            instant("proposed_at"),
            word("state", STATES),
            uuid_or_none("ended_by"),
            instant_or_none("ended_at"),
            text_or_none("end_reason"),
        ];
        let people = [("proposed_by", "person"), ("ended_by", "person")];
        let request = table("change_request", request, &people)
            .check(Expr::cust("(state = 'pending') = (ended_at is null)"))
            .to_owned();
        manager.create_table(request).await?;
        manager.get_connection().execute_unprepared(ONE_AT_A_TIME).await?;
        manager.create_index(index("change_request", &["state"])).await?;
        refuse(manager, "change_request", "delete", None, KEPT).await?;
        let ended = Some("old.state <> 'pending'");
        refuse(manager, "change_request", "update", ended, ENDED).await?;
        refuse_truncate(manager, "change_request", KEPT).await?;

        let signature = vec![
            id(),
            uuid("change_id"),
            uuid("person_id"),
            text("role"),
            digest("digest"),
            instant("signed_at"),
        ];
        let references = [("change_id", "change_request"), ("person_id", "person")];
        manager.create_table(table("change_signature", signature, &references)).await?;
        let once = unique("change_signature", &["change_id", "digest", "person_id"]);
        manager.create_index(once).await?;
        append_only(manager, "change_signature", "a signature is never changed or removed").await
    }
}
