//! The scan: every authority in a text, from left to right, none overlapping.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::names::{ABBREVIATIONS, Alone, PHRASES, Words};
use super::provision::{Group, Provision, groups, nest, starts_its_own};
use super::title::{kind_of, title_ending_at};
use super::tokens::{Token, tokens};
use super::{Citation, InstrumentNumber, Series};
use crate::basis::BasisKind;

/// The authorities that `text` cites, in its order. Any text will do; one that
/// cites nothing gives none.
#[must_use]
pub fn find(text: &str) -> Vec<Citation> {
    let tokens = tokens(text);
    let mut scan = Scan { text, groups: groups(&tokens), tokens, floor: 0, found: Vec::new() };
    let mut at = 0;
    while at < scan.tokens.len() {
        at = match scan.authority_at(at) {
            Some(authority) => scan.take(authority),
            None => at + 1,
        };
    }
    joined(text, scan.found)
}

/// An authority and its tokens, before its provisions are looked for.
struct Authority {
    kind: BasisKind,
    title: String,
    year: Option<u16>,
    number: Option<InstrumentNumber>,
    /// The first token.
    first: usize,
    /// The token after the last.
    end: usize,
    alone: Alone,
}

struct Scan<'text> {
    text: &'text str,
    tokens: Vec<Token<'text>>,
    groups: Vec<Group>,
    /// The token after the last one that is taken.
    floor: usize,
    found: Vec<Citation>,
}

