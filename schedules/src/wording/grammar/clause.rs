//! One period and its start, in all the orders people write them in.

use winnow::Parser;
use winnow::combinator::{alt, delimited, eof, not, opt, peek, preceded, repeat, terminated};
use winnow::error::EmptyError;

use super::amount::{amount, count};
use super::remark::bracket;
use super::start::{self, Event, Start, alignment, start};
use super::{Input, Parsed, noise, sign, text, word};
use crate::calendar::Alignment;
use crate::period::Period;
use crate::rule::{Leaf, Rule};
use crate::trigger::Trigger;
use crate::wording::kinds::Kinds;
use crate::wording::reading::Bound;
use crate::wording::tokens::Token;
use crate::wording::vocabulary::Kind as K;

/// One thing a cell says about how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording) enum Clause {
    /// A period after a start.
    After(Period, Start),
    /// A period and nothing it is counted from.
    Bare(Period),
    /// A number and nothing else.
    Number(u16),
    /// A start and no period.
    From(Start),
    /// Until something happens.
    Until(Start),
    /// A rule that needs nothing more.
    Fixed(Rule),
}

/// A clause, and whether the words make it a minimum or a maximum.
pub(in crate::wording) type Bounded = (Bound, Clause);

/// One clause.
pub(in crate::wording) fn clause(input: &mut Input<'_>) -> Parsed<Bounded> {
    let exact = alt((permanent, code, until, start_plus_period, lasting_then_period, until_over));
    let exact = exact.map(|clause| (Bound::Unstated, clause));
    alt((exact, year_code, period_first)).parse_next(input)
}

/// `when superseded`, `on withdrawal of consent`: an end by its nature. "On
/// closure" by itself may as well be a start whose period was left out.
pub(in crate::wording) fn when_it_happens(input: &mut Input<'_>) -> Parsed<Clause> {
    preceded(text(["when", "once", "upon", "on"]), start)
        .verify(Start::is_awaited)
        .map(Clause::Until)
        .parse_next(input)
}

/// A start by itself; tried only where nothing else fits.
pub(in crate::wording) fn start_alone(input: &mut Input<'_>) -> Parsed<Clause> {
    preceded(opt(link), start).map(Clause::From).parse_next(input)
}

// Fixed ----------------------------------------------------------------------

fn permanent(input: &mut Input<'_>) -> Parsed<Clause> {
    let plainly =
        (opt(text(["in"])), word([K::Permanent]), repeat::<_, _, (), _, _>(0..3, permanent_what))
            .void();
    let never = (
        opt(text(["do"])),
        text(["not", "never"]),
        opt(text(["to"])),
        opt(text(["be"])),
        text(["destroy", "destroyed", "dispose", "delete", "deleted"]),
    )
        .void();
    alt((plainly, never)).value(Clause::Fixed(Rule::Permanent)).parse_next(input)
}

fn permanent_what(input: &mut Input<'_>) -> Parsed<()> {
    text(["preservation", "retention", "record", "records", "archive", "retain", "keep"])
        .void()
        .parse_next(input)
}

/// `CASE+6`, `ACTION+15`, `TERMS+12`, and `6+`.
fn code(input: &mut Input<'_>) -> Parsed<Clause> {
    let name = alt((
        word([K::CaseCode]).value(Trigger::CaseClosed),
        word([K::ActionCode]).value(Trigger::LastAction),
        word([K::TermsCode]).value(Trigger::ContractEnded),
    ));
    let named = (name, preceded(sign(Token::Plus), alt((amount, bare_years))))
        .map(|(trigger, period)| Clause::After(period, Start::at(trigger)));
    let end = alt((eof.void(), peek(sign(Token::Stop))));
    let plus = terminated(bare_years, (sign(Token::Plus), end)).map(|period| {
        let leaf = Leaf::new(period, Trigger::LastModified);
        Clause::Fixed(Rule::After(leaf.from_end_of(Alignment::FinancialYearEnd)))
    });
    alt((named, plus)).parse_next(input)
}

/// `D<1`: destroy within a year, whenever that year begins.
fn year_code(input: &mut Input<'_>) -> Parsed<Bounded> {
    preceded((word([K::DestroyCode]), sign(Token::Less)), alt((amount, bare_years)))
        .map(|period| (Bound::Maximum, Clause::Bare(period)))
        .parse_next(input)
}

fn bare_years(input: &mut Input<'_>) -> Parsed<Period> {
    count.verify(|count| *count > 0).verify_map(Period::years).parse_next(input)
}

// Until ----------------------------------------------------------------------

/// `until superseded`, `until the child is 18 plus three years`.
fn until(input: &mut Input<'_>) -> Parsed<Clause> {
    preceded(
        (word([K::Until]), not(text(["no"]))),
        alt((start_plus_period, until_after, until_start)),
    )
    .parse_next(input)
}

