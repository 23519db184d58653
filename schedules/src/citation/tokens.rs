//! The text as words and marks, each with its place.

use std::ops::Range;

/// A word, or a single mark. White space is dropped, line ends are marks.
#[derive(Debug, Clone)]
pub(super) struct Token<'text> {
    /// As written.
    pub(super) text: &'text str,
    /// The word for comparing: lower case, no apostrophes, `&` as `and`.
    pub(super) key: String,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) kind: TokenKind,
}

/// Whether a token is read or only separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Letters and digits, with apostrophes and hyphens inside; or `&`.
    Word,
    /// Anything else, one character.
    Mark,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.kind == TokenKind::Word
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == TokenKind::Mark && self.text == mark
    }

    /// A word that opens with a capital letter.
    pub(super) fn is_capitalised(&self) -> bool {
        self.is_word() && self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// A year in which an Act could have been passed.
    pub(super) fn year(&self) -> Option<u16> {
        let digits = self.text.len() == 4 && self.text.bytes().all(|byte| byte.is_ascii_digit());
        let year = digits.then(|| self.text.parse().ok())??;
        (1200..=2100).contains(&year).then_some(year)
    }
}

/// Every token of the text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if first == '\n' || !first.is_whitespace() {
            let mut end = start + first.len_utf8();
            while let Some(&(at, next)) = rest.peek()
                && first.is_alphanumeric()
                && continues(text, at, next)
            {
                end = at + next.len_utf8();
                rest.next();
            }
            found.push(token(text, start..end));
        }
    }
    found
}

/// An apostrophe or hyphen belongs to the word when a letter or digit follows
/// it, and so does the apostrophe of "employers' liability".
fn continues(text: &str, at: usize, next: char) -> bool {
    let apostrophe = matches!(next, '\'' | '’');
    let after = text[at + next.len_utf8()..].chars().next();
    let inside = after.is_some_and(char::is_alphanumeric);
    let plural = text[..at].ends_with('s') && after == Some(' ');
    next.is_alphanumeric() || ((apostrophe || next == '-') && inside) || (apostrophe && plural)
}

fn token(text: &str, span: Range<usize>) -> Token<'_> {
    let word = &text[span.clone()];
    let is_word = word == "&" || word.starts_with(char::is_alphanumeric);
    let kind = if is_word { TokenKind::Word } else { TokenKind::Mark };
    Token { text: word, key: key(word), span, kind }
}

/// A word as the tables spell it.
pub(super) fn key(word: &str) -> String {
    match word {
        "&" => "and".to_owned(),
        _ => {
            word.chars().filter(|c| !matches!(c, '\'' | '’')).flat_map(char::to_lowercase).collect()
        }
    }
}
