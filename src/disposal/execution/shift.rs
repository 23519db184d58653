//! One batch at hand: everything a run needs to know of it, read once and
//! checked again by the guards and in every chunk's transaction.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_connectors::contract::Connector;
use retaind_connectors::order::MappingOrder;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchDigest, BatchState, Signature};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::ids::{MappingId, PersonId, StoreId};
use retaind_schedules::permit::{Destroy, Quarantine, Signed};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{approval, batch, mapping, person, schedule_version, store};
use crate::catalogue::values::Text;
use crate::catalogue::words::{Decision, Stage};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::config::{MappingEntry, StoreFile};
use crate::disposal::agree::{approval_entered, standing_entered};
use crate::disposal::execution::act::{Deed as _, Sees as _};
use crate::disposal::execution::open::UnderWay;
use crate::disposal::execution::stop::{DisposalError, Stop};
use crate::disposal::execution::{guards, left};
use crate::disposal::list;
use crate::people::{Role, may_act_as};
use crate::scan::plan::{self, MappingPlan};
use crate::scan::run::Scanner;
use crate::stores;

/// A batch at hand.
#[derive(Clone)]
pub(super) struct Shift {
    pub(super) scanner: Scanner,
    pub(super) batch: batch::Model,
    pub(super) digest: BatchDigest,
    pub(super) signed: Result<Signed, Stop>,
    pub(super) file: StoreFile,
    /// The store as it was when the batch was made, whatever it is called now.
    pub(super) store: StoreId,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) plans: Arc<[MappingPlan]>,
    pub(super) calendar: Calendar,
    /// Whether the loss of its records could not be made good.
    pub(super) irreplaceable: bool,
    pub(super) code: String,
    pub(super) version: String,
}

impl Shift {
    /// Reads the batch, reaches its store, and works out its digest anew.
    pub(super) async fn begin(
        scanner: &Scanner,
        batch: batch::Model,
    ) -> Result<Self, DisposalError> {
        let (name, file) = store_file(scanner, &batch).await?;
        let reached = stores::connect(&scanner.catalogue, file, &*scanner.clock).await?;
        let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
        let plans = plan::of_store(scanner, file, reached.id, &schedule).await?;
        let digest = list::digest_of(scanner.catalogue.read(), &batch).await?;
        let signed = match file.name == name {
            true => signed(scanner.catalogue.read(), &batch, scanner.clock.today()).await?,
            // Nobody has approved where records lie by the present store file.
            false => Err(Stop::StoreRenamed {
                batch: batch.number.clone(),
                before: name,
                now: file.name.clone(),
            }),
        };
        let line = schedule.lines.values().find(|line| line.record_type.id == batch.record_type_id);
        let code = line.map(|line| line.record_type.code.clone()).unwrap_or_default();
        let irreplaceable = line.is_some_and(|line| line.record_type.irreplaceable);
        let version = schedule_version::Entity::find_by_id(batch.schedule_version_id)
            .one(scanner.catalogue.read())
            .await?
            .map(|version| version.label)
            .unwrap_or_default();
        Ok(Self {
            scanner: scanner.clone(),
            digest,
            signed,
            file: file.clone(),
            store: StoreId(batch.store_id),
            connector: reached.connector,
            plans: plans.into(),
            calendar: schedule.calendar,
            irreplaceable,
            code,
            version,
            batch,
        })
    }

    /// The signatures, where they are those of two people who may act.
    pub(super) fn signed(&self) -> Result<&Signed, DisposalError> {
        self.signed.as_ref().map_err(|stop| self.stopped(stop.clone()))
    }

    /// The plan of the mapping a line lies under.
    pub(super) fn plan(&self, mapping: Uuid) -> Result<&MappingPlan, DisposalError> {
        self.plans
            .iter()
            .find(|plan| plan.id.0 == mapping)
            .ok_or_else(|| self.stopped(Stop::MappingChanged))
    }

    /// What the connector is asked under a mapping where something was begun: as
    /// it was then, where it was withdrawn meanwhile. What is out of reach must
    /// be able to come back, and what was open to be looked at.
    pub(super) async fn begun(&self, id: Uuid) -> Result<MappingOrder, DisposalError> {
        if let Ok(plan) = self.plan(id) {
            return Ok(plan.order());
        }
        let row = mapping::Entity::find_by_id(id).one(self.scanner.catalogue.read()).await?;
        let row = row.ok_or_else(|| CatalogueError::impossible("batch_line.mapping_id", "none"))?;
        let entry: MappingEntry = serde_json::from_value(row.definition)
            .map_err(|fault| CatalogueError::impossible("mapping.definition", fault))?;
        Ok(entry.order(MappingId(id)))
    }

