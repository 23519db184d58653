//! Scans: the last complete one of each store, and those left running.

use async_trait::async_trait;
use jiff::Timestamp;
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Check, Patient, Said, ago, warning, well};
use crate::catalogue::entity::{scan, store};
use crate::catalogue::words::ScanState;
use crate::scan::lock::StoreLock;
use crate::scan::record::last_complete;
use crate::upkeep::UpkeepError;

pub(super) struct Scans;

/// Stores are scanned every night.
const OLD: i64 = 48;

#[async_trait]
impl Check for Scans {
    fn area(&self) -> &'static str {
        "scans"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let mut said = Vec::new();
        for file in &patient.config.stores {
            let named = store::Entity::find().filter(store::Column::Name.eq(&file.name));
            let Some(known) = named.one(patient.catalogue.read()).await? else { continue };
            let last = last_complete(patient.catalogue, StoreId(known.id)).await?;
            said.push(age(&file.name, last.map(|scan| scan.started_at.timestamp()), patient.now));
            let left = scan::Entity::find()
                .filter(scan::Column::StoreId.eq(known.id))
                .filter(scan::Column::State.eq(ScanState::Running));
            let left = left.one(patient.catalogue.read()).await?;
            // A scan that runs holds the lock.
            let state = &patient.config.state_directory;
            if left.is_some() && StoreLock::take(state, &file.name).is_ok() {
                said.push(warning(
                    format!(
                        "store `{}`: a scan was left unfinished by a process that ended",
                        file.name
                    ),
                    format!("Run `retaind scan {}`; nothing was concluded from it", file.name),
                ));
            }
        }
        Ok(said)
    }
}

fn age(store: &str, last: Option<Timestamp>, now: Timestamp) -> Said {
    let again = format!("Run `retaind scan {store}`, and see why no job did");
    match last {
        None => warning(format!("store `{store}`: never scanned to its end"), again),
        Some(last) => {
            let what = format!("store `{store}`: last scanned to its end {}", ago(last, now));
            let is_old = now.duration_since(last).as_hours() > OLD;
            if is_old { warning(what, again) } else { well(what) }
        }
    }
}
