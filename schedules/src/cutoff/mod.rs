//! Cutoffs: a rule inverted once for a day, so that a scan only compares.
//!
//! Asked of each item, a rule costs a calendar sum. Asked once of the rule, the
//! question is: *what is the latest trigger date that is due today?* That date
//! is the `WHERE` of a table, the search of a mailbox, and one integer for a
//! million files. It works because a later trigger date never makes a period
//! end earlier; a rule with an `if` is not like that, and one about linked
//! items is not about dates, so these two have no inverse.
//!
//! A cutoff says nothing of whether a date can be true. Whoever compares asks
//! [`plausible`](crate::evaluation::plausible) as well: what lies outside is to
//! be evaluated item by item, and is then in doubt.

mod ladder;

pub use ladder::{Ladder, Placement};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::calendar::{AlignmentUnset, Calendar};
use crate::period::Rounding;
use crate::rule::{Leaf, Rule};
use crate::trigger::Trigger;

/// A rule, inverted for one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inverted {
    /// Due where the trigger's date is this or earlier.
    Trigger {
        /// Which trigger.
        trigger: Trigger,
        /// The latest date that is due; with nothing here no date is.
        on_or_before: Option<Date>,
    },
    /// Due where all are (`later-of`).
    All(Vec<Inverted>),
    /// Due where any is (`earlier-of`).
    Any(Vec<Inverted>),
    /// Never due: permanent.
    Never,
    /// Due whatever is recorded: prohibited.
    Always,
}

/// What an inverted rule says of one item, as evaluation would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dueness {
    /// Past its minimum.
    Due,
    /// Kept for now.
    NotDue,
    /// A needed trigger is not recorded.
    Awaiting,
    /// Kept for ever.
    Never,
}

/// The rule as a comparison of trigger dates with cutoffs, for a minimum on
/// `today`; nothing for a rule that has no inverse.
///
/// # Errors
///
/// Where the calendar does not say what an alignment is.
pub fn invert(
    rule: &Rule,
    calendar: &Calendar,
    today: Date,
) -> Result<Option<Inverted>, AlignmentUnset> {
    let each = |rules: &[Rule]| -> Result<Option<Vec<Inverted>>, AlignmentUnset> {
        rules.iter().map(|rule| invert(rule, calendar, today)).collect()
    };
    Ok(match rule {
        Rule::After(leaf) => Some(Inverted::Trigger {
            trigger: leaf.trigger.clone(),
            on_or_before: latest_due(leaf, calendar, today)?,
        }),
        Rule::Until(trigger) => Some(Inverted::Trigger {
            trigger: trigger.clone(),
            on_or_before: today.yesterday().ok(),
        }),
        Rule::LaterOf(rules) => each(rules)?.map(Inverted::All),
        Rule::EarlierOf(rules) => each(rules)?.map(Inverted::Any),
        Rule::Permanent => Some(Inverted::Never),
        Rule::Prohibited => Some(Inverted::Always),
        Rule::If(_) | Rule::With(_) => None,
    })
}

/// The latest trigger date from which this period, as a minimum, is over on
/// `today`; nothing where it is over from none.
///
/// # Errors
///
/// Where the calendar does not say what an alignment is.
pub fn latest_due(
    leaf: &Leaf,
    calendar: &Calendar,
    today: Date,
) -> Result<Option<Date>, AlignmentUnset> {
    let is_due = |date| leaf.last_day(date, calendar, Rounding::Keep).map(|last| today > last);
    if !is_due(Date::MIN)? {
        return Ok(None);
    }
    // `due` is due and `not_due` is not, since no period ends before its trigger.
    let (mut due, mut not_due) = (0, days_from_the_first(today));
    while not_due - due > 1 {
        let middle = due + (not_due - due) / 2;
        if is_due(nth_day(middle))? {
            due = middle;
        } else {
            not_due = middle;
        }
    }
    Ok(Some(nth_day(due)))
}

fn days_from_the_first(date: Date) -> i64 {
    date.duration_since(Date::MIN).as_hours() / 24
}

fn nth_day(days: i64) -> Date {
    Date::MIN.saturating_add(days.days())
}

impl Inverted {
    /// What it says of the item with these trigger dates. Agrees with
    /// evaluation wherever the dates can be true.
    pub fn is_due(&self, date_of: impl Fn(&Trigger) -> Option<Date>) -> Dueness {
        self.compare(&date_of)
    }

    fn compare(&self, date_of: &dyn Fn(&Trigger) -> Option<Date>) -> Dueness {
        match self {
            Self::Trigger { trigger, on_or_before } => match date_of(trigger) {
                None => Dueness::Awaiting,
                Some(date) if Some(date) <= *on_or_before => Dueness::Due,
                Some(_) => Dueness::NotDue,
            },
            Self::All(parts) => first_of(
                &[Dueness::Never, Dueness::Awaiting, Dueness::NotDue, Dueness::Due],
                parts,
                date_of,
            ),
            Self::Any(parts) => first_of(
                &[Dueness::Due, Dueness::NotDue, Dueness::Never, Dueness::Awaiting],
                parts,
                date_of,
            ),
            Self::Never => Dueness::Never,
            Self::Always => Dueness::Due,
        }
    }

    /// Every trigger it compares, each once, in order.
    #[must_use]
    pub fn triggers(&self) -> Vec<&Trigger> {
        let mut found = Vec::new();
        self.collect_triggers(&mut found);
        found.sort();
        found.dedup();
        found
    }

    fn collect_triggers<'part>(&'part self, found: &mut Vec<&'part Trigger>) {
        match self {
            Self::Trigger { trigger, .. } => found.push(trigger),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.collect_triggers(found));
            }
            Self::Never | Self::Always => {}
        }
    }
}

/// The answer of the parts that comes first in this order of weight.
fn first_of(
    order: &[Dueness; 4],
    parts: &[Inverted],
    date_of: &dyn Fn(&Trigger) -> Option<Date>,
) -> Dueness {
    let weight = |answer: &Dueness| order.iter().position(|other| other == answer);
    let answers = parts.iter().map(|part| part.compare(date_of));
    answers.min_by_key(weight).unwrap_or(Dueness::Awaiting)
}
