//! A rule in plain English, in the words of the trade, with a worked example:
//! what a person checks before a parsed rule is believed.
//!
//! The words stand in one table for each language ([`words`], [`english`]);
//! the functions here only put them together. Every rule can be said; not every
//! rule has an example: what is kept for ever has no date.

pub mod english;
pub mod words;

use jiff::civil::{Date, date};
use words::Words;

use crate::calendar::{Alignment, Calendar};
use crate::evaluation::{DueDate, Facts, Provenance, due_date};
use crate::period::{Period, Rounding};
use crate::rule::{Condition, Leaf, Maximum, RetentionRule, Rule, Several};
use crate::trigger::{EventName, Trigger};

/// The language of the house.
const LANGUAGE: &Words = &english::ENGLISH;

/// The rule as a sentence without its full stop: `Keep for 6 years after the
/// case was closed`.
#[must_use]
pub fn in_words(rule: &Rule) -> String {
    let words = LANGUAGE;
    match rule {
        Rule::After(leaf) if leaf.period.is_zero() => joined(words.keep_until, &leaf_end(leaf)),
        Rule::After(leaf) => joined(words.keep_for, &leaf_end(leaf)),
        Rule::Until(trigger) => joined(words.keep_until, &happens(trigger)),
        Rule::LaterOf(_) | Rule::EarlierOf(_) => joined(words.keep_until, &end(rule)),
        Rule::If(condition) => begun(&in_case(condition, |rule| continued(&in_words(rule)))),
        Rule::With(relation) => with(relation),
        Rule::Permanent => words.for_ever.to_owned(),
        Rule::Prohibited => words.not_at_all.to_owned(),
    }
}

/// The whole retention rule, as sentences: how long, how long at most, what
/// then, and on whose authority.
#[must_use]
pub fn retention_in_words(rule: &RetentionRule) -> String {
    let words = LANGUAGE;
    let mut sentences = vec![in_words(&rule.minimum)];
    sentences.extend(limit(rule));
    sentences.extend(match rule.minimum {
        Rule::Prohibited => None,
        Rule::Permanent => Some((words.action_for_ever)(rule.action).to_owned()),
        _ => Some((words.action)(rule.action).to_owned()),
    });
    let authorities: Vec<&str> = rule.basis.iter().map(|basis| basis.citation.as_str()).collect();
    if !authorities.is_empty() {
        sentences.push(joined(words.authority, &authorities.join("; ")));
    }
    sentences.extend(rule.justification.as_ref().map(|reason| joined(words.because, reason)));
    sentences.into_iter().map(|sentence| format!("{sentence}.")).collect::<Vec<_>>().join(" ")
}

/// How long at most; nothing where the minimum has no end, or is none at all.
fn limit(rule: &RetentionRule) -> Option<String> {
    let words = LANGUAGE;
    if matches!(rule.minimum, Rule::Permanent | Rule::Prohibited) {
        return None;
    }
    Some(match &rule.maximum {
        Maximum::SameAsMinimum => words.no_longer.to_owned(),
        Maximum::Rule(Rule::Permanent) => words.may_be_for_ever.to_owned(),
        Maximum::Rule(maximum) => joined(words.not_beyond, &end(maximum)),
        Maximum::None { reason } => joined(words.no_limit, reason),
    })
}

/// The rule worked out for one sample date for each of its triggers: `closed 3
/// May 2019: kept to 31 March 2026, may go from 1 April 2026`. Nothing where no
/// date comes of it, or where the calendar does not say when a year ends.
#[must_use]
pub fn worked_example(rule: &Rule, calendar: &Calendar) -> Option<String> {
    let samples: Vec<(&Trigger, Date)> =
        rule.triggers().into_iter().map(|trigger| (trigger, sample(trigger))).collect();
    let facts = samples.iter().fold(Facts::default(), |facts, (trigger, on)| {
        facts.with((*trigger).clone(), *on, Provenance::Column)
    });
    let due = due_date(rule, &facts, calendar, AFTER_THE_SAMPLES, Rounding::Keep).ok()?.due();
    let DueDate::On(last) = due else { return None };
    let known: Vec<String> = samples
        .iter()
        .map(|(trigger, on)| format!("{} {}", happened_briefly(trigger), day(*on)))
        .collect();
    Some((LANGUAGE.example)(&known.join(", "), &day(last), &day(last.tomorrow().ok()?)))
}

