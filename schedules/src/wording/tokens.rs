//! The words and signs of a cell.

use winnow::Parser;
use winnow::ascii::{digit1, multispace1};
use winnow::combinator::{alt, delimited, eof, not, opt, peek, repeat, terminated};
use winnow::error::EmptyError;
use winnow::token::{any, one_of, take_while};

use super::compounds;
use super::kinds::Kinds;
use super::numbers;
use super::slips;
use super::vocabulary::{self, Kind};

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A word, in lower case.
    Word(Word<'t>),
    /// `6`, `six`.
    Number(u16),
    /// `25th`, `twenty-fifth`.
    Ordinal(u16),
    /// `+` or `plus`.
    Plus,
    /// `<`
    Less,
    /// The dash of `3-6`.
    Range,
    /// `/`
    Slash,
    /// `(` or `[`
    Open,
    /// `)` or `]`
    Close,
    /// `,`
    Comma,
    /// `.`, `;`, `:`, a dash between words, a bullet.
    Stop,
    /// Anything else: never understood.
    Other(char),
    /// A start the profile names, by its place there.
    Start(usize),
    /// A code the profile names, by its place there.
    Code(usize),
}

/// A word and what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// In lower case, without a possessive `'s`.
    pub(super) text: &'t str,
    /// What it can be; empty for a word nobody has taught the parser.
    pub(super) kinds: Kinds,
    /// Whether it stood with a capital.
    pub(super) capital: bool,
}

/// The words again, the first few of them, for a question.
pub(super) fn spell(tokens: &[Token<'_>]) -> String {
    const SHOWN: usize = 8;
    let mut words: Vec<String> = tokens.iter().take(SHOWN).map(Token::spelled).collect();
    if tokens.len() > SHOWN {
        words.push("…".to_owned());
    }
    words.join(" ")
}

impl Token<'_> {
    fn spelled(&self) -> String {
        match self {
            Token::Word(word) => word.text.to_owned(),
            Token::Number(count) => count.to_string(),
            Token::Ordinal(count) => format!("{count}th"),
            Token::Plus => "+".to_owned(),
            Token::Less => "<".to_owned(),
            Token::Range => "-".to_owned(),
            Token::Slash => "/".to_owned(),
            Token::Open => "(".to_owned(),
            Token::Close => ")".to_owned(),
            Token::Comma => ",".to_owned(),
            Token::Stop => ".".to_owned(),
            Token::Other(sign) => sign.to_string(),
            Token::Start(_) | Token::Code(_) => "…".to_owned(),
        }
    }

    /// Whether both are the same word or sign, however it was written.
    pub(super) fn same(&self, other: &Token<'_>) -> bool {
        match (self, other) {
            (Token::Word(one), Token::Word(other)) => one.text == other.text,
            (Token::Number(one), Token::Number(other)) => one == other,
            _ => self.spelled() == other.spelled(),
        }
    }

    /// Whether it is a word of this kind.
    pub(super) fn is(&self, kind: Kind) -> bool {
        matches!(self, Token::Word(word) if word.kinds.meets(Kinds::of(&[kind])))
    }
}

/// A cell made ready for reading: typographic signs made plain. Byte for byte
/// as long in lower case as in capitals.
#[derive(Debug)]
pub(super) struct Text {
    plain: String,
    lower: String,
}

impl Text {
    /// The plain text of a cell.
    pub(super) fn new(cell: &str) -> Self {
        let plain: String = cell.chars().filter_map(plain_sign).collect();
        let lower = plain.to_ascii_lowercase();
        Self { plain, lower }
    }

    /// Its words and signs, and what was put right in them.
    pub(super) fn tokens(&self) -> (Vec<Token<'_>>, Vec<String>) {
        let raw = lex(&self.plain);
        let tokens: Vec<Token<'_>> =
            raw.into_iter().filter_map(|piece| self.token(piece)).collect();
        slips::mend(numbers::fold(&compounds::fold(&tokens)))
    }

    fn token<'t>(&'t self, piece: Piece<'t>) -> Option<Token<'t>> {
        match piece {
            Piece::Sign(token) => Some(token),
            Piece::Nothing => None,
            Piece::Word(text) => {
                let start = text.as_ptr().addr() - self.plain.as_ptr().addr();
                Some(word_token(&self.lower[start..start + text.len()], text))
            }
        }
    }
}

fn word_token<'t>(lower: &'t str, written: &str) -> Token<'t> {
    let text = lower.strip_suffix("'s").unwrap_or(lower).trim_matches('\'');
    if text == "plus" {
        return Token::Plus;
    }
    let capital = written.chars().next().is_some_and(char::is_uppercase);
    Token::Word(Word { text, kinds: vocabulary::kinds(text), capital })
}

