//! A scan: each mapped table from its first row to its last, as they come.

use futures_util::StreamExt as _;
use tokio::sync::mpsc::Sender;

use super::plan::{Mapping, Plan};
use super::query::{Which, select};
use super::row::Reader;
use super::session::{Row, Session};
use super::tables::{Rows, Table};
use crate::contract::{
    Problem, ProblemKind, ScanEvent, ScanTotals, StoreError, StoreErrorKind, Unmapped,
};
use crate::fold::{Fold, Whose};
use crate::sighting::{Fingerprint, Sighting, SightingBatch};

/// Where events go.
pub(super) type Events = Sender<Result<ScanEvent, StoreError>>;

/// Reads every mapped table and counts the others.
pub(super) async fn scan(
    session: &mut Session,
    plan: &Plan,
    events: &Events,
) -> Result<ScanTotals, StoreError> {
    let mut totals = ScanTotals::default();
    for (position, mapping) in plan.mappings.iter().enumerate() {
        totals.containers += 1;
        let reader = Reader::new(session.dialect(), mapping);
        let dates = mapping.dates.len();
        let mut scan = TableScan {
            position,
            mapping,
            reader,
            batch: SightingBatch::new(position, dates),
            unit: None,
            unnamed: false,
            locator: String::new(),
            totals: &mut totals,
            events,
        };
        scan.run(session).await?;
    }
    for table in &plan.tables {
        if plan.mappings.iter().all(|mapping| mapping.table != *table) {
            totals.containers += 1;
            unmapped(session, table, &mut totals, events).await?;
        }
    }
    Ok(totals)
}

/// One table while its rows come.
struct TableScan<'s> {
    position: usize,
    mapping: &'s Mapping,
    reader: Reader<'s>,
    batch: SightingBatch,
    unit: Option<OpenUnit>,
    /// Whether a row without a key was told of: once is enough.
    unnamed: bool,
    locator: String,
    totals: &'s mut ScanTotals,
    events: &'s Events,
}

/// A unit while its rows come.
struct OpenUnit {
    value: String,
    whose: Whose,
    fold: Fold,
    doubt: bool,
}

impl TableScan<'_> {
    async fn run(&mut self, session: &mut Session) -> Result<(), StoreError> {
        let sql = select(session.dialect(), self.mapping, Which::All);
        let mut rows = session.rows(sql, &[]);
        while let Some(row) = rows.next().await {
            self.row(&row?).await?;
            if self.batch.is_full() {
                self.send().await?;
            }
        }
        self.close_unit();
        self.send().await
    }

    async fn row(&mut self, row: &Row) -> Result<(), StoreError> {
        self.totals.items += 1;
        let fingerprint = self.reader.fingerprint(row);
        self.totals.bytes += fingerprint.map_or(0, |fingerprint| fingerprint.size);
        self.reader.read_dates(row);
        let named = self.reader.read_key(row);
        match (&self.mapping.unit, self.reader.unit(row)) {
            (None, _) if !named => self.no_key().await,
            (None, _) => self.item(row, fingerprint).await,
            (Some(_), None) => self.no_key().await,
            (Some(_), Some(value)) => self.member(row, value, fingerprint).await,
        }
    }

    async fn item(
        &mut self,
        row: &Row,
        fingerprint: Option<Fingerprint>,
    ) -> Result<(), StoreError> {
        self.locator.clear();
        self.locator.push_str(&self.mapping.prefix);
        self.locator.push_str(&self.reader.key);
        let Some(fingerprint) = fingerprint else {
            let locator = self.locator.clone();
            return self.problem(locator, ProblemKind::ReadFailed).await;
        };
        self.batch.push(&Sighting {
            locator: &self.locator,
            reference: self.reader.reference(row),
            subject: self.reader.subject(row),
            members: 1,
            fingerprint,
            dates: &self.reader.dates,
            members_differ: false,
            keys_differ: false,
        });
        Ok(())
    }

    async fn member(
        &mut self,
        row: &Row,
        value: &str,
        fingerprint: Option<Fingerprint>,
    ) -> Result<(), StoreError> {
        if self.unit.as_ref().is_none_or(|unit| unit.value != value) {
            self.close_unit();
            self.unit = Some(OpenUnit {
                value: value.to_owned(),
                whose: Whose::default(),
                fold: Fold::new(self.mapping.dates.len()),
                doubt: false,
            });
        }
        let Some(unit) = &mut self.unit else { return Ok(()) };
        unit.whose.add(self.reader.reference(row), self.reader.subject(row));
        let Some(fingerprint) = fingerprint else {
            unit.doubt = true;
            let locator = super::unit_locator(self.mapping, value);
            return self.problem(locator, ProblemKind::ReadFailed).await;
        };
        unit.fold.add(self.reader.key.as_bytes(), fingerprint, &self.reader.dates);
        Ok(())
    }

    fn close_unit(&mut self) {
        let Some(unit) = self.unit.take().filter(|unit| !unit.doubt) else { return };
        let folded = unit.fold.finish();
        self.batch.push(&Sighting {
            locator: &super::unit_locator(self.mapping, &unit.value),
            reference: unit.whose.reference.as_deref(),
            subject: unit.whose.subject.as_deref(),
            members: folded.members,
            fingerprint: folded.fingerprint,
            dates: &folded.dates,
            members_differ: folded.members_differ,
            keys_differ: unit.whose.differ,
        });
    }

    async fn no_key(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.unnamed, true) {
            return Ok(());
        }
        self.problem(self.mapping.prefix.clone(), ProblemKind::NoKey).await
    }

    async fn problem(&self, locator: String, kind: ProblemKind) -> Result<(), StoreError> {
        let problem = Problem { mapping: Some(self.position), locator, kind };
        send(self.events, ScanEvent::Problem(problem)).await
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let next = SightingBatch::new(self.position, self.mapping.dates.len());
        let full = std::mem::replace(&mut self.batch, next);
        send(self.events, ScanEvent::Batch(full)).await
    }
}

async fn unmapped(
    session: &mut Session,
    table: &Table,
    totals: &mut ScanTotals,
    events: &Events,
) -> Result<(), StoreError> {
    let items = match table.rows {
        Rows::About(rows) => rows,
        Rows::Uncounted => {
            let sql = format!("SELECT CAST(count(*) AS TEXT) FROM {}", table.sql);
            session.all(sql, &[]).await?.first().map_or(0, |row| row.number(0))
        }
        Rows::Denied => {
            let locator = table.name.clone();
            let problem = Problem { mapping: None, locator, kind: ProblemKind::AccessDenied };
            return send(events, ScanEvent::Problem(problem)).await;
        }
    };
    totals.items += items;
    totals.bytes = totals.bytes.saturating_add(table.bytes);
    let unmapped = Unmapped { location: table.name.clone(), items, bytes: table.bytes };
    send(events, ScanEvent::Unmapped(unmapped)).await
}

async fn send(events: &Events, event: ScanEvent) -> Result<(), StoreError> {
    // The reader is gone: nobody will see this error either.
    events.send(Ok(event)).await.map_err(|_| {
        StoreError::new(StoreErrorKind::Cancelled, "nobody reads this scan", "Scan again")
    })
}