/// A period in words: `6 years`, `21 years and 4 months`.
#[must_use]
pub fn period(period: Period) -> String {
    let (years, months, weeks, days) = period.parts();
    let counts = [years, months, weeks, days];
    let parts: Vec<String> = counts
        .into_iter()
        .zip(LANGUAGE.units)
        .filter(|(count, _)| *count > 0)
        .map(|(count, (one, many))| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if parts.is_empty() { LANGUAGE.no_time.to_owned() } else { listed(&parts) }
}

// Parts of a rule ------------------------------------------------------------

/// When a rule ends, as part of a sentence.
fn end(rule: &Rule) -> String {
    let words = LANGUAGE;
    match rule {
        Rule::After(leaf) => leaf_end(leaf),
        Rule::Until(trigger) => joined(words.the_day, &happens(trigger)),
        Rule::LaterOf(rules) => choice(words.later_of, rules),
        Rule::EarlierOf(rules) => choice(words.earlier_of, rules),
        Rule::If(condition) => in_case(condition, end),
        Rule::With(relation) => with(relation),
        Rule::Permanent => words.never_ends.to_owned(),
        Rule::Prohibited => words.at_once.to_owned(),
    }
}

/// `6 years after the end of the financial year in which the case was closed`.
fn leaf_end(leaf: &Leaf) -> String {
    let words = LANGUAGE;
    let start = match leaf.from_end_of {
        Some(alignment) => (words.in_which)(year_end(alignment), &happened(&leaf.trigger)),
        None if leaf.period.is_zero() => happens(&leaf.trigger),
        None => happened(&leaf.trigger),
    };
    let counted =
        if leaf.period.is_zero() { start } else { (words.after)(&period(leaf.period), &start) };
    match leaf.to_end_of {
        Some(alignment) => (words.and_on_to)(&counted, year_end(alignment)),
        None => counted,
    }
}

fn choice((of_two, of_more): (&str, &str), rules: &Several) -> String {
    let branches: Vec<String> = rules.iter().map(|rule| format!("({})", end(rule))).collect();
    let lead = if branches.len() > 2 { of_more } else { of_two };
    joined(lead, &listed(&branches))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {} {last}", before.join(", "), LANGUAGE.and),
    }
}

fn in_case(condition: &Condition, said: fn(&Rule) -> String) -> String {
    let Condition { event, limit, then, otherwise } = condition;
    let before = match age(limit) {
        Some(age) => (LANGUAGE.before_age)(age),
        None => (LANGUAGE.sooner_than)(&leaf_end(limit)),
    };
    (LANGUAGE.in_case)(&happened(event), &before, &said(then), &said(otherwise))
}

/// The age in years that a limit is, where it is one.
fn age(limit: &Leaf) -> Option<u16> {
    let (years, 0, 0, 0) = limit.period.parts() else { return None };
    (*limit == Leaf::new(Period::years(years)?, Trigger::DateOfBirth)).then_some(years)
}

fn with(relation: &EventName) -> String {
    joined(LANGUAGE.as_long_as, &unslugged(relation))
}

fn year_end(alignment: Alignment) -> &'static str {
    (LANGUAGE.year)(alignment)
}

// Triggers -------------------------------------------------------------------

/// `the case was closed`.
fn happened(trigger: &Trigger) -> String {
    match (LANGUAGE.trigger)(trigger) {
        Ok(words) => words.happened.to_owned(),
        Err(event) => (LANGUAGE.event_happened)(&unslugged(event)),
    }
}

/// `the case is closed`.
fn happens(trigger: &Trigger) -> String {
    match (LANGUAGE.trigger)(trigger) {
        Ok(words) => words.happens.to_owned(),
        Err(event) => (LANGUAGE.event_happens)(&unslugged(event)),
    }
}

/// `closed`.
fn happened_briefly(trigger: &Trigger) -> String {
    match (LANGUAGE.trigger)(trigger) {
        Ok(words) => words.briefly.to_owned(),
        Err(event) => unslugged(event),
    }
}

fn unslugged(event: &EventName) -> String {
    event.as_str().replace('-', " ")
}

// Dates ----------------------------------------------------------------------

/// Later than every sample, so that each of them can be true.
const AFTER_THE_SAMPLES: Date = date(2025, 1, 1);

/// The day the example uses for a trigger: different where two of them often
/// stand in one rule, so that the reader sees which one governed.
fn sample(trigger: &Trigger) -> Date {
    match trigger {
        Trigger::DateOfBirth => date(2001, 6, 12),
        Trigger::DateOfDeath => date(2015, 9, 4),
        Trigger::LastAction | Trigger::LastModified => date(2018, 11, 14),
        Trigger::LastContact => date(2018, 10, 2),
        Trigger::Paid => date(2019, 2, 20),
        Trigger::Created => date(2019, 1, 21),
        _ => date(2019, 5, 3),
    }
}

fn day(day: Date) -> String {
    let month = usize::try_from(day.month()).unwrap_or(1);
    let month = LANGUAGE.months.get(month - 1).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

/// As the beginning of a sentence.
fn begun(text: &str) -> String {
    with_first(text, char::to_uppercase)
}

/// As the rest of a sentence.
fn continued(text: &str) -> String {
    with_first(text, char::to_lowercase)
}

fn with_first<I: Iterator<Item = char>>(text: &str, case: fn(char) -> I) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(case).chain(letters).collect()
}

fn joined(lead: &str, rest: &str) -> String {
    format!("{lead} {rest}")
}
