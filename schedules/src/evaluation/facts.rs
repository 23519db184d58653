//! What is known of one item: the dates of its triggers, and where each is from.
//!
//! Two dates for one trigger are never chosen between by their source. What
//! happens only once (a birth, a death) then stands contradicted, and a person
//! must settle it; of anything else the latest counts, since it keeps longest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evaluation::DueDate;
use crate::evaluation::plausible::is_no_default;
use crate::hold::Life;
use crate::ids::EventId;
use crate::trigger::{EventName, Trigger};

/// Where a trigger's date comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", content = "event")]
pub enum Provenance {
    /// The file's own time of last change, of its attributes, or of its making.
    FileTime,
    /// A part of the path.
    Path,
    /// A column of the table.
    Column,
    /// A sidecar file beside the store.
    Sidecar,
    /// A recorded event.
    Event(EventId),
}

/// What is known of one trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateNote {
    /// A date.
    Known(Date),
    /// The latest of several different dates.
    LatestOf(Date),
    /// Not recorded, since only some members of a unit have a date; theirs is
    /// kept to be doubted where it cannot be true.
    OfSome(Date),
    /// Something that is not a date.
    Unreadable,
    /// Different dates for what happens only once, or corrections that correct
    /// each other.
    Contradictory,
}

/// A note and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Recorded {
    /// What is known.
    pub note: DateNote,
    /// From where.
    pub from: Provenance,
}

/// A note as it is written down, all in one: it is read for each item of a list.
#[derive(Serialize, Deserialize)]
struct Written {
    note: DateNote,
    from: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    FileTime,
    Path,
    Column,
    Sidecar,
    Event,
}

impl From<Recorded> for Written {
    fn from(Recorded { note, from }: Recorded) -> Self {
        let (from, event) = match from {
            Provenance::FileTime => (Source::FileTime, None),
            Provenance::Path => (Source::Path, None),
            Provenance::Column => (Source::Column, None),
            Provenance::Sidecar => (Source::Sidecar, None),
            Provenance::Event(event) => (Source::Event, Some(event)),
        };
        Self { note, from, event }
    }
}

impl TryFrom<Written> for Recorded {
    type Error = &'static str;

    fn try_from(Written { note, from, event }: Written) -> Result<Self, Self::Error> {
        let from = match (from, event) {
            (Source::FileTime, None) => Provenance::FileTime,
            (Source::Path, None) => Provenance::Path,
            (Source::Column, None) => Provenance::Column,
            (Source::Sidecar, None) => Provenance::Sidecar,
            (Source::Event, Some(event)) => Provenance::Event(event),
            (Source::Event, None) => return Err("a date from an event that it does not name"),
            (_, Some(_)) => return Err("an event beside a date that is not from it"),
        };
        Ok(Self { note, from })
    }
}

/// What is known of one item. A trigger that is not in it has not been recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The dates.
    pub dates: BTreeMap<Trigger, Recorded>,
    /// For each relation of a `with` rule, until when the linked items are kept.
    pub related: BTreeMap<EventName, DueDate>,
    /// Whether it is a unit whose members have different dates, or dates that
    /// only some of them have.
    pub members_differ: bool,
    /// Whether it is a unit whose members name different people, or different cases: a
    /// hold on one of them may not be seen to cover it. Written down only where they do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keys_differ: bool,
}

impl Facts {
    /// The dates that are known.
    pub fn known(&self) -> impl Iterator<Item = Date> {
        self.dates.values().filter_map(|recorded| match recorded.note {
            DateNote::Known(date) | DateNote::LatestOf(date) => Some(date),
            DateNote::OfSome(_) | DateNote::Unreadable | DateNote::Contradictory => None,
        })
    }

