//! One kind of notice more: the end of the audit chain, once a week.
//!
//! SQLite cannot change a CHECK, so the tables are made anew around their rows,
//! and the same is done in both databases.

use sea_orm_migration::prelude::*;

use crate::m0017_notices::{KINDS, notices};

/// A table, then the one that refers to it.
const TABLES: [&str; 2] = ["notice", "notice_attachment"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        with_kinds(manager, &[KINDS, &["audit-head"]].concat()).await
    }
}

/// Makes the tables anew around their rows, for notices of these kinds.
pub(crate) async fn with_kinds(
    manager: &SchemaManager<'_>,
    kinds: &[&'static str],
) -> Result<(), DbErr> {
    let database = manager.get_connection();
    for name in TABLES {
        let aside = format!("create table {name}_aside as select * from {name}");
        database.execute_unprepared(&aside).await?;
    }
    for name in TABLES.iter().rev() {
        database.execute_unprepared(&format!("drop table {name}")).await?;
    }
    notices(manager, kinds).await?;
    for name in TABLES {
        let back = format!("insert into {name} select * from {name}_aside");
        database.execute_unprepared(&back).await?;
        database.execute_unprepared(&format!("drop table {name}_aside")).await?;
    }
    Ok(())
}