impl Scan<'_> {
    fn authority_at(&self, at: usize) -> Option<Authority> {
        if !self.tokens[at].is_word() {
            return None;
        }
        let numbered = || self.numbered(at);
        let found = self.phrase(at).or_else(|| self.titled(at)).or_else(|| self.abbreviated(at));
        found.or_else(numbered)
    }

    /// An Act, instrument or code whose title ends here.
    fn titled(&self, last: usize) -> Option<Authority> {
        let (year, after_year) = self.year_after(last + 1);
        let title = title_ending_at(&self.tokens, last, self.floor, year.is_some())?;
        let (number, end) = self.number_after(after_year);
        Some(Authority {
            kind: title.kind,
            title: title.words,
            year,
            number,
            first: title.first,
            end,
            alone: Alone::Stands,
        })
    }

    /// `LGA 1972`, `DPA2018`, `FOIA`.
    fn abbreviated(&self, at: usize) -> Option<Authority> {
        let text = self.tokens[at].text;
        let letters = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let row = ABBREVIATIONS.iter().find(|row| row.0 == &text[..letters])?;
        let glued = text[letters..].parse::<u16>().ok().filter(|year| (1800..=2100).contains(year));
        if letters < text.len() && glued.is_none() {
            return None;
        }
        let (_, title, only_year, alone) = *row;
        let (year, mut end) = match glued {
            Some(year) => (Some(year), at + 1),
            None => self.year_after(at + 1),
        };
        let last_word = self.tokens.get(end).filter(|_| year.is_none()).map(|token| &*token.key);
        if last_word.is_some_and(|word| ends_with_word(title, word)) {
            end += 1;
        }
        let (year, end) = if year.is_some() { (year, end) } else { self.year_after(end) };
        let year = year.or(only_year);
        let alone = if year.is_some() { Alone::Stands } else { alone };
        let kind = if title.ends_with("Act") { BasisKind::Statute } else { BasisKind::Regulation };
        let kind = kind_of(title, kind);
        Some(Authority { kind, title: title.to_owned(), year, number: None, first: at, end, alone })
    }

    /// `SI 2003/2682` by itself.
    fn numbered(&self, at: usize) -> Option<Authority> {
        let (number, end) = instrument(&self.tokens, at)?;
        Some(Authority {
            kind: BasisKind::Regulation,
            title: String::new(),
            year: Some(number.year),
            number: Some(number),
            first: at,
            end,
            alone: Alone::Stands,
        })
    }

    /// The longest known phrase that starts here.
    fn phrase(&self, first: usize) -> Option<Authority> {
        let candidates = phrases().get(&self.tokens[first].key)?;
        let (row, end) = candidates
            .iter()
            .find_map(|(keys, row)| Some((*row, phrase_end(&self.tokens, first, keys)?)))?;
        let (_, kind, words) = PHRASES[row];
        let (title, year) = match words {
            Words::Named(title) => (title.to_owned(), None),
            Words::Dated(title, year) => (title.to_owned(), Some(year)),
            Words::AsWritten => (self.slice(first, end).to_owned(), None),
        };
        let (stated, after) = self.year_after(end);
        let dated = kind == BasisKind::Code && stated.is_some();
        let (year, end) = if dated { (stated, after) } else { (year, end) };
        Some(Authority { kind, title, year, number: None, first, end, alone: Alone::Stands })
    }

    fn slice(&self, first: usize, end: usize) -> &str {
        &self.text[self.tokens[first].span.start..self.tokens[end - 1].span.end]
    }

    /// `1980`, `(1980)` or `, 1980` from here, and the token after it.
    fn year_after(&self, at: usize) -> (Option<u16>, usize) {
        let token = |at: usize| self.tokens.get(at);
        let is_mark = |at: usize, mark: &str| token(at).is_some_and(|token| token.is_mark(mark));
        let at = at + usize::from(is_mark(at, "\n") || is_mark(at, "."));
        let bracketed = is_mark(at, "(") && is_mark(at + 2, ")");
        let skip = usize::from(bracketed || is_mark(at, ","));
        match token(at + skip).and_then(Token::year) {
            Some(year) if !is_mark(at + skip + 1, "/") || !bracketed => {
                (Some(year), at + skip + 1 + usize::from(bracketed))
            }
            _ => (None, at),
        }
    }

    /// `(SI 2003/2682)` after a title.
    fn number_after(&self, at: usize) -> (Option<InstrumentNumber>, usize) {
        let opens = self.tokens.get(at).is_some_and(|token| token.is_mark("("));
        let Some((number, end)) = instrument(&self.tokens, at + usize::from(opens)) else {
            return (None, at);
        };
        let closes = opens && self.tokens.get(end).is_some_and(|token| token.is_mark(")"));
        (Some(number), end + usize::from(closes))
    }

    /// Takes the authority with its provisions; the answer is where to go on.
    fn take(&mut self, authority: Authority) -> usize {
        let (mut provisions, first) = self.provisions_before(authority.first);
        let (after, end) = self.provisions_after(authority.end);
        provisions.extend(after);
        if authority.alone == Alone::NeedsMore && provisions.is_empty() {
            return authority.end.max(authority.first + 1);
        }
        let span = self.tokens[first].span.start..self.tokens[end - 1].span.end;
        let Authority { kind, title, year, number, .. } = authority;
        self.found.push(Citation { kind, title, year, number, provisions, span });
        self.floor = end;
        self.further_years(end)
    }

    /// `Data Protection Acts 1984 and 1998`: each further year is one more.
    fn further_years(&mut self, mut end: usize) -> usize {
        while let Some(last) = self.found.last().filter(|last| last.year.is_some()) {
            let joint = |t: &Token<'_>| ["/", "and", ",", "&"].contains(&t.key.as_str());
            let next =
                self.tokens.get(end).filter(|token| joint(token)).and(self.tokens.get(end + 1));
            let Some((next, year)) = next.and_then(|next| Some((next, next.year()?))) else {
                break;
            };
            let plain =
                last.number.is_none() && last.provisions.is_empty() && !last.title.is_empty();
            if !plain || !matches!(last.kind, BasisKind::Statute | BasisKind::Regulation) {
                break;
            }
            let again = Citation { year: Some(year), span: next.span.clone(), ..last.clone() };
            self.found.push(again);
            end += 2;
            self.floor = end;
        }
        end
    }

    /// `section 2 of the ...`: the provisions that lead up to this token.
    fn provisions_before(&self, first: usize) -> (Vec<Provision>, usize) {
        let mut provisions: Vec<Provision> = Vec::new();
        let mut first = first;
        while let Some(group) = self.group_leading_to(first) {
            if provisions.is_empty() {
                provisions.clone_from(&group.provisions);
            } else if !nest(&mut provisions, &group.provisions) {
                break;
            }
            first = group.first;
        }
        (provisions, first)
    }

    fn group_leading_to(&self, first: usize) -> Option<&Group> {
        let mut end = first;
        while end > self.floor && ["of", "the", "to", "under"].contains(&&*self.tokens[end - 1].key)
        {
            end -= 1;
        }
        let at = self.groups.partition_point(|group| group.end < end);
        self.groups.get(at).filter(|group| group.end == end && group.first >= self.floor)
    }

    /// `, s.5` or `(Sch 1)`: the provisions that follow this token.
    fn provisions_after(&self, end: usize) -> (Vec<Provision>, usize) {
        let separators = self.tokens[end..].iter().take(2).take_while(|token| separates(token));
        let start = end + separators.count();
        let at = self.groups.partition_point(|group| group.first < start);
        let Some(group) = self.groups.get(at).filter(|group| group.first == start) else {
            return (Vec::new(), end);
        };
        let next = self.tokens.get(group.end);
        let anothers = start > end && next.is_some_and(starts_its_own);
        let of_another = next.is_some_and(|token| token.key == "of" || token.key == "to");
        if anothers || of_another {
            return (Vec::new(), end);
        }
        (group.provisions.clone(), group.end)
    }
}

