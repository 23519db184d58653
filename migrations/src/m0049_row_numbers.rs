//! What SQLite refuses to put in the place of another row it refuses too where the
//! two have nothing in common but the number that SQLite gives each row, and no row is
//! given the number of another.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

use crate::append_only::{in_its_place, refuse_renumbering};

const NUMBERED: &str = "the number of a row that is kept is never another";

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
        let narrow = Statement::from_string(DbBackend::Sqlite, narrow);
        for row in database.query_all_raw(narrow).await? {
            let [name, table, sql] = [0, 1, 2].map(|at| row.try_get_by_index::<String>(at));
            let (name, table) = (name?, table?);
            let when = format!(" WHEN {} or ", in_its_place(&table));
            database.execute_unprepared(&format!("DROP TRIGGER {name}")).await?;
            database.execute_unprepared(&sql?.replacen(" WHEN ", &when, 1)).await?;
            refuse_renumbering(manager, &table, NUMBERED).await?;
        }
        Ok(())
    }
}
