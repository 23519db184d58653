//! The grammar: tokens to phrases, phrases to clauses, clauses to what a cell
//! says. It reads top down:
//!
//! ```text
//! cell      = piece*                                   every token in some piece
//! piece     = bracket | statement | action | bound | citation | filler | stop
//! statement = choice | clause                          "A or B, whichever is later"
//! clause    = code | permanent | until | period from start | start + period
//! start     = year end [in which trigger] | age | trigger
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`cell`] | pieces |
//! | [`statement`] | choices between clauses |
//! | [`clause`] | one period and its start |
//! | [`start`] | from what: year ends, ages, triggers |
//! | [`amount`] | how long |
//! | [`aftermath`] | what happens then |
//! | [`remark`] | what changes nothing: citations, brackets |

pub(super) mod aftermath;
pub(super) mod amount;
pub(super) mod cell;
pub(super) mod clause;
pub(super) mod remark;
pub(super) mod start;
pub(super) mod statement;

use winnow::Parser;
use winnow::error::EmptyError;
use winnow::token::any;

use super::kinds::Kinds;
use super::tokens::{Token, Word};
use super::vocabulary::Kind;

/// What is left to read.
type Input<'i> = &'i [Token<'i>];

/// What a part of the grammar gives.
type Parsed<O> = winnow::Result<O, EmptyError>;

/// A word of one of these kinds.
fn word<'i, const N: usize>(
    kinds: [Kind; N],
) -> impl Parser<Input<'i>, Word<'i>, EmptyError> + Copy {
    let kinds = Kinds::of(&kinds);
    move |input: &mut Input<'i>| {
        any.verify_map(|token: Token<'i>| match token {
            Token::Word(word) if word.kinds.meets(kinds) => Some(word),
            _ => None,
        })
        .parse_next(input)
    }
}

/// One of these very words.
fn text<'i, const N: usize>(
    texts: [&'static str; N],
) -> impl Parser<Input<'i>, Word<'i>, EmptyError> + Copy {
    move |input: &mut Input<'i>| {
        any.verify_map(|token: Token<'i>| match token {
            Token::Word(word) if texts.contains(&word.text) => Some(word),
            _ => None,
        })
        .parse_next(input)
    }
}

/// This sign.
fn sign<'i>(sign: Token<'static>) -> impl Parser<Input<'i>, (), EmptyError> + Copy {
    move |input: &mut Input<'i>| {
        any.verify(|token: &Token<'i>| *token == sign).void().parse_next(input)
    }
}

/// Any number of words that say nothing here.
fn noise(input: &mut Input<'_>) -> Parsed<()> {
    winnow::combinator::repeat::<_, _, (), _, _>(0.., word([Kind::Noise]).void()).parse_next(input)
}
