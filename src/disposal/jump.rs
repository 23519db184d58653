//! A jump: far more is due in a store than within the month before. A rule, a
//! mapping or the store has changed, and nothing of it goes until a person has
//! looked: none is proposed, and what was proposed before is halted.
//!
//! Each scan is compared with the least that was found due in the month before
//! it. A scan that jumped is no measure for those after it, so a jump does not
//! become what is usual by being scanned again, however often: it lasts until
//! less is due, or a person confirms it. Who does makes its scan the first that
//! others are compared with. That is read from the audit chain, and stands
//! nowhere else.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::{ApprovalError, Desk, present, said};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
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

/// Whether the last complete scan of a store found far more due than was usual,
/// and nobody has confirmed that. The first scan is no jump.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn jumped(
    read: &impl ConnectionTrait,
    store: Uuid,
) -> Result<Option<Jump>, CatalogueError> {
    let factor = change::ceilings(read).await?.jump_factor;
    Ok(last_jump(&scans(read, store).await?, factor))
}

/// What was due at each scan, oldest first, and whether the last one jumped.
fn last_jump(scans: &[(Timestamp, u64)], factor: u64) -> Option<Jump> {
    let mut usual: VecDeque<(Timestamp, u64)> = VecDeque::new();
    let mut jump = None;
    for &(at, now) in scans {
        let since = at.saturating_sub(MONTH).unwrap_or(Timestamp::MIN);
        // The scan before is a measure however long ago it was, and what was
        // usual before a jump stays so while the jump lasts.
        while jump.is_none() && usual.len() > 1 && usual[0].0 < since {
            usual.pop_front();
        }
        let before = usual.iter().map(|(_, due)| *due).min();
        jump = before
            .filter(|before| now >= FROM && now > before.saturating_mul(factor))
            .map(|before| Jump { now, before });
        if jump.is_some() {
            continue;
        }
        usual.push_back((at, now));
    }
    jump
}

/// The complete scans of a store since a jump was last confirmed, that one with
/// them, oldest first: what each found due, or held while due.
async fn scans(
    read: &impl ConnectionTrait,
    store: Uuid,
) -> Result<Vec<(Timestamp, u64)>, CatalogueError> {
    let complete = scan::Entity::find()
        .filter(scan::Column::StoreId.eq(store))
        .filter(scan::Column::State.eq(ScanState::Complete));
    let known: Vec<(Uuid, Micros)> = complete
        .clone()
        .select_only()
        .columns([scan::Column::Id, scan::Column::StartedAt])
        .order_by_asc(scan::Column::StartedAt)
        .order_by_asc(scan::Column::Id)
        .into_tuple()
        .all(read)
        .await?;
    let due = due(read, complete).await?;
    let confirmed = confirmed_at(read, store).await?;
    let first = confirmed.and_then(|at| known.iter().rposition(|(_, started)| *started <= at));
    let since = known.get(first.unwrap_or_default()..).unwrap_or_default();
    let due_at =
        |(scan, at): &(Uuid, Micros)| (at.timestamp(), due.get(scan).copied().unwrap_or_default());
    Ok(since.iter().map(due_at).collect())
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

/// What each of these scans found due, or held while due.
async fn due(
    read: &impl ConnectionTrait,
    scans: Select<scan::Entity>,
) -> Result<HashMap<Uuid, u64>, CatalogueError> {
    // As a whole number: `PostgreSQL` adds up to a decimal.
    let sum = Expr::col(scan_count::Column::Units).sum().cast_as("bigint");
    let scans = scans.select_only().column(scan::Column::Id).into_query();
    let sums: Vec<(Uuid, i64)> = scan_count::Entity::find()
        .select_only()
        .column(scan_count::Column::ScanId)
        .column_as(sum, "due")
        .filter(scan_count::Column::ScanId.in_subquery(scans))
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
        .because(Motive::own(format!("{now} due, {before} before")).and_typed(reason));
    audit::append(&tx, desk.now(), &entry).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jump(due: &[(i64, u64)]) -> Option<(u64, u64)> {
        let day = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        let scans: Vec<_> = due.iter().map(|(on, due)| (day(*on), *due)).collect();
        last_jump(&scans, 5).map(|Jump { now, before }| (now, before))
    }

    #[test]
    fn one_scan_is_no_jump_and_neither_are_few() {
        assert_eq!(jump(&[]), None);
        assert_eq!(jump(&[(0, 10_000)]), None);
        assert_eq!(jump(&[(0, 1), (1, 99)]), None);
        assert_eq!(jump(&[(0, 1), (1, 100)]), Some((100, 1)));
        assert_eq!(jump(&[(0, 200), (1, 1_000)]), None, "five times as much is no more than that");
        assert_eq!(jump(&[(0, 200), (1, 1_001)]), Some((1_001, 200)));
    }

    #[test]
    fn a_jump_lasts_until_less_is_due_however_often_it_is_scanned() {
        let mut nights: Vec<(i64, u64)> = (0..10).map(|day| (day, 10)).collect();
        nights.extend((10..200).map(|day| (day, 400)));
        assert_eq!(jump(&nights), Some((400, 10)));
        nights.push((200, 40));
        assert_eq!(jump(&nights), None);
    }

    #[test]
    fn what_grows_within_a_month_is_a_jump_and_what_grows_over_months_is_none() {
        let doubled = |every: i64| -> Vec<(i64, u64)> {
            (0..8).map(|step| (step * every, 50_u64 << step)).collect()
        };
        assert_eq!(jump(&doubled(20)), None);
        assert!(jump(&doubled(5)).is_some());
    }
}