/// `until 6 years after closure`.
fn until_after(input: &mut Input<'_>) -> Parsed<Clause> {
    (amount, preceded(link, start))
        .map(|(period, start)| Clause::After(period, start))
        .parse_next(input)
}

fn until_start(input: &mut Input<'_>) -> Parsed<Clause> {
    preceded(opt(when), start).map(Clause::Until).parse_next(input)
}

/// `immediately after data is transferred`, `for the duration of the contract`.
fn until_over(input: &mut Input<'_>) -> Parsed<Clause> {
    let at_once = preceded((text(["immediately"]), link), start);
    alt((at_once, lasting)).map(Clause::Until).parse_next(input)
}

/// `throughout employment`, `while employed`: the start is its end.
fn lasting(input: &mut Input<'_>) -> Parsed<Start> {
    let spans = alt((word([K::Span, K::While]).void(), (word([K::SpanOf]), word([K::Of])).void()));
    peek((opt(text(["for"])), opt(text(["the"])), spans)).parse_next(input)?;
    opt(text(["for"])).parse_next(input)?;
    start.parse_next(input)
}

/// `for the duration of the licence and for 6 years after it expires`.
fn lasting_then_period(input: &mut Input<'_>) -> Parsed<Clause> {
    let start = lasting.parse_next(input)?;
    (plus, opt(text(["for"]))).parse_next(input)?;
    let bound = opt(bound).parse_next(input)?;
    let period = amount.parse_next(input)?;
    let again = opt(preceded(link, start::start)).parse_next(input)?;
    if bound == Some(Bound::Maximum) {
        return Err(EmptyError);
    }
    let start = match again {
        Some(again) => start.agreed(&again).ok_or(EmptyError)?,
        None => start,
    };
    opt(text(["thereafter", "afterwards"])).parse_next(input)?;
    Ok(Clause::After(period, start))
}

// Period and start -----------------------------------------------------------

/// `closure + 6 years`, `CY+6`, `DOB + 25`.
fn start_plus_period(input: &mut Input<'_>) -> Parsed<Clause> {
    let start = preceded(opt(link), start).parse_next(input)?;
    plus.parse_next(input)?;
    // A bare number is years only where the start is a year or a birth.
    let years = start.from_end_of.is_some_and(Alignment::is_year) || start.is_birth();
    let unitless = bare_years.verify(|_| years);
    // "Current year plus previous six years", where the start is a year.
    let previous = preceded((opt(text(["the"])), text(["previous", "last"])), amount);
    let previous = previous.verify(|_| start.from_end_of.is_some());
    let period =
        alt((whole_years(start.from_end_of), amount, previous, unitless)).parse_next(input)?;
    opt(text(["thereafter", "afterwards"])).parse_next(input)?;
    Ok(Clause::After(period, start))
}

/// `1 academic year`, where the start is an academic year too.
fn whole_years<'i>(of: Option<Alignment>) -> impl winnow::Parser<Input<'i>, Period, EmptyError> {
    (bare_years, start::named_year)
        .verify(move |(_, year)| Some(*year) == of)
        .map(|(period, _)| period)
}

/// Everything that begins with the period.
fn period_first(input: &mut Input<'_>) -> Parsed<Bounded> {
    opt(text(["after"])).parse_next(input)?;
    let within = text(["within"]).value(Bound::Maximum);
    let before = opt(alt((bound, within))).parse_next(input)?;
    let (after, clause) = alt((
        counted_years.map(|clause| (None, clause)),
        (amount, opt(bound), opt(bracket), from)
            .map(|(period, late, _, start)| (late, Clause::After(period, start))),
        period_plus_year.map(|clause| (None, clause)),
        (amount, opt(bound)).map(|(period, late)| (late, Clause::Bare(period))),
        terminated(count, not(start::named_year)).map(|count| (None, Clause::Number(count))),
    ))
    .parse_next(input)?;
    match (before, after) {
        (Some(before), Some(after)) if before != after => Err(EmptyError),
        _ => Ok((before.or(after).unwrap_or_default(), clause)),
    }
}

/// `1 academic year plus current academic year`.
fn counted_years(input: &mut Input<'_>) -> Parsed<Clause> {
    (bare_years, start::named_year, plus, alignment)
        .verify(|(_, year, (), start)| year == start)
        .map(|(period, _, (), start)| Clause::After(period, Start::end_of(start)))
        .parse_next(input)
}

/// `6 years plus the current financial year`, `6 + CY`.
fn period_plus_year(input: &mut Input<'_>) -> Parsed<Clause> {
    let timed = (amount, plus, noise, alignment);
    let bare = (bare_years, plus, noise, year_alignment);
    alt((timed, bare))
        .map(|(period, (), (), year)| Clause::After(period, Start::end_of(year)))
        .parse_next(input)
}

fn year_alignment(input: &mut Input<'_>) -> Parsed<Alignment> {
    alignment.verify(|alignment| alignment.is_year()).parse_next(input)
}

