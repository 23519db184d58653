//! What grew: memory, open files, and the rows of each table.

use std::alloc::System;
use std::collections::BTreeMap;
use std::process::Command;
use std::{env, fmt, fs};

use cap::Cap;
use retaind::catalogue::Catalogue;
use retaind::jobs;
use sea_orm::{ConnectionTrait as _, Statement};
use sqlx::Connection as _;

use super::{AHEAD, DUE_DAILY, Life, Soak};

/// Counts what the program has in use, but for what SQLite asks of the machine itself.
#[global_allocator]
static IN_USE: Cap<System> = Cap::new(System, usize::MAX);

/// What the process has taken of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// In use, SQLite's apart.
    in_use: u64,
    /// Taken, in use or not, but for its own code: of that it has in memory whatever
    /// it has come to run.
    bytes: u64,
    files: usize,
}

/// What the allocator is told: one pool for all threads, and whatever is as large as
/// a page of the catalogue given back to the machine as soon as it is free.
const ALLOCATOR: [(&str, &str); 2] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "4096")];

impl Taken {
    pub(super) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").expect("proc");
        let kept = status.split_once("RssAnon:").expect("a size").1;
        let kibibytes: u64 = kept.split_whitespace().next().unwrap().parse().unwrap();
        let files = fs::read_dir("/proc/self/fd").expect("proc").count();
        Self { in_use: IN_USE.allocated() as u64, bytes: kibibytes * 1024, files }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let (in_use, taken) = (mebibytes(self.in_use), mebibytes(self.bytes));
        write!(f, "{in_use:.2} MiB in use, {taken:.1} MiB taken, {} open files", self.files)
    }
}

/// Runs this test in a process whose memory is what it has in use; whether this is
/// not that process yet. What was given back lies about otherwise, and looks for
/// months like what is kept.
pub(super) fn in_a_process_of_its_own(test: &str) -> bool {
    if ALLOCATOR.iter().all(|(name, value)| env::var(name).is_ok_and(|is| is == *value)) {
        return false;
    }
    let mut again = Command::new(env::current_exe().expect("this test"));
    let again = again.args(["--exact", test, "--nocapture"]).envs(ALLOCATOR);
    assert!(again.status().expect("this test").success());
    true
}

/// Has every connection to the catalogue that there may ever be, and has each give
/// back the pages and statements it keeps at hand: how many those are is set, and
/// when a connection comes to them is chance, so that neither is growth.
pub(super) async fn give_back(catalogue: &Catalogue) {
    const GIVE_BACK: &str = "pragma shrink_memory";
    let pool = catalogue.read().get_sqlite_connection_pool();
    let mut connections = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        let mut connection = pool.acquire().await.expect("a connection");
        connection.clear_cached_statements().await.unwrap();
        sqlx::query(GIVE_BACK).execute(&mut *connection).await.unwrap();
        connections.push(connection);
    }
    let tx = catalogue.write_tx().await.expect("a connection");
    tx.execute_unprepared(GIVE_BACK).await.unwrap();
}

/// What is in use for a moment, as for a list that is being read.
const MOMENT: u64 = 1 << 20;

/// What lies about between what is in use, SQLite's statements and pages included.
const SLACK: u64 = 12 << 20;

pub(super) fn nothing_is_kept_in_memory(before: Taken, after: Taken, days: i32) {
    println!("{before}; {days} days later {after}");
    assert!(after.in_use < before.in_use + MOMENT, "{before:?} {after:?}");
    assert!(after.bytes < before.bytes + SLACK, "{before:?} {after:?}");
    assert!(after.files <= before.files + 2, "{before:?} {after:?}");
}

/// What a row may take of the catalogue, with its place in every index: a notice
/// or a mail takes most.
const ROW: i64 = 4 << 10;

/// Rows of the catalogue, and the bytes they take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    rows: i64,
    bytes: i64,
}

impl Kept {
    pub(super) async fn now(soak: &Soak) -> Self {
        let used = "select (page_count - freelist_count) * page_size \
                    from pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
        Self { rows: soak.tables().await.values().sum(), bytes: soak.count(used).await }
    }
}

