//! What a hold meets that is under way: chunks that are open beneath it, lines
//! that wait in batches, and what had already gone.

use std::time::Duration;

use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::{Hold, Life, Place, SubjectKey};
use retaind_schedules::ids::{AssetId, RecordTypeId, ServiceAreaId, StoreId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::gone::{self, Gone};
use super::open::{self, UnderWay};
use super::stop::DisposalError;
use super::{anonymise, left, record, settle};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, batch, batch_line, disposal_gate, intent};
use crate::catalogue::values::Text;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::list::{self, PAGE};
use crate::proof;
use crate::scan::run::Scanner;
use crate::stores;
use crate::upkeep::kept_head;

/// Between two looks whether a chunk is still open.
const PAUSE: Duration = Duration::from_millis(50);

/// An open chunk beneath a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenChunk {
    /// Its batch.
    pub batch: String,
    /// Which chunk.
    pub intent: Uuid,
    /// Its lines that the hold covers.
    pub lines: u64,
}

/// Lines beneath a hold that people were given to make anonymous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByPeople {
    /// Their batch.
    pub batch: String,
    /// How many.
    pub lines: u64,
}

/// What a hold met.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Met {
    /// Chunks that are still open: the hold is in force, except for these lines.
    pub open: Vec<OpenChunk>,
    /// Lines of batches that it covers and that will not go now.
    pub withheld: u64,
    /// Lines that are out of reach and are put back when their batch goes on.
    pub out_of_reach: u64,
    /// Of these, units whose destruction had begun: some of their members are
    /// gone, and what is left is kept.
    pub begun: u64,
    /// Lines on lists that people hold and make anonymous: it may be done already.
    pub by_people: Vec<ByPeople>,
    /// What it would have covered and had gone before, by batch.
    pub gone: Vec<Gone>,
    /// Items that had gone before it was kept where they stood: whether it would
    /// have covered them is not known.
    pub gone_not_known: u64,
}

/// Whoever places a hold has the gate alone: every chunk that opened before is
/// seen after, and none opens meanwhile.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn close_gate(tx: &WriteTx) -> Result<(), CatalogueError> {
    disposal_gate::Entity::find_by_id(1).lock_exclusive().one(&**tx).await?;
    Ok(())
}

/// Waits until no chunk is open beneath a hold that has been committed, settles
/// those whose process is gone, and says what it met.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn meet(
    scanner: &Scanner,
    hold: &Hold,
    patience: Duration,
) -> Result<Met, DisposalError> {
    meet_all(scanner, std::slice::from_ref(hold), patience).await
}

/// As [`meet`], for several holds that were placed together.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn meet_all(
    scanner: &Scanner,
    holds: &[Hold],
    patience: Duration,
) -> Result<Met, DisposalError> {
    // Under every name that a store ever had, as whoever opens a chunk reads them.
    let twins = stores::twins(scanner.catalogue.read()).await?;
    let holds: Vec<Hold> = holds.iter().map(|hold| twins.everywhere(hold.clone())).collect();
    let mut open = Vec::new();
    for hold in &holds {
        open.extend(waited_for(scanner, hold, patience).await?);
    }
    let met = take_stock(scanner, &holds, open).await;
    kept_head::keep(&scanner.catalogue, &scanner.config.state_directory).await;
    met
}

/// What is still open beneath a hold once it was waited for.
async fn waited_for(
    scanner: &Scanner,
    hold: &Hold,
    patience: Duration,
) -> Result<Vec<OpenChunk>, DisposalError> {
    // A store may take its time over each chunk that is settled.
    let mut waited = std::pin::pin!(tokio::time::sleep(patience));
    let mut open = open_under(scanner.catalogue.read(), hold).await?;
    let mut is_over = false;
    while !open.is_empty() && !is_over {
        settle::settle_all(scanner).await?;
        is_over = tokio::select! {
            biased;
            () = &mut waited => true,
            () = tokio::time::sleep(PAUSE) => false,
        };
        open = open_under(scanner.catalogue.read(), hold).await?;
    }
    Ok(open)
}

/// What holds met, once they are in force but for what is still open.
pub(super) async fn take_stock(
    scanner: &Scanner,
    holds: &[Hold],
    open: Vec<OpenChunk>,
) -> Result<Met, DisposalError> {
    let mut met = Met { open, ..Met::default() };
    for hold in holds {
        withhold(scanner, hold, &mut met).await?;
    }
    gone::before(scanner, holds, &mut met).await?;
    Ok(met)
}

/// The open chunks with lines that the hold covers.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn open_under(
    database: &impl ConnectionTrait,
    hold: &Hold,
) -> Result<Vec<OpenChunk>, CatalogueError> {
    let mut found = Vec::new();
    let open = intent::Entity::find().filter(intent::Column::ClosedAt.is_null());
    for intent in open.all(database).await? {
        let batch = batch::Entity::find_by_id(intent.batch_id).one(database).await?;
        let Some(batch) = batch else { continue };
        let register = Register::of(database, &batch).await?;
        let lines = open::lines_of(database, &intent).await?;
        // An open chunk weighed what the store said then, which is not written down
        // yet: whatever the hold covers on any day is waited for.
        let may = |line: &&batch_line::Model| {
            hold.covers(&Place { life: Life::default(), ..register.place(line) })
        };
        let covered = lines.iter().filter(may).count();
        if covered > 0 {
            found.push(OpenChunk { batch: batch.number, intent: intent.id, lines: covered as u64 });
        }
    }
    Ok(found)
}

