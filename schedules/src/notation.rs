//! The notation: reading a rule's text back into the rule.
//!
//! ```text
//! rule      = leaf | "later-of" "(" rule "," rule ... ")" | "earlier-of" "(" rule "," rule ... ")"
//!           | "if" "(" trigger "before" leaf "," rule "," rule ")"
//!           | "until" trigger | "with" name | "permanent" | "prohibited"
//! leaf      = period "after" [ year-end "of" ] trigger [ "to" year-end ]
//! ```
//!
//! Case counts, white space does not. Everything a [`Rule`] prints reads back
//! as the same rule, and nothing is ever guessed or put right.

use std::fmt;
use std::str::FromStr;

use winnow::ascii::multispace0;
use winnow::combinator::{cut_err, delimited, opt, peek, preceded, separated, terminated};
use winnow::error::{ContextError, ParseError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::take_while;

use crate::calendar::Alignment;
use crate::rule::{Condition, Leaf, MAX_DEPTH, Rule, Several};
use crate::trigger::{EventName, Trigger};

/// A text that is no rule: where it goes wrong, and what would have gone on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotationError {
    column: usize,
    expected: String,
    found: String,
}

impl NotationError {
    /// The character at which the text stops being a rule, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// What would have been a rule there.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, expected, found } = self;
        write!(f, "not a rule: at column {column}, expected {expected}, found {found}")
    }
}

impl std::error::Error for NotationError {}

impl FromStr for Rule {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        whole(|input: &mut &str| rule(input, 1), text)
    }
}

impl FromStr for Leaf {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        whole(|input: &mut &str| leaf(input, "a period, such as `P6Y after created`"), text)
    }
}

fn whole<'text, T>(
    part: impl ModalParser<&'text str, T, ContextError>,
    text: &'text str,
) -> Result<T, NotationError> {
    let end = winnow::combinator::eof.context(said("the end of the rule"));
    terminated(part, (multispace0, cut_err(end))).parse(text).map_err(|error| mistake(&error))
}

fn mistake(error: &ParseError<&str, ContextError>) -> NotationError {
    let (before, rest) = error.input().split_at(error.offset());
    let skipped = rest.len() - rest.trim_start().len();
    let expected: Vec<String> = error.inner().context().filter_map(expectation).collect();
    NotationError {
        column: before.chars().chain(rest[..skipped].chars()).count() + 1,
        expected: expected.join(" or "),
        found: found(rest.trim_start()),
    }
}

