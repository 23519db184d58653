//! What a scan writes into the catalogue.
//!
//! Findings are written while the scan runs, each true of its own moment; what
//! depends on having seen everything is written once, at its end, with the
//! audit entry.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_connectors::contract::{Problem, ScanTotals, StoreErrorKind, Unmapped};
use retaind_connectors::sighting::Fingerprint;
use retaind_schedules::evaluation::Facts;
use retaind_schedules::ids::{ScanId, ScheduleVersionId, StoreId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set,
};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{forecast, item, mapping, scan, scan_count, store, unmapped};
use crate::catalogue::words::{OutcomeKind, ScanState};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::plural::counted;
use crate::scan::anonymised;
use crate::scan::judgement::Judgement;
use crate::scan::leaving::{Leaving, Missing};
use crate::scan::plan::MappingPlan;
use crate::scan::resurrected;
use crate::scan::run::{ScanError, Scanner};
use crate::scan::sift::Finding;
use crate::scan::tally::Tally;
use crate::stores;

/// Rows in one statement: well below the bind limit of both databases.
const ROWS: usize = 500;

const STILL_MARKED: &str = "coalesce(excluded.resurrected_at, item.resurrected_at)";

/// A scan has begun. One that a dead process left behind is closed.
pub(super) async fn scan_begun(
    scanner: &Scanner,
    store: StoreId,
    version: ScheduleVersionId,
    today: Date,
) -> Result<ScanId, CatalogueError> {
    let now = scanner.clock.now();
    let tx = scanner.catalogue.write_tx().await?;
    scan::Entity::update_many()
        .set(scan::ActiveModel {
            state: Set(ScanState::Failed),
            finished_at: Set(Some(now.into())),
            failure: Set(Some("the process that ran it ended".to_owned())),
            ..Default::default()
        })
        .filter(scan::Column::StoreId.eq(store.0))
        .filter(scan::Column::State.eq(ScanState::Running))
        .exec(&*tx)
        .await?;
    let id = scanner.clock.new_id();
    let row = scan::ActiveModel {
        id: Set(id),
        store_id: Set(store.0),
        schedule_version_id: Set(version.0),
        today: Set(today.into()),
        started_at: Set(now.into()),
        finished_at: Set(None),
        state: Set(ScanState::Running),
        items: Set(0),
        bytes: Set(0),
        containers: Set(0),
        failure: Set(None),
    };
    scan::Entity::insert(row).exec_without_returning(&*tx).await?;
    tx.commit().await?;
    Ok(ScanId(id))
}

/// A scan could not go on. A store that failed under it is unavailable.
pub(super) async fn scan_failed(
    scanner: &Scanner,
    id: ScanId,
    error: &ScanError,
) -> Result<(), CatalogueError> {
    let Some(row) = scan::Entity::find_by_id(id.0).one(scanner.catalogue.read()).await? else {
        return Ok(());
    };
    let (state, why) = match error {
        ScanError::Store(fault) if fault.kind == StoreErrorKind::Cancelled => {
            (ScanState::Cancelled, fault.kind)
        }
        ScanError::Store(fault) => (ScanState::Failed, fault.kind),
        _ => (ScanState::Failed, StoreErrorKind::Unavailable),
    };
    let tx = scanner.catalogue.write_tx().await?;
    let ended = scan::ActiveModel {
        id: Set(id.0),
        state: Set(state),
        finished_at: Set(Some(scanner.clock.now().into())),
        failure: Set(Some(why.to_string())),
        ..Default::default()
    };
    ended.update(&*tx).await?;
    tx.commit().await?;
    let store_is_at_fault = matches!(error, ScanError::Store(_) | ScanError::Emptied { .. });
    if state == ScanState::Failed && store_is_at_fault {
        let store = StoreId(row.store_id);
        stores::failed(&scanner.catalogue, store, why, &*scanner.clock).await?;
    }
    Ok(())
}

/// Writes findings, in place of what earlier scans said of the same things; how
/// many of them had been destroyed?
pub(super) async fn findings(
    scanner: &Scanner,
    store: StoreId,
    scan: ScanId,
    began: Timestamp,
    plans: &[MappingPlan],
    findings: Vec<(usize, Finding)>,
) -> Result<u64, CatalogueError> {
    let mut rows: Vec<item::ActiveModel> = findings
        .into_iter()
        .map(|(mapping, finding)| item_row(scanner, store, scan, plans[mapping].id.0, finding))
        .collect();
    let tx = scanner.catalogue.write_tx().await?;
    anonymised::leave_out(scanner, &tx, store, &mut rows).await?;
    let back = resurrected::mark(scanner, &tx, store, began, &mut rows).await?;
    upsert(&*tx, rows).await?;
    tx.commit().await?;
    Ok(back)
}

