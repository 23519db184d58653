//! Who may act, and as whom a command acts.
//!
//! The people list is a file of the administrator's; [`sync`] brings the
//! catalogue to it. Nobody is ever removed, since what they did names them:
//! who is no longer on the list is inactive from that day. A command acts as
//! the person tied to the operating-system user that runs it ([`acting`]),
//! never as a name given on the command line.

mod agree;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::ids::PersonId;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};

use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::person;
use crate::catalogue::values::{CivilDate, words};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::change::roles::{self, Confirmers};
use crate::clock::id_at;

pub(crate) use agree::differing;

words! {
    /// What a person may be to the organisation's records.
    Role, "a role" {
        /// Information asset owner: answers for assets and approves first.
        Iao = "iao",
        /// Information asset administrator: acts for an owner day to day.
        Iaa = "iaa",
        /// Keeps the schedule and authorises disposal.
        RecordsManager = "records-manager",
        /// Takes records that are kept for ever.
        Archivist = "archivist",
        /// Data protection officer.
        Dpo = "dpo",
        /// Senior information risk owner.
        Siro = "siro",
        /// Lawyer.
        Legal = "legal",
        /// Answers freedom of information and subject access requests.
        InformationRequests = "information-requests",
        /// The council's monitoring officer.
        MonitoringOfficer = "monitoring-officer",
        /// Reads everything and changes nothing.
        Auditor = "auditor",
        /// A service's point of contact.
        ServiceContact = "service-contact",
        /// Runs the program.
        Operator = "operator",
    }
}

/// Someone who is acting now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they may be.
    pub roles: BTreeSet<Role>,
}

impl Actor {
    /// The first of these roles that they hold.
    #[must_use]
    pub fn first_of(&self, roles: &[Role]) -> Option<Role> {
        roles.iter().copied().find(|role| self.roles.contains(role))
    }
}

/// A person as the people list gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PersonEntry {
    /// Their name.
    pub name: String,
    /// Their address, by which they are known from one list to the next.
    pub email: String,
    /// The operating-system user they act as.
    #[serde(default)]
    pub os_user: Option<String>,
    /// The day they left, where they have.
    #[serde(default)]
    pub left_on: Option<Date>,
    /// What they may be.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
}

/// What [`sync`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// New people.
    pub added: usize,
    /// People whose line differs.
    pub changed: usize,
    /// People no longer on the list.
    pub left: usize,
}

