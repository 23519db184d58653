//! What is past its time, and which of it is held.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::{DueDate, Facts, Outcome, evaluate};
use retaind_schedules::hold::{Hold, HoldKind, Place, SubjectKey};
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize as _, Serialize};
use uuid::Uuid;

use crate::catalogue::entity::{forecast, item, mapping, service_area, store};
use crate::catalogue::values::Micros;
use crate::catalogue::words::OutcomeKind;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::config::Config;
use crate::holds;
use crate::scan::tally::Amount;
use crate::scan::{plan, sift};
use crate::stores::{self, RegisterLine, ScheduleInForce};

/// One item or unit that is past its time.
#[derive(Debug, Clone, Serialize)]
pub struct DueItem {
    /// Its store.
    pub store: String,
    /// Its place there.
    pub locator: String,
    /// The code of its record type.
    pub record_type: String,
    /// The title of its record type.
    pub title: String,
    /// The service area that answers for it.
    pub service_area: String,
    /// What is to be done.
    pub action: String,
    /// The last day it had to be kept; none where it must not be held at all.
    pub due_on: Option<Date>,
    /// Days since then.
    pub days_overdue: Option<i64>,
    /// Files or rows in it.
    pub members: u64,
    /// Their size.
    pub bytes: u64,
    /// The holds that cover it, by reference.
    pub held_by: Vec<String>,
    /// Since when it is there again, where it had been destroyed before.
    pub resurrected_at: Option<Timestamp>,
}

/// The register and the holds, as lists need them.
#[derive(Debug)]
pub struct Lookup {
    stores: HashMap<Uuid, String>,
    areas: HashMap<Uuid, String>,
    mappings: HashMap<Uuid, mapping::Model>,
    lines: HashMap<String, RegisterLine>,
    rules: HashMap<String, plan::Line>,
    calendar: Calendar,
    holds: Vec<(String, Hold)>,
}

impl Lookup {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Where the catalogue does not answer.
    pub async fn read(catalogue: &Catalogue, config: &Config) -> Result<Self, CatalogueError> {
        let read = catalogue.read();
        let connected: Vec<&str> = config.stores.iter().map(|store| store.name.as_str()).collect();
        let stores =
            store::Entity::find().filter(store::Column::Name.is_in(connected)).all(read).await?;
        let ScheduleInForce { lines, calendar, .. } = stores::schedule_in_force(catalogue).await?;
        let rules = lines.iter().map(|(code, line)| Ok((code.clone(), line.rule()?)));
        let areas = service_area::Entity::find().all(read).await?;
        let mappings = mapping::Entity::find().all(read).await?;
        Ok(Self {
            stores: stores.into_iter().map(|row| (row.id, row.name)).collect(),
            areas: areas.into_iter().map(|row| (row.id, row.name)).collect(),
            mappings: mappings.into_iter().map(|row| (row.id, row)).collect(),
            rules: rules.collect::<Result<_, CatalogueError>>()?,
            lines,
            calendar,
            holds: holds::active_by_reference(catalogue).await?,
        })
    }

    /// The kind of the hold of this reference.
    #[must_use]
    pub fn hold_kind(&self, reference: &str) -> Option<HoldKind> {
        self.holds.iter().find(|(name, _)| name == reference).map(|(_, hold)| hold.kind)
    }

    /// The name of a store.
    #[must_use]
    pub fn store(&self, id: Uuid) -> &str {
        self.stores.get(&id).map_or("", String::as_str)
    }

    /// The mapping of this id.
    #[must_use]
    pub fn mapping(&self, id: Uuid) -> Option<&mapping::Model> {
        self.mappings.get(&id)
    }

    /// The line of the schedule in force for a mapping's record type.
    #[must_use]
    pub fn line(&self, mapping: &mapping::Model) -> Option<&RegisterLine> {
        self.lines.get(&mapping.record_type_code)
    }

    /// The service area that answers for a line.
    #[must_use]
    pub fn area(&self, line: &RegisterLine) -> &str {
        self.areas.get(&line.asset.service_area_id).map_or("", String::as_str)
    }

    /// The references of the holds that cover an item now.
    #[must_use]
    pub fn held_by(&self, row: &item::Model, line: Option<&RegisterLine>) -> Vec<String> {
        let store = StoreId(row.store_id);
        let stands = match line {
            Some(line) => line.place(store),
            None => Place { store: Some(store), ..Place::default() },
        };
        let place = Place {
            locator: &row.locator,
            is_unit: row.is_unit,
            references: row.reference.as_deref().into_iter().collect(),
            subjects: row.subject_key.clone().map(SubjectKey).into_iter().collect(),
            life: sift::life(Facts::deserialize(&row.facts)),
            ..stands
        };
        let covering = self.holds.iter().filter(|(_, hold)| hold.covers(&place));
        covering.map(|(reference, _)| reference.clone()).collect()
    }

