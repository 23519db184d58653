//! One scan of one store, from the identity check to the last row.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use retaind_connectors::contract::{Connector, Problem, ScanEvent, ScanTotals, StoreError};
use retaind_connectors::contract::{StoreErrorKind, Unmapped};
use retaind_connectors::sighting::{Sighting, SightingBatch};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::hold::{Hold, SubjectKey};
use retaind_schedules::ids::{ScanId, StoreId};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::catalogue::entity::item;
use crate::catalogue::words::OutcomeKind;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock::Clock;
use crate::config::{Config, StoreFile};
use crate::events::{self, ItemKeys};
use crate::holds;
use crate::keys::Keys;
use crate::proof::Prover;
use crate::scan::leaving::{self, Leaving, Unseen};
use crate::scan::lock::{LockError, StoreLock};
use crate::scan::plan::{self, MappingPlan, PlanError};
use crate::scan::record;
use crate::scan::sift::{self, Bench, Finding};
use crate::scan::tally::{Amount, Tally};
use crate::stores::{self, ConnectError, Reached};

/// Rows of one kind that a mapping keeps of what waits or cannot be evaluated.
/// The counts are always whole; the lists are for people to work through.
pub const LIST_LIMIT: u64 = 10_000;

/// Findings written in one transaction.
const CHUNK: usize = 500;

/// Why a store was not scanned to the end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The store did not answer, or not as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reached, and not the store it was.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Its mappings cannot be made ready.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Another scan of it is under way.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// No schedule has been accepted.
    #[error(
        "there is no schedule in force. Import a register with `retaind register import FILE` \
         and accept it with `retaind register accept`"
    )]
    NoSchedule,
    /// It used to hold something, and now shows nothing.
    #[error(
        "store `{store}` shows nothing at all, and held {before} items when it was last scanned. \
         Nothing is concluded from that: look whether the share is mounted or the data was moved"
    )]
    Emptied {
        /// Which store.
        store: String,
        /// What it held.
        before: u64,
    },
    /// The connector's stream broke off.
    #[error("the scan of store `{0}` broke off before its end. Scan again; nothing is concluded")]
    BrokenOff(String),
}

/// What a scan found.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Which store.
    pub store: String,
    /// Files or rows met.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
    /// By outcome: units, the files or rows in them, and their size.
    pub outcomes: std::collections::BTreeMap<OutcomeKind, Amount>,
    /// What no mapping covers.
    pub unmapped: Amount,
    /// What could not be taken into account.
    pub problems: u64,
    /// Seen by earlier scans, not ours to have removed, and gone twice.
    pub missing: u64,
    /// The same, and last met before the catalogue was restored: destroyed
    /// since the backup, or gone.
    pub gone_since_restore: u64,
    /// Destroyed, and there again.
    pub resurrected: u64,
}

/// Everything a scan needs.
#[derive(Clone)]
pub struct Scanner {
    /// The configuration.
    pub config: Arc<Config>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The instance's keys.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Scanner {
    /// What giving and keeping proof needs.
    #[must_use]
    pub fn prover(&self) -> Prover<'_> {
        let Self { catalogue, keys, config, .. } = self;
        Prover { catalogue, keys, state: &config.state_directory }
    }

    /// Scans one store. `progress` hears how many items have been met.
    ///
    /// # Errors
    ///
    /// Where the store cannot be relied on, or the scan broke off: then its
    /// state says so, and nothing is concluded from what was not seen.
    #[tracing::instrument(name = "scan", skip_all, fields(store = store.name))]
    pub async fn scan(
        &self,
        store: &StoreFile,
        cancel: CancellationToken,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Summary, ScanError> {
        let _lock = StoreLock::take(&self.config.state_directory, &store.name)?;
        let reached = stores::connect(&self.catalogue, store, &*self.clock).await?;
        let mut pass = Pass::begin(self, store, reached).await?;
        let scan = pass.scan;
        let ended = match pass.stream(cancel, progress).await {
            Ok(totals) => pass.finish(totals).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &ended {
            record::scan_failed(self, scan, error).await?;
        }
        ended
    }
}

/// One pass while it runs.
struct Pass<'a> {
    scanner: &'a Scanner,
    store: &'a StoreFile,
    store_id: StoreId,
    connector: Arc<dyn Connector>,
    scan: ScanId,
    began: Timestamp,
    today: jiff::civil::Date,
    plans: Vec<MappingPlan>,
    calendar: Calendar,
    holds: Vec<Hold>,
    tallies: Vec<Tally>,
    listed: HashMap<(usize, OutcomeKind), u64>,
    findings: Vec<(usize, Finding)>,
    unmapped: Vec<Unmapped>,
    problems: Vec<Problem>,
    problem_count: u64,
    resurrected: u64,
}

