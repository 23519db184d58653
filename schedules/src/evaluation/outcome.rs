//! The answer: an outcome, its dates, what people should see beside it, and
//! every step that led there.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::evaluation::Provenance;
use crate::hold::HoldKind;
use crate::ids::HoldId;
use crate::trigger::{EventName, Trigger};

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
        #[serde(flatten)]
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
    /// Members of a unit name different people or different cases, of which it is
    /// known under one: what concerns the others would not be seen to concern it.
    KeysDisagree,
    /// Two sources give different dates for what happens only once, or for
    /// what an `if` asks, where the latest is not always the safest.
    DatesDisagree {
        /// For this trigger.
        trigger: Trigger,
    },
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

/// The last day on which the item must be kept. Ordered from the soonest to the
/// latest, so that the greatest of several minimums governs: a date not yet
/// known is later than any known one, and only *never* is later still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueDate {
    /// No day at all: prohibited.
    AtOnce,
    /// Kept to the end of this day; eligible the day after.
    On(Date),
    /// Not to be had from what is known.
    Unknown,
    /// Never: permanent.
    Never,
}

impl DueDate {
    /// Whether `today` is after it. What is unknown is not past.
    #[must_use]
    pub fn is_past(self, today: Date) -> bool {
        match self {
            Self::AtOnce => true,
            Self::On(date) => today > date,
            Self::Unknown | Self::Never => false,
        }
    }

    /// The whole days since it: 1 on the day after. Nothing where it is not
    /// past, or is no date to count from.
    #[must_use]
    pub fn days_past(self, today: Date) -> Option<i32> {
        let Self::On(date) = self else { return None };
        (today > date).then(|| today.duration_since(date).as_hours() / 24)?.try_into().ok()
    }
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
        #[serde(flatten)]
        from: Provenance,
    },
    /// The event of an `if` happened before its limit.
    HappenedBefore {
        /// The event.
        event: Trigger,
        /// The limit's last day.
        limit: Date,
    },
    /// The event of an `if` happened on its limit or later, or not at all yet.
    NotBefore {
        /// The event.
        event: Trigger,
        /// The limit's last day.
        limit: Date,
    },
    /// The linked items are kept to here.
    Related {
        /// The relation.
        relation: EventName,
        /// The answer for them.
        due: DueDate,
    },
    /// This rule says to keep it to here.
    Minimum {
        /// Whose rule.
        code: String,
        /// The answer.
        due: DueDate,
    },
    /// This rule says not to keep it beyond here.
    Maximum {
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
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The last day it must be kept.
    pub due: DueDate,
    /// The last day it may be kept: never past where no maximum limits it.
    pub not_beyond: DueDate,
    /// The code of the record type whose minimum governs.
    pub governing: Option<String>,
    /// What people should see beside it.
    pub flags: Vec<Flag>,
    /// How the answer was reached.
    pub reasons: Vec<Reason>,
}
