//! What is wrong with this installation, how bad it is, and what to do.
//!
//! One table of checks, a file for each area. A check only looks; the one thing
//! written is the head of an audit chain that was found whole
//! ([`super::kept_head`]). A check that could not look says that: not knowing
//! is never well.

mod areas;
mod assets;
mod backups;
mod chain;
mod clock_sanity;
mod daemon;
mod database;
mod disk;
mod holds;
mod key_files;
mod left;
mod mappings;
mod queues;
mod restored;
mod scans;
mod stores;

use std::fs;
use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use serde::Serialize;

use super::UpkeepError;
use crate::catalogue::{Catalogue, CatalogueUrl, Fault};
use crate::check;
use crate::config::Config;
use crate::keys;
use crate::plural::counted;
use crate::stores::schedule_in_force;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As it should be.
    Well,
    /// It works, and someone should see to it.
    Warning,
    /// Something does not work, or cannot be relied on.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In which area.
    pub area: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do; nothing where all is well.
    pub remedy: Option<String>,
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The catalogue, open and at this version.
    pub catalogue: &'a Catalogue,
    /// The present instant.
    pub now: Timestamp,
    /// Whether a schedule was ever accepted.
    begun: Begun,
}

/// What a check has to say, without its area.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    level: Level,
    what: String,
    remedy: Option<String>,
}

fn well(what: impl Into<String>) -> Said {
    Said { level: Level::Well, what: what.into(), remedy: None }
}

fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Said {
    Said { level: Level::Warning, what: what.into(), remedy: Some(remedy.into()) }
}

fn wrong(what: impl Into<String>, remedy: impl Into<String>) -> Said {
    Said { level: Level::Wrong, what: what.into(), remedy: Some(remedy.into()) }
}

/// One area.
#[async_trait]
trait Check: Sync {
    /// Its name.
    fn area(&self) -> &'static str;

    /// Looks, and says what there is.
    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError>;
}

/// What is looked at, in this order. To add one: a file and a line.
const CHECKS: &[&dyn Check] = &[
    &database::Database,
    &disk::Disk,
    &key_files::KeyFiles,
    &chain::Chain,
    &clock_sanity::ClockSanity,
    &stores::Stores,
    &scans::Scans,
    &mappings::Mappings,
    &assets::Assets,
    &areas::Areas,
    &holds::Holds,
    &left::Left,
    &daemon::Daemon,
    &queues::Queues,
    &restored::Restored,
    &backups::Backups,
];

/// Looks at everything. A catalogue that cannot be used is itself the finding,
/// and what is known only through it is not looked at.
pub async fn examine(config: &Config, url: &CatalogueUrl, now: Timestamp) -> Vec<Finding> {
    let file = config.path.display();
    let people = counted(config.people.len() as u64, "person", "people");
    let stores = counted(config.stores.len() as u64, "store", "stores");
    let read = format!("{file}: {people}, {stores}");
    let mut findings = vec![finding("configuration", well(read))];
    let standing = check::standing(config, london_date(now)).into_iter();
    findings.extend(standing.map(|one| finding("configuration", of_configuration(one))));
    let catalogue = match Catalogue::look(url).await {
        Ok((catalogue, 0)) => catalogue,
        Ok((_, pending)) => {
            let what = format!("{pending} changes of this version are still to be made in it");
            let remedy = "Take a backup with the version that ran before, then start the daemon \
                          or run any other command: the changes are made at once";
            findings.push(finding("catalogue", wrong(what, remedy)));
            return findings;
        }
        Err(error) if error.fault == Fault::Missing && is_new(config) => {
            let what = "there is none yet: the daemon, or the first command, makes it";
            findings.push(finding("catalogue", warning(what, START)));
            return findings;
        }
        Err(error) => {
            let remedy = match error.fault {
                Fault::Missing | Fault::Corrupt | Fault::NotACatalogue => {
                    "Nothing else can be looked at until then; `retaind restore FILE` puts a \
                     backup back"
                }
                _ => "Nothing else can be looked at until that is mended",
            };
            findings.push(finding("catalogue", wrong(error.to_string(), remedy)));
            return findings;
        }
    };
    let patient = Patient { config, catalogue: &catalogue, now, begun: begun(&catalogue).await };
    if patient.begun == Begun::NotYet {
        findings.push(finding("register", warning(NOT_BEGUN, FIRST_STEP)));
    }
    for check in CHECKS {
        let said = check.look(&patient).await.unwrap_or_else(|error| {
            let remedy = "Mend that, and look again: nothing is known here until then";
            vec![wrong(format!("it could not be looked at: {error}"), remedy)]
        });
        findings.extend(said.into_iter().map(|said| finding(check.area(), said)));
    }
    findings
}

/// What `retaind check` says too, in its words.
fn of_configuration(check::Finding { weight, told }: check::Finding) -> Said {
    let line = told.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let what = format!("{}{line}: {}", told.file.display(), told.what);
    match weight {
        check::Weight::Fault => wrong(what, told.remedy),
        check::Weight::Warning => warning(what, told.remedy),
    }
}

/// Whether there is anything to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// A schedule was accepted.
    Yes,
    /// None was: the installation is new.
    NotYet,
}

/// A catalogue that does not say so is none that is new.
async fn begun(catalogue: &Catalogue) -> Begun {
    match schedule_in_force(catalogue).await {
        Ok(schedule) if schedule.version.is_none() => Begun::NotYet,
        _ => Begun::Yes,
    }
}

const NOT_BEGUN: &str = "nothing is under retention yet: no schedule is in force";

const FIRST_STEP: &str = "Import the register (`retaind register import FILE`) and accept it; \
    then describe a store, name a mail server and a folder for backups, and look again";

/// Whether an installation was never used: neither a key nor a backup is there.
fn is_new(config: &Config) -> bool {
    let is_empty =
        |folder: &Path| fs::read_dir(folder).map_or(true, |mut files| files.next().is_none());
    !config.state_directory.join(keys::FILE).exists() && is_empty(&config.backups)
}

const START: &str = "Mend what stands in capitals in the configuration, see that `retaind check` \
    is content, and start the daemon: `systemctl enable --now retaind`";

fn finding(area: &'static str, said: Said) -> Finding {
    Finding { area, level: said.level, what: said.what, remedy: said.remedy }
}

/// A span as people say it: hours below two days, else days.
fn ago(from: Timestamp, now: Timestamp) -> String {
    match now.duration_since(from).as_hours() {
        hours if hours < 0 => "in the future".to_owned(),
        hours if hours < 48 => counted(hours.unsigned_abs(), "hour", "hours") + " ago",
        hours => format!("{} days ago", hours / 24),
    }
}
