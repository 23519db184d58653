//! What was done about a request: each connected store searched from end to end
//! for what its hold covers, those too that could not be, and what people noted.
//!
//! A search reads no content: names, dates and references, as a scan does.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_connectors::contract::{ScanEvent, StoreError};
use retaind_schedules::hold::{Hold, Place};
use retaind_schedules::period::Rounding;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Handling, RequestError, StepKind};
use super::{agree, enter, find, locked, said};
use crate::audit::{Action, By};
use crate::catalogue::entity::{rights_request, rights_step};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::config::StoreFile;
use crate::holds;
use crate::people::Actor;
use crate::scan::plan::{self, PlanError};
use crate::scan::run::Scanner;
use crate::stores::{self, ConnectError, Reached};

/// What was found in one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Searched {
    /// Which store.
    pub store: String,
    /// How many items and case files; nothing where it could not be searched.
    pub copies: Option<u64>,
    /// Until when its backups would still hold what is erased today.
    pub backups_until: Option<Date>,
    /// Why it could not be searched.
    pub failed: Option<String>,
}

/// Why a store could not be searched to its end.
#[derive(Debug, thiserror::Error)]
enum Unsearched {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the search broke off before its end")]
    BrokenOff,
}

/// The steps of a request, in the order they were taken.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn of(
    database: &impl ConnectionTrait,
    request: Uuid,
) -> Result<Vec<rights_step::Model>, CatalogueError> {
    let of_request = rights_step::Column::RequestId.eq(request);
    let rows = rights_step::Entity::find().filter(of_request);
    Ok(rows.order_by_asc(rights_step::Column::Id).all(database).await?)
}

/// Searches every connected store for what the request's hold covers, and logs
/// what was found in each, and which could not be searched.
///
/// # Errors
///
/// Where the actor may not, the request is closed, or no hold in force says what
/// it is about.
pub async fn search(
    handling: &Handling<'_>,
    scanner: &Scanner,
    reference: &str,
) -> Result<Vec<Searched>, RequestError> {
    handling.by()?;
    let request = find(scanner.catalogue.read(), reference).await?;
    let held = holds::active(scanner.catalogue.read()).await?;
    let hold = held.into_iter().find(|hold| Some(hold.id.0) == request.hold_id);
    let hold = hold.ok_or_else(|| RequestError::NothingToSearch(request.reference.clone()))?;
    let mut found = Vec::with_capacity(scanner.config.stores.len());
    for store in &scanner.config.stores {
        let searched = copies(scanner, store, &hold).await;
        let until = store.backup_retention.map(|kept| kept.after(handling.today(), Rounding::Keep));
        found.push(match searched {
            Ok(copies) => Searched {
                store: store.name.clone(),
                copies: Some(copies),
                backups_until: until.filter(|_| copies > 0),
                failed: None,
            },
            Err(Unsearched::Catalogue(error)) => return Err(error.into()),
            Err(why) => Searched {
                store: store.name.clone(),
                copies: None,
                backups_until: None,
                failed: Some(why.to_string()),
            },
        });
    }
    log(handling, reference, found.iter().map(Logged::from).collect()).await?;
    Ok(found)
}

/// Logs something that a person did elsewhere, in their words.
///
/// # Errors
///
/// Where the actor may not, the request is closed, or nothing is said.
pub async fn note(
    handling: &Handling<'_>,
    reference: &str,
    note: &str,
) -> Result<(), RequestError> {
    let note = said("step", note)?;
    let logged = Logged { note: Some(note), ..Logged::of(StepKind::Noted) };
    log(handling, reference, vec![logged]).await
}

/// Logs a step that followed from a list made under the request, in the caller's
/// transaction.
///
/// # Errors
///
/// Where the request was closed meanwhile, or the catalogue fails.
pub(crate) async fn noted(
    tx: &WriteTx,
    by: &By,
    actor: &Actor,
    request: &rights_request::Model,
    note: String,
    now: Timestamp,
) -> Result<(), RequestError> {
    let request = locked(tx, &request.reference).await?;
    let logged = Logged { note: Some(note), ..Logged::of(StepKind::Noted) };
    write(tx, by.clone(), actor, &request, vec![logged], now).await
}

