//! Slips of the keyboard that leave no doubt: `yeras`, `finacial`.
//!
//! Only words of five letters or more that nobody knows, only one slip (a
//! letter too many, too few, wrong, or two changed about), never the first
//! letter, and only where exactly one known word is that near.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::kinds::Kinds;
use super::numbers;
use super::tokens::{Token, Word};
use super::vocabulary::{self, Kind};

/// Shorter words are too near to too many others.
const SHORTEST: usize = 5;

/// A cell with more unknown words than this is not a period with a slip in it.
const MOST: usize = 6;

/// The same tokens with slips put right, and what was put right.
pub(super) fn mend(mut tokens: Vec<Token<'_>>) -> (Vec<Token<'_>>, Vec<String>) {
    let mut notes = Vec::new();
    for token in tokens.iter_mut().filter(|token| is_unknown(token)).take(MOST) {
        let Token::Word(word) = token else { continue };
        if let Some(meant) = nearest(word.text) {
            notes.push(format!("“{}” was read as “{meant}”", word.text));
            *token = Token::Word(Word { text: meant, kinds: vocabulary::kinds(meant), ..*word });
        }
    }
    if notes.is_empty() { (tokens, notes) } else { (numbers::fold(&tokens), notes) }
}

fn is_unknown(token: &Token<'_>) -> bool {
    matches!(token, Token::Word(word) if word.kinds.is_empty() && word.text.len() >= SHORTEST)
}

/// The one known word that is a single slip away.
fn nearest(word: &str) -> Option<&'static str> {
    let initial = *word.as_bytes().first()?;
    let mut near = KNOWN.get(&initial)?.iter().filter(|known| is_one_slip(word, known));
    let meant = near.next()?;
    // A word that is known and has no meaning here is not what was meant.
    let other = vocabulary::kinds(meant) == Kinds::of(&[Kind::Other]);
    (near.next().is_none() && !other).then_some(meant)
}

static KNOWN: LazyLock<HashMap<u8, Vec<&'static str>>> = LazyLock::new(|| {
    let mut known: HashMap<u8, Vec<&'static str>> = HashMap::new();
    let long = vocabulary::words().chain(numbers::words()).filter(|word| word.len() >= SHORTEST);
    for word in long {
        known.entry(word.as_bytes()[0]).or_default().push(word);
    }
    known
});

/// Whether one letter added, left out or changed, or two neighbours swapped,
/// makes one word the other.
fn is_one_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    match (one, other) {
        ([], _) | (_, []) => true,
        ([a, b, one @ ..], [c, d, other @ ..]) if a == d && b == c && one == other => true,
        ([_, one_rest @ ..], [_, other_rest @ ..]) => {
            one_rest == other_rest || one_rest == other || one == other_rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_put_right() {
        for (slip, meant) in [("yeras", "years"), ("finacial", "financial"), ("closrue", "closure")]
        {
            assert_eq!(nearest(slip), Some(meant), "{slip}");
        }
    }

    #[test]
    fn another_word_is_not_a_slip() {
        for word in ["girth", "border", "yearly", "xyzzy", "earth"] {
            assert_eq!(nearest(word), None, "{word}");
        }
    }
}
