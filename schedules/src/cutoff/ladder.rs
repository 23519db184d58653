//! The cutoffs of one rule for today and for the ends of the coming months, so
//! that one search puts an item into the month in which it falls due.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::{Inverted, invert};
use crate::calendar::{Calendar, london_midnight};
use crate::rule::Rule;
use crate::trigger::Trigger;

/// When an item falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// It is due today.
    Due,
    /// Its first day of being due is in this month: 0 is what is left of the
    /// month of today, 1 the next.
    Month(usize),
    /// After the last month of the ladder.
    Later,
}

/// The rungs of a rule over a single trigger: first today's, then one for the
/// last day of this month and of each of the months that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    trigger: Trigger,
    this_month: Date,
    /// The latest trigger date that is due on each rung's day; never descending.
    dates: Vec<Option<Date>>,
    /// The same in seconds since 1970: due before this.
    instants: Vec<Option<i64>>,
}

impl Ladder {
    /// The ladder for `today` and `months` months after the month of today.
    /// Nothing for a rule that asks for none or several triggers, has no
    /// inverse, or needs a year the calendar lacks: such are evaluated.
    #[must_use]
    pub fn new(rule: &Rule, calendar: &Calendar, today: Date, months: usize) -> Option<Self> {
        let rung = |day| match invert(rule, calendar, day) {
            Ok(Some(inverted)) => single_cutoff(&inverted),
            Ok(None) | Err(_) => None,
        };
        let triggers = rule.triggers();
        let [trigger] = triggers.as_slice() else { return None };
        let this_month = today.first_of_month();
        let month_ends = (0..=months).map(|month| month_after(this_month, month).last_of_month());
        let dates: Vec<Option<Date>> =
            std::iter::once(today).chain(month_ends).map(rung).collect::<Option<_>>()?;
        let instants = dates.iter().map(|cutoff| due_before(*cutoff)).collect();
        Some(Self { trigger: (*trigger).clone(), this_month, dates, instants })
    }

    /// The trigger whose dates it places.
    #[must_use]
    pub fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// The latest trigger date that is due today; nothing where none is.
    #[must_use]
    pub fn due_on_or_before(&self) -> Option<Date> {
        self.dates[0]
    }

    /// An instant, in seconds since 1970, is due today where it is before this;
    /// with nothing here none is.
    #[must_use]
    pub fn due_before_instant(&self) -> Option<i64> {
        self.instants[0]
    }

    /// Where an item with this trigger instant (seconds since 1970) belongs.
    #[must_use]
    pub fn place(&self, seconds: i64) -> Placement {
        self.placement(self.instants.partition_point(|due_before| Some(seconds) >= *due_before))
    }

    /// Where an item with this trigger date belongs.
    #[must_use]
    pub fn place_date(&self, date: Date) -> Placement {
        self.placement(self.dates.partition_point(|cutoff| Some(date) > *cutoff))
    }

    /// The first day of the month that [`Placement::Month`] counts.
    #[must_use]
    pub fn first_of_month(&self, month: usize) -> Date {
        month_after(self.this_month, month)
    }

    fn placement(&self, rung: usize) -> Placement {
        match rung {
            0 => Placement::Due,
            rung if rung < self.dates.len() => Placement::Month(rung - 1),
            _ => Placement::Later,
        }
    }
}

/// Past the end of the calendar it is the calendar's last day.
fn month_after(first: Date, months: usize) -> Date {
    let span = i64::try_from(months).ok().and_then(|months| Span::new().try_months(months).ok());
    span.map_or(Date::MAX, |span| first.saturating_add(span))
}

/// The midnight after the cutoff. Where no clock reaches that far, every
/// instant there is lies before it; so early that none does, nothing is due.
fn due_before(cutoff: Option<Date>) -> Option<i64> {
    let day_after = cutoff?.tomorrow().ok()?;
    match london_midnight(day_after) {
        Some(midnight) => Some(midnight.as_second()),
        None if day_after.year() > 1970 => Some(Timestamp::MAX.as_second() + 1),
        None => None,
    }
}

/// An inverted rule over one trigger, from what keeps most to what keeps least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Single {
    Never,
    DueOnOrBefore(Option<Date>),
    Always,
}

impl Single {
    fn of(inverted: &Inverted) -> Self {
        let each = |parts: &'_ [Inverted]| parts.iter().map(Self::of).collect::<Vec<_>>();
        match inverted {
            Inverted::Trigger { on_or_before, .. } => Self::DueOnOrBefore(*on_or_before),
            Inverted::All(parts) => each(parts).into_iter().min().unwrap_or(Self::Never),
            Inverted::Any(parts) => each(parts).into_iter().max().unwrap_or(Self::Never),
            Inverted::Never => Self::Never,
            Inverted::Always => Self::Always,
        }
    }
}

/// The one cutoff; nothing where the rule is settled without its trigger.
fn single_cutoff(inverted: &Inverted) -> Option<Option<Date>> {
    match Single::of(inverted) {
        Single::DueOnOrBefore(date) => Some(date),
        Single::Never | Single::Always => None,
    }
}
