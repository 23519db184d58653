//! When the council works, and when its records may be destroyed.
//!
//! Destruction runs when somebody is there the next morning to put right what
//! went wrong: in the window the council names, never on a bank holiday of its
//! jurisdiction unless it says so, and never in a change freeze.
//! [`may_execute`] answers that and nothing else, from the time it is given.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bank_holidays`] | the bank holidays of each jurisdiction, by rule and by proclamation |
//! | [`window`] | `Mon-Thu 19:00-23:00` |

pub mod bank_holidays;
pub mod window;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;

pub use bank_holidays::bank_holiday;
pub use window::{Window, WindowError};

use crate::config::Jurisdiction;

/// The days and hours of one council.
#[derive(Debug, Clone)]
pub struct WorkingDays {
    /// Whose bank holidays.
    pub jurisdiction: Jurisdiction,
    /// Whose clock.
    pub zone: TimeZone,
    /// When execution may run.
    pub window: Window,
    /// Whether it may on a bank holiday.
    pub on_bank_holidays: OnBankHolidays,
    /// When nothing may change.
    pub freezes: Vec<Freeze>,
}

/// What happens on a bank holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnBankHolidays {
    /// Nothing is destroyed.
    #[default]
    Wait,
    /// A day like any other.
    Execute,
}

/// Days on which the council lets nothing change, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawFreeze")]
pub struct Freeze {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Why, in a few words.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFreeze {
    from: Date,
    to: Date,
    why: String,
}

impl TryFrom<RawFreeze> for Freeze {
    type Error = String;

    fn try_from(raw: RawFreeze) -> Result<Self, Self::Error> {
        let RawFreeze { from, to, why } = raw;
        if to < from {
            return Err(format!("the freeze ends on {to}, before it begins on {from}"));
        }
        Ok(Self { from, to, why })
    }
}

/// Why nothing may be destroyed now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Not at this hour, or not on this day of the week.
    #[error("it is outside the hours of execution, {0}")]
    OutsideWindow(Window),
    /// A bank holiday.
    #[error("{date} is a bank holiday ({name})")]
    BankHoliday {
        /// The day.
        date: Date,
        /// Its name.
        name: &'static str,
    },
    /// A change freeze.
    #[error("a change freeze is in force from {} to {} ({})", .0.from, .0.to, .0.why)]
    Frozen(Freeze),
}

/// Whether anything may be destroyed at this instant. A window that runs past
/// midnight belongs to the day on which it opens, and both days must be free.
///
/// # Errors
///
/// The first reason why not.
pub fn may_execute(now: Timestamp, calendar: &WorkingDays) -> Result<(), WhyNot> {
    let local = now.to_zoned(calendar.zone.clone()).datetime();
    let Some(opened) = calendar.window.opened(local) else {
        return Err(WhyNot::OutsideWindow(calendar.window.clone()));
    };
    [opened, local.date()].into_iter().try_for_each(|date| calendar.is_free(date))
}

impl WorkingDays {
    /// Whether people are at work on this day: Monday to Friday, and no bank
    /// holiday.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        !is_weekend(date) && bank_holiday(self.jurisdiction, date).is_none()
    }

    fn is_free(&self, date: Date) -> Result<(), WhyNot> {
        if let Some(freeze) = self.freezes.iter().find(|one| (one.from..=one.to).contains(&date)) {
            return Err(WhyNot::Frozen(freeze.clone()));
        }
        match (self.on_bank_holidays, bank_holiday(self.jurisdiction, date)) {
            (OnBankHolidays::Wait, Some(name)) => Err(WhyNot::BankHoliday { date, name }),
            _ => Ok(()),
        }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
