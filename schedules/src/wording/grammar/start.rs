//! From what: `the end of the financial year in which the last payment was
//! made`, `the child reaches 18`, `closure of file`.

use winnow::Parser;
use winnow::combinator::{alt, opt, peek, preceded, repeat};
use winnow::error::EmptyError;
use winnow::token::any;

use super::amount::count;
use super::{Input, Parsed, noise, text, word};
use crate::calendar::Alignment;
use crate::trigger::Trigger;
use crate::wording::kinds::Kinds;
use crate::wording::senses::longest;
use crate::wording::tokens::{Token, Word};
use crate::wording::vocabulary::Kind as K;

/// No start is told in more words than this.
pub(in crate::wording) const LONGEST: usize = 14;

/// What a period is counted from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording) struct Start {
    /// The end of which year, where one is named.
    pub(in crate::wording) from_end_of: Option<Alignment>,
    /// What happens; several where the words leave it open.
    pub(in crate::wording) event: Event,
    /// The age reached, where the start is an age: so many years from birth.
    pub(in crate::wording) age: u16,
}

/// What happens at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording) enum Event {
    /// The words name a year end and nothing that happens.
    Unsaid,
    /// One of these.
    OneOf(Vec<Trigger>),
    /// What the profile says of this phrase, by its place there.
    Named(usize),
}

/// Any start.
pub(in crate::wording) fn start(input: &mut Input<'_>) -> Parsed<Start> {
    alt((year_end, age, happening)).parse_next(input)
}

fn happening(input: &mut Input<'_>) -> Parsed<Start> {
    event.map(|event| Start { from_end_of: None, event, age: 0 }).parse_next(input)
}

// Year ends ------------------------------------------------------------------

/// A year end alone or with what happens in that year.
fn year_end(input: &mut Input<'_>) -> Parsed<Start> {
    let alignment = alignment.parse_next(input)?;
    let event = opt(alt((relates, preceded(in_which, event)))).parse_next(input)?;
    let event = event.unwrap_or(Event::Unsaid);
    Ok(Start { from_end_of: Some(alignment), event, age: 0 })
}

/// The end of a named year, quarter or month.
pub(in crate::wording) fn alignment(input: &mut Input<'_>) -> Parsed<Alignment> {
    let lead = alt((
        text(["the", "of", "at", "each"]),
        word([K::Current, K::Relevant]),
        text(["end", "close", "last"]),
    ));
    let before: Vec<Word<'_>> = repeat(0..7, lead).parse_next(input)?;
    let said = |kind| before.iter().any(|word| word.kinds.meets(Kinds::of(&[kind])));
    if before.iter().any(|word| word.text == "last") {
        return Err(EmptyError);
    }
    let current = said(K::Current);
    let ends = said(K::Ended);
    let end = text(["end"]);
    alt((
        named_year,
        code_year,
        (word([K::Years]).verify(move |_| current), opt(end)).value(Alignment::CurrentYearEnd),
        (word([K::Quarter]), opt(end)).value(Alignment::QuarterEnd),
        word([K::Months]).verify(move |_| ends).value(Alignment::MonthEnd),
        (word([K::Months]), end).value(Alignment::MonthEnd),
    ))
    .parse_next(input)
}

/// `financial year`, `tax year end`.
pub(in crate::wording) fn named_year(input: &mut Input<'_>) -> Parsed<Alignment> {
    let kind = alt((
        word([K::Financial]).value(Alignment::FinancialYearEnd),
        word([K::Tax]).value(Alignment::TaxYearEnd),
        word([K::Academic]).value(Alignment::AcademicYearEnd),
        word([K::Calendar]).value(Alignment::CalendarYearEnd),
        word([K::Municipal]).value(Alignment::MunicipalYearEnd),
    ));
    let (alignment, _, _) = (kind, word([K::Years]), opt(text(["end"]))).parse_next(input)?;
    Ok(alignment)
}

fn code_year(input: &mut Input<'_>) -> Parsed<Alignment> {
    let kind = alt((
        word([K::CurrentYearCode]).value(Alignment::CurrentYearEnd),
        word([K::FinancialYearCode]).value(Alignment::FinancialYearEnd),
        word([K::AcademicYearCode]).value(Alignment::AcademicYearEnd),
        word([K::TaxYearCode]).value(Alignment::TaxYearEnd),
    ));
    let (alignment, _) = (kind, opt(text(["end"]))).parse_next(input)?;
    Ok(alignment)
}

/// `to which the records relate`: the record's own year.
fn relates(input: &mut Input<'_>) -> Parsed<Event> {
    let words = word([K::Noise, K::Records, K::Publication, K::Pay, K::Payable]).void();
    (repeat::<_, _, (), _, _>(1..7, words), word([K::Relates]), opt(text(["to"])))
        .value(Event::Unsaid)
        .parse_next(input)
}

