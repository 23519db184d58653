//! Whether the clock can be relied on (I14): a day that never was must not make
//! anything due, nor a time that has been before let a grace run twice.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _};

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{audit_entry, setting};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx, settings};
use crate::disposal::execution::stop::Stop;

const KEY: &str = "clock.last-seen";

/// The most that may lie between two times the clock is seen.
const LEAP: SignedDuration = SignedDuration::from_hours(48);

/// The most by which the clocks of two machines may differ, or one be set back by
/// its time server.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// Whether the time is one that can follow on the last seen.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn sane(
    database: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Result<(), Stop>, CatalogueError> {
    let Some(last) = last_seen(database).await? else { return Ok(Ok(())) };
    let (now_said, last_said) = (now.to_string(), last.to_string());
    Ok(if last.duration_since(now) > SLACK {
        Err(Stop::ClockBehind { now: now_said, last: last_said })
    } else if now.duration_since(last) > LEAP {
        Err(Stop::ClockAhead { now: now_said, last: last_said })
    } else {
        Ok(())
    })
}

/// When the clock was last seen: where that was never noted, or taken away, when
/// anything was last entered in the audit chain.
///
/// # Errors
///
/// Where the catalogue fails, or holds what is no time.
pub async fn last_seen(
    database: &impl ConnectionTrait,
) -> Result<Option<Timestamp>, CatalogueError> {
    if let Some(row) = setting::Entity::find_by_id(KEY).one(database).await? {
        let seen = row.value.parse().map_err(|fault| CatalogueError::impossible(KEY, fault))?;
        return Ok(Some(seen));
    }
    let entered = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Seq);
    Ok(entered.one(database).await?.map(|entry| entry.at.timestamp()))
}

/// Notes the time, where it follows on the last seen; one that does not is for
/// a person to look at.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn seen(catalogue: &Catalogue, now: Timestamp) -> Result<(), CatalogueError> {
    let follows = last_seen(catalogue.read()).await?.is_none_or(|last| now > last);
    if !follows || sane(catalogue.read(), now).await?.is_err() {
        return Ok(());
    }
    let tx = catalogue.write_tx().await?;
    write(&tx, now).await?;
    tx.commit().await
}

/// Takes the clock for right, as a person says.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn confirm(
    catalogue: &Catalogue,
    by: By,
    reason: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let tx = catalogue.write_tx().await?;
    let last = last_seen(&*tx).await?.map_or_else(|| "never".to_owned(), |last| last.to_string());
    write(&tx, now).await?;
    let entry = Entry::new(by, Action::ClockConfirmed, Subject::new("clock", "machine"))
        .because(Motive::own(format!("last seen {last}")).and_typed(reason));
    audit::append(&tx, now, &entry).await?;
    tx.commit().await
}

async fn write(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    settings::keep(tx, KEY, now.to_string()).await
}
