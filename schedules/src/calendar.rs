//! Year ends and other ends to which a retention start or end is moved.
//!
//! The organisation's own year ends are settings and come in as a [`Calendar`];
//! nothing here knows which day it is.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

/// The zone in which every instant becomes a civil date.
pub const ZONE: &str = "Europe/London";

/// The end of which period a date is moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alignment {
    /// The last day of the month.
    MonthEnd,
    /// 31 March, 30 June, 30 September or 31 December.
    QuarterEnd,
    /// 31 December.
    CalendarYearEnd,
    /// The organisation's financial year end, 31 March unless set.
    FinancialYearEnd,
    /// 5 April.
    TaxYearEnd,
    /// The end of the academic year, 31 August unless set.
    AcademicYearEnd,
    /// The end of the municipal year, as set.
    MunicipalYearEnd,
    /// "Current year": calendar or financial, as the organisation has said.
    CurrentYearEnd,
}

impl Alignment {
    /// Every alignment, in the order of the notation's table.
    pub const ALL: [Self; 8] = [
        Self::MonthEnd,
        Self::QuarterEnd,
        Self::CalendarYearEnd,
        Self::FinancialYearEnd,
        Self::TaxYearEnd,
        Self::AcademicYearEnd,
        Self::MunicipalYearEnd,
        Self::CurrentYearEnd,
    ];

    /// The notation's word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MonthEnd => "month-end",
            Self::QuarterEnd => "quarter-end",
            Self::CalendarYearEnd => "calendar-year-end",
            Self::FinancialYearEnd => "financial-year-end",
            Self::TaxYearEnd => "tax-year-end",
            Self::AcademicYearEnd => "academic-year-end",
            Self::MunicipalYearEnd => "municipal-year-end",
            Self::CurrentYearEnd => "current-year-end",
        }
    }

    /// The alignment of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alignment| alignment.name() == name)
    }
}

/// What "current year" means in this organisation's schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CurrentYear {
    /// 1 January to 31 December.
    Calendar,
    /// The organisation's financial year.
    Financial,
}

/// A day of every year, such as 31 March. 29 February is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}

/// A day that not every year has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a day that every year has: write it as MM-DD, such as 03-31")]
pub struct MonthDayError {
    text: String,
}

impl MonthDay {
    /// The day, where every year has it.
    #[must_use]
    pub fn new(month: i8, day: i8) -> Option<Self> {
        civil::Date::new(2023, month, day).ok().map(|_| Self { month, day })
    }

    /// The first such day on or after `date`; nothing at the end of the calendar.
    fn on_or_after(self, date: Date) -> Option<Date> {
        let this_year = Date::new(date.year(), self.month, self.day).ok()?;
        if this_year >= date {
            return Some(this_year);
        }
        Date::new(date.year().checked_add(1)?, self.month, self.day).ok()
    }
}

impl TryFrom<String> for MonthDay {
    type Error = MonthDayError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = || {
            let (month, day) = text.split_once('-')?;
            Self::new(month.parse().ok()?, day.parse().ok()?)
        };
        read().ok_or(MonthDayError { text })
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        format!("{:02}-{:02}", day.month, day.day)
    }
}

/// The organisation's year ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    /// Default 31 March.
    pub financial_year_end: Option<MonthDay>,
    /// Default 31 August.
    pub academic_year_end: Option<MonthDay>,
    /// No default: it depends on the council's annual meeting.
    pub municipal_year_end: Option<MonthDay>,
    /// No default: "CY+6" is not evaluated until someone has said which year it means.
    pub current_year: Option<CurrentYear>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            financial_year_end: Some(MonthDay { month: 3, day: 31 }),
            academic_year_end: Some(MonthDay { month: 8, day: 31 }),
            municipal_year_end: None,
            current_year: None,
        }
    }
}

/// The calendar does not say when this period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the organisation's calendar does not say what `{}` is", .0.name())]
pub struct AlignmentUnset(pub Alignment);

impl Calendar {
    /// Nobody has said when any of the organisation's years ends: what counts to
    /// such an end is kept.
    pub const UNSAID: Self = Self {
        financial_year_end: None,
        academic_year_end: None,
        municipal_year_end: None,
        current_year: None,
    };

    /// When this end is, as the organisation has said it: `03-31`, `financial`, or
    /// `not said`. Nothing where it is the same everywhere.
    #[must_use]
    pub fn said(&self, alignment: Alignment) -> Option<String> {
        let day = match alignment {
            Alignment::FinancialYearEnd => self.financial_year_end.map(String::from),
            Alignment::AcademicYearEnd => self.academic_year_end.map(String::from),
            Alignment::MunicipalYearEnd => self.municipal_year_end.map(String::from),
            Alignment::CurrentYearEnd => self.current_year.map(|year| match year {
                CurrentYear::Calendar => "calendar".to_owned(),
                CurrentYear::Financial => {
                    let ends = self.financial_year_end.map(String::from);
                    format!("financial, {}", ends.unwrap_or_else(|| "not said".to_owned()))
                }
            }),
            Alignment::MonthEnd
            | Alignment::QuarterEnd
            | Alignment::CalendarYearEnd
            | Alignment::TaxYearEnd => return None,
        };
        Some(day.unwrap_or_else(|| "not said".to_owned()))
    }

