//! One's own schedule beside the library: which lines have a counterpart there,
//! and how they differ.
//!
//! **The matching rule.** A title is the set of its words: lower case, plurals
//! as singulars, small words and words such as "records" and "file" left out.
//! The likeness of two titles is twice the words they share over the words they
//! have. The likest model line is the counterpart where its likeness is at least
//! [`CONFIDENCE`] per thousand and no other line is as like; else there is no
//! counterpart, and the nearest are named for a person to choose from.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::{Checking, ModelLine};
use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::period::Period;
use crate::rule::{Leaf, Rule};
use crate::trigger::Trigger;

/// The least likeness, per thousand, at which two titles mean the same records.
pub const CONFIDENCE: usize = 600;

/// How many of the nearest lines are named where none is the counterpart.
const NEAREST: usize = 3;

/// A line of the organisation's own schedule.
#[derive(Debug, Clone, Copy)]
pub struct OwnLine<'own> {
    /// How the organisation refers to it.
    pub reference: &'own str,
    /// What records it is about.
    pub record_type: &'own str,
    /// Keep at least.
    pub rule: &'own Rule,
    /// And then.
    pub action: DisposalAction,
}

/// What the comparison says of one own line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The own line's reference.
    pub reference: String,
    /// What was found.
    pub finding: Finding,
}

/// Whether there is a counterpart, and how the two differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// The library has no line that is surely about the same records.
    NoCounterpart {
        /// The codes of the likest lines, the likest first; often none.
        nearest: Vec<String>,
    },
    /// The model line says the same.
    Same {
        /// The model line's code.
        code: String,
        /// How far the model line's authorities were checked.
        checking: Checking,
    },
    /// The model line says something else.
    Differs {
        /// The model line's code.
        code: String,
        /// How far the model line's authorities were checked.
        checking: Checking,
        /// In what; at least one.
        changes: Vec<Change>,
    },
}

/// One thing in which the own line differs from the model line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Change {
    /// Counted from the same event, for another length of time.
    Length {
        /// Which way, and by how much.
        length: Length,
    },
    /// Counted from another event.
    Trigger {
        /// The own line's.
        own: Trigger,
        /// The model line's.
        model: Trigger,
    },
    /// Counted from the same event, moved to another year end or to none.
    YearEnd {
        /// The own line's.
        own: Option<Alignment>,
        /// The model line's.
        model: Option<Alignment>,
    },
    /// The rules are not of a kind that can be told apart by length.
    Rule {
        /// The own line's.
        own: Rule,
        /// The model line's.
        model: Rule,
    },
    /// Something else then happens.
    Action {
        /// The own line's.
        own: DisposalAction,
        /// The model line's.
        model: DisposalAction,
    },
}

/// How much shorter or longer the own line keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "by")]
pub enum Length {
    /// Shorter than the model line.
    Shorter(Period),
    /// Longer than the model line.
    Longer(Period),
}

/// Sets each own line beside its counterpart among the model lines. One answer
/// for each own line, in their order; the same lines always give the same answers.
pub fn compare<'model>(
    own: &[OwnLine<'_>],
    library: impl IntoIterator<Item = &'model ModelLine>,
) -> Vec<Difference> {
    let models: Vec<_> = library.into_iter().map(|line| (words(&line.record_type), line)).collect();
    let differences = own.iter().map(|line| Difference {
        reference: line.reference.to_owned(),
        finding: find_counterpart(line, &models),
    });
    differences.collect()
}

type Titled<'model> = (BTreeSet<String>, &'model ModelLine);

fn find_counterpart(own: &OwnLine<'_>, models: &[Titled<'_>]) -> Finding {
    let title = words(own.record_type);
    let mut ranked: Vec<_> = models
        .iter()
        .map(|(words, model)| (likeness(&title, words), *model))
        .filter(|(likeness, _)| *likeness > 0)
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.code.cmp(&b.1.code)));
    let tied = |best: usize| ranked.get(1).is_some_and(|second| second.0 == best);
    match ranked.first() {
        Some((best, model)) if *best >= CONFIDENCE && !tied(*best) => set_beside(own, model),
        _ => {
            let nearest = ranked.iter().take(NEAREST).map(|(_, model)| model.code.clone());
            Finding::NoCounterpart { nearest: nearest.collect() }
        }
    }
}

fn set_beside(own: &OwnLine<'_>, model: &ModelLine) -> Finding {
    let mut changes = rule_changes(own.rule, &model.rule);
    if own.action != model.action {
        changes.push(Change::Action { own: own.action, model: model.action });
    }
    let (code, checking) = (model.code.clone(), model.checking());
    if changes.is_empty() {
        Finding::Same { code, checking }
    } else {
        Finding::Differs { code, checking, changes }
    }
}

