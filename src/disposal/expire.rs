//! What nobody answered or carried out in time: it ends, and nothing is destroyed.
//!
//! A list waits thirty days for its two signatures. Once it has them it waits
//! thirty days from its cooling-off to be begun, and as long for a person where a
//! guard halted it. Of a batch that has taken anything out of reach nothing ends
//! by itself: that is put back or destroyed first. Nor does one end that people
//! outside have in hand: an archive that was offered it, or those who make it
//! anonymous.

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::batch::BatchState;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use super::execution::left;
use super::{ApprovalError, Desk, enter, locked, step};
use crate::audit::{Action, By, Motive};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{anonymisation, batch, transfer};
use crate::catalogue::values::{Micros, Text};

/// The states in which a batch waits for a person.
pub(super) const WAITING: [BatchState; 2] = [BatchState::Proposed, BatchState::IaoApproved];

/// The states in which one may wait that was approved.
const LET_GO: [BatchState; 3] =
    [BatchState::Authorised, BatchState::Quarantining, BatchState::Halted];

/// How long what was approved may wait.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Ends the batches that were not approved, or not begun, in time, and says which.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn expire(desk: &Desk<'_>) -> Result<Vec<String>, ApprovalError> {
    let now = desk.now();
    let unsigned = Condition::all()
        .add(batch::Column::State.is_in(WAITING.map(Text)))
        .add(batch::Column::ExpiresAt.lte(Micros::from(now)));
    let let_go = batch::Column::State.is_in(LET_GO.map(Text));
    let may_be_late = batch::Entity::find()
        .filter(Condition::any().add(unsigned).add(let_go))
        .order_by_asc(batch::Column::Number)
        .all(desk.catalogue.read())
        .await?;
    let mut expired = Vec::new();
    for late in may_be_late {
        if !is_late(desk.catalogue.read(), &late, now).await? {
            continue;
        }
        let tx = desk.catalogue.write_tx().await?;
        let row = locked(&tx, &late.number).await?;
        if !is_late(&*tx, &row, now).await? {
            continue;
        }
        step(&tx, &row, BatchState::Expired, now, batch::ActiveModel::default()).await?;
        let (digest, approved) = (row.digest.clone(), LET_GO.contains(&row.state.0));
        let why = if approved {
            Motive::own(format!("it was {}, and not carried out in time", row.state.0))
        } else {
            Motive::default()
        };
        enter(&tx, By::Service, Action::BatchExpired, &row, digest, why, now).await?;
        tx.commit().await?;
        expired.push(row.number);
    }
    Ok(expired)
}

/// Whether a batch has waited too long in the state it stands in.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn is_late(
    read: &impl ConnectionTrait,
    row: &batch::Model,
    now: Timestamp,
) -> Result<bool, CatalogueError> {
    if lapses_at(row).is_none_or(|at| now < at) {
        return Ok(false);
    }
    Ok(WAITING.contains(&row.state.0) || !in_hand(read, row).await?)
}

/// When a batch has waited too long, where it waits at all.
pub(super) fn lapses_at(row: &batch::Model) -> Option<Timestamp> {
    let since = row.state_since.timestamp();
    let from = match row.state.0 {
        BatchState::Proposed | BatchState::IaoApproved => return Some(row.expires_at.timestamp()),
        BatchState::Authorised | BatchState::Quarantining => {
            row.not_before.map_or(since, |at| at.timestamp().max(since))
        }
        BatchState::Halted => since,
        _ => return None,
    };
    from.checked_add(LIFE).ok()
}

/// Whether something of it was taken, or people outside have it in hand.
async fn in_hand(read: &impl ConnectionTrait, row: &batch::Model) -> Result<bool, CatalogueError> {
    Ok(left::anything_taken(read, row.id).await?
        || transfer::Entity::find_by_id(row.id).one(read).await?.is_some()
        || anonymisation::Entity::find_by_id(row.id).one(read).await?.is_some())
}
