//! The retention rule: how long, counted from what, and then what.
//!
//! [`Rule`] is the computable part and prints itself in the notation of
//! [`crate::notation`]; [`RetentionRule`] adds the maximum, the action and the
//! authority. Built only through constructors that keep every value printable
//! and readable again without loss.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::basis::BasisCitation;
use crate::calendar::{Alignment, AlignmentUnset, Calendar};
use crate::period::{Period, Rounding};
use crate::trigger::{EventName, Trigger};

/// Deeper nesting than any schedule needs is refused, so that no text can
/// exhaust the stack.
pub const MAX_DEPTH: usize = 16;

/// A period counted from a trigger, with its alignments:
/// `P6Y after financial-year-end of last-modified to month-end`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// How long.
    pub period: Period,
    /// Counted from what.
    pub trigger: Trigger,
    /// The start is first moved to this end (the cut-off of UK practice).
    pub from_end_of: Option<Alignment>,
    /// The result is then moved to this end (the offset of MoReq2010).
    pub to_end_of: Option<Alignment>,
}

/// How long a record is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A period after a trigger.
    After(Leaf),
    /// Whichever is the later; every branch must be known.
    LaterOf(Several),
    /// Whichever is the earlier; branches that wait for an event are passed
    /// over as long as one is known.
    EarlierOf(Several),
    /// If the event happened before the end of a period, one rule, else another.
    If(Box<Condition>),
    /// Until the event, and no period after it.
    Until(Trigger),
    /// At least as long as the items it is linked to.
    With(EventName),
    /// For ever.
    Permanent,
    /// Must not be held at all.
    Prohibited,
}

/// The branches of `later-of` and `earlier-of`: two or more. Reads as a slice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Several(Vec<Rule>);

impl Several {
    /// These branches, or nothing where there are fewer than two.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Option<Self> {
        (rules.len() >= 2).then_some(Self(rules))
    }
}

impl std::ops::Deref for Several {
    type Target = [Rule];

    fn deref(&self) -> &[Rule] {
        &self.0
    }
}

impl From<[Rule; 2]> for Several {
    fn from(rules: [Rule; 2]) -> Self {
        Self(rules.into())
    }
}

impl<'several> IntoIterator for &'several Several {
    type Item = &'several Rule;
    type IntoIter = std::slice::Iter<'several, Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// `if(EVENT before LIMIT, THEN, OTHERWISE)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// What may have happened.
    pub event: Trigger,
    /// Before the last day of this.
    pub limit: Leaf,
    /// Where it happened before that day.
    pub then: Rule,
    /// Where it happened later, or is not known to have happened.
    pub otherwise: Rule,
}

impl Leaf {
    /// `period after trigger`, not aligned.
    #[must_use]
    pub fn new(period: Period, trigger: Trigger) -> Self {
        Self { period, trigger, from_end_of: None, to_end_of: None }
    }

    /// The same, counted from the end of the period the trigger lies in.
    #[must_use]
    pub fn from_end_of(self, alignment: Alignment) -> Self {
        Self { from_end_of: Some(alignment), ..self }
    }

    /// The same, kept to the end of the period the result lies in.
    #[must_use]
    pub fn to_end_of(self, alignment: Alignment) -> Self {
        Self { to_end_of: Some(alignment), ..self }
    }

    /// The last day of keeping, counted from this trigger date. The trigger's
    /// day itself does not count. A later trigger date never gives an earlier
    /// day.
    ///
    /// # Errors
    ///
    /// Where the calendar does not say what an alignment is.
    pub fn last_day(
        &self,
        trigger: Date,
        calendar: &Calendar,
        rounding: Rounding,
    ) -> Result<Date, AlignmentUnset> {
        let aligned = |alignment, date| match alignment {
            Some(alignment) => calendar.end_of(alignment, date),
            None => Ok(date),
        };
        let start = aligned(self.from_end_of, trigger)?;
        aligned(self.to_end_of, self.period.after(start, rounding))
    }
}

impl Rule {
    /// Whichever of the two is the later.
    #[must_use]
    pub fn later_of(one: Self, other: Self) -> Self {
        Self::LaterOf([one, other].into())
    }

    /// Whichever of the two is the earlier.
    #[must_use]
    pub fn earlier_of(one: Self, other: Self) -> Self {
        Self::EarlierOf([one, other].into())
    }

    /// Every trigger the rule speaks of, each once, in order.
    #[must_use]
    pub fn triggers(&self) -> Vec<&Trigger> {
        let mut found = Vec::new();
        self.collect_triggers(&mut found);
        found.sort();
        found.dedup();
        found
    }

