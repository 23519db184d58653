//! The mappings of a store, kept in the catalogue as its store file has them.
//!
//! A mapping is known by the digest of what it says. One that changed is a new
//! one, and unapproved; one that comes back is unapproved again.

use std::collections::HashMap;

use jiff::Timestamp;
use retaind_schedules::hold::Place;
use retaind_schedules::ids::{MappingId, StoreId};
use retaind_schedules::trigger::Trigger;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{event, mapping};
use crate::catalogue::values::Text;
use crate::catalogue::words::ChangeKind;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::change;
use crate::clock::Clock;
use crate::config::{MappingEntry, StoreFile};
use crate::events;
use crate::scan::plan::{EventsBear, Registered};
use crate::stores::schedule::{RegisterLine, ScheduleInForce};

/// Brings the catalogue's mappings of a store in line with its store file, and
/// says where each stands in the register, in the file's order. Where nothing
/// changed, nothing is written.
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
    let ids = in_line(catalogue, file, store, clock).await?;
    let registered = file.mappings.iter().map(|entry| {
        let line = schedule.lines.get(&entry.record_type);
        Ok(Registered {
            id: MappingId(ids[&entry.digest()]),
            events: line.map_or(EventsBear::No, |line| events_bear(line, &with_events)),
            line: line.map(RegisterLine::rule).transpose()?,
            place: line.map_or_else(
                || Place { store: Some(store), ..Place::default() },
                |line| line.place(store),
            ),
        })
    });
    registered.collect()
}

/// Whether any of the triggers stands in the rule.
fn events_bear(line: &RegisterLine, with_events: &[Trigger]) -> EventsBear {
    let rule = line.line.rule.to_string();
    let stands = with_events.iter().any(|trigger| rule.contains(trigger.name().as_ref()));
    if stands { EventsBear::Yes } else { EventsBear::No }
}

/// The ids of the file's mappings, by digest.
async fn in_line(
    catalogue: &Catalogue,
    file: &StoreFile,
    store: StoreId,
    clock: &dyn Clock,
) -> Result<HashMap<String, Uuid>, CatalogueError> {
    let of_store = || mapping::Entity::find().filter(mapping::Column::StoreId.eq(store.0));
    let wanted: HashMap<String, &MappingEntry> =
        file.mappings.iter().map(|entry| (entry.digest(), entry)).collect();
    let known = of_store().all(catalogue.read()).await?;
    let active = known.iter().filter(|row| row.active);
    if active.clone().count() == wanted.len()
        && active.clone().all(|row| wanted.contains_key(&row.digest))
    {
        return Ok(active.map(|row| (row.digest.clone(), row.id)).collect());
    }
    let tx = catalogue.write_tx().await?;
    let known = of_store().all(&*tx).await?;
    for row in known.iter().filter(|row| row.active && !wanted.contains_key(&row.digest)) {
        remove(&tx, row, clock.now()).await?;
    }
    let mut ids = HashMap::new();
    for (digest, entry) in wanted {
        let id = match known.iter().find(|row| row.digest == digest) {
            Some(row) if row.active => row.id,
            Some(row) => bring_back(&tx, row, clock.now()).await?,
            None => insert(&tx, store, entry, &digest, clock).await?,
        };
        ids.insert(digest, id);
    }
    tx.commit().await?;
    Ok(ids)
}

async fn insert(
    tx: &WriteTx,
    store: StoreId,
    entry: &MappingEntry,
    digest: &str,
    clock: &dyn Clock,
) -> Result<Uuid, CatalogueError> {
    let id = clock.new_id();
    let row = mapping::ActiveModel {
        id: Set(id),
        store_id: Set(store.0),
        record_type_code: Set(entry.record_type.clone()),
        location: Set(entry.location.clone()),
        pattern: Set(entry.pattern.clone()),
        definition: Set(serde_json::to_value(entry).unwrap_or_default()),
        digest: Set(digest.to_owned()),
        active: Set(true),
        approved_by: Set(None),
        approved_at: Set(None),
    };
    mapping::Entity::insert(row).exec_without_returning(&**tx).await?;
    enter(tx, Action::MappingChanged, id, Some(digest), clock.now()).await?;
    Ok(id)
}

async fn bring_back(
    tx: &WriteTx,
    row: &mapping::Model,
    now: Timestamp,
) -> Result<Uuid, CatalogueError> {
    set(tx, row.id, true).await?;
    enter(tx, Action::MappingChanged, row.id, Some(&row.digest), now).await?;
    Ok(row.id)
}

/// A mapping the store file no longer has is kept, inactive, for the scans
/// that counted under it.
async fn remove(tx: &WriteTx, row: &mapping::Model, now: Timestamp) -> Result<(), CatalogueError> {
    set(tx, row.id, false).await?;
    change::moved_on(tx, ChangeKind::Mapping, &row.id.to_string(), now).await?;
    enter(tx, Action::MappingRemoved, row.id, None, now).await
}

async fn set(tx: &WriteTx, id: Uuid, active: bool) -> Result<(), CatalogueError> {
    let row = mapping::ActiveModel {
        id: Set(id),
        active: Set(active),
        approved_by: Set(None),
        approved_at: Set(None),
        ..Default::default()
    };
    row.update(&**tx).await?;
    Ok(())
}

async fn enter(
    tx: &WriteTx,
    action: Action,
    id: Uuid,
    digest: Option<&str>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let entry = Entry::new(By::Service, action, Subject::new("mapping", id));
    audit::append(tx, now, &entry.after(digest.map(str::to_owned))).await?;
    Ok(())
}

/// The triggers for which any event is recorded that could name an item here.
async fn triggers_with_events(
    catalogue: &Catalogue,
    store: StoreId,
) -> Result<Vec<Trigger>, CatalogueError> {
    let twins = super::twins(catalogue.read()).await?;
    let of_any_or_this_store = match twins.knows(store.0) {
        true => events::in_one_of(&twins.of(store.0)),
        false => Condition::all(),
    };
    let triggers: Vec<Text<Trigger>> = event::Entity::find()
        .select_only()
        .column(event::Column::Trigger)
        .distinct()
        .filter(of_any_or_this_store)
        .into_tuple()
        .all(catalogue.read())
        .await?;
    Ok(triggers.into_iter().map(|trigger| trigger.0).collect())
}
