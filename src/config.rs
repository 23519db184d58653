//! `retaind.toml`, the people list and the store files: read, checked, and
//! never changed by the program.
//!
//! Every error names the file, the line where there is one, and what to do.
//! Paths in a file are relative to the folder that file lies in.

mod error;
mod holds;
mod mail;
mod people;
mod running;
mod store_file;
mod toml_file;

use std::path::{Path, PathBuf};

use retaind_schedules::calendar::Calendar;
use serde::Deserialize;

use crate::catalogue::{CatalogueUrl, UrlError};
use crate::upkeep::backup::default_folder;
use crate::working_days::WorkingDays;

pub use error::ConfigError;
pub use holds::{Feed, HoldSettings};
pub(crate) use mail::sendable;
pub use mail::{
    BaseUrl, Carrier, Login, MailAddress, MailSettings, NamedArea, Route, SmtpSettings, Tls,
};
pub use people::{PersonEntry, Role};
pub use running::{Days, DisposalSettings, HttpSettings, JobSettings, ProofSettings};
pub use store_file::{BesideSource, MappingEntry, SidecarSource, StoreFile, TriggerSource};

/// Where the packages look for the configuration.
pub const DEFAULT_PATH: &str = "/etc/retaind/retaind.toml";

/// Everything the configuration says.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// The organisation and its year ends.
    pub organisation: Organisation,
    /// The organisation's year ends.
    pub calendar: Calendar,
    /// Where the catalogue is.
    pub catalogue: CatalogueSettings,
    /// Where keys and other state live.
    pub state_directory: PathBuf,
    /// Where backups are made.
    pub backups: PathBuf,
    /// The people list, where there is one.
    pub people_file: Option<PathBuf>,
    /// The people the register may name, and who may act.
    pub people: Vec<PersonEntry>,
    /// Where the store files are.
    pub stores_folder: PathBuf,
    /// The connected stores, in order of name.
    pub stores: Vec<StoreFile>,
    /// What the jobs of the daemon need.
    pub jobs: JobSettings,
    /// When records may be destroyed.
    pub working_days: WorkingDays,
    /// How long people have between an approval and what follows from it.
    pub disposal: DisposalSettings,
    /// What is kept to prove what is gone.
    pub proof: ProofSettings,
    /// Where the daemon answers.
    pub http: HttpSettings,
    /// How people are written to; nobody is where it is not set.
    pub mail: Option<MailSettings>,
    /// Who is written to for a service area.
    pub routes: Vec<Route>,
    /// Where each service area is named for that.
    pub areas: Vec<NamedArea>,
    /// Holds for requests for information.
    pub holds: HoldSettings,
}

/// Who the register belongs to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name, as certificates and mails give it.
    pub name: String,
    /// Its number in the ICO's register of fee payers.
    pub ico_registration: Option<String>,
    /// Which country's law its schedule follows.
    #[serde(default)]
    pub jurisdiction: Jurisdiction,
}

/// Which country's law applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jurisdiction {
    /// England, or England and Wales.
    #[default]
    EnglandAndWales,
    /// Wales, where its own regulations differ.
    Wales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

/// Where the catalogue is.
#[derive(Debug, Clone)]
pub struct CatalogueSettings {
    /// `sqlite:///path/to/catalogue.db` or `postgres://user@host:port/database`.
    pub url: String,
    /// A file with the database user's password.
    pub password_file: Option<PathBuf>,
}

/// The catalogue cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// That is no place of a catalogue.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The file with its password cannot be read.
    #[error("cannot read {}: {}. catalogue.password_file names it", .0.display(), .1)]
    Password(PathBuf, std::io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    organisation: Organisation,
    #[serde(default)]
    calendar: Calendar,
    #[serde(default)]
    catalogue: RawCatalogue,
    state_directory: PathBuf,
    backups: Option<PathBuf>,
    people: Option<PathBuf>,
    #[serde(default = "default_stores")]
    stores: PathBuf,
    #[serde(default)]
    jobs: running::RawJobs,
    #[serde(default)]
    execution: running::RawExecution,
    #[serde(default)]
    disposal: DisposalSettings,
    #[serde(default)]
    proof: ProofSettings,
    #[serde(default)]
    http: HttpSettings,
    mail: Option<mail::RawMail>,
    #[serde(default, rename = "service_area")]
    areas: Vec<mail::RawArea>,
    #[serde(default)]
    holds: HoldSettings,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    url: Option<String>,
    password_file: Option<PathBuf>,
}

fn default_stores() -> PathBuf {
    PathBuf::from("stores.d")
}