    /// The item, where the schedule in force still calls it due from what the
    /// scan knew of it. One whose rule, mapping or store is gone is not listed:
    /// nothing says that it may go.
    fn due_item(&self, row: &item::Model, on: Date) -> Option<DueItem> {
        let mapping = self.mapping(row.mapping_id?).filter(|mapping| mapping.active)?;
        let line = self.line(mapping)?;
        let rule = self.rules.get(&mapping.record_type_code)?;
        let facts = Facts::deserialize(&row.facts).ok()?;
        let answer = evaluate(&facts, &[rule.bearing()], &[], &self.calendar, on);
        let Outcome::Due { action } = answer.outcome else { return None };
        let due_on = match answer.due {
            DueDate::On(date) => Some(date),
            DueDate::AtOnce | DueDate::Never | DueDate::Unknown => None,
        };
        Some(DueItem {
            store: self.stores.get(&row.store_id)?.clone(),
            locator: row.locator.clone(),
            record_type: mapping.record_type_code.clone(),
            title: line.record_type.title.clone(),
            service_area: self.area(line).to_owned(),
            action: action.to_string(),
            due_on,
            days_overdue: due_on.map(|date| on.duration_since(date).as_hours() / 24),
            members: row.members.unsigned_abs(),
            bytes: row.bytes.unsigned_abs(),
            held_by: self.held_by(row, Some(line)),
            resurrected_at: row.resurrected_at.map(Micros::timestamp),
        })
    }
}

/// Hears of every item that is past its time on a day by the schedule in force,
/// those longest due at their scan first, one at a time: memory does not grow
/// with the list. What is gone from its store is not on it.
///
/// # Errors
///
/// Where the catalogue does not answer, or the hearer fails.
pub async fn each<E: From<CatalogueError>>(
    catalogue: &Catalogue,
    lookup: &Lookup,
    on: Date,
    mut hear: impl FnMut(DueItem) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |error| E::from(catalogue.error(error));
    let mut rows = item::Entity::find()
        .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
        .filter(item::Column::Missed.eq(0))
        .order_by_asc(item::Column::DueOn)
        .order_by_asc(item::Column::Id)
        .stream(catalogue.read())
        .await
        .map_err(failed)?;
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        if let Some(item) = lookup.due_item(&row, on) {
            hear(item)?;
        }
    }
    Ok(())
}

/// The due list, summed up.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// By service area and record type.
    pub areas: BTreeMap<String, BTreeMap<String, Line>>,
    /// By hold.
    pub held: BTreeMap<String, Amount>,
    /// Due and not held.
    pub free: Amount,
    /// Destroyed before, and there again.
    pub resurrected: Amount,
}

/// One record type on the due list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// What is to be done.
    pub action: String,
    /// How much is due.
    pub due: Amount,
    /// How much of that is held.
    pub held: Amount,
    /// The earliest due date.
    pub oldest: Option<Date>,
}

impl Summary {
    /// Adds one item.
    pub fn add(&mut self, item: &DueItem) {
        let area = self.areas.entry(item.service_area.clone()).or_default();
        let line = area.entry(item.record_type.clone()).or_insert_with(|| Line {
            title: item.title.clone(),
            action: item.action.clone(),
            due: Amount::default(),
            held: Amount::default(),
            oldest: None,
        });
        line.due.add(item.members, item.bytes);
        line.oldest = line.oldest.into_iter().chain(item.due_on).min();
        if item.held_by.is_empty() {
            self.free.add(item.members, item.bytes);
        } else {
            line.held.add(item.members, item.bytes);
        }
        if item.resurrected_at.is_some() {
            self.resurrected.add(item.members, item.bytes);
        }
        for hold in &item.held_by {
            self.held.entry(hold.clone()).or_default().add(item.members, item.bytes);
        }
    }
}

/// What the last scans foresee to become eligible up to and with a day's month.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn foreseen(
    catalogue: &Catalogue,
    until: Date,
) -> Result<BTreeMap<Date, Amount>, CatalogueError> {
    let mut months = BTreeMap::<Date, Amount>::new();
    let rows = forecast::Entity::find()
        .filter(forecast::Column::Month.lte(crate::catalogue::values::CivilDate(until)))
        .all(catalogue.read())
        .await?;
    for row in rows {
        let amount =
            Amount { units: row.units.unsigned_abs(), members: 0, bytes: row.bytes.unsigned_abs() };
        months.entry(row.month.0).or_default().join(amount);
    }
    Ok(months)
}
