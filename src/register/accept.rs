//! An import made live: assets, record types and a version of the schedule, in
//! one transaction.
//!
//! Ids are kept by reference, whatever its case. A line that is no longer in
//! the register has its asset closed; its record type stays, without a rule in
//! the new version, so that whatever is stored under it cannot be evaluated and
//! is kept.

use std::collections::HashMap;

use jiff::Timestamp;
use retaind_schedules::calendar::{Calendar, london_date};
use retaind_schedules::ids::{ImportId, PersonId, ScheduleVersionId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde_json::json;
use uuid::Uuid;

use super::changes::periods;
use super::import::{ImportError, MAY_ACCEPT, insert_all, live_lines, role_of};
use super::lines_of;
use super::row::{NewLine, key_of};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{
    asset, import, import_line, record_type, schedule_line, schedule_version, service_area,
};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{AssetStatus, ChangeKind, Enforcement, ImportState};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::change::{moved_on, named, schedule};
use crate::clock::id_at;
use crate::holds::slip::Standing;
use crate::notices;
use crate::people::{Actor, Role};
use crate::stores;
use crate::stores::accepted::rules_digest;

/// What became live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The version of the schedule that is now in force.
    pub version: ScheduleVersionId,
    /// Its number, from 1.
    pub number: i64,
    /// How many rules it has.
    pub rules: usize,
    /// Other imports that waited and were set aside, because they were compared
    /// with a register that is no longer live.
    pub set_aside: usize,
}

/// A line of the import and where it stood.
type Stored = (import_line::Model, NewLine);

