//! A cell is pieces, and every word of it is in one of them.

use winnow::Parser;
use winnow::combinator::{alt, delimited, not, opt, repeat, separated_pair};
use winnow::error::EmptyError;

use super::aftermath::action;
use super::clause::{Clause, bound, link, start_alone, when, when_it_happens};
use super::remark::{bracket, citation, reason};
use super::start::{self, Event, Start, run};
use super::statement::{Statement, starts, statement};
use super::{Input, Parsed, sign, word};
use crate::action::DisposalAction;
use crate::period::Period;
use crate::rule::Rule;
use crate::wording::reading::Bound;
use crate::wording::senses;
use crate::wording::tokens::{Token, Word};
use crate::wording::vocabulary::Kind as K;

/// What a cell says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::wording) struct Said {
    /// How long, as often as it says so.
    pub(in crate::wording) statements: Vec<Statement>,
    /// What then, as often as it says so.
    pub(in crate::wording) actions: Vec<DisposalAction>,
    /// Minimum or maximum, where it stands apart.
    pub(in crate::wording) bounds: Vec<Bound>,
    /// The profile's codes, by their place there.
    pub(in crate::wording) codes: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Piece {
    Says(Statement),
    Does(DisposalAction),
    Bounds(Bound),
    Code(usize),
    Inner(Vec<Piece>),
    Nothing,
}

/// A cell of more pieces is prose, not a period.
const MOST_PIECES: usize = 120;

/// What the cell says, or the first token that was not understood.
pub(in crate::wording) fn cell(tokens: Input<'_>) -> Result<Said, usize> {
    let mut rest = tokens;
    let pieces: Parsed<Vec<Piece>> = repeat(0..=MOST_PIECES, piece).parse_next(&mut rest);
    let mut said = Said::default();
    match pieces {
        Ok(pieces) if rest.is_empty() => {
            said.take(pieces);
            Ok(said)
        }
        _ => Err(tokens.len() - rest.len()),
    }
}

fn piece(input: &mut Input<'_>) -> Parsed<Piece> {
    alt((bracket.value(Piece::Nothing), plain_piece, inner)).parse_next(input)
}

fn plain_piece(input: &mut Input<'_>) -> Parsed<Piece> {
    alt((
        on_event,
        code.map(Piece::Code),
        citation.value(Piece::Nothing),
        reason.value(Piece::Nothing),
        statement.map(Piece::Says),
        action.map(Piece::Does),
        bound.map(Piece::Bounds),
        filler.value(Piece::Nothing),
        alt((when_it_happens, start_alone))
            .map(|clause| Piece::Says(Statement::One((Bound::Unstated, clause)))),
    ))
    .parse_next(input)
}

/// A bracket that says something: "(minimum)", "(6 years after closure)".
fn inner(input: &mut Input<'_>) -> Parsed<Piece> {
    delimited(sign(Token::Open), repeat(1.., plain_piece), sign(Token::Close))
        .map(Piece::Inner)
        .parse_next(input)
}

/// `destroy when superseded`, `delete on withdrawal of consent`.
fn on_event(input: &mut Input<'_>) -> Parsed<Piece> {
    separated_pair(action, when, start::start)
        .map(|(action, start)| {
            let until = Statement::One((Bound::Unstated, Clause::Until(start)));
            Piece::Inner(vec![Piece::Does(action), Piece::Says(until)])
        })
        .parse_next(input)
}

fn code(input: &mut Input<'_>) -> Parsed<usize> {
    match input.split_first() {
        Some((Token::Code(place), rest)) => {
            *input = rest;
            Ok(*place)
        }
        _ => Err(EmptyError),
    }
}

fn filler(input: &mut Input<'_>) -> Parsed<()> {
    let word = word([K::Keep, K::Filler]).void();
    alt((word, sign(Token::Stop), sign(Token::Comma))).parse_next(input)
}

