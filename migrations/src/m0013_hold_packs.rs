//! Where a hold comes from: a request that people wait for an answer to, or a
//! hold pack of an inquiry.

use sea_orm_migration::prelude::*;

use crate::append_only::{append_only, refuse, refuse_truncate};
use crate::columns::{date, date_or_none, digest, json, table, text, uuid, yes_or_no};

const RULES: &[&str] = &[
    "last_correspondence >= received_on",
    "decided_on is null or complained_on is not null",
    "decided_on is null or decided_on >= complained_on",
];
const WHY: &str = "a hold is never removed, nor what is known of where it comes from";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let request = vec![
            uuid("hold_id").primary_key().to_owned(),
            date("received_on"),
            date("last_correspondence"),
            text("tail"),
            yes_or_no("fed"),
            date_or_none("complained_on"),
            date_or_none("decided_on"),
        ];
        let mut request = table("hold_request", request, &[("hold_id", "hold")]);
        for rule in RULES {
            request.check(Expr::cust(*rule));
        }
        manager.create_table(request).await?;
        refuse(manager, "hold_request", "delete", None, WHY).await?;
        refuse_truncate(manager, "hold_request", WHY).await?;

        let pack = vec![
            uuid("hold_id").primary_key().to_owned(),
            text("pack"),
            text("version"),
            digest("digest"),
            json("matched"),
        ];
        manager.create_table(table("hold_pack", pack, &[("hold_id", "hold")])).await?;
        append_only(manager, "hold_pack", WHY).await
    }
}
