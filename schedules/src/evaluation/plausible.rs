//! Which dates can be true.
//!
//! A date that cannot be true is nearly always a default that some program
//! wrote: epoch zero, a spreadsheet's day 0 or 1, a clock that was never set.
//! Counting from one would make everything due at once.

use std::ops::RangeInclusive;

use jiff::civil::{Date, date};

use crate::evaluation::Provenance;
use crate::trigger::Trigger;

/// The dates that can be true for this trigger from this source, as of `today`.
///
/// - A birth is not before 1900, a file time not before 2 January 1970, and
///   another date read from a store not before 2 January 1900: spreadsheets and
///   databases have the day before as a default. A person who records an older
///   date as an event is believed.
/// - Nothing lies after tomorrow, but the ends of contracts and terms.
#[must_use]
pub fn plausible(trigger: &Trigger, from: Provenance, today: Date) -> RangeInclusive<Date> {
    earliest(trigger, from)..=latest(trigger, today)
}

/// The day that a clock or a column which was never set stands on.
pub const EPOCH: Date = date(1970, 1, 1);

/// Whether this date can be true: it lies in the range, and is not the epoch,
/// unless someone was born or died on it or a person recorded it.
#[must_use]
pub fn is_plausible(trigger: &Trigger, from: Provenance, date: Date, today: Date) -> bool {
    is_no_default(trigger, from, date) && date <= latest(trigger, today)
}

/// The half of [`is_plausible`] that no day changes, and that a later date of
/// another member of a unit would hide.
pub(super) fn is_no_default(trigger: &Trigger, from: Provenance, date: Date) -> bool {
    let is_of_a_person = matches!(trigger, Trigger::DateOfBirth | Trigger::DateOfDeath);
    let is_recorded = matches!(from, Provenance::Event(_));
    let is_epoch = date == EPOCH && !is_of_a_person && !is_recorded;
    date >= earliest(trigger, from) && !is_epoch
}

fn earliest(trigger: &Trigger, from: Provenance) -> Date {
    match (trigger, from) {
        (_, Provenance::FileTime) => date(1970, 1, 2),
        (Trigger::DateOfBirth, _) => date(1900, 1, 1),
        (_, Provenance::Path | Provenance::Column | Provenance::Sidecar) => date(1900, 1, 2),
        (_, Provenance::Event(_)) => Date::MIN,
    }
}

fn latest(trigger: &Trigger, today: Date) -> Date {
    match trigger {
        Trigger::ContractEnded | Trigger::EndOfTerm | Trigger::Expired => Date::MAX,
        _ => today.tomorrow().unwrap_or(Date::MAX),
    }
}
