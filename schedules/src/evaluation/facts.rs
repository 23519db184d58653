//! What is known of one item: the dates of its triggers, and where each is from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evaluation::DueDate;
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
    /// Something that is not a date.
    Unreadable,
}

/// A note and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recorded {
    /// What is known.
    pub note: DateNote,
    /// From where.
    pub from: Provenance,
}

/// What is known of one item. A trigger that is not in it has not been recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The dates.
    pub dates: BTreeMap<Trigger, Recorded>,
    /// For each relation of a `with` rule, until when the linked items are kept.
    pub related: BTreeMap<EventName, DueDate>,
    /// Whether it is a unit whose members have different dates.
    pub members_differ: bool,
}
