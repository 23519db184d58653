//! The catalogue, its key, and the record types of the schedule in force.

use std::collections::BTreeSet;
use std::path::Path;

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{Checked, capital, halves};
use crate::catalogue::entity::{asset, service_area};
use crate::catalogue::words::AssetStatus;
use crate::catalogue::{Catalogue, CatalogueError, Fault};
use crate::config::{AddressError, Config, ConfigError, NamedArea};
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
        Ok(schedule) => {
            schedule.version?;
            match unknown_areas(config, catalogue).await {
                Ok(unknown) => unknown.into_iter().for_each(|told| checked.warn(told)),
                Err(error) => checked.fault(told(&config.path, &error.to_string())),
            }
            Some(schedule.lines.into_keys().collect())
        }
        Err(error) => {
            checked.fault(told(&config.path, &error.to_string()));
            None
        }
    }
}

/// The service areas that are named for those who write to them, and that no
/// asset of the register is in.
pub(crate) async fn unknown_areas(
    config: &Config,
    catalogue: &Catalogue,
) -> Result<Vec<ConfigError>, CatalogueError> {
    let of_assets = Query::select()
        .column(asset::Column::ServiceAreaId)
        .from(asset::Entity)
        .and_where(asset::Column::Status.eq(AssetStatus::Active))
        .to_owned();
    let known = service_area::Entity::find()
        .filter(service_area::Column::Id.in_subquery(of_assets))
        .order_by_asc(service_area::Column::Name)
        .all(catalogue.read())
        .await
        .map_err(|error| catalogue.error(error))?;
    let known: Vec<String> = known.into_iter().map(|area| area.name).collect();
    let is_unknown =
        |area: &&NamedArea| !known.iter().any(|known| known.trim().to_lowercase() == area.name);
    let told = |area: &NamedArea| {
        let what = format!(
            "no asset of the register is in the service area `{}`, so those who are named for it \
             are told nothing",
            area.name
        );
        let remedy = format!("Write it as the register does: {}", known.join(", "));
        ConfigError::new(&area.file, Some(area.line), what, remedy)
    };
    Ok(config.areas.iter().filter(is_unknown).map(told).collect())
}

fn told(file: &Path, words: &str) -> ConfigError {
    let (what, remedy) = halves(words);
    ConfigError::at_key(file, URL, what, &capital(remedy))
}
