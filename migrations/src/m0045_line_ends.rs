//! Lines are written several times while their batch is carried out, and then no
//! trigger stands in the way: how a line ended that is gone is said once more, in
//! a column of its own, which its state must agree with and which is never
//! written again. Few lines fail: only those are in the index by state.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::m0020_closed_rows::LINE;

/// What a line's end says.
const END: &str = "state || ':' || ended_at || ':' || coalesce(why, '')";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of = "BEFORE UPDATE OF ended_as ON batch_line";
        let when = "old.ended_as is not null and \
                    (new.ended_as is null or new.ended_as <> old.ended_as)";
        let trigger = "batch_line_refuses_other_end";
        let (drop, refuse) = match manager.get_database_backend() {
            DbBackend::Sqlite => (
                format!("DROP TRIGGER {trigger}"),
                vec![format!(
                    "CREATE TRIGGER {trigger} {of} WHEN {when} \
                     BEGIN SELECT RAISE(ABORT, '{LINE}'); END"
                )],
            ),
            _ => (
                format!("DROP TRIGGER {trigger} ON batch_line"),
                vec![
                    format!(
                        "CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger \
                         LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{LINE}'; END $$"
                    ),
                    format!(
                        "CREATE TRIGGER {trigger} {of} FOR EACH ROW WHEN ({when}) \
                         EXECUTE FUNCTION {trigger}()"
                    ),
                ],
            ),
        };
        let mut changes = vec![
            drop,
            format!(
                "ALTER TABLE batch_line ADD COLUMN ended_as text CONSTRAINT \"{LINE}\" \
                 CHECK (ended_as is null or ended_at is not null and ended_as = {END})"
            ),
            format!(
                "UPDATE batch_line SET ended_as = {END} \
                 WHERE state in ('destroyed', 'transferred', 'anonymised')"
            ),
        ];
        changes.extend(refuse);
        changes.push("DROP INDEX batch_line_by_batch_id_state_position".to_owned());
        changes.push(
            "CREATE INDEX batch_line_failed ON batch_line (batch_id) WHERE state = 'failed'"
                .to_owned(),
        );
        for change in changes {
            manager.get_connection().execute_unprepared(&change).await?;
        }
        Ok(())
    }
}
