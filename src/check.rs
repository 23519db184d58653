//! Everything that is wrong with a configuration and what it names, in one
//! look: each finding with file, line and what to do. Nothing is changed.
//!
//! What cannot be read is told and left out, and the rest is looked at all the
//! same: whoever mends a configuration does not want to hear of its faults one
//! at a time.

mod catalogue;
mod files;
mod mail;
mod people;
mod running;
mod store;

use std::path::Path;

use jiff::civil::Date;
use retaind_connectors::contract::{Leash, StoreIdentity};
use serde::Serialize;

use crate::config::{Config, ConfigError, StoreFile};

pub(crate) use catalogue::unknown_areas;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It does not work like this.
    Fault,
    /// It works, and is likely not what was meant.
    Warning,
}

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// Where it is, what it is, and what to do.
    #[serde(flatten)]
    pub told: ConfigError,
}

/// What a look at everything came to.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    /// People whose lines could be read.
    pub people: usize,
    /// What was seen of the catalogue, in words.
    pub catalogue: Option<String>,
    /// The stores whose files could be read.
    pub stores: Vec<CheckedStore>,
    /// Everything to mend, by file and line.
    pub findings: Vec<Finding>,
}

/// A store that was looked at.
#[derive(Debug, Serialize)]
pub struct CheckedStore {
    /// Its name.
    pub store: String,
    /// Its kind.
    pub kind: String,
    /// How many mappings it has.
    pub mappings: usize,
    /// Whether anything may be changed in it.
    pub leash: Leash,
    /// Whether it answered.
    pub reached: Reached,
}

/// Whether a store answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// It did, and everything that is mapped was found.
    Well,
    /// It did not, or not as it should.
    NeedsAttention,
}

impl Checked {
    /// Whether anything does not work.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == Weight::Fault)
    }

    fn tell(&mut self, weight: Weight, told: ConfigError) {
        let finding = Finding { weight, told };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn fault(&mut self, told: ConfigError) {
        self.tell(Weight::Fault, told);
    }

    fn warn(&mut self, told: ConfigError) {
        self.tell(Weight::Warning, told);
    }
}

/// Looks at the configuration, the people list, the store files, the state
/// directory, the keys, what runs by itself, how people are written to, the
/// catalogue, and every store, as they are on this day.
pub async fn check(path: &Path, today: Date) -> Checked {
    let mut checked = Checked::default();
    let (config, faults) = Config::gather(path);
    faults.into_iter().for_each(|fault| checked.fault(fault));
    if let Some(config) = config {
        checked.people = config.people.len();
        configuration(&config, today, &mut checked);
        let codes = catalogue::check(&config, &mut checked).await;
        let mut known: Vec<(StoreIdentity, &StoreFile)> = Vec::new();
        for store in &config.stores {
            let identity = store::check(store, codes.as_ref(), &mut checked).await;
            let Some(identity) = identity else { continue };
            match known.iter().find(|(other, _)| *other == identity) {
                Some((_, other)) => checked.warn(store::told_twice(store, other)),
                None => known.push((identity, store)),
            }
        }
    }
    let place = |told: &ConfigError| (told.file.clone(), told.line);
    checked.findings.sort_by_key(|one| place(&one.told));
    checked
}

fn configuration(config: &Config, today: Date, checked: &mut Checked) {
    files::check(config, checked);
    people::check(config, today, checked);
    running::check(config, checked);
    mail::check(config, checked);
}

/// What is to be mended in a configuration that was read, and in the files and
/// folders it names, as far as neither the catalogue nor a store need be asked.
#[must_use]
pub fn standing(config: &Config, today: Date) -> Vec<Finding> {
    let mut checked = Checked::default();
    configuration(config, today, &mut checked);
    checked.findings
}

/// What is wrong with the way people are written to, the import profile or the
/// settings of a store, as far as no server need be asked: what a daemon asks of a
/// configuration before it goes by it.
#[must_use]
pub fn fault(config: &Config) -> Option<ConfigError> {
    let mut checked = Checked::default();
    files::mail_password(config, &mut checked);
    mail::ways_out(config, &mut checked);
    running::profile(config, &mut checked);
    let settings = config.stores.iter().filter_map(|store| store::settings(store).err());
    settings.for_each(|told| checked.fault(told));
    let faults = checked.findings.into_iter().filter(|one| one.weight == Weight::Fault);
    faults.map(|one| one.told).next()
}

/// A sentence of the house, `what is wrong: what to do`, in its two halves.
fn halves(words: &str) -> (String, &str) {
    let words = words.trim_end_matches('.');
    let (what, remedy) = words.rsplit_once(": ").unwrap_or((words, "see what it names"));
    (what.to_owned(), remedy)
}

/// As it begins a sentence.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
