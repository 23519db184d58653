//! What SQLite refuses to put in the place of another row it refuses too where the
//! two have nothing in common but the number that SQLite gives each row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

use crate::append_only::in_its_place;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        // Those that were made by an earlier version.
        let narrow = "select name, tbl_name, sql from sqlite_master where type = 'trigger' \
                      and name like '%!_refuses!_replacing' escape '!' \
                      and instr(sql, 'new.rowid') = 0";
        for row in database.query_all_raw(Statement::from_string(DbBackend::Sqlite, narrow)).await? {
            let [name, table, sql] = [0, 1, 2].map(|at| row.try_get_by_index::<String>(at));
            let (name, when) = (name?, format!(" WHEN {} or ", in_its_place(&table?)));
            database.execute_unprepared(&format!("DROP TRIGGER {name}")).await?;
            database.execute_unprepared(&sql?.replacen(" WHEN ", &when, 1)).await?;
        }
        Ok(())
    }
}
