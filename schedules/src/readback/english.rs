//! The words in English.

use super::words::{TriggerWords, Words};
use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::trigger::{EventName, Trigger};

/// British English, in the words records managers use.
pub const ENGLISH: Words = Words {
    keep_for: "Keep for",
    keep_until: "Keep until",
    for_ever: "Keep for ever",
    not_at_all: "Must not be held at all",
    as_long_as: "Keep at least as long as the linked",
    never_ends: "never",
    at_once: "at once",
    the_day: "the day",
    later_of: ("the later of", "the latest of"),
    earlier_of: ("the earlier of", "the earliest of"),
    and: "and",
    no_time: "no time",
    units: [("year", "years"), ("month", "months"), ("week", "weeks"), ("day", "days")],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    no_longer: "Keep no longer than that",
    may_be_for_ever: "It may be kept for ever",
    not_beyond: "Do not keep beyond",
    no_limit: "There is no limit beyond that, because:",
    authority: "Authority:",
    because: "Justification:",
    action,
    action_for_ever,
    year,
    trigger,
    event_happened: |event| format!("the event “{event}” happened"),
    event_happens: |event| format!("the event “{event}” happens"),
    after: |period, start| format!("{period} after {start}"),
    in_which: |year, happened| format!("the end of {year} in which {happened}"),
    and_on_to: |day, year| format!("{day}, and on to the end of {year}"),
    before_age: |age| format!("before the age of {age}"),
    sooner_than: |day| format!("sooner than {day}"),
    in_case: |event, limit, then, otherwise| {
        format!("if {event} {limit}: {then}; otherwise: {otherwise}")
    },
    example: |known, last, first| format!("{known}: kept to {last}, may go from {first}"),
};

fn action(action: DisposalAction) -> &'static str {
    match action {
        DisposalAction::Destroy => "Then destroy it",
        DisposalAction::Anonymise => "Then remove what identifies people",
        DisposalAction::Review => "Then a person reviews it",
        DisposalAction::Transfer => "Then offer it to the archive",
        DisposalAction::Permanent => "It is never disposed of",
    }
}

fn action_for_ever(action: DisposalAction) -> &'static str {
    match action {
        DisposalAction::Transfer => "Offer it to the archive",
        DisposalAction::Permanent => "It is never disposed of",
        DisposalAction::Destroy | DisposalAction::Anonymise | DisposalAction::Review => {
            // Said as it stands, for a person to see that it cannot be.
            self::action(action)
        }
    }
}

fn year(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::MonthEnd => "the month",
        Alignment::QuarterEnd => "the quarter",
        Alignment::CalendarYearEnd => "the calendar year",
        Alignment::FinancialYearEnd => "the financial year",
        Alignment::TaxYearEnd => "the tax year",
        Alignment::AcademicYearEnd => "the academic year",
        Alignment::MunicipalYearEnd => "the municipal year",
        Alignment::CurrentYearEnd => "the year, calendar or financial as set,",
    }
}

fn trigger(trigger: &Trigger) -> Result<TriggerWords, &EventName> {
    let (happened, happens, briefly) = match trigger {
        Trigger::Created => ("the record was made", "the record is made", "made"),
        Trigger::LastModified => {
            ("the record was last changed", "the record is last changed", "last changed")
        }
        Trigger::LastAction => {
            ("the last action was taken", "the last action is taken", "last action")
        }
        Trigger::LastContact => {
            ("the person was last in contact", "the person is last in contact", "last contact")
        }
        Trigger::CaseClosed => ("the case was closed", "the case is closed", "closed"),
        Trigger::ServiceEnded => {
            ("the service to the person ended", "the service to the person ends", "service ended")
        }
        Trigger::EmploymentEnded => {
            ("the employment ended", "the employment ends", "employment ended")
        }
        Trigger::ContractEnded => ("the contract ended", "the contract ends", "contract ended"),
        Trigger::Superseded => {
            ("the record was superseded", "the record is superseded", "superseded")
        }
        Trigger::DateOfBirth => ("the person was born", "the person is born", "born"),
        Trigger::DateOfDeath => ("the person died", "the person dies", "died"),
        Trigger::OrderMade => ("the order was made", "the order is made", "order made"),
        Trigger::Decision => ("the decision was taken", "the decision is taken", "decided"),
        Trigger::EndOfTerm => {
            ("the term of office ended", "the term of office ends", "term of office ended")
        }
        Trigger::Expired => (
            "the licence, lease, policy or permission expired",
            "the licence, lease, policy or permission expires",
            "expired",
        ),
        Trigger::Completed => ("the work was completed", "the work is completed", "completed"),
        Trigger::Paid => ("the last payment was made", "the last payment is made", "last paid"),
        Trigger::Published => ("the record was published", "the record is published", "published"),
        Trigger::ConsentWithdrawn => {
            ("consent was withdrawn", "consent is withdrawn", "consent withdrawn")
        }
        Trigger::Disposed => {
            ("the asset was disposed of", "the asset is disposed of", "asset disposed of")
        }
        Trigger::VerificationInvalidated => (
            "an outside verification stopped being accurate",
            "an outside verification stops being accurate",
            "verification invalidated",
        ),
        Trigger::AggregationClosed => {
            ("the whole file was closed", "the whole file is closed", "whole file closed")
        }
        Trigger::LastAddedToAggregation => (
            "something was last added to the file",
            "something is last added to the file",
            "last added to",
        ),
        Trigger::LastReviewed => {
            ("the record was last reviewed", "the record is last reviewed", "last reviewed")
        }
        Trigger::Event(event) => return Err(event),
    };
    Ok(TriggerWords { happened, happens, briefly })
}
