//! Texts that state no period at all: "as long as necessary", "see policy".

use super::tokens::Token;
use super::vocabulary::Kind as K;

/// Why there is nothing to run, where the text states no length of time and
/// nothing to wait for.
pub(super) fn reason(tokens: &[Token<'_>]) -> Option<String> {
    let vague = tokens.iter().find_map(|token| match token {
        Token::Word(word) if token.is(K::Vague) => Some(word.text),
        _ => None,
    });
    if tokens.iter().any(|token| times(token) || vague.is_none() && waits_or_counts(token)) {
        return None;
    }
    let way_out = "give a number of years and the date they count from";
    Some(match vague {
        Some(word) => format!("it states no period, only “{word}”: {way_out}"),
        None => format!("it states no period: {way_out}"),
    })
}

/// Whether it is a length of time, or a sign that only stands by one.
fn times(token: &Token<'_>) -> bool {
    const TIMED: [K; 9] = [
        K::Years,
        K::Months,
        K::Weeks,
        K::Days,
        K::Permanent,
        K::Birthday,
        K::Quarter,
        K::CurrentYearCode,
        K::FinancialYearCode,
    ];
    TIMED.iter().any(|kind| token.is(*kind))
        || matches!(token, Token::Plus | Token::Less | Token::Start(_) | Token::Code(_))
}

/// Whether it waits for something or counts something. Beside a vague word it
/// does not: "until no longer needed", "see section 4".
fn waits_or_counts(token: &Token<'_>) -> bool {
    [K::Until, K::While, K::Span].iter().any(|kind| token.is(*kind))
        || matches!(token, Token::Number(_) | Token::Ordinal(_) | Token::Range)
}