/// Makes the import live, where nothing in it lets records go sooner. The first
/// that is accepted is so with these year ends; later ones keep those in force,
/// which another change moves.
///
/// # Errors
///
/// Where the person is no records manager, there is no such import, it no
/// longer waits, something in it lets records go sooner and so needs the
/// signatures of others ([`crate::change::accept_import`]), or the catalogue
/// fails.
pub async fn accept(
    catalogue: &Catalogue,
    actor: &Actor,
    id: ImportId,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Accepted, ImportError> {
    role_of(actor, "accept a register", MAY_ACCEPT)?;
    let tx = catalogue.write_tx().await?;
    waiting(&tx, id).await?;
    let weighed = schedule::weigh(&tx, id).await.map_err(Box::new)?;
    if !weighed.seats.is_empty() {
        return Err(ImportError::NeedsSignatures { import: id, of: named(&weighed.seats) });
    }
    let accepted = make_live(&tx, id, actor.person, Some(calendar), now).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// Whether the import could be made live, for whoever rolls the transaction back.
pub(crate) async fn rehearse(
    tx: WriteTx,
    id: ImportId,
    by: PersonId,
    now: Timestamp,
) -> Result<(), ImportError> {
    make_live(&tx, id, by, None, now).await?;
    Ok(tx.rollback().await?)
}

/// Makes the import live in the caller's transaction, whoever had to sign for it,
/// with these year ends where it is the first. What it would take from under a hold
/// is refused, and the caller rolls back.
pub(crate) async fn make_live(
    tx: &WriteTx,
    id: ImportId,
    by: PersonId,
    calendar: Option<&Calendar>,
    now: Timestamp,
) -> Result<Accepted, ImportError> {
    let import = waiting(tx, id).await?;
    let lines = lines_of(&**tx, id).await?;
    if lines.is_empty() {
        return Err(ImportError::NoLines { import: id, file: import.file_name });
    }
    let standing = Standing::read(tx).await?;
    let live = live_lines(tx).await?;
    let periods = periods(&live, &lines.iter().map(|(_, line)| line).collect::<Vec<_>>());
    let writer = Writer { tx, import: &import, now };
    let areas = writer.service_areas(&lines).await?;
    let assets = writer.assets(&lines, &areas).await?;
    let types = writer.record_types(&lines, &assets).await?;
    let slips = standing.slips(tx).await?;
    if !slips.is_empty() {
        return Err(ImportError::Slips { import: id, file: import.file_name, slips });
    }
    let version = writer.version(by, calendar).await?;
    writer.schedule(&lines, &types, &version).await?;
    let set_aside = supersede_others(tx, id, now).await?;
    mark_live(tx, import, by, now).await?;
    let (number, version_id) = (version.number, version.id);
    let rules = rules_digest(&**tx, &version).await?;
    for (action, subject, after) in [
        (Action::ImportAccepted, Subject::new("import", id), version.source_file_sha256.clone()),
        (Action::ScheduleAccepted, Subject::new("schedule-version", version_id), rules),
    ] {
        let who = By::Person { id: by, role: Role::RecordsManager };
        let entry = Entry::new(who, action, subject).after(after).under(version_id);
        audit::append(tx, now, &entry).await?;
    }
    let told = notices::register::Live { import: id.0, version: number, rules: lines.len() };
    notices::register::accepted(tx, &told, &periods, now).await?;
    Ok(Accepted { version: ScheduleVersionId(version_id), number, rules: lines.len(), set_aside })
}

/// The import, where it waits to be accepted.
pub(crate) async fn waiting(tx: &WriteTx, id: ImportId) -> Result<import::Model, ImportError> {
    let found = import::Entity::find_by_id(id.0).one(&**tx).await?;
    let import = found.ok_or(ImportError::NoSuchImport(id))?;
    match import.state {
        ImportState::Checked => Ok(import),
        state => Err(ImportError::NotPending { import: id, file: import.file_name, state }),
    }
}

async fn supersede_others(
    tx: &WriteTx,
    id: ImportId,
    now: Timestamp,
) -> Result<usize, ImportError> {
    let others = import::Entity::find()
        .filter(import::Column::Id.ne(id.0))
        .filter(import::Column::State.is_in([ImportState::Checked, ImportState::Live]))
        .all(&**tx)
        .await?;
    let waiting = others.iter().filter(|other| other.state == ImportState::Checked).count();
    for other in others {
        let subject = other.id.to_string();
        moved_on(tx, ChangeKind::Schedule, &subject, now).await?;
        let superseded = import::Model { state: ImportState::Superseded, ..other };
        superseded.into_active_model().reset_all().update(&**tx).await?;
    }
    Ok(waiting)
}

async fn mark_live(
    tx: &WriteTx,
    import: import::Model,
    by: PersonId,
    now: Timestamp,
) -> Result<(), ImportError> {
    let live = import::Model {
        state: ImportState::Live,
        accepted_by: Some(by.0),
        accepted_at: Some(Micros::from(now)),
        ..import
    };
    live.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Writes one import's lines into the register.
struct Writer<'a> {
    tx: &'a WriteTx,
    import: &'a import::Model,
    now: Timestamp,
}

/// Ids by key.
type Ids = HashMap<String, Uuid>;

impl Writer<'_> {
    /// The service areas of the lines, new ones made.
    async fn service_areas(&self, lines: &[Stored]) -> Result<Ids, ImportError> {
        let known = service_area::Entity::find().all(&**self.tx).await?;
        let mut ids: Ids = known.into_iter().map(|area| (key_of(&area.name), area.id)).collect();
        let mut new = Vec::new();
        for (_, line) in lines {
            ids.entry(key_of(&line.service_area)).or_insert_with(|| {
                let id = id_at(self.now);
                new.push(service_area::Model { id, name: line.service_area.clone() });
                id
            });
        }
        insert_all(self.tx, new.into_iter()).await?;
        Ok(ids)
    }

    /// The assets of the lines: changed, new, and closed where no line is left.
    async fn assets(&self, lines: &[Stored], areas: &Ids) -> Result<Ids, ImportError> {
        let known = asset::Entity::find().all(&**self.tx).await?;
        let mut known: HashMap<String, asset::Model> =
            known.into_iter().map(|asset| (key_of(&asset.reference), asset)).collect();
        let mut ids = Ids::new();
        let mut new = Vec::new();
        for (stored, line) in lines {
            let area = id_in(areas, &key_of(&line.service_area))?;
            let old = known.remove(&stored.key);
            let is_new = old.is_none();
            let asset = self.asset(stored, line, area, old)?;
            ids.insert(stored.key.clone(), asset.id);
            if is_new {
                new.push(asset);
            } else {
                asset.into_active_model().reset_all().update(&**self.tx).await?;
            }
        }
        insert_all(self.tx, new.into_iter()).await?;
        for asset in known.into_values().filter(|asset| asset.status != AssetStatus::Closed) {
            let closed = asset::Model { status: AssetStatus::Closed, ..asset };
            closed.into_active_model().reset_all().update(&**self.tx).await?;
        }
        Ok(ids)
    }

    /// The row of an asset. How far the program may go is not the register's to
    /// say: a new asset is flagged and no more, an old one stays as it is.
    fn asset(
        &self,
        stored: &import_line::Model,
        line: &NewLine,
        area: Uuid,
        old: Option<asset::Model>,
    ) -> Result<asset::Model, CatalogueError> {
        let fields = serde_json::to_value(&line.fields)
            .map_err(|why| CatalogueError::impossible("fields of a line", why))?;
        let (id, enforcement) = match old {
            Some(old) => (old.id, old.enforcement),
            None => (id_at(self.now), Enforcement::Flag),
        };
        Ok(asset::Model {
            id,
            reference: line.reference.clone(),
            name: line.asset_name.clone(),
            description: line.description.clone(),
            service_area_id: area,
            iao: line.owner.map(|owner| owner.0),
            enforcement,
            status: AssetStatus::Active,
            fields,
            import_id: self.import.id,
            source_file: self.import.file_name.clone(),
            source_sheet: stored.sheet.clone(),
            source_row: stored.row,
        })
    }

    /// The record types of the lines, by the same keys as their assets.
    async fn record_types(&self, lines: &[Stored], assets: &Ids) -> Result<Ids, ImportError> {
        let known = record_type::Entity::find().all(&**self.tx).await?;
        let mut known: HashMap<String, record_type::Model> =
            known.into_iter().map(|kind| (key_of(&kind.code), kind)).collect();
        let mut ids = Ids::new();
        let mut new = Vec::new();
        for (stored, line) in lines {
            let old = known.remove(&stored.key);
            let is_new = old.is_none();
            let kind = record_type::Model {
                id: old.as_ref().map_or_else(|| id_at(self.now), |old| old.id),
                code: line.reference.clone(),
                title: line.title.clone(),
                asset_id: id_in(assets, &stored.key)?,
                irreplaceable: line.irreplaceable,
                titles_nonpersonal: line.titles_nonpersonal,
                superseded_by: old.and_then(|old| old.superseded_by),
            };
            ids.insert(stored.key.clone(), kind.id);
            if is_new {
                new.push(kind);
            } else {
                kind.into_active_model().reset_all().update(&**self.tx).await?;
            }
        }
        insert_all(self.tx, new.into_iter()).await?;
        Ok(ids)
    }

    async fn version(
        &self,
        by: PersonId,
        first: Option<&Calendar>,
    ) -> Result<schedule_version::Model, ImportError> {
        let last = stores::version_in_force(&**self.tx).await?;
        let number = last.as_ref().map_or(0, |last| last.number) + 1;
        let calendar = match last {
            Some(last) => last.calendar,
            None => first.map(|first| json!(first)),
        };
        let today = london_date(self.now);
        let version = schedule_version::Model {
            id: id_at(self.now),
            number,
            label: format!("{number} ({}, {today})", self.import.file_name),
            import_id: self.import.id,
            source_file_sha256: self.import.file_sha256.clone(),
            accepted_by: by.0,
            accepted_at: Micros::from(self.now),
            effective_from: today.into(),
            calendar,
        };
        let row = version.clone().into_active_model();
        schedule_version::Entity::insert(row).exec_without_returning(&**self.tx).await?;
        Ok(version)
    }

    async fn schedule(
        &self,
        lines: &[Stored],
        types: &Ids,
        version: &schedule_version::Model,
    ) -> Result<(), ImportError> {
        let rows: Result<Vec<schedule_line::Model>, CatalogueError> = lines
            .iter()
            .map(|(stored, line)| self.rule(stored, line, id_in(types, &stored.key)?, version.id))
            .collect();
        insert_all(self.tx, rows?.into_iter()).await
    }

    fn rule(
        &self,
        stored: &import_line::Model,
        line: &NewLine,
        record_type: Uuid,
        version: Uuid,
    ) -> Result<schedule_line::Model, CatalogueError> {
        let rule = serde_json::to_value(&line.rule)
            .map_err(|why| CatalogueError::impossible("a rule", why))?;
        Ok(schedule_line::Model {
            id: id_at(self.now),
            schedule_version_id: version,
            record_type_id: record_type,
            rule,
            minimum: line.rule.minimum.to_string(),
            action: Text(line.rule.action),
            period_text: line.words.period.clone(),
            trigger_text: line.words.trigger.clone(),
            action_text: line.words.action.clone(),
            basis_text: line.words.basis.clone(),
            source_file: self.import.file_name.clone(),
            source_sheet: stored.sheet.clone(),
            source_row: stored.row,
            source_column: Some(line.words.column.clone()),
        })
    }
}

fn id_in(ids: &Ids, key: &str) -> Result<Uuid, CatalogueError> {
    ids.get(key).copied().ok_or_else(|| CatalogueError::impossible("import_line.key", key))
}
