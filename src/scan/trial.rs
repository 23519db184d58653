//! A trial: a store looked through under two schedules, to say what the one
//! would make due that the other does not. Nothing of it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use retaind_connectors::contract::{ScanEvent, ScanTotals};
use retaind_connectors::sighting::{Sighting, SightingBatch};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::hold::{Hold, SubjectKey};
use retaind_schedules::ids::StoreId;
use tokio_util::sync::CancellationToken;

use crate::catalogue::words::OutcomeKind;
use crate::config::StoreFile;
use crate::holds;
use crate::scan::plan::{self, EventsBear, MappingPlan};
use crate::scan::record;
use crate::scan::run::{ScanError, Scanner, events_of};
use crate::scan::sift::{self, Bench};
use crate::scan::tally::{Tally, kind_of};
use crate::stores::{self, Reached, ScheduleInForce};

/// What would become of the items of a record type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shift {
    /// Files or rows.
    pub items: u64,
    /// Not due now, and due then. What is held counts as due: a hold ends.
    pub newly_due: u64,
    /// Due now, and not then.
    pub no_longer_due: u64,
    /// The size of what is newly due.
    pub bytes: u64,
}

impl Shift {
    /// Adds what was found elsewhere.
    pub fn join(&mut self, other: Self) {
        self.items += other.items;
        self.newly_due += other.newly_due;
        self.no_longer_due += other.no_longer_due;
        self.bytes += other.bytes;
    }

    fn count(&mut self, sighting: &Sighting<'_>, now: Dueness, then: Dueness) {
        self.items += sighting.members;
        match (now, then) {
            (Dueness::Kept, Dueness::Due) => {
                self.newly_due += sighting.members;
                self.bytes += sighting.fingerprint.size;
            }
            (Dueness::Due, Dueness::Kept) => self.no_longer_due += sighting.members,
            (Dueness::Due, Dueness::Due) | (Dueness::Kept, Dueness::Kept) => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Dueness {
    Due,
    Kept,
}

/// Looks through a store, and says by record type what would change from `now`
/// to `then`. Only the record types in `of` are judged.
///
/// # Errors
///
/// As a scan: where the store cannot be relied on, or the stream broke off.
/// Then nothing is known.
pub async fn trial(
    scanner: &Scanner,
    store: &StoreFile,
    (now, then): (&ScheduleInForce, &ScheduleInForce),
    of: &BTreeSet<String>,
) -> Result<BTreeMap<String, Shift>, ScanError> {
    let Reached { connector, id, .. } =
        stores::connect(&scanner.catalogue, store, &*scanner.clock).await?;
    let mut trial = Trial {
        scanner,
        store,
        id,
        now: plan::of_store(scanner, store, id, now).await?,
        then: plan::of_store(scanner, store, id, then).await?,
        calendars: [&now.calendar, &then.calendar],
        holds: holds::active(scanner.catalogue.read()).await?,
        shifts: BTreeMap::new(),
        unread: Tally::default(),
    };
    let order = plan::order(&trial.now);
    connector.check(&order).await?;
    let mut stream = Arc::clone(&connector).scan(order, CancellationToken::new());
    while let Some(event) = stream.recv().await {
        match event? {
            ScanEvent::Batch(batch) => trial.sift(&batch, of).await?,
            ScanEvent::Problem(_) | ScanEvent::Unmapped(_) => {}
            ScanEvent::Finished(totals) => return trial.conclude(totals).await,
        }
    }
    Err(ScanError::BrokenOff(store.name.clone()))
}

struct Trial<'a> {
    scanner: &'a Scanner,
    store: &'a StoreFile,
    id: StoreId,
    now: Vec<MappingPlan>,
    then: Vec<MappingPlan>,
    /// When years end now, and then.
    calendars: [&'a Calendar; 2],
    holds: Vec<Hold>,
    shifts: BTreeMap<String, Shift>,
    /// The sieve counts as it sifts; nobody reads that here.
    unread: Tally,
}

impl Trial<'_> {
    async fn sift(
        &mut self,
        batch: &SightingBatch,
        of: &BTreeSet<String>,
    ) -> Result<(), ScanError> {
        let (now, then) = (&self.now[batch.mapping], &self.then[batch.mapping]);
        let code = &now.mapping.record_type;
        if !of.contains(code) {
            return Ok(());
        }
        let sightings: Vec<Sighting<'_>> = batch.iter().collect();
        let subjects: Vec<Option<SubjectKey>> = sightings
            .iter()
            .map(|sighting| sighting.subject.map(|person| self.scanner.keys.subject_key(person)))
            .collect();
        let asks = if now.events == EventsBear::Yes { now } else { then };
        let events = events_of(self.scanner, self.id, asks, &sightings, &subjects).await?;
        let (today, holds) = (self.scanner.clock.today(), &self.holds[..]);
        let benches = self.calendars.map(|calendar| Bench { calendar, today, holds });
        let shift = self.shifts.entry(code.clone()).or_default();
        for ((sighting, subject), events) in sightings.iter().zip(subjects).zip(&events) {
            let [now, then] = [(now, &benches[0]), (then, &benches[1])].map(|(plan, bench)| {
                dueness(plan, sighting, subject.as_ref(), events, bench, &mut self.unread)
            });
            shift.count(sighting, now, then);
        }
        Ok(())
    }

    /// A share that is not mounted shows nothing, which is not to know.
    async fn conclude(self, totals: ScanTotals) -> Result<BTreeMap<String, Shift>, ScanError> {
        let before = record::items_at_last_scan(&self.scanner.catalogue, self.id).await?;
        if totals.items == 0 && before > 0 {
            return Err(ScanError::Emptied { store: self.store.name.clone(), before });
        }
        Ok(self.shifts)
    }
}

fn dueness(
    plan: &MappingPlan,
    sighting: &Sighting<'_>,
    subject: Option<&SubjectKey>,
    events: &[Event],
    bench: &Bench<'_>,
    unread: &mut Tally,
) -> Dueness {
    if sift::settled_by_sieve(plan, sighting, unread) {
        return Dueness::Kept;
    }
    let facts = sift::facts(plan, sighting, events);
    let finding = sift::judge(plan, sighting, subject.cloned(), facts, bench);
    match kind_of(&finding.evaluation.outcome) {
        OutcomeKind::Due | OutcomeKind::Held => Dueness::Due,
        OutcomeKind::NotDue
        | OutcomeKind::AwaitingTrigger
        | OutcomeKind::CannotEvaluate
        | OutcomeKind::Permanent => Dueness::Kept,
    }
}
