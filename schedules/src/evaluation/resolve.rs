//! One rule against what is known: a due date, a wait, or a doubt.

use jiff::civil::Date;

use crate::calendar::{AlignmentUnset, Calendar};
use crate::evaluation::{DateNote, Doubt, DueDate, Facts, Provenance, Reason, is_plausible};
use crate::period::Rounding;
use crate::rule::{Condition, Leaf, Rule};
use crate::trigger::{EventName, Trigger};

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The rule is settled. Never [`DueDate::Unknown`].
    Due(DueDate),
    /// These triggers have not been recorded; each once, in order.
    Awaiting(Vec<Trigger>),
}

impl Resolution {
    /// The same as a due date.
    #[must_use]
    pub fn due(&self) -> DueDate {
        match self {
            Self::Due(due) => *due,
            Self::Awaiting(_) => DueDate::Unknown,
        }
    }
}

/// The last day on which `rule` keeps the item these facts are of.
///
/// `today` serves only to tell which dates can be true; `rounding` is
/// [`Rounding::Keep`] for a minimum and [`Rounding::Release`] for a maximum.
///
/// # Errors
///
/// Where a date the rule asks for is unreadable or cannot be true, where dates
/// disagree and none of them is sure to be the safest, where linked items are
/// not known, or where the calendar lacks a year.
pub fn due_date(
    rule: &Rule,
    facts: &Facts,
    calendar: &Calendar,
    today: Date,
    rounding: Rounding,
) -> Result<Resolution, Doubt> {
    Resolver { facts, calendar, today, reasons: Vec::new() }.resolve(rule, rounding)
}

/// What a rule is resolved against, and the steps taken so far.
pub(super) struct Resolver<'facts> {
    pub(super) facts: &'facts Facts,
    pub(super) calendar: &'facts Calendar,
    pub(super) today: Date,
    pub(super) reasons: Vec<Reason>,
}

