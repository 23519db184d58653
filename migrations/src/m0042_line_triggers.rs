//! The triggers on lines are asked only where a statement writes what they guard:
//! an outcome is written for every line several times, and what was proposed
//! never.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::differs;
use crate::m0020_closed_rows::LINE;
use crate::m0026_forgotten_lists::NAMES;

/// What a line says for good, but for its [`NAMES`].
const FIXED: &[&str] = &[
    "batch_id", "position", "mapping_id", "is_unit", "members", "bytes", "fingerprint", "due_on",
    "not_beyond", "governing", "rights_item_id",
];
/// How a line ended.
const END: &[&str] = &["state", "why", "ended_at"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        let drop = match manager.get_database_backend() {
            DbBackend::Sqlite => "DROP TRIGGER batch_line_refuses_update",
            _ => "DROP TRIGGER batch_line_refuses_update ON batch_line",
        };
        database.execute_unprepared(drop).await?;
        let fixed = [&["id"], FIXED, NAMES].concat();
        refuse(manager, "update", &fixed, &is_another()).await?;
        let ended = "old.state in ('destroyed', 'transferred', 'anonymised')";
        refuse(manager, "other_end", END, &format!("{ended} and ({})", differs(END))).await
    }
}

/// A line is what was proposed until its item is gone or its list is over.
fn is_another() -> String {
    let over = "exists (select 1 from batch where batch.id = old.batch_id \
                and batch.state in ('certified', 'rejected', 'withdrawn', 'expired'))";
    format!(
        "{} or old.state not in ('destroyed', 'transferred') and ({} or ({}) and not \
         (new.locator = 'gone' and new.reference is null and new.subject_key is null and {over}))",
        differs(&["id"]),
        differs(FIXED),
        differs(NAMES),
    )
}

/// Refuses an UPDATE that writes any of these columns, where `when` is true.
pub(crate) async fn refuse(
    manager: &SchemaManager<'_>,
    name: &str,
    columns: &[&str],
    when: &str,
) -> Result<(), DbErr> {
    let (name, columns) = (format!("batch_line_refuses_{name}"), columns.join(", "));
    let of = format!("CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON batch_line");
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            vec![format!("{of} WHEN {when} BEGIN SELECT RAISE(ABORT, '{LINE}'); END")]
        }
        _ => vec![
            format!(
                "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF {when} THEN RAISE EXCEPTION '{LINE}'; END IF; RETURN new; END $$"
            ),
            format!("{of} FOR EACH ROW EXECUTE FUNCTION {name}()"),
        ],
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
