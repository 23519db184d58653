//! Stores as the catalogue knows them: whether this is the store it was, and
//! where its mappings stand in the register.

use std::collections::HashMap;
use std::sync::Arc;

use retaind_connectors::contract::{Connector, StoreError, StoreErrorKind, StoreIdentity};
use retaind_schedules::hold::Place;
use retaind_schedules::ids::{
    AssetId, MappingId, RecordTypeId, ScheduleVersionId, ServiceAreaId, StoreId,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, Set,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{
    asset, event, mapping, record_type, schedule_line, schedule_version, store,
};
use crate::catalogue::values::Text;
use crate::catalogue::words::StoreState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock::Clock;
use crate::config::StoreFile;
use crate::scan::plan::{EventsBear, Line, Registered};

/// Why a store cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It did not answer, or not as it should.
    #[error("store `{name}`: {fault}")]
    Store {
        /// Which store.
        name: String,
        /// What it said.
        fault: StoreError,
    },
    /// It answered, and is not the store it was.
    #[error(
        "store `{0}` is not the one that was scanned before: another disk, share or database \
         answers in its place. Nothing is concluded. If it was moved on purpose, say so with \
         `retaind store test {0} --accept`"
    )]
    Changed(String),
    /// A person or an incident stopped it.
    #[error("store `{0}` is frozen. Nothing is scanned until that is lifted")]
    Frozen(String),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Opens a store's connector from its store file.
///
/// # Errors
///
/// Where the settings cannot be right.
pub fn open(store: &StoreFile) -> Result<Arc<dyn Connector>, ConnectError> {
    retaind_connectors::store::open(&store.kind, store.settings.clone(), store.folder())
        .map_err(|fault| ConnectError::Store { name: store.name.clone(), fault })
}

/// What to do about a store that is not the one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewIdentity {
    /// Refuse it.
    Refuse,
    /// A person has said that it was moved.
    Accept,
}

/// A store that answered, and is the one it was.
#[derive(Debug)]
pub struct Reached {
    /// The way to it.
    pub connector: Arc<dyn Connector>,
    /// Its id in the catalogue.
    pub id: StoreId,
    /// Which store it is.
    pub identity: StoreIdentity,
}

/// Reaches a store, and makes sure that it is the one it was. That alone does
/// not make it well again: an empty folder in the place of an unmounted share
/// answers too. See [`remember`] and [`well`].
///
/// # Errors
///
/// Where it cannot be reached or is another; its state in the catalogue says so.
pub async fn connect(
    catalogue: &Catalogue,
    store: &StoreFile,
    clock: &dyn Clock,
) -> Result<Reached, ConnectError> {
    identify(catalogue, store, NewIdentity::Refuse, &By::Service, clock).await
}

/// As [`connect`]; another store may answer in its place where that is accepted.
///
/// # Errors
///
/// As [`connect`].
pub async fn identify(
    catalogue: &Catalogue,
    store: &StoreFile,
    new_identity: NewIdentity,
    by: &By,
    clock: &dyn Clock,
) -> Result<Reached, ConnectError> {
    let connector = open(store)?;
    let known = row(catalogue, store, clock).await?;
    if known.state == StoreState::Frozen {
        return Err(ConnectError::Frozen(store.name.clone()));
    }
    let identity = match connector.identify().await {
        Ok(identity) => identity,
        Err(fault) => {
            let state = (StoreState::Unavailable, fault.kind.to_string());
            set_state(catalogue, &known, state, None, by, clock).await?;
            return Err(ConnectError::Store { name: store.name.clone(), fault });
        }
    };
    let is_another = known.identity.as_ref().is_some_and(|before| *before != identity.0);
    if is_another && new_identity == NewIdentity::Refuse {
        let state = (StoreState::Changed, "another store answers in its place".to_owned());
        set_state(catalogue, &known, state, None, by, clock).await?;
        return Err(ConnectError::Changed(store.name.clone()));
    }
    Ok(Reached { connector, id: StoreId(known.id), identity })
}

/// Notes which store this is, once its mappings were found in it.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn remember(
    catalogue: &Catalogue,
    id: StoreId,
    identity: &StoreIdentity,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let Some(known) = by_id(catalogue, id).await? else { return Ok(()) };
    let state = (known.state, known.state_why.clone().unwrap_or_default());
    set_state(catalogue, &known, state, Some(identity), &By::Service, clock).await
}

/// Notes that a store was scanned to its end.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn well(
    catalogue: &Catalogue,
    id: StoreId,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let Some(known) = by_id(catalogue, id).await? else { return Ok(()) };
    let state = (StoreState::Ok, String::new());
    set_state(catalogue, &known, state, None, &By::Service, clock).await
}

/// Notes that a person looked at a store and takes it for the one it is to be.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn vouched(
    catalogue: &Catalogue,
    id: StoreId,
    identity: &StoreIdentity,
    by: &By,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let Some(known) = by_id(catalogue, id).await? else { return Ok(()) };
    let state = (StoreState::Ok, String::new());
    set_state(catalogue, &known, state, Some(identity), by, clock).await
}

