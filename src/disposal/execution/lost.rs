//! An executor whose machine or state folder is lost: nobody can hold its lock, so
//! nobody can know it gone. Two people say so, and what it had open is settled by
//! looking at the store, as always.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::executor::{self as process, Fate};
use super::settle::{Settled, settle_one};
use super::stop::DisposalError;
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::{audit_entry, executor, person};
use crate::catalogue::values::Micros;
use crate::people::{Actor, Role, may_act};
use crate::scan::run::Scanner;

/// One of the two is this; the other may be the operator, who runs the machines.
const MAY_SAY: &[Role] = &[Role::RecordsManager, Role::Operator];

/// For how long the first of two who say so is believed: a machine that was lost
/// then may be at work again.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "lost")]
pub enum Lost {
    /// Another person must say so too, within seven days.
    Said,
    /// Two have, and what it had open was looked at.
    Settled(Settled),
}

/// Why an executor is not taken for lost.
#[derive(Debug, thiserror::Error)]
pub enum LostError {
    /// There is no such executor, or it has ended.
    #[error(
        "no executor {0} has anything open. `retaind dispose settle` names those that cannot be \
         asked from here"
    )]
    None(Uuid),
    /// It can be asked from here.
    #[error("executor {0} {1}: it is not lost. `retaind dispose settle` settles what has ended")]
    Reachable(Uuid, &'static str),
    /// They may not.
    #[error(
        "{0} may not say so: it takes the role records-manager, or operator for one of the two"
    )]
    MayNot(String),
    /// Neither is a records manager.
    #[error("neither {0} nor who said so first is a records manager: one of the two must be")]
    NoManager(String),
    /// No reason.
    #[error("say why its machine is known to be lost, and that it will not start again")]
    NoReason,
    /// The store or the catalogue failed.
    #[error(transparent)]
    Disposal(#[from] DisposalError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] crate::catalogue::CatalogueError),
}

impl From<sea_orm::DbErr> for LostError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// Says that an executor is lost. When a second person says so, what it had open
/// is settled by looking at the store.
///
/// # Errors
///
/// Where it can be asked from here, or the person may not; then nothing is entered.
pub async fn gone(
    scanner: &Scanner,
    actor: &Actor,
    id: Uuid,
    reason: &str,
) -> Result<Lost, LostError> {
    let refused = || LostError::MayNot(actor.name.clone());
    let role = actor.first_of(MAY_SAY).ok_or_else(refused)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(LostError::NoReason);
    }
    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    let row = executor::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
    let row = row.filter(|row| row.ended_at.is_none()).ok_or(LostError::None(id))?;
    match process::fate(&row) {
        Fate::Alive => return Err(LostError::Reachable(id, "is at work or stopped")),
        Fate::Gone(_) => return Err(LostError::Reachable(id, "has ended")),
        Fate::OutOfReach => {}
    }
    let other = other_who_said(scanner, &tx, actor, id).await?;
    let action = if other.is_some() { Action::ExecutorGone } else { Action::ExecutorGoneSaid };
    if let Some(other) = &other
        && role != Role::RecordsManager
        && *other != Role::RecordsManager.name()
    {
        return Err(LostError::NoManager(actor.name.clone()));
    }
    let entry = Entry::new(By::person(actor, role), action, Subject::new("executor", id));
    audit::append(&tx, now, &entry.because(Motive::typed(reason))).await?;
    tx.commit().await?;
    if other.is_none() {
        return Ok(Lost::Said);
    }
    let mut settled = Settled::default();
    settle_one(scanner, id, None, &mut settled).await?;
    Ok(Lost::Settled(settled))
}

/// In which role another person, who may act today, has said so of late.
async fn other_who_said(
    scanner: &Scanner,
    tx: &WriteTx,
    actor: &Actor,
    id: Uuid,
) -> Result<Option<String>, LostError> {
    use audit_entry::Column::{At, Seq, SubjectId, SubjectKind};
    let actions = [Action::ExecutorGoneSaid, Action::ExecutorGone].map(Action::name);
    let earliest = scanner.clock.now().checked_sub(GOOD_FOR).unwrap_or(Timestamp::MAX);
    let said = audit_entry::Entity::find()
        .filter(SubjectKind.eq("executor"))
        .filter(SubjectId.eq(id.to_string()))
        .filter(audit_entry::Column::Action.is_in(actions))
        .filter(At.gte(Micros::from(earliest)))
        .order_by_desc(Seq)
        .all(&**tx)
        .await?;
    for entry in said {
        let Ok(who) = entry.actor.parse::<Uuid>() else { continue };
        let row = person::Entity::find_by_id(who).one(&**tx).await?;
        let Some(row) = row.filter(|row| may_act(row, scanner.clock.today())) else { continue };
        let known = crate::people::roles_of(row)?;
        let role = known.first_of(MAY_SAY).filter(|_| who != actor.person.0);
        if let Some(role) = role {
            return Ok(Some(role.name().to_owned()));
        }
    }
    Ok(None)
}