/// Which rows there may be is told table by table in [`every_row_is_explained`].
pub(super) fn the_catalogue_grows_by_its_rows(before: Kept, after: Kept, days: i32) {
    let (rows, bytes) = (after.rows - before.rows, after.bytes - before.bytes);
    let kibibytes = after.bytes >> 10;
    println!("{kibibytes} KiB in {} rows; {days} days: {bytes} bytes, {rows} rows", after.rows);
    assert!(bytes <= rows * ROW, "{before:?} {after:?}");
}

/// Entries of the chain with a digest of what a person typed.
const TYPED: &str = "select count(*) from audit_entry where reason like '%typed:%'";

/// How many rows a table may have.
#[derive(Debug, Clone, Copy)]
enum Rows {
    Just(i64),
    AtMost(i64),
}
use Rows::{AtMost, Just};

impl Soak {
    async fn count(&self, sql: &str) -> i64 {
        let database = self.office.open.catalogue.read();
        let query = Statement::from_string(database.get_database_backend(), sql);
        let row = database.query_one_raw(query).await.unwrap().unwrap();
        row.try_get_by_index::<Option<i64>>(0).unwrap().unwrap_or(0)
    }

    /// What a query of names and numbers gives.
    async fn counts(&self, sql: &str) -> BTreeMap<String, i64> {
        let database = self.office.open.catalogue.read();
        let query = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(query).await.unwrap();
        let count = |row: &sea_orm::QueryResult| {
            (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())
        };
        rows.iter().map(count).collect()
    }

    async fn tables(&self) -> BTreeMap<String, i64> {
        let names = "select name, 0 from sqlite_master where type = 'table' \
                     and name not like 'sqlite_%' and name <> 'seaql_migrations'";
        let mut tables = self.counts(names).await;
        for (name, rows) in &mut tables {
            *rows = self.count(&format!("select count(*) from \"{name}\"")).await;
        }
        tables
    }

