//! An intent says between which lines of its list its own stand, so that they are
//! found without an index that is written twice for each line and act.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::{differs, refuse_instead};

/// As it was told from the first.
pub(crate) const INTENTS_STAND: &str = "what was under way is closed, never changed";

pub(crate) const FIXED: &[&str] =
    &["id", "executor_id", "batch_id", "act", "lines", "opened_at", "first_line", "last_line"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let whole = match manager.get_database_backend() {
            DbBackend::Sqlite => "integer",
            _ => "bigint",
        };
        let of = |which: &str| {
            format!("(select {which}(position) from batch_line where intent_id = intent.id)")
        };
        for change in [
            format!("alter table intent add column first_line {whole}"),
            format!("alter table intent add column last_line {whole}"),
            // A process of an earlier version that is at work meanwhile does not say it:
            // its lines are looked for among all.
            format!(
                "update intent set first_line = {}, last_line = {} where closed_at is null",
                of("min"),
                of("max")
            ),
            "drop index batch_line_by_intent_id".to_owned(),
        ] {
            manager.get_connection().execute_unprepared(&change).await?;
        }
        let changed = format!("old.closed_at is not null or {}", differs(FIXED));
        refuse_instead(manager, "intent", "update", &changed, INTENTS_STAND).await
    }
}
