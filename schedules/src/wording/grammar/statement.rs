//! Choices between clauses: "A or B, whichever is the later", "A, or B if the
//! child died before 18".

use winnow::Parser;
use winnow::combinator::{alt, delimited, not, opt, preceded, repeat, separated_pair};
use winnow::error::EmptyError;

use super::clause::{Bounded, Clause, bound, clause, link, when};
use super::start::{Start, age, birthday, start};
use super::{Input, Parsed, noise, sign, text, word};
use crate::wording::grammar::amount::{amount, count};
use crate::wording::reading::Bound;
use crate::wording::tokens::Token;
use crate::wording::vocabulary::Kind as K;

/// What a cell says about how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording) enum Statement {
    /// One thing.
    One(Bounded),
    /// Several things, and how to choose.
    Several(Which, Vec<Clause>),
    /// One thing for the living, another for one who died before this age.
    Died {
        /// Before which age.
        age: u16,
        /// Where they did.
        then: Clause,
        /// Where they did not.
        otherwise: Clause,
    },
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::wording) enum Which {
    /// The later.
    Later,
    /// The earlier.
    Earlier,
    /// The words do not say.
    Unsaid,
}

/// One statement.
pub(in crate::wording) fn statement(input: &mut Input<'_>) -> Parsed<Statement> {
    alt((chosen_before, chosen_after, stated)).parse_next(input)
}

/// What begins with a clause, or with an age that is one of several ends.
fn stated(input: &mut Input<'_>) -> Parsed<Statement> {
    let Some((bound, first)) = opt(clause).parse_next(input)? else {
        let reached = age.map(Clause::From).parse_next(input)?;
        return others.map(|(which, rest)| several(which, reached.clone(), rest)).parse_next(input);
    };
    if let Some((age, then)) = opt(died_young).parse_next(input)? {
        return Ok(Statement::Died { age, then, otherwise: first });
    }
    Ok(match opt(others).parse_next(input)? {
        Some((which, rest)) => several(which, first, rest),
        None => Statement::One((bound, first)),
    })
}

fn several(which: Which, first: Clause, rest: Vec<Clause>) -> Statement {
    Statement::Several(which, shared(first, rest))
}

/// `the later of A and B`.
fn chosen_before(input: &mut Input<'_>) -> Parsed<Statement> {
    let lead = (opt(whichever_is), opt(text(["the"])));
    let (which, first) =
        preceded(lead, separated_pair(order, word([K::Of]), clause)).parse_next(input)?;
    let and = (opt(sign(Token::Comma)), word([K::And, K::Or]), opt(text(["for"])));
    let rest: Vec<Clause> = repeat(1..4, preceded(and, next_clause)).parse_next(input)?;
    Ok(Statement::Several(which, shared(first.1, rest)))
}

/// `6 years after the later of A and B`.
fn chosen_after(input: &mut Input<'_>) -> Parsed<Statement> {
    let lead = (link, opt(whichever_is), opt(text(["the"])));
    let (period, which) = separated_pair(amount, lead, order).parse_next(input)?;
    word([K::Of]).parse_next(input)?;
    let first = start.parse_next(input)?;
    let and = (word([K::And, K::Or]), not(when));
    let rest: Vec<Start> = repeat(1..4, preceded(and, start)).parse_next(input)?;
    let after = |start: Start| Clause::After(period, start);
    let plain = std::iter::once(&first).chain(&rest).all(|start| start.age == 0);
    let clauses = std::iter::once(first).chain(rest).map(after).collect();
    plain.then_some(Statement::Several(which, clauses)).ok_or(EmptyError)
}

/// `or B, whichever is later`, `or B`, `or, if sooner, B`.
fn others(input: &mut Input<'_>) -> Parsed<(Which, Vec<Clause>)> {
    let comma = || opt(sign(Token::Comma));
    let which_first = delimited((comma(), word([K::Or])), if_sooner, comma());
    if let Some(which) = opt(which_first).parse_next(input)? {
        return next_clause.map(|next| (which, vec![next])).parse_next(input);
    }
    let rest: Vec<Clause> = repeat(1..4, preceded(or, next_clause)).parse_next(input)?;
    let which = opt(alt((whichever, if_sooner))).parse_next(input)?;
    Ok((which.unwrap_or(Which::Unsaid), rest))
}

