//! A length of time as schedules state it: `P6Y`, `P21Y4M`, `P31D`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// No schedule promises a longer period than this; a larger number is a slip.
pub const MAX_YEARS: u16 = 1000;

/// Years and months, then weeks and days. Never negative, at most
/// [`MAX_YEARS`] years in all. `P18M` and `P1Y6M` are different texts for the
/// same length and stay as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Period {
    years: u16,
    months: u16,
    weeks: u16,
    days: u16,
}

/// Which way a date that does not exist (29 February in a common year, the
/// 31st of a short month) falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the first of the next month: a minimum keeps the day.
    Keep,
    /// To the last of the month: a maximum does not gain one.
    Release,
}

/// A period that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a period: write it like P6Y, P18M, P12W or P31D, at most {MAX_YEARS} years"
)]
pub struct PeriodError {
    text: String,
}

impl Period {
    /// The period of these parts, or nothing where they exceed [`MAX_YEARS`].
    #[must_use]
    pub fn new(years: u16, months: u16, weeks: u16, days: u16) -> Option<Self> {
        let total_days = u32::from(years) * 366
            + u32::from(months) * 31
            + u32::from(weeks) * 7
            + u32::from(days);
        (total_days <= u32::from(MAX_YEARS) * 366).then_some(Self { years, months, weeks, days })
    }

    /// Whole years; nothing above [`MAX_YEARS`].
    #[must_use]
    pub fn years(years: u16) -> Option<Self> {
        Self::new(years, 0, 0, 0)
    }

    /// Years, months, weeks and days, as written.
    #[must_use]
    pub fn parts(self) -> (u16, u16, u16, u16) {
        (self.years, self.months, self.weeks, self.days)
    }

    /// Whether it has no length at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// The day this long after `start`. Past the end of the calendar it stays
    /// on the calendar's last day, which keeps the record.
    #[must_use]
    pub fn after(self, start: Date, rounding: Rounding) -> Date {
        add_months(start, i32::from(self.years) * 12 + i32::from(self.months), rounding)
            .and_then(|date| date.checked_add(self.week_and_day_span()).ok())
            .unwrap_or(Date::MAX)
    }

    fn week_and_day_span(self) -> Span {
        i32::from(self.weeks).weeks().days(i32::from(self.days))
    }
}

fn add_months(start: Date, months: i32, rounding: Rounding) -> Option<Date> {
    let clamped = start.checked_add(months.months()).ok()?;
    let fell_short = clamped.day() != start.day();
    match rounding {
        Rounding::Keep if fell_short => clamped.tomorrow().ok(),
        Rounding::Keep | Rounding::Release => Some(clamped),
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("P0D");
        }
        f.write_str("P")?;
        for (count, unit) in
            [(self.years, 'Y'), (self.months, 'M'), (self.weeks, 'W'), (self.days, 'D')]
        {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| PeriodError { text: text.to_owned() })
    }
}

/// `P` and then counts with units, each unit once and in this order.
fn read(text: &str) -> Option<Period> {
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let mut parts = [0_u16; 4];
    for (slot, unit) in parts.iter_mut().zip("YMWD".chars()) {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        if rest[digits..].starts_with(unit) {
            *slot = rest[..digits].parse().ok()?;
            rest = &rest[digits + 1..];
        }
        if rest.is_empty() {
            break;
        }
    }
    let [years, months, weeks, days] = parts;
    rest.is_empty().then(|| Period::new(years, months, weeks, days))?
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn period(text: &str) -> Period {
        text.parse().expect(text)
    }

    #[test]
    fn prints_what_it_read() {
        for text in ["P6Y", "P21Y4M", "P18M", "P12W", "P31D", "P1Y2M3W4D", "P0D"] {
            assert_eq!(period(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_not_a_period() {
        for text in
            ["", "P", "6Y", "P6", "PY", "P6Y6Y", "P4D1Y", "P-6Y", "P1001Y", "P99999Y", "P6y"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_leap_day_is_kept_by_a_minimum_and_released_by_a_maximum() {
        let born = date(2000, 2, 29);
        assert_eq!(period("P25Y").after(born, Rounding::Keep), date(2025, 3, 1));
        assert_eq!(period("P25Y").after(born, Rounding::Release), date(2025, 2, 28));
        assert_eq!(period("P24Y").after(born, Rounding::Keep), date(2024, 2, 29));
    }

    #[test]
    fn a_short_month_is_treated_as_a_leap_day_is() {
        assert_eq!(period("P6M").after(date(2020, 8, 31), Rounding::Keep), date(2021, 3, 1));
        assert_eq!(period("P6M").after(date(2020, 8, 31), Rounding::Release), date(2021, 2, 28));
    }

    #[test]
    fn beyond_the_calendar_is_kept() {
        assert_eq!(period("P6Y").after(Date::MAX, Rounding::Keep), Date::MAX);
    }
}
