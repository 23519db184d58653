//! What is left of an item: when it went, how, under which rule and
//! certificate; where it was, only by keyed digest.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::LineState;
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::{Expr, InsertStatement, Query, ValueTuple};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    Statement, Value,
};
use uuid::Uuid;

use crate::catalogue::entity::batch_line;
use crate::catalogue::entity::stub::{Column, Entity, Model};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::Disposed;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::keys::Keys;
use crate::proof::traces::{self, Tracer};
use crate::stores;

/// Rows in one statement: well below the bind limit of both databases.
const ROWS: usize = 500;

/// An item that has just gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStub<'a> {
    /// What its stub is to be called. Says nothing of the item.
    pub id: Uuid,
    /// Its record type.
    pub record_type_code: &'a str,
    /// The version of the schedule it went under.
    pub schedule_version: &'a str,
    /// The rule, in the notation.
    pub rule: &'a str,
    /// The last day it had to be kept.
    pub due_on: Option<Date>,
    /// When it went.
    pub disposed_at: Timestamp,
    /// How it went.
    pub action: Disposed,
    /// Whether only some of it did yet.
    pub partly: bool,
    /// In which batch.
    pub batch_id: Uuid,
    /// The number of that batch.
    pub batch: &'a str,
    /// From which store.
    pub store: StoreId,
    /// Where it was. Only keyed digests of it are kept.
    pub locator: &'a str,
    /// Whether it was a unit with members below it.
    pub is_unit: bool,
    /// The case it belonged to. Only its keyed digest is kept.
    pub reference: Option<&'a str>,
    /// The person it was about.
    pub subject: Option<&'a SubjectKey>,
}

impl NewStub<'_> {
    fn row(&self, keys: &Keys, tracer: &mut Tracer<'_>) -> Model {
        Model {
            id: self.id,
            record_type_code: self.record_type_code.to_owned(),
            schedule_version: self.schedule_version.to_owned(),
            rule: self.rule.to_owned(),
            due_on: self.due_on.map(CivilDate),
            disposed_at: Micros::from(self.disposed_at),
            action: self.action,
            batch_id: self.batch_id,
            batch: self.batch.to_owned(),
            store_id: self.store.0,
            locator_mac: keys.locator_mac(self.store, self.locator),
            reference_mac: self.reference.map(|reference| keys.reference_mac(reference)),
            subject_key: self.subject.map(|subject| subject.0.clone()),
            traces: Some(tracer.of(self)),
            partly: self.partly,
        }
    }
}

/// The rows of these stubs.
#[must_use]
pub fn stub_rows(keys: &Keys, stubs: &[NewStub<'_>]) -> Vec<Model> {
    let mut tracer = Tracer::new(keys);
    stubs.iter().map(|stub| stub.row(keys, &mut tracer)).collect()
}

/// What is the same of all that went in a batch at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Went<'a> {
    /// The record type.
    pub record_type_code: &'a str,
    /// The version of the schedule it went under.
    pub schedule_version: &'a str,
    /// The rule, in the notation.
    pub rule: &'a str,
    /// When it went.
    pub disposed_at: Timestamp,
    /// In which batch.
    pub batch_id: Uuid,
    /// The number of that batch.
    pub batch: &'a str,
    /// From which store.
    pub store: StoreId,
}

impl Went<'_> {
    /// The rows of the stubs of these lines, each with whether only some of it went yet.
    pub fn rows<'a>(
        &self,
        keys: &Keys,
        lines: impl Iterator<Item = (&'a batch_line::Model, bool)>,
    ) -> Vec<Model> {
        let mut tracer = Tracer::new(keys);
        let row = |(line, partly): (&batch_line::Model, bool)| {
            let subject = line.subject_key.clone().map(SubjectKey);
            let stub = NewStub {
                id: line.id,
                record_type_code: self.record_type_code,
                schedule_version: self.schedule_version,
                rule: self.rule,
                due_on: line.due_on.map(|day| day.0),
                disposed_at: self.disposed_at,
                action: match line.state.0 {
                    LineState::Transferred => Disposed::Transferred,
                    LineState::Anonymised => Disposed::Anonymised,
                    _ => Disposed::Destroyed,
                },
                partly,
                batch_id: self.batch_id,
                batch: self.batch,
                store: self.store,
                locator: &line.locator,
                is_unit: line.is_unit,
                reference: line.reference.as_deref(),
                subject: subject.as_ref(),
            };
            stub.row(keys, &mut tracer)
        };
        lines.map(row).collect()
    }
}

