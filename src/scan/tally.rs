//! What a scan counts: by outcome, and by the month in which things fall due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_connectors::sighting::Seen;
use retaind_schedules::calendar::london_date;
use retaind_schedules::evaluation::{DueDate, Evaluation, Facts, Outcome};
use serde::Serialize;

use crate::catalogue::words::OutcomeKind;

/// How far ahead the forecast looks, in months.
pub const FORECAST_MONTHS: usize = 36;

/// The kind of an outcome, as it is counted. Nothing under a mapping is
/// unmapped, so what claims to be is something a person must look at.
#[must_use]
pub fn kind_of(outcome: &Outcome) -> OutcomeKind {
    match outcome {
        Outcome::Due { .. } => OutcomeKind::Due,
        Outcome::Held { .. } => OutcomeKind::Held,
        Outcome::NotDue => OutcomeKind::NotDue,
        Outcome::AwaitingTrigger { .. } => OutcomeKind::AwaitingTrigger,
        Outcome::Unmapped | Outcome::CannotEvaluate { .. } => OutcomeKind::CannotEvaluate,
        Outcome::Permanent => OutcomeKind::Permanent,
    }
}

/// How many, how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Amount {
    /// Items and units, each one.
    pub units: u64,
    /// Files or rows in them.
    pub members: u64,
    /// Their size.
    pub bytes: u64,
}

impl Amount {
    /// Adds one unit of this many members and bytes.
    pub fn add(&mut self, members: u64, bytes: u64) {
        self.units += 1;
        self.members += members;
        self.bytes += bytes;
    }

    /// Adds another amount.
    pub fn join(&mut self, other: Self) {
        self.units += other.units;
        self.members += other.members;
        self.bytes += other.bytes;
    }
}

/// What a scan counted under one mapping.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// By outcome.
    pub kinds: BTreeMap<OutcomeKind, Amount>,
    /// The oldest due date among what is due or held.
    pub oldest_due: BTreeMap<OutcomeKind, Date>,
    /// What becomes eligible in each month to come, by its first day.
    pub forecast: BTreeMap<Date, Foreseen>,
}

/// What becomes eligible in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// How much.
    pub amount: Amount,
    day: Option<Date>,
    /// In seconds since 1970: which day that is, is worked out once.
    second: Option<i64>,
}

impl Foreseen {
    fn add(&mut self, from: Seen, members: u64, bytes: u64) {
        self.amount.add(members, bytes);
        match from {
            Seen::On(day) => self.day = Some(self.day.map_or(day, |oldest| oldest.min(day))),
            Seen::At(second) => {
                self.second = Some(self.second.map_or(second, |oldest| oldest.min(second)));
            }
            Seen::Missing | Seen::Unreadable | Seen::OfSome(_) => {}
        }
    }

    /// The oldest date that any of it is kept from.
    #[must_use]
    pub fn oldest(&self) -> Option<Date> {
        let second = self.second.and_then(|second| Timestamp::from_second(second).ok());
        second.map(london_date).into_iter().chain(self.day).min()
    }
}

impl Tally {
    /// Counts one sighting of this kind.
    pub fn count(&mut self, kind: OutcomeKind, members: u64, bytes: u64) {
        self.kinds.entry(kind).or_default().add(members, bytes);
    }

    /// Counts an evaluated sighting, and where it falls in the forecast.
    pub fn count_evaluated(
        &mut self,
        facts: &Facts,
        answer: &Evaluation,
        members: u64,
        bytes: u64,
    ) -> OutcomeKind {
        let kind = kind_of(&answer.outcome);
        self.count(kind, members, bytes);
        match (kind, answer.due) {
            (OutcomeKind::Due | OutcomeKind::Held, DueDate::On(due)) => {
                let oldest = self.oldest_due.entry(kind).or_insert(due);
                *oldest = due.min(*oldest);
            }
            (OutcomeKind::NotDue, DueDate::On(due)) => {
                let from = facts.known().min().map_or(Seen::Missing, Seen::On);
                self.foresee(eligible_month(due), from, members, bytes);
            }
            _ => {}
        }
        kind
    }

    /// Counts something that becomes eligible in the month that begins on this
    /// day, and is kept from this date.
    pub fn foresee(&mut self, month: Date, from: Seen, members: u64, bytes: u64) {
        self.forecast.entry(month).or_default().add(from, members, bytes);
    }
}

/// The first day of the month in which something due on this day may go: the
/// day after.
fn eligible_month(due: Date) -> Date {
    due.tomorrow().unwrap_or(Date::MAX).first_of_month()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_oldest_of_a_month_is_of_whichever_kind_its_date_is() {
        let mut foreseen = Foreseen::default();
        assert_eq!(foreseen.oldest(), None);
        foreseen.add(Seen::Missing, 1, 10);
        assert_eq!(foreseen.oldest(), None);
        // Half past midnight of summer time, the day before in UTC.
        let second = "2020-07-01T23:30:00Z".parse::<Timestamp>().unwrap().as_second();
        for seen in [Seen::At(second + 86_400), Seen::At(second), Seen::On(date(2020, 7, 3))] {
            foreseen.add(seen, 1, 10);
        }
        assert_eq!(foreseen.oldest(), Some(date(2020, 7, 2)));
        foreseen.add(Seen::On(date(2020, 7, 1)), 1, 10);
        assert_eq!(foreseen.oldest(), Some(date(2020, 7, 1)));
        assert_eq!((foreseen.amount.units, foreseen.amount.bytes), (5, 50));
    }

    #[test]
    fn what_is_due_on_a_months_last_day_may_go_in_the_next() {
        assert_eq!(eligible_month(date(2026, 3, 31)), date(2026, 4, 1));
        assert_eq!(eligible_month(date(2026, 3, 30)), date(2026, 3, 1));
        assert_eq!(eligible_month(Date::MAX), Date::MAX.first_of_month());
    }
}
