//! Signing a change and refusing one.

use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::{ChangeId, PersonId};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::error::ChangeError;
use super::request::{self, Shown, end, enter, shown, waiting};
use super::seat::{Seat, Seats};
use super::waiting::is_too_old;
use crate::audit::{Action, By};
use crate::catalogue::entity::{change_request, change_signature, person};
use crate::catalogue::values::Micros;
use crate::catalogue::words::ChangeState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::people::{Actor, Role, may_act, roles_of};

/// The digits of a digest that a person has to give to name it.
pub const DIGITS: usize = 12;

/// What a signature came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// It waits for these.
    Waits(Vec<Seat>),
    /// It was the last one: the change is in force.
    InForce,
}

/// Signs a change as the digest says it is. With the last signature it needs,
/// it takes effect in the same transaction.
///
/// # Errors
///
/// Where the change is another than the digest says, has ended, is outdated,
/// or waits for nobody this person can sign for; then nothing was signed.
pub async fn sign(
    catalogue: &Catalogue,
    actor: &Actor,
    id: ChangeId,
    digest: &str,
    now: Timestamp,
) -> Result<Signed, ChangeError> {
    let tx = catalogue.write_tx().await?;
    let request = waiting(&tx, id).await?;
    check(&tx, &request, digest, now).await?;
    let signer = still_here(&tx, actor.person, now).await?;
    let before = shown(&*tx, request, london_date(now)).await?;
    let role = role_for(&tx, &before, &signer).await?;
    let by = By::person(&signer, role);
    insert(&tx, &before.request, &signer, role, now).await?;
    enter(&tx, &by, Action::ChangeSigned, &before.request, None, now).await?;
    let after = shown(&*tx, before.request, london_date(now)).await?;
    if !after.open.is_empty() {
        tx.commit().await?;
        return Ok(Signed::Waits(after.open));
    }
    super::apply(&tx, &after, &by, now).await?;
    end(&tx, &by, after.request, ChangeState::InForce, None, now).await?;
    tx.commit().await?;
    Ok(Signed::InForce)
}

async fn check(
    tx: &WriteTx,
    request: &change_request::Model,
    digest: &str,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let id = ChangeId(request.id);
    if digest.len() < DIGITS || !request.digest.starts_with(digest) {
        let (given, digest) = (digest.to_owned(), request.digest.clone());
        return Err(ChangeError::Moved { id, given, digest });
    }
    let proposed = request.proposed_at.timestamp();
    if is_too_old(request, now) {
        return Err(ChangeError::TooOld { id, on: london_date(proposed) });
    }
    if super::current(tx, request.kind, &request.subject).await? != request.before_digest {
        return Err(ChangeError::Outdated(id));
    }
    Ok(())
}

/// The person as the catalogue knows them at this moment.
pub(super) async fn still_here(
    tx: &WriteTx,
    who: PersonId,
    now: Timestamp,
) -> Result<Actor, ChangeError> {
    let row = person::Entity::find_by_id(who.0).one(&**tx).await?;
    let row = row.ok_or_else(|| CatalogueError::impossible("person", who))?;
    if !may_act(&row, london_date(now)) {
        return Err(ChangeError::Left(row.name));
    }
    Ok(roles_of(row)?)
}

async fn role_for(tx: &WriteTx, change: &Shown, signer: &Actor) -> Result<Role, ChangeError> {
    if change.signatures.iter().any(|signature| signature.person_id == signer.person.0) {
        return Err(ChangeError::SignedAlready(signer.name.clone()));
    }
    let seats = Seats::of(&**tx, &change.request).await?;
    let role = seats.roles(&change.open, signer).first().copied();
    role.ok_or_else(|| ChangeError::NotTheirs {
        name: signer.name.clone(),
        open: change.open.clone(),
        orphans: seats.orphans(&change.open),
    })
}

async fn insert(
    tx: &WriteTx,
    request: &change_request::Model,
    signer: &Actor,
    role: Role,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let row = change_signature::Model {
        id: id_at(now),
        change_id: request.id,
        person_id: signer.person.0,
        role,
        digest: request.digest.clone(),
        signed_at: Micros::from(now),
    };
    let row = row.into_active_model();
    change_signature::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Who may refuse a change, though they may have no seat in it.
const MAY_REJECT: &[Role] = &[Role::RecordsManager, Role::Siro, Role::Iao];

/// Refuses a change; its proposer takes it back. It has no effect, now or later.
///
/// # Errors
///
/// Where the person may not, no reason is given, or the change has ended.
pub async fn reject(
    catalogue: &Catalogue,
    actor: &Actor,
    id: ChangeId,
    reason: &str,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let reason = super::said(reason)?;
    let tx = catalogue.write_tx().await?;
    let request = waiting(&tx, id).await?;
    let signer = still_here(&tx, actor.person, now).await?;
    let role = super::role_of(&signer, "reject a change", MAY_REJECT)?;
    let state = match request.proposed_by {
        Some(proposer) if proposer == signer.person.0 => ChangeState::Withdrawn,
        _ => ChangeState::Rejected,
    };
    request::end(&tx, &By::person(&signer, role), request, state, Some(&reason), now).await?;
    tx.commit().await?;
    Ok(())
}
