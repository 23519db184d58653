//! A hold may be on records of certain days: the days a scope is narrowed to are
//! in order, at least one end is there, and they narrow a scope that is not
//! narrowed itself.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::append_only::refuse;

const WHY: &str = "the days of a scope of a hold are from one day to a later one";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_connection().get_database_backend() == DbBackend::Sqlite;
        let said = |path: &[&str]| match sqlite {
            true => format!("json_extract(new.value, '$.{}')", path.join(".")),
            false => format!("(new.value #>> '{{{}}}')", path.join(",")),
        };
        let [from, to] = ["from", "to"].map(|end| said(&["of", "days", end]));
        let inner = said(&["of", "what", "scope"]);
        let wrong = format!(
            "{} = 'within' and ({inner} is null or {inner} = 'within' \
             or coalesce({from}, {to}) is null or {from} > {to})",
            said(&["scope"])
        );
        refuse(manager, "hold_scope", "insert", Some(&wrong), WHY).await
    }
}
