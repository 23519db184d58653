//! Moving the catalogue to another database, checked before it is believed.
//!
//! The source is only read, and nobody may write to it meanwhile. The target is
//! filled in one transaction: until its rows are counted, summed and compared
//! and its chain is followed, there is nothing there.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, DbBackend};

use super::dump::Sum;
use super::error::UpkeepError;
use super::load::Filling;
use super::table::{self, Table, list, quoted};
use super::{backup, dump};
use crate::audit::{self, Action, By, Entry, From, Head, Motive, Subject};
use crate::catalogue::{Catalogue, CatalogueError, CatalogueUrl, Fault, Found, WriteTx};

/// What a move did.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Where the catalogue was, without a password.
    pub from: String,
    /// Where it is now, without a password.
    pub to: String,
    /// What each table comes to, on both sides.
    pub tables: Vec<(String, Sum)>,
    /// The end of the audit chain that was copied.
    pub head: Head,
}

/// Copies everything to an empty place and compares the two.
///
/// # Errors
///
/// Where the target is not empty, someone else writes to the source, or the
/// copy differs; then there is nothing at the target and the source is as it was.
pub async fn relocate(
    source: &Catalogue,
    to: &CatalogueUrl,
    by: &By,
    now: Timestamp,
) -> Result<Moved, UpkeepError> {
    let held = hold(source).await?;
    let (target, found) = Catalogue::to_fill(to).await?;
    if found != Found::Nothing {
        return Err(UpkeepError::TargetNotEmpty(target.place()));
    }
    let tx = target.write_tx().await?;
    let copied = copy(source, &held, &tx).await;
    let (tables, head) = copied.map_err(|error| at(error, to))?;
    if backup::head(source.read()).await? != head {
        return Err(UpkeepError::InUse { place: source.place() });
    }
    let subject = Subject::new("audit-entry", head.seq);
    let why = format!("moved from {} to {}", kind(&held), kind(&tx));
    let entry = Entry::new(by.clone(), Action::CatalogueMoved, subject);
    audit::append(&tx, now, &entry.after(head.hash.clone()).because(Motive::own(why))).await?;
    tx.commit().await?;
    held.rollback().await?;
    let moved = Moved { from: source.place(), to: target.place(), tables, head };
    // The last to leave an SQLite file puts into it what still lies beside it.
    target.close().await?;
    Ok(moved)
}

/// Keeps everyone else from writing to the source until this is dropped.
async fn hold(source: &Catalogue) -> Result<WriteTx, UpkeepError> {
    let in_use = |error: CatalogueError| match error.fault {
        Fault::Busy => UpkeepError::InUse { place: source.place() },
        _ => error.into(),
    };
    let held = source.write_tx().await.map_err(in_use)?;
    if held.get_database_backend() == DbBackend::Postgres {
        let tables = table::all(&*held).await?;
        let names = list(tables.iter().map(|table| quoted(&table.name)));
        let lock = format!("lock table {names} in share mode nowait");
        held.execute_unprepared(&lock).await.map_err(|error| in_use(source.error(error)))?;
    }
    Ok(held)
}

async fn copy(
    source: &Catalogue,
    held: &WriteTx,
    tx: &WriteTx,
) -> Result<(Vec<(String, Sum)>, Head), UpkeepError> {
    let head = backup::head(&**held).await?;
    tx.lay_out(&source.changes(&**held).await?).await?;
    let tables = table::all(&**held).await?;
    if table::all(&**tx).await? != tables {
        return Err(UpkeepError::Differs("the tables themselves".to_owned()));
    }
    let filling = Filling::begin(tx, &tables).await?;
    let mut sums = Vec::new();
    for table in &tables {
        let mut rows = filling.table(table);
        let mut lines = std::pin::pin!(dump::lines(held, table).await?);
        while let Some(line) = lines.try_next().await? {
            rows.add(line).await?;
        }
        sums.push((table.name.clone(), rows.end().await?));
    }
    filling.end().await?;
    compare(tx, &tables, &sums).await?;
    let verified = audit::verify_in(&**tx, From::Genesis).await?;
    if verified.head != head {
        return Err(UpkeepError::Differs("the end of the audit chain".to_owned()));
    }
    tx.bring_up().await?;
    Ok((sums, head))
}

async fn compare(
    tx: &WriteTx,
    tables: &[Table],
    sums: &[(String, Sum)],
) -> Result<(), UpkeepError> {
    for (table, (name, sum)) in tables.iter().zip(sums) {
        if dump::sum(tx, table).await? != *sum {
            return Err(UpkeepError::Differs(format!("table {name}")));
        }
    }
    Ok(())
}

fn kind(tx: &WriteTx) -> &'static str {
    if tx.get_database_backend() == DbBackend::Sqlite { "SQLite" } else { "PostgreSQL" }
}

fn at(error: UpkeepError, url: &CatalogueUrl) -> UpkeepError {
    match error {
        UpkeepError::Catalogue(error) => error.at(url).into(),
        other => other,
    }
}
