//! What is known of one item: the dates of its triggers, and where each is from.
//!
//! Two dates for one trigger are never chosen between by their source. What
//! happens only once (a birth, a death) then stands contradicted, and a person
//! must settle it; of anything else the latest counts, since it keeps longest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evaluation::DueDate;
use crate::evaluation::plausible::earliest;
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
    /// Something that is not a date.
    Unreadable,
    /// Different dates for what happens only once, or corrections that correct
    /// each other.
    Contradictory,
}

/// A note and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recorded {
    /// What is known.
    pub note: DateNote,
    /// From where.
    #[serde(flatten)]
    pub from: Provenance,
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
}

impl Facts {
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

    /// Adds that a source has something in place of a date. A date that is
    /// known from elsewhere stands.
    pub fn record_unreadable(&mut self, trigger: Trigger, from: Provenance) {
        self.dates.entry(trigger).or_insert(Recorded { note: DateNote::Unreadable, from });
    }

    /// Adds that nothing is to be had for a trigger before a person settles it.
    pub(super) fn record_contradiction(&mut self, trigger: Trigger, from: Provenance) {
        self.dates.insert(trigger, Recorded { note: DateNote::Contradictory, from });
    }

    /// Makes these the facts of a unit that also holds `member`: the unit is
    /// due only when every member would be.
    ///
    /// Of each trigger the latest date counts; one that a member lacks is
    /// lacking for the unit, and one in doubt for a member is in doubt for the
    /// unit. Events of the unit as a whole are recorded after its members.
    pub fn join(&mut self, member: &Self) {
        let either: BTreeSet<Trigger> =
            self.dates.keys().chain(member.dates.keys()).cloned().collect();
        self.members_differ |= member.members_differ;
        for trigger in either {
            let (mine, theirs) = (self.dates.get(&trigger), member.dates.get(&trigger));
            self.members_differ |= mine.map(|mine| mine.note) != theirs.map(|theirs| theirs.note);
            match governing(&trigger, mine.copied(), theirs.copied()) {
                Some(recorded) => self.dates.insert(trigger, recorded),
                None => self.dates.remove(&trigger),
            };
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
        DateNote::Contradictory => return before,
        DateNote::Known(known) if known == date => return before,
        DateNote::Known(known) | DateNote::LatestOf(known) => known,
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

/// Which of two members' notes speaks for the unit: the one in doubt, an
/// implausibly early date among them; else none where one has none; else the
/// later.
fn governing(
    trigger: &Trigger,
    mine: Option<Recorded>,
    theirs: Option<Recorded>,
) -> Option<Recorded> {
    let in_doubt = |recorded: &Recorded| sound(trigger, *recorded).is_none();
    if let Some(doubtful) = [mine, theirs].into_iter().flatten().find(in_doubt) {
        return Some(doubtful);
    }
    let (mine, theirs) = (mine?, theirs?);
    Some(if sound(trigger, mine) >= sound(trigger, theirs) { mine } else { theirs })
}

fn sound(trigger: &Trigger, recorded: Recorded) -> Option<Date> {
    match recorded.note {
        DateNote::Known(date) | DateNote::LatestOf(date) => {
            (date >= earliest(trigger, recorded.from)).then_some(date)
        }
        DateNote::Unreadable | DateNote::Contradictory => None,
    }
}