/// Several starts, as a "keep from" cell names them.
pub(in crate::wording) fn starts(input: &mut Input<'_>) -> Parsed<(Which, Vec<Start>)> {
    let one = || preceded(opt(link), start);
    let first = one().parse_next(input)?;
    let rest: Vec<Start> = repeat(1..4, preceded(or, one())).parse_next(input)?;
    let which = opt(alt((whichever, if_sooner))).parse_next(input)?;
    Ok((which.unwrap_or(Which::Unsaid), std::iter::once(first).chain(rest).collect()))
}

fn or(input: &mut Input<'_>) -> Parsed<()> {
    let joined = (opt(sign(Token::Comma)), word([K::Or])).void();
    (alt((joined, sign(Token::Slash))), opt(sign(Token::Comma)), opt(text(["for"])))
        .void()
        .parse_next(input)
}

/// The next of several: a clause, or a start that shares the period before it.
fn next_clause(input: &mut Input<'_>) -> Parsed<Clause> {
    // "Or when superseded" may as well be "until": no period is shared with it.
    let start = preceded((not(when), opt(word([K::Link]))), start).map(Clause::From);
    alt((clause.map(|(_, clause)| clause), start)).parse_next(input)
}

fn shared(first: Clause, rest: Vec<Clause>) -> Vec<Clause> {
    let period = match &first {
        Clause::After(period, _) => Some(*period),
        _ => None,
    };
    let share = |clause| match (clause, period) {
        (Clause::From(start), Some(period)) if start.age == 0 => Clause::After(period, start),
        (clause, _) => clause,
    };
    std::iter::once(first).chain(rest.into_iter().map(share)).collect()
}

fn whichever(input: &mut Input<'_>) -> Parsed<Which> {
    let comma = opt(alt((sign(Token::Comma), sign(Token::Stop))));
    let open = opt(sign(Token::Open));
    let ends = (opt(text(["date", "period"])), opt(sign(Token::Close)));
    let (_, _, _, _, which, _) =
        (comma, open, whichever_is, opt(text(["the"])), order, ends).parse_next(input)?;
    Ok(which)
}

fn whichever_is(input: &mut Input<'_>) -> Parsed<()> {
    let comes = repeat::<_, _, (), _, _>(0..3, word([K::Comes]).void());
    (word([K::Whichever]), opt(text(["date", "period"])), comes).void().parse_next(input)
}

fn order(input: &mut Input<'_>) -> Parsed<Which> {
    alt((word([K::Later]).value(Which::Later), word([K::Earlier]).value(Which::Earlier)))
        .parse_next(input)
}

/// `if sooner`, `if this is later`.
fn if_sooner(input: &mut Input<'_>) -> Parsed<Which> {
    let comma = opt(sign(Token::Comma));
    preceded((comma, word([K::If]), noise), order).parse_next(input)
}

/// `or 15 years from death if under 18`, after the clause for everybody else.
fn died_young(input: &mut Input<'_>) -> Parsed<(u16, Clause)> {
    let or = (
        opt(alt((sign(Token::Comma), sign(Token::Stop)))),
        opt(word([K::Or])),
        opt(sign(Token::Comma)),
    );
    or.void().parse_next(input)?;
    let comma = || opt(sign(Token::Comma));
    let after = (clause.map(|(_, clause)| clause), preceded(comma(), under_age))
        .map(|(clause, age)| (age, clause));
    let before = (under_age, preceded((comma(), opt(text(["then"])), opt(bound)), clause))
        .map(|(age, (_, clause))| (age, clause));
    alt((after, before)).parse_next(input)
}

/// `if the child dies before reaching 18`, `if under 18`.
fn under_age(input: &mut Input<'_>) -> Parsed<u16> {
    let who = repeat::<_, _, (), _, _>(
        0..6,
        word([K::Noise, K::Served, K::Person, K::Death, K::Comes]).void(),
    );
    let came =
        repeat::<_, _, (), _, _>(0..6, word([K::Noise, K::Reach, K::Age, K::Of, K::To]).void());
    let open = opt(sign(Token::Open));
    let years = (opt(word([K::Years])), opt((opt(word([K::Of])), word([K::Age, K::Old]))));
    let plain = (came, count, years).map(|(_, age, _)| age);
    let before = word([K::Before]);
    let (_, _, _, _, age, _) =
        (open, word([K::If]), who, before, alt((birthday, plain)), opt(sign(Token::Close)))
            .parse_next(input)?;
    Ok(age)
}

impl Statement {
    /// Which side of the period the words fix.
    pub(in crate::wording) fn bound(&self) -> Bound {
        match self {
            Self::One((bound, _)) => *bound,
            Self::Several(..) | Self::Died { .. } => Bound::Unstated,
        }
    }
}
