//! Orders, and what a scan came to.

use std::path::Path;
use std::sync::Arc;

use retaind_connectors::contract::{
    Connector, Found, Leash, Problem, ProblemKind, ScanEvent, ScanTotals, StoreError, Unmapped,
};
use retaind_connectors::order::{DateOrder, DateSource, MappingOrder, ScanOrder, Unit};
use retaind_connectors::sighting::Sighting;
use retaind_connectors::store;
use retaind_schedules::ids::MappingId;
use retaind_schedules::trigger::Trigger;
use tokio_util::sync::CancellationToken;

/// A connector of a kind, with settings written as in a store file.
pub(crate) fn open(kind: &str, settings: &str) -> Result<Arc<dyn Connector>, StoreError> {
    store::open(kind, settings.parse().unwrap(), Path::new("/"), Leash::Leashed)
}

/// The same, let go by its store file.
pub(crate) fn unleashed(kind: &str, settings: &str) -> Result<Arc<dyn Connector>, StoreError> {
    store::open(kind, settings.parse().unwrap(), Path::new("/"), Leash::Unleashed)
}

/// All items of a location.
pub(crate) fn mapping(location: &str) -> MappingOrder {
    MappingOrder {
        id: MappingId("00000000-0000-0000-0000-000000000000".parse().unwrap()),
        location: location.to_owned(),
        pattern: None,
        unit: Unit::Item,
        dates: Vec::new(),
        reference: None,
        subject: None,
    }
}

/// A date read there.
pub(crate) fn date(source: DateSource) -> DateOrder {
    DateOrder { trigger: Trigger::LastModified, source }
}

/// These mappings.
pub(crate) fn order(mappings: Vec<MappingOrder>) -> ScanOrder {
    ScanOrder { mappings }
}

/// Everything a scan said, in order of place.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub(crate) found: Vec<(usize, Found)>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) unmapped: Vec<Unmapped>,
    pub(crate) finished: Option<ScanTotals>,
    pub(crate) error: Option<StoreError>,
}

impl Scanned {
    /// The locators of one mapping.
    pub(crate) fn of(&self, mapping: usize) -> Vec<&str> {
        let own = self.found.iter().filter(|(of, _)| *of == mapping);
        own.map(|(_, found)| found.locator.as_str()).collect()
    }

    /// The problems, by place.
    pub(crate) fn problem_kinds(&self) -> Vec<(&str, ProblemKind)> {
        self.problems.iter().map(|problem| (problem.locator.as_str(), problem.kind)).collect()
    }

    /// The unmapped parts with what they add up to.
    pub(crate) fn unmapped_items(&self) -> Vec<(&str, u64)> {
        let mut parts: Vec<(&str, u64)> = Vec::new();
        for unmapped in &self.unmapped {
            match parts.iter_mut().find(|(location, _)| *location == unmapped.location) {
                Some((_, items)) => *items += unmapped.items,
                None => parts.push((&unmapped.location, unmapped.items)),
            }
        }
        parts.sort_unstable();
        parts
    }
}

/// Scans to the end.
pub(crate) async fn scan(connector: &Arc<dyn Connector>, order: ScanOrder) -> Scanned {
    let mut stream = Arc::clone(connector).scan(order, CancellationToken::new());
    let mut scanned = Scanned::default();
    while let Some(event) = stream.recv().await {
        match event {
            Ok(ScanEvent::Batch(batch)) => {
                let found = batch.iter().map(|sighting| (batch.mapping, owned(&sighting)));
                scanned.found.extend(found);
            }
            Ok(ScanEvent::Problem(problem)) => scanned.problems.push(problem),
            Ok(ScanEvent::Unmapped(unmapped)) => scanned.unmapped.push(unmapped),
            Ok(ScanEvent::Finished(totals)) => scanned.finished = Some(totals),
            Err(error) => scanned.error = Some(error),
        }
    }
    scanned.found.sort_by(|one, other| one.1.locator.cmp(&other.1.locator));
    scanned.problems.sort_by(|one, other| one.locator.cmp(&other.locator));
    scanned
}

fn owned(sighting: &Sighting<'_>) -> Found {
    Found {
        locator: sighting.locator.to_owned(),
        reference: sighting.reference.map(str::to_owned),
        subject: sighting.subject.map(str::to_owned),
        members: sighting.members,
        fingerprint: sighting.fingerprint,
        dates: sighting.dates.to_vec(),
        members_differ: sighting.members_differ,
        keys_differ: sighting.keys_differ,
    }
}
