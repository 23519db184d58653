//! What a hold meets that is under way: chunks that are open beneath it, lines
//! that wait in batches, and what had already gone.

use std::time::Duration;

use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::{Hold, Place, Scope, SubjectKey};
use retaind_schedules::ids::{AssetId, RecordTypeId, ServiceAreaId, StoreId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::stop::DisposalError;
use super::{left, record, settle};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{
    asset, batch, batch_line, disposal_gate, intent, record_type, stub,
};
use crate::catalogue::values::Text;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::list::PAGE;
use crate::keys::Keys;
use crate::scan::run::Scanner;

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

/// What a hold met.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Met {
    /// Chunks that are still open: the hold is in force, except for these lines.
    pub open: Vec<OpenChunk>,
    /// Lines of batches that it covers and that will not go now.
    pub withheld: u64,
    /// Lines that are out of reach and are put back when their batch goes on.
    pub out_of_reach: u64,
    /// What it covers by its record type, store, reference or person, and had
    /// gone before.
    pub gone: u64,
    /// When the first of them went, and the last.
    pub gone_between: Option<(String, String)>,
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
    scanner: &Scanner<'_>,
    hold: &Hold,
    patience: Duration,
) -> Result<Met, DisposalError> {
    let pauses = patience.as_millis() / PAUSE.as_millis();
    let mut open = open_under(scanner.catalogue.read(), hold).await?;
    for _ in 0..=pauses {
        if open.is_empty() {
            break;
        }
        settle::settle_all(scanner).await?;
        tokio::time::sleep(PAUSE).await;
        open = open_under(scanner.catalogue.read(), hold).await?;
    }
    take_stock(scanner, hold, open).await
}

/// What a hold met, once it is in force but for what is still open.
pub(super) async fn take_stock(
    scanner: &Scanner<'_>,
    hold: &Hold,
    open: Vec<OpenChunk>,
) -> Result<Met, DisposalError> {
    let (withheld, out_of_reach) = withhold(scanner, hold).await?;
    let mut met = Met { open, withheld, out_of_reach, ..Met::default() };
    already_gone(scanner, hold, &mut met).await?;
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
        let lines = batch_line::Entity::find()
            .filter(batch_line::Column::IntentId.eq(intent.id))
            .all(database)
            .await?;
        let covered = lines.iter().filter(|line| hold.covers(&register.place(line))).count();
        if covered > 0 {
            found.push(OpenChunk { batch: batch.number, intent: intent.id, lines: covered as u64 });
        }
    }
    Ok(found)
}

/// Where the items of a batch stand in the register.
struct Register {
    store: StoreId,
    asset: AssetId,
    area: Option<ServiceAreaId>,
    record_type: RecordTypeId,
}

impl Register {
    async fn of(
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

    fn place<'a>(&self, line: &'a batch_line::Model) -> Place<'a> {
        Place {
            asset: Some(self.asset),
            record_types: vec![self.record_type],
            service_area: self.area,
            store: Some(self.store),
            locator: &line.locator,
            is_unit: line.is_unit,
            references: line.reference.as_deref().into_iter().collect(),
            subjects: line.subject_key.clone().map(SubjectKey).into_iter().collect(),
        }
    }
}

/// Marks what waits in batches and is covered, so that people see it at once;
/// the permit would refuse it anyway.
async fn withhold(scanner: &Scanner<'_>, hold: &Hold) -> Result<(u64, u64), DisposalError> {
    use BatchState::{
        Authorised, Destroying, Halted, IaoApproved, Proposed, Quarantined, Quarantining,
    };
    let states = [Proposed, IaoApproved, Authorised, Quarantining, Quarantined, Destroying, Halted];
    let batches = batch::Entity::find()
        .filter(batch::Column::State.is_in(states.map(Text)))
        .all(scanner.catalogue.read())
        .await?;
    let pending = batch_line::Column::State.eq(Text(LineState::Pending));
    let (mut withheld, mut out_of_reach) = (0, 0);
    for batch in batches {
        let register = Register::of(scanner.catalogue.read(), &batch).await?;
        let mut from = 0;
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
            let covered = lines.into_iter().filter(|line| hold.covers(&register.place(line)));
            let (pending, kept): (Vec<_>, Vec<_>) =
                covered.partition(|line| line.state.0 == LineState::Pending);
            out_of_reach += kept.len() as u64;
            withheld += mark(scanner, &batch, pending, hold).await?;
        }
    }
    Ok((withheld, out_of_reach))
}

async fn mark(
    scanner: &Scanner<'_>,
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
        .because(format!("{} held:{}", lines.len(), hold.kind.name()));
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(lines.len() as u64)
}

/// What the hold would have covered, by what its stubs still tell.
async fn already_gone(
    scanner: &Scanner<'_>,
    hold: &Hold,
    met: &mut Met,
) -> Result<(), DisposalError> {
    let database = scanner.catalogue.read();
    let mut stubs: std::collections::BTreeMap<Uuid, i64> = std::collections::BTreeMap::new();
    for scope in &hold.scopes {
        let Some(query) = stubs_under(database, scanner.keys, scope).await? else { continue };
        let rows: Vec<(Uuid, i64)> = query
            .select_only()
            .column(stub::Column::Id)
            .column(stub::Column::DisposedAt)
            .into_tuple()
            .all(database)
            .await?;
        stubs.extend(rows);
    }
    met.gone = stubs.len() as u64;
    let day = |at: &i64| crate::catalogue::values::Micros(*at).to_string();
    met.gone_between =
        stubs.values().min().zip(stubs.values().max()).map(|(first, last)| (day(first), day(last)));
    Ok(())
}

async fn stubs_under(
    database: &impl ConnectionTrait,
    keys: &Keys,
    scope: &Scope,
) -> Result<Option<sea_orm::Select<stub::Entity>>, CatalogueError> {
    let all = stub::Entity::find();
    let assets = match scope {
        Scope::Everything => return Ok(Some(all)),
        Scope::Reference(reference) => {
            let mac = keys.reference_mac(reference);
            return Ok(Some(all.filter(stub::Column::ReferenceMac.eq(mac))));
        }
        Scope::Subject(key) => {
            return Ok(Some(all.filter(stub::Column::SubjectKey.eq(key.0.clone()))));
        }
        Scope::Location { store, prefix } if prefix.trim_matches('/').is_empty() => {
            return Ok(Some(all.filter(stub::Column::StoreId.eq(store.0))));
        }
        Scope::Location { store, prefix } => {
            let macs = [prefix.clone(), format!("{}/", prefix.trim_end_matches('/'))]
                .map(|locator| keys.locator_mac(*store, &locator));
            return Ok(Some(all.filter(stub::Column::LocatorMac.is_in(macs))));
        }
        Scope::RecordType(id) => {
            let kind = record_type::Entity::find_by_id(id.0).one(database).await?;
            let code = kind.map(|kind| kind.code).unwrap_or_default();
            return Ok(Some(all.filter(stub::Column::RecordTypeCode.eq(code))));
        }
        Scope::Asset(id) => vec![id.0],
        Scope::ServiceArea(area) => {
            let of_area = asset::Entity::find().filter(asset::Column::ServiceAreaId.eq(area.0));
            of_area.all(database).await?.into_iter().map(|asset| asset.id).collect()
        }
    };
    let kinds = record_type::Entity::find().filter(record_type::Column::AssetId.is_in(assets));
    let codes: Vec<String> = kinds.all(database).await?.into_iter().map(|kind| kind.code).collect();
    Ok(Some(all.filter(stub::Column::RecordTypeCode.is_in(codes))))
}
