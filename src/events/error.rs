//! Why events were not recorded.

use jiff::civil::Date;
use retaind_schedules::ids::EventId;

use crate::catalogue::CatalogueError;

/// Why events were not recorded. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The actor has no role that lets them.
    #[error(
        "{0} has no role that may record events: ask the service's contact or the records manager, \
         or have the role added to the people list"
    )]
    MayNot(String),
    /// It is about nothing.
    #[error("the event is about nothing: give an item's place, a case reference or a person")]
    Blank,
    /// It does not say where it is known from.
    #[error("the event has no source: say where the date is known from, such as the case system")]
    NoSource,
    /// It has not happened.
    #[error(
        "{trigger} on {date} has not happened yet: record it when it has; only contract-ended, \
         end-of-term and expired may be dated ahead"
    )]
    Ahead {
        /// What.
        trigger: String,
        /// When.
        date: Date,
    },
    /// It cannot be true.
    #[error("the date {date} is before 1900 and cannot be true: look it up again")]
    TooEarly {
        /// When.
        date: Date,
    },
    /// The event it would take the place of is not there.
    #[error("there is no event {0} to take the place of: give the id that was shown for it")]
    NoSuchEvent(EventId),
    /// Another has taken its place already.
    #[error(
        "another event has taken the place of {replaced} already: give that one's id, {by}, instead"
    )]
    AlreadySuperseded {
        /// The event.
        replaced: EventId,
        /// The one that took its place.
        by: EventId,
    },
    /// No such store.
    #[error("there is no store {0}: write its name as its store file does")]
    NoSuchStore(String),
    /// The file of events has no usable heading.
    #[error(
        "the first line of the file must name its columns: {0}; write store, one or more of \
         locator, reference and subject, then trigger, date and note"
    )]
    Heading(String),
    /// The file cannot be read.
    #[error("the file of events cannot be read: {0}")]
    Unreadable(String),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for EventError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
