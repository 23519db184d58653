//! Two kinds of notice more (a change that waits for signatures, a service that
//! knows of a reason to keep records), and what people replied to mails that ask
//! for no approval: that a batch stops, that records must be kept.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse_replacing};
use crate::columns::{id, index, instant, table, text, text_or_none, uuid, uuid_or_none, word};
use crate::m0017_notices::KINDS;
use crate::m0019_audit_head::with_kinds;

const REPLIES: &str = "what somebody replied is never changed";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let more = ["audit-head", "changes-wait", "hold-asked"];
        with_kinds(manager, &[KINDS, &more].concat()).await?;
        let reply = vec![
            id(),
            text("once").unique_key().to_owned(),
            uuid("notice_id"),
            text("recipient"),
            word("reply", &["stop", "hold"]),
            uuid_or_none("batch_id"),
            text_or_none("batch_number"),
            text_or_none("record_type"),
            text("reason"),
            instant("at"),
        ];
        let mut reply = table("mail_reply", reply, &[]);
        reply.check(Expr::cust("(reply = 'stop') = (batch_id is not null)"));
        reply.check(Expr::cust("(reply = 'stop') = (batch_number is not null)"));
        reply.check(Expr::cust("(reply = 'hold') = (record_type is not null)"));
        manager.create_table(reply).await?;
        manager.create_index(index("mail_reply", &["batch_id"])).await?;
        append_only(manager, "mail_reply", REPLIES).await?;
        refuse_replacing(manager, "mail_reply", &[&["id"], &["once"]], None, REPLIES).await
    }
}