/// Where the items of a batch stand in the register.
pub(super) struct Register {
    store: StoreId,
    asset: AssetId,
    area: Option<ServiceAreaId>,
    record_type: RecordTypeId,
}

impl Register {
    pub(super) async fn of(
        database: &impl ConnectionTrait,
        batch: &batch::Model,
    ) -> Result<Self, CatalogueError> {
        let asset = asset::Entity::find_by_id(batch.asset_id).one(database).await?;
        Ok(Self {
            store: StoreId(batch.store_id),
            asset: AssetId(batch.asset_id),
            area: asset.map(|asset| ServiceAreaId(asset.service_area_id)),
            record_type: RecordTypeId(batch.record_type_id),
        })
    }

    pub(super) fn place<'a>(&self, line: &'a batch_line::Model) -> Place<'a> {
        Place {
            asset: Some(self.asset),
            record_types: vec![self.record_type],
            service_area: self.area,
            store: Some(self.store),
            locator: &line.locator,
            is_unit: line.is_unit,
            references: line.reference.as_deref().into_iter().collect(),
            subjects: line.subject_key.clone().map(SubjectKey).into_iter().collect(),
            life: list::life(line),
        }
    }
}

/// Marks what waits in batches and is covered, so that people see it at once;
/// the permit would refuse it anyway.
async fn withhold(scanner: &Scanner, hold: &Hold, met: &mut Met) -> Result<(), DisposalError> {
    use BatchState::{
        Authorised, Destroying, Halted, IaoApproved, Proposed, Quarantined, Quarantining,
    };
    let states = [Proposed, IaoApproved, Authorised, Quarantining, Quarantined, Destroying, Halted];
    let batches = batch::Entity::find()
        .filter(batch::Column::State.is_in(states.map(Text)))
        .all(scanner.catalogue.read())
        .await?;
    let pending = batch_line::Column::State.eq(Text(LineState::Pending));
    for batch in batches {
        let with_people = anonymise::is_with_people(scanner.catalogue.read(), &batch).await?;
        let register = Register::of(scanner.catalogue.read(), &batch).await?;
        let (mut from, mut listed) = (0, 0);
        // Those were waited for, and are named by themselves where they stay open.
        let open = UnderWay::of(scanner.catalogue.read(), batch.id).await?;
        loop {
            let lines = batch_line::Entity::find()
                .filter(batch_line::Column::BatchId.eq(batch.id))
                .filter(batch_line::Column::Position.gte(from))
                .filter(left::out_of_reach().add(pending.clone()))
                .order_by_asc(batch_line::Column::Position)
                .limit(PAGE)
                .all(scanner.catalogue.read())
                .await?;
            let Some(last) = lines.last() else { break };
            from = last.position + 1;
            let covered = lines.into_iter().filter(|line| !open.names(line));
            let covered = covered.filter(|line| hold.covers(&register.place(line)));
            let (pending, kept): (Vec<_>, Vec<_>) =
                covered.partition(|line| line.state.0 == LineState::Pending);
            met.out_of_reach += kept.len() as u64;
            let units = kept.iter().filter(|line| line.is_unit).map(|line| line.id);
            met.begun += proof::partly_gone(scanner.catalogue.read(), units).await?.len() as u64;
            if with_people {
                listed += pending.len() as u64;
            } else {
                met.withheld += mark(scanner, &batch, pending, hold).await?;
            }
        }
        if listed > 0 {
            met.by_people.push(ByPeople { batch: batch.number, lines: listed });
        }
    }
    Ok(())
}

async fn mark(
    scanner: &Scanner,
    batch: &batch::Model,
    lines: Vec<batch_line::Model>,
    hold: &Hold,
) -> Result<u64, DisposalError> {
    if lines.is_empty() {
        return Ok(0);
    }
    let now = scanner.clock.now();
    let tx = scanner.catalogue.write_tx().await?;
    let mut lines = lines;
    record::still_pending(&tx, &mut lines).await?;
    for line in &mut lines {
        line.state = Text(LineState::Withheld);
        line.why = Some(format!("held:{}", hold.kind.name()));
        line.ended_at = Some(now.into());
    }
    record::save(&tx, &lines, record::Besides::Nothing).await?;
    let entry = Entry::new(By::Service, Action::LinesWithheld, Subject::new("batch", batch.id))
        .after(audit::digest::of_json(&serde_json::json!(
            lines.iter().map(|line| line.id).collect::<Vec<_>>()
        )))
        .because(Motive::own(format!("{} held:{}", lines.len(), hold.kind.name())));
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(lines.len() as u64)
}