/// What ties what happens to its year.
fn in_which(input: &mut Input<'_>) -> Parsed<()> {
    let mut tie = alt((
        (text(["in", "to", "during", "on", "of", "for"]), text(["which", "the", "that"])).void(),
        text(["in", "of", "when", "that", "after"]).void(),
    ));
    tie.parse_next(input)
}

// Ages -----------------------------------------------------------------------

/// `25th birthday of the pupil`, `the child reaches the age of 18`, `age 21`.
pub(in crate::wording) fn age(input: &mut Input<'_>) -> Parsed<Start> {
    let age = alt((birthday, reaching)).parse_next(input)?;
    let event = Event::OneOf(vec![Trigger::DateOfBirth]);
    Ok(Start { from_end_of: None, event, age })
}

fn whose(input: &mut Input<'_>) -> Parsed<bool> {
    let reach = Kinds::of(&[K::Reach]);
    let who = word([K::Noise, K::Served, K::Person, K::Staff]);
    let who = who.verify(|word: &Word<'_>| !word.kinds.meets(reach));
    let words: Vec<Word<'_>> = repeat(0..6, who).parse_next(input)?;
    let people = Kinds::of(&[K::Served, K::Person, K::Staff]);
    Ok(words.iter().any(|word| word.kinds.meets(people)))
}

pub(in crate::wording) fn birthday(input: &mut Input<'_>) -> Parsed<u16> {
    whose.parse_next(input)?;
    let nth = any.verify_map(|token| match token {
        Token::Ordinal(nth) => Some(nth),
        _ => None,
    });
    let (nth, what) = (nth, word([K::Birthday])).parse_next(input)?;
    let of = (word([K::Of]), whose, opt(word([K::Birth])), opt((word([K::Of]), whose)));
    let (_, whose, birth, _) = match opt(of).parse_next(input)? {
        Some(of) => of,
        None => (what, false, None, None),
    };
    let birthday = what.text == "birthday" || birth.is_some();
    (birthday || whose && what.text == "birthday").then_some(nth).ok_or(EmptyError)
}

/// An age that somebody comes to; somebody or "age" must be named.
fn reaching(input: &mut Input<'_>) -> Parsed<u16> {
    let who = whose.parse_next(input)?;
    let reach: Option<()> = opt(repeat(1..3, word([K::Reach]).void())).parse_next(input)?;
    let aged = opt((noise, word([K::Age]), opt(word([K::Of])))).parse_next(input)?;
    let age = count.parse_next(input)?;
    let years = opt(word([K::Years])).parse_next(input)?;
    let old = opt(alt(((word([K::Of]), word([K::Age])).value(true), word([K::Old]).value(false))))
        .parse_next(input)?;
    let of_age = old == Some(true) && years.is_some();
    // "When 6 years old" and "until they are 6" may be said of records.
    let comes_to = who && reach.is_some() && (years.is_some() || old.is_none());
    (aged.is_some() && old.is_none() || of_age || comes_to).then_some(age).ok_or(EmptyError)
}

// What happens ---------------------------------------------------------------

/// What happens: the longest run of words that the table of starts knows.
pub(in crate::wording) fn event(input: &mut Input<'_>) -> Parsed<Event> {
    if let Some(Token::Start(place)) = input.first() {
        *input = &input[1..];
        return Ok(Event::Named(*place));
    }
    let words = peek(run).parse_next(input)?;
    let (places, phrase): (Vec<usize>, Vec<Word<'_>>) = lasting(&words).into_iter().unzip();
    let (taken, triggers) = longest(&phrase).ok_or(EmptyError)?;
    let last = taken.checked_sub(1).and_then(|last| places.get(last)).ok_or(EmptyError)?;
    *input = &input[last + 1..];
    Ok(Event::OneOf(triggers))
}

/// The next words, known or not, up to anything that is no word.
pub(in crate::wording) fn run<'i>(input: &mut Input<'i>) -> Parsed<Vec<Word<'i>>> {
    let any_word = any.verify_map(|token: Token<'i>| match token {
        Token::Word(word) => Some(word),
        _ => None,
    });
    repeat(1..=LONGEST, any_word).parse_next(input)
}

/// The words and their places; "duration of employment" as the end of
/// employment.
fn lasting<'i>(words: &[Word<'i>]) -> Vec<(usize, Word<'i>)> {
    let placed = words.iter().copied().enumerate();
    let leading = words.iter().take_while(|word| word.text == "the").count();
    let is = |place: usize, kind| {
        words.get(place).is_some_and(|word| word.kinds.meets(Kinds::of(&[kind])))
    };
    let spans = is(leading, K::Span)
        || is(leading, K::While)
        || is(leading, K::SpanOf) && is(leading + 1, K::Of);
    if !spans {
        return placed.collect();
    }
    let whole = Kinds::of(&[K::Span]);
    let end = Word { text: "end", kinds: Kinds::of(&[K::End, K::Ended]), capital: false };
    let rest = placed.skip(leading + 1).filter(|(_, word)| !word.kinds.meets(whole));
    std::iter::once((leading, end)).chain(rest).collect()
}