impl Said {
    fn take(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Says(statement) => self.statements.push(statement),
                Piece::Does(action) => self.actions.push(action),
                Piece::Bounds(bound) => self.bounds.push(bound),
                Piece::Code(place) => self.codes.push(place),
                Piece::Inner(pieces) => self.take(pieces),
                Piece::Nothing => {}
            }
        }
    }

    /// Whether it says how long at all.
    pub(in crate::wording) fn states_a_period(&self) -> bool {
        !self.statements.is_empty() || !self.codes.is_empty()
    }

    /// What an action cell says: "permanent" there is an action.
    pub(in crate::wording) fn into_actions(mut self) -> Self {
        let for_ever = Statement::One((Bound::Unstated, Clause::Fixed(Rule::Permanent)));
        let before = self.statements.len();
        self.statements.retain(|statement| *statement != for_ever);
        if self.statements.len() < before {
            self.actions.push(DisposalAction::Permanent);
        }
        self
    }

    /// Both cells together.
    pub(in crate::wording) fn and(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self.actions.extend(other.actions);
        self.bounds.extend(other.bounds);
        self.codes.extend(other.codes);
        self
    }
}

/// A "keep from" cell: the start it names, if that is all it says.
pub(in crate::wording) fn trigger_cell(tokens: Input<'_>) -> Option<Start> {
    let mut rest = tokens;
    let start: Parsed<Start> =
        delimited(opt(link), start::start, opt(sign(Token::Stop))).parse_next(&mut rest);
    start.ok().filter(|_| rest.is_empty())
}

/// A "keep from" cell that names several starts for one period: what both
/// cells say together.
pub(in crate::wording) fn trigger_choice(tokens: Input<'_>, said: &Said) -> Option<Said> {
    let [Statement::One((bound, Clause::Bare(period)))] = said.statements.as_slice() else {
        return None;
    };
    let mut rest = tokens;
    let (which, starts) = starts.parse_next(&mut rest).ok().filter(|_| rest.is_empty())?;
    let clauses = starts.into_iter().map(|start| Clause::After(*period, start)).collect();
    let bounds = said.bounds.iter().copied().chain([*bound]).collect();
    Some(Said { statements: vec![Statement::Several(which, clauses)], bounds, ..said.clone() })
}

/// A person is offered no more than this many rules.
const OFFERED: usize = 6;

/// And none from so far into a text, in words and signs.
const LOOKED_AT: usize = 60;

/// Every clause that can be made out anywhere in the text, and every event
/// nobody has taught the parser: what a person is offered to choose from.
pub(in crate::wording) fn glimpses(tokens: Input<'_>) -> Vec<Clause> {
    let mut found = Vec::new();
    let mut rest = &tokens[..tokens.len().min(LOOKED_AT)];
    while !rest.is_empty() && found.len() < OFFERED {
        let mut here = rest;
        let unknown = unknown_event.map(|clause| vec![clause]);
        match alt((unknown, statement.map(clauses))).parse_next(&mut here) {
            Ok(clauses) => {
                found.extend(clauses);
                rest = here;
            }
            Err(EmptyError) => rest = &rest[1..],
        }
    }
    found
}

fn clauses(statement: Statement) -> Vec<Clause> {
    match statement {
        Statement::One((_, clause)) => vec![clause],
        Statement::Several(_, clauses) => clauses,
        Statement::Died { then, otherwise, .. } => vec![otherwise, then],
    }
}

/// `6 years after the widget is recalled`: a start in words of its own.
fn unknown_event(input: &mut Input<'_>) -> Parsed<Clause> {
    let period: Period = super::amount::amount.parse_next(input)?;
    (link, not(start::start)).parse_next(input)?;
    let words = run.parse_next(input)?;
    let start = named(&words).ok_or(EmptyError)?;
    Ok(Clause::After(period, start))
}

/// The start these words name, whatever they are; nothing where they are not
/// all part of one name.
pub(in crate::wording) fn named(words: &[Word<'_>]) -> Option<Start> {
    let plain: Vec<Word<'_>> =
        words.iter().copied().take_while(|word| !word.kinds.meets(super::clause::LOGIC)).collect();
    let trigger = senses::event(&plain)?;
    Some(Start { from_end_of: None, event: Event::OneOf(vec![trigger]), age: 0 })
}
