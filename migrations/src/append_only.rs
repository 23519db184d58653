//! Tables whose rows, once written, nobody may change: by trigger, so that
//! another program with the same password may not either.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Refuses UPDATE and DELETE (and on PostgreSQL TRUNCATE) on this table.
pub(crate) async fn append_only(
    manager: &SchemaManager<'_>,
    table: &str,
    why: &str,
) -> Result<(), DbErr> {
    for change in ["update", "delete"] {
        refuse(manager, table, change, None, why).await?;
    }
    refuse_truncate(manager, table, why).await
}

/// Refuses one kind of change on this table, always or where `when` is true of
/// the row. `why` may hold no quotation mark.
pub(crate) async fn refuse(
    manager: &SchemaManager<'_>,
    table: &str,
    change: &str,
    when: Option<&str>,
    why: &str,
) -> Result<(), DbErr> {
    let database = manager.get_connection();
    let name = format!("{table}_refuses_{change}");
    let when = when.map(|when| format!("WHEN ({when})")).unwrap_or_default();
    if manager.get_database_backend() == DbBackend::Sqlite {
        let trigger = format!(
            "CREATE TRIGGER {name} BEFORE {change} ON {table} {when} \
             BEGIN SELECT RAISE(ABORT, '{why}'); END"
        );
        database.execute_unprepared(&trigger).await?;
        return Ok(());
    }
    define_refusal(manager, &name, why).await?;
    let trigger = format!(
        "CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW {when} \
         EXECUTE FUNCTION {name}()"
    );
    database.execute_unprepared(&trigger).await?;
    Ok(())
}

/// As [`refuse`], in place of what was refused before. Unlike there, `when` may
/// ask other tables.
pub(crate) async fn refuse_instead(
    manager: &SchemaManager<'_>,
    table: &str,
    change: &str,
    when: &str,
    why: &str,
) -> Result<(), DbErr> {
    let database = manager.get_connection();
    let name = format!("{table}_refuses_{change}");
    if manager.get_database_backend() == DbBackend::Sqlite {
        database.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {name}")).await?;
        return refuse(manager, table, change, Some(when), why).await;
    }
    let body = format!(
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN new; END $$"
    );
    database.execute_unprepared(&body).await?;
    database.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {name} ON {table}")).await?;
    let trigger = format!(
        "CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    );
    database.execute_unprepared(&trigger).await?;
    Ok(())
}

/// Refuses a row in the place of another of one of these keys, save where
/// `unless` is true of the row that is there (`old`) and the `new` one.
///
/// SQLite's `INSERT OR REPLACE` removes the row that is there without asking the
/// triggers of DELETE, also one that has no more in common with the new one than the
/// number under which SQLite keeps it. `PostgreSQL` has nothing like it: its `ON CONFLICT DO
/// UPDATE` asks those of UPDATE.
pub(crate) async fn refuse_replacing(
    manager: &SchemaManager<'_>,
    table: &str,
    keys: &[&[&str]],
    unless: Option<&str>,
    why: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let unless = unless.map(|unless| format!(" and not ({unless})")).unwrap_or_default();
    let taken = |key: &&[&str]| {
        let same: Vec<String> =
            key.iter().map(|column| format!("old.{column} = new.{column}")).collect();
        format!("exists (select 1 from {table} as old where {}{unless})", same.join(" and "))
    };
    let taken: Vec<String> =
        std::iter::once(in_its_place(table)).chain(keys.iter().map(taken)).collect();
    let trigger = format!(
        "CREATE TRIGGER {table}_refuses_replacing BEFORE INSERT ON {table} WHEN {} \
         BEGIN SELECT RAISE(ABORT, '{why}'); END",
        taken.join(" or ")
    );
    manager.get_connection().execute_unprepared(&trigger).await?;
    refuse_renumbering(manager, table, why).await
}

/// Refuses to give a row of SQLite another number: `UPDATE OR REPLACE` removes the one
/// that has it.
pub(crate) async fn refuse_renumbering(
    manager: &SchemaManager<'_>,
    table: &str,
    why: &str,
) -> Result<(), DbErr> {
    let trigger = format!(
        "CREATE TRIGGER {table}_refuses_renumbering BEFORE UPDATE OF rowid, _rowid_, oid \
         ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    );
    manager.get_connection().execute_unprepared(&trigger).await?;
    Ok(())
}

/// Whether a new row takes the number of one that is there. Of a row for which the
/// statement says none it is below zero.
pub(crate) fn in_its_place(table: &str) -> String {
    format!("new.rowid > 0 and exists (select 1 from {table} as old where old.rowid = new.rowid)")
}

/// SQLite has no TRUNCATE.
pub(crate) async fn refuse_truncate(
    manager: &SchemaManager<'_>,
    table: &str,
    why: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let name = format!("{table}_refuses_truncate");
    define_refusal(manager, &name, why).await?;
    let trigger = format!(
        "CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
         EXECUTE FUNCTION {name}()"
    );
    manager.get_connection().execute_unprepared(&trigger).await?;
    Ok(())
}

async fn define_refusal(manager: &SchemaManager<'_>, name: &str, why: &str) -> Result<(), DbErr> {
    let function = format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    );
    manager.get_connection().execute_unprepared(&function).await?;
    Ok(())
}

/// Whether an UPDATE makes any of these columns another, for a `when` of a refusal.
pub(crate) fn differs(columns: &[&str]) -> String {
    let one = |column: &&str| format!("new.{column} is distinct from old.{column}");
    columns.iter().map(one).collect::<Vec<_>>().join(" or ")
}
