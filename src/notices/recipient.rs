//! Who is told, and where they are reached.
//!
//! A recipient is a person or the mailbox of a service area, not an address:
//! where either is reached is looked up when a mail goes out. Someone reached
//! in several roles is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait as _, IntoActiveModel as _};
use uuid::Uuid;

use super::words;
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{failing_address, mail_route, person};
use crate::catalogue::words::RouteRole;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::config::Route;
use crate::people::{Role, roles_of};

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// A person.
    Person(Uuid),
    /// The mailbox of a service area, by its name in lower case.
    Mailbox(String),
    /// The director of a service area, by its name in lower case.
    Director(String),
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Mailbox(area) => write!(f, "mailbox:{area}"),
            Self::Director(area) => write!(f, "director:{area}"),
        }
    }
}

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` is no recipient");
        match text.split_once(':').ok_or_else(unknown)? {
            ("person", id) => id.parse().map(Self::Person).map_err(|_| unknown()),
            ("mailbox", area) => Ok(Self::Mailbox(area.to_owned())),
            ("director", area) => Ok(Self::Director(area.to_owned())),
            _ => Err(unknown()),
        }
    }
}

/// Everyone who can be told, as the catalogue knows them now.
#[derive(Debug)]
pub struct Directory {
    people: BTreeMap<Uuid, Person>,
    routes: Vec<mail_route::Model>,
    failing: BTreeSet<String>,
}

#[derive(Debug)]
struct Person {
    name: String,
    email: String,
    active: bool,
    roles: BTreeSet<Role>,
}

impl Directory {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer.
    pub async fn read(db: &impl ConnectionTrait) -> Result<Self, CatalogueError> {
        let mut people = BTreeMap::new();
        for row in person::Entity::find().all(db).await? {
            let (id, email, active) = (row.id, row.email.clone(), row.active);
            let actor = roles_of(row)?;
            people.insert(id, Person { name: actor.name, email, active, roles: actor.roles });
        }
        let failing = failing_address::Entity::find().all(db).await?;
        Ok(Self {
            people,
            routes: mail_route::Entity::find().all(db).await?,
            failing: failing.into_iter().map(|row| row.address).collect(),
        })
    }

    /// The people who may act and have one of these roles.
    pub fn with_role(&self, roles: &[Role]) -> BTreeSet<Recipient> {
        let have = |person: &&Person| roles.iter().any(|role| person.roles.contains(role));
        self.people
            .iter()
            .filter(|(_, person)| person.active && have(person))
            .map(|(id, _)| Recipient::Person(*id))
            .collect()
    }

    /// The senior information risk owner; where there is none, the records managers.
    #[must_use]
    pub fn risk_owners(&self) -> BTreeSet<Recipient> {
        let owners = self.with_role(&[Role::Siro]);
        if owners.is_empty() { self.with_role(&[Role::RecordsManager]) } else { owners }
    }

    /// Those of a service area: its mailbox, and each of its contacts.
    pub fn of_area(&self, area: &str) -> BTreeSet<Recipient> {
        let area = area.to_lowercase();
        let here = self.routes.iter().filter(|route| route.area == area);
        here.filter_map(|route| match route.role {
            RouteRole::Mailbox => Some(Recipient::Mailbox(area.clone())),
            RouteRole::Contact => self.by_address(&route.address),
            RouteRole::Director => None,
        })
        .collect()
    }

    /// The mailbox of a service area, where it has one.
    #[must_use]
    pub fn mailbox(&self, area: &str) -> BTreeSet<Recipient> {
        let mailbox = Recipient::Mailbox(area.to_lowercase());
        [mailbox].into_iter().filter(|it| self.address(it).is_some()).collect()
    }

    /// The people whom a cell of the register names, by address or by name; whoever
    /// is not on the people list is nobody.
    #[must_use]
    pub fn named(&self, cell: &str) -> BTreeSet<Recipient> {
        let is = |person: &Person, word: &str| {
            person.email.eq_ignore_ascii_case(word) || person.name.eq_ignore_ascii_case(word)
        };
        let words =
            cell.split([';', ',', '/', '\n']).map(str::trim).filter(|word| !word.is_empty());
        let found = words.flat_map(|word| {
            self.people.iter().filter(move |(_, person)| person.active && is(person, word))
        });
        found.map(|(id, _)| Recipient::Person(*id)).collect()
    }

    /// Those of a service area who are reached; where nobody is, its director,
    /// else the records managers.
    #[must_use]
    pub fn of_area_or_above(&self, area: &str) -> BTreeSet<Recipient> {
        let reached = |to: BTreeSet<Recipient>| -> BTreeSet<Recipient> {
            to.into_iter().filter(|it| self.address(it).is_some()).collect()
        };
        let director = [Recipient::Director(area.to_lowercase())].into();
        let steps = [self.of_area(area), director].map(reached);
        let found = steps.into_iter().find(|to| !to.is_empty());
        found.unwrap_or_else(|| self.with_role(&[Role::RecordsManager]))
    }

    /// The person of this address.
    #[must_use]
    pub fn by_address(&self, address: &str) -> Option<Recipient> {
        let same = |person: &&Person| person.email.eq_ignore_ascii_case(address.trim());
        let found = self.people.iter().find(|(_, person)| person.active && same(person));
        found.map(|(id, _)| Recipient::Person(*id))
    }

    /// Where the recipient is reached; nothing where they have left, are not
    /// configured, or their address no longer takes mail.
    #[must_use]
    pub fn address(&self, recipient: &Recipient) -> Option<&str> {
        let address = match recipient {
            Recipient::Person(id) => {
                self.people.get(id).filter(|person| person.active).map(|one| one.email.as_str())
            }
            Recipient::Mailbox(area) => self.route(area, RouteRole::Mailbox),
            Recipient::Director(area) => self.route(area, RouteRole::Director),
        };
        address.filter(|address| !self.failing.contains(&address.to_lowercase()))
    }

    fn route(&self, area: &str, role: RouteRole) -> Option<&str> {
        let found = self.routes.iter().find(|route| route.area == area && route.role == role);
        found.map(|route| route.address.as_str())
    }

    /// Who a recipient is, without a name: what they may be, and for which service
    /// area they are told; or whose mailbox it is.
    #[must_use]
    pub fn words(&self, recipient: &Recipient, area: Option<&str>) -> String {
        let person = match recipient {
            Recipient::Person(id) => self.people.get(id),
            Recipient::Mailbox(area) => return format!("mailbox of {area}"),
            Recipient::Director(area) => return format!("director of {area}"),
        };
        let Some(person) = person else { return "nobody who is known".to_owned() };
        let roles: Vec<&str> = person.roles.iter().map(|role| role.name()).collect();
        let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
        let left = if person.active { "" } else { " (may no longer act)" };
        let area = area.map(|area| format!(", for {area}")).unwrap_or_default();
        format!("{roles}{left}{area}")
    }

    /// What somebody may be, as part of a sentence, without a name.
    #[must_use]
    pub fn roles(&self, person: Uuid) -> String {
        let roles = self.people.get(&person).map(|person| &person.roles);
        let roles: Vec<&str> = roles.into_iter().flatten().map(|role| words::role(*role)).collect();
        if roles.is_empty() { "somebody without a role".to_owned() } else { roles.join(", ") }
    }

    /// Who is told instead of one who cannot be reached: the mailbox of the
    /// service area, else the records managers.
    #[must_use]
    pub fn instead(&self, of: &Recipient, area: Option<&str>) -> BTreeSet<Recipient> {
        let mailbox = area.map(|area| Recipient::Mailbox(area.to_lowercase()));
        let mailbox = mailbox.filter(|it| it != of && self.address(it).is_some());
        match mailbox {
            Some(mailbox) => [mailbox].into(),
            None => {
                let mut managers = self.with_role(&[Role::RecordsManager]);
                managers.retain(|it| it != of && self.address(it).is_some());
                managers
            }
        }
    }

    /// Each address once: a person whose address is a mailbox's too is not told twice.
    #[must_use]
    pub fn once(&self, recipients: BTreeSet<Recipient>) -> BTreeSet<Recipient> {
        self.unless_told(recipients, &mut BTreeSet::new())
    }

    /// Those at whose address nobody was told yet, who are from then on.
    pub fn unless_told(
        &self,
        recipients: BTreeSet<Recipient>,
        told: &mut BTreeSet<String>,
    ) -> BTreeSet<Recipient> {
        recipients.into_iter().filter(|it| told.insert(self.place(it))).collect()
    }

    /// Where the recipient is reached, to be compared; who is reached nowhere is
    /// one of their own.
    #[must_use]
    pub fn place(&self, recipient: &Recipient) -> String {
        self.address(recipient).map_or_else(|| recipient.to_string(), str::to_lowercase)
    }
}

/// Brings the catalogue's routes to the configuration's, and enters a change in
/// the audit chain. The same routes twice change nothing.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn sync_routes(
    tx: &WriteTx,
    routes: &[Route],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let row = |route: &Route| {
        let Route { area, role, address } = route.clone();
        mail_route::Model { area, role, address }
    };
    let wanted: BTreeSet<Route> = routes.iter().cloned().collect();
    let known: BTreeSet<Route> = mail_route::Entity::find()
        .all(&**tx)
        .await?
        .into_iter()
        .map(|mail_route::Model { area, role, address }| Route { area, role, address })
        .collect();
    if known == wanted {
        return Ok(());
    }
    mail_route::Entity::delete_many().exec(&**tx).await?;
    for route in &wanted {
        let new = row(route).into_active_model();
        mail_route::Entity::insert(new).exec_without_returning(&**tx).await?;
    }
    let subject = Subject::new("mail-routes", "all");
    let entry = Entry::new(By::Service, Action::MailRoutesChanged, subject)
        .before(digest(&known))
        .after(digest(&wanted));
    audit::append(tx, now, &entry).await.map(|_| ())
}

fn digest(routes: &BTreeSet<Route>) -> String {
    let lines = routes.iter().map(|it| [it.area.as_str(), it.role.name(), it.address.as_str()]);
    audit::digest::of_json(&serde_json::json!(lines.collect::<Vec<_>>()))
}