/// Writes the stubs of items that have gone, in the transaction that records
/// their outcomes.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn stub_insert(tx: &WriteTx, stubs: &[Model]) -> Result<(), CatalogueError> {
    for statement in stub_statements(tx.get_database_backend(), stubs) {
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// What writes these stubs: made before a transaction that others wait for.
#[must_use]
pub fn stub_statements(backend: DbBackend, stubs: &[Model]) -> Vec<Statement> {
    let alike = stubs.chunk_by(|one, next| shared(one) == shared(next));
    alike.flat_map(|stubs| stubs.chunks(ROWS)).map(|rows| backend.build(&insert(rows))).collect()
}

/// What stubs that are written together mostly have in common. What is not among it
/// each says for itself.
fn shared(stub: &Model) -> impl PartialEq + '_ {
    let Model {
        id: _,
        record_type_code,
        schedule_version,
        rule,
        due_on: _,
        disposed_at,
        action,
        batch_id,
        batch,
        store_id,
        locator_mac: _,
        reference_mac: _,
        subject_key: _,
        traces: _,
        partly,
    } = stub;
    let under = (record_type_code, schedule_version, rule, disposed_at, action);
    (under, batch_id, batch, store_id, partly)
}

/// The statement that writes stubs that have that in common: each says what is its
/// own, and the rest is said once.
fn insert(rows: &[Model]) -> InsertStatement {
    let mut insert = Query::insert().into_table(Entity).to_owned();
    let Some(one) = rows.first() else { return insert };
    let own = rows.iter().map(|stub| {
        ValueTuple::Many(vec![
            stub.id.into(),
            stub.due_on.into(),
            stub.locator_mac.clone().into(),
            stub.reference_mac.clone().into(),
            stub.subject_key.clone().into(),
            stub.traces.clone().into(),
        ])
    });
    let own_columns = [
        Column::Id,
        Column::DueOn,
        Column::LocatorMac,
        Column::ReferenceMac,
        Column::SubjectKey,
        Column::Traces,
    ];
    let shared: [(Column, Value); 9] = [
        (Column::RecordTypeCode, one.record_type_code.clone().into()),
        (Column::ScheduleVersion, one.schedule_version.clone().into()),
        (Column::Rule, one.rule.clone().into()),
        (Column::DisposedAt, one.disposed_at.into()),
        (Column::Action, one.action.into()),
        (Column::BatchId, one.batch_id.into()),
        (Column::Batch, one.batch.clone().into()),
        (Column::StoreId, one.store_id.into()),
        (Column::Partly, one.partly.into()),
    ];
    let columns = shared.iter().map(|(column, _)| *column).chain(own_columns);
    insert.columns(columns);
    let mut rows = Query::select().from_values(own, "own").to_owned();
    rows.exprs(shared.map(|(_, value)| Expr::val(value)));
    rows.columns((1..=own_columns.len()).map(|number| ("own", format!("column{number}"))));
    insert.select_from(rows).expect("a value for each column").to_owned()
}

/// Of these items, those of which some had gone and the rest had not.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn partly_gone(
    database: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashSet<Uuid>, CatalogueError> {
    let (ids, mut found): (Vec<Uuid>, _) = (ids.collect(), HashSet::new());
    for chunk in ids.chunks(ROWS) {
        let of_these = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .filter(Column::Partly.eq(true));
        found.extend(of_these.into_tuple::<Uuid>().all(database).await?);
    }
    Ok(found)
}

/// Says of these items that the rest of them went too.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn wholly_gone(
    tx: &WriteTx,
    ids: impl Iterator<Item = Uuid>,
) -> Result<(), CatalogueError> {
    let ids: Vec<Uuid> = ids.collect();
    for chunk in ids.chunks(ROWS) {
        let of_these = Entity::update_many()
            .col_expr(Column::Partly, Expr::value(false))
            .filter(Column::Id.is_in(chunk.iter().copied()));
        of_these.exec(&**tx).await?;
    }
    Ok(())
}

/// Of these places in a store, those that have a stub of what is wholly gone, with
/// the newest: from under whatever name the store had when it was written.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn stubs_for<'a>(
    database: &impl ConnectionTrait,
    keys: &Keys,
    store: StoreId,
    places: &[&'a str],
) -> Result<HashMap<&'a str, Model>, CatalogueError> {
    let mut found: HashMap<&str, Model> = HashMap::new();
    for name in stores::twins(database).await?.of(store.0) {
        for chunk in places.chunks(ROWS) {
            let by_mac: HashMap<String, &str> = chunk
                .iter()
                .map(|place| (keys.locator_mac(StoreId(name), place), *place))
                .collect();
            let of_these = Entity::find()
                .filter(Column::StoreId.eq(name))
                .filter(Column::Partly.eq(false))
                .filter(traces::at(by_mac.keys().cloned()));
            for stub in of_these.all(database).await? {
                let Some(place) = by_mac.get(&stub.locator_mac) else { continue };
                let newest = found.get(place).map(|stub| stub.disposed_at);
                if newest.is_none_or(|newest| newest < stub.disposed_at) {
                    found.insert(place, stub);
                }
            }
        }
    }
    Ok(found)
}