/// The plain sign for a typographic one; nothing for what cannot be seen.
fn plain_sign(sign: char) -> Option<char> {
    match sign {
        '‘' | '’' | 'ʼ' | '`' | '´' => Some('\''),
        '“' | '”' | '«' | '»' | '"' => Some(' '),
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => Some('-'),
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => None,
        _ if sign.is_whitespace() => Some(' '),
        _ => Some(sign),
    }
}

#[derive(Debug, Clone, Copy)]
enum Piece<'t> {
    Word(&'t str),
    Sign(Token<'t>),
    Nothing,
}

type Lexed<O> = winnow::Result<O, EmptyError>;

fn lex(text: &str) -> Vec<Piece<'_>> {
    repeat(0.., alt((space, dotted, word, ordinal, number, dash, sign)))
        .parse(text)
        .unwrap_or_default()
}

fn space<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    multispace1.value(Piece::Nothing).parse_next(input)
}

/// Abbreviations with points in them.
fn dotted<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    const DOTTED: [(&str, &str); 8] = [
        ("d.o.b", "dob"),
        ("d.o.d", "dod"),
        ("f.y", "fy"),
        ("c.y", "cy"),
        ("e.g", "eg"),
        ("i.e", "ie"),
        ("a.y", "ay"),
        ("t.y", "ty"),
    ];
    let known = DOTTED.iter().find(|(dotted, _)| {
        input.get(..dotted.len()).is_some_and(|start| start.eq_ignore_ascii_case(dotted))
            && !input[dotted.len()..].starts_with(char::is_alphanumeric)
    });
    let Some((dotted, plain)) = known else { return Err(EmptyError) };
    *input = &input[dotted.len()..];
    opt('.').parse_next(input)?;
    Ok(Piece::Sign(word_token(plain, plain)))
}

/// Letters and apostrophes; the point of an abbreviation goes with it.
fn word<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    const ABBREVIATED: [&str; 12] =
        ["yr", "yrs", "mth", "mths", "wk", "wks", "fin", "s", "reg", "regs", "sch", "etc"];
    let text =
        (one_of(char::is_alphabetic), take_while(0.., |c: char| c.is_alphabetic() || c == '\''))
            .take()
            .parse_next(input)?;
    if ABBREVIATED.iter().any(|known| known.eq_ignore_ascii_case(text)) {
        opt('.').parse_next(input)?;
    }
    // The hyphen of "case-closed" and of "year-end" only joins two words.
    opt(terminated('-', peek(one_of(char::is_alphanumeric)))).parse_next(input)?;
    Ok(Piece::Word(text))
}

fn ordinal<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    let suffix = alt(("st", "nd", "rd", "th", "ST", "ND", "RD", "TH"));
    terminated(digit1, (suffix, not(one_of(char::is_alphabetic))))
        .verify_map(|digits: &str| digits.parse().ok())
        .map(|count| Piece::Sign(Token::Ordinal(count)))
        .parse_next(input)
}

fn number<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    let count = digit1.map(|digits: &str| digits.parse().map_or(Token::Other('#'), Token::Number));
    // The hyphen of "6-year".
    let joined = opt(terminated('-', peek(one_of(char::is_alphabetic))));
    terminated(count, joined).map(Piece::Sign).parse_next(input)
}

/// A dash with a digit on its right is a range, a minus or a date.
fn dash<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    let close = peek(one_of(|c: char| c.is_ascii_digit())).value(Token::Range);
    let apart = alt((eof.void(), peek(any).void())).value(Token::Stop);
    delimited('-', alt((close, apart)), opt(take_while(1.., '-')))
        .map(Piece::Sign)
        .parse_next(input)
}

fn sign<'t>(input: &mut &'t str) -> Lexed<Piece<'t>> {
    let sign = any.parse_next(input)?;
    let decimal = input.starts_with(|c: char| c.is_ascii_digit());
    Ok(Piece::Sign(match sign {
        '+' => Token::Plus,
        '&' => word_token("and", "and"),
        '<' => Token::Less,
        '/' => Token::Slash,
        '(' | '[' => Token::Open,
        ')' | ']' => Token::Close,
        ',' if !decimal => Token::Comma,
        '.' if !decimal => Token::Stop,
        ':' | ';' | '=' | '•' | '·' | '|' => Token::Stop,
        _ => Token::Other(sign),
    }))
}
