//! How long: `6 years`, `six (6) years`, `21 years 4 months`, `a further three years`.

use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, peek, preceded, repeat, terminated};
use winnow::error::EmptyError;
use winnow::token::any;

use super::{Input, Parsed, sign, text, word};
use crate::period::Period;
use crate::wording::profile::Unit;
use crate::wording::tokens::Token;
use crate::wording::vocabulary::Kind as K;

/// A length of time with its unit.
pub(in crate::wording) fn amount(input: &mut Input<'_>) -> Parsed<Period> {
    let lead = (opt(word([K::One])), opt((text(["period", "total"]), word([K::Of]))), further);
    let trail = (opt(text(["period"])), opt((text(["in"]), text(["total"]))));
    delimited(alt((peek(parts).void(), lead.void())), parts, trail).parse_next(input)
}

/// A number with no unit.
pub(in crate::wording) fn count(input: &mut Input<'_>) -> Parsed<u16> {
    let first = number.parse_next(input)?;
    let repeated = opt(delimited(sign(Token::Open), number, sign(Token::Close)));
    // "six (6)": the bracket says the same, or it is not understood.
    repeated.verify(|second| second.is_none_or(|second| second == first)).parse_next(input)?;
    Ok(first)
}

/// The period of so many of a unit.
pub(in crate::wording) fn period(count: u16, unit: Unit) -> Option<Period> {
    match unit {
        Unit::Years => Period::years(count),
        Unit::Months => Period::new(0, count, 0, 0),
        Unit::Weeks => Period::new(0, 0, count, 0),
        Unit::Days => Period::new(0, 0, 0, count),
    }
}

fn number(input: &mut Input<'_>) -> Parsed<u16> {
    any.verify_map(|token| match token {
        Token::Number(count) => Some(count),
        _ => None,
    })
    .parse_next(input)
}

/// Words that say the count comes on top of something, or is of whole ones.
fn further(input: &mut Input<'_>) -> Parsed<()> {
    repeat(0..3, word([K::Further, K::Whole]).void()).parse_next(input)
}

/// Counts with their units, from the longest unit to the shortest.
fn parts(input: &mut Input<'_>) -> Parsed<Period> {
    let mut found = [0_u16; 4];
    let (mut count, mut unit) = part.parse_next(input)?;
    loop {
        found[unit as usize] = count;
        let next = opt(preceded(opt(alt((word([K::And]).void(), sign(Token::Comma)))), part));
        let shorter =
            |part: &Option<(u16, Unit)>| part.is_none_or(|(_, next)| next as u8 > unit as u8);
        match next.verify(shorter).parse_next(input)? {
            Some(part) => (count, unit) = part,
            None => break,
        }
    }
    let [years, months, weeks, days] = found;
    Period::new(years, months, weeks, days).filter(|period| !period.is_zero()).ok_or(EmptyError)
}

fn part(input: &mut Input<'_>) -> Parsed<(u16, Unit)> {
    let counted = terminated(count, further);
    let one = text(["a", "an", "one"]).value(1);
    let part = (alt((counted, one)), unit).parse_next(input)?;
    // "7 years (seven)": the bracket says the same, or it is not understood.
    let repeated = delimited(sign(Token::Open), number, sign(Token::Close));
    opt(repeated.verify(|again| *again == part.0)).parse_next(input)?;
    Ok(part)
}

fn unit(input: &mut Input<'_>) -> Parsed<Unit> {
    alt((
        word([K::Years]).value(Unit::Years),
        word([K::Months]).value(Unit::Months),
        word([K::Weeks]).value(Unit::Weeks),
        word([K::Days]).value(Unit::Days),
    ))
    .parse_next(input)
}