fn item_row(
    scanner: &Scanner,
    store: StoreId,
    scan: ScanId,
    mapping: Uuid,
    finding: Finding,
) -> item::ActiveModel {
    let Finding { evaluation, fingerprint, .. } = &finding;
    let Judgement { outcome, action, due_on, not_beyond, governing, doubt } = evaluation.into();
    item::ActiveModel {
        id: Set(scanner.clock.new_id()),
        store_id: Set(store.0),
        mapping_id: Set(Some(mapping)),
        is_unit: Set(finding.is_unit),
        members: Set(whole(finding.members)),
        bytes: Set(whole(fingerprint.size)),
        fingerprint: Set(fingerprint.to_string()),
        outcome: Set(outcome),
        action: Set(action),
        due_on: Set(due_on),
        not_beyond: Set(not_beyond),
        governing: Set(governing),
        doubt: Set(doubt),
        facts: Set(json!(finding.facts)),
        first_seen_at: Set(scanner.clock.now().into()),
        last_scan_id: Set(scan.0),
        missed: Set(0),
        resurrected_at: Set(None),
        locator: Set(finding.locator),
        reference: Set(finding.reference),
        subject_key: Set(finding.subject.map(|key| key.0)),
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// All but the id, the day it was first seen and a mark that it had been
/// destroyed is as the new row says.
async fn upsert(
    tx: &impl ConnectionTrait,
    rows: Vec<item::ActiveModel>,
) -> Result<(), CatalogueError> {
    use item::Column as C;
    let in_place = OnConflict::columns([C::StoreId, C::Locator])
        .update_columns([
            C::MappingId,
            C::IsUnit,
            C::Reference,
            C::SubjectKey,
            C::Members,
            C::Bytes,
            C::Fingerprint,
            C::Outcome,
            C::Action,
            C::DueOn,
            C::NotBeyond,
            C::Governing,
            C::Doubt,
            C::Facts,
            C::LastScanId,
            C::Missed,
        ])
        .value(C::ResurrectedAt, Expr::cust(STILL_MARKED))
        .to_owned();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(ROWS).collect();
        item::Entity::insert_many(chunk)
            .on_conflict(in_place.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// What the last complete scan of a store met.
pub(super) async fn items_at_last_scan(
    catalogue: &Catalogue,
    store: StoreId,
) -> Result<u64, CatalogueError> {
    let last = last_complete(catalogue, store).await?;
    Ok(last.map_or(0, |row| row.items.unsigned_abs()))
}

/// The last scan of a store that saw everything.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn last_complete(
    catalogue: &Catalogue,
    store: StoreId,
) -> Result<Option<scan::Model>, CatalogueError> {
    Ok(scan::Entity::find()
        .filter(scan::Column::StoreId.eq(store.0))
        .filter(scan::Column::State.eq(ScanState::Complete))
        .order_by_desc(scan::Column::StartedAt)
        .order_by_desc(scan::Column::Id)
        .one(catalogue.read())
        .await?)
}

/// How many items the last complete scan of the store of this name met.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn last_complete_by_name(
    catalogue: &Catalogue,
    name: &str,
) -> Result<Option<u64>, CatalogueError> {
    let known = store::Entity::find().filter(store::Column::Name.eq(name));
    match known.one(catalogue.read()).await? {
        Some(row) => Ok(Some(items_at_last_scan(catalogue, StoreId(row.id)).await?)),
        None => Ok(None),
    }
}

/// What is known at the end of a scan that saw everything.
pub(super) struct Finished<'a> {
    pub(super) scan: ScanId,
    pub(super) store: StoreId,
    pub(super) totals: ScanTotals,
    pub(super) plans: &'a [MappingPlan],
    pub(super) tallies: &'a [Tally],
    pub(super) unmapped: &'a [Unmapped],
    pub(super) problems: &'a [Problem],
}

/// Writes what depends on having seen everything, in one transaction; how many
/// items are missing now that were not before?
pub(super) async fn scan_finished(
    scanner: &Scanner,
    finished: &Finished<'_>,
    leaving: &Leaving,
) -> Result<Missing, CatalogueError> {
    let tx = scanner.catalogue.write_tx().await?;
    upsert(&*tx, finished.problem_rows(scanner)).await?;
    replace_unmapped(&*tx, finished).await?;
    leaving.delete_no_longer_ours(&*tx).await?;
    forget_forecast(&*tx, finished.store).await?;
    for (plan, tally) in finished.plans.iter().zip(finished.tallies) {
        insert_counts(&*tx, finished.scan, plan.id.0, tally).await?;
        insert_forecast(&*tx, plan.id.0, tally).await?;
    }
    let row = scan::ActiveModel {
        id: Set(finished.scan.0),
        state: Set(ScanState::Complete),
        finished_at: Set(Some(scanner.clock.now().into())),
        items: Set(whole(finished.totals.items)),
        bytes: Set(whole(finished.totals.bytes)),
        containers: Set(whole(finished.totals.containers)),
        ..Default::default()
    };
    row.update(&*tx).await?;
    let missing = leaving.count_gone(scanner, &tx).await?;
    let said = format!("{} met", counted(finished.totals.items, "item", "items"));
    let scan = Subject::new("scan", finished.scan);
    let entry = Entry::new(By::Service, Action::ScanFinished, scan).because(Motive::own(said));
    audit::append(&tx, scanner.clock.now(), &entry).await?;
    tx.commit().await?;
    Ok(missing)
}

impl Finished<'_> {
    /// What could not be taken into account is listed with what cannot be evaluated.
    fn problem_rows(&self, scanner: &Scanner) -> Vec<item::ActiveModel> {
        let row = |problem: &Problem| item::ActiveModel {
            id: Set(scanner.clock.new_id()),
            store_id: Set(self.store.0),
            mapping_id: Set(problem.mapping.map(|mapping| self.plans[mapping].id.0)),
            locator: Set(problem.locator.clone()),
            is_unit: Set(problem.locator.ends_with('/')),
            reference: Set(None),
            subject_key: Set(None),
            members: Set(0),
            bytes: Set(0),
            fingerprint: Set(Fingerprint::default().to_string()),
            outcome: Set(OutcomeKind::CannotEvaluate),
            action: Set(None),
            due_on: Set(None),
            not_beyond: Set(None),
            governing: Set(None),
            doubt: Set(Some(json!({ "problem": problem.kind.name() }))),
            facts: Set(json!(Facts::default())),
            first_seen_at: Set(scanner.clock.now().into()),
            last_scan_id: Set(self.scan.0),
            missed: Set(0),
            resurrected_at: Set(None),
        };
        self.problems.iter().map(row).collect()
    }
}

