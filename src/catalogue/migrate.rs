//! Bringing a catalogue up to this version, and refusing one that is ahead.
//!
//! The whole way is one transaction under the write lock, so two processes
//! that start at once do it once, and one that dies half way has done nothing.

use retaind_migrations::{KNOWN, Migrator};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait as _, Statement};
use sea_orm_migration::MigratorTrait as _;

use super::entity::setting;
use super::{Catalogue, CatalogueError, Fault, WriteTx};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const CHANGED_BY: &str = "catalogue.changed_by";
const LEDGER: &str = "seaql_migrations";
/// Any number; all versions of the program use the same.
const POSTGRES_LOCK: &str = "select pg_advisory_xact_lock(7234017283807667)";

/// What stands at the place of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Catalogue,
    SomethingElse,
}

pub(super) async fn found(database: &impl ConnectionTrait) -> Result<Found, CatalogueError> {
    let tables = tables(database).await?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    Ok(match () {
        () if has(LEDGER) && has("audit_head") => Found::Catalogue,
        () if tables.is_empty() => Found::Nothing,
        () => Found::SomethingElse,
    })
}

async fn tables(database: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let list = match database.get_database_backend() {
        DbBackend::Sqlite => "select name from sqlite_master where type = 'table'",
        _ => {
            "select table_name as name from information_schema.tables \
              where table_schema = current_schema()"
        }
    };
    names(database, Statement::from_string(database.get_database_backend(), list)).await
}

async fn names(database: &impl ConnectionTrait, query: Statement) -> Result<Vec<String>, DbErr> {
    let rows = database.query_all_raw(query).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Applies what is missing.
pub(super) async fn bring_up(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let at_its_place = |error: CatalogueError| error.at(&catalogue.url);
    if pending(catalogue.read()).await.map_err(at_its_place)? == 0 {
        return Ok(());
    }
    let tx = catalogue.write_tx().await?;
    apply(&tx).await.map_err(at_its_place)?;
    tx.commit().await
}

/// Makes the tables as these changes leave them, where there is nothing yet:
/// for rows that were written before the later changes were known.
pub(super) async fn lay_out(tx: &WriteTx, changes: &[String]) -> Result<(), CatalogueError> {
    lock(tx).await?;
    let unknown = changes.iter().zip(KNOWN).find(|(change, known)| change != *known);
    if let Some((change, known)) = unknown {
        return Err(CatalogueError::impossible(change, format!("{known} was to come before it")));
    }
    let steps = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    Ok(Migrator::up(&**tx, Some(steps)).await?)
}

/// Applies what is missing, in this transaction.
pub(super) async fn apply(tx: &WriteTx) -> Result<(), CatalogueError> {
    lock(tx).await?;
    if pending(&**tx).await? == 0 {
        return Ok(());
    }
    Migrator::up(&**tx, None).await?;
    let changed_by =
        setting::ActiveModel { key: Set(CHANGED_BY.to_owned()), value: Set(VERSION.to_owned()) };
    setting::Entity::delete_by_id(CHANGED_BY).exec(&**tx).await?;
    setting::Entity::insert(changed_by).exec_without_returning(&**tx).await?;
    Ok(())
}

/// On SQLite whoever writes is alone already.
async fn lock(tx: &WriteTx) -> Result<(), CatalogueError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(POSTGRES_LOCK).await?;
    }
    Ok(())
}

/// How many changes are still to be made.
pub(super) async fn pending(database: &impl ConnectionTrait) -> Result<usize, CatalogueError> {
    if matches!(found(database).await?, Found::Nothing) {
        return Ok(KNOWN.len());
    }
    let applied = applied(database).await?;
    let unknown = applied.iter().rfind(|change| !KNOWN.contains(&change.as_str()));
    if let Some(change) = unknown {
        return Err(newer(database, change).await?);
    }
    Ok(KNOWN.iter().filter(|known| !applied.iter().any(|change| change == *known)).count())
}

pub(super) async fn applied(database: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let ledger = Statement::from_string(
        database.get_database_backend(),
        "select version from seaql_migrations order by version",
    );
    names(database, ledger).await
}

async fn newer(
    database: &impl ConnectionTrait,
    change: &str,
) -> Result<CatalogueError, CatalogueError> {
    let by = setting::Entity::find_by_id(CHANGED_BY).one(database).await?;
    let by = by.map_or_else(|| "of unknown number".to_owned(), |setting| setting.value);
    let last = KNOWN.last().copied().unwrap_or_default();
    let fault = Fault::Newer {
        theirs: format!("retaind {by}, change {change}"),
        ours: format!("retaind {VERSION}, which knows the changes up to {last}"),
    };
    Ok(CatalogueError::placeless(fault))
}