impl<'a> Pass<'a> {
    async fn begin(
        scanner: &'a Scanner,
        store: &'a StoreFile,
        reached: Reached,
    ) -> Result<Self, ScanError> {
        let Reached { connector, id: store_id, identity } = reached;
        let today = scanner.clock.today();
        let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
        let version = schedule.version.ok_or(ScanError::NoSchedule)?;
        let plans = plan::of_store(scanner, store, store_id, &schedule).await?;
        if let Err(fault) = connector.check(&plan::order(&plans)).await {
            stores::failed(&scanner.catalogue, store_id, fault.kind, &*scanner.clock).await?;
            return Err(fault.into());
        }
        stores::remember(&scanner.catalogue, store_id, &identity, &*scanner.clock).await?;
        let began = scanner.clock.now();
        let scan = record::scan_begun(scanner, store_id, version, today).await?;
        Ok(Self {
            tallies: plans.iter().map(|_| Tally::default()).collect(),
            holds: holds::active(scanner.catalogue.read()).await?,
            listed: HashMap::new(),
            findings: Vec::new(),
            unmapped: Vec::new(),
            problems: Vec::new(),
            problem_count: 0,
            resurrected: 0,
            began,
            scanner,
            store,
            store_id,
            connector,
            scan,
            today,
            plans,
            calendar: schedule.calendar,
        })
    }

