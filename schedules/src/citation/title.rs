//! The title of an Act or instrument, read back from its last word.
//!
//! A known title that ends there, unless the capitalised words go on before it;
//! else those capitalised words, with the small words and brackets that titles
//! have inside them. A title that is not known is never stretched over a
//! lower-case word, so that "kept as the
//! Act requires" cites nothing.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::names::{ALIASES, TITLES};
use super::tokens::{Token, key, tokens};
use crate::basis::BasisKind;

/// No title is longer than this many words and marks.
const LONGEST: usize = 40;

/// How far the last word of a title may lie behind an Act named inside it.
const INNER: usize = 12;

/// A title and the tokens it takes, its last word included.
#[derive(Debug)]
pub(super) struct Title {
    pub(super) kind: BasisKind,
    pub(super) words: String,
    pub(super) first: usize,
}

/// What may stand as the last word of a title.
struct Ending {
    keys: &'static [&'static str],
    word: &'static str,
    kind: BasisKind,
    /// Titles not known by name count only with a year: "Financial Regulations"
    /// and "Standing Orders" are a council's own.
    unknown_needs_year: bool,
}

const ENDINGS: &[Ending] = &[
    Ending {
        keys: &["act", "acts"],
        word: "Act",
        kind: BasisKind::Statute,
        unknown_needs_year: false,
    },
    Ending {
        keys: &["measure"],
        word: "Measure",
        kind: BasisKind::Statute,
        unknown_needs_year: true,
    },
    Ending {
        keys: &["regulations", "regs", "reg"],
        word: "Regulations",
        kind: BasisKind::Regulation,
        unknown_needs_year: true,
    },
    Ending {
        keys: &["rules"],
        word: "Rules",
        kind: BasisKind::Regulation,
        unknown_needs_year: true,
    },
    Ending {
        keys: &["order"],
        word: "Order",
        kind: BasisKind::Regulation,
        unknown_needs_year: true,
    },
];

