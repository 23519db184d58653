//! Provisions: the section, schedule, regulation or article within an authority.

use std::fmt;

use super::tokens::Token;

/// A place within an authority, from the larger to the smaller: `Sch.11 para.6`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Provision {
    /// At least one.
    pub steps: Vec<Step>,
}

/// One step of the way: `s.5`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// Section, regulation, and so on.
    pub unit: Unit,
    /// Its number as written, without spaces: `14A`, `5(1)(e)`, `2-5`.
    pub label: String,
}

/// What the parts of Acts and instruments are called, the larger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Part.
    Part,
    /// Schedule.
    Schedule,
    /// Section.
    Section,
    /// Regulation.
    Regulation,
    /// Article.
    Article,
    /// Rule.
    Rule,
    /// Paragraph.
    Paragraph,
}

/// The ways each unit is written; the plural ones take a list of numbers.
const UNITS: &[(Unit, &str, &[&str], &[&str])] = &[
    (Unit::Part, "Part ", &["part", "pt"], &["parts"]),
    (Unit::Schedule, "Sch.", &["schedule", "sched", "sch"], &["schedules", "schs"]),
    (Unit::Section, "s.", &["section", "sect", "sec", "s"], &["sections", "secs", "ss"]),
    (Unit::Regulation, "reg.", &["regulation", "reg"], &["regulations", "regs"]),
    (Unit::Article, "art.", &["article", "art"], &["articles", "arts"]),
    (Unit::Rule, "r.", &["rule", "r"], &["rules", "rr"]),
    (Unit::Paragraph, "para.", &["paragraph", "para"], &["paragraphs", "paras"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grammar {
    One,
    List,
}

/// Provisions that stand together in the text.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The first token.
    pub(super) first: usize,
    /// The token after the last.
    pub(super) end: usize,
    /// What they are.
    pub(super) provisions: Vec<Provision>,
}

/// Every group of provisions in the text, in order, none overlapping.
pub(super) fn groups(tokens: &[Token<'_>]) -> Vec<Group> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match group(tokens, at) {
            Some(group) => {
                at = group.end;
                found.push(group);
            }
            None => at += 1,
        }
    }
    found
}

/// `para.6 of Sch.11`: the outer place, then the inner one.
pub(super) fn nest(outer: &mut [Provision], inner: &[Provision]) -> bool {
    let ([outer], [inner]) = (outer, inner) else { return false };
    let nests = outer.steps.last().map(|step| step.unit) < inner.steps.first().map(|s| s.unit);
    if nests {
        outer.steps.extend(inner.steps.iter().cloned());
    }
    nests
}

fn group(tokens: &[Token<'_>], first: usize) -> Option<Group> {
    let (provisions, mut end) = listed(tokens, first)?;
    let mut group = Group { first, end, provisions };
    while let Some((next, next_end)) = listed(tokens, past_joint(tokens, end)) {
        let own = matches!(tokens.get(next_end), Some(after) if starts_its_own(after));
        if own && past_joint(tokens, end) != end {
            break;
        }
        if !nest(&mut group.provisions, &next) {
            group.provisions.extend(next);
        }
        end = next_end;
        group.end = end;
    }
    Some(group)
}

/// `section 386 Companies Act`: what follows the number names another authority.
pub(super) fn starts_its_own(after: &Token<'_>) -> bool {
    after.is_capitalised() || ["of", "to", "the"].contains(&after.key.as_str())
}

fn past_joint(tokens: &[Token<'_>], at: usize) -> usize {
    let joins = |token: &&Token<'_>| {
        token.key == "and" || [",", "/"].into_iter().any(|mark| token.is_mark(mark))
    };
    at + tokens[at.min(tokens.len())..].iter().take(2).take_while(joins).count()
}

/// A unit and its number; after a plural, several numbers; after a singular,
/// only what "and" adds.
fn listed(tokens: &[Token<'_>], first: usize) -> Option<(Vec<Provision>, usize)> {
    let (unit, grammar, label_at, glued) = unit_at(tokens, first)?;
    let (label, mut end) = match glued {
        Some(number) => with_brackets(tokens, number, label_at),
        None => label_from(tokens, label_at, unit)?,
    };
    let mut provisions = vec![one(unit, label)];
    let more = |at: usize| {
        let next = past_joint(tokens, at);
        let joined = tokens.get(at).is_some_and(|token| token.key == "and");
        if grammar == Grammar::One && !joined {
            return None;
        }
        let (label, after) = label_from(tokens, next, unit).filter(|_| next > at)?;
        let length = tokens.get(after).is_some_and(|token| is_length(&token.key));
        (!length).then_some((label, after))
    };
    while let Some((label, after)) = more(end) {
        provisions.push(one(unit, label));
        end = after;
    }
    Some((provisions, end))
}

fn one(unit: Unit, label: String) -> Provision {
    Provision { steps: vec![Step { unit, label }] }
}

/// "sections 2, 5, 6 years": the six is no section.
fn is_length(key: &str) -> bool {
    ["year", "years", "yrs", "months", "month", "days", "weeks"].contains(&key)
}

/// The unit at this token, the place of its number, and the number where it is
/// glued to the unit (`s224`).
fn unit_at<'text>(
    tokens: &[Token<'text>],
    at: usize,
) -> Option<(Unit, Grammar, usize, Option<&'text str>)> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    if let Some((unit, grammar)) = unit_named(&token.key) {
        let dot = tokens.get(at + 1).is_some_and(|next| next.is_mark("."));
        return Some((unit, grammar, at + 1 + usize::from(dot), None));
    }
    let digits = token.text.find(|c: char| c.is_ascii_digit())?;
    let (unit, grammar) = unit_named(&token.text[..digits].to_lowercase())?;
    let number = &token.text[digits..];
    is_label(number, unit).then_some((unit, grammar, at + 1, Some(number)))
}

fn unit_named(key: &str) -> Option<(Unit, Grammar)> {
    UNITS.iter().find_map(|(unit, _, singular, plural)| {
        let one = singular.contains(&key).then_some((*unit, Grammar::One));
        one.or_else(|| plural.contains(&key).then_some((*unit, Grammar::List)))
    })
}

fn label_from(tokens: &[Token<'_>], at: usize, unit: Unit) -> Option<(String, usize)> {
    let token = tokens.get(at).filter(|token| is_label(token.text, unit))?;
    Some(with_brackets(tokens, token.text, at + 1))
}

/// `14A`, `2-5`; Roman numerals and `A1` where parts and schedules are numbered
/// so. Four digits are a year.
fn is_label(text: &str, unit: Unit) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let tail = &text[digits..];
    let numbered = (1..=3).contains(&digits)
        && tail.len() <= 4
        && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let roman = (1..=5).contains(&text.len()) && text.bytes().all(|byte| b"IVXA".contains(&byte));
    let inserted = text.strip_prefix('A').is_some_and(is_short_number);
    numbered || (matches!(unit, Unit::Part | Unit::Schedule) && (roman || inserted))
}

fn is_short_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `5` and then `(1)(e)`.
fn with_brackets(tokens: &[Token<'_>], label: &str, mut end: usize) -> (String, usize) {
    let mut label = label.to_owned();
    while let Some([open, inner, close]) = tokens.get(end..end + 3) {
        let sub = open.is_mark("(") && close.is_mark(")") && inner.text.len() <= 3;
        if !(sub && inner.text.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            break;
        }
        label.push_str(&format!("({})", inner.text));
        end += 3;
    }
    (label, end)
}

impl fmt::Display for Provision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            let gap = if position == 0 { "" } else { " " };
            write!(f, "{gap}{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = UNITS.iter().find(|row| row.0 == self.unit).map_or("", |row| row.1);
        write!(f, "{short}{}", self.label)
    }
}
