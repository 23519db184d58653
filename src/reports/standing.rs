//! How far a list can be relied on: when each store was last seen whole, and
//! what has gone wrong since.

use jiff::civil::Date;
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::catalogue::entity::{scan, scan_count, store};
use crate::catalogue::words::{OutcomeKind, ScanState, StoreState};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::config::Config;
use crate::scan::record::last_complete;

/// How one store stands.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Its name.
    pub store: String,
    /// The day of the last scan that saw everything; none where there was none.
    pub scanned_on: Option<Date>,
    /// Whether it can be relied on now.
    pub state: StoreState,
    /// How the latest scan ended.
    pub latest_scan: Option<ScanState>,
    /// How many units wait or cannot be evaluated in all, listed or not.
    pub unexplained: u64,
}

impl Standing {
    /// What a reader of a list must know; nothing where all is well.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let store = &self.store;
        match (self.scanned_on, self.latest_scan, self.state) {
            (None, _, _) => Some(format!("store {store} was never scanned to its end")),
            (_, _, state) if state != StoreState::Ok => {
                Some(format!("store {store} is {state}: its part of the list is older than that"))
            }
            (_, Some(ScanState::Complete) | None, _) => None,
            (_, Some(state), _) => Some(format!(
                "the latest scan of store {store} is {state}: its part of the list is mixed"
            )),
        }
    }
}

/// How each configured store stands.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn standing(
    catalogue: &Catalogue,
    config: &Config,
) -> Result<Vec<Standing>, CatalogueError> {
    let mut stand = Vec::new();
    for file in &config.stores {
        let known = store::Entity::find().filter(store::Column::Name.eq(&file.name));
        let known = known.one(catalogue.read()).await?;
        stand.push(match known {
            Some(row) => of_store(catalogue, row).await?,
            None => Standing {
                store: file.name.clone(),
                scanned_on: None,
                state: StoreState::Ok,
                latest_scan: None,
                unexplained: 0,
            },
        });
    }
    Ok(stand)
}

async fn of_store(catalogue: &Catalogue, row: store::Model) -> Result<Standing, CatalogueError> {
    let last = last_complete(catalogue, StoreId(row.id)).await?;
    let latest = scan::Entity::find()
        .filter(scan::Column::StoreId.eq(row.id))
        .order_by_desc(scan::Column::StartedAt)
        .one(catalogue.read())
        .await?;
    let unexplained = match &last {
        Some(scan) => unexplained(catalogue, scan).await?,
        None => 0,
    };
    Ok(Standing {
        store: row.name,
        scanned_on: last.map(|scan| scan.today.0),
        state: row.state,
        latest_scan: latest.map(|scan| scan.state),
        unexplained,
    })
}

async fn unexplained(catalogue: &Catalogue, scan: &scan::Model) -> Result<u64, CatalogueError> {
    let kinds = [OutcomeKind::AwaitingTrigger, OutcomeKind::CannotEvaluate];
    let counts = scan_count::Entity::find()
        .filter(scan_count::Column::ScanId.eq(scan.id))
        .filter(scan_count::Column::Outcome.is_in(kinds))
        .all(catalogue.read())
        .await?;
    Ok(counts.iter().map(|count| count.units.unsigned_abs()).sum())
}
