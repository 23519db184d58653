//! Recording events: one by hand, or many in one transaction.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::ids::EventId;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use super::{EventError, Key, MAY_RECORD, NewEvent};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{event, store};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::{Catalogue, WriteTx};
use crate::clock::id_at;
use crate::keys::Keys;
use crate::people::{Actor, Role};

/// Rows of one statement: well under the parameters either database takes.
const ROWS: usize = 500;

/// Records one event.
///
/// # Errors
///
/// Where the actor may not, the date cannot be, or the event it would take the
/// place of is not there or has been replaced; then nothing is recorded.
pub async fn record(
    catalogue: &Catalogue,
    keys: &Keys,
    actor: &Actor,
    new: &NewEvent,
    now: Timestamp,
    today: Date,
) -> Result<EventId, EventError> {
    let role = role_of(actor)?;
    let key = new.about.key(keys).ok_or(EventError::Blank)?;
    if new.source.trim().is_empty() {
        return Err(EventError::NoSource);
    }
    super::check_date(&new.trigger, new.date, today)?;

    let tx = catalogue.write_tx().await?;
    store_exists(&tx, &key).await?;
    if let Some(replaced) = new.supersedes {
        may_be_replaced(&tx, replaced).await?;
    }
    let row = row(actor, key, new, now);
    let id = EventId(row.id);
    let entry =
        Entry::new(By::person(actor, role), Action::EventRecorded, Subject::new("event", id));
    audit::append(&tx, now, &entry.after(digest(&row))).await?;
    insert(&tx, vec![row]).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) fn role_of(actor: &Actor) -> Result<Role, EventError> {
    actor.first_of(MAY_RECORD).ok_or_else(|| EventError::MayNot(actor.name.clone()))
}

/// The row of an event, but for its number.
pub(super) fn row(actor: &Actor, key: Key, new: &NewEvent, now: Timestamp) -> event::Model {
    event::Model {
        id: id_at(now),
        seq: 0,
        store_id: key.store.map(|store| store.0),
        key_kind: key.kind,
        key: key.key,
        trigger: Text(new.trigger.clone()),
        date: CivilDate(new.date),
        source: new.source.trim().to_owned(),
        recorded_by: actor.person.0,
        recorded_at: Micros::from(now),
        supersedes: new.supersedes.map(|event| event.0),
        note: new.note.clone().filter(|note| !note.trim().is_empty()),
    }
}

/// What the audit chain keeps of an event. What it is about is part of the
/// digest only.
fn digest(row: &event::Model) -> String {
    audit::digest::of_json(&serde_json::json!([
        row.store_id,
        row.key_kind,
        row.key,
        row.trigger,
        row.date,
        row.source,
        row.supersedes,
        row.note
    ]))
}

/// Numbers the events and writes them. Call it after [`audit::append`], which
/// keeps every other writer of events waiting until the transaction ends: so
/// numbers have no gaps and none appears after a higher one.
pub(super) async fn insert(tx: &WriteTx, rows: Vec<event::Model>) -> Result<(), EventError> {
    let last = event::Entity::find().order_by_desc(event::Column::Seq).one(&**tx).await?;
    let next = last.map_or(0, |event| event.seq) + 1;
    let numbered: Vec<event::ActiveModel> = rows
        .into_iter()
        .zip(next..)
        .map(|(row, seq)| event::Model { seq, ..row }.into_active_model())
        .collect();
    for chunk in numbered.chunks(ROWS) {
        event::Entity::insert_many(chunk.to_vec()).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

async fn store_exists(tx: &WriteTx, key: &Key) -> Result<(), EventError> {
    let Some(id) = key.store else { return Ok(()) };
    let found = store::Entity::find_by_id(id.0).one(&**tx).await?;
    found.map(|_| ()).ok_or_else(|| EventError::NoSuchStore(id.to_string()))
}

async fn may_be_replaced(tx: &WriteTx, replaced: EventId) -> Result<(), EventError> {
    let found = event::Entity::find_by_id(replaced.0).one(&**tx).await?;
    found.ok_or(EventError::NoSuchEvent(replaced))?;
    let by = event::Entity::find().filter(event::Column::Supersedes.eq(replaced.0));
    match by.one(&**tx).await? {
        Some(by) => Err(EventError::AlreadySuperseded { replaced, by: EventId(by.id) }),
        None => Ok(()),
    }
}
