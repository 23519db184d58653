//! Numbers written as words: `six`, `twenty-one`, `one hundred`, `twenty-fifth`.

use super::tokens::Token;

const COUNTS: [(&str, u16); 29] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fourty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("hundred", 100),
];

const ORDINALS: [(&str, u16); 20] = [
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("eleventh", 11),
    ("twelfth", 12),
    ("fifteenth", 15),
    ("sixteenth", 16),
    ("eighteenth", 18),
    ("nineteenth", 19),
    ("twentieth", 20),
    ("thirtieth", 30),
    ("fortieth", 40),
    ("fiftieth", 50),
    ("seventieth", 70),
    ("hundredth", 100),
];

/// The same words with written-out numbers as numbers.
pub(super) fn fold<'t>(tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut folded = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let (token, taken) = written(rest).unwrap_or((*first, 1));
        folded.push(token);
        rest = after.get(taken - 1..).unwrap_or_default();
    }
    folded
}

/// The number the words begin with, and how many words it takes.
fn written<'t>(tokens: &[Token<'t>]) -> Option<(Token<'t>, usize)> {
    let first = lookup(&COUNTS, tokens.first()?);
    let Some(first) = first else {
        let ordinal = lookup(&ORDINALS, tokens.first()?)?;
        return Some((Token::Ordinal(ordinal), 1));
    };
    let next = tokens.get(1);
    if first % 10 == 0 && first > 10 && first < 100 {
        let unit =
            |table: &[(&str, u16)]| next.and_then(|next| lookup(table, next)).filter(|n| *n < 10);
        if let Some(unit) = unit(&COUNTS) {
            return Some((Token::Number(first + unit), 2));
        }
        if let Some(unit) = unit(&ORDINALS) {
            return Some((Token::Ordinal(first + unit), 2));
        }
    }
    if first < 10 && next.and_then(|next| lookup(&COUNTS, next)) == Some(100) {
        return Some((Token::Number(first * 100), 2));
    }
    Some((Token::Number(first), 1))
}

fn lookup(table: &[(&str, u16)], token: &Token<'_>) -> Option<u16> {
    let Token::Word(word) = token else { return None };
    table.iter().find(|(text, _)| *text == word.text).map(|(_, number)| *number)
}

/// Every word that is, or is part of, a written-out number.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    COUNTS.iter().chain(&ORDINALS).map(|(word, _)| *word)
}