    pub(super) fn stopped(&self, stop: Stop) -> DisposalError {
        DisposalError::Stopped { batch: self.batch.number.clone(), stop }
    }

    /// The batch as it stands now.
    pub(super) async fn refresh(&mut self) -> Result<(), DisposalError> {
        self.batch = by_id(self.scanner.catalogue.read(), self.batch.id).await?;
        Ok(())
    }

    /// Takes the batch a step on; or sees that another process has taken it on
    /// meanwhile, or that it was halted and let go on, with lines to be acted on still.
    pub(super) async fn step(&mut self) -> Result<(), DisposalError> {
        let tx = self.scanner.catalogue.write_tx().await?;
        let row = locked(&tx, self.batch.id).await?;
        let next = match row.state == self.batch.state {
            true => self.next(&tx).await?,
            false => None,
        };
        let Some(next) = next else {
            tx.rollback().await?;
            return self.refresh().await;
        };
        self.batch =
            set_state(&tx, row, next, Motive::default(), &By::Service, &self.scanner).await?;
        Ok(tx.commit().await?)
    }

    /// Where the batch goes from where it stands, once that is over. Nobody opens a
    /// chunk of it until the transaction ends.
    async fn next(&self, tx: &WriteTx) -> Result<Option<BatchState>, DisposalError> {
        let state = self.batch.state.0;
        let begins = match state {
            Quarantine::DURING => Some(Quarantine::FROM),
            Destroy::DURING => Some(Destroy::FROM),
            _ => None,
        };
        // In this order: a chunk may be closed between, and its lines stand here again.
        if let Some(begins) = begins
            && (!UnderWay::of(&**tx, self.batch.id).await?.is_empty()
                || guards::count(&**tx, self, &[begins]).await? > 0)
        {
            return Ok(None);
        }
        Ok(match state {
            BatchState::Authorised => Some(BatchState::Quarantining),
            BatchState::Destroying => Some(BatchState::Executed),
            BatchState::Quarantining | BatchState::Quarantined
                if !left::anything_taken(&**tx, self.batch.id).await? =>
            {
                Some(BatchState::Executed)
            }
            BatchState::Quarantining => Some(BatchState::Quarantined),
            BatchState::Quarantined => Some(BatchState::Destroying),
            _ => None,
        })
    }

