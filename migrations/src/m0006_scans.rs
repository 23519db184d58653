//! Scans: one pass over one store, its counts, and what falls due when.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, date, date_or_none, id, index, instant, instant_or_none, keyed_by, table, text,
    text_or_none, uuid, word,
};

const OUTCOMES: &[&str] =
    &["due", "held", "not-due", "awaiting-trigger", "cannot-evaluate", "permanent"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let scan = vec![
            id(),
            uuid("store_id"),
            uuid("schedule_version_id"),
            date("today"),
            instant("started_at"),
            instant_or_none("finished_at"),
            word("state", &["running", "complete", "cancelled", "failed"]),
            count("items"),
            count("bytes"),
            count("containers"),
            text_or_none("failure"),
        ];
        let references =
            [("store_id", "store"), ("schedule_version_id", "schedule_version")];
        let scan = table("scan", scan, &references)
            .check(Expr::cust("(state = 'running') = (finished_at is null)"))
            .check(Expr::cust("state <> 'failed' or failure is not null"))
            .to_owned();
        manager.create_table(scan).await?;
        manager.create_index(index("scan", &["store_id", "started_at"])).await?;

        let scan_count = vec![
            uuid("scan_id"),
            uuid("mapping_id"),
            word("outcome", OUTCOMES),
            count("units"),
            count("members"),
            count("bytes"),
            date_or_none("oldest_due"),
        ];
        let scan_count =
            table("scan_count", scan_count, &[("scan_id", "scan"), ("mapping_id", "mapping")])
                .primary_key(&mut keyed_by(&["scan_id", "mapping_id", "outcome"]))
                .to_owned();
        manager.create_table(scan_count).await?;

        let forecast = vec![uuid("mapping_id"), date("month"), count("units"), count("bytes")];
        let forecast = table("forecast", forecast, &[("mapping_id", "mapping")])
            .primary_key(&mut keyed_by(&["mapping_id", "month"]))
            .to_owned();
        manager.create_table(forecast).await?;

        let unmapped = vec![uuid("store_id"), text("location"), count("items"), count("bytes")];
        let unmapped = table("unmapped", unmapped, &[("store_id", "store")])
            .primary_key(&mut keyed_by(&["store_id", "location"]))
            .to_owned();
        manager.create_table(unmapped).await
    }
}