impl Resolver<'_> {
    pub(super) fn resolve(&mut self, rule: &Rule, rounding: Rounding) -> Result<Resolution, Doubt> {
        if rule.has_condition() {
            self.demand_agreement(rule)?;
        }
        self.walk(rule, rounding)
    }

    /// Which branch of an `if` keeps longer is not known beforehand, so there
    /// the latest of several dates is no safe choice.
    fn demand_agreement(&self, rule: &Rule) -> Result<(), Doubt> {
        if self.facts.members_differ {
            return Err(Doubt::MembersDisagree);
        }
        let note = |trigger: &Trigger| self.facts.dates.get(trigger).map(|recorded| recorded.note);
        match rule
            .triggers()
            .into_iter()
            .find(|trigger| matches!(note(trigger), Some(DateNote::LatestOf(_))))
        {
            Some(trigger) => Err(Doubt::DatesDisagree { trigger: trigger.clone() }),
            None => Ok(()),
        }
    }

    fn walk(&mut self, rule: &Rule, rounding: Rounding) -> Result<Resolution, Doubt> {
        match rule {
            Rule::After(leaf) => Ok(match self.last_day(leaf, rounding)? {
                Known::On(date) => Resolution::Due(DueDate::On(date)),
                Known::NotRecorded => Resolution::Awaiting(vec![leaf.trigger.clone()]),
            }),
            Rule::LaterOf(rules) => self.later_of(rules, rounding),
            Rule::EarlierOf(rules) => self.earlier_of(rules, rounding),
            Rule::If(condition) => self.branch(condition, rounding),
            Rule::Until(trigger) => Ok(match self.date_of(trigger)? {
                Known::On(date) => Resolution::Due(DueDate::On(date)),
                Known::NotRecorded => Resolution::Awaiting(vec![trigger.clone()]),
            }),
            Rule::With(relation) => self.related(relation),
            Rule::Permanent => Ok(Resolution::Due(DueDate::Never)),
            Rule::Prohibited => Ok(Resolution::Due(DueDate::AtOnce)),
        }
    }

    /// Every branch must be known, but that one which never ends settles what
    /// others wait for. It also settles their doubts where it never ends
    /// whatever is recorded. Linked items kept for ever do not: they may be one
    /// member's and the doubt another's, and an `earlier-of` around it would
    /// then hide the doubt.
    fn later_of(&mut self, rules: &[Rule], rounding: Rounding) -> Result<Resolution, Doubt> {
        let branches = self.branches(rules, rounding);
        if rules.iter().any(Rule::is_permanent) {
            return Ok(Resolution::Due(DueDate::Never));
        }
        let Branches { due, awaited } = Branches::of(branches)?;
        match due.into_iter().max() {
            Some(due) if awaited.is_empty() || due == DueDate::Never => Ok(Resolution::Due(due)),
            _ => Ok(Resolution::Awaiting(awaited)),
        }
    }

    /// A branch that waits is passed over where another is known; one in doubt
    /// is not, since leaving it out could be what shortens the period.
    fn earlier_of(&mut self, rules: &[Rule], rounding: Rounding) -> Result<Resolution, Doubt> {
        let Branches { due, awaited } = Branches::of(self.branches(rules, rounding))?;
        Ok(match due.into_iter().min() {
            Some(due) => Resolution::Due(due),
            None => Resolution::Awaiting(awaited),
        })
    }

    fn branches(&mut self, rules: &[Rule], rounding: Rounding) -> Vec<Result<Resolution, Doubt>> {
        rules.iter().map(|rule| self.walk(rule, rounding)).collect()
    }

    /// The limit is a fact, not a period to keep or release: it rounds one way
    /// for minimum and maximum, so that both take the same branch.
    fn branch(&mut self, condition: &Condition, rounding: Rounding) -> Result<Resolution, Doubt> {
        let Condition { event, limit, then, otherwise } = condition;
        let Known::On(limit_day) = self.last_day(limit, Rounding::Keep)? else {
            return Ok(Resolution::Awaiting(vec![limit.trigger.clone()]));
        };
        match self.date_of(event)? {
            Known::On(date) if date < limit_day => {
                self.note(Reason::HappenedBefore { event: event.clone(), limit: limit_day });
                self.walk(then, rounding)
            }
            Known::On(_) | Known::NotRecorded => {
                self.note(Reason::NotBefore { event: event.clone(), limit: limit_day });
                self.walk(otherwise, rounding)
            }
        }
    }

    fn related(&mut self, relation: &EventName) -> Result<Resolution, Doubt> {
        match self.facts.related.get(relation) {
            Some(DueDate::Unknown) | None => {
                Err(Doubt::RelatedUnknown { relation: relation.clone() })
            }
            Some(due) => {
                self.note(Reason::Related { relation: relation.clone(), due: *due });
                Ok(Resolution::Due(*due))
            }
        }
    }

    /// A year nobody has set is a doubt about the rule, whether or not the date
    /// to count from is known.
    fn last_day(&mut self, leaf: &Leaf, rounding: Rounding) -> Result<Known, Doubt> {
        for alignment in [leaf.from_end_of, leaf.to_end_of].into_iter().flatten() {
            self.calendar.end_of(alignment, self.today)?;
        }
        Ok(match self.date_of(&leaf.trigger)? {
            Known::On(date) => Known::On(leaf.last_day(date, self.calendar, rounding)?),
            Known::NotRecorded => Known::NotRecorded,
        })
    }

    fn date_of(&mut self, trigger: &Trigger) -> Result<Known, Doubt> {
        let Some(recorded) = self.facts.dates.get(trigger) else {
            self.note(Reason::NotRecorded { trigger: trigger.clone() });
            return Ok(Known::NotRecorded);
        };
        match recorded.note {
            DateNote::Known(date) | DateNote::LatestOf(date) => {
                self.count(trigger, date, recorded.from)
            }
            DateNote::OfSome(date) if is_plausible(trigger, recorded.from, date, self.today) => {
                self.note(Reason::NotRecorded { trigger: trigger.clone() });
                Ok(Known::NotRecorded)
            }
            DateNote::OfSome(date) => {
                Err(Doubt::ImplausibleDate { trigger: trigger.clone(), date })
            }
            DateNote::Unreadable => Err(Doubt::UnreadableDate { trigger: trigger.clone() }),
            DateNote::Contradictory => Err(Doubt::DatesDisagree { trigger: trigger.clone() }),
        }
    }

    fn count(&mut self, trigger: &Trigger, date: Date, from: Provenance) -> Result<Known, Doubt> {
        if !is_plausible(trigger, from, date, self.today) {
            return Err(Doubt::ImplausibleDate { trigger: trigger.clone(), date });
        }
        self.note(Reason::Counted { trigger: trigger.clone(), date, from });
        Ok(Known::On(date))
    }

    /// A step is told once, though a rule may ask for the same date often.
    fn note(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// A date, or that none is recorded.
enum Known {
    On(Date),
    NotRecorded,
}

/// The branches of a rule sorted into those settled and what the others await.
struct Branches {
    due: Vec<DueDate>,
    awaited: Vec<Trigger>,
}

impl Branches {
    /// The first doubt, in the order of the branches, is the whole rule's.
    fn of(branches: Vec<Result<Resolution, Doubt>>) -> Result<Self, Doubt> {
        let mut sorted = Self { due: Vec::new(), awaited: Vec::new() };
        for branch in branches {
            match branch? {
                Resolution::Due(due) => sorted.due.push(due),
                Resolution::Awaiting(triggers) => sorted.awaited.extend(triggers),
            }
        }
        sorted.awaited.sort();
        sorted.awaited.dedup();
        Ok(sorted)
    }
}

impl From<AlignmentUnset> for Doubt {
    fn from(unset: AlignmentUnset) -> Self {
        Self::YearUnset { alignment: unset.0 }
    }
}