/// The title whose last word is the token at `last`, taking nothing before `floor`.
pub(super) fn title_ending_at(
    tokens: &[Token<'_>],
    last: usize,
    floor: usize,
    has_year: bool,
) -> Option<Title> {
    let code = || code_of_practice(tokens, last, floor);
    let Some(ending) = ENDINGS.iter().find(|e| e.keys.contains(&tokens[last].key.as_str())) else {
        return code();
    };
    if is_inside_a_longer_title(tokens, last, floor) {
        return None;
    }
    let walked = walk_back(tokens, last, floor).filter(|_| tokens[last].is_capitalised());
    if let Some((canonical, first)) = known(tokens, last, floor, ending.word)
        && !walked.is_some_and(|walked| is_of_a_longer_title(tokens, walked, first))
    {
        let kind = kind_of(canonical, ending.kind);
        return Some(Title { kind, words: canonical.to_owned(), first });
    }
    let first = walked.filter(|_| has_year || !ending.unknown_needs_year)?;
    let words = format!("{} {}", written(&tokens[first..last]), ending.word);
    Some(Title { kind: kind_of(&words, ending.kind), words, first })
}

/// `Child Care Act` is not the Care Act. Where everything is in capitals they
/// tell nothing, and the known title is taken.
fn is_of_a_longer_title(tokens: &[Token<'_>], walked: usize, first: usize) -> bool {
    let shouted = |token: &Token<'_>| !token.text.chars().any(char::is_lowercase);
    walked < first && !tokens[walked..=first].iter().all(shouted)
}

/// `Health and Social Care Act` in the title of Regulations made under it.
fn is_inside_a_longer_title(tokens: &[Token<'_>], last: usize, floor: usize) -> bool {
    let ahead = tokens.iter().enumerate().skip(last + 1).take(INNER);
    ahead.filter(|(_, token)| ["regulations", "regs", "order", "rules"].contains(&&*token.key)).any(
        |(at, token)| {
            let ending = if token.key == "regs" { "regulations" } else { &token.key };
            known(tokens, at, floor, ending).is_some_and(|(_, first)| first <= last)
        },
    )
}

/// Acts of limitation and prescription set the time for a claim, not for a record.
pub(super) fn kind_of(title: &str, otherwise: BasisKind) -> BasisKind {
    let limits = title.starts_with("Limitation") || title.contains("Prescription and Limitation");
    if limits { BasisKind::Limitation } else { otherwise }
}

/// `Surveillance Camera Code of Practice`.
fn code_of_practice(tokens: &[Token<'_>], last: usize, floor: usize) -> Option<Title> {
    let start = last.checked_sub(2).filter(|start| *start >= floor)?;
    let keys = tokens[start..=last].iter().map(|token| token.key.as_str());
    if !keys.eq(["code", "of", "practice"]) || !tokens[start].is_capitalised() {
        return None;
    }
    let first = walk_back(tokens, start, floor)?;
    let words = format!("{} Code of Practice", written(&tokens[first..start]));
    Some(Title { kind: BasisKind::Code, words, first })
}

/// Known titles by their words, last word left off, and by which words they end.
struct Known {
    by_words: HashMap<Vec<String>, &'static str>,
}

fn known_titles() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let own = TITLES.iter().map(|title| (*title, *title));
        let by_words = own.chain(ALIASES.iter().copied()).map(|(from, to)| (spelt(from), to));
        Known { by_words: by_words.collect() }
    })
}

fn spelt(title: &str) -> Vec<String> {
    tokens(title).into_iter().filter(Token::is_word).map(|token| token.key).collect()
}

/// The longest known title that ends at `last`, and its first token.
fn known(
    tokens: &[Token<'_>],
    last: usize,
    floor: usize,
    ending: &str,
) -> Option<(&'static str, usize)> {
    let mut words = vec![key(ending)];
    let mut longest = None;
    for at in (floor.max(last.saturating_sub(LONGEST))..last).rev() {
        let token = &tokens[at];
        if token.is_word() {
            words.insert(0, token.key.clone());
            if let Some(title) = known_titles().by_words.get(&words) {
                longest = Some((*title, at));
            }
        } else if !["(", ")", ",", ".", "\n"].contains(&token.text) {
            break;
        }
    }
    longest
}

/// The first token of the capitalised title that ends before `end`.
fn walk_back(tokens: &[Token<'_>], end: usize, floor: usize) -> Option<usize> {
    let floor = floor.max(end.saturating_sub(LONGEST));
    let mut first = end;
    let mut list_ahead = false;
    let mut at = end;
    while at > floor {
        at -= 1;
        let token = &tokens[at];
        if token.is_mark(")") {
            at = open_bracket(tokens, at, floor)?;
        } else if token.is_mark(",") {
            if !list_ahead {
                break;
            }
        } else if is_stop(token) {
            break;
        }
        list_ahead |= token.key == "and";
        if tokens[at].is_capitalised() {
            first = at;
        }
    }
    first = (first..end)
        .find(|at| tokens[*at].is_capitalised() && !LEADS.contains(&&*tokens[*at].key))?;
    Some(first)
}

/// Words that stand before a title and are no part of it.
const LEADS: &[&str] = &["the", "see", "under", "per", "by", "in", "and", "legislation", "statute"];

/// Small words inside titles.
const SMALL: &[&str] = &["of", "and", "to", "for", "in", "etc", "on", "at", "as", "or", "by"];

fn is_stop(token: &Token<'_>) -> bool {
    let ends_another = ["act", "acts", "regulations", "regs"].contains(&token.key.as_str());
    let inside = token.is_capitalised() || SMALL.contains(&token.key.as_str());
    ends_another || !inside
}

/// The opening bracket of the group that closes at `close`; a year alone in
/// brackets belongs to the law before.
fn open_bracket(tokens: &[Token<'_>], close: usize, floor: usize) -> Option<usize> {
    let open = (floor..close).rev().take(15).find(|at| tokens[*at].is_mark("("))?;
    let lone_year = close == open + 2 && tokens[open + 1].year().is_some();
    (!lone_year).then_some(open)
}

/// The words as written, with single spaces and brackets closed up.
pub(super) fn written(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in tokens {
        let tight = text.is_empty() || text.ends_with(['(', '/']);
        let closes = [")", ",", "."].contains(&token.text);
        if !tight && !closes {
            text.push(' ');
        }
        text.push_str(if token.text == "\n" { "" } else { token.text });
    }
    text
}