async fn replace_unmapped(
    tx: &impl ConnectionTrait,
    finished: &Finished<'_>,
) -> Result<(), CatalogueError> {
    let of_store = unmapped::Column::StoreId.eq(finished.store.0);
    unmapped::Entity::delete_many().filter(of_store).exec(tx).await?;
    let mut parts = std::collections::BTreeMap::<&str, (u64, u64)>::new();
    for part in finished.unmapped {
        let sum = parts.entry(&part.location).or_default();
        *sum = (sum.0 + part.items, sum.1 + part.bytes);
    }
    let rows: Vec<_> = parts
        .into_iter()
        .map(|(location, (items, bytes))| unmapped::ActiveModel {
            store_id: Set(finished.store.0),
            location: Set(location.to_owned()),
            items: Set(whole(items)),
            bytes: Set(whole(bytes)),
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        unmapped::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn insert_counts(
    tx: &impl ConnectionTrait,
    scan: ScanId,
    mapping: Uuid,
    tally: &Tally,
) -> Result<(), CatalogueError> {
    let rows = tally.kinds.iter().map(|(kind, amount)| scan_count::ActiveModel {
        scan_id: Set(scan.0),
        mapping_id: Set(mapping),
        outcome: Set(*kind),
        units: Set(whole(amount.units)),
        members: Set(whole(amount.members)),
        bytes: Set(whole(amount.bytes)),
        oldest_due: Set(tally.oldest_due.get(kind).map(|date| (*date).into())),
    });
    scan_count::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// What earlier scans of a store foresaw, under mappings it no longer has too.
async fn forget_forecast(tx: &impl ConnectionTrait, store: StoreId) -> Result<(), CatalogueError> {
    let of_store = Query::select()
        .column(mapping::Column::Id)
        .from(mapping::Entity)
        .and_where(mapping::Column::StoreId.eq(store.0))
        .to_owned();
    let theirs = forecast::Column::MappingId.in_subquery(of_store);
    forecast::Entity::delete_many().filter(theirs).exec(tx).await?;
    Ok(())
}

async fn insert_forecast(
    tx: &impl ConnectionTrait,
    mapping: Uuid,
    tally: &Tally,
) -> Result<(), CatalogueError> {
    let rows: Vec<_> = tally
        .forecast
        .iter()
        .map(|(month, foreseen)| forecast::ActiveModel {
            mapping_id: Set(mapping),
            month: Set((*month).into()),
            units: Set(whole(foreseen.amount.units)),
            bytes: Set(whole(foreseen.amount.bytes)),
            oldest: Set(foreseen.oldest().map(Into::into)),
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        forecast::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}