fn expectation(context: &StrContext) -> Option<String> {
    match context {
        StrContext::Expected(StrContextValue::Description(words)) => Some((*words).to_owned()),
        StrContext::Expected(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The word or mark at the mistake, cut short where it is long.
fn found(rest: &str) -> String {
    let word = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
    let shown: String = match rest.chars().next() {
        None => return "the end".to_owned(),
        Some(mark) if word == 0 => mark.to_string(),
        Some(_) => rest[..word].chars().take(40).collect(),
    };
    format!("`{shown}`")
}

fn rule(input: &mut &str, depth: usize) -> ModalResult<Rule> {
    let known = preceded(multispace0, peek(word)).parse_next(input)?;
    let read: fn(&mut &str, usize) -> ModalResult<Rule> = match known {
        _ if depth > MAX_DEPTH => too_deep,
        "later-of" => |input, depth| branches(depth).map(Rule::LaterOf).parse_next(input),
        "earlier-of" => |input, depth| branches(depth).map(Rule::EarlierOf).parse_next(input),
        "if" => condition,
        "until" => |input, _| preceded(token, trigger).map(Rule::Until).parse_next(input),
        "with" => |input, _| preceded(token, relation).map(Rule::With).parse_next(input),
        "permanent" => |input, _| token.value(Rule::Permanent).parse_next(input),
        "prohibited" => |input, _| token.value(Rule::Prohibited).parse_next(input),
        _ => |input, _| leaf(input, RULE).map(Rule::After),
    };
    read(input, depth)
}

fn too_deep(input: &mut &str, _: usize) -> ModalResult<Rule> {
    cut_err(winnow::combinator::fail.context(said("at most 16 rules inside each other")))
        .parse_next(input)
}

fn branches<'text>(depth: usize) -> impl ModalParser<&'text str, Several, ContextError> {
    let branch = move |input: &mut &'text str| rule(input, depth + 1);
    let list = separated(2.., branch, mark(',', "`,`")).verify_map(Several::new);
    preceded(token, cut_err(delimited(mark('(', "`(`"), list, closing)))
}

fn condition(input: &mut &str, depth: usize) -> ModalResult<Rule> {
    let mut comma = cut_err(mark(',', "`,`"));
    (token, cut_err(mark('(', "`(`"))).parse_next(input)?;
    let event = trigger.parse_next(input)?;
    keyword("before", "`before`").parse_next(input)?;
    let limit = leaf(input, "a period, such as `P18Y after date-of-birth`")?;
    comma.parse_next(input)?;
    let then = rule(input, depth + 1)?;
    comma.parse_next(input)?;
    let otherwise = rule(input, depth + 1)?;
    cut_err(mark(')', "`)`")).parse_next(input)?;
    Ok(Rule::If(Box::new(Condition { event, limit, then, otherwise })))
}

/// What is missing where no rule begins.
const RULE: &str = "a rule, such as `P6Y after case-closed`, `later-of(...)` or `permanent`";

fn leaf(input: &mut &str, expected: &'static str) -> ModalResult<Leaf> {
    let period = expect(|word| word.parse().ok(), expected).parse_next(input)?;
    keyword("after", "`after`").parse_next(input)?;
    let from_end_of = start_alignment(input)?;
    let trigger = trigger.parse_next(input)?;
    let to = opt(token.verify(|word: &str| word == "to")).parse_next(input)?;
    let to_end_of = match to {
        Some(_) => Some(expect(Alignment::named, "a year end or other end").parse_next(input)?),
        None => None,
    };
    Ok(Leaf { period, trigger, from_end_of, to_end_of })
}

fn start_alignment(input: &mut &str) -> ModalResult<Option<Alignment>> {
    let alignment = opt(token.verify_map(Alignment::named)).parse_next(input)?;
    if alignment.is_some() {
        keyword("of", "`of`").parse_next(input)?;
    }
    Ok(alignment)
}

fn trigger(input: &mut &str) -> ModalResult<Trigger> {
    expect(|word| word.parse().ok(), "a trigger, such as `created`, `case-closed` or `event:NAME`")
        .parse_next(input)
}

fn relation(input: &mut &str) -> ModalResult<EventName> {
    expect(
        |word| EventName::try_from(word.to_owned()).ok(),
        "a name in lower-case letters, digits and hyphens",
    )
    .parse_next(input)
}

/// A word that means something, or the mistake is here and final.
fn expect<'text, T>(
    meaning: impl FnMut(&'text str) -> Option<T>,
    words: &'static str,
) -> impl ModalParser<&'text str, T, ContextError> {
    cut_err(token.verify_map(meaning).context(said(words)))
}

fn keyword<'text>(
    text: &'static str,
    words: &'static str,
) -> impl ModalParser<&'text str, &'text str, ContextError> {
    expect(move |word| (word == text).then_some(word), words)
}

fn mark<'text>(
    mark: char,
    words: &'static str,
) -> impl ModalParser<&'text str, char, ContextError> {
    preceded(multispace0, mark).context(said(words))
}

fn closing(input: &mut &str) -> ModalResult<char> {
    cut_err(mark(')', "`,` or `)`")).parse_next(input)
}

fn token<'text>(input: &mut &'text str) -> ModalResult<&'text str> {
    preceded(multispace0, word).parse_next(input)
}

/// May be empty, so that what was expected is said by whoever wanted the word.
fn word<'text>(input: &mut &'text str) -> ModalResult<&'text str> {
    take_while(0.., is_of_word).parse_next(input)
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == ':'
}

fn said(words: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(words))
}
