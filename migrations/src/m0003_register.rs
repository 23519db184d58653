//! The register: assets, and the record types they hold.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, id, index, json, table, text, text_or_none, uuid, uuid_or_none, word, yes_or_no,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let asset = vec![
            id(),
            text("ref").unique_key().to_owned(),
            text("name"),
            text("description"),
            uuid("service_area_id"),
            uuid_or_none("iao"),
            word("enforcement", &["register", "flag", "propose", "destroy"])
                .default("flag")
                .to_owned(),
            word("status", &["draft", "active", "superseded", "closed"]),
            json("fields"),
            uuid("import_id"),
            text("source_file"),
            text("source_sheet"),
            count("source_row"),
        ];
        let references =
            [("service_area_id", "service_area"), ("iao", "person"), ("import_id", "import")];
        manager.create_table(table("asset", asset, &references)).await?;
        manager.create_index(index("asset", &["service_area_id"])).await?;

        let record_type = vec![
            id(),
            text("code").unique_key().to_owned(),
            text("title"),
            uuid("asset_id"),
            yes_or_no("irreplaceable"),
            yes_or_no("titles_nonpersonal"),
            text_or_none("superseded_by"),
        ];
        manager.create_table(table("record_type", record_type, &[("asset_id", "asset")])).await?;
        manager.create_index(index("record_type", &["asset_id"])).await
    }
}
