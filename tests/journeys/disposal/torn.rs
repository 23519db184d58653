//! Executors that are stopped, cut off, or not alone: nothing is claimed that is
//! not so, and nothing that is held goes beyond the chunk that is named.
//!
//! The store is made to wait, so that a chunk stays open for as long as a test
//! wants it to.

use std::process::{Child, ExitStatus, Stdio};

use retaind::catalogue::CatalogueUrl;
use retaind::catalogue::entity::intent;
use retaind::catalogue::words::ActKind;
use retaind_schedules::batch::{BatchState, LineState};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::kills::{Approved, Store};
use crate::casework::Kept;
use crate::catalogue::Database;
use crate::council::Ran;

/// Lines in one chunk.
const CHUNK: usize = 30;

/// Makes the store answer to reading and let nothing be changed.
async fn stuck(batch: &Approved) -> Kept {
    let casework = batch.casework.as_ref().expect("rows");
    casework.keeps("lock table tenancy in exclusive mode").await
}

/// `retaind dispose run`, under way.
struct Running(Child);

impl Running {
    fn begin(batch: &Approved) -> Self {
        let chunk = CHUNK.to_string();
        let args = ["--json", "dispose", "run", &batch.number, "--chunk", &chunk];
        let mut command = batch.office.council.command(&args);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Stops it, and sees it stopped.
    fn stop(&self) {
        self.signal(Signal::STOP);
        let file = format!("/proc/{}/stat", self.0.id());
        let is_stopped = || std::fs::read_to_string(&file).unwrap().contains(") T ");
        while !is_stopped() {
            std::thread::yield_now();
        }
    }

    async fn end(mut self) -> ExitStatus {
        tokio::task::spawn_blocking(move || self.0.wait().unwrap()).await.unwrap()
    }
}

/// The chunk that is open, once one is.
async fn open_chunk(batch: &Approved) -> intent::Model {
    loop {
        let intents = batch.office.intents().await;
        let open = intents.into_iter().find(|intent| intent.closed_at.is_none());
        match open {
            Some(open) => return open,
            None => tokio::task::yield_now().await,
        }
    }
}

/// Places a hold, of which there is nothing to warn.
fn hold(batch: &Approved) -> (i32, Value) {
    let placed = place_hold(batch);
    assert!(placed.err.is_empty(), "{placed:?}");
    (placed.code, placed.json().remove(0))
}

/// Places a hold on everything of the record type, and waits a second.
pub(super) fn place_hold(batch: &Approved) -> Ran {
    let council = &batch.office.council;
    let review = crate::council::months_from_now(6).to_string();
    let args = [
        "--json",
        "hold",
        "place",
        "LEG-1",
        "--kind",
        "legal-hold",
        "--title",
        "A claim",
        "--authority",
        "a letter",
        "--reason",
        "received",
        "--record-type",
        "PLAN-14",
        "--review-on",
        &review,
        "--wait",
        "1",
    ];
    council.run(&args)
}

/// The chunks in which something was taken.
async fn taking(batch: &Approved) -> Vec<intent::Model> {
    let mut intents = batch.office.intents().await;
    intents.retain(|intent| intent.act == ActKind::Quarantine);
    intents
}

/// Nothing went but that chunk, which is put back; the rest is withheld, whoever
/// runs the batch.
async fn only_that_chunk_went(batch: &Approved) {
    for _ in 0..2 {
        let ran = batch.office.council.run(&["--json", "dispose", "run", &batch.number]);
        assert_eq!(ran.json()[0]["quarantined"], 0, "{ran:?}");
    }
    let (office, number) = (&batch.office, &batch.number);
    assert_eq!(office.count(number, LineState::Restored).await, CHUNK);
    assert_eq!(office.count(number, LineState::Withheld).await, 90 - CHUNK);
    let intents = office.intents().await;
    assert!(intents.iter().all(|intent| intent.closed_at.is_some()));
    assert_eq!(taking(batch).await.len(), 1, "no chunk was opened after the hold");
    office.council.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_placed_while_an_executor_is_stopped_names_what_it_has_open() {
    for database in Database::BOTH {
        let batch = Approved::of(database, Store::Rows, 90).await;
        let stuck = stuck(&batch).await;
        let running = Running::begin(&batch);
        let open = open_chunk(&batch).await;
        running.stop();
        let (code, placed) = hold(&batch);
        assert_ne!(code, 0, "somebody has to look");
        assert_eq!(placed["in_force"], true);
        let named = placed["open"].as_array().unwrap();
        assert_eq!(named.len(), 1);
        assert_eq!(named[0]["batch"], batch.number.as_str());
        assert_eq!(named[0]["intent"], open.id.to_string());
        assert_eq!(named[0]["lines"], CHUNK);
        assert_eq!(placed["withheld"], 90 - CHUNK);
        let settled = batch.office.council.run(&["--json", "dispose", "settle"]);
        assert_eq!(settled.json()[0]["closed"], 0, "one who is stopped may wake: {settled:?}");
        stuck.let_go().await;
        running.signal(Signal::CONT);
        running.end().await;
        only_that_chunk_went(&batch).await;
    }
}

/// Ends every connection to the catalogue, and lets none be made or all again.
async fn catalogue_lets_in(url: &CatalogueUrl, who: &str) {
    let CatalogueUrl::Postgres(options) = url else { panic!("a server") };
    let name = options.get_database().unwrap().to_owned();
    let server = options.as_ref().clone().database("postgres");
    let mut connection = server.connect().await.unwrap();
    let sql = format!("alter database {name} allow_connections {who}");
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    let sql =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_is_cut_off_claims_nothing_and_what_it_had_open_is_settled() {
    let batch = Approved::of(Database::Postgres, Store::Rows, 90).await;
    let url = batch.office.council.url().clone();
    let stuck = stuck(&batch).await;
    let running = Running::begin(&batch);
    let open = open_chunk(&batch).await;
    catalogue_lets_in(&url, "false").await;
    stuck.let_go().await;
    assert!(!running.end().await.success(), "it says that it could not go on");
    catalogue_lets_in(&url, "true").await;
    let intents = batch.office.intents().await;
    assert_eq!(intents, [open], "nobody closed it in its place");
    assert_eq!(batch.office.count(&batch.number, LineState::Acting).await, CHUNK);
    let (_, placed) = hold(&batch);
    assert_eq!(placed["open"].as_array().unwrap().len(), 0, "its process is gone: {placed}");
    assert_eq!(placed["out_of_reach"], CHUNK, "what had gone by then: {placed}");
    only_that_chunk_went(&batch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_whose_connection_is_cut_while_a_hold_is_placed_goes_no_further() {
    let batch = Approved::of(Database::Postgres, Store::Rows, 90).await;
    let url = batch.office.council.url().clone();
    let stuck = stuck(&batch).await;
    let running = Running::begin(&batch);
    let open = open_chunk(&batch).await;
    catalogue_lets_in(&url, "true").await;
    let (_, placed) = hold(&batch);
    assert_eq!(placed["open"][0]["intent"], open.id.to_string(), "it is at it still: {placed}");
    stuck.let_go().await;
    running.end().await;
    only_that_chunk_went(&batch).await;
}

/// Two daemons and two who run the batch by hand.
#[tokio::test(flavor = "multi_thread")]
async fn several_at_one_batch_take_no_line_twice_and_a_hold_binds_them_all() {
    let mut batch = Approved::of(Database::Postgres, Store::Files, 600).await;
    batch.only_execute().await;
    let daemons = [batch.daemon().await, batch.daemon().await];
    let by_hand = [Running::begin(&batch), Running::begin(&batch)];
    while batch.office.intents().await.len() < 3 {
        tokio::task::yield_now().await;
    }
    let (_, placed) = hold(&batch);
    let in_force = taking(&batch).await;
    let named = placed["open"].as_array().unwrap();
    assert_eq!(named.len(), 0, "all of them live and answer: {placed}");
    for running in by_hand {
        running.end().await;
    }
    while batch.office.batch(&batch.number).await.state.0 == BatchState::Quarantining {
        tokio::task::yield_now().await;
    }
    drop(daemons);
    let (office, number) = (&batch.office, &batch.number);
    // Whoever goes on with it puts back what is held.
    let ran = office.council.run(&["dispose", "run", number]);
    assert!(ran.err.is_empty(), "{ran:?}");
    let taken_in = taking(&batch).await;
    assert_eq!(taken_in.len(), in_force.len(), "no chunk was opened after the hold");
    let acted: i64 = taken_in.iter().map(|intent| intent.lines).sum();
    let back = office.count(number, LineState::Restored).await;
    assert_eq!(usize::try_from(acted).unwrap(), back, "each line was in one chunk");
    assert_eq!(office.count(number, LineState::Withheld).await, 600 - back);
    assert_eq!(super::stories::reachable(office, "planning").len(), 600);
    office.council.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_store_is_cut_off_claims_nothing_and_is_settled_by_looking() {
    for database in Database::BOTH {
        let batch = Approved::of(database, Store::Rows, 90).await;
        let stuck = stuck(&batch).await;
        let running = Running::begin(&batch);
        let open = open_chunk(&batch).await;
        let casework = batch.casework.as_ref().unwrap();
        casework.cuts_off_who_waits().await;
        assert!(!running.end().await.success(), "it says that it could not go on");
        let (office, number) = (&batch.office, &batch.number);
        assert_eq!(office.intents().await, [open], "what became of it is not known");
        assert_eq!(office.count(number, LineState::Acting).await, CHUNK);
        stuck.let_go().await;
        let settled = office.council.run(&["--json", "dispose", "settle"]);
        assert_eq!(settled.json()[0]["closed"], 1, "{settled:?}");
        assert_eq!(office.count(number, LineState::Pending).await, 90, "nothing was taken");
        assert_eq!(casework.rows("tenancy").await, 90);
        let ran = office.council.run(&["--json", "dispose", "run", number]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.json()[0]["quarantined"], 90, "{ran:?}");
        assert_eq!(office.count(number, LineState::Quarantined).await, 90);
        assert_eq!(casework.rows("tenancy").await, 0);
        office.council.audit().await;
    }
}
