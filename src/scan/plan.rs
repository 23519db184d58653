//! A scan's plan: the mappings of a store, each tied to the line of the
//! schedule that governs it, and the order that goes to the connector.

use std::ops::Range;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use retaind_connectors::order::{DateSource, MappingOrder, ScanOrder};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::{Calendar, london_midnight};
use retaind_schedules::cutoff::Ladder;
use retaind_schedules::evaluation::{Bearing, Provenance, plausible};
use retaind_schedules::hold::Place;
use retaind_schedules::ids::{MappingId, StoreId};
use retaind_schedules::rule::{Maximum, RetentionRule, Rule};
use retaind_schedules::trigger::Trigger;

use crate::catalogue::CatalogueError;
use crate::config::{BesideSource, MappingEntry, StoreFile, TriggerSource};
use crate::scan::run::Scanner;
use crate::scan::sidecar::{Sidecar, SidecarError};
use crate::scan::tally::FORECAST_MONTHS;
use crate::stores::{self, ScheduleInForce};

/// One mapping, ready to judge sightings by.
#[derive(Debug)]
pub struct MappingPlan {
    /// Which mapping of the catalogue.
    pub id: MappingId,
    /// What the store file says.
    pub mapping: MappingEntry,
    /// The dates that sightings bring, in order.
    pub columns: Vec<(Trigger, Provenance)>,
    /// The dates that lie beside the store.
    pub sidecars: Vec<(Trigger, Sidecar)>,
    /// The line of the schedule in force; none where the record type has none.
    pub line: Option<Line>,
    /// Where its items stand in the register, without their locator.
    pub place: Place<'static>,
    /// Whether recorded events may bear on its items.
    pub events: EventsBear,
    /// How most sightings are settled.
    pub sieve: Sieve,
}

/// A line of the schedule in force.
#[derive(Debug, Clone)]
pub struct Line {
    /// The record type's code.
    pub code: String,
    /// Its rule.
    pub rule: RetentionRule,
}

impl Line {
    /// The line as evaluation takes it.
    #[must_use]
    pub fn bearing(&self) -> Bearing<'_> {
        Bearing { code: &self.code, rule: &self.rule }
    }
}

/// How most sightings of a mapping are settled.
#[derive(Debug)]
pub enum Sieve {
    /// One date of the store decides, by comparison.
    Ladder {
        /// Which of the sighting's dates.
        column: usize,
        /// The cutoffs.
        ladder: Box<Ladder>,
        /// Dates that can be true.
        plausible: Plausible,
    },
    /// Each is evaluated.
    Evaluate,
}

/// The dates that can be true for a trigger, as days and as seconds.
#[derive(Debug, Clone)]
pub struct Plausible {
    /// As days.
    pub dates: RangeInclusive<Date>,
    /// As seconds since 1970-01-01T00:00:00Z.
    pub instants: Range<i64>,
}

/// Where a mapping stands in the register.
#[derive(Debug)]
pub struct Registered {
    /// Which mapping of the catalogue.
    pub id: MappingId,
    /// The line of the schedule in force.
    pub line: Option<Line>,
    /// Asset, record type, service area and store.
    pub place: Place<'static>,
    /// Whether events are recorded that may bear on its items.
    pub events: EventsBear,
}

/// Whether recorded events may bear on the items of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsBear {
    /// They may: every item is asked for.
    Yes,
    /// None are recorded for any trigger of its rule.
    No,
}

impl MappingPlan {
    /// The plan for one mapping of `store`.
    ///
    /// # Errors
    ///
    /// Where a sidecar cannot be read: without it, nothing could be said of
    /// the items whose dates it has.
    pub fn new(
        store: &StoreFile,
        mapping: MappingEntry,
        registered: Registered,
        calendar: &Calendar,
        today: Date,
    ) -> Result<Self, SidecarError> {
        let (columns, sidecars) = sources(store, &mapping)?;
        let sieve = sieve(&registered, &columns, &sidecars, calendar, today);
        let Registered { id, line, place, events } = registered;
        Ok(Self { id, mapping, columns, sidecars, line, place, events, sieve })
    }

