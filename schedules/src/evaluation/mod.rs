//! Evaluation: what the rules say of one item on one day, and why.
//!
//! Pure and total: no clock, no guess, an answer for every input. Not knowing
//! is never leave to destroy: a missing date waits, an implausible one cannot
//! be evaluated, and of several rules the longest minimum and the most
//! protective action govern (domain 4.1).

mod facts;

pub use facts::{DateNote, Facts, Provenance, Recorded};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::hold::HoldKind;
use crate::ids::HoldId;
use crate::rule::RetentionRule;
use crate::trigger::{EventName, Trigger};

/// One of the rules that bear on an item: its record type's, or that of a type
/// which may only lengthen.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<'rule> {
    /// The record type's code, as shown to people.
    pub code: &'rule str,
    /// The rule.
    pub rule: &'rule RetentionRule,
}

/// A hold that covers the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldOn {
    /// Which hold.
    pub id: HoldId,
    /// Its kind.
    pub kind: HoldKind,
}

/// What is to become of the item today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// No mapping covers it; it is untouchable.
    Unmapped,
    /// A person must mend something first.
    CannotEvaluate {
        /// What.
        doubt: Doubt,
    },
    /// A needed event has not been recorded.
    AwaitingTrigger {
        /// Which ones.
        triggers: Vec<Trigger>,
    },
    /// Kept; today is not after the due date.
    NotDue,
    /// Past its time: the action may be proposed.
    Due {
        /// Which action.
        action: DisposalAction,
    },
    /// It would be due, and is held.
    Held {
        /// By which holds.
        holds: Vec<HoldOn>,
        /// What would be due.
        action: DisposalAction,
    },
    /// Kept for ever.
    Permanent,
}

/// Why an item cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "doubt")]
pub enum Doubt {
    /// No rule bears on it.
    NoRule,
    /// The store has something in place of a date.
    UnreadableDate {
        /// For this trigger.
        trigger: Trigger,
    },
    /// A date that cannot be true: too early, or after tomorrow.
    ImplausibleDate {
        /// For this trigger.
        trigger: Trigger,
        /// The date.
        date: Date,
    },
    /// Members of a unit have different dates and the rule is not one for
    /// which the latest governs.
    MembersDisagree,
    /// The organisation's calendar does not say what this year is.
    YearUnset {
        /// Which alignment.
        alignment: Alignment,
    },
    /// One rule's maximum is before another's minimum; a person decides.
    MaximumBeforeMinimum {
        /// The rule that says not beyond.
        maximum_of: String,
        /// The rule that says at least.
        minimum_of: String,
    },
    /// What is known of the linked items does not settle it.
    RelatedUnknown {
        /// The relation.
        relation: EventName,
    },
}

/// The last day on which the item must be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueDate {
    /// Kept to the end of this day; eligible the day after.
    On(Date),
    /// Never: permanent.
    Never,
    /// Not to be had from what is known.
    Unknown,
}

/// Something people should see beside the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "flag")]
pub enum Flag {
    /// Not destroyed though past the maximum.
    PastMaximum {
        /// For how many days.
        days: i32,
    },
    /// Held though past the maximum.
    HeldPastMaximum {
        /// For how many days.
        days: i32,
    },
    /// One rule's maximum is before another's minimum.
    MaxBeforeMinConflict,
    /// A rule that must not be held at all bears on it.
    Prohibited,
    /// Held, though not due.
    HeldNotDue {
        /// By which holds.
        holds: Vec<HoldOn>,
    },
}

/// One step of the reasoning, in the order it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// This date was used for this trigger.
    Counted {
        /// The trigger.
        trigger: Trigger,
        /// Its date.
        date: Date,
        /// Where the date comes from.
        from: Provenance,
    },
    /// This rule says to keep it to here.
    Minimum {
        /// Whose rule.
        code: String,
        /// The answer.
        due: DueDate,
    },
    /// This rule's minimum is the longest and governs.
    Governs {
        /// Whose rule.
        code: String,
    },
    /// This rule's action is the most protective and governs.
    ActionFrom {
        /// Whose rule.
        code: String,
        /// Which action.
        action: DisposalAction,
    },
    /// Nothing is recorded for this trigger.
    NotRecorded {
        /// The trigger.
        trigger: Trigger,
    },
    /// A hold covers it.
    HeldBy {
        /// The hold.
        hold: HoldOn,
    },
}

/// The whole answer for one item on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What is to become of it.
    pub outcome: Outcome,
    /// The last day it must be kept.
    pub due: DueDate,
    /// The last day it may be kept, where a maximum says so.
    pub not_beyond: DueDate,
    /// The code of the record type whose minimum governs.
    pub governing: Option<String>,
    /// What people should see beside it.
    pub flags: Vec<Flag>,
    /// How the answer was reached.
    pub reasons: Vec<Reason>,
}
