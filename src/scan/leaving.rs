//! Items that earlier scans listed and this one did not: no longer due, or gone.
//!
//! What became of each is found out first, and written with the end of the
//! scan, so that a scan that breaks off has counted nothing as gone.

use std::collections::HashSet;

use retaind_connectors::contract::Look;
use retaind_schedules::batch::LineState;
use retaind_schedules::ids::{ScanId, StoreId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{batch, batch_line, item, scan};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::disposal::execution::left;
use crate::scan::run::Scanner;
use crate::upkeep::restore;

/// Rows in one statement: well below the bind limit of both databases.
const ROWS: usize = 500;

/// Complete scans in which a thing must be gone before it counts as missing.
pub(crate) const MISSING_AFTER: i64 = 2;

/// Rows of earlier scans that this one did not write, in the order of their places
/// after this one. Those that are not there because a batch took them are not among
/// them: nothing is missing, and they stay until they are put back or their
/// certificate is given.
pub(super) async fn unseen(
    catalogue: &Catalogue,
    store: StoreId,
    scan: ScanId,
    after: Option<&str>,
) -> Result<Vec<item::Model>, CatalogueError> {
    let place = Expr::col((batch_line::Entity, batch_line::Column::Locator));
    let ours = taken(store).filter(place.equals((item::Entity, item::Column::Locator)));
    let mut rows = item::Entity::find()
        .filter(item::Column::StoreId.eq(store.0))
        .filter(item::Column::LastScanId.ne(scan.0))
        .filter(Expr::exists(ours.into_query()).not());
    if let Some(after) = after {
        rows = rows.filter(item::Column::Locator.gt(after));
    }
    Ok(rows.order_by_asc(item::Column::Locator).limit(ROWS as u64).all(catalogue.read()).await?)
}

/// Where the things of a store were that batches took.
fn taken(store: StoreId) -> Select<batch_line::Entity> {
    let gone = [LineState::Destroyed, LineState::Transferred].map(Text);
    let taken = left::still_held().add(batch_line::Column::State.is_in(gone));
    let of_store = Query::select()
        .column(batch::Column::Id)
        .from(batch::Entity)
        .and_where(batch::Column::StoreId.eq(store.0))
        .to_owned();
    batch_line::Entity::find()
        .select_only()
        .column(batch_line::Column::Locator)
        .filter(batch_line::Column::BatchId.in_subquery(of_store))
        .filter(taken)
}

/// The items of a store that are missing, each with the scan that last met it;
/// without what a batch took, and without what the restored catalogue knows
/// from its backup only: that may have been destroyed since.
pub(crate) async fn unexplained(
    db: &impl ConnectionTrait,
    store: StoreId,
) -> Result<Vec<(Uuid, Uuid)>, CatalogueError> {
    let missing = item::Entity::find()
        .select_only()
        .column(item::Column::Id)
        .column(item::Column::LastScanId)
        .filter(item::Column::StoreId.eq(store.0))
        // In so many words, as the index of what is missing has them.
        .filter(Expr::cust(format!("missed >= {MISSING_AFTER}")))
        .filter(item::Column::Locator.not_in_subquery(taken(store).into_query()))
        .order_by_asc(item::Column::Id);
    let missing: Vec<(Uuid, Uuid)> = missing.into_tuple().all(db).await?;
    let last_met_before = scans_before_the_restore(db).await?;
    Ok(missing.into_iter().filter(|(_, last_met)| !last_met_before.contains(last_met)).collect())
}

/// Items that a scan found to be missing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Missing {
    /// Gone, and not by us.
    pub(super) unexplained: u64,
    /// Last met before the catalogue was restored: gone, or destroyed by us
    /// after the backup was made.
    pub(super) since_restore: u64,
}

const SINCE_RESTORE: &str = "gone in two complete scans, and last met before the catalogue was \
    restored: destroyed since the backup, or gone; to be compared with the certificates";

/// The scans whose finds the restored catalogue knows from its backup only.
async fn scans_before_the_restore(
    db: &impl ConnectionTrait,
) -> Result<HashSet<Uuid>, CatalogueError> {
    let Some(restored) = restore::last(db).await? else { return Ok(HashSet::new()) };
    let before = scan::Column::StartedAt.lt(Micros::from(restored.at));
    let scans = scan::Entity::find().filter(before).select_only().column(scan::Column::Id);
    Ok(scans.into_tuple().all(db).await?.into_iter().collect())
}

/// What became of a row that the scan did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unseen {
    /// It is there and no longer due, or no mapping covers it now.
    NoLongerOurs,
    /// The store says that it is not there.
    Gone,
    /// Nobody can say.
    Unknown,
}

impl From<Look> for Unseen {
    fn from(look: Look) -> Self {
        match look {
            Look::Present(_) | Look::Unmapped => Self::NoLongerOurs,
            Look::Absent => Self::Gone,
            Look::Unknown(_) => Self::Unknown,
        }
    }
}

/// The rows that the scan did not write and that do not stay as they are.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    no_longer_ours: Vec<Uuid>,
    gone: Vec<Uuid>,
}

impl Leaving {
    /// Adds one row, by what became of it.
    pub(super) fn add(&mut self, row: Uuid, became: Unseen) {
        match became {
            Unseen::NoLongerOurs => self.no_longer_ours.push(row),
            Unseen::Gone => self.gone.push(row),
            Unseen::Unknown => {}
        }
    }

    pub(super) async fn delete_no_longer_ours(
        &self,
        tx: &impl ConnectionTrait,
    ) -> Result<(), CatalogueError> {
        for chunk in self.no_longer_ours.chunks(ROWS) {
            let those = item::Column::Id.is_in(chunk.iter().copied());
            item::Entity::delete_many().filter(those).exec(tx).await?;
        }
        Ok(())
    }

    /// Counts one more scan in which each was gone; how many are missing now
    /// that were not before?
    pub(super) async fn count_gone(
        &self,
        scanner: &Scanner,
        tx: &WriteTx,
    ) -> Result<Missing, CatalogueError> {
        let mut missing = Missing::default();
        let last_met_before = scans_before_the_restore(&**tx).await?;
        for chunk in self.gone.chunks(ROWS) {
            let those = || item::Column::Id.is_in(chunk.iter().copied());
            let once_more = item::Column::Missed.into_expr().add(1);
            item::Entity::update_many()
                .col_expr(item::Column::Missed, once_more)
                .filter(those())
                .exec(&**tx)
                .await?;
            let newly = item::Entity::find()
                .filter(those())
                .filter(item::Column::Missed.eq(MISSING_AFTER))
                .order_by_asc(item::Column::Id);
            for row in newly.all(&**tx).await? {
                let mac = scanner.keys.locator_mac(StoreId(row.store_id), &row.locator);
                let (action, why) = if last_met_before.contains(&row.last_scan_id) {
                    missing.since_restore += 1;
                    (Action::ItemGoneSinceRestore, SINCE_RESTORE)
                } else {
                    missing.unexplained += 1;
                    (Action::ItemMissing, "gone in two complete scans, and not by us")
                };
                let item = Subject::new("item", mac);
                let entry = Entry::new(By::Service, action, item).because(Motive::own(why));
                audit::append(tx, scanner.clock.now(), &entry).await?;
            }
        }
        Ok(missing)
    }
}
