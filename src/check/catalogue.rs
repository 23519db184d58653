//! The catalogue, its key, and the record types of the schedule in force.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Checked, capital, halves};
use crate::catalogue::{Catalogue, CatalogueError, Fault};
use crate::config::{AddressError, Config, ConfigError};
use crate::keys::{self, KeyError, Keys};
use crate::stores::schedule_in_force;

const URL: &str = "catalogue.url";

/// Looks at the catalogue; gives the codes of the schedule in force, where there is one.
pub(super) async fn check(config: &Config, checked: &mut Checked) -> Option<BTreeSet<String>> {
    let address = match config.catalogue.address() {
        Ok(address) => address,
        // A file that cannot be read, and an address of another kind, are told already.
        Err(AddressError::Password(..)) => return None,
        Err(AddressError::Url(_)) if !config.catalogue.is_known_kind() => return None,
        Err(error) => {
            checked.fault(told(&config.path, &error.to_string()));
            return None;
        }
    };
    match Catalogue::look(&address).await {
        Err(error) if error.fault == Fault::Missing => missing(config, &error, checked),
        Err(error) => checked.fault(told(&config.path, &error.to_string())),
        Ok((catalogue, 0)) => {
            checked.catalogue = Some(format!("{address}: up to date"));
            return inside(config, &catalogue, checked).await;
        }
        Ok((_, changes)) => {
            checked.catalogue = Some(format!(
                "{address}: of an older version, brought up by {changes} changes when it is next \
                 used"
            ));
        }
    }
    None
}

fn missing(config: &Config, error: &CatalogueError, checked: &mut Checked) {
    checked.catalogue = Some(format!("{}: made at first use", config.catalogue.url));
    let key = config.state_directory.join(keys::FILE);
    if key.exists() {
        let (what, _) = halves(&error.to_string());
        let what = format!("{what}, and a key that was made for one is: {}", key.display());
        let remedy = "Mend the place, or restore the catalogue from the backup";
        checked.fault(ConfigError::at_key(&config.path, URL, what, remedy));
    }
}

async fn inside(
    config: &Config,
    catalogue: &Catalogue,
    checked: &mut Checked,
) -> Option<BTreeSet<String>> {
    match Keys::check(&config.state_directory, catalogue).await {
        // What is wrong with the file itself is told with the other files.
        Ok(()) | Err(KeyError::Open(_) | KeyError::Io(..)) => {}
        Err(error) => checked.fault(told(&config.path, &error.to_string())),
    }
    match schedule_in_force(catalogue).await {
        Ok(schedule) => schedule.version.map(|_| schedule.lines.into_keys().collect()),
        Err(error) => {
            checked.fault(told(&config.path, &error.to_string()));
            None
        }
    }
}

fn told(file: &Path, words: &str) -> ConfigError {
    let (what, remedy) = halves(words);
    ConfigError::at_key(file, URL, what, &capital(remedy))
}
