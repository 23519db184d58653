//! Jobs: when each is due, whose turn it is, and what the last runs came to.

use sea_orm_migration::prelude::*;

use crate::columns::{
    id, index, instant, instant_or_none, table, text, text_or_none, word, word_or_none,
};

const RESULTS: &[&str] = &["ok", "failed", "skipped"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let job = vec![
            text("name").primary_key().to_owned(),
            text("cron"),
            instant_or_none("next_due_at"),
            instant_or_none("last_started_at"),
            instant_or_none("last_finished_at"),
            word_or_none("last_result", RESULTS),
            text_or_none("last_message"),
            text_or_none("lease_owner"),
            instant_or_none("lease_until"),
        ];
        let job = table("job", job, &[])
            .check(Expr::cust("(lease_owner is null) = (lease_until is null)"))
            .check(Expr::cust("(last_result is null) = (last_finished_at is null)"))
            .to_owned();
        manager.create_table(job).await?;

        let job_run = vec![
            id(),
            text("job"),
            word("cause", &["due", "missed", "asked"]),
            instant("started_at"),
            instant_or_none("finished_at"),
            word_or_none("result", RESULTS),
            text_or_none("message"),
        ];
        let job_run = table("job_run", job_run, &[])
            .check(Expr::cust("(result is null) = (finished_at is null)"))
            .to_owned();
        manager.create_table(job_run).await?;
        manager.create_index(index("job_run", &["job", "started_at"])).await
    }
}
