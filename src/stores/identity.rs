//! Reaching a store, and making sure that it is the one it was.

use std::sync::Arc;

use retaind_connectors::contract::{Connector, StoreError, StoreErrorKind, StoreIdentity};
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::store;
use crate::catalogue::words::StoreState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock::Clock;
use crate::config::StoreFile;

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
    let settings = store.settings.clone();
    let opened =
        retaind_connectors::store::open(&store.kind, settings, store.folder(), store.leash);
    #[cfg(test)]
    let opened = opened.map(super::calls::listened_to);
    opened.map_err(|fault| ConnectError::Store { name: store.name.clone(), fault })
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
    let entry = Entry::new(by.clone(), Action::StoreChanged, store).because(Motive::own(said));
    audit::append(&tx, clock.now(), &entry).await?;
    tx.commit().await
}
