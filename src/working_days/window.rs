//! Hours of the week, as people write them: `Mon-Thu 19:00-23:00`, several with
//! commas between.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::Deserialize;

/// Hours of the week.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Window {
    spans: Vec<Span>,
    written: String,
}

/// On some days, from one time to another; past midnight where the second is
/// not the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
}

/// A text that is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` does not say when: write days and times such as \"Mon-Thu 19:00-23:00\", or several \
     with commas between, such as \"Mon-Thu 19:00-23:00, Sat 08:00-12:00\""
)]
pub struct WindowError(String);

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Default for Window {
    /// Evenings on which the next day is a working day.
    fn default() -> Self {
        "Mon-Thu 19:00-23:00".parse().expect("a window")
    }
}

impl Window {
    /// The day on which the window opened that is open at this local time, if
    /// one is.
    #[must_use]
    pub fn opened(&self, local: DateTime) -> Option<Date> {
        self.spans.iter().find_map(|span| span.opened(local))
    }
}

impl Span {
    fn opened(&self, local: DateTime) -> Option<Date> {
        let (day, time) = (local.date(), local.time());
        if self.from < self.to {
            let is_open = (self.from..self.to).contains(&time);
            return (is_open && self.has(day)).then_some(day);
        }
        if time >= self.from && self.has(day) {
            return Some(day);
        }
        day.yesterday().ok().filter(|before| time < self.to && self.has(*before))
    }

    fn has(&self, day: Date) -> bool {
        let after_first = |weekday: Weekday| weekday.since(self.first);
        after_first(day.weekday()) <= after_first(self.last)
    }
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spans: Option<Vec<Span>> = text.split(',').map(span).collect();
        let spans = spans.ok_or_else(|| WindowError(text.to_owned()))?;
        Ok(Self { spans, written: text.trim().to_owned() })
    }
}

impl TryFrom<String> for Window {
    type Error = WindowError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn span(text: &str) -> Option<Span> {
    let (days, times) = text.trim().split_once(' ')?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (from, to) = times.trim().split_once('-')?;
    Some(Span { first: weekday(first)?, last: weekday(last)?, from: time(from)?, to: time(to)? })
}

fn weekday(text: &str) -> Option<Weekday> {
    let lower = text.trim().to_lowercase();
    DAYS.iter().find(|(name, _)| *name == lower).map(|(_, day)| *day)
}

fn time(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text.trim()).ok()
}