    /// From when to when the item was worked on, for holds on certain days.
    ///
    /// - Nothing happened to it after the latest of its dates but those of its making
    ///   and of a birth: known only where there is one, and none of them is in doubt.
    /// - It was not there before it was made. A file's own time of making is that of
    ///   the copy, and of a unit whose members differ the youngest's is kept, so
    ///   neither says it.
    #[must_use]
    pub fn life(&self) -> Life {
        let last = self.last_day();
        let made = self.dates.get(&Trigger::Created).and_then(|recorded| match recorded.note {
            _ if recorded.from == Provenance::FileTime => None,
            DateNote::Known(date) if !is_in_doubt(&Trigger::Created, *recorded) => Some(date),
            _ => None,
        });
        let first = made.filter(|made| !self.members_differ && last.is_some_and(|it| *made <= it));
        Life { first, last }
    }

    fn last_day(&self) -> Option<Date> {
        let says = |trigger: &Trigger| !matches!(trigger, Trigger::Created | Trigger::DateOfBirth);
        let mut last = None;
        for (trigger, recorded) in self.dates.iter().filter(|(trigger, _)| says(trigger)) {
            let is_of_some = matches!(recorded.note, DateNote::OfSome(_));
            if is_of_some || is_in_doubt(trigger, *recorded) {
                return None;
            }
            last = last.max(date(*recorded));
        }
        last
    }

    /// Adds a date for a trigger. Beside an earlier note from another source:
    /// an unreadable one gives way, and of two different dates the latest
    /// counts, or neither where the trigger happens only once.
    pub fn record(&mut self, trigger: Trigger, date: Date, from: Provenance) {
        let known = Recorded { note: DateNote::Known(date), from };
        let merged = match self.dates.get(&trigger) {
            None => known,
            Some(before) => beside(&trigger, *before, date, from),
        };
        self.dates.insert(trigger, merged);
    }

    /// The same, for building facts in one expression.
    #[must_use]
    pub fn with(mut self, trigger: Trigger, date: Date, from: Provenance) -> Self {
        self.record(trigger, date, from);
        self
    }

    /// Adds that only some members of the unit have a date, and the latest of
    /// theirs. Beside a date that all have from elsewhere it counts as
    /// [`Self::record`] has it.
    pub fn record_of_some(&mut self, trigger: Trigger, date: Date, from: Provenance) {
        let of_some = Recorded { note: DateNote::OfSome(date), from };
        let merged = match self.dates.get(&trigger) {
            None => of_some,
            Some(before) => match before.note {
                DateNote::Known(_) | DateNote::LatestOf(_) => beside(&trigger, *before, date, from),
                _ => governing(&trigger, *before, of_some),
            },
        };
        self.dates.insert(trigger, merged);
    }

    /// Adds that a source has something in place of a date. A date that is
    /// known from elsewhere stands.
    pub fn record_unreadable(&mut self, trigger: Trigger, from: Provenance) {
        let unreadable = Recorded { note: DateNote::Unreadable, from };
        let noted = self.dates.entry(trigger).or_insert(unreadable);
        if matches!(noted.note, DateNote::OfSome(_)) {
            *noted = unreadable;
        }
    }

    /// Adds that nothing is to be had for a trigger before a person settles it.
    pub(super) fn record_contradiction(&mut self, trigger: Trigger, from: Provenance) {
        self.dates.insert(trigger, Recorded { note: DateNote::Contradictory, from });
    }

    /// Makes these the facts of a unit that also holds `member`: the unit is
    /// due only when every member would be.
    ///
    /// Of each trigger the latest date counts; one that a member lacks is
    /// lacking for the unit ([`DateNote::OfSome`]), and one in doubt for a
    /// member, now or on a day to come, is in doubt for the unit. Events of the
    /// unit as a whole are recorded after its members.
    pub fn join(&mut self, member: &Self) {
        let either: BTreeSet<Trigger> =
            self.dates.keys().chain(member.dates.keys()).cloned().collect();
        self.members_differ |= member.members_differ;
        self.keys_differ |= member.keys_differ;
        for trigger in either {
            let (mine, theirs) = (self.dates.get(&trigger), member.dates.get(&trigger));
            self.members_differ |= mine.map(|mine| mine.note) != theirs.map(|theirs| theirs.note);
            let joined = match (mine, theirs) {
                (Some(mine), Some(theirs)) => Some(governing(&trigger, *mine, *theirs)),
                (one, other) => one.or(other).copied().map(only_some),
            };
            self.dates.extend(joined.map(|recorded| (trigger, recorded)));
        }
        self.related.retain(|relation, _| member.related.contains_key(relation));
        for (relation, due) in &mut self.related {
            *due = member.related.get(relation).map_or(*due, |theirs| later(*due, *theirs));
        }
    }
}