/// The start of a period, in brackets or not.
fn from(input: &mut Input<'_>) -> Parsed<Start> {
    let bracketed = delimited(sign(Token::Open), preceded(link, start), sign(Token::Close));
    let plain = preceded((opt(sign(Token::Comma)), link), start);
    alt((plain, bracketed)).parse_next(input)
}

// Small words ----------------------------------------------------------------

/// `+`, `plus`, `and a further`.
fn plus(input: &mut Input<'_>) -> Parsed<()> {
    let then = (text(["then"]), opt(text(["for"])));
    let and = (opt(sign(Token::Comma)), word([K::And]), opt(then));
    alt(((opt(sign(Token::Comma)), sign(Token::Plus)).void(), and.void())).parse_next(input)
}

/// `after`, `from when`, `starting from`, `beginning on`.
pub(in crate::wording) fn link(input: &mut Input<'_>) -> Parsed<()> {
    let counting = (word([K::Counting]), opt(word([K::Link, K::When])), opt(when)).void();
    let plain =
        (opt(text(["as"])), word([K::Link]), opt(alt((when, text(["which"]).void())))).void();
    alt((counting, plain, when)).parse_next(input)
}

/// `when`, `once`, `on`.
pub(in crate::wording) fn when(input: &mut Input<'_>) -> Parsed<()> {
    word([K::When]).void().parse_next(input)
}

/// `minimum of`, `at least`, `not less than`; `up to`, `no more than`, `within`.
pub(in crate::wording) fn bound(input: &mut Input<'_>) -> Parsed<Bound> {
    let of = opt(word([K::Of]));
    let (_, bound, _) = (
        opt(word([K::One])),
        alt((
            (opt(text(["at"])), word([K::Minimum, K::Least])).value(Bound::Minimum),
            (word([K::Not]), word([K::Less]), word([K::Than])).value(Bound::Minimum),
            longer_forbidden.value(Bound::Maximum),
            (
                word([K::Not]),
                opt(text(["to"])),
                opt(text(["be"])),
                word([K::More]),
                opt(word([K::Than])),
            )
                .value(Bound::Maximum),
            (word([K::Up]), word([K::To])).value(Bound::Maximum),
            (opt(text(["at"])), word([K::Maximum])).value(Bound::Maximum),
        )),
        of,
    )
        .parse_next(input)?;
    opt(text(["a"])).parse_next(input)?;
    Ok(bound)
}

/// `do not keep longer than`, `not to be held beyond`.
fn longer_forbidden(input: &mut Input<'_>) -> Parsed<()> {
    let beyond = (text(["longer", "more"]), word([K::Than])).void();
    (
        opt(text(["do", "must", "should", "will"])),
        text(["not"]),
        opt(text(["to"])),
        opt(text(["be"])),
        word([K::Keep]),
        opt(text(["for"])),
        opt(text(["any"])),
        alt((beyond, text(["beyond"]).void())),
    )
        .void()
        .parse_next(input)
}

impl Start {
    /// This and no year end.
    pub(in crate::wording) fn at(trigger: Trigger) -> Self {
        Self { from_end_of: None, event: Event::OneOf(vec![trigger]), age: 0 }
    }

    /// The end of the record's own year.
    pub(in crate::wording) fn end_of(alignment: Alignment) -> Self {
        Self { from_end_of: Some(alignment), event: Event::Unsaid, age: 0 }
    }

    fn is_awaited(&self) -> bool {
        let Event::OneOf(triggers) = &self.event else { return false };
        let ends =
            |trigger: &Trigger| matches!(trigger, Trigger::Superseded | Trigger::ConsentWithdrawn);
        self.from_end_of.is_none() && triggers.iter().all(ends)
    }

    fn is_birth(&self) -> bool {
        self.event == Event::OneOf(vec![Trigger::DateOfBirth]) && self.age == 0
    }

    /// Both, where they can be the same: "after leaving" said of employment.
    pub(in crate::wording) fn agreed(&self, other: &Self) -> Option<Self> {
        if self.from_end_of != other.from_end_of || self.age != other.age {
            return None;
        }
        let event = match (&self.event, &other.event) {
            (one, other) if one == other => one.clone(),
            (Event::OneOf(these), Event::OneOf(those)) => {
                let both: Vec<Trigger> =
                    these.iter().filter(|trigger| those.contains(trigger)).cloned().collect();
                (!both.is_empty()).then_some(Event::OneOf(both))?
            }
            _ => return None,
        };
        Some(Self { event, ..self.clone() })
    }
}

impl Alignment {
    fn is_year(self) -> bool {
        !matches!(self, Self::MonthEnd | Self::QuarterEnd)
    }
}

/// Kinds of word that no event of the schedule's own may have in its name.
pub(in crate::wording) const LOGIC: Kinds = Kinds::of(&[
    K::Guard,
    K::If,
    K::Or,
    K::Not,
    K::Until,
    K::Before,
    K::Whichever,
    K::Than,
    K::Years,
    K::Months,
    K::Weeks,
    K::Days,
]);
