//! The schedule: approved sets of rules, each kept as it was approved.

use sea_orm_migration::prelude::*;

use crate::append_only::append_only;
use crate::columns::{
    count, date, digest, id, instant, json, table, text, text_or_none, unique, uuid, word,
};

const WHY: &str = "a version of the schedule is never edited or removed: accept a new version";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = vec![
            id(),
            count("number").unique_key().to_owned(),
            text("label"),
            uuid("import_id"),
            digest("source_file_sha256"),
            uuid("accepted_by"),
            instant("accepted_at"),
            date("effective_from"),
        ];
        let references = [("import_id", "import"), ("accepted_by", "person")];
        manager.create_table(table("schedule_version", version, &references)).await?;

        let line = vec![
            id(),
            uuid("schedule_version_id"),
            uuid("record_type_id"),
            json("rule"),
            text("minimum"),
            word("action", &["destroy", "anonymise", "review", "transfer", "permanent"]),
            text("period_text"),
            text("trigger_text"),
            text("action_text"),
            text("basis_text"),
            text("source_file"),
            text("source_sheet"),
            count("source_row"),
            text_or_none("source_column"),
        ];
        let references =
            [("schedule_version_id", "schedule_version"), ("record_type_id", "record_type")];
        manager.create_table(table("schedule_line", line, &references)).await?;
        let one_line_each = unique("schedule_line", &["schedule_version_id", "record_type_id"]);
        manager.create_index(one_line_each).await?;

        append_only(manager, "schedule_version", WHY).await?;
        append_only(manager, "schedule_line", WHY).await
    }
}
