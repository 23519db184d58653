//! Several rules and holds on one item: the longest minimum and the most
//! protective action govern, and a hold beats them all.

use jiff::civil::Date;

use crate::action::DisposalAction;
use crate::calendar::Calendar;
use crate::evaluation::resolve::Resolver;
use crate::evaluation::{
    Bearing, Doubt, DueDate, Evaluation, Facts, Flag, HoldOn, Outcome, Reason, Resolution,
};
use crate::period::Rounding;
use crate::rule::Maximum;
use crate::trigger::Trigger;

/// What becomes of the item these facts are of on `today`: by all the `rules`
/// that bear on it (its own record type's first) and under the `holds` that
/// cover it.
///
/// - Kept for ever where any rule or action says so.
/// - A unit of which nobody can say whose it is, is in doubt whatever the rules say.
/// - A doubt about any rule is a doubt about the item, and a wait a wait.
/// - Otherwise kept to the last day of the longest minimum, then open to the
///   most protective of the actions. Of equals the first rule is named.
/// - A maximum before that minimum is for a person to settle.
/// - A rule whose maximum is its minimum sets no limit on the minimum of
///   another: it goes when the item is due.
#[must_use]
pub fn evaluate(
    facts: &Facts,
    rules: &[Bearing<'_>],
    holds: &[HoldOn],
    calendar: &Calendar,
    today: Date,
) -> Evaluation {
    let mut resolver = Resolver { facts, calendar, today, reasons: Vec::new() };
    let weighed: Vec<Weighed<'_>> =
        rules.iter().map(|bearing| Weighed::of(bearing, &mut resolver)).collect();
    let verdict = Verdict::of(facts, &weighed);
    let due = verdict.due();
    let limits = Limits::of(&weighed, due);
    let mut reasons = resolver.reasons;
    reasons.extend(verdict.reasons(&weighed));
    reasons.extend(holds.iter().map(|hold| Reason::HeldBy { hold: hold.clone() }));
    let governing = verdict.governing().map(str::to_owned);
    let outcome = verdict.outcome(&limits, &weighed, holds, today);
    let flags = flags(&outcome, &limits, &weighed, holds, today);
    Evaluation { outcome, due, not_beyond: limits.not_beyond, governing, flags, reasons }
}

/// One rule, resolved.
struct Weighed<'rule> {
    code: &'rule str,
    action: DisposalAction,
    minimum: Result<Resolution, Doubt>,
    maximum: Result<Limit, Doubt>,
}

/// How long one rule lets the item be kept.
#[derive(Clone, Copy)]
enum Limit {
    /// As long as the governing minimum.
    Minimum,
    /// No limit.
    None,
    /// To `to`. Against a minimum it is weighed as a minimum is rounded, so
    /// that a leap day alone makes no conflict.
    At { to: DueDate, as_minimum: DueDate },
}

impl<'rule> Weighed<'rule> {
    fn of(bearing: &Bearing<'rule>, resolver: &mut Resolver<'_>) -> Self {
        let Bearing { code, rule } = *bearing;
        let minimum = match rule.action {
            DisposalAction::Permanent => Ok(Resolution::Due(DueDate::Never)),
            _ => resolver.resolve(&rule.minimum, Rounding::Keep),
        };
        if let Ok(resolution) = &minimum {
            let due = resolution.due();
            resolver.reasons.push(Reason::Minimum { code: code.to_owned(), due });
        }
        let maximum = limit(&minimum, &rule.maximum, resolver);
        if let Ok(Limit::At { to, .. }) = maximum {
            resolver.reasons.push(Reason::Maximum { code: code.to_owned(), due: to });
        }
        Self { code, action: rule.action, minimum, maximum }
    }

    fn due(&self) -> DueDate {
        self.minimum.as_ref().map_or(DueDate::Unknown, Resolution::due)
    }
}

/// What must not be held at all must not be held for another rule's sake
/// either: whatever maximum is written beside it, its limit is *at once*.
fn limit(
    minimum: &Result<Resolution, Doubt>,
    maximum: &Maximum,
    resolver: &mut Resolver<'_>,
) -> Result<Limit, Doubt> {
    if *minimum == Ok(Resolution::Due(DueDate::AtOnce)) {
        return Ok(Limit::At { to: DueDate::AtOnce, as_minimum: DueDate::AtOnce });
    }
    match maximum {
        Maximum::SameAsMinimum => Ok(Limit::Minimum),
        Maximum::None { .. } => Ok(Limit::None),
        Maximum::Rule(rule) => Ok(Limit::At {
            to: resolver.resolve(rule, Rounding::Release)?.due(),
            as_minimum: resolver.resolve(rule, Rounding::Keep)?.due(),
        }),
    }
}

