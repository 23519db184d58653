//! When a job runs: a cron expression of five fields, read by the clock of the
//! council's time zone.
//!
//! A time that the change to summer time leaves out is taken at the end of the
//! gap; one that the change back gives twice is taken once.

use std::fmt;
use std::str::FromStr;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

use super::{Days, Job};
use crate::config::Config;
use crate::working_days::WorkingDays;

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Timing {
    /// Never by itself.
    Off,
    /// By this expression.
    Cron(Cron),
}

/// A cron expression: minute, hour, day, month, day of the week. Its time comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    pattern: Box<croner::Cron>,
    written: String,
}

/// A text that says no times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no cron expression ({why}): write minute, hour, day, month and day of the week, \
     such as \"0 2 * * *\" for two at night, or \"off\""
)]
pub struct CronError {
    text: String,
    why: String,
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let refused = |why: String| CronError { text: text.to_owned(), why };
        let pattern = parser
            .parse(text)
            .map_err(|why| refused(why.to_string().trim_end_matches('.').to_lowercase()))?;
        let any_day =
            date(2024, 1, 1).to_zoned(TimeZone::UTC).map_err(|why| refused(why.to_string()))?;
        if pattern.find_next_occurrence(&any_day, true).is_err() {
            return Err(refused("it names a day that never comes".to_owned()));
        }
        Ok(Self { pattern: Box::new(pattern), written: text.trim().to_owned() })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for Timing {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "off" { Ok(Self::Off) } else { text.parse().map(Self::Cron) }
    }
}

impl TryFrom<String> for Timing {
    type Error = CronError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Cron(cron) => cron.fmt(f),
        }
    }
}

/// When this job runs by this configuration.
#[must_use]
pub fn timing(config: &Config, job: &Job) -> Timing {
    let set = config.jobs.schedule.get(job.name).cloned();
    set.unwrap_or_else(|| job.cron.parse().expect("the table's expressions are tested"))
}

/// The first time after `after` at which the job is due; nothing where it is
/// off.
#[must_use]
pub fn next_due(
    timing: &Timing,
    days: Days,
    after: Timestamp,
    calendar: &WorkingDays,
) -> Option<Timestamp> {
    let Timing::Cron(cron) = timing else { return None };
    let after = after.to_zoned(calendar.zone.clone());
    let due = cron.pattern.find_next_occurrence(&after, false).ok()?;
    Some(on_a_day_for(days, due, calendar).timestamp())
}

/// The same time, on the first day from then on that will do.
#[must_use]
pub fn on_a_day_for(days: Days, due: Zoned, calendar: &WorkingDays) -> Zoned {
    let mut day = due;
    while days == Days::Working && !calendar.is_working_day(day.date()) {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return day,
        }
    }
    day
}
