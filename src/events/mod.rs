//! Events: recorded facts with a date, from which retention is counted.
//!
//! A contract ended, a case was closed, a child was born: what no store knows
//! a person records, one at a time ([`record`]) or as a file ([`import_csv`]).
//! An event is never edited: a later one takes its place. [`for_items`] gives all
//! that bear on an item; what several for one trigger mean, evaluation says.
//!
//! A reference is matched without regard to case and white space, as holds
//! match it. A person's reference becomes a keyed digest at once.

mod csv_file;
mod error;
mod lookup;
mod record;

#[cfg(test)]
mod csv_file_tests;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::{EventId, StoreId};
use retaind_schedules::trigger::Trigger;

use crate::catalogue::words::KeyKind;
use crate::keys::{Keys, plain};
use crate::people::Role;

pub use csv_file::{EventFile, Finding, Imported, OnRejection, import_csv};
pub use error::EventError;
pub(crate) use lookup::in_one_of;
pub use lookup::{ItemKeys, for_items};
pub use record::record;

/// Who may record events: those who know of them, and those who run the records.
pub const MAY_RECORD: &[Role] = &[
    Role::RecordsManager,
    Role::Iao,
    Role::Iaa,
    Role::ServiceContact,
    Role::Archivist,
    Role::InformationRequests,
    Role::Dpo,
    Role::Legal,
    Role::MonitoringOfficer,
];

/// What an event is about, by the words people use.
#[derive(Clone, PartialEq, Eq)]
pub enum About {
    /// One item or unit of one store.
    Locator(StoreId, String),
    /// A case, in one store or in any.
    Reference(Option<StoreId>, String),
    /// A person, in one store or in any. Hashed at once and never kept.
    Subject(Option<StoreId>, String),
}

/// An event to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What it is about.
    pub about: About,
    /// What happened.
    pub trigger: Trigger,
    /// When it happened.
    pub date: Date,
    /// Where that is known from, such as the case system.
    pub source: String,
    /// The event it takes the place of.
    pub supersedes: Option<EventId>,
    /// What else there is to say; never a person's name or reference.
    pub note: Option<String>,
}

/// What an event is about, as the catalogue keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    store: Option<StoreId>,
    kind: KeyKind,
    key: String,
}

impl About {
    /// Nothing where the key is blank.
    fn key(&self, keys: &Keys) -> Option<Key> {
        let (store, kind, key) = match self {
            Self::Locator(store, locator) => (Some(*store), KeyKind::Locator, locator.clone()),
            Self::Reference(store, reference) => (*store, KeyKind::Reference, plain(reference)),
            Self::Subject(store, person) if plain(person).is_empty() => {
                (*store, KeyKind::Subject, String::new())
            }
            Self::Subject(store, person) => {
                let SubjectKey(key) = keys.subject_key(person);
                (*store, KeyKind::Subject, key)
            }
        };
        (!key.trim().is_empty()).then_some(Key { store, kind, key })
    }
}

/// Whether this trigger may be dated ahead: only the ends that are agreed
/// beforehand.
fn may_lie_ahead(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::ContractEnded | Trigger::EndOfTerm | Trigger::Expired)
}

/// Nothing councils keep by these rules starts before; epoch zero and a
/// spreadsheet's day 0 do.
const EARLIEST: Date = jiff::civil::date(1900, 1, 1);

/// Whether an event may have this date.
fn check_date(trigger: &Trigger, date: Date, today: Date) -> Result<(), EventError> {
    if date < EARLIEST {
        return Err(EventError::TooEarly { date });
    }
    if date > today && !may_lie_ahead(trigger) {
        return Err(EventError::Ahead { trigger: trigger.to_string(), date });
    }
    Ok(())
}
