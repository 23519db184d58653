//! Alarms (M13): what is wrong for long enough that someone must act.

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::NoticeError;
use super::outbox::{Notice, enqueue};
use super::payload::{Alarm, AlarmKind, ClockTold};
use super::recipient::Directory;
use super::send::Post;
use super::words;
use crate::audit;
use crate::catalogue::entity::{item, store};
use crate::catalogue::values::Micros;
use crate::catalogue::words::StoreState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::disposal::ApprovalError;
use crate::disposal::execution::clock;
use crate::disposal::propose::Proposal;
use crate::people::Role;
use crate::scan::leaving;

/// For how long a store may be away before anyone is told.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Looks at the stores and at the clock, and tells what is wrong; of each thing
/// once. The audit chain is looked at by [`super::chain::watch`].
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn alarms(post: &Post<'_>) -> Result<usize, NoticeError> {
    let now = post.clock.now();
    let tx = post.catalogue.write_tx().await?;
    let written = stores(&tx, now).await?
        + missing(&tx, now).await?
        + resurrected(&tx, now).await?
        + clock_jump(&tx, now).await?;
    tx.commit().await?;
    Ok(written)
}

async fn stores(tx: &WriteTx, now: Timestamp) -> Result<usize, CatalogueError> {
    let ill = [StoreState::Unavailable, StoreState::Changed];
    let stores = store::Entity::find()
        .filter(store::Column::State.is_in(ill))
        .order_by_asc(store::Column::Name)
        .all(&**tx)
        .await?;
    let mut written = 0;
    for store in stores {
        let since = store.state_since.timestamp();
        let what = match store.state {
            StoreState::Changed => AlarmKind::StoreChanged,
            _ if now.duration_since(since) > PATIENCE => AlarmKind::StoreUnavailable,
            _ => continue,
        };
        let key = format!("store:{}:{}:{}", store.id, store.state, store.state_since.0);
        let since = london_date(since);
        let said = Alarm {
            what,
            store: Some(store.name),
            batch: None,
            authority: None,
            since,
            count: None,
            clock: None,
        };
        written += raise(tx, now, said, key).await?;
    }
    Ok(written)
}

/// Records that are gone from their stores, and not by us, told again whenever
/// others are: what was put back and went again has been met by a later scan.
async fn missing(tx: &WriteTx, now: Timestamp) -> Result<usize, CatalogueError> {
    let mut written = 0;
    for store in store::Entity::find().order_by_asc(store::Column::Name).all(&**tx).await? {
        let gone = leaving::unexplained(&**tx, StoreId(store.id)).await?;
        if gone.is_empty() {
            continue;
        }
        let which = audit::digest::of_json(&serde_json::json!(gone));
        let (what, count) = (AlarmKind::Missing, Some(gone.len() as u64));
        let (name, since) = (Some(store.name), london_date(now));
        let said =
            Alarm { what, store: name, batch: None, authority: None, since, count, clock: None };
        written += raise(tx, now, said, format!("missing:{}:{which}", store.id)).await?;
    }
    Ok(written)
}

/// Records that were destroyed and were met again, told again whenever more come
/// back.
async fn resurrected(tx: &WriteTx, now: Timestamp) -> Result<usize, CatalogueError> {
    let back: Vec<(Uuid, i64, Option<Micros>)> = item::Entity::find()
        .select_only()
        .column(item::Column::StoreId)
        .column_as(item::Column::Id.count(), "back")
        .column_as(item::Column::ResurrectedAt.max(), "last")
        .filter(item::Column::ResurrectedAt.is_not_null())
        .group_by(item::Column::StoreId)
        .into_tuple()
        .all(&**tx)
        .await?;
    let mut written = 0;
    for (store, back, last) in back {
        let name = store::Entity::find_by_id(store).one(&**tx).await?.map(|store| store.name);
        let last = last.map_or(now, Micros::timestamp);
        let (what, since, count) =
            (AlarmKind::Resurrected, london_date(last), Some(back.unsigned_abs()));
        let said =
            Alarm { what, store: name, batch: None, authority: None, since, count, clock: None };
        let key = format!("resurrected:{store}:{}", last.as_microsecond());
        written += raise(tx, now, said, key).await?;
    }
    Ok(written)
}

/// A time that cannot follow on the last seen: nothing is destroyed until a
/// person says that it is right (I14).
async fn clock_jump(tx: &WriteTx, now: Timestamp) -> Result<usize, CatalogueError> {
    let (Err(_), Some(last)) = (clock::sane(&**tx, now).await?, clock::last_seen(&**tx).await?)
    else {
        return Ok(0);
    };
    let (what, since) = (AlarmKind::ClockJump, london_date(now));
    let clock = Some(ClockTold { last: words::moment(last), now: words::moment(now) });
    let (store, batch, authority, count) = (None, None, None, None);
    let said = Alarm { what, store, batch, authority, since, count, clock };
    raise(tx, now, said, format!("clock:{}", last.as_microsecond())).await
}

/// Tells of what is above a ceiling and was therefore not proposed; again every
/// week while it stays so.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn above_ceilings(
    catalogue: &Catalogue,
    proposals: &[Proposal],
    now: Timestamp,
) -> Result<usize, CatalogueError> {
    let above = proposals.iter().filter_map(|Proposal { store, record_type, lists }| {
        let count = match lists {
            Err(ApprovalError::TooMany { lines, .. }) => Some(*lines),
            Err(ApprovalError::TooGreatAShare { members, .. }) => Some(*members),
            // It is of the whole store, and no number of this class.
            Err(ApprovalError::DueJumped { .. }) => None,
            _ => return None,
        };
        let (what, since) = (AlarmKind::Breaker, london_date(now));
        let said = Alarm {
            what,
            store: Some(store.clone()),
            batch: None,
            authority: None,
            since,
            count,
            clock: None,
        };
        Some((format!("{store}:{record_type}"), said))
    });
    raise_weekly(catalogue, above.collect(), now).await
}

/// Raises what is above what may go at once, each by what it is known by; again
/// in every week in which it is found.
pub(super) async fn raise_weekly(
    catalogue: &Catalogue,
    above: Vec<(String, Alarm)>,
    now: Timestamp,
) -> Result<usize, CatalogueError> {
    if above.is_empty() {
        return Ok(0);
    }
    let week = london_date(now).iso_week_date();
    let tx = catalogue.write_tx().await?;
    let mut written = 0;
    for (which, said) in above {
        let key = format!("breaker:{which}:{}-{}", week.year(), week.week());
        written += raise(&tx, now, said, key).await?;
    }
    tx.commit().await?;
    Ok(written)
}

/// Tells an alarm at once to those who must act, in the caller's transaction.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn raise(
    tx: &WriteTx,
    now: Timestamp,
    alarm: Alarm,
    period_key: String,
) -> Result<usize, CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let mut roles = vec![Role::RecordsManager, Role::Operator, Role::Dpo];
    let of_destruction = [AlarmKind::Breaker, AlarmKind::Halted, AlarmKind::Missing];
    if of_destruction.contains(&alarm.what) {
        roles.push(Role::Siro);
    }
    let notice = Notice {
        to: directory.once(directory.with_role(&roles)),
        service_area: None,
        thread: format!("alarm:{period_key}"),
        period_key,
        payload: alarm.into(),
        attachments: Vec::new(),
    };
    enqueue(tx, now, &notice).await
}
