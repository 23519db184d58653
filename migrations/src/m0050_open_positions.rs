//! An intent names its lines by their positions, and nothing is written beside the
//! lines themselves until it is known what became of them. The column `intent_id` of
//! a line stays empty from here on: SQLite drops no column that a check asks for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::{differs, refuse, refuse_instead};
use crate::m0048_intent_lines::{FIXED, INTENTS_STAND};

/// What a process of an earlier version is told that goes on beside a newer one.
const NAMELESS: &str = "an intent names its lines: a process of an earlier version is to be \
                        stopped, and the new version started in its place";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        let positions = match manager.get_database_backend() {
            DbBackend::Sqlite => "group_concat(position, ',' order by position)",
            _ => "string_agg(position::text, ',' order by position)",
        };
        let of = |what: &str| {
            format!("coalesce((select {what} from batch_line where intent_id = intent.id), ")
        };
        let add = "alter table intent add column positions text not null default ''";
        database.execute_unprepared(add).await?;
        // A process of an earlier version may have said less of those than this one.
        refuse_instead(manager, "intent", "update", "old.closed_at is not null", INTENTS_STAND)
            .await?;
        for change in [
            format!(
                "update intent set positions = {}''), first_line = {}first_line), \
                 last_line = {}last_line) where closed_at is null",
                of(positions),
                of("min(position)"),
                of("max(position)")
            ),
            // Where they stood before: what became of them is found out by looking.
            "update batch_line set intent_id = null, state = case \
             when kept_fingerprint is null then 'pending' else 'quarantined' end \
             where intent_id is not null"
                .to_owned(),
        ] {
            database.execute_unprepared(&change).await?;
        }
        let changed = format!("old.closed_at is not null or {}", differs(&[FIXED, &["positions"]].concat()));
        refuse_instead(manager, "intent", "update", &changed, INTENTS_STAND).await?;
        refuse(manager, "intent", "insert", Some("new.positions = ''"), NAMELESS).await
    }
}
