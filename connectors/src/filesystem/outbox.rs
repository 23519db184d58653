//! What one thread has found and not sent yet.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::locator;
use crate::contract::{Problem, ProblemKind, ScanEvent, ScanTotals, StoreError, Unmapped};
use crate::sighting::{Sighting, SightingBatch};

/// Mappings one thread keeps a batch of at a time.
const OPEN: usize = 8;

/// Folders with unmapped files one thread remembers at a time.
const REMEMBERED: usize = 4096;

/// Where events go.
pub(super) type Sender = tokio::sync::mpsc::Sender<Result<ScanEvent, StoreError>>;

/// What one thread has found and not sent yet.
#[derive(Debug)]
pub(super) struct Outbox<'s> {
    sender: &'s Sender,
    cancel: &'s CancellationToken,
    batches: Vec<Option<SightingBatch>>,
    open: usize,
    pub(super) unmapped: UnmappedFolders,
    pub(super) totals: ScanTotals,
    closed: bool,
}

impl<'s> Outbox<'s> {
    pub(super) fn new(sender: &'s Sender, cancel: &'s CancellationToken, mappings: usize) -> Self {
        Self {
            sender,
            cancel,
            batches: std::iter::repeat_with(|| None).take(mappings).collect(),
            open: 0,
            unmapped: UnmappedFolders::default(),
            totals: ScanTotals::default(),
            closed: false,
        }
    }

    /// Counts files met.
    pub(super) fn count(&mut self, items: u64, bytes: u64) {
        self.totals.items += items;
        self.totals.bytes = self.totals.bytes.saturating_add(bytes);
    }

    /// Adds a sighting, and sends its batch on when it is full.
    pub(super) fn sighting(&mut self, mapping: usize, sighting: &Sighting<'_>) {
        let slot = &mut self.batches[mapping];
        if slot.is_none() {
            self.open += 1;
        }
        let batch = slot.get_or_insert_with(|| SightingBatch::new(mapping, sighting.dates.len()));
        batch.push(sighting);
        if batch.is_full() {
            let full = slot.take();
            self.open -= 1;
            self.batch(full);
        } else if self.open > OPEN {
            self.flush();
        }
    }

    pub(super) fn problem(&mut self, mapping: Option<usize>, path: &[u8], kind: ProblemKind) {
        let locator = locator::text(path);
        self.send(ScanEvent::Problem(Problem { mapping, locator, kind }));
    }

    /// Counts unmapped files that lie directly in one folder.
    pub(super) fn unmapped(&mut self, folder: &[u8], items: u64, bytes: u64) {
        self.unmapped.add(folder, items, bytes);
        if self.unmapped.0.len() > REMEMBERED {
            for unmapped in std::mem::take(&mut self.unmapped).into_events() {
                self.send(ScanEvent::Unmapped(unmapped));
            }
        }
    }

    /// Sends every batch begun.
    pub(super) fn flush(&mut self) {
        self.open = 0;
        for position in 0..self.batches.len() {
            let begun = self.batches[position].take();
            self.batch(begun);
        }
    }

    fn batch(&mut self, batch: Option<SightingBatch>) {
        if let Some(batch) = batch {
            self.send(ScanEvent::Batch(batch));
        }
    }

    fn send(&mut self, event: ScanEvent) {
        self.closed = self.closed || self.sender.blocking_send(Ok(event)).is_err();
    }

    /// Takes in what another thread counted.
    pub(super) fn take_in(&mut self, other: Self) {
        self.unmapped.merge(other.unmapped);
        self.totals.items += other.totals.items;
        self.totals.bytes = self.totals.bytes.saturating_add(other.totals.bytes);
        self.totals.containers += other.totals.containers;
    }

    /// Whether nobody reads any more, or the scan was told to end.
    pub(super) fn is_over(&self) -> bool {
        self.closed || self.sender.is_closed() || self.cancel.is_cancelled()
    }
}

/// Unmapped files, by folder at most two levels below the root.
#[derive(Debug, Default)]
pub(super) struct UnmappedFolders(HashMap<Vec<u8>, (u64, u64)>);

impl UnmappedFolders {
    fn add(&mut self, folder: &[u8], items: u64, bytes: u64) {
        let part = part(folder);
        if !self.0.contains_key(part) {
            self.0.insert(part.to_vec(), (0, 0));
        }
        if let Some(counts) = self.0.get_mut(part) {
            counts.0 += items;
            counts.1 = counts.1.saturating_add(bytes);
        }
    }

    /// Takes in what another thread counted.
    pub(super) fn merge(&mut self, other: Self) {
        for (folder, (items, bytes)) in other.0 {
            self.add(&folder, items, bytes);
        }
    }

    /// What is unmapped, in order of place.
    pub(super) fn into_events(self) -> Vec<Unmapped> {
        let event = |(folder, (items, bytes)): (Vec<u8>, _)| {
            let location = if folder.is_empty() { ".".to_owned() } else { locator::text(&folder) };
            Unmapped { location, items, bytes }
        };
        let mut events: Vec<_> = self.0.into_iter().map(event).collect();
        events.sort_by(|one, other| one.location.cmp(&other.location));
        events
    }
}

/// The first two names of a path.
fn part(folder: &[u8]) -> &[u8] {
    let slashes = folder.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let end = slashes.map(|(at, _)| at).nth(1);
    &folder[..end.unwrap_or(folder.len())]
}