async fn by_id(catalogue: &Catalogue, id: StoreId) -> Result<Option<store::Model>, CatalogueError> {
    let found = store::Entity::find_by_id(id.0).one(catalogue.read()).await;
    found.map_err(|error| catalogue.error(error))
}

/// Marks a store that answered and then failed as unavailable.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn failed(
    catalogue: &Catalogue,
    id: StoreId,
    why: StoreErrorKind,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let Some(known) = by_id(catalogue, id).await? else { return Ok(()) };
    set_state(
        catalogue,
        &known,
        (StoreState::Unavailable, why.to_string()),
        None,
        &By::Service,
        clock,
    )
    .await
}

/// The id of a store, made where it has none yet.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn id(
    catalogue: &Catalogue,
    store: &StoreFile,
    clock: &dyn Clock,
) -> Result<StoreId, CatalogueError> {
    Ok(StoreId(row(catalogue, store, clock).await?.id))
}

/// The store's row, made where there is none.
async fn row(
    catalogue: &Catalogue,
    store: &StoreFile,
    clock: &dyn Clock,
) -> Result<store::Model, CatalogueError> {
    let named = || store::Entity::find().filter(store::Column::Name.eq(&store.name));
    if let Some(known) = named().one(catalogue.read()).await? {
        return Ok(known);
    }
    let tx = catalogue.write_tx().await?;
    let new = store::ActiveModel {
        id: Set(clock.new_id()),
        name: Set(store.name.clone()),
        kind: Set(store.kind.clone()),
        identity: Set(None),
        state: Set(StoreState::Ok),
        state_since: Set(clock.now().into()),
        state_why: Set(None),
    };
    let once = OnConflict::column(store::Column::Name).do_nothing().to_owned();
    store::Entity::insert(new).on_conflict(once).exec_without_returning(&*tx).await?;
    tx.commit().await?;
    let made = named().one(catalogue.read()).await?;
    Ok(made.ok_or_else(|| sea_orm::DbErr::RecordNotFound("the store just written".to_owned()))?)
}

/// Writes and audits a state or identity that is new; one that is not costs nothing.
async fn set_state(
    catalogue: &Catalogue,
    known: &store::Model,
    (state, why): (StoreState, String),
    identity: Option<&StoreIdentity>,
    by: &By,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let new_identity = identity.filter(|identity| known.identity.as_ref() != Some(&identity.0));
    if known.state == state && new_identity.is_none() {
        return Ok(());
    }
    let tx = catalogue.write_tx().await?;
    let mut row = store::ActiveModel { id: Set(known.id), ..Default::default() };
    if known.state != state {
        row.state = Set(state);
        row.state_since = Set(clock.now().into());
        row.state_why = Set(Some(why.clone()).filter(|why| !why.is_empty()));
    }
    if let Some(identity) = new_identity {
        row.identity = Set(Some(identity.0.clone()));
    }
    row.update(&*tx).await?;
    let said = if why.is_empty() { state.to_string() } else { format!("{state}: {why}") };
    let store = Subject::new("store", known.id);
    let entry = Entry::new(by.clone(), Action::StoreChanged, store).because(said);
    audit::append(&tx, clock.now(), &entry).await?;
    tx.commit().await
}

/// The schedule in force, by record type's code.
#[derive(Debug)]
pub struct ScheduleInForce {
    /// Which version; none where none has been accepted.
    pub version: Option<ScheduleVersionId>,
    /// Its lines, and where they stand in the register.
    pub lines: HashMap<String, RegisterLine>,
}

/// A line of the schedule and its place in the register.
#[derive(Debug)]
pub struct RegisterLine {
    /// The line.
    pub line: schedule_line::Model,
    /// Its record type.
    pub record_type: record_type::Model,
    /// Its asset.
    pub asset: asset::Model,
}

/// Reads the latest accepted version of the schedule.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn schedule_in_force(catalogue: &Catalogue) -> Result<ScheduleInForce, CatalogueError> {
    let tx = catalogue.read_tx().await?;
    let latest = schedule_version::Entity::find()
        .order_by_desc(schedule_version::Column::Number)
        .one(&tx)
        .await?;
    let Some(version) = latest else {
        return Ok(ScheduleInForce { version: None, lines: HashMap::new() });
    };
    let assets: HashMap<Uuid, asset::Model> =
        asset::Entity::find().all(&tx).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut types: HashMap<Uuid, record_type::Model> =
        record_type::Entity::find().all(&tx).await?.into_iter().map(|row| (row.id, row)).collect();
    let lines = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(version.id))
        .all(&tx)
        .await?;
    let placed = lines.into_iter().filter_map(|line| {
        let record_type = types.remove(&line.record_type_id)?;
        let asset = assets.get(&record_type.asset_id)?.clone();
        Some((record_type.code.clone(), RegisterLine { line, record_type, asset }))
    });
    Ok(ScheduleInForce { version: Some(ScheduleVersionId(version.id)), lines: placed.collect() })
}

