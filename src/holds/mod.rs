//! Holds: placed fast by any officer, looked at once a year, released by two.
//!
//! A hold covers what its scopes cover on the day they are asked, so an item
//! that arrives tomorrow is held too. It never expires: the day of its review
//! only brings it before someone. It is in force until the second of two people
//! releases it, and releasing changes no item: what had been approved before
//! stays void (invariant I7).
//!
//! Deliberately absent: any way to remove a hold or to narrow its scope.
//!
//! | module | what it holds |
//! |---|---|
//! | `place`, `release`, `change` | the life of a hold, the same through every door |
//! | [`request`], `progress` | requests for information: due dates, tails, complaints; and how they stand |
//! | [`feed`] | holds from a council's own list of open cases |
//! | [`pack`] | what inquiries want kept, and the register's lines it touches |
//! | `agree` | holds against what the chain says of them |
//! | `cover` | what a hold covers, in words and numbers |
//! | `slip` | what the register or a store file would take from under one |

mod agree;
mod change;
mod cover;
mod error;
pub mod feed;
mod list;
pub mod pack;
mod place;
mod progress;
mod release;
pub mod request;
pub(crate) mod slip;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::hold::HoldKind;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::hold;
use crate::catalogue::words::Ground;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::{Actor, Role};

pub(crate) use agree::differing;
pub use change::{review, subject_informed};
pub(crate) use cover::counted;
pub use cover::{Cover, Names, covers};
pub use error::HoldError;
pub(crate) use list::stands;
pub use list::{
    Against, Listed, Which, active, active_by_reference, against, list, listed, on_parts_of,
};
pub use place::{Placed, Source, place, place_from, widen};
pub(crate) use progress::request_of;
pub use progress::{Progress, progress};
pub use release::{release, request_release};
pub use request::{Request, Tail, complaint, correspondence, decision};
pub use slip::{Slip, Slips};

/// Who may place a hold, review it, and ask for its release: everyone who does
/// more than read.
pub const MAY_PLACE: &[Role] = &[
    Role::Legal,
    Role::Dpo,
    Role::RecordsManager,
    Role::MonitoringOfficer,
    Role::InformationRequests,
    Role::Siro,
    Role::Archivist,
    Role::Iao,
    Role::Iaa,
    Role::Operator,
];

/// One of the two who release a hold has one of these roles.
pub const MAY_RELEASE: &[Role] = &[Role::Legal, Role::Dpo, Role::RecordsManager];

/// The months that a hold may stand before someone looks at it.
const REVIEW_MONTHS: i32 = 12;

/// A hold to be placed, in the words of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// Its reference, which no other hold has.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: HoldKind,
    /// For a restriction, and for nothing else: on which ground.
    pub ground: Option<Ground>,
    /// Who ordered it, and in which document.
    pub authority: String,
    /// What it covers: what any of these covers.
    pub scopes: Vec<NewScope>,
    /// By when someone looks at it again: at most twelve months ahead.
    pub review_on: Date,
    /// Why.
    pub reason: String,
}

/// One part of what a hold is to cover, by the names people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewScope {
    /// Everything.
    Everything,
    /// An asset, by its ref in the register.
    Asset(String),
    /// A record type, by its code.
    RecordType(String),
    /// A service area, by its name.
    ServiceArea(String),
    /// A part of a store.
    Location {
        /// The store's name.
        store: String,
        /// From here down; empty for all of it.
        prefix: String,
    },
    /// A case reference.
    Reference(String),
    /// A person's reference. It is hashed at once and never kept.
    Subject(String),
    /// Of another scope, what was made or worked on from one day to another.
    Within {
        /// The other.
        what: Box<Self>,
        /// The first day; with none, any before the last.
        from: Option<Date>,
        /// The last day; with none, any after the first.
        to: Option<Date>,
    },
}

impl NewScope {
    /// Narrowed to these days, where one of them is said.
    #[must_use]
    pub fn within(self, from: Option<Date>, to: Option<Date>) -> Self {
        match from.or(to) {
            Some(_) => Self::Within { what: Box::new(self), from, to },
            None => self,
        }
    }
}

/// What a hold of this kind stops, beside destruction: a restriction stops
/// everything but storing (Art. 18(2)), the others every disposal.
#[must_use]
pub const fn blocks(kind: HoldKind) -> &'static [&'static str] {
    match kind {
        HoldKind::Restriction18 => &["destroy", "transfer", "anonymise", "modify", "content-read"],
        _ => &["destroy", "transfer", "anonymise"],
    }
}

fn months_after(day: Date, months: i32) -> Date {
    day.saturating_add(jiff::Span::new().months(months))
}

/// Refuses an actor who may not; else the role in which they act.
fn role_of(actor: &Actor, roles: &[Role]) -> Result<Role, HoldError> {
    actor.first_of(roles).ok_or_else(|| HoldError::MayNot(actor.name.clone()))
}

/// Refuses what is blank; else the text without white space around it.
fn said(what: &'static str, text: &str) -> Result<String, HoldError> {
    let text = text.trim();
    if text.is_empty() { Err(HoldError::Blank(what)) } else { Ok(text.to_owned()) }
}

fn check_review(review_on: Date, today: Date) -> Result<(), HoldError> {
    let latest = months_after(today, REVIEW_MONTHS);
    if review_on <= today || review_on > latest {
        return Err(HoldError::Review { review_on, latest });
    }
    Ok(())
}

/// The number of a hold, by which mails name it: its reference may name anybody.
#[must_use]
pub fn number(hold: uuid::Uuid) -> String {
    let id = hold.simple().to_string();
    format!("H-{}", id[id.len() - 8..].to_uppercase())
}

/// One act on a hold, as it is entered in the audit chain once its scopes are
/// written.
struct Act {
    by: By,
    action: Action,
    why: Motive,
    now: Timestamp,
}

impl Act {
    async fn enter(
        &self,
        tx: &WriteTx,
        before: Option<String>,
        after: &hold::Model,
    ) -> Result<(), CatalogueError> {
        let entry = Entry::new(self.by.clone(), self.action, Subject::new("hold", after.id))
            .before(before)
            .after(agree::digest_in(&**tx, after).await?)
            .because(self.why.clone());
        audit::append(tx, self.now, &entry).await.map(|_| ())
    }
}