    /// What the connector is asked to do for it.
    #[must_use]
    pub fn order(&self) -> MappingOrder {
        self.mapping.order(self.id)
    }
}

/// Why a store's mappings cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A sidecar cannot be read.
    #[error(transparent)]
    Sidecar(#[from] SidecarError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// The plans for all of a store's mappings, in their order.
///
/// # Errors
///
/// Where a sidecar cannot be read, or the catalogue fails.
pub async fn of_store(
    scanner: &Scanner,
    store: &StoreFile,
    id: StoreId,
    schedule: &ScheduleInForce,
) -> Result<Vec<MappingPlan>, PlanError> {
    let registered =
        stores::register_mappings(&scanner.catalogue, store, id, schedule, &*scanner.clock).await?;
    let (calendar, today) = (&schedule.calendar, scanner.clock.today());
    let plans =
        store.mappings.iter().zip(registered).map(|(mapping, place)| {
            MappingPlan::new(store, mapping.clone(), place, calendar, today)
        });
    Ok(plans.collect::<Result<_, _>>()?)
}

/// The order for all of a store's mappings, in their order.
#[must_use]
pub fn order(plans: &[MappingPlan]) -> ScanOrder {
    ScanOrder { mappings: plans.iter().map(MappingPlan::order).collect() }
}

type Sources = (Vec<(Trigger, Provenance)>, Vec<(Trigger, Sidecar)>);

fn sources(store: &StoreFile, mapping: &MappingEntry) -> Result<Sources, SidecarError> {
    let (mut columns, mut sidecars) = (Vec::new(), Vec::new());
    for (trigger, source) in &mapping.dates {
        match source {
            TriggerSource::Store(source) => columns.push((trigger.clone(), provenance(source))),
            TriggerSource::Beside(BesideSource::Sidecar(source)) => {
                sidecars.push((trigger.clone(), Sidecar::read(source, store.folder())?));
            }
            TriggerSource::Beside(BesideSource::Event) => {}
        }
    }
    Ok((columns, sidecars))
}

fn provenance(source: &DateSource) -> Provenance {
    match source {
        DateSource::Modified | DateSource::Changed | DateSource::Born => Provenance::FileTime,
        DateSource::Path { .. } => Provenance::Path,
        DateSource::Column { .. } => Provenance::Column,
    }
}

/// A ladder, where the rule counts from one date and nothing but the store
/// speaks of it.
fn sieve(
    registered: &Registered,
    columns: &[(Trigger, Provenance)],
    sidecars: &[(Trigger, Sidecar)],
    calendar: &Calendar,
    today: Date,
) -> Sieve {
    let build = || {
        let line = registered.line.as_ref().filter(|line| is_plain(&line.rule))?;
        let trigger = only_trigger(&line.rule.minimum)?;
        let column = columns.iter().position(|(of, _)| of == trigger)?;
        let beside = sidecars.iter().any(|(of, _)| of == trigger);
        if beside || registered.events == EventsBear::Yes {
            return None;
        }
        let ladder = Ladder::new(&line.rule.minimum, calendar, today, FORECAST_MONTHS)?;
        let plausible = plausible_range(trigger, columns[column].1, today)?;
        Some(Sieve::Ladder { column, ladder: Box::new(ladder), plausible })
    };
    build().unwrap_or(Sieve::Evaluate)
}

/// Whether the minimum alone says when something is due.
fn is_plain(rule: &RetentionRule) -> bool {
    rule.maximum == Maximum::SameAsMinimum && rule.action != DisposalAction::Permanent
}

fn only_trigger(rule: &Rule) -> Option<&Trigger> {
    match rule.triggers()[..] {
        [trigger] => Some(trigger),
        _ => None,
    }
}

fn plausible_range(trigger: &Trigger, from: Provenance, today: Date) -> Option<Plausible> {
    let dates = plausible(trigger, from, today);
    let first = london_midnight(*dates.start())?.as_second();
    let end = dates.end().tomorrow().ok().and_then(london_midnight)?.as_second();
    Some(Plausible { dates, instants: first..end })
}
