//! What a hold covers: in words, and how much it was at the last scans.

use std::collections::{HashMap, HashSet};

use retaind_schedules::hold::{Hold, Place, Scope};
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::Serialize;
use uuid::Uuid;

use crate::catalogue::entity::{
    asset, mapping, record_type, scan, scan_count, service_area, store,
};
use crate::catalogue::words::ScanState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::stores;

/// How much a hold covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Cover {
    /// Lines of the register that it covers whole.
    pub record_types: u64,
    /// Items and units of the mappings that it covers whole, as the last
    /// complete scan of each store counted them.
    pub items: u64,
    /// Whether it covers single items too, which only a scan or a search finds.
    pub more: bool,
}

/// How much each of these holds covers, in their order.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn covers(catalogue: &Catalogue, holds: &[Hold]) -> Result<Vec<Cover>, CatalogueError> {
    let lines = stores::schedule_in_force(catalogue).await?.lines;
    let counted = counted(catalogue.read()).await?;
    let twins = stores::twins(catalogue.read()).await?;
    let of_hold = |hold: &Hold| {
        let mut hold = twins.everywhere(hold.clone());
        let mut cover = Cover { more: hold.scopes.iter().any(is_narrow), ..Cover::default() };
        // Of which days single items are, only a scan finds.
        hold.scopes.retain(|scope| !matches!(scope, Scope::Within { .. }));
        let nowhere =
            |line: &stores::RegisterLine| Place { store: None, ..line.place(StoreId(Uuid::nil())) };
        let whole = lines.values().filter(|line| hold.covers(&nowhere(line)));
        cover.record_types = whole.count() as u64;
        for (mapping, units) in &counted {
            let Some(line) = lines.get(&mapping.record_type_code) else { continue };
            let place =
                Place { locator: &mapping.location, ..line.place(StoreId(mapping.store_id)) };
            cover.items += if hold.covers(&place) { *units } else { 0 };
        }
        cover
    };
    Ok(holds.iter().map(of_hold).collect())
}

const fn is_narrow(scope: &Scope) -> bool {
    matches!(
        scope,
        Scope::Location { .. } | Scope::Reference(_) | Scope::Subject(_) | Scope::Within { .. }
    )
}

/// Every mapping in use, with what the last complete scan of its store counted.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn counted(
    read: &impl ConnectionTrait,
) -> Result<Vec<(mapping::Model, u64)>, CatalogueError> {
    let complete = scan::Entity::find().filter(scan::Column::State.eq(ScanState::Complete));
    let scans = complete.order_by_desc(scan::Column::StartedAt).all(read).await?;
    let mut stores = HashSet::new();
    let last: Vec<Uuid> =
        scans.iter().filter(|scan| stores.insert(scan.store_id)).map(|scan| scan.id).collect();
    let counts = scan_count::Entity::find().filter(scan_count::Column::ScanId.is_in(last));
    let mut units = HashMap::<Uuid, u64>::new();
    for count in counts.all(read).await? {
        *units.entry(count.mapping_id).or_default() += count.units.unsigned_abs();
    }
    let mappings = mapping::Entity::find().filter(mapping::Column::Active.eq(true)).all(read);
    let with_units = |row: mapping::Model| {
        let units = units.get(&row.id).copied().unwrap_or_default();
        (row, units)
    };
    Ok(mappings.await?.into_iter().map(with_units).collect())
}

/// The names of what scopes point at.
#[derive(Debug)]
pub struct Names(HashMap<Uuid, String>);

impl Names {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn read(catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let read = catalogue.read();
        let assets = asset::Entity::find().all(read).await?.into_iter();
        let types = record_type::Entity::find().all(read).await?.into_iter();
        let areas = service_area::Entity::find().all(read).await?.into_iter();
        let stores = store::Entity::find().all(read).await?.into_iter();
        let mut names: HashMap<Uuid, String> =
            assets.map(|row| (row.id, format!("{} {}", row.reference, row.name))).collect();
        names.extend(types.map(|row| (row.id, format!("{} {}", row.code, row.title))));
        names.extend(areas.map(|row| (row.id, row.name)));
        names.extend(stores.map(|row| (row.id, row.name)));
        Ok(Self(names))
    }

    /// What a scope covers, in words.
    #[must_use]
    pub fn words(&self, scope: &Scope) -> String {
        match scope {
            Scope::Everything => "everything".to_owned(),
            Scope::Asset(id) => format!("asset {}", self.name(id.0)),
            Scope::RecordType(id) => format!("record type {}", self.name(id.0)),
            Scope::ServiceArea(id) => format!("service area {}", self.name(id.0)),
            Scope::Location { store, prefix } if prefix.is_empty() => {
                format!("all of store {}", self.name(store.0))
            }
            Scope::Location { store, prefix } => {
                format!("{prefix} in store {}", self.name(store.0))
            }
            Scope::Reference(reference) => format!("case {reference}"),
            Scope::Subject(_) => "a person".to_owned(),
            Scope::Within { what, days } => {
                format!("{}, as far as it may be of the days {days}", self.words(what))
            }
        }
    }

    fn name(&self, id: Uuid) -> &str {
        self.0.get(&id).map_or("no longer known", String::as_str)
    }
}
