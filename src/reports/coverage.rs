//! What part of the stores the register covers, and what part of the register
//! has a store (report R4).

use std::collections::BTreeSet;

use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::catalogue::entity::{asset, mapping, record_type, scan_count, service_area, store};
use crate::catalogue::words::AssetStatus;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::scan::record::last_complete;
use crate::stores;

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// Each store.
    pub stores: Vec<StoreCoverage>,
    /// Record types in force that no store holds, by code.
    pub types_without_store: Vec<String>,
    /// Record types of the register that have no rule in force, by code.
    pub types_without_rule: Vec<String>,
    /// Codes that a mapping names and the register does not.
    pub unknown_codes: Vec<String>,
    /// Service areas none of whose record types has a rule in force.
    pub areas_without_rule: Vec<String>,
}

/// One store.
#[derive(Debug, Clone, Serialize)]
pub struct StoreCoverage {
    /// Its name.
    pub store: String,
    /// When it was last scanned to the end; never, where there is nothing.
    pub scanned_on: Option<jiff::civil::Date>,
    /// Files or rows in it.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
    /// Files or rows under a mapping.
    pub mapped_items: u64,
    /// Their size.
    pub mapped_bytes: u64,
    /// Mapped, as a share of all, in percent; nothing where it is empty.
    pub mapped_percent: Option<f64>,
}

/// Works out the report.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn coverage(catalogue: &Catalogue) -> Result<Coverage, CatalogueError> {
    let read = catalogue.read();
    let mut covered = Vec::new();
    for row in store::Entity::find().order_by_asc(store::Column::Name).all(read).await? {
        covered.push(store_coverage(catalogue, row).await?);
    }
    let schedule = stores::schedule_in_force(catalogue).await?;
    let in_force: BTreeSet<&str> = schedule.lines.keys().map(String::as_str).collect();
    let mapped: BTreeSet<String> = mapping::Entity::find()
        .filter(mapping::Column::Active.eq(true))
        .all(read)
        .await?
        .into_iter()
        .map(|row| row.record_type_code)
        .collect();
    let active: BTreeSet<_> = asset::Entity::find()
        .filter(asset::Column::Status.eq(AssetStatus::Active))
        .all(read)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let types =
        record_type::Entity::find().order_by_asc(record_type::Column::Code).all(read).await?;
    let ruled_areas: BTreeSet<_> =
        schedule.lines.values().map(|line| line.asset.service_area_id).collect();
    let areas =
        service_area::Entity::find().order_by_asc(service_area::Column::Name).all(read).await?;
    let not_mapped = |code: &&str| !mapped.contains(*code);
    let known: BTreeSet<&str> = types.iter().map(|row| row.code.as_str()).collect();
    Ok(Coverage {
        stores: covered,
        types_without_store: in_force
            .iter()
            .filter(|code| not_mapped(code))
            .map(ToString::to_string)
            .collect(),
        types_without_rule: types
            .iter()
            .filter(|row| active.contains(&row.asset_id) && !in_force.contains(row.code.as_str()))
            .map(|row| row.code.clone())
            .collect(),
        unknown_codes: mapped
            .iter()
            .filter(|code| !known.contains(code.as_str()))
            .cloned()
            .collect(),
        areas_without_rule: areas
            .into_iter()
            .filter(|row| !ruled_areas.contains(&row.id))
            .map(|row| row.name)
            .collect(),
    })
}

async fn store_coverage(
    catalogue: &Catalogue,
    row: store::Model,
) -> Result<StoreCoverage, CatalogueError> {
    let Some(last) = last_complete(catalogue, StoreId(row.id)).await? else {
        return Ok(StoreCoverage {
            store: row.name,
            scanned_on: None,
            items: 0,
            bytes: 0,
            mapped_items: 0,
            mapped_bytes: 0,
            mapped_percent: None,
        });
    };
    let counts = scan_count::Entity::find()
        .filter(scan_count::Column::ScanId.eq(last.id))
        .all(catalogue.read())
        .await?;
    let items = last.items.unsigned_abs();
    let mapped_items = counts.iter().map(|count| count.members.unsigned_abs()).sum();
    Ok(StoreCoverage {
        store: row.name,
        scanned_on: Some(last.today.0),
        items,
        bytes: last.bytes.unsigned_abs(),
        mapped_items,
        mapped_bytes: counts.iter().map(|count| count.bytes.unsigned_abs()).sum(),
        mapped_percent: percent(mapped_items, items),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1000.0).round() / 10.0)
}
