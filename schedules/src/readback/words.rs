//! What a language must say for rules to be read back in it.

use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::trigger::{EventName, Trigger};

/// One language: words, and the few sentences whose order differs from language
/// to language.
#[derive(Debug)]
pub struct Words {
    /// "Keep for", before a period.
    pub keep_for: &'static str,
    /// "Keep until", before a day or an event.
    pub keep_until: &'static str,
    /// The sentence for what is kept for ever.
    pub for_ever: &'static str,
    /// The sentence for what must not be held.
    pub not_at_all: &'static str,
    /// Before the items a record is kept as long as.
    pub as_long_as: &'static str,
    /// The end of what is kept for ever, as part of a sentence.
    pub never_ends: &'static str,
    /// The end of what must not be held, as part of a sentence.
    pub at_once: &'static str,
    /// "the day", before what happens on it.
    pub the_day: &'static str,
    /// "the later of" and "the latest of", before two branches and before more.
    pub later_of: (&'static str, &'static str),
    /// "the earlier of" and "the earliest of", likewise.
    pub earlier_of: (&'static str, &'static str),
    /// Between the last two of several.
    pub and: &'static str,
    /// A period of no length.
    pub no_time: &'static str,
    /// One and many of years, months, weeks, days.
    pub units: [(&'static str, &'static str); 4],
    /// January to December.
    pub months: [&'static str; 12],
    /// The sentence where the maximum is the minimum.
    pub no_longer: &'static str,
    /// The sentence where the maximum is no limit.
    pub may_be_for_ever: &'static str,
    /// Before the maximum.
    pub not_beyond: &'static str,
    /// Before the reason there is no maximum.
    pub no_limit: &'static str,
    /// Before the authorities.
    pub authority: &'static str,
    /// Before the justification.
    pub because: &'static str,
    /// The sentence for an action.
    pub action: fn(DisposalAction) -> &'static str,
    /// The sentence for an action on what is kept for ever.
    pub action_for_ever: fn(DisposalAction) -> &'static str,
    /// "the financial year", the year an end is the end of.
    pub year: fn(Alignment) -> &'static str,
    /// The words for a trigger, or the event that has only its own name.
    pub trigger: for<'name> fn(&'name Trigger) -> Result<TriggerWords, &'name EventName>,
    /// An event of the schedule's own, that happened.
    pub event_happened: fn(&str) -> String,
    /// An event of the schedule's own, that happens.
    pub event_happens: fn(&str) -> String,
    /// A period, and what it is after.
    pub after: fn(&str, &str) -> String,
    /// A year, and what happened in it.
    pub in_which: fn(&str, &str) -> String,
    /// A day, and the year to whose end it is moved.
    pub and_on_to: fn(&str, &str) -> String,
    /// An age in years that an event came before.
    pub before_age: fn(u16) -> String,
    /// A day that an event came before.
    pub sooner_than: fn(&str) -> String,
    /// An event, its limit, and what is said in either case.
    pub in_case: fn(&str, &str, &str, &str) -> String,
    /// What is known, the last day kept, and the first day it may go.
    pub example: fn(&str, &str, &str) -> String,
}

/// A trigger, said three ways.
#[derive(Debug, Clone, Copy)]
pub struct TriggerWords {
    /// `the case was closed`
    pub happened: &'static str,
    /// `the case is closed`
    pub happens: &'static str,
    /// `closed`, before a date.
    pub briefly: &'static str,
}
