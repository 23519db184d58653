//! Where a record that is gone stood, and under which names, by keyed digests:
//! what a hold on a folder or a case would have covered.

use sea_orm_migration::prelude::*;

use crate::append_only::refuse_instead;
use crate::columns::text_or_none;

const STUBS_CERTIFIED: &str = "a stub is never changed: it is certified once";

const FIXED: &[&str] = &[
    "id", "record_type_code", "schedule_version", "rule", "due_on", "disposed_at", "action",
    "batch_id", "batch", "store_id", "locator_mac", "reference_mac", "subject_key", "traces",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Those that went before have none: of them it is not known.
        let stub = Table::alter().table("stub").add_column(text_or_none("traces")).to_owned();
        manager.alter_table(stub).await?;
        let differ: Vec<String> =
            FIXED.iter().map(|name| format!("new.{name} is distinct from old.{name}")).collect();
        let changed = format!("old.certificate is not null or {}", differ.join(" or "));
        refuse_instead(manager, "stub", "update", &changed, STUBS_CERTIFIED).await
    }
}
