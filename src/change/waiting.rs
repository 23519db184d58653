//! Who can still sign what waits; and what nobody signed in time, which ends
//! with nothing changed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::PersonId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use super::error::ChangeError;
use super::request::{self, Shown, shown};
use super::seat::{Seat, Seats};
use crate::audit::By;
use crate::catalogue::entity::{change_request, person};
use crate::catalogue::values::Micros;
use crate::catalogue::words::ChangeState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::people::{Actor, may_act, roles_of};

/// How long an impact is taken for true.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Why a change that nobody signed in time has ended.
pub(crate) const LAPSED: &str = "not everyone signed it within 30 days";

/// A change that waits, and for whom.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) shown: Shown,
    /// Everyone who could sign now, for a seat that is open.
    pub(crate) may_sign: BTreeSet<PersonId>,
    /// The open seats that nobody could take.
    pub(crate) unfilled: Vec<Seat>,
}

/// What waits, oldest first, with those who can still sign each.
pub(crate) async fn all(
    read: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Vec<Waiting>, ChangeError> {
    let pending = change_request::Entity::find()
        .filter(change_request::Column::State.eq(ChangeState::Pending))
        .order_by_asc(change_request::Column::ProposedAt)
        .order_by_asc(change_request::Column::Id)
        .all(read)
        .await?;
    let people = present(read, now).await?;
    let mut waiting = Vec::with_capacity(pending.len());
    for request in pending.into_iter().filter(|request| !is_too_old(request, now)) {
        let shown = shown(read, request, london_date(now)).await?;
        let seats = Seats::of(read, &shown.request).await?;
        let signed = |actor: &&Actor| {
            shown.signatures.iter().any(|signature| signature.person_id == actor.person.0)
        };
        let left: Vec<&Actor> = people.iter().filter(|actor| !signed(actor)).collect();
        let can = |open: &[Seat], actor: &Actor| !seats.roles(open, actor).is_empty();
        let may_sign = left.iter().filter(|actor| can(&shown.open, actor));
        let may_sign = may_sign.map(|actor| actor.person).collect();
        let nobody = |seat: &&Seat| {
            let only = std::slice::from_ref(*seat);
            !left.iter().any(|actor| can(only, actor))
        };
        let unfilled = shown.open.iter().filter(nobody).cloned().collect();
        waiting.push(Waiting { shown, may_sign, unfilled });
    }
    Ok(waiting)
}

async fn present(
    read: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Vec<Actor>, CatalogueError> {
    let people = person::Entity::find().all(read).await?;
    let today = london_date(now);
    people.into_iter().filter(|row| may_act(row, today)).map(roles_of).collect()
}

/// When it can be signed no more.
pub(crate) fn ends_at(request: &change_request::Model) -> Timestamp {
    request.proposed_at.timestamp().saturating_add(LIFE).unwrap_or(Timestamp::MAX)
}

pub(super) fn is_too_old(request: &change_request::Model, now: Timestamp) -> bool {
    now > ends_at(request)
}

/// Ends what waited too long, in the caller's transaction: what it was worked
/// out on is no longer so. It may be proposed again, and is signed anew then.
pub(super) async fn lapse(
    tx: &WriteTx,
    request: change_request::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    request::end(tx, &By::Service, request, ChangeState::Withdrawn, Some(LAPSED), now).await
}

/// Ends every change that not everyone signed in time, and says how many.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn expire(catalogue: &Catalogue, now: Timestamp) -> Result<usize, CatalogueError> {
    let since = Micros::from(now.saturating_sub(LIFE).unwrap_or(Timestamp::MIN));
    let tx = catalogue.write_tx().await?;
    let late = change_request::Entity::find()
        .filter(change_request::Column::State.eq(ChangeState::Pending))
        .filter(change_request::Column::ProposedAt.lt(since))
        .all(&*tx)
        .await?;
    let ended = late.len();
    for request in late {
        lapse(&tx, request, now).await?;
    }
    tx.commit().await?;
    Ok(ended)
}