/// `COSHH Regs 2002`: the abbreviation's own last word, said again.
fn ends_with_word(title: &str, word: &str) -> bool {
    let word = if word == "regs" { "regulations" } else { word };
    title.to_lowercase().rsplit(' ').next() == Some(word)
}

fn separates(token: &Token<'_>) -> bool {
    [",", ":", ";", "(", "-", "–", "—", "\n"].into_iter().any(|mark| token.is_mark(mark))
}

/// `SI 2003/2682`, `S.I. 2003 No. 2682`.
fn instrument(tokens: &[Token<'_>], first: usize) -> Option<(InstrumentNumber, usize)> {
    let (series, mut at) = series(tokens, first)?;
    let year = tokens.get(at)?.year()?;
    at += 1;
    let number_sign =
        |token: &&Token<'_>| token.is_mark("/") || token.is_mark(".") || token.key == "no";
    let signs = tokens[at..].iter().take(2).take_while(number_sign).count();
    let digits = tokens.get(at + signs).filter(|_| signs > 0)?.text;
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    Some((InstrumentNumber { series, year, number }, at + signs + 1))
}

fn series(tokens: &[Token<'_>], at: usize) -> Option<(Series, usize)> {
    let named = match tokens.get(at)?.text {
        "SI" | "UKSI" => Some(Series::Si),
        "WSI" => Some(Series::Wsi),
        "SSI" => Some(Series::Ssi),
        "NISR" => Some(Series::Nisr),
        _ => None,
    };
    if let Some(series) = named {
        return Some((series, at + 1));
    }
    let dotted = tokens.get(at..at + 4)?.iter().map(|token| token.text);
    dotted.eq(["S", ".", "I", "."]).then_some((Series::Si, at + 4))
}

type PhraseIndex = HashMap<String, Vec<(Vec<String>, usize)>>;

/// Phrases by their first word, the longest first.
fn phrases() -> &'static PhraseIndex {
    static INDEX: OnceLock<PhraseIndex> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = PhraseIndex::new();
        for (row, (phrase, _, _)) in PHRASES.iter().enumerate() {
            let keys: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
            index.entry(keys[0].clone()).or_default().push((keys, row));
        }
        index.values_mut().for_each(|rows| rows.sort_by_key(|(keys, _)| usize::MAX - keys.len()));
        index
    })
}

/// The token after the phrase, if it stands here; marks between its words are
/// passed over, but not line ends.
fn phrase_end(tokens: &[Token<'_>], first: usize, keys: &[String]) -> Option<usize> {
    let mut at = first;
    for key in keys {
        let passed = tokens[at.min(tokens.len())..].iter().take_while(|token| {
            at > first && !token.is_word() && !token.is_mark("\n") && !token.is_mark(";")
        });
        at += passed.count();
        tokens.get(at).filter(|token| token.key == *key)?;
        at += 1;
    }
    let opened = tokens[first..at].iter().any(|token| token.is_mark("("));
    let closes = opened && tokens.get(at).is_some_and(|token| token.is_mark(")"));
    Some(at + usize::from(closes))
}

/// "Common practice / business need" is one reason, and "General Data
/// Protection Regulation (GDPR)" one law.
fn joined(text: &str, found: Vec<Citation>) -> Vec<Citation> {
    let mut joined: Vec<Citation> = Vec::with_capacity(found.len());
    for citation in found {
        match joined.last_mut() {
            Some(last) if is_one_reason(text, last, &citation) => {
                last.span.end = citation.span.end;
                last.title = text[last.span.clone()].to_owned();
            }
            Some(last) if is_its_own_abbreviation(text, last, &citation) => {
                let closing = text[citation.span.end..].starts_with(')');
                last.span.end = citation.span.end + usize::from(closing);
            }
            _ => joined.push(citation),
        }
    }
    joined
}

fn is_one_reason(text: &str, last: &Citation, next: &Citation) -> bool {
    let between = text.get(last.span.end..next.span.start).unwrap_or(";").trim();
    let plain = last.provisions.is_empty() && next.provisions.is_empty();
    last.kind == BasisKind::BusinessNeed
        && next.kind == BasisKind::BusinessNeed
        && plain
        && ["/", ",", "and", "or", "&", "and/or"].contains(&between)
}

fn is_its_own_abbreviation(text: &str, last: &Citation, next: &Citation) -> bool {
    let between = text.get(last.span.end..next.span.start).unwrap_or(";").trim();
    let adds_nothing =
        next.provisions.is_empty() && (next.year.is_none() || next.year == last.year);
    between == "(" && last.title == next.title && adds_nothing
}
