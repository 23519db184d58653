//! Lines are written several times while their batch is carried out, and then no
//! trigger stands in the way: how a line ended that is gone is said once more, in
//! a column of its own, which its state must agree with and which is never
//! written again. Few lines fail: only those are in the index by state.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::differs;
use crate::m0020_closed_rows::LINE;
use crate::m0042_line_triggers::refuse;

/// What a line's end says.
const END: &str = "state || ':' || ended_at || ':' || coalesce(why, '')";

const ENDED_AS: &[&str] = &["ended_as"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        let on = match manager.get_database_backend() {
            DbBackend::Sqlite => "",
            _ => " ON batch_line",
        };
        for change in [
            format!("DROP TRIGGER batch_line_refuses_other_end{on}"),
            format!(
                "ALTER TABLE batch_line ADD COLUMN ended_as text CONSTRAINT \"{LINE}\" \
                 CHECK (ended_as is null or ended_at is not null and ended_as = {END})"
            ),
            format!(
                "UPDATE batch_line SET ended_as = {END} \
                 WHERE state in ('destroyed', 'transferred', 'anonymised')"
            ),
            "DROP INDEX batch_line_by_batch_id_state_position".to_owned(),
            "CREATE INDEX batch_line_failed ON batch_line (batch_id) WHERE state = 'failed'"
                .to_owned(),
        ] {
            database.execute_unprepared(&change).await?;
        }
        let when = format!("old.ended_as is not null and ({})", differs(ENDED_AS));
        refuse(manager, "other_end", ENDED_AS, &when).await
    }
}
