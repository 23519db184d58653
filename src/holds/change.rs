//! What may change on a hold while it is in force: its review, and what its
//! release will need.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::HoldKind;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};

use super::agree::digest_in;
use super::{Act, HoldError, MAY_PLACE, role_of, said};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::hold;
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, WriteTx};
use crate::people::Actor;

/// Someone has looked at the hold: it stays, and is looked at again by then.
///
/// # Errors
///
/// Where the actor may not, the hold is not in force, or the day is too far.
pub async fn review(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    review_on: Date,
    reason: &str,
    now: Timestamp,
) -> Result<(), HoldError> {
    super::check_review(review_on, london_date(now))?;
    let reason = said("reason", reason)?;
    let act = act(actor, Action::HoldReviewed, Motive::typed(reason), now)?;
    change(catalogue, reference, &act, |hold| {
        Ok(hold::Model { review_on: CivilDate(review_on), ..hold })
    })
    .await
}

/// The person was told on this day that the restriction will be lifted.
///
/// # Errors
///
/// Where the actor may not, the hold is no restriction in force, or the day
/// lies outside its life.
pub async fn subject_informed(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    on: Date,
    now: Timestamp,
) -> Result<(), HoldError> {
    let act = act(actor, Action::HoldSubjectInformed, Motive::own("the person was told"), now)?;
    change(catalogue, reference, &act, |hold| {
        if hold.kind.0 != HoldKind::Restriction18 {
            return Err(HoldError::NotARestriction(hold.reference));
        }
        check_day(&hold, on, now)?;
        Ok(hold::Model { subject_informed_on: Some(CivilDate(on)), ..hold })
    })
    .await
}

pub(super) fn act(
    actor: &Actor,
    action: Action,
    why: Motive,
    now: Timestamp,
) -> Result<Act, HoldError> {
    let by = By::person(actor, role_of(actor, MAY_PLACE)?);
    Ok(Act { by, action, why, now })
}

fn check_day(hold: &hold::Model, day: Date, now: Timestamp) -> Result<(), HoldError> {
    let placed = london_date(hold.placed_at.timestamp());
    if day < placed || day > london_date(now) {
        return Err(HoldError::Day { day, placed });
    }
    Ok(())
}

/// Changes a hold that is in force, and enters it, in one transaction.
pub(super) async fn change(
    catalogue: &Catalogue,
    reference: &str,
    act: &Act,
    edit: impl FnOnce(hold::Model) -> Result<hold::Model, HoldError>,
) -> Result<(), HoldError> {
    let tx = catalogue.write_tx().await?;
    let before = in_force(&tx, reference).await?;
    let after = edit(before.clone())?;
    save(&tx, act, &before, after).await?;
    tx.commit().await?;
    Ok(())
}

/// The hold, locked until the transaction ends.
pub(super) async fn in_force(tx: &WriteTx, reference: &str) -> Result<hold::Model, HoldError> {
    let reference = reference.trim();
    let query = hold::Entity::find().filter(hold::Column::Reference.eq(reference));
    let hold = match query.lock_exclusive().one(&**tx).await? {
        Some(hold) => hold,
        None => numbered(tx, reference).await?,
    };
    match hold.state {
        HoldState::Released => Err(HoldError::Released(hold.reference)),
        HoldState::Active | HoldState::ReleaseRequested => Ok(hold),
    }
}

/// The hold of this number, as mails give it.
async fn numbered(tx: &WriteTx, given: &str) -> Result<hold::Model, HoldError> {
    let holds = hold::Entity::find().lock_exclusive().all(&**tx).await?;
    let mut found =
        holds.into_iter().filter(|hold| super::number(hold.id).eq_ignore_ascii_case(given));
    match (found.next(), found.next()) {
        (Some(hold), None) => Ok(hold),
        _ => Err(HoldError::NoSuchHold(given.to_owned())),
    }
}

pub(super) async fn save(
    tx: &WriteTx,
    act: &Act,
    before: &hold::Model,
    after: hold::Model,
) -> Result<(), HoldError> {
    let was = digest_in(&**tx, before).await?;
    act.enter(tx, Some(was), &after).await?;
    after.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}