    /// The last day of the period that `date` lies in. Past the end of the
    /// calendar it is the calendar's last day, which keeps the record.
    ///
    /// # Errors
    ///
    /// Where the alignment depends on a setting nobody has made.
    pub fn end_of(&self, alignment: Alignment, date: Date) -> Result<Date, AlignmentUnset> {
        let set = |day: Option<MonthDay>| day.ok_or(AlignmentUnset(alignment));
        let year_end = match alignment {
            Alignment::MonthEnd => return Ok(date.last_of_month()),
            Alignment::QuarterEnd => return Ok(quarter_end(date)),
            Alignment::CalendarYearEnd => MonthDay { month: 12, day: 31 },
            Alignment::TaxYearEnd => MonthDay { month: 4, day: 5 },
            Alignment::FinancialYearEnd => set(self.financial_year_end)?,
            Alignment::AcademicYearEnd => set(self.academic_year_end)?,
            Alignment::MunicipalYearEnd => set(self.municipal_year_end)?,
            Alignment::CurrentYearEnd => {
                let year = self.current_year.ok_or(AlignmentUnset(alignment))?;
                return self.end_of(year.into(), date);
            }
        };
        Ok(year_end.on_or_after(date).unwrap_or(Date::MAX))
    }
}

impl From<CurrentYear> for Alignment {
    fn from(year: CurrentYear) -> Self {
        match year {
            CurrentYear::Calendar => Self::CalendarYearEnd,
            CurrentYear::Financial => Self::FinancialYearEnd,
        }
    }
}

fn quarter_end(date: Date) -> Date {
    let last_month = (date.month() + 2) / 3 * 3;
    civil::date(date.year(), last_month, 1).last_of_month()
}

/// The civil date in London at this instant.
#[must_use]
pub fn london_date(instant: Timestamp) -> Date {
    instant.to_zoned(zone()).date()
}

/// The first instant of this day in London; nothing past the end of time.
#[must_use]
pub fn london_midnight(date: Date) -> Option<Timestamp> {
    zone().to_timestamp(date.to_datetime(Time::midnight())).ok()
}

/// The zone itself. It is compiled in, so it is always there.
#[must_use]
pub fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("Europe/London is in the bundled time zone database")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn ends_of_the_common_years() {
        let calendar = Calendar::default();
        let end = |alignment, day| calendar.end_of(alignment, day).expect("a set alignment");
        assert_eq!(end(Alignment::FinancialYearEnd, date(2019, 5, 14)), date(2020, 3, 31));
        assert_eq!(end(Alignment::FinancialYearEnd, date(2020, 3, 31)), date(2020, 3, 31));
        assert_eq!(end(Alignment::TaxYearEnd, date(2022, 4, 6)), date(2023, 4, 5));
        assert_eq!(end(Alignment::AcademicYearEnd, date(2024, 9, 1)), date(2025, 8, 31));
        assert_eq!(end(Alignment::QuarterEnd, date(2024, 2, 29)), date(2024, 3, 31));
        assert_eq!(end(Alignment::MonthEnd, date(2024, 2, 1)), date(2024, 2, 29));
        assert_eq!(end(Alignment::CalendarYearEnd, Date::MAX), Date::MAX);
    }

    #[test]
    fn an_unset_year_is_an_error_not_a_guess() {
        let calendar = Calendar::default();
        for alignment in [Alignment::CurrentYearEnd, Alignment::MunicipalYearEnd] {
            assert_eq!(
                calendar.end_of(alignment, date(2020, 1, 1)),
                Err(AlignmentUnset(alignment))
            );
        }
    }

    #[test]
    fn where_nobody_has_said_when_a_year_ends_none_of_the_organisations_years_does() {
        for alignment in Alignment::ALL {
            let ends = Calendar::UNSAID.end_of(alignment, date(2020, 1, 1));
            let own = Calendar::UNSAID.said(alignment).is_some();
            assert_eq!(ends.is_err(), own, "{alignment:?}");
        }
    }

    #[test]
    fn a_year_end_is_said_as_it_is_set() {
        let calendar =
            Calendar { current_year: Some(CurrentYear::Financial), ..Calendar::default() };
        for (alignment, said) in [
            (Alignment::MonthEnd, None),
            (Alignment::FinancialYearEnd, Some("03-31")),
            (Alignment::AcademicYearEnd, Some("08-31")),
            (Alignment::MunicipalYearEnd, Some("not said")),
            (Alignment::CurrentYearEnd, Some("financial, 03-31")),
        ] {
            assert_eq!(calendar.said(alignment).as_deref(), said, "{alignment:?}");
        }
    }

    #[test]
    fn the_hour_before_an_april_midnight_is_in_the_next_year_in_summer_time() {
        let late: Timestamp = "2020-03-31T23:30:00Z".parse().expect("an instant");
        assert_eq!(london_date(late), date(2020, 4, 1));
    }
}
