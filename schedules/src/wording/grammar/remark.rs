//! What changes nothing: citations, and bracketed remarks of known words.

use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, repeat};
use winnow::error::EmptyError;
use winnow::token::any;

use super::clause::LOGIC;
use super::{Input, Parsed, sign, text, word};
use crate::wording::tokens::{Token, Word};
use crate::wording::vocabulary::Kind as K;

/// Words a bracket may hold and change nothing: things, people and manners.
const HARMLESS: [K; 16] = [
    K::Remark,
    K::Contract,
    K::ContractOf,
    K::Records,
    K::Noise,
    K::Served,
    K::Staff,
    K::Person,
    K::Publication,
    K::Permission,
    K::PermissionOf,
    K::Manner,
    K::Book,
    K::Footage,
    K::Thing,
    K::Payable,
];

/// A bracket that changes nothing: `(Limitation Act 1980)`, `(under seal)`.
pub(in crate::wording) fn bracket(input: &mut Input<'_>) -> Parsed<()> {
    let words = repeat::<_, _, (), _, _>(
        1..15,
        alt((word(HARMLESS).void(), sign(Token::Slash), sign(Token::Comma))),
    );
    let cited = (
        cited,
        repeat::<_, _, (), _, _>(
            0..4,
            (alt((sign(Token::Comma), sign(Token::Stop), text(["and"]).void())), cited_again),
        ),
    );
    let initials = (word([K::Initials]), opt(text(["regulations", "regs", "act"])), opt(year));
    let inside = alt(((cited, opt(sign(Token::Stop))).void(), initials.void(), words));
    delimited(sign(Token::Open), inside, sign(Token::Close)).parse_next(input)
}

fn cited_again(input: &mut Input<'_>) -> Parsed<()> {
    alt((cited, section)).parse_next(input)
}

/// A citation outside brackets: `Limitation Act 1980 s.5`, `in accordance with
/// the Companies Act 2006`.
pub(in crate::wording) fn citation(input: &mut Input<'_>) -> Parsed<()> {
    let lead = alt((
        (text(["in"]), text(["accordance", "line", "compliance"]), text(["with"])).void(),
        (text(["as"]), text(["required", "per", "stated"]), opt(text(["by", "in", "under"])))
            .void(),
        text(["under", "per", "see"]).void(),
        (text(["required"]), text(["by", "under"])).void(),
    ));
    (opt(lead), opt(text(["the"])), cited).void().parse_next(input)
}

/// `in line with our retention policy`, `as required by law`, `for audit
/// purposes`: why, and nothing more. Beside a period it changes nothing; alone
/// it is no period.
pub(in crate::wording) fn reason(input: &mut Input<'_>) -> Parsed<()> {
    let lead = alt((
        (text(["in"]), text(["accordance", "line", "compliance"]), text(["with"])).void(),
        (text(["as"]), text(["required", "per"]), opt(text(["by", "under"]))).void(),
        (text(["required"]), text(["by", "under"])).void(),
    ));
    let source = text([
        "our",
        "the",
        "council",
        "corporate",
        "standard",
        "information",
        "records",
        "record",
        "data",
        "retention",
        "management",
        "protection",
        "statutory",
        "legal",
        "national",
        "foi",
        "hmrc",
        "gdpr",
        "policy",
        "policies",
        "schedule",
        "guidance",
        "guidelines",
        "legislation",
        "law",
        "requirements",
        "requirement",
        "regulations",
    ]);
    let sourced = (lead, repeat::<_, _, (), _, _>(1..8, source.void())).void();
    let purpose = (
        text(["for"]),
        text(["audit", "legal", "tax", "statutory", "accounting", "insurance", "reference"]),
        text(["purposes", "reasons"]),
    );
    let value = (
        opt(text(["for", "of", "has", "have"])),
        text(["historical", "historic", "archival"]),
        text(["value", "interest", "importance", "purposes", "reasons"]),
    );
    alt((sourced, purpose.void(), value.void())).parse_next(input)
}

/// The name of an instrument: capital letters, then what it is, then where.
fn cited(input: &mut Input<'_>) -> Parsed<()> {
    let title: Vec<Word<'_>> = titled.parse_next(input)?;
    let named = title.first().is_some_and(|word| word.capital) && title.len() > 1;
    if !named {
        return Err(EmptyError);
    }
    let si = (
        sign(Token::Open),
        repeat::<_, _, (), _, _>(
            1..6,
            any.verify(|token| {
                matches!(token, Token::Number(_) | Token::Slash) || token.is(K::Section)
            })
            .void(),
        ),
        sign(Token::Close),
    );
    opt(year).parse_next(input)?;
    opt(si).parse_next(input)?;
    repeat(0..5, section).parse_next(input)
}

fn year(input: &mut Input<'_>) -> Parsed<()> {
    any.verify(|token: &Token<'_>| matches!(token, Token::Number(1200..=2100)))
        .void()
        .parse_next(input)
}

/// The words of a title up to and with the last "Act" or "Regulations".
fn titled<'i>(input: &mut Input<'i>) -> Parsed<Vec<Word<'i>>> {
    let words: Vec<Word<'i>> = input
        .iter()
        .take(16)
        .map_while(|token| match token {
            Token::Word(word) if in_title(*word) => Some(*word),
            _ => None,
        })
        .collect();
    let last = words.iter().rposition(|word| Token::Word(*word).is(K::Instrument) && word.capital);
    let taken = last.ok_or(EmptyError)? + 1;
    *input = &input[taken..];
    Ok(words[..taken].to_vec())
}

fn in_title(word: Word<'_>) -> bool {
    const JOINING: [&str; 10] = ["of", "and", "the", "at", "for", "in", "to", "etc", "on", "by"];
    word.capital && !word.kinds.meets(LOGIC) || JOINING.contains(&word.text)
}

/// `s.5`, `section 14A`, `as amended`.
fn section(input: &mut Input<'_>) -> Parsed<()> {
    let part = any.verify(|token: &Token<'_>| matches!(token, Token::Number(_)));
    let lettered =
        any.verify(|token: &Token<'_>| matches!(token, Token::Word(word) if word.text.len() == 1));
    alt((
        (text(["as"]), text(["amended"])).void(),
        (
            opt(sign(Token::Comma)),
            text([
                "section",
                "sections",
                "s",
                "ss",
                "reg",
                "regs",
                "regulation",
                "schedule",
                "sch",
                "part",
                "article",
                "art",
                "paragraph",
                "para",
            ]),
            part,
            opt(lettered),
        )
            .void(),
    ))
    .parse_next(input)
}
