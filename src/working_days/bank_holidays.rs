//! The bank holidays of the United Kingdom, by jurisdiction, from 2010 on.
//!
//! The yearly ones and the days given in their place when they fall on a
//! weekend: Banking and Financial Dealings Act 1971, schedule 1, with the royal
//! proclamations made every year under section 1(3), and the St Andrew's Day
//! Bank Holiday (Scotland) Act 2007. Days added or moved once are in
//! `PROCLAIMED`, each a proclamation of its own. Both as the government lists
//! them at <https://www.gov.uk/bank-holidays>. A day proclaimed after this
//! version was made is named by the council as a freeze.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan as _};

use super::is_weekend;
use crate::config::Jurisdiction::{self, EnglandAndWales, NorthernIreland, Scotland, Wales};

/// When a yearly holiday is.
enum When {
    /// Month and day; another day is given where it is a weekend.
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The n-th Monday of a month, or the last where it is -1.
    Monday(i8, i8),
}

struct Yearly {
    name: &'static str,
    when: When,
    places: &'static [Jurisdiction],
}

const EVERYWHERE: &[Jurisdiction] = &[EnglandAndWales, Wales, Scotland, NorthernIreland];
const NOT_SCOTLAND: &[Jurisdiction] = &[EnglandAndWales, Wales, NorthernIreland];

const fn yearly(name: &'static str, when: When, places: &'static [Jurisdiction]) -> Yearly {
    Yearly { name, when, places }
}

/// In the order of the year, in which other days are given.
const YEARLY: &[Yearly] = &[
    yearly("New Year's Day", When::Fixed(1, 1), EVERYWHERE),
    yearly("2nd January", When::Fixed(1, 2), &[Scotland]),
    yearly("St Patrick's Day", When::Fixed(3, 17), &[NorthernIreland]),
    yearly("Good Friday", When::Easter(-2), EVERYWHERE),
    yearly("Easter Monday", When::Easter(1), NOT_SCOTLAND),
    yearly("Early May bank holiday", When::Monday(5, 1), EVERYWHERE),
    yearly("Spring bank holiday", When::Monday(5, -1), EVERYWHERE),
    yearly("Battle of the Boyne", When::Fixed(7, 12), &[NorthernIreland]),
    yearly("Summer bank holiday", When::Monday(8, 1), &[Scotland]),
    yearly("Summer bank holiday", When::Monday(8, -1), NOT_SCOTLAND),
    yearly("St Andrew's Day", When::Fixed(11, 30), &[Scotland]),
    yearly("Christmas Day", When::Fixed(12, 25), EVERYWHERE),
    yearly("Boxing Day", When::Fixed(12, 26), EVERYWHERE),
];

struct Proclaimed {
    name: &'static str,
    on: Date,
    /// The yearly holiday that is moved here, where one is.
    instead_of: Option<Date>,
    places: &'static [Jurisdiction],
}

const fn added(name: &'static str, on: Date) -> Proclaimed {
    Proclaimed { name, on, instead_of: None, places: EVERYWHERE }
}

const fn moved(name: &'static str, from: Date, on: Date) -> Proclaimed {
    Proclaimed { name, on, instead_of: Some(from), places: EVERYWHERE }
}

/// Once, by proclamation.
const PROCLAIMED: &[Proclaimed] = &[
    added("Wedding of Prince William", date(2011, 4, 29)),
    moved("Spring bank holiday", date(2012, 5, 28), date(2012, 6, 4)),
    added("Diamond Jubilee", date(2012, 6, 5)),
    moved("Early May bank holiday (VE day)", date(2020, 5, 4), date(2020, 5, 8)),
    moved("Spring bank holiday", date(2022, 5, 30), date(2022, 6, 2)),
    added("Platinum Jubilee", date(2022, 6, 3)),
    added("State Funeral of Queen Elizabeth II", date(2022, 9, 19)),
    added("Coronation of King Charles III", date(2023, 5, 8)),
    Proclaimed { places: &[Scotland], ..added("World Cup", date(2026, 6, 15)) },
];

/// The name of the bank holiday that this day is, if it is one there.
#[must_use]
pub fn bank_holiday(place: Jurisdiction, day: Date) -> Option<&'static str> {
    let of_year = bank_holidays(place, day.year());
    of_year.into_iter().find_map(|(date, name)| (date == day).then_some(name))
}

/// The bank holidays of a year, in order.
#[must_use]
pub fn bank_holidays(place: Jurisdiction, year: i16) -> Vec<(Date, &'static str)> {
    let proclaimed = || PROCLAIMED.iter().filter(|one| one.places.contains(&place));
    let is_moved = |day: &Date| proclaimed().any(|one| one.instead_of == Some(*day));
    let yearly = YEARLY.iter().filter(|one| one.places.contains(&place));
    let (weekend, mut days): (Vec<_>, Vec<_>) = yearly
        .map(|one| (one.when.in_year(year), one.name))
        .filter(|(day, _)| !is_moved(day))
        .partition(|(day, _)| is_weekend(*day));
    for (day, name) in weekend {
        days.push((given_instead(day, &days), name));
    }
    days.extend(proclaimed().filter(|one| one.on.year() == year).map(|one| (one.on, one.name)));
    days.sort_unstable();
    days
}

/// The next day that is neither weekend nor taken.
fn given_instead(day: Date, taken: &[(Date, &'static str)]) -> Date {
    let mut next = day;
    while is_weekend(next) || taken.iter().any(|(other, _)| *other == next) {
        next = next.saturating_add(1.day());
    }
    next
}

impl When {
    fn in_year(&self, year: i16) -> Date {
        match *self {
            Self::Fixed(month, day) => date(year, month, day),
            Self::Easter(days) => easter(year).saturating_add(Span::new().days(days)),
            Self::Monday(month, nth) => date(year, month, 1)
                .nth_weekday_of_month(nth, Weekday::Monday)
                .expect("every month has a first and a last Monday"),
        }
    }
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm printed
/// in *Nature* of 20 April 1876 and corrected by Meeus (*Astronomical
/// Algorithms*, chapter 8).
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let golden = year % 19;
    let (century, in_century) = (year / 100, year % 100);
    let correction = (century + 8) / 25;
    let epact = (19 * golden + century - century / 4 - (century - correction + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (days / 31, days % 31 + 1);
    let small = |number: i32| i8::try_from(number).expect("a month or a day");
    date(i16::try_from(year).expect("it was one"), small(month), small(day))
}