    /// Halts the batch: a person must look.
    pub(super) async fn halt(&mut self, stop: &Stop) -> Result<(), DisposalError> {
        let tx = self.scanner.catalogue.write_tx().await?;
        let row = locked(&tx, self.batch.id).await?;
        if row.state.0.may_become(BatchState::Halted) {
            let why = Motive::own(stop.to_string());
            self.batch =
                set_state(&tx, row, BatchState::Halted, why, &By::Service, &self.scanner).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// The batch of this number.
///
/// # Errors
///
/// Where there is none.
pub async fn by_number(
    database: &impl ConnectionTrait,
    number: &str,
) -> Result<batch::Model, DisposalError> {
    let found = batch::Entity::find().filter(batch::Column::Number.eq(number.trim()));
    let found = found.one(database).await?;
    found.ok_or_else(|| DisposalError::NoSuchBatch(number.to_owned()))
}

pub(super) async fn by_id(
    database: &impl ConnectionTrait,
    id: Uuid,
) -> Result<batch::Model, DisposalError> {
    let found = batch::Entity::find_by_id(id).one(database).await?;
    found.ok_or_else(|| DisposalError::NoSuchBatch(id.to_string()))
}

/// The batch, which nobody else changes until the transaction ends.
pub(super) async fn locked(tx: &WriteTx, id: Uuid) -> Result<batch::Model, DisposalError> {
    let found = batch::Entity::find_by_id(id).lock_exclusive().one(&**tx).await?;
    found.ok_or_else(|| DisposalError::NoSuchBatch(id.to_string()))
}

/// Takes a batch a step on, with its audit entry.
///
/// # Errors
///
/// Where that step does not follow from where it stands.
pub async fn set_state(
    tx: &WriteTx,
    row: batch::Model,
    next: BatchState,
    why: Motive,
    by: &By,
    scanner: &Scanner,
) -> Result<batch::Model, DisposalError> {
    let before = row.state.0;
    if !before.may_become(next) {
        return Err(DisposalError::NotNow {
            batch: row.number,
            state: before.to_string(),
            what: next.name(),
        });
    }
    Ok(moved(tx, row, next, why, by, scanner.clock.now()).await?)
}

/// Writes that a batch stands there now, with its audit entry.
pub(super) async fn moved(
    tx: &WriteTx,
    row: batch::Model,
    next: BatchState,
    why: Motive,
    by: &By,
    now: Timestamp,
) -> Result<batch::Model, CatalogueError> {
    let before = row.state.0;
    let halted = next == BatchState::Halted;
    let change = batch::ActiveModel {
        id: Set(row.id),
        state: Set(Text(next)),
        state_since: Set(now.into()),
        quarantined_at: match next {
            BatchState::Quarantined if before == BatchState::Quarantining => Set(Some(now.into())),
            _ => sea_orm::ActiveValue::NotSet,
        },
        halted_from: Set(halted.then_some(Text(before))),
        halted_why: Set(halted.then(|| why.own.clone().unwrap_or_default())),
        ..Default::default()
    };
    let after = change.update(&**tx).await?;
    let said = match why.own {
        Some(own) => format!("{before} to {next}: {own}"),
        None => format!("{before} to {next}"),
    };
    let entry = Entry::new(by.clone(), Action::BatchMoved, Subject::new("batch", after.id))
        .after(after.digest.clone())
        .because(Motive { own: Some(said), ..why })
        .under(after.schedule_version_id);
    audit::append(tx, now, &entry).await?;
    Ok(after)
}

/// Who approved the batch, and whether they may act today (I27).
pub(super) async fn signed(
    database: &impl ConnectionTrait,
    batch: &batch::Model,
    today: Date,
) -> Result<Result<Signed, Stop>, DisposalError> {
    if batch.standing_authority_id.is_some() {
        if !standing_entered(database, batch).await? {
            return Ok(Err(Stop::NotEntered));
        }
        let digest = BatchDigest(batch.digest.clone().unwrap_or_default());
        return Ok(Ok(Signed::Standing { digest }));
    }
    let rows = approval::Entity::find()
        .filter(approval::Column::BatchId.eq(batch.id))
        .filter(approval::Column::Decision.eq(Decision::Approve))
        .filter(approval::Column::Digest.eq(batch.digest.clone().unwrap_or_default()))
        .order_by_asc(approval::Column::At)
        .all(database)
        .await?;
    let of = |stage| rows.iter().rev().find(|row| row.stage == stage);
    let (Some(iao), Some(manager)) = (of(Stage::Iao), of(Stage::RecordsManager)) else {
        return Ok(Err(Stop::NotApproved));
    };
    let mut signatures = Vec::with_capacity(2);
    for (row, role) in [(iao, Role::Iao), (manager, Role::RecordsManager)] {
        let person = person::Entity::find_by_id(row.person_id).one(database).await?;
        let Some(person) = person else { return Ok(Err(Stop::NotApproved)) };
        let name = person.name.clone();
        if !may_act_as(person, role, today)? {
            return Ok(Err(Stop::ApproverGone(name)));
        }
        if !approval_entered(database, row).await? {
            return Ok(Err(Stop::NotEntered));
        }
        signatures.push(Signature {
            person: PersonId(row.person_id),
            digest: BatchDigest(row.digest.clone()),
            may_act: true,
        });
    }
    Ok(match <[Signature; 2]>::try_from(signatures) {
        Ok([one, other]) if one.person != other.person => Ok(Signed::ByTwo(one, other)),
        _ => Err(Stop::NotApproved),
    })
}

/// The name of a batch's store when the batch was made, and its store file now.
async fn store_file<'a>(
    scanner: &'a Scanner,
    batch: &batch::Model,
) -> Result<(String, &'a StoreFile), DisposalError> {
    let read = scanner.catalogue.read();
    let row = store::Entity::find_by_id(batch.store_id).one(read).await?;
    let row = row.ok_or_else(|| CatalogueError::impossible("batch.store_id", "no such store"))?;
    let file = stores::file_of(read, &scanner.config.stores, &row).await?;
    match file {
        Some(file) => Ok((row.name, file)),
        None => {
            let (batch, store) = (batch.number.clone(), row.name);
            Err(DisposalError::NoStoreFile { batch, store })
        }
    }
}

/// Whether the executor has anything to do with this action.
pub(super) const fn by_machine(action: DisposalAction) -> bool {
    matches!(action, DisposalAction::Destroy | DisposalAction::Transfer)
}