impl RegisterLine {
    /// Where items of this record type in this store stand.
    #[must_use]
    pub fn place(&self, store: StoreId) -> Place<'static> {
        Place {
            asset: Some(AssetId(self.asset.id)),
            record_types: vec![RecordTypeId(self.record_type.id)],
            service_area: Some(ServiceAreaId(self.asset.service_area_id)),
            store: Some(store),
            ..Place::default()
        }
    }

    /// Where the line stands: file, sheet, row and column.
    #[must_use]
    pub fn source(&self) -> String {
        let row = &self.line;
        let column = row.source_column.as_ref().map(|column| format!(", column {column}"));
        format!(
            "{}, sheet {}, row {}{}",
            row.source_file,
            row.source_sheet,
            row.source_row,
            column.unwrap_or_default()
        )
    }

    /// The rule as evaluation takes it.
    ///
    /// # Errors
    ///
    /// Where the catalogue holds what is no rule.
    pub fn rule(&self) -> Result<Line, CatalogueError> {
        let rule = serde_json::from_value(self.line.rule.clone()).map_err(|fault| {
            sea_orm::DbErr::Json(format!("rule of {}: {fault}", self.record_type.code))
        })?;
        Ok(Line { code: self.record_type.code.clone(), rule })
    }
}

/// Brings the catalogue's mappings of a store in line with its store file, and
/// says where each stands in the register, in the file's order.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn register_mappings(
    catalogue: &Catalogue,
    file: &StoreFile,
    store: StoreId,
    schedule: &ScheduleInForce,
    clock: &dyn Clock,
) -> Result<Vec<Registered>, CatalogueError> {
    let with_events = triggers_with_events(catalogue, store).await?;
    let tx = catalogue.write_tx().await?;
    let known =
        mapping::Entity::find().filter(mapping::Column::StoreId.eq(store.0)).all(&*tx).await?;
    let mut registered = Vec::new();
    let mut in_use = Vec::new();
    for entry in &file.mappings {
        let digest = entry.digest();
        let row = known.iter().find(|row| row.digest == digest);
        let id = match row {
            Some(row) => row.id,
            None => insert_mapping(&*tx, store, entry, digest, clock).await?,
        };
        in_use.push(id);
        let line = schedule.lines.get(&entry.record_type);
        let bears = line.is_some_and(|line| {
            with_events.iter().any(|trigger| line.line.rule.to_string().contains(trigger.as_str()))
        });
        registered.push(Registered {
            id: MappingId(id),
            line: line.map(RegisterLine::rule).transpose()?,
            place: line.map_or_else(
                || Place { store: Some(store), ..Place::default() },
                |line| line.place(store),
            ),
            events: if bears { EventsBear::Yes } else { EventsBear::No },
        });
    }
    set_active(&*tx, store, &in_use).await?;
    tx.commit().await?;
    Ok(registered)
}

async fn insert_mapping(
    tx: &impl ConnectionTrait,
    store: StoreId,
    entry: &crate::config::MappingEntry,
    digest: String,
    clock: &dyn Clock,
) -> Result<Uuid, CatalogueError> {
    let id = clock.new_id();
    let definition = serde_json::to_value(entry).unwrap_or_default();
    let row = mapping::ActiveModel {
        id: Set(id),
        store_id: Set(store.0),
        record_type_code: Set(entry.record_type.clone()),
        location: Set(entry.location.clone()),
        pattern: Set(entry.pattern.clone()),
        definition: Set(definition),
        digest: Set(digest),
        active: Set(true),
        approved_by: Set(None),
        approved_at: Set(None),
    };
    mapping::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

/// A mapping the store file no longer has is kept, inactive, for the scans
/// that counted under it.
async fn set_active(
    tx: &impl ConnectionTrait,
    store: StoreId,
    in_use: &[Uuid],
) -> Result<(), CatalogueError> {
    let of_store = || mapping::Entity::update_many().filter(mapping::Column::StoreId.eq(store.0));
    let set = |update: sea_orm::UpdateMany<mapping::Entity>, active: bool| {
        update.col_expr(mapping::Column::Active, sea_orm::sea_query::Expr::value(active))
    };
    set(of_store().filter(mapping::Column::Id.is_in(in_use.to_vec())), true).exec(tx).await?;
    set(of_store().filter(mapping::Column::Id.is_not_in(in_use.to_vec())), false).exec(tx).await?;
    Ok(())
}

/// The triggers for which any event is recorded that could name an item here.
async fn triggers_with_events(
    catalogue: &Catalogue,
    store: StoreId,
) -> Result<Vec<String>, CatalogueError> {
    use sea_orm::QuerySelect;
    let of_any_or_this_store = Condition::any()
        .add(event::Column::StoreId.is_null())
        .add(event::Column::StoreId.eq(store.0));
    let triggers: Vec<Text<retaind_schedules::trigger::Trigger>> = event::Entity::find()
        .select_only()
        .column(event::Column::Trigger)
        .distinct()
        .filter(of_any_or_this_store)
        .into_tuple()
        .all(catalogue.read())
        .await?;
    Ok(triggers.into_iter().map(|trigger| trigger.0.to_string()).collect())
}
