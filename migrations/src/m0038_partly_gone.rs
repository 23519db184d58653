//! Whether only some of a unit is gone: its destruction was cut short, and the
//! rest of it was kept. Its stub says so from then on.

use sea_orm_migration::prelude::*;

use crate::append_only::{differs, refuse_instead};
use crate::columns::yes_or_no;

const STUBS_CERTIFIED: &str = "a stub is never changed: it is certified once";

/// What a stub says for good.
pub(crate) const FIXED: &[&str] = &[
    "id", "record_type_code", "schedule_version", "rule", "due_on", "disposed_at", "action",
    "batch_id", "batch", "store_id", "locator_mac", "reference_mac", "subject_key", "traces",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let partly = yes_or_no("partly").default(false).to_owned();
        manager.alter_table(Table::alter().table("stub").add_column(partly).to_owned()).await?;
        // What is gone does not come back: the rest may only go too.
        let changed = format!(
            "old.certificate is not null or new.partly and not old.partly or {}",
            differs(FIXED)
        );
        refuse_instead(manager, "stub", "update", &changed, STUBS_CERTIFIED).await
    }
}