impl Config {
    /// Reads the configuration and every file it names.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with file, line and remedy.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        match Self::gather(path) {
            (Some(config), faults) if faults.is_empty() => Ok(config),
            (_, mut faults) => Err(faults.swap_remove(0)),
        }
    }

    /// Reads as much as can be read, and says everything that is wrong. With
    /// faults the configuration lacks what is faulty: it is good for looking
    /// further, and for nothing else. Without faults there is always one.
    #[must_use]
    pub fn gather(path: &Path) -> (Option<Self>, Vec<ConfigError>) {
        let text = match error::read_text(path, error::CONFIGURATION) {
            Ok(text) => text,
            Err(fault) => return (None, vec![fault]),
        };
        let (raw, mut faults) = toml_file::read::<RawConfig>(path, &text);
        let folder = path.parent().unwrap_or(Path::new("."));
        let Some(raw) = raw else {
            let (people, stores) =
                (toml_file::text_at(&text, "people"), toml_file::text_at(&text, "stores"));
            let stores = stores.map_or_else(default_stores, PathBuf::from);
            let mut named = Named { path, faults: &mut faults };
            named.people(people.map(|file| folder.join(file)).as_deref());
            named.stores(&folder.join(stores));
            return (None, faults);
        };
        let state_directory = folder.join(&raw.state_directory);
        let at = |span: std::ops::Range<usize>, what, remedy| {
            ConfigError::new(path, Some(error::line_at(&text, span.start)), what, remedy)
        };
        let mut keep = |fault| faults.push(fault);
        let jobs = raw.jobs.settings(folder, &state_directory, |span, what, remedy| {
            keep(at(span, what, remedy));
        });
        let jurisdiction = raw.organisation.jurisdiction;
        let place = mail::Place { path, text: &text, folder, state: &state_directory };
        let mail = raw.mail.map(|mail| mail.settings(&place)).transpose();
        let mail = mail.unwrap_or_else(|fault| {
            keep(fault);
            None
        });
        let (catalogue, fault) = catalogue_settings(path, folder, &state_directory, raw.catalogue);
        fault.into_iter().for_each(&mut keep);
        let people_file = raw.people.map(|file| folder.join(file));
        let stores_folder = folder.join(&raw.stores);
        let mut named = Named { path, faults: &mut faults };
        let (people, mut routes, mut areas) = named.people(people_file.as_deref());
        routes.extend(mail::routes(&raw.areas));
        areas.extend(mail::areas(path, &text, &raw.areas));
        let stores = named.stores(&stores_folder);
        let config = Self {
            mail,
            routes,
            areas,
            path: path.to_owned(),
            working_days: raw.execution.working_days(jurisdiction, jobs.zone.clone()),
            disposal: raw.disposal,
            proof: raw.proof,
            http: raw.http,
            holds: raw.holds.below(folder),
            jobs,
            catalogue,
            organisation: raw.organisation,
            calendar: raw.calendar,
            backups: match raw.backups {
                Some(named) => folder.join(named),
                None => default_folder(&state_directory),
            },
            state_directory,
            people_file,
            people,
            stores_folder,
            stores,
        };
        (Some(config), faults)
    }

    /// The store of this name.
    ///
    /// # Errors
    ///
    /// Where there is none; the error lists those there are.
    pub fn store(&self, name: &str) -> Result<&StoreFile, ConfigError> {
        self.stores.iter().find(|store| store.name == name).ok_or_else(|| {
            let names: Vec<_> = self.stores.iter().map(|store| store.name.as_str()).collect();
            ConfigError::new(
                &self.path,
                None,
                format!("there is no store called `{name}`"),
                match names[..] {
                    [] => "Describe it in a file in the stores folder".to_owned(),
                    _ => format!("Use one of: {}", names.join(", ")),
                },
            )
        })
    }
}

/// The files that a configuration names, whatever else is wrong with it.
struct Named<'a> {
    path: &'a Path,
    faults: &'a mut Vec<ConfigError>,
}

impl Named<'_> {
    fn people(&mut self, file: Option<&Path>) -> people::List {
        let Some(file) = file else { return people::List::default() };
        people::read_all(file, &mut |fault| self.faults.push(fault.placed(self.path, "people")))
    }

    fn stores(&mut self, folder: &Path) -> Vec<StoreFile> {
        store_file::read_all(folder, &mut |fault| {
            self.faults.push(fault.placed(self.path, "stores"));
        })
    }
}

impl CatalogueSettings {
    /// Whether the address is one of a database the catalogue can live in.
    #[must_use]
    pub fn is_known_kind(&self) -> bool {
        ["sqlite://", "postgres://"].iter().any(|scheme| self.url.starts_with(scheme))
    }

    /// Where the catalogue is, with the password from its file.
    ///
    /// # Errors
    ///
    /// Where that is no place of a catalogue, or the file cannot be read.
    pub fn address(&self) -> Result<CatalogueUrl, AddressError> {
        let url: CatalogueUrl = self.url.parse()?;
        let Some(file) = &self.password_file else { return Ok(url) };
        let password = std::fs::read_to_string(file)
            .map_err(|fault| AddressError::Password(file.clone(), fault))?;
        Ok(url.with_password(password.trim_end()))
    }
}

/// Where the catalogue is; with an address that is none, the rest of what is
/// said of it.
fn catalogue_settings(
    path: &Path,
    folder: &Path,
    state_directory: &Path,
    raw: RawCatalogue,
) -> (CatalogueSettings, Option<ConfigError>) {
    let password_file = raw.password_file.map(|file| folder.join(file));
    let settings = |url| CatalogueSettings { url, password_file };
    let Some(url) = raw.url else {
        let url = format!("sqlite://{}", state_directory.join("catalogue.db").display());
        return (settings(url), None);
    };
    match url.strip_prefix("sqlite://") {
        Some(file) => (settings(format!("sqlite://{}", folder.join(file).display())), None),
        None if url.starts_with("postgres://") => (settings(url), None),
        None => {
            let what = format!("catalogue.url `{url}` is neither SQLite nor PostgreSQL");
            let remedy = "Write sqlite:///path/to/catalogue.db or \
                          postgres://user@host:port/database";
            let fault = ConfigError::at_key(path, "catalogue.url", what, remedy);
            (settings(url), Some(fault))
        }
    }
}

#[cfg(test)]
mod tests;