fn rule_changes(own: &Rule, model: &Rule) -> Vec<Change> {
    let other = || vec![Change::Rule { own: own.clone(), model: model.clone() }];
    match (own, model) {
        _ if own == model => Vec::new(),
        (Rule::After(own_leaf), Rule::After(model_leaf)) => {
            leaf_changes(own_leaf, model_leaf).unwrap_or_else(other)
        }
        _ => other(),
    }
}

/// Nothing where the difference cannot be said in these terms.
fn leaf_changes(own: &Leaf, model: &Leaf) -> Option<Vec<Change>> {
    if own.trigger != model.trigger {
        let (own, model) = (own.trigger.clone(), model.trigger.clone());
        return Some(vec![Change::Trigger { own, model }]);
    }
    let mut changes = Vec::new();
    if own.period != model.period {
        changes.extend(length_change(own.period, model.period)?);
    }
    if own.from_end_of != model.from_end_of {
        changes.push(Change::YearEnd { own: own.from_end_of, model: model.from_end_of });
    }
    if own.to_end_of != model.to_end_of {
        changes.push(Change::YearEnd { own: own.to_end_of, model: model.to_end_of });
    }
    Some(changes)
}

/// Years and months are told apart from weeks and days, since a month has no
/// fixed length: where one side has more of the one and less of the other there
/// is no answer. `P18M` and `P1Y6M` are no change.
fn length_change(own: Period, model: Period) -> Option<Option<Change>> {
    let months = months(own) - months(model);
    let days = days(own) - days(model);
    let by = part_period(months.unsigned_abs(), days.unsigned_abs())?;
    match (months.signum(), days.signum()) {
        (0, 0) => Some(None),
        (-1 | 0, -1 | 0) => Some(Some(Change::Length { length: Length::Shorter(by) })),
        (0 | 1, 0 | 1) => Some(Some(Change::Length { length: Length::Longer(by) })),
        _ => None,
    }
}

fn months(period: Period) -> i32 {
    let (years, months, _, _) = period.parts();
    i32::from(years) * 12 + i32::from(months)
}

fn days(period: Period) -> i32 {
    let (_, _, weeks, days) = period.parts();
    i32::from(weeks) * 7 + i32::from(days)
}

fn part_period(months: u32, days: u32) -> Option<Period> {
    let part = |count: u32| u16::try_from(count).ok();
    Period::new(part(months / 12)?, part(months % 12)?, 0, part(days)?)
}

/// Words that say nothing of which records are meant.
const EMPTY_WORDS: &[&str] = &[
    "a",
    "an",
    "and",
    "any",
    "as",
    "at",
    "by",
    "data",
    "document",
    "documentation",
    "etc",
    "file",
    "for",
    "form",
    "from",
    "in",
    "information",
    "of",
    "on",
    "or",
    "other",
    "paper",
    "record",
    "relating",
    "the",
    "to",
    "under",
    "with",
];

fn words(title: &str) -> BTreeSet<String> {
    title
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(singular)
        .filter(|word| !word.is_empty() && !EMPTY_WORDS.contains(&word.as_str()))
        .collect()
}

/// Lower case, without possessive and plural ending: `policies` as `policy`.
fn singular(word: &str) -> String {
    let word: String = word.to_lowercase().replace('’', "'");
    let word = word.strip_suffix("'s").unwrap_or(&word).replace('\'', "");
    match word.strip_suffix("ies") {
        Some(stem) if stem.chars().count() > 2 => format!("{stem}y"),
        _ if word.ends_with("ss") || word.ends_with("us") || word.chars().count() < 4 => word,
        _ => word.strip_suffix('s').unwrap_or(&word).to_owned(),
    }
}

/// Per thousand.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    let shared = one.intersection(other).count();
    (2000 * shared).checked_div(one.len() + other.len()).unwrap_or(0)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { length: Length::Shorter(by) } => write!(f, "{} shorter", InWords(*by)),
            Self::Length { length: Length::Longer(by) } => write!(f, "{} longer", InWords(*by)),
            Self::Trigger { own, model } => {
                write!(f, "counted from {own} and not from {model}")
            }
            Self::YearEnd { own, model } => {
                write!(f, "moved to {} and not to {}", year_end(*own), year_end(*model))
            }
            Self::Rule { own, model } => write!(f, "`{own}` and not `{model}`"),
            Self::Action { own, model } => write!(f, "action {own} and not {model}"),
        }
    }
}

fn year_end(alignment: Option<Alignment>) -> &'static str {
    alignment.map_or("no year end", Alignment::name)
}

/// `1 year 4 months`.
struct InWords(Period);

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (years, months, weeks, days) = self.0.parts();
        let mut gap = "";
        for (count, unit) in [(years, "year"), (months, "month"), (weeks, "week"), (days, "day")] {
            if count > 0 {
                let plural = if count == 1 { "" } else { "s" };
                write!(f, "{gap}{count} {unit}{plural}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}