/// What the rules come to before the day, the limits and the holds are looked at.
enum Verdict<'rule> {
    Permanent { code: &'rule str },
    Doubt(Doubt),
    Awaiting(Vec<Trigger>),
    Until { due: DueDate, code: &'rule str },
}

impl<'rule> Verdict<'rule> {
    fn of(facts: &Facts, weighed: &[Weighed<'rule>]) -> Self {
        let Some(longest) = first_greatest(weighed, Weighed::due) else {
            return Self::Doubt(Doubt::NoRule);
        };
        if longest.due() == DueDate::Never {
            return Self::Permanent { code: longest.code };
        }
        if facts.keys_differ {
            return Self::Doubt(Doubt::KeysDisagree);
        }
        let doubt = |rule: &Weighed<'_>| {
            rule.minimum.as_ref().err().or(rule.maximum.as_ref().err()).cloned()
        };
        if let Some(doubt) = weighed.iter().find_map(doubt) {
            return Self::Doubt(doubt);
        }
        match awaited(weighed) {
            triggers if triggers.is_empty() => {
                Self::Until { due: longest.due(), code: longest.code }
            }
            triggers => Self::Awaiting(triggers),
        }
    }

    fn due(&self) -> DueDate {
        match self {
            Self::Permanent { .. } => DueDate::Never,
            Self::Doubt(_) | Self::Awaiting(_) => DueDate::Unknown,
            Self::Until { due, .. } => *due,
        }
    }

    fn governing(&self) -> Option<&'rule str> {
        match self {
            Self::Permanent { code } | Self::Until { code, .. } => Some(code),
            Self::Doubt(_) | Self::Awaiting(_) => None,
        }
    }

    fn reasons(&self, weighed: &[Weighed<'rule>]) -> Vec<Reason> {
        let governs = self.governing().map(|code| Reason::Governs { code: code.to_owned() });
        let action = match self {
            Self::Until { .. } => first_greatest(weighed, |rule| rule.action),
            Self::Permanent { .. } | Self::Doubt(_) | Self::Awaiting(_) => None,
        };
        let action = action
            .map(|rule| Reason::ActionFrom { code: rule.code.to_owned(), action: rule.action });
        governs.into_iter().chain(action).collect()
    }

    fn outcome(
        self,
        limits: &Limits<'_>,
        weighed: &[Weighed<'_>],
        holds: &[HoldOn],
        today: Date,
    ) -> Outcome {
        let (due, code) = match self {
            Self::Permanent { .. } => return Outcome::Permanent,
            Self::Doubt(doubt) => return Outcome::CannotEvaluate { doubt },
            Self::Awaiting(triggers) => return Outcome::AwaitingTrigger { triggers },
            Self::Until { due, code } => (due, code),
        };
        if let Some(shorter) = limits.conflict {
            let (maximum_of, minimum_of) = (shorter.to_owned(), code.to_owned());
            let doubt = Doubt::MaximumBeforeMinimum { maximum_of, minimum_of };
            return Outcome::CannotEvaluate { doubt };
        }
        match first_greatest(weighed, |rule| rule.action) {
            Some(rule) if due.is_past(today) => past(rule.action, holds),
            _ => Outcome::NotDue,
        }
    }
}

fn past(action: DisposalAction, holds: &[HoldOn]) -> Outcome {
    if holds.is_empty() {
        return Outcome::Due { action };
    }
    Outcome::Held { holds: holds.to_vec(), action }
}

fn awaited(weighed: &[Weighed<'_>]) -> Vec<Trigger> {
    let mut triggers: Vec<Trigger> = weighed
        .iter()
        .filter_map(|rule| match &rule.minimum {
            Ok(Resolution::Awaiting(triggers)) => Some(triggers.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    triggers.sort();
    triggers.dedup();
    triggers
}

/// The first of those with the greatest key, so that the primary rule is named
/// where another only equals it.
fn first_greatest<'all, 'rule, K: Ord>(
    weighed: &'all [Weighed<'rule>],
    key: impl Fn(&Weighed<'rule>) -> K,
) -> Option<&'all Weighed<'rule>> {
    weighed.iter().rev().max_by_key(|rule| key(rule))
}

/// What the maximums come to.
struct Limits<'rule> {
    not_beyond: DueDate,
    /// The rule whose maximum is before the governing minimum.
    conflict: Option<&'rule str>,
}

impl<'rule> Limits<'rule> {
    fn of(weighed: &[Weighed<'rule>], due: DueDate) -> Self {
        let mut limits = Self { not_beyond: DueDate::Never, conflict: None };
        for rule in weighed {
            let to = match rule.maximum {
                Ok(Limit::None) => DueDate::Never,
                Ok(Limit::Minimum) => due,
                Ok(Limit::At { to, as_minimum }) if before(as_minimum, due) => {
                    limits.conflict = limits.conflict.or(Some(rule.code));
                    to
                }
                Ok(Limit::At { to, .. }) if due == DueDate::Unknown => to,
                Ok(Limit::At { to, .. }) => to.max(due),
                Err(_) => DueDate::Unknown,
            };
            limits.not_beyond = limits.not_beyond.min(to);
        }
        limits
    }
}

/// Whether a known limit lies before a known minimum.
fn before(limit: DueDate, due: DueDate) -> bool {
    limit != DueDate::Unknown && due != DueDate::Unknown && limit < due
}

fn flags(
    outcome: &Outcome,
    limits: &Limits<'_>,
    weighed: &[Weighed<'_>],
    holds: &[HoldOn],
    today: Date,
) -> Vec<Flag> {
    let prohibited = weighed.iter().any(|rule| rule.due() == DueDate::AtOnce);
    let past = limits.not_beyond.days_past(today).map(|days| match holds {
        [] => Flag::PastMaximum { days },
        _ => Flag::HeldPastMaximum { days },
    });
    let held_not_due = !holds.is_empty() && !matches!(outcome, Outcome::Held { .. });
    [
        limits.conflict.map(|_| Flag::MaxBeforeMinConflict),
        prohibited.then_some(Flag::Prohibited),
        past,
        held_not_due.then(|| Flag::HeldNotDue { holds: holds.to_vec() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