    /// Each action that may be in the audit chain, and how often.
    async fn audited(&self, days: i64) -> BTreeMap<&'static str, Rows> {
        let batches = self.batches.len() as i64;
        let some = |is: fn(&Life) -> bool| {
            Just(self.batches.values().filter(|life| is(life)).count() as i64)
        };
        let of_batch = |state| format!("select count(*) from batch where state = '{state}'");
        let certified = self.count(&of_batch("certified")).await;
        let expired = self.count(&of_batch("expired")).await;
        let forgotten = "select count(*) from batch where forgotten_at is not null";
        let forgotten = self.count(forgotten).await;
        let chunks = self.count("select count(*) from intent").await;
        let released = self.released as i64;
        let mut actions = BTreeMap::from([
            ("person.added", Just(3)),
            ("scan.finished", Just(days + 1)),
            ("catalogue.backed-up", Just(days)),
            ("batch.proposed", Just(batches)),
            ("batch.approved", some(|life| life.approved.is_some())),
            ("batch.authorised", some(|life| life.authorised.is_some())),
            ("batch.expired", Just(expired)),
            ("batch.moved", AtMost(batches * 6)),
            ("lines.withheld", AtMost(batches)),
            ("chunk.opened", Just(chunks)),
            ("chunk.closed", Just(chunks)),
            ("certificate.issued", Just(certified)),
            ("certificate.closed", AtMost(certified)),
            ("batch.forgotten", Just(forgotten)),
            ("manifest.expired", AtMost(certified)),
            ("hold.placed", Just(self.requests as i64 + 1)),
            ("hold.release-requested", Just(released)),
            ("hold.released", Just(released)),
            ("change.proposed", Just(1)),
            ("change.withdrawn", AtMost(1)),
            ("notice.sent", Just(self.count("select count(*) from mail").await)),
        ]);
        let once = ["clock.confirmed", "import.checked", "import.accepted", "schedule.accepted"];
        let once = once.into_iter().chain(["store.changed", "mapping.changed", "key.made"]);
        let once = once.chain(["mapping.approved", "enforcement.lowered", "ceiling.lowered"]);
        actions.extend(once.chain(["mail.routes-changed"]).map(|action| (action, Just(1))));
        actions
    }

    /// Each table that may have rows, and how many the days account for.
    async fn explained(&self, days: i64) -> BTreeMap<&'static str, Rows> {
        let batches = self.batches.len() as i64;
        let signed =
            |life: &Life| i64::from(life.approved.is_some()) + i64::from(life.authorised.is_some());
        let certified = self.count("select count(*) from batch where state = 'certified'").await;
        let chunks = self.count("select count(*) from intent").await;
        let holds = self.requests as i64 + 1;
        let months = (days + i64::from(AHEAD)) / 28 + 3;
        BTreeMap::from([
            // The register, and who may act: as on the first day.
            ("asset", Just(1)),
            ("record_type", Just(1)),
            ("schedule_version", Just(1)),
            ("schedule_line", Just(1)),
            ("service_area", Just(1)),
            ("import", Just(1)),
            ("import_line", Just(1)),
            ("person", Just(3)),
            ("store", Just(1)),
            ("mapping", Just(1)),
            ("mail_route", Just(2)),
            ("change_request", Just(1)),
            ("signing_key", Just(1)),
            ("audit_head", Just(1)),
            ("disposal_gate", Just(1)),
            ("setting", AtMost(20)),
            // Jobs: one row each, and their last runs.
            ("job", Just(jobs::TABLE.len() as i64)),
            ("job_run", AtMost(jobs::TABLE.len() as i64 * 100)),
            // A scan each night, with its counts; the forecast is only the last one's.
            ("scan", Just(days + 1)),
            ("scan_count", AtMost((days + 1) * 4)),
            ("forecast", AtMost(months)),
            // What is due and not yet gone, some of it ignored or held.
            ("item", AtMost(DUE_DAILY as i64 * 90)),
            // What was asked of people and done stays, for the record.
            ("batch", Just(batches)),
            ("batch_line", Just(self.count("select sum(lines) from batch").await)),
            ("approval", Just(self.batches.values().map(signed).sum())),
            ("certificate", Just(certified)),
            (
                "stub",
                Just(self.count("select count(*) from batch_line where state = 'destroyed'").await),
            ),
            ("intent", AtMost(3 * batches)),
            // One that acted, or found that all of a batch was held meanwhile.
            ("executor", AtMost(chunks + batches)),
            ("hold", Just(holds)),
            ("hold_scope", Just(holds)),
            // What people were told: told apart, one by one, with the mails.
            ("notice", AtMost(i64::MAX)),
            ("mail", AtMost(i64::MAX)),
            ("notice_attachment", AtMost(4 * certified)),
            ("audit_entry", AtMost(i64::MAX)),
            // What people typed, beside the entries that have a digest of it.
            ("audit_words", Just(self.count(TYPED).await)),
        ])
    }
}

/// What is there, and not as often as is explained.
fn unexplained(there: &BTreeMap<String, i64>, explained: &BTreeMap<&str, Rows>) -> Vec<String> {
    let wrong = |(name, rows): (&String, &i64)| {
        let expected = explained.get(name.as_str());
        let is_explained = match expected {
            None => *rows == 0,
            Some(Just(expected)) => rows == expected,
            Some(AtMost(most)) => rows <= most,
        };
        (!is_explained).then(|| format!("{name}: {rows}, where {expected:?}"))
    };
    there.iter().filter_map(wrong).collect()
}

pub(super) async fn every_row_is_explained(soak: &Soak, days: i64) {
    let tables = soak.tables().await;
    let actions = "select action, count(*) from audit_entry group by action";
    let actions = soak.counts(actions).await;
    for (name, rows) in tables.iter().chain(&actions).filter(|(_, rows)| **rows > 0) {
        println!("  {name}: {rows}");
    }
    let mut wrong = unexplained(&tables, &soak.explained(days).await);
    wrong.extend(unexplained(&actions, &soak.audited(days).await));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let state = &soak.office.open.config.state_directory;
    let files = |folder| fs::read_dir(state.join(folder)).unwrap().count() as i64;
    assert_eq!((files("backups"), files("executors")), (days.min(14), 0));
}
