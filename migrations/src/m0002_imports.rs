//! Readings of register files: what was read, what was wrong, what would change.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, digest, id, index, instant, instant_or_none, json, table, text, text_or_none, uuid,
    uuid_or_none, word,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let import = vec![
            id(),
            text("file_name"),
            digest("file_sha256"),
            text("profile"),
            word("state", &["checked", "live", "superseded", "discarded"]),
            count("rows_read"),
            count("accepted"),
            count("rejected"),
            count("blank"),
            count("section"),
            count("added"),
            count("changed"),
            count("unchanged"),
            count("removed"),
            uuid("imported_by"),
            instant("imported_at"),
            uuid_or_none("accepted_by"),
            instant_or_none("accepted_at"),
        ];
        let people = [("imported_by", "person"), ("accepted_by", "person")];
        let import = table("import", import, &people)
            .check(Expr::cust("rows_read = accepted + rejected + blank + section"))
            .check(Expr::cust("(accepted_by is null) = (accepted_at is null)"))
            .to_owned();
        manager.create_table(import).await?;

        let finding = vec![
            id(),
            uuid("import_id"),
            text("sheet"),
            count("row"),
            text_or_none("column"),
            text_or_none("value"),
            word("severity", &["error", "warning"]),
            text("reason"),
            text("remedy"),
        ];
        manager
            .create_table(table("import_finding", finding, &[("import_id", "import")]))
            .await?;
        manager.create_index(index("import_finding", &["import_id", "row"])).await?;

        let line = vec![
            id(),
            uuid("import_id"),
            text("sheet"),
            count("row"),
            text("kind"),
            text("key"),
            json("payload"),
            word("change", &["added", "changed", "unchanged", "removed"]),
        ];
        manager.create_table(table("import_line", line, &[("import_id", "import")])).await?;
        manager.create_index(index("import_line", &["import_id", "kind", "key"])).await
    }
}