    /// The ends that it moves a start or its own end to, each once, in order.
    #[must_use]
    pub fn alignments(&self) -> Vec<Alignment> {
        let mut found = Vec::new();
        self.each_leaf(&mut |leaf| found.extend([leaf.from_end_of, leaf.to_end_of]));
        let mut found: Vec<Alignment> = found.into_iter().flatten().collect();
        found.sort();
        found.dedup();
        found
    }

    /// Whether an `if` is in it. Without one, a later date of any trigger never
    /// makes the rule end earlier.
    #[must_use]
    pub fn has_condition(&self) -> bool {
        match self {
            Self::If(_) => true,
            Self::LaterOf(rules) | Self::EarlierOf(rules) => rules.iter().any(Self::has_condition),
            Self::After(_)
            | Self::Until(_)
            | Self::With(_)
            | Self::Permanent
            | Self::Prohibited => false,
        }
    }

    /// Whether it keeps for ever whatever is recorded.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Permanent => true,
            Self::LaterOf(rules) => rules.iter().any(Self::is_permanent),
            Self::EarlierOf(rules) => rules.iter().all(Self::is_permanent),
            Self::If(condition) => {
                condition.then.is_permanent() && condition.otherwise.is_permanent()
            }
            Self::After(_) | Self::Until(_) | Self::With(_) | Self::Prohibited => false,
        }
    }

    fn each_leaf(&self, hear: &mut impl FnMut(&Leaf)) {
        match self {
            Self::After(leaf) => hear(leaf),
            Self::LaterOf(rules) | Self::EarlierOf(rules) => {
                for rule in rules {
                    rule.each_leaf(hear);
                }
            }
            Self::If(condition) => {
                hear(&condition.limit);
                condition.then.each_leaf(hear);
                condition.otherwise.each_leaf(hear);
            }
            Self::Until(_) | Self::With(_) | Self::Permanent | Self::Prohibited => {}
        }
    }

    fn collect_triggers<'rule>(&'rule self, found: &mut Vec<&'rule Trigger>) {
        match self {
            Self::After(leaf) => found.push(&leaf.trigger),
            Self::LaterOf(rules) | Self::EarlierOf(rules) => {
                rules.iter().for_each(|rule| rule.collect_triggers(found));
            }
            Self::If(condition) => {
                found.extend([&condition.event, &condition.limit.trigger]);
                condition.then.collect_triggers(found);
                condition.otherwise.collect_triggers(found);
            }
            Self::Until(trigger) => found.push(trigger),
            Self::With(_) | Self::Permanent | Self::Prohibited => {}
        }
    }
}

/// Not beyond.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maximum {
    /// Due is due: the maximum is the minimum.
    SameAsMinimum,
    /// A longer limit of its own.
    Rule(Rule),
    /// None, and why; personal data needs the reason.
    None {
        /// The recorded reason.
        reason: String,
    },
}

/// A line of the schedule that runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Keep at least.
    pub minimum: Rule,
    /// Not beyond.
    pub maximum: Maximum,
    /// And then.
    pub action: DisposalAction,
    /// On whose authority; at least one, or a justification.
    pub basis: Vec<BasisCitation>,
    /// Why, where no law says so.
    pub justification: Option<String>,
}

impl RetentionRule {
    /// The ends that its minimum or its maximum counts to, each once, in order.
    #[must_use]
    pub fn alignments(&self) -> Vec<Alignment> {
        let mut found = self.minimum.alignments();
        if let Maximum::Rule(rule) = &self.maximum {
            found.extend(rule.alignments());
        }
        found.sort();
        found.dedup();
        found
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after ", self.period)?;
        if let Some(alignment) = self.from_end_of {
            write!(f, "{} of ", alignment.name())?;
        }
        write!(f, "{}", self.trigger)?;
        match self.to_end_of {
            Some(alignment) => write!(f, " to {}", alignment.name()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(leaf) => leaf.fmt(f),
            Self::LaterOf(rules) => call(f, "later-of", rules),
            Self::EarlierOf(rules) => call(f, "earlier-of", rules),
            Self::If(condition) => condition.fmt(f),
            Self::Until(trigger) => write!(f, "until {trigger}"),
            Self::With(relation) => write!(f, "with {relation}"),
            Self::Permanent => f.write_str("permanent"),
            Self::Prohibited => f.write_str("prohibited"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, limit, then, otherwise } = self;
        write!(f, "if({event} before {limit}, {then}, {otherwise})")
    }
}

fn call(f: &mut fmt::Formatter<'_>, name: &str, rules: &[Rule]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (position, rule) in rules.iter().enumerate() {
        let comma = if position == 0 { "" } else { ", " };
        write!(f, "{comma}{rule}")?;
    }
    f.write_str(")")
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
