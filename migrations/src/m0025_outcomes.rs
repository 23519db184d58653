//! How a line ended that is gone stays said: nobody makes it look kept.

use sea_orm_migration::prelude::*;

use crate::append_only::{differs, refuse_instead};
use crate::m0020_closed_rows::{LINE, line_changed};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ended = "old.state in ('destroyed', 'transferred', 'anonymised')";
        let fixed = differs(&["state", "why", "ended_at"]);
        let when = format!("{} or {ended} and ({fixed})", line_changed());
        refuse_instead(manager, "batch_line", "update", &when, LINE).await
    }
}
