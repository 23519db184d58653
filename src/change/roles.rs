//! What a person may be. The people list says so, and an administrator writes
//! that list; so a role that approves, and that a changed list adds, counts
//! only once a records manager or the SIRO has confirmed it. A role that the
//! list takes away is gone at once.
//!
//! The first list of a new catalogue is taken as it is, and so is a records
//! manager or SIRO while there has never been either: nobody else could
//! confirm them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde_json::json;
use uuid::Uuid;

use retaind_schedules::ids::PersonId;

use super::error::ChangeError;
use super::impact::{Effect, Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::seat::Seat;
use crate::audit::{self, By};
use crate::catalogue::entity::{change_request, person};
use crate::catalogue::words::{ChangeKind, ChangeState};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::{self, Role, roles_of};

/// The roles that approve, release or sign.
const APPROVING: &[Role] = &[Role::Iao, Role::RecordsManager, Role::Siro, Role::Dpo, Role::Legal];

/// The roles that confirm others.
const CONFIRMING: &[Role] = &[Role::RecordsManager, Role::Siro];

/// What of the roles on the list counts at once, and what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    /// What counts.
    pub(crate) now: BTreeSet<Role>,
    /// What waits for someone to confirm it.
    pub(crate) waiting: BTreeSet<Role>,
}

/// Who is there to confirm a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmers {
    /// The catalogue knows nobody yet.
    FirstList,
    /// There has never been a records manager or a SIRO.
    NeverAny,
    /// There is or was one.
    Known,
}

impl Confirmers {
    /// As the people of the catalogue say.
    pub(crate) fn among(people: &[person::Model]) -> Result<Self, CatalogueError> {
        // The program itself is nobody.
        if people.iter().all(|row| row.id.is_nil()) {
            return Ok(Self::FirstList);
        }
        for row in people {
            if roles_of(row.clone())?.first_of(CONFIRMING).is_some() {
                return Ok(Self::Known);
            }
        }
        Ok(Self::NeverAny)
    }
}

/// What of the `listed` roles counts, for someone whose roles were `before`.
pub(crate) fn counted(
    listed: &BTreeSet<Role>,
    before: &BTreeSet<Role>,
    confirmers: Confirmers,
) -> Counted {
    let counts = |role: &Role| match confirmers {
        Confirmers::FirstList => true,
        _ if before.contains(role) || !APPROVING.contains(role) => true,
        Confirmers::NeverAny => CONFIRMING.contains(role),
        Confirmers::Known => false,
    };
    let (now, waiting) = listed.iter().partition(|role| counts(role));
    Counted { now, waiting }
}

/// Lets roles wait for confirmation, by person, and withdraws what waits and
/// the list no longer adds. What was refused is not proposed again.
pub(crate) async fn let_wait(
    tx: &WriteTx,
    waiting: BTreeMap<Uuid, (String, BTreeSet<Role>)>,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let about_roles = change_request::Column::Kind.eq(ChangeKind::Roles);
    let known = change_request::Entity::find().filter(about_roles).all(&**tx).await?;
    let pending = known.iter().filter(|request| request.state == ChangeState::Pending);
    for request in pending {
        let still = waiting.keys().any(|person| person.to_string() == request.subject);
        if !still {
            let about = (ChangeKind::Roles, request.subject.as_str());
            let why = "the people list no longer adds the role";
            request::withdraw(tx, &By::Service, about, why, now).await?;
        }
    }
    for (person, (name, roles)) in waiting {
        let refused = known.iter().any(|request| {
            request.state == ChangeState::Rejected
                && request.subject == person.to_string()
                && request.proposal == json!(roles)
        });
        if !refused {
            request::propose(tx, &By::Service, added(person, name, &roles), now).await?;
        }
    }
    Ok(())
}

fn added(person: Uuid, name: String, roles: &BTreeSet<Role>) -> NewChange {
    let line = ImpactLine {
        what: name,
        before: "without".to_owned(),
        after: roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" "),
        effect: Effect::None,
    };
    NewChange {
        kind: ChangeKind::Roles,
        subject: person.to_string(),
        proposal: json!(roles),
        impact: Impact { lines: vec![line], notes: Vec::new() },
        seats: vec![Seat::OtherThan(PersonId(person))],
        reason: "the people list adds a role that approves".to_owned(),
    }
}

async fn by_id(tx: &WriteTx, subject: &str) -> Result<person::Model, ChangeError> {
    let impossible =
        |why: &dyn std::fmt::Display| CatalogueError::impossible("change_request.subject", why);
    let id: Uuid = subject.parse().map_err(|why| impossible(&why))?;
    let found = person::Entity::find_by_id(id).one(&**tx).await?;
    Ok(found.ok_or_else(|| impossible(&"it is nobody"))?)
}

pub(super) async fn current(tx: &WriteTx, subject: &str) -> Result<Option<String>, ChangeError> {
    Ok(Some(audit::digest::of_json(&by_id(tx, subject).await?.roles)))
}

pub(super) async fn apply(tx: &WriteTx, change: &Shown, now: Timestamp) -> Result<(), ChangeError> {
    let row = by_id(tx, &change.request.subject).await?;
    let mut roles = roles_of(row.clone())?.roles;
    roles.extend(super::proposal::<BTreeSet<Role>>(change)?);
    let before = row.clone();
    let row = person::Model { roles: json!(roles), ..row };
    audit::append(tx, now, &people::entry(Some(&before), &row)).await?;
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_approves_waits_unless_nobody_could_confirm_it() {
        use Confirmers::{FirstList, Known, NeverAny};
        let (dpo, siro, reads) = (Role::Dpo, Role::Siro, Role::Auditor);
        for (listed, before, confirmers, now) in [
            (vec![dpo, siro, reads], vec![], FirstList, vec![dpo, siro, reads]),
            (vec![dpo, siro, reads], vec![], NeverAny, vec![siro, reads]),
            (vec![dpo, siro, reads], vec![], Known, vec![reads]),
            (vec![dpo, siro], vec![dpo], Known, vec![dpo]),
            (vec![reads], vec![dpo, siro], Known, vec![reads]),
        ] {
            let set = |roles: &[Role]| roles.iter().copied().collect::<BTreeSet<_>>();
            let counted = counted(&set(&listed), &set(&before), confirmers);
            assert_eq!(counted.now, set(&now), "{listed:?} {before:?} {confirmers:?}");
            let waiting: BTreeSet<Role> = &set(&listed) - &set(&now);
            assert_eq!(counted.waiting, waiting);
        }
    }
}
