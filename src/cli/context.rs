//! What commands need, opened when they first need it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use retaind_schedules::calendar::Calendar;

use crate::audit::By;
use crate::catalogue::{Catalogue, CatalogueUrl};
use crate::cli::who::{os_user, own_state};
use crate::cli::{Failure, Printer};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::keys::Keys;
use crate::notices;
use crate::people::{self, Actor, Role};
use crate::scan::run::Scanner;

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// The configuration file.
    pub config_path: PathBuf,
    /// Where answers go.
    pub printer: Printer,
}

/// An instance: its configuration, catalogue and keys, and who is acting.
pub(super) struct Instance {
    pub(super) config: Arc<Config>,
    pub(super) catalogue: Catalogue,
    pub(super) keys: Keys,
    pub(super) actor: Actor,
    pub(super) clock: SystemClock,
}

/// An instance for which nobody acts.
pub(super) struct Unattended {
    pub(super) config: Config,
    pub(super) catalogue: Catalogue,
    pub(super) keys: Keys,
}

impl Instance {
    /// Who acts, in the first of their roles that bears on running the program.
    pub(super) fn by(&self) -> By {
        operating(&self.actor)
    }

    /// What scanning and explaining need of it.
    pub(super) fn scanner(&self) -> Scanner {
        Scanner {
            config: Arc::clone(&self.config),
            catalogue: self.catalogue.clone(),
            keys: self.keys.clone(),
            clock: Arc::new(self.clock),
        }
    }
}

impl Context {
    pub(super) fn new(config_path: PathBuf, printer: Printer) -> Self {
        Self { config_path, printer }
    }

    pub(super) fn config(&self) -> Result<Config, Failure> {
        Ok(Config::read(&self.config_path)?)
    }

    /// The organisation's calendar where there is a configuration, else the
    /// usual year ends.
    pub(super) fn calendar_if_any(&self) -> Calendar {
        self.config().map(|config| config.calendar).unwrap_or_default()
    }

    /// Opens the catalogue and keys, made at first use, brings the people list
    /// up to date, and finds out as whom the command acts.
    pub(super) async fn instance(&self) -> Result<Instance, Failure> {
        let Unattended { config, catalogue, keys } = self.unattended().await?;
        let actor = people::acting(&catalogue, &os_user()).await?;
        Ok(Instance { config: Arc::new(config), catalogue, keys, actor, clock: SystemClock })
    }

    /// The same, where the program acts by itself.
    pub(super) async fn unattended(&self) -> Result<Unattended, Failure> {
        let config = self.config()?;
        make_state_directory(&config)?;
        let catalogue = Catalogue::open_or_create(&config.catalogue.address()?).await?;
        let keys = Keys::load(&config.state_directory, &catalogue).await?;
        let tx = catalogue.write_tx().await?;
        people::sync(&tx, &config.people, SystemClock.now(), SystemClock.today()).await?;
        notices::sync_routes(&tx, &config.routes, SystemClock.now()).await?;
        tx.commit().await?;
        Ok(Unattended { config, catalogue, keys })
    }
}

impl Context {
    /// The catalogue alone, which must be there: for who may look and not act.
    pub(super) async fn catalogue(&self) -> Result<Catalogue, Failure> {
        let config = self.config()?;
        own_state(&config)?;
        Ok(Catalogue::open(&config.catalogue.address()?).await?)
    }
}

/// As whom the program acts where the command needs no right of a person's own
/// but that of the user who may read the keys: the person tied to that user, or
/// the program itself.
pub(super) async fn whoever_runs_it(catalogue: &Catalogue) -> By {
    match people::acting(catalogue, &os_user()).await {
        Ok(actor) => operating(&actor),
        Err(_) => By::Service,
    }
}

/// In the first of their roles that bears on running the program.
fn operating(actor: &Actor) -> By {
    let roles = [Role::Operator, Role::RecordsManager];
    match actor.first_of(&roles).or_else(|| actor.roles.first().copied()) {
        Some(role) => By::person(actor, role),
        None => By::Service,
    }
}

pub(super) fn make_state_directory(config: &Config) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    own_state(config)?;
    let folder = &config.state_directory;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|fault| {
        Failure::new(format!(
            "cannot make the state directory {}: {fault}. Make it, or mend state_directory in {}.",
            folder.display(),
            config.path.display()
        ))
    })
}

pub(super) fn catalogue_url(config: &Config) -> Result<CatalogueUrl, Failure> {
    Ok(config.catalogue.address()?)
}

/// This place, entered with the password in that file.
pub(super) fn entered_with(
    url: CatalogueUrl,
    password_file: Option<&Path>,
    named_by: &str,
) -> Result<CatalogueUrl, Failure> {
    let Some(file) = password_file else { return Ok(url) };
    let password = std::fs::read_to_string(file).map_err(|fault| {
        Failure::new(format!("cannot read {}: {fault}. {named_by} names it.", file.display()))
    })?;
    Ok(url.with_password(password.trim_end()))
}
