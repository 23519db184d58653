//! A jump: far more is due in a store than within the month before. A rule, a
//! mapping or the store has changed, and nothing of it goes until a person has
//! looked: none is proposed, and what was proposed before is halted.
//!
//! The last scan is compared with the least that any scan of the month before it
//! found due, so that a jump does not become what is usual by being scanned
//! twice. Who confirms a jump makes its scan the first of that month. That is
//! read from the audit chain, and stands nowhere else.

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use std::collections::HashMap;
use uuid::Uuid;

use super::{ApprovalError, Desk, present, said};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{audit_entry, scan, scan_count, store};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{OutcomeKind, ScanState};
use crate::change;
use crate::people::{Actor, Role};

/// How far back scans are compared.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Below so many due items, more of them are no jump.
const FROM: u64 = 100;

/// Far more is due than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Jump {
    /// Due, or held while due, by the last scan.
    pub(crate) now: u64,
    /// The least of the month before.
    pub(crate) before: u64,
}

/// Whether the last complete scan of a store found far more due than one of the
/// month before, and nobody has confirmed that. One scan alone is no jump.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn jumped(
    read: &impl ConnectionTrait,
    store: Uuid,
) -> Result<Option<Jump>, CatalogueError> {
    let scans = compared(read, store).await?;
    let [latest, before @ ..] = &scans[..] else { return Ok(None) };
    let due = due(read, &scans).await?;
    let of = |scan: &Uuid| due.get(scan).copied().unwrap_or_default();
    let (now, Some(before)) = (of(latest), before.iter().map(of).min()) else { return Ok(None) };
    let factor = change::ceilings(read).await?.jump_factor;
    let jumped = now >= FROM && now > before.saturating_mul(factor);
    Ok(jumped.then_some(Jump { now, before }))
}

/// The last complete scan, and those it is compared with, newest first: of the
/// month before it, and the one before it however long ago; none older than what
/// was confirmed.
async fn compared(read: &impl ConnectionTrait, store: Uuid) -> Result<Vec<Uuid>, CatalogueError> {
    let mut known: Vec<(Uuid, Micros)> = scan::Entity::find()
        .select_only()
        .columns([scan::Column::Id, scan::Column::StartedAt])
        .filter(scan::Column::StoreId.eq(store))
        .filter(scan::Column::State.eq(ScanState::Complete))
        .order_by_desc(scan::Column::StartedAt)
        .order_by_desc(scan::Column::Id)
        .into_tuple()
        .all(read)
        .await?;
    if let Some(at) = confirmed_at(read, store).await?
        && let Some(first) = known.iter().position(|(_, started)| *started <= at)
    {
        known.truncate(first + 1);
    }
    let Some((_, latest)) = known.first() else { return Ok(Vec::new()) };
    let since = latest.timestamp().saturating_sub(MONTH).unwrap_or(Timestamp::MIN);
    let near = known.iter().enumerate();
    let near = near.filter(|(number, (_, at))| *number < 2 || at.timestamp() >= since);
    Ok(near.map(|(_, (id, _))| *id).collect())
}

/// When a person last confirmed a jump of this store.
async fn confirmed_at(
    read: &impl ConnectionTrait,
    store: Uuid,
) -> Result<Option<Micros>, CatalogueError> {
    let last = audit_entry::Entity::find()
        .filter(audit_entry::Column::SubjectKind.eq("store"))
        .filter(audit_entry::Column::SubjectId.eq(store.to_string()))
        .filter(audit_entry::Column::Action.eq(Action::JumpConfirmed.name()))
        .order_by_desc(audit_entry::Column::Seq);
    Ok(last.one(read).await?.map(|entry| entry.at))
}

/// What each scan found due, or held while due.
async fn due(
    read: &impl ConnectionTrait,
    scans: &[Uuid],
) -> Result<HashMap<Uuid, u64>, CatalogueError> {
    // As a whole number: `PostgreSQL` adds up to a decimal.
    let sum = Expr::col(scan_count::Column::Units).sum().cast_as("bigint");
    let sums: Vec<(Uuid, i64)> = scan_count::Entity::find()
        .select_only()
        .column(scan_count::Column::ScanId)
        .column_as(sum, "due")
        .filter(scan_count::Column::ScanId.is_in(scans.iter().copied()))
        .filter(scan_count::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
        .group_by(scan_count::Column::ScanId)
        .into_tuple()
        .all(read)
        .await?;
    Ok(sums.into_iter().map(|(scan, due)| (scan, due.unsigned_abs())).collect())
}

/// Who may say that a jump is right.
const MAY_CONFIRM: &[Role] = &[Role::RecordsManager];

/// Says that what the last scan of a store found due is right, however much more
/// it is than before.
///
/// # Errors
///
/// Where the person may not, no reason is given, there is no such store, or
/// nothing has jumped there.
pub async fn confirm(
    desk: &Desk<'_>,
    actor: &Actor,
    store: &str,
    reason: &str,
) -> Result<(), ApprovalError> {
    let reason = said(reason)?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let role = actor.first_of(MAY_CONFIRM).ok_or_else(|| ApprovalError::MayNot {
        name: actor.name.clone(),
        act: "confirm that so much is due",
        needs: "a records manager",
    })?;
    let row = store::Entity::find().filter(store::Column::Name.eq(store)).one(&*tx).await?;
    let row = row.ok_or_else(|| ApprovalError::UnknownStore(store.to_owned()))?;
    let jump = jumped(&*tx, row.id).await?;
    let Jump { now, before } = jump.ok_or_else(|| ApprovalError::NoJump(store.to_owned()))?;
    let subject = Subject::new("store", row.id);
    let entry = Entry::new(By::person(&actor, role), Action::JumpConfirmed, subject)
        .because(format!("{now} due, {before} before: {reason}"));
    audit::append(&tx, desk.now(), &entry).await?;
    Ok(tx.commit().await?)
}
