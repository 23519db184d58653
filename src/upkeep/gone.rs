//! Items that are gone from their store and were last met before the catalogue
//! was restored: destroyed by this program after the backup was made, or gone.
//! The catalogue cannot tell; the certificates it issued lie outside it, and can.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;
use serde_json::Value;

use super::{restore, state};
use crate::catalogue::entity::{item, scan, store};
use crate::catalogue::values::Micros;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::keys::Keys;
use crate::scan::leaving::MISSING_AFTER;

/// An item that is gone since the catalogue was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The store's name.
    pub store: String,
    /// Where it was.
    pub locator: String,
    /// When a scan last met it.
    pub last_met: String,
    /// The file of the certificate that says it was destroyed, if there is one.
    pub certificate: Option<String>,
}

/// All of them, store by store.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn gone(
    catalogue: &Catalogue,
    keys: &Keys,
    state: &Path,
) -> Result<Vec<Gone>, CatalogueError> {
    let snapshot = catalogue.read_tx().await?;
    let Some(restored) = restore::last(&snapshot).await? else { return Ok(Vec::new()) };
    let before = scan::Column::StartedAt.lt(Micros::from(restored.at));
    let scans = scan::Entity::find().filter(before).all(&snapshot).await?;
    let met: HashMap<_, _> = scans.into_iter().map(|row| (row.id, row.started_at)).collect();
    let rows = item::Entity::find()
        .filter(item::Column::Missed.gte(MISSING_AFTER))
        .order_by_asc(item::Column::StoreId)
        .order_by_asc(item::Column::Locator)
        .all(&snapshot)
        .await?;
    let stores = store::Entity::find().all(&snapshot).await?;
    let names: HashMap<_, _> = stores.into_iter().map(|row| (row.id, row.name)).collect();
    let certified = certified(state);
    let gone = rows.into_iter().filter_map(|row| {
        let last_met = met.get(&row.last_scan_id)?.to_string();
        let mac = keys.locator_mac(StoreId(row.store_id), &row.locator);
        Some(Gone {
            store: names.get(&row.store_id).cloned().unwrap_or_default(),
            locator: row.locator,
            last_met,
            certificate: certified.get(&mac).cloned(),
        })
    });
    Ok(gone.collect())
}

/// Every keyed digest that stands in a certificate, and in which. A file that
/// cannot be read covers nothing.
fn certified(state: &Path) -> HashMap<String, String> {
    let mut certified = HashMap::new();
    for path in state::files(state).unwrap_or_default() {
        if !path.starts_with(state::CERTIFICATES) {
            continue;
        }
        let read = fs::read(state.join(&path)).ok();
        let json: Option<Value> = read.and_then(|text| serde_json::from_slice(&text).ok());
        each_text(&json.unwrap_or_default(), &mut |text| {
            if text.len() == 64 {
                certified.insert(text.to_owned(), path.clone());
            }
        });
    }
    certified
}

fn each_text(json: &Value, hear: &mut dyn FnMut(&str)) {
    match json {
        Value::String(text) => hear(text),
        Value::Array(parts) => parts.iter().for_each(|part| each_text(part, hear)),
        Value::Object(parts) => parts.values().for_each(|part| each_text(part, hear)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
