//! Lists that are over forget where their items stood, and decisions on items
//! that are gone do: what is kept of those is for the sealed manifest and the
//! stubs to say.

use sea_orm_migration::prelude::*;

use crate::append_only::{differs, refuse_instead};
use crate::columns::instant_or_none;
use crate::m0020_closed_rows::{LINE, LINE_FIXED, SIGNED};

/// What a line of a list that is over forgets.
pub(crate) const NAMES: &[&str] = &["locator", "reference", "subject_key", "facts"];

/// What a decision says for good.
const DECISION_FIXED: &[&str] = &[
    "id", "store_id", "fingerprint", "decision", "keep_until", "reason", "person_id", "role", "at",
    "batch_line_id",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let batch = Table::alter()
            .table("batch")
            .add_column(instant_or_none("forgotten_at"))
            .to_owned();
        manager.alter_table(batch).await?;
        refuse_instead(manager, "batch_line", "update", &line_changed(), LINE).await?;
        let decision = format!("{} or new.locator <> 'gone'", differs(DECISION_FIXED));
        refuse_instead(manager, "item_decision", "update", &decision, SIGNED).await
    }
}

/// A line is what was proposed until its item is gone or its list is over; how one
/// ended that is gone stays said.
fn line_changed() -> String {
    let other: Vec<&str> =
        LINE_FIXED.iter().filter(|column| !NAMES.contains(column)).copied().collect();
    let over = "exists (select 1 from batch where batch.id = old.batch_id \
                and batch.state in ('certified', 'rejected', 'withdrawn', 'expired'))";
    format!(
        "{} or old.state not in ('destroyed', 'transferred') and ({} or ({}) and not \
         (new.locator = 'gone' and new.reference is null and new.subject_key is null and {over})) \
         or old.state in ('destroyed', 'transferred', 'anonymised') and ({})",
        differs(&["id"]),
        differs(&other),
        differs(NAMES),
        differs(&["state", "why", "ended_at"]),
    )
}