struct Logged {
    kind: StepKind,
    store: Option<String>,
    copies: Option<i64>,
    backups_until: Option<Date>,
    note: Option<String>,
}

impl Logged {
    const fn of(kind: StepKind) -> Self {
        Self { kind, store: None, copies: None, backups_until: None, note: None }
    }
}

impl From<&Searched> for Logged {
    fn from(searched: &Searched) -> Self {
        let kind = if searched.copies.is_some() { StepKind::Searched } else { StepKind::Failed };
        Self {
            kind,
            store: Some(searched.store.clone()),
            copies: searched.copies.map(|copies| i64::try_from(copies).unwrap_or(i64::MAX)),
            backups_until: searched.backups_until,
            note: searched.failed.clone(),
        }
    }
}

async fn log(
    handling: &Handling<'_>,
    reference: &str,
    steps: Vec<Logged>,
) -> Result<(), RequestError> {
    let by = handling.by()?;
    let tx = handling.catalogue.write_tx().await?;
    let request = locked(&tx, reference).await?;
    write(&tx, by, handling.actor, &request, steps, handling.now).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(
    tx: &WriteTx,
    by: By,
    actor: &Actor,
    request: &rights_request::Model,
    steps: Vec<Logged>,
    now: Timestamp,
) -> Result<(), RequestError> {
    let was = agree::digest_in(&**tx, request).await?;
    let count = |kind| steps.iter().filter(|step| step.kind == kind).count();
    let why = format!(
        "{} searched, {} failed, {} noted",
        count(StepKind::Searched),
        count(StepKind::Failed),
        count(StepKind::Noted)
    );
    for step in steps {
        let Logged { kind, store, copies, backups_until, note } = step;
        let row = rights_step::Model {
            id: id_at(now),
            request_id: request.id,
            kind,
            store,
            copies,
            backups_until: backups_until.map(CivilDate),
            note,
            taken_by: actor.person.0,
            taken_at: Micros::from(now),
        };
        let insert = rights_step::Entity::insert(row.into_active_model());
        insert.exec_without_returning(&**tx).await?;
    }
    let taken = Action::RequestStepTaken;
    enter(tx, by, taken, Some(was), request, &why, now).await?;
    Ok(())
}

/// How many items and case files of a store the hold covers.
async fn copies(scanner: &Scanner, store: &StoreFile, hold: &Hold) -> Result<u64, Unsearched> {
    let Reached { connector, id, .. } =
        stores::connect(&scanner.catalogue, store, &*scanner.clock).await?;
    let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
    let plans = plan::of_store(scanner, store, id, &schedule).await?;
    connector.check(&plan::order(&plans)).await?;
    let mut stream = Arc::clone(&connector).scan(plan::order(&plans), CancellationToken::new());
    let mut copies = 0;
    while let Some(event) = stream.recv().await {
        match event? {
            ScanEvent::Batch(batch) => {
                let plan = &plans[batch.mapping];
                let covered = batch.iter().filter(|sighting| {
                    let subject = sighting.subject.map(|person| scanner.keys.subject_key(person));
                    let place = Place {
                        locator: sighting.locator,
                        is_unit: sighting.locator.ends_with('/'),
                        references: sighting.reference.into_iter().collect(),
                        subjects: subject.into_iter().collect(),
                        ..plan.place.clone()
                    };
                    hold.covers(&place)
                });
                copies += covered.count() as u64;
            }
            ScanEvent::Problem(_) | ScanEvent::Unmapped(_) => {}
            ScanEvent::Finished(_) => return Ok(copies),
        }
    }
    Err(Unsearched::BrokenOff)
}
