//! Outcomes, doubts and reasons in the words people are shown.

use retaind_schedules::evaluation::{Doubt, DueDate, HoldOn, Outcome, Provenance, Reason};
use retaind_schedules::trigger::Trigger;

/// What an item waits for, or what a person must mend first.
#[must_use]
pub fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::NoRule => "its record type has no rule in the schedule in force".to_owned(),
        Doubt::UnreadableDate { trigger } => {
            format!("what stands for {} is not a date", trigger_name(trigger))
        }
        Doubt::ImplausibleDate { trigger, date } => {
            format!("{date} cannot be true for {}", trigger_name(trigger))
        }
        Doubt::MembersDisagree => {
            "its members have different dates, and this rule cannot choose".to_owned()
        }
        Doubt::KeysDisagree => {
            "its rows name different people or different cases, and a hold on one of them would \
             not be seen to cover it: let the mapping's `unit` be a column that tells them apart, \
             or its `subject` and `reference` columns that are the same in all rows of a unit"
                .to_owned()
        }
        Doubt::DatesDisagree { trigger } => {
            format!("different sources give different dates for {}", trigger_name(trigger))
        }
        Doubt::YearUnset { alignment } => {
            format!(
                "nobody has said and signed what {} is: it stands in [calendar] of the \
                 configuration, and waits in `retaind change list`",
                alignment.name()
            )
        }
        Doubt::MaximumBeforeMinimum { maximum_of, minimum_of } => {
            format!("{maximum_of} says not beyond a day on which {minimum_of} still says keep")
        }
        Doubt::RelatedUnknown { relation } => {
            format!("nothing is known of the {relation} it is linked to")
        }
    }
}

/// Which events an item waits for.
#[must_use]
pub fn awaiting(triggers: &[Trigger]) -> String {
    let names: Vec<_> = triggers.iter().map(trigger_name).collect();
    format!("waiting for {}", names.join(" and "))
}

/// What is to become of an item, in one line.
#[must_use]
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unmapped => "no mapping covers it; it is untouchable".to_owned(),
        Outcome::CannotEvaluate { doubt: what } => format!("kept: {}", doubt(what)),
        Outcome::AwaitingTrigger { triggers } => format!("kept: {}", awaiting(triggers)),
        Outcome::NotDue => "kept: not yet due".to_owned(),
        Outcome::Due { action } => format!("due: {action}"),
        Outcome::Held { holds, action } => {
            format!("held by {} (would be due: {action})", kinds(holds))
        }
        Outcome::Permanent => "kept for ever".to_owned(),
    }
}

fn kinds(holds: &[HoldOn]) -> String {
    holds.iter().map(|hold| hold.kind.words()).collect::<Vec<_>>().join(", ")
}

/// The last day an item must be kept.
#[must_use]
pub fn due_date(due: DueDate) -> String {
    match due {
        DueDate::AtOnce => "it must not be held at all".to_owned(),
        DueDate::On(date) => match date.tomorrow() {
            Ok(eligible) => format!("kept to the end of {date}, may go from {eligible}"),
            Err(_) => format!("kept to the end of {date}"),
        },
        DueDate::Never => "kept for ever".to_owned(),
        DueDate::Unknown => "not to be had from what is known".to_owned(),
    }
}

/// One step of the reasoning.
#[must_use]
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Counted { trigger, date, from } => {
            format!("{} was on {date}, says {}", trigger_name(trigger), source(*from))
        }
        Reason::HappenedBefore { event, limit } => {
            format!("{} was before {limit}", trigger_name(event))
        }
        Reason::NotBefore { event, limit } => {
            format!("{} was not before {limit}", trigger_name(event))
        }
        Reason::Related { relation, due } => {
            format!("the {relation} it is linked to: {}", due_date(*due))
        }
        Reason::Minimum { code, due } => format!("{code}, at least: {}", due_date(*due)),
        Reason::Maximum { code, due } => format!("{code}, at most: {}", due_date(*due)),
        Reason::Governs { code } => format!("{code} keeps it longest, and governs"),
        Reason::ActionFrom { code, action } => format!("then, by {code}: {action}"),
        Reason::NotRecorded { trigger } => {
            format!("no date is recorded for {}", trigger_name(trigger))
        }
        Reason::HeldBy { hold } => format!("a hold covers it: {}", hold.kind.words()),
    }
}

/// Where a date comes from.
#[must_use]
pub fn source(from: Provenance) -> &'static str {
    match from {
        Provenance::FileTime => "the file's own time",
        Provenance::Path => "its path",
        Provenance::Column => "its column",
        Provenance::Sidecar => "the sidecar",
        Provenance::Event(_) => "a recorded event",
    }
}

fn trigger_name(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Event(name) => name.as_str().replace('-', " "),
        named => named.name().replace('-', " "),
    }
}
