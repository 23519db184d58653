//! How the daemon runs: `[jobs]`, `[execution]` and `[http]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::Jurisdiction;
use crate::working_days::{Freeze, OnBankHolidays, Window, WorkingDays};

/// What the jobs need.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// Whose clock the jobs go by.
    pub zone: TimeZone,
    /// Where spreadsheets are dropped.
    pub inbox: PathBuf,
}

/// Where the daemon answers over HTTP, unless it is handed a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// The address; nowhere where it is not set.
    pub listen: Option<SocketAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJobs {
    #[serde(default)]
    time_zone: Zone,
    #[serde(default = "default_inbox")]
    inbox: PathBuf,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExecution {
    #[serde(default)]
    window: Window,
    #[serde(default)]
    on_bank_holidays: OnBankHolidays,
    #[serde(default)]
    freezes: Vec<Freeze>,
}

impl Default for RawJobs {
    fn default() -> Self {
        Self { time_zone: Zone::default(), inbox: default_inbox() }
    }
}

fn default_inbox() -> PathBuf {
    PathBuf::from("inbox")
}

impl RawJobs {
    pub(super) fn settings(&self, folder: &Path) -> JobSettings {
        JobSettings { zone: self.time_zone.0.clone(), inbox: folder.join(&self.inbox) }
    }
}

impl RawExecution {
    pub(super) fn working_days(self, jurisdiction: Jurisdiction, zone: TimeZone) -> WorkingDays {
        let Self { window, on_bank_holidays, freezes } = self;
        WorkingDays { jurisdiction, zone, window, on_bank_holidays, freezes }
    }
}

/// A time zone by its name in the IANA database.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::get("Europe/London").expect("the database of time zones is compiled in"))
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        TimeZone::get(&name).map(Self).map_err(|_| {
            format!("there is no time zone `{name}`; the usual one is \"Europe/London\"")
        })
    }
}
