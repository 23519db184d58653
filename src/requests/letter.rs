//! What the person is told: the decision, what is kept, until when and why, and
//! what they can do about it. An officer reads it, writes the rest and sends it;
//! what was sent is entered with `explain`.
//!
//! A place is told by the title of its record type: what a file is called may name
//! somebody else.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::list::{Cited, Fate, Item, Shown};
use super::{ItemVerdict, RequestDecision, RequestKind};

/// The letter, in plain text.
#[must_use]
pub fn letter(organisation: &str, request: &Shown) -> String {
    let mut parts =
        vec![format!("{organisation}\nOur reference: {}", request.request), decided(request)];
    parts.extend(refused(request));
    parts.extend(kept(request));
    parts.extend(request.consequence.as_deref().map(ended));
    parts.push(remedies(request));
    parts.join("\n\n") + "\n"
}

fn decided(request: &Shown) -> String {
    let asked = match request.kind {
        RequestKind::Erasure => "to erase records about you",
        RequestKind::Restriction => "to restrict the use of records about you",
        RequestKind::Objection => "to stop using records about you",
        RequestKind::Rectification => "to put right records about you",
        RequestKind::Access => "for a copy of records about you",
        RequestKind::Portability => "for records about you in a form you can take elsewhere",
        RequestKind::WebTakedown => "to take something about you off our website",
        RequestKind::ConsentWithdrawal => "to stop what you had consented to",
    };
    let of = long(request.received);
    let then = match request.decision {
        None => {
            format!("We are looking at your request. We will answer it by {}.", long(request.due))
        }
        Some(RequestDecision::Granted) => "We have decided to do what you ask.".to_owned(),
        Some(RequestDecision::Partly) => {
            "We have decided to do a part of what you ask, and not all of it.".to_owned()
        }
        Some(RequestDecision::Refused) => "We have decided not to do what you ask.".to_owned(),
        Some(RequestDecision::Withdrawn) => "You have taken your request back.".to_owned(),
    };
    format!("On {of} you asked us {asked}. {then}")
}

/// Why anything is refused.
fn refused(request: &Shown) -> Option<String> {
    let refuses = request.decision.is_some_and(RequestDecision::refuses);
    if !refuses || request.exceptions.is_empty() {
        return None;
    }
    let mut text = match request.decision {
        Some(RequestDecision::Refused) => "We do not do it, because:".to_owned(),
        _ => "We do not do all of it, because:".to_owned(),
    };
    for Cited { words, source, .. } in &request.exceptions {
        let _ = write!(text, "\n- {words} ({source})");
    }
    if let Some(grounds) = &request.compelling {
        let _ = write!(text, "\n{}", ended(grounds));
    }
    Some(text)
}

/// What becomes of each place the request names.
fn kept(request: &Shown) -> Option<String> {
    let there: Vec<&Item> =
        request.items.iter().filter(|item| item.verdict != ItemVerdict::Absent).collect();
    if there.is_empty() {
        return None;
    }
    let mut text = "What becomes of each record:".to_owned();
    for (at, item) in there.iter().enumerate() {
        let title = item.title.as_deref().unwrap_or("A record that we have not yet classified");
        let _ = write!(text, "\n{}. {title}: {}", at + 1, fate(item));
    }
    Some(text)
}

fn fate(item: &Item) -> String {
    let rule = item.rule.as_deref().map(|rule| format!(" Our rule: {}", ended(rule)));
    let basis = item.basis.as_deref().map(|basis| format!(" ({basis})")).unwrap_or_default();
    let because = &item.because;
    let said = match (item.verdict, item.kept_until) {
        (ItemVerdict::Kept | ItemVerdict::PublicRegister, Some(day)) => {
            format!("kept until {}, because {because}{basis}. {}", long(day), goes_from(day))
        }
        (ItemVerdict::Kept | ItemVerdict::PublicRegister, None) => {
            format!("kept for good, because {because}{basis}.")
        }
        (ItemVerdict::Held | ItemVerdict::NotKnown, _) => format!("kept for now: {because}."),
        (ItemVerdict::MayGoEarly, _) if item.early.is_some() => {
            item.early.as_ref().map(goes_early).unwrap_or_default()
        }
        (ItemVerdict::MayGoEarly, Some(day)) => {
            format!("kept until {} at the latest: {because}.", long(day))
        }
        (ItemVerdict::MayGoEarly, None) => format!("{because}."),
        (ItemVerdict::Due, _) => format!("{because}: it is being disposed of."),
        (ItemVerdict::Absent, _) => format!("{because}."),
    };
    let with_rule = matches!(item.verdict, ItemVerdict::Kept | ItemVerdict::PublicRegister);
    format!("{said}{}", rule.filter(|_| with_rule).unwrap_or_default())
}

/// What becomes of what goes before its time. A day is promised only where two people
/// approved the list.
fn goes_early(fate: &Fate) -> String {
    match fate {
        Fate::Agreed | Fate::Listed { expected: None, .. } => {
            "we have agreed to destroy it early, as you ask.".to_owned()
        }
        Fate::Listed { expected: Some(day), .. } => format!(
            "it will be destroyed early, as you ask: we expect to have done so by {}.",
            long(*day)
        ),
        Fate::Destroyed { on, .. } => format!("destroyed early, as you ask, on {}.", long(*on)),
    }
}

/// On which day it will go.
fn goes_from(day: Date) -> String {
    match day.tomorrow() {
        Ok(next) => format!("It may go from {}.", long(next)),
        Err(_) => String::new(),
    }
}

/// UK GDPR Art. 12(4): what a person can do whose request is refused.
fn remedies(request: &Shown) -> String {
    let answer = "If you are not satisfied, ask us to look at it again.";
    match request.decision {
        Some(decision) if decision.refuses() => format!(
            "{answer} You may also complain to the Information Commissioner (ico.org.uk, 0303 123 \
             1113), and you may ask a court to enforce your right."
        ),
        _ => answer.to_owned(),
    }
}

/// The sentence, ended.
fn ended(words: &str) -> String {
    let words = words.trim();
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

fn long(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
