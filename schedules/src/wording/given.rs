//! The profile's own codes and phrases, found among the tokens of a cell.

use super::profile::Profile;
use super::tokens::{Text, Token};

/// The tokens with each of the profile's codes and phrases as one token. A
/// code stands at the beginning of the cell, with nothing or a stop after it.
pub(super) fn fold<'t>(tokens: Vec<Token<'t>>, profile: &Profile) -> Vec<Token<'t>> {
    if profile.codes.is_empty() && profile.triggers.is_empty() {
        return tokens;
    }
    let code = leading_code(&tokens, profile);
    let (mut folded, mut rest) = match code {
        Some((place, taken)) => (vec![Token::Code(place)], &tokens[taken..]),
        None => (Vec::new(), tokens.as_slice()),
    };
    let phrases: Vec<Text> = profile.triggers.keys().map(|text| Text::new(text)).collect();
    let phrases: Vec<Vec<Token<'_>>> = phrases.iter().map(|text| text.tokens().0).collect();
    while let Some((first, after)) = rest.split_first() {
        let longest = longest(&phrases, rest);
        folded.push(longest.map_or(*first, |(place, _)| Token::Start(place)));
        rest = longest.map_or(after, |(_, taken)| &rest[taken..]);
    }
    folded
}

fn leading_code(tokens: &[Token<'_>], profile: &Profile) -> Option<(usize, usize)> {
    let codes: Vec<Text> = profile.codes.keys().map(|text| Text::new(text)).collect();
    let codes: Vec<Vec<Token<'_>>> = codes.iter().map(|text| text.tokens().0).collect();
    longest(&codes, tokens)
        .filter(|(_, taken)| matches!(tokens.get(*taken), None | Some(Token::Stop | Token::Open)))
}

/// The longest of these that the tokens begin with: its place and its length.
fn longest(phrases: &[Vec<Token<'_>>], tokens: &[Token<'_>]) -> Option<(usize, usize)> {
    let fits = |phrase: &Vec<Token<'_>>| {
        !phrase.is_empty()
            && phrase.len() <= tokens.len()
            && phrase.iter().zip(tokens).all(|(a, b)| a.same(b))
    };
    phrases
        .iter()
        .enumerate()
        .filter(|(_, phrase)| fits(phrase))
        .map(|(place, phrase)| (place, phrase.len()))
        .max_by_key(|(_, length)| *length)
}
