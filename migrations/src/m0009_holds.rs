//! Holds: what interrupts disposal, and what each covers.

use sea_orm_migration::prelude::*;

use crate::append_only::{refuse, refuse_truncate};
use crate::columns::{
    date, date_or_none, id, index, instant, instant_or_none, json, table, text, text_or_none, uuid,
    uuid_or_none, word, word_or_none,
};

const KINDS: &[&str] = &[
    "legal-hold",
    "inquiry-moratorium",
    "foi",
    "eir",
    "subject-access",
    "portability",
    "restriction18",
    "rectification-pending",
    "objection-pending",
    "erasure-under-consideration",
    "dp-complaint",
    "ombudsman-or-ico",
    "audit-hold",
    "crime-investigation",
    "monitoring-officer",
    "safeguarding",
    "insurance-claim",
    "archive-appraisal",
    "incident-freeze",
];
const SCOPES: &[&str] = &[
    "everything",
    "asset",
    "record-type",
    "service-area",
    "location",
    "reference",
    "subject",
];
const RULES: &[&str] = &[
    "(kind = 'restriction18') = (ground is not null)",
    "(state = 'active') = (release_requested_by is null)",
    "(release_requested_by is null) = (release_requested_at is null)",
    "(release_requested_by is null) = (release_reason is null)",
    "(release_requested_by is null) = (release_authority is null)",
    "(state = 'released') = (released_by is not null)",
    "(released_by is null) = (released_at is null)",
    "released_by is null or released_by <> release_requested_by",
    "kind <> 'restriction18' or state <> 'released' or subject_informed_on is not null",
];
const WHY: &str = "a hold is never removed: it is released by two people";
const RELEASED: &str = "a released hold is never changed: place a new one";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let hold = vec![
            id(),
            text("ref").unique_key().to_owned(),
            text("title"),
            word("kind", KINDS),
            word_or_none("ground", &["a", "b", "c", "d"]),
            text("authority"),
            json("blocks"),
            uuid("placed_by"),
            instant("placed_at"),
            date("review_on"),
            date_or_none("earliest_release"),
            date_or_none("subject_informed_on"),
            word("state", &["active", "release-requested", "released"]),
            uuid_or_none("release_requested_by"),
            instant_or_none("release_requested_at"),
            text_or_none("release_reason"),
            text_or_none("release_authority"),
            uuid_or_none("released_by"),
            instant_or_none("released_at"),
        ];
        let people = [
            ("placed_by", "person"),
            ("release_requested_by", "person"),
            ("released_by", "person"),
        ];
        let mut hold = table("hold", hold, &people);
        for rule in RULES {
            hold.check(Expr::cust(*rule));
        }
        manager.create_table(hold).await?;
        manager.create_index(index("hold", &["state"])).await?;

        let scope = vec![id(), uuid("hold_id"), word("kind", SCOPES), json("value")];
        manager.create_table(table("hold_scope", scope, &[("hold_id", "hold")])).await?;
        manager.create_index(index("hold_scope", &["hold_id"])).await?;

        refuse(manager, "hold", "delete", None, WHY).await?;
        refuse(manager, "hold", "update", Some("old.state = 'released'"), RELEASED).await?;
        refuse_truncate(manager, "hold", WHY).await?;
        crate::append_only::append_only(manager, "hold_scope", WHY).await
    }
}