/// What is not known of one linked item is not known of the unit's.
fn later(mine: DueDate, theirs: DueDate) -> DueDate {
    match (mine, theirs) {
        (DueDate::Unknown, _) | (_, DueDate::Unknown) => DueDate::Unknown,
        _ => mine.max(theirs),
    }
}

fn beside(trigger: &Trigger, before: Recorded, date: Date, from: Provenance) -> Recorded {
    let known = match before.note {
        DateNote::Unreadable => return Recorded { note: DateNote::Known(date), from },
        DateNote::OfSome(some) if some == date => {
            return Recorded { note: DateNote::Known(date), from };
        }
        DateNote::Contradictory => return before,
        DateNote::Known(known) if known == date => return before,
        DateNote::Known(known) | DateNote::LatestOf(known) | DateNote::OfSome(known) => known,
    };
    if happens_once(trigger) {
        return Recorded { note: DateNote::Contradictory, from };
    }
    let from = if date > known { from } else { before.from };
    Recorded { note: DateNote::LatestOf(known.max(date)), from }
}

fn happens_once(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::DateOfBirth | Trigger::DateOfDeath)
}

/// Which of two members' notes speaks for the unit: the one in doubt, a date
/// that is only a default among them; else the later.
fn governing(trigger: &Trigger, mine: Recorded, theirs: Recorded) -> Recorded {
    let both = [mine, theirs];
    if let Some(doubtful) = both.into_iter().find(|recorded| is_in_doubt(trigger, *recorded)) {
        return doubtful;
    }
    let later = if date(mine) >= date(theirs) { mine } else { theirs };
    let of_some = both.iter().any(|recorded| matches!(recorded.note, DateNote::OfSome(_)));
    if of_some { only_some(later) } else { later }
}

fn only_some(recorded: Recorded) -> Recorded {
    date(recorded).map_or(recorded, |date| Recorded { note: DateNote::OfSome(date), ..recorded })
}

fn is_in_doubt(trigger: &Trigger, recorded: Recorded) -> bool {
    date(recorded).is_none_or(|date| !is_no_default(trigger, recorded.from, date))
}

fn date(recorded: Recorded) -> Option<Date> {
    match recorded.note {
        DateNote::Known(date) | DateNote::LatestOf(date) | DateNote::OfSome(date) => Some(date),
        DateNote::Unreadable | DateNote::Contradictory => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_known_is_written_as_it_always_was_and_an_event_has_its_id() {
        let event = EventId(Uuid::from_u128(7));
        let paid = date(2019, 4, 5);
        let by_file = Facts::default().with(Trigger::Created, paid, Provenance::FileTime);
        let facts = by_file.with(Trigger::Paid, paid, Provenance::Event(event));
        let written = json!({
            "dates": {
                "created": { "note": { "known": "2019-04-05" }, "from": "file-time" },
                "paid": { "note": { "known": "2019-04-05" }, "from": "event", "event": event },
            },
            "related": {},
            "members_differ": false,
        });
        assert_eq!(serde_json::to_value(&facts).unwrap(), written);
        assert_eq!(serde_json::from_value::<Facts>(written).unwrap(), facts);

        for (from, other) in [("event", json!({})), ("path", json!({ "event": event }))] {
            let mut note = json!({ "note": "unreadable", "from": from });
            note.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
            assert!(serde_json::from_value::<Recorded>(note).is_err(), "{from}");
        }
    }
}
