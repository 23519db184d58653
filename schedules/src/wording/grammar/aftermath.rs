//! What happens then: `then destroy confidentially`, `offer to the county
//! record office`, `review before destruction`.

use winnow::Parser;
use winnow::combinator::{alt, opt, preceded, repeat, terminated};
use winnow::error::EmptyError;

use super::{Input, Parsed, sign, text, word};
use crate::action::DisposalAction;
use crate::wording::kinds::Kinds;
use crate::wording::tokens::{Token, Word};
use crate::wording::vocabulary::Kind as K;

/// One action.
pub(in crate::wording) fn action(input: &mut Input<'_>) -> Parsed<DisposalAction> {
    preceded(lead, alt((review, offer, anonymise, destroy))).parse_next(input)
}

/// "and then", "after which they will be securely", "before": nothing of
/// substance.
fn lead(input: &mut Input<'_>) -> Parsed<()> {
    let before = (
        alt((text(["before"]).void(), (text(["prior"]), text(["to"])).void())),
        opt(text(["being", "secure"])),
    );
    (opt(sign(Token::Comma)), opt(before), repeat::<_, _, (), _, _>(0..7, small))
        .void()
        .parse_next(input)
}

fn small(input: &mut Input<'_>) -> Parsed<()> {
    const WORDS: [&str; 15] = [
        "will", "be", "is", "are", "should", "must", "may", "can", "it", "they", "to", "for",
        "followed", "by", "them",
    ];
    alt((
        (text(["after", "at"]), text(["which"]), opt(text(["point", "time"]))).void(),
        (text(["after"]), text(["this", "that"]), opt(sign(Token::Comma))).void(),
        word([K::And, K::Then, K::Manner]).void(),
        text(WORDS).void(),
    ))
    .parse_next(input)
}

fn destroy(input: &mut Input<'_>) -> Parsed<DisposalAction> {
    let again =
        (opt(alt((sign(Token::Slash), text(["or", "and"]).void()))), word([K::Destroy])).void();
    let tail = alt((again, word([K::Manner, K::ActionNoise]).void()));
    terminated(word([K::Destroy]), repeat::<_, _, (), _, _>(0..8, tail))
        .value(DisposalAction::Destroy)
        .parse_next(input)
}

fn anonymise(input: &mut Input<'_>) -> Parsed<DisposalAction> {
    let what = repeat::<_, _, (), _, _>(0..6, word([K::ActionNoise]).void());
    terminated(word([K::Anonymise]), what).value(DisposalAction::Anonymise).parse_next(input)
}

fn review(input: &mut Input<'_>) -> Parsed<DisposalAction> {
    let what_for = (
        text(["for", "prior", "before"]),
        opt(text(["to"])),
        repeat::<_, _, (), _, _>(
            1..6,
            alt((
                word([K::Destroy, K::Archive, K::Manner]).void(),
                text([
                    "archival",
                    "historical",
                    "historic",
                    "value",
                    "further",
                    "continued",
                    "need",
                    "possible",
                    "transfer",
                    "to",
                    "the",
                    "retention",
                    "or",
                    "permanent",
                    "interest",
                ])
                .void(),
            )),
        ),
    );
    let comma = || opt(sign(Token::Comma));
    let and = || (comma(), opt(text(["and"])), comma(), opt(text(["then"])));
    let destroy_if = (and(), word([K::Destroy]), unwanted).void();
    let if_destroy = (and(), unwanted, comma(), word([K::Destroy])).void();
    let consider = (
        and(),
        text(["consider"]),
        opt(text(["for"])),
        repeat::<_, _, (), _, _>(1..9, word([K::Offer, K::Archive, K::ArchiveOf]).void()),
    )
        .void();
    let disputes = (
        text(["in"]),
        opt(text(["the"])),
        text(["case"]),
        text(["of"]),
        text(["contentious"]),
        text(["disputes", "dispute"]),
    );
    let tail = alt((if_destroy, destroy_if, consider, (what_for, opt(disputes)).void()));
    terminated(word([K::Review]), opt(tail)).value(DisposalAction::Review).parse_next(input)
}

/// "if no longer required", "if not accepted", "if declined".
fn unwanted(input: &mut Input<'_>) -> Parsed<()> {
    let missing = (
        text(["no", "not"]),
        opt(text(["longer"])),
        text(["required", "needed", "wanted", "accepted", "selected", "taken"]),
        opt((text(["for"]), text(["permanent"]), text(["preservation"]))),
    );
    let refused = alt((missing.void(), text(["declined", "refused"]).void()));
    (word([K::If]), opt(text(["it", "they"])), opt(text(["is", "are"])), refused)
        .void()
        .parse_next(input)
}

/// An offer to an archive; an archive must be named.
fn offer(input: &mut Input<'_>) -> Parsed<DisposalAction> {
    let tail: Vec<Word<'_>> =
        preceded(word([K::Offer]), repeat(1..10, word([K::Archive, K::ArchiveOf])))
            .parse_next(input)?;
    if !tail.iter().any(|word| word.kinds.meets(Kinds::of(&[K::Archive]))) {
        return Err(EmptyError);
    }
    let otherwise = (
        opt(alt((sign(Token::Comma), sign(Token::Stop)))),
        opt(text(["or", "and", "otherwise"])),
        opt(text(["then"])),
        word([K::Destroy]),
        unwanted,
    );
    opt(otherwise).parse_next(input)?;
    Ok(DisposalAction::Transfer)
}
