//! How a request stands with those it concerns: when it is due, when it was
//! answered or refused, when a refusal was explained, and when those who had the
//! records from us were told and acknowledged it.

use sea_orm_migration::prelude::*;

use crate::columns::date_or_none;

/// Each a day, or nothing where nobody has said.
const DAYS: [&str; 6] =
    ["due_on", "answered_on", "refused_on", "explained_on", "told_on", "acknowledged_on"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for day in DAYS {
            let more = Table::alter().table("hold_request").add_column(date_or_none(day)).to_owned();
            manager.alter_table(more).await?;
        }
        Ok(())
    }
}
