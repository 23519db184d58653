//! The links of mails that have done their work, and who replied where a mailbox
//! that several read was written to.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse_replacing};
use crate::columns::{id, instant, table, text, text_or_none, uuid, uuid_or_none, word};

const USED: &str = "a link that was used stays used";

/// What the page of a link asks.
const TOPICS: &[&str] = &["batch", "authorise", "stop", "needed", "hold", "review", "transfer", "statement"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let who = || [uuid_or_none("person_id"), text_or_none("said_name"), text_or_none("said_address")];
        let mut columns = vec![
            id(),
            text("nonce").unique_key().to_owned(),
            word("topic", TOPICS),
            uuid("notice_id"),
            text("recipient"),
        ];
        columns.extend(who());
        columns.extend([text("answer"), text("subject"), instant("at")]);
        let mut used = table("link_use", columns, &[]);
        used.check(Expr::cust("(said_name is null) = (said_address is null)"));
        manager.create_table(used).await?;
        append_only(manager, "link_use", USED).await?;
        refuse_replacing(manager, "link_use", &[&["id"], &["nonce"]], None, USED).await?;
        for column in who() {
            let reply = Table::alter().table("mail_reply").add_column(column).to_owned();
            manager.alter_table(reply).await?;
        }
        Ok(())
    }
}