    async fn stream(
        &mut self,
        cancel: CancellationToken,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ScanTotals, ScanError> {
        let mut met = 0;
        let mut stream = Arc::clone(&self.connector).scan(plan::order(&self.plans), cancel.clone());
        while let Some(event) = stream.recv().await {
            match event? {
                ScanEvent::Batch(batch) => {
                    met += batch.iter().map(|sighting| sighting.members).sum::<u64>();
                    self.sift(&batch).await?;
                    progress(met);
                }
                ScanEvent::Problem(problem) => self.note_problem(problem),
                ScanEvent::Unmapped(unmapped) => {
                    met += unmapped.items;
                    self.unmapped.push(unmapped);
                }
                ScanEvent::Finished(totals) => return self.conclude(totals).await,
            }
        }
        Err(if cancel.is_cancelled() {
            cancelled(&self.store.name)
        } else {
            ScanError::BrokenOff(self.store.name.clone())
        })
    }

    async fn sift(&mut self, batch: &SightingBatch) -> Result<(), ScanError> {
        let mapping = batch.mapping;
        let (plan, tally) = (&self.plans[mapping], &mut self.tallies[mapping]);
        let open: Vec<Sighting<'_>> = batch
            .iter()
            .filter(|sighting| !sift::settled_by_sieve(plan, sighting, tally))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let subjects: Vec<Option<SubjectKey>> = open
            .iter()
            .map(|sighting| sighting.subject.map(|person| self.scanner.keys.subject_key(person)))
            .collect();
        let events = events_of(self.scanner, self.store_id, plan, &open, &subjects).await?;
        for ((sighting, subject), events) in open.iter().zip(subjects).zip(events) {
            self.judge(mapping, sighting, subject, &events);
        }
        // Always as many: each number of rows would be a statement of its own to
        // be kept ready, and hundreds of those take more memory than the rows.
        while self.findings.len() >= CHUNK {
            self.write_findings(CHUNK).await?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        mapping: usize,
        sighting: &Sighting<'_>,
        subject: Option<SubjectKey>,
        events: &[Event],
    ) {
        let plan = &self.plans[mapping];
        let bench = Bench { calendar: &self.calendar, today: self.today, holds: &self.holds };
        let facts = sift::facts(plan, sighting, events);
        let finding = sift::judge(plan, sighting, subject, facts, &bench);
        let (members, bytes) = (sighting.members, sighting.fingerprint.size);
        let tally = &mut self.tallies[mapping];
        let kind = tally.count_evaluated(&finding.facts, &finding.evaluation, members, bytes);
        if self.is_listed(mapping, kind) {
            self.findings.push((mapping, finding));
        }
    }

    /// Whether the catalogue keeps a row for one more of this kind.
    fn is_listed(&mut self, mapping: usize, kind: OutcomeKind) -> bool {
        match kind {
            OutcomeKind::Due | OutcomeKind::Held => true,
            OutcomeKind::NotDue | OutcomeKind::Permanent => false,
            OutcomeKind::AwaitingTrigger | OutcomeKind::CannotEvaluate => {
                let listed = self.listed.entry((mapping, kind)).or_default();
                *listed += 1;
                *listed <= LIST_LIMIT
            }
        }
    }

    fn note_problem(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problem_count <= LIST_LIMIT {
            self.problems.push(problem);
        }
    }

    async fn write_findings(&mut self, count: usize) -> Result<(), ScanError> {
        let findings = self.findings.drain(..count).collect();
        let (store, scan, plans) = (self.store_id, self.scan, &self.plans);
        let back = record::findings(self.scanner, store, scan, self.began, plans, findings);
        self.resurrected += back.await?;
        Ok(())
    }

    /// The end of the stream: the last rows are written, and an emptied store is refused.
    async fn conclude(&mut self, totals: ScanTotals) -> Result<ScanTotals, ScanError> {
        self.write_findings(self.findings.len()).await?;
        let before = record::items_at_last_scan(&self.scanner.catalogue, self.store_id).await?;
        if totals.items == 0 && before > 0 {
            return Err(ScanError::Emptied { store: self.store.name.clone(), before });
        }
        Ok(totals)
    }

    async fn finish(self, totals: ScanTotals) -> Result<Summary, ScanError> {
        let leaving = self.leaving().await?;
        let missing = record::scan_finished(self.scanner, &self.finished(totals), &leaving).await?;
        stores::well(&self.scanner.catalogue, self.store_id, &*self.scanner.clock).await?;
        let mut outcomes = std::collections::BTreeMap::<OutcomeKind, Amount>::new();
        for (kind, amount) in self.tallies.iter().flat_map(|tally| &tally.kinds) {
            outcomes.entry(*kind).or_default().join(*amount);
        }
        let unmapped = self.unmapped.iter().fold(Amount::default(), |mut sum, part| {
            sum.join(Amount { units: part.items, members: part.items, bytes: part.bytes });
            sum
        });
        Ok(Summary {
            store: self.store.name.clone(),
            items: totals.items,
            bytes: totals.bytes,
            outcomes,
            unmapped,
            problems: self.problem_count,
            missing: missing.unexplained,
            gone_since_restore: missing.since_restore,
            resurrected: self.resurrected,
        })
    }

    fn finished(&self, totals: ScanTotals) -> record::Finished<'_> {
        record::Finished {
            scan: self.scan,
            store: self.store_id,
            totals,
            plans: &self.plans,
            tallies: &self.tallies,
            unmapped: &self.unmapped,
            problems: &self.problems,
        }
    }

    /// What became of the rows of earlier scans that this one did not write: no
    /// longer due, or gone. What was due or held is looked at.
    async fn leaving(&self) -> Result<Leaving, ScanError> {
        let (mut leaving, mut after) = (Leaving::default(), None::<String>);
        let catalogue = &self.scanner.catalogue;
        loop {
            let rows = leaving::unseen(catalogue, self.store_id, self.scan, after.as_deref());
            let rows = rows.await?;
            for row in &rows {
                leaving.add(row.id, self.look_for(row).await?);
            }
            let Some(last) = rows.into_iter().next_back() else { return Ok(leaving) };
            after = Some(last.locator);
        }
    }

    async fn look_for(&self, row: &item::Model) -> Result<Unseen, ScanError> {
        let was_due = matches!(row.outcome, OutcomeKind::Due | OutcomeKind::Held);
        let plan = self.plans.iter().find(|plan| Some(plan.id.0) == row.mapping_id);
        match plan.filter(|_| was_due) {
            Some(plan) => Ok(self.connector.look(&plan.order(), &row.locator).await?.into()),
            None => Ok(Unseen::NoLongerOurs),
        }
    }
}

fn cancelled(store: &str) -> ScanError {
    ScanError::Store(StoreError {
        kind: StoreErrorKind::Cancelled,
        context: format!("the scan of store `{store}` was stopped"),
        remedy: "Scan again when it suits; nothing is concluded from what was not seen".to_owned(),
    })
}

/// What is recorded for each of the sightings.
pub(super) async fn events_of(
    scanner: &Scanner,
    store: StoreId,
    plan: &MappingPlan,
    open: &[Sighting<'_>],
    subjects: &[Option<SubjectKey>],
) -> Result<Vec<Vec<Event>>, ScanError> {
    if plan.events == plan::EventsBear::No {
        return Ok(vec![Vec::new(); open.len()]);
    }
    let keyed: Vec<ItemKeys<'_>> = open
        .iter()
        .zip(subjects)
        .map(|(sighting, subject)| ItemKeys {
            locator: sighting.locator,
            reference: sighting.reference,
            subject: subject.as_ref(),
        })
        .collect();
    Ok(events::for_items(scanner.catalogue.read(), store, &keyed).await?)
}
