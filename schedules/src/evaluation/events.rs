//! Recorded events: facts with a date, corrected by a later event and never edited.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Facts, Provenance};
use crate::ids::EventId;
use crate::trigger::Trigger;

/// One recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// What happened.
    pub trigger: Trigger,
    /// On which day.
    pub date: Date,
    /// The event it corrects.
    pub supersedes: Option<EventId>,
}

impl Facts {
    /// Adds what these events say.
    ///
    /// An event that another supersedes does not count. Several that still
    /// count for one trigger are treated as dates from several sources are (see
    /// [`Facts::record`]), and so is an event beside a store's own date: the
    /// order of recording decides nothing. Events that supersede each other in
    /// a circle settle nothing, and their triggers stand contradicted.
    pub fn record_events(&mut self, events: &[Event]) {
        let superseded: BTreeSet<EventId> =
            events.iter().filter_map(|event| event.supersedes).collect();
        let (corrected, live): (Vec<_>, Vec<_>) =
            events.iter().partition(|event| superseded.contains(&event.id));
        let settled = settled(events, &live);
        for event in &live {
            self.record(event.trigger.clone(), event.date, Provenance::Event(event.id));
        }
        for event in corrected.into_iter().filter(|event| !settled.contains(&event.id)) {
            self.record_contradiction(event.trigger.clone(), Provenance::Event(event.id));
        }
    }
}

/// The events whose chain of corrections ends in one that still counts.
fn settled(events: &[Event], live: &[&Event]) -> BTreeSet<EventId> {
    let corrects: BTreeMap<EventId, Option<EventId>> =
        events.iter().map(|event| (event.id, event.supersedes)).collect();
    let mut settled = BTreeSet::new();
    for event in live {
        let mut next = Some(event.id);
        while let Some(id) = next.filter(|id| settled.insert(*id)) {
            next = corrects.get(&id).copied().flatten();
        }
    }
    settled
}
