//! Releasing a hold: one person asks, another agrees.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;

use super::change::{in_force, save};
use super::{Act, HoldError, MAY_PLACE, MAY_RELEASE, request, role_of, said};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{hold, hold_request, person};
use crate::catalogue::values::Micros;
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::notices;
use crate::people::{Actor, Role, may_act, roles_of};

/// Asks for the release of a hold, which stays in force.
///
/// # Errors
///
/// Where the actor may not, there is no such hold in force, or someone has
/// asked already.
pub async fn request_release(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    reason: &str,
    authority: &str,
    now: Timestamp,
) -> Result<(), HoldError> {
    let by = By::person(actor, role_of(actor, MAY_PLACE)?);
    let (reason, authority) =
        (said("reason for its release", reason)?, said("authority for its release", authority)?);
    let act = Act { by, action: Action::HoldReleaseRequested, why: Motive::typed(&*reason), now };
    let tx = catalogue.write_tx().await?;
    let before = in_force(&tx, reference).await?;
    if before.state == HoldState::ReleaseRequested {
        return Err(HoldError::AlreadyRequested(before.reference));
    }
    let after = hold::Model {
        state: HoldState::ReleaseRequested,
        release_requested_by: Some(actor.person.0),
        release_requested_at: Some(Micros::from(now)),
        release_reason: Some(reason.clone()),
        release_authority: Some(authority),
        ..before.clone()
    };
    save(&tx, &act, &before, after.clone()).await?;
    notices::holds::release_asked(&tx, &after, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Releases a hold whose release another person has asked for. No item changes:
/// each is evaluated anew, and no approval from before the hold revives.
///
/// # Errors
///
/// Where nobody asked, the same person did, neither of the two has the role, a
/// restricted person was not told, a request was never answered, or it is too early.
pub async fn release(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    now: Timestamp,
) -> Result<(), HoldError> {
    let role = role_of(actor, MAY_PLACE)?;
    let tx = catalogue.write_tx().await?;
    let before = in_force(&tx, reference).await?;
    let today = london_date(now);
    let first = who_asked(&tx, &before, today).await?;
    check_people(&before, &first, actor, today)?;
    if let Some(request) = request::of(&*tx, &before).await? {
        check_request(&before, &request)?;
    }
    check_day(&before, &first, actor, today)?;
    let reason = before.release_reason.clone().unwrap_or_default();
    let after = hold::Model {
        state: HoldState::Released,
        released_by: Some(actor.person.0),
        released_at: Some(Micros::from(now)),
        ..before.clone()
    };
    let role = actor.first_of(MAY_RELEASE).unwrap_or(role);
    let act = Act {
        by: By::person(actor, role),
        action: Action::HoldReleased,
        why: Motive::typed(reason),
        now,
    };
    save(&tx, &act, &before, after.clone()).await?;
    notices::holds::released(&tx, &after, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The person who asked, with the roles they have today: none, once they have
/// left.
async fn who_asked(tx: &WriteTx, hold: &hold::Model, today: Date) -> Result<Actor, HoldError> {
    let Some(id) = hold.release_requested_by else {
        return Err(HoldError::NotRequested(hold.reference.clone()));
    };
    let found = person::Entity::find_by_id(id).one(&**tx).await?;
    let found =
        found.ok_or_else(|| CatalogueError::impossible("hold", "who asked is not known"))?;
    let acts = may_act(&found, today);
    let found = roles_of(found)?;
    Ok(if acts { found } else { Actor { roles: BTreeSet::new(), ..found } })
}

fn check_people(
    hold: &hold::Model,
    first: &Actor,
    second: &Actor,
    today: Date,
) -> Result<(), HoldError> {
    if first.person == second.person {
        return Err(HoldError::SamePerson(second.name.clone()));
    }
    if !has([first, second], MAY_RELEASE) {
        let (first, second) = (first.name.clone(), second.name.clone());
        return Err(HoldError::NeitherMay { first, second });
    }
    let informed = hold.subject_informed_on.is_some_and(|day| day.0 <= today);
    if hold.kind.0 == HoldKind::Restriction18 && !informed {
        return Err(HoldError::SubjectNotInformed(hold.reference.clone()));
    }
    Ok(())
}

/// The tail of a request has begun once it was answered, and no complaint about it
/// waits for its decision.
fn check_request(hold: &hold::Model, request: &hold_request::Model) -> Result<(), HoldError> {
    let reference = hold.reference.clone();
    if request::is_suspended(request) {
        return Err(HoldError::ComplaintOpen(reference));
    }
    if request::is_unanswered(request) {
        return Err(HoldError::Unanswered { reference, received: request.received_on.0 });
    }
    Ok(())
}

fn check_day(
    hold: &hold::Model,
    first: &Actor,
    second: &Actor,
    today: Date,
) -> Result<(), HoldError> {
    match hold.earliest_release {
        Some(earliest) if today < earliest.0 && !has([first, second], &[Role::Legal]) => {
            Err(HoldError::TooEarly { reference: hold.reference.clone(), earliest: earliest.0 })
        }
        _ => Ok(()),
    }
}

fn has(people: [&Actor; 2], roles: &[Role]) -> bool {
    people.iter().any(|one| one.first_of(roles).is_some())
}