/// The people list cannot be taken, or nobody may act.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Two people, one address.
    #[error("the people list gives the address {0} twice: each person has an address of their own")]
    EmailTwice(String),
    /// Two people, one operating-system user.
    #[error(
        "the people list ties the operating-system user `{0}` to two people: a user acts as one \
         person, so remove it from one of them"
    )]
    OsUserTwice(String),
    /// No person for this user.
    #[error(
        "no person on the people list is tied to the operating-system user `{0}`: add the user to \
         the person's line, or run the command as a user who is on the list"
    )]
    Nobody(String),
    /// No person of this address.
    #[error("no person on the people list has the address {0}: add them, or name another")]
    NoAddress(String),
    /// The person may no longer act.
    #[error(
        "{name} may no longer act (since {since}): the people list says that they have left, or no \
         longer names them"
    )]
    Left {
        /// Their name.
        name: String,
        /// Since when.
        since: String,
    },
    /// A role could not be put before those who confirm it.
    #[error(transparent)]
    Waiting(#[from] Box<crate::change::ChangeError>),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for PeopleError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// The person tied to this operating-system user, as the list was last read.
///
/// # Errors
///
/// Where there is none, or they may no longer act.
pub async fn acting(catalogue: &Catalogue, os_user: &str) -> Result<Actor, PeopleError> {
    let tied = person::Entity::find().filter(person::Column::OsUser.eq(os_user));
    let found = tied.one(catalogue.read()).await.map_err(|error| catalogue.error(error))?;
    present(found.ok_or_else(|| PeopleError::Nobody(os_user.to_owned()))?, Date::MIN)
}

/// The person of this address, in whose name a job acts.
///
/// # Errors
///
/// Where there is none, or they may no longer act.
pub async fn named(catalogue: &Catalogue, email: &str, today: Date) -> Result<Actor, PeopleError> {
    let rows = person::Entity::find().all(catalogue.read()).await;
    let rows = rows.map_err(|error| catalogue.error(error))?;
    let email = email.trim();
    let found = rows.into_iter().find(|row| row.email.eq_ignore_ascii_case(email));
    present(found.ok_or_else(|| PeopleError::NoAddress(email.to_owned()))?, today)
}

/// Whether this person may act on this day: they are on the list, and the day
/// they leave has not come, whether or not the list was read since.
#[must_use]
pub fn may_act(person: &person::Model, today: Date) -> bool {
    person.active && person.left_on.is_none_or(|left_on| left_on.0 > today)
}

/// As [`may_act`], in this role.
///
/// # Errors
///
/// Where the row holds what is no role.
pub fn may_act_as(person: person::Model, role: Role, today: Date) -> Result<bool, CatalogueError> {
    Ok(may_act(&person, today) && roles_of(person)?.roles.contains(&role))
}

fn present(found: person::Model, today: Date) -> Result<Actor, PeopleError> {
    if !may_act(&found, today) {
        let since = found.left_on.map_or_else(|| "a day not recorded".into(), |on| on.to_string());
        return Err(PeopleError::Left { name: found.name, since });
    }
    Ok(roles_of(found)?)
}

/// A person with the roles they have today, whether or not they may act.
pub(crate) fn roles_of(row: person::Model) -> Result<Actor, CatalogueError> {
    let roles = serde_json::from_value(row.roles).map_err(|error| {
        CatalogueError::impossible(&format!("roles of person {}", row.id), error)
    })?;
    Ok(Actor { person: PersonId(row.id), name: row.name, roles })
}

/// Brings the catalogue's people to the list, and enters each change in the
/// audit chain. The same list twice changes nothing. A role that approves, and
/// that a changed list adds, or gives back to somebody who had left, waits until
/// it is confirmed (`crate::change::roles`); nothing waits for who has left.
///
/// # Errors
///
/// Where the list names an address or an operating-system user twice; then
/// nothing is changed.
pub async fn sync(
    tx: &WriteTx,
    list: &[PersonEntry],
    now: Timestamp,
    today: Date,
) -> Result<Synced, PeopleError> {
    let listed = by_email(list)?;
    let rows = person::Entity::find().order_by_asc(person::Column::Id).all(&**tx).await?;
    let mut known: BTreeMap<String, person::Model> =
        rows.iter().map(|row| (row.email.to_lowercase(), row.clone())).collect();

    let confirmers = Confirmers::among(&rows)?;
    let mut waiting: BTreeMap<uuid::Uuid, (String, BTreeSet<Role>)> = BTreeMap::new();
    let mut changes: Vec<(Option<person::Model>, person::Model)> = Vec::new();
    for (email, entry) in listed {
        let before = known.remove(email.as_str());
        let id = before.as_ref().map_or_else(|| id_at(now), |before| before.id);
        let has_left = !is_here(entry, today);
        // Who comes back holds nothing until it is confirmed; who has left is
        // known as what they were, and nothing is asked for them.
        let held = match before.clone().filter(|before| has_left || may_act(before, today)) {
            Some(before) => roles_of(before)?.roles,
            None => BTreeSet::new(),
        };
        let counted = roles::counted(&entry.roles, &held, confirmers);
        if !has_left && !counted.waiting.is_empty() {
            waiting.insert(id, (entry.name.clone(), counted.waiting));
        }
        changes.push((before, row(id, entry, &counted.now, today)));
    }
    let gone = known.into_values().filter(|person| person.active || person.os_user.is_some());
    let gone: Vec<_> = gone.map(|person| (Some(person.clone()), departed(person, today))).collect();

    let mut synced = Synced { left: gone.len(), ..Synced::default() };
    let changes: Vec<_> = changes
        .into_iter()
        .filter(|(before, after)| before.as_ref() != Some(after))
        .inspect(|(before, _)| match before {
            None => synced.added += 1,
            Some(_) => synced.changed += 1,
        })
        .chain(gone)
        .collect();
    write(tx, &changes, now).await?;
    roles::let_wait(tx, waiting, now).await.map_err(Box::new)?;
    Ok(synced)
}

/// Whether the day they leave has not come.
fn is_here(entry: &PersonEntry, today: Date) -> bool {
    entry.left_on.is_none_or(|left_on| left_on > today)
}

fn by_email(list: &[PersonEntry]) -> Result<BTreeMap<String, &PersonEntry>, PeopleError> {
    let (mut emails, mut users) = (BTreeMap::new(), BTreeSet::new());
    for entry in list {
        if emails.insert(entry.email.trim().to_lowercase(), entry).is_some() {
            return Err(PeopleError::EmailTwice(entry.email.clone()));
        }
        let twice = entry.os_user.as_ref().filter(|user| !users.insert(*user));
        if let Some(user) = twice {
            return Err(PeopleError::OsUserTwice(user.clone()));
        }
    }
    Ok(emails)
}

fn row(
    id: uuid::Uuid,
    entry: &PersonEntry,
    counted: &BTreeSet<Role>,
    today: Date,
) -> person::Model {
    let roles: Vec<&str> = counted.iter().map(|role| role.name()).collect();
    person::Model {
        id,
        name: entry.name.trim().to_owned(),
        email: entry.email.trim().to_owned(),
        os_user: entry.os_user.clone(),
        active: is_here(entry, today),
        left_on: entry.left_on.map(CivilDate),
        roles: roles.into(),
    }
}

fn departed(person: person::Model, today: Date) -> person::Model {
    let left_on = person.left_on.or(Some(CivilDate(today)));
    person::Model { active: false, left_on, os_user: None, ..person }
}

/// Operating-system users are freed before they are given, so that one may
/// pass from a person to another in one list.
async fn write(
    tx: &WriteTx,
    changes: &[(Option<person::Model>, person::Model)],
    now: Timestamp,
) -> Result<(), PeopleError> {
    for (before, _) in changes {
        let Some(before) = before else { continue };
        let mut freed: person::ActiveModel = before.clone().into();
        freed.os_user = Set(None);
        person::Entity::update(freed).exec(&**tx).await?;
    }
    for (before, after) in changes {
        let row: person::ActiveModel = after.clone().into();
        match before {
            None => {
                person::Entity::insert(row).exec_without_returning(&**tx).await?;
            }
            Some(_) => {
                person::Entity::update(row.reset_all()).exec(&**tx).await?;
            }
        }
        audit::append(tx, now, &entry(before.as_ref(), after)).await?;
    }
    Ok(())
}

/// What the chain says of a person whose line differs.
pub(crate) fn entry(before: Option<&person::Model>, after: &person::Model) -> Entry {
    let action = match before {
        None => Action::PersonAdded,
        Some(before) if before.active && !after.active => Action::PersonLeft,
        Some(_) => Action::PersonChanged,
    };
    Entry::new(By::Service, action, Subject::new("person", after.id))
        .before(before.map(digest))
        .after(digest(after))
}

fn digest(person: &person::Model) -> String {
    let said = serde_json::json!([
        person.name,
        person.email,
        person.os_user,
        person.active,
        person.left_on,
        person.roles
    ]);
    audit::digest::of_json(&said)
}

#[cfg(test)]
mod tests;
