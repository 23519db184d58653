//! Names of more than one word that the grammar reads as one.

use super::tokens::{Token, Word};
use super::vocabulary;

/// The words as written, and the one word they stand for; none where they only
/// colour the next word.
const COMPOUNDS: [(&[&str], &str); 20] = [
    (&["looked", "after"], ""),
    (&["service", "user"], "user"),
    (&["service", "users"], "users"),
    (&["staff", "member"], "staff"),
    (&["staff", "members"], "staff"),
    (&["member", "of", "staff"], "staff"),
    (&["members", "of", "staff"], "staff"),
    (&["member", "of", "the", "public"], "person"),
    (&["data", "subject"], "person"),
    (&["care", "leaver"], "child"),
    (&["for", "ever"], "forever"),
    (&["end", "of", "life"], "life"),
    (&["tax", "credit"], "benefit"),
    (&["foster", "child"], "child"),
    (&["foster", "carer"], "carer"),
    (&["housing", "benefit"], "benefit"),
    (&["council", "tax"], "charge"),
    (&["business", "rates"], "charge"),
    (&["birth", "day"], "birthday"),
    (&["birth", "date"], "birth"),
];

/// The same words with each such name as one word.
pub(super) fn fold<'t>(tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut folded = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        match COMPOUNDS.iter().find(|(words, _)| begins(rest, words)) {
            Some((words, "")) => rest = &rest[words.len()..],
            Some((words, one)) => {
                let capital = matches!(first, Token::Word(word) if word.capital);
                folded.push(Token::Word(Word {
                    text: one,
                    kinds: vocabulary::kinds(one),
                    capital,
                }));
                rest = &rest[words.len()..];
            }
            None => {
                folded.push(*first);
                rest = after;
            }
        }
    }
    folded
}

fn begins(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && words
            .iter()
            .zip(tokens)
            .all(|(text, token)| matches!(token, Token::Word(word) if word.text == *text))
}
