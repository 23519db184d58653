//! How the daemon runs: `[jobs]`, `[execution]`, `[disposal]`, `[proof]` and
//! `[http]`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use retaind_schedules::period::Period;
use serde::Deserialize;

use super::Jurisdiction;
use crate::jobs::{self, schedule::Timing};
use crate::working_days::{Freeze, OnBankHolidays, Window, WorkingDays};

/// What the jobs need.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// Whose clock the jobs go by.
    pub zone: TimeZone,
    /// Where spreadsheets are dropped.
    pub inbox: PathBuf,
    /// What the headings, codes and bare numbers of a spreadsheet dropped there mean.
    pub profile: Option<PathBuf>,
    /// When jobs run, where it is not at their usual time; by name.
    pub schedule: BTreeMap<String, Timing>,
}

/// Where the daemon answers over HTTP, unless it is handed a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// The address; nowhere where it is not set.
    pub listen: Option<SocketAddr>,
}

/// How long people have, and how old a scan may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DisposalSettings {
    /// From the second approval until anything is touched: a day at least.
    pub cooling_off: Days,
    /// Out of reach before destruction: a day at least.
    pub quarantine: Days,
    /// A scan of this age or more is too old to propose from.
    pub scan_age: Days,
}

impl Default for DisposalSettings {
    fn default() -> Self {
        Self { cooling_off: Days(7), quarantine: Days(30), scan_age: Days(8) }
    }
}

/// What is kept to prove what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProofSettings {
    /// How long the sealed list of a batch's items is kept from its certificate on.
    pub manifest_kept: Period,
}

impl Default for ProofSettings {
    fn default() -> Self {
        Self { manifest_kept: Period::new(2, 0, 0, 0).expect("two years are a period") }
    }
}

/// Whole days, one at least, written as `P7D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Days(pub u16);

impl TryFrom<String> for Days {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let days = text.strip_prefix('P').and_then(|rest| rest.strip_suffix('D'));
        let days = days.and_then(|days| days.parse().ok()).filter(|days| *days > 0);
        days.map(Self).ok_or_else(|| {
            format!("`{text}` is no number of whole days; write one or more as \"P7D\"")
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJobs {
    #[serde(default)]
    time_zone: Zone,
    inbox: Option<PathBuf>,
    profile: Option<PathBuf>,
    #[serde(default)]
    schedule: BTreeMap<toml::Spanned<String>, Timing>,
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

impl RawJobs {
    /// Relative to the configuration's folder; the inbox is in the state
    /// directory where none is named.
    pub(super) fn settings(
        self,
        folder: &Path,
        state_directory: &Path,
        mut fault: impl FnMut(Range<usize>, String, String),
    ) -> JobSettings {
        let mut is_known = |name: &toml::Spanned<String>| {
            let known = jobs::find(name.get_ref()).is_some();
            if !known {
                let what = format!("there is no job called `{}`", name.get_ref());
                fault(name.span(), what, format!("Use one of: {}", jobs::names()));
            }
            known
        };
        let mut schedule: Vec<_> = self.schedule.into_iter().collect();
        schedule.retain(|(name, _)| is_known(name));
        JobSettings {
            zone: self.time_zone.0,
            inbox: self
                .inbox
                .map_or_else(|| state_directory.join("inbox"), |inbox| folder.join(inbox)),
            profile: self.profile.map(|profile| folder.join(profile)),
            schedule: schedule
                .into_iter()
                .map(|(name, timing)| (name.into_inner(), timing))
                .collect(),
        }
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
