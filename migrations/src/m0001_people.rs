//! People who act, and the parts of the organisation that answer for assets.

use sea_orm_migration::prelude::*;

use crate::columns::{date_or_none, id, json, table, text, text_or_none, yes_or_no};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let person = vec![
            id(),
            text("name"),
            text("email").unique_key().to_owned(),
            text_or_none("os_user").unique_key().to_owned(),
            yes_or_no("active"),
            date_or_none("left_on"),
            json("roles"),
        ];
        manager.create_table(table("person", person, &[])).await?;
        let service_area = vec![id(), text("name").unique_key().to_owned()];
        manager.create_table(table("service_area", service_area, &[])).await
    }
}
