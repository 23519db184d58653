//! Executors that are killed while their COMMIT is on its way into a PostgreSQL
//! store: the server ends it later, and until then nobody says what became of it.

use std::process::{Child, Stdio};

use retaind::catalogue::words::ActKind;
use retaind_schedules::batch::{BatchState, LineState};
use serde_json::Value;

use super::kills::{Approved, Store, store_file};
use super::torn::place_hold;
use crate::catalogue::Database;
use crate::wire::Wire;

const LINES: usize = 90;

/// Lines in one chunk of a run.
const CHUNK: usize = 30;

/// The rows that are where they belong, and those that are out of reach.
async fn stands(batch: &Approved) -> (i64, i64) {
    let casework = batch.casework.as_ref().unwrap();
    let out_of_reach = casework.out_of_reach().await.len();
    (casework.rows("tenancy").await, i64::try_from(out_of_reach).unwrap())
}

/// Waits until the rows stand like this: the server has ended the COMMIT.
async fn stand(batch: &Approved, so: (i64, i64)) {
    while stands(batch).await != so {
        tokio::task::yield_now().await;
    }
}

fn begin(batch: &Approved, args: &[&str]) -> Child {
    let mut command = batch.office.council.command(args);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn settle(batch: &Approved) -> Value {
    batch.office.council.run(&["--json", "dispose", "settle"]).json().remove(0)
}

/// A batch of rows before that act, what does it, and how many lines it does at once.
async fn before(database: Database, act: ActKind) -> (Approved, Vec<String>, usize) {
    let batch = Approved::of(database, Store::Rows, LINES).await;
    let number = batch.number.as_str();
    if act != ActKind::Quarantine {
        let ran = batch.office.council.run(&["dispose", "run", number]);
        assert!(ran.err.is_empty(), "{ran:?}");
        assert_eq!(batch.office.batch(number).await.state.0, BatchState::Quarantined);
    }
    if act == ActKind::Destroy {
        batch.let_the_grace_pass().await;
    }
    let (args, lines) = match act {
        ActKind::Restore => (vec!["dispose", "restore", number, "--reason", "asked"], LINES),
        _ => (vec!["dispose", "run", number, "--chunk", "30"], CHUNK),
    };
    let args = args.into_iter().map(str::to_owned).collect();
    (batch, args, lines)
}

/// Kills an executor with its COMMIT under way, places a hold, and lets the server
/// end it.
async fn killed_while_it_commits(database: Database, act: ActKind, ends: (i64, i64)) {
    let (batch, args, lines) = before(database, act).await;
    let casework = batch.casework.as_ref().unwrap();
    let (wire, by_wire) = Wire::on(&casework.settings()).await;
    batch.office.council.store("share", &store_file(&by_wire));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut running = begin(&batch, &args);
    wire.keeps_one().await;
    running.kill().unwrap();
    running.wait().unwrap();
    batch.office.council.store("share", &store_file(&casework.settings()));

    let placed = place_hold(&batch);
    assert_ne!(placed.code, 0, "somebody has to look");
    assert!(placed.err.contains("is still under way"), "{placed:?}");
    let placed = placed.json().remove(0);
    assert_eq!(placed["in_force"], true);
    assert_eq!(placed["open"][0]["lines"], lines, "nobody knows of these yet: {placed}");
    assert_eq!(batch.office.count(&batch.number, LineState::Acting).await, lines);
    let settled = settle(&batch);
    assert_eq!((&settled["closed"], &settled["unanswered"]), (&0.into(), &1.into()), "{settled}");
    let why = settled["why"][0].as_str().unwrap();
    assert!(why.contains("an act on the table `tenancy` is still under way in the database"));
    assert!(why.contains("The chunk stays open until it can be looked at"), "{why}");

    wire.let_go();
    stand(&batch, ends).await;
    assert_eq!(settle(&batch)["closed"], 1);
    let state = match act {
        ActKind::Quarantine => LineState::Quarantined,
        ActKind::Restore => LineState::Restored,
        ActKind::Destroy => LineState::Destroyed,
    };
    assert_eq!(batch.office.count(&batch.number, state).await, lines, "as it came to be");
    // The hold has the rest.
    let gone = batch.office.count(&batch.number, LineState::Destroyed).await;
    let ran = batch.office.council.run(&["--json", "dispose", "run", &batch.number]);
    assert_eq!(ran.json()[0]["destroyed"], 0, "{ran:?}");
    let kept = i64::try_from(LINES - gone).unwrap();
    assert_eq!(stands(&batch).await, (kept, 0), "what is not marked gone is where it was");
    batch.office.council.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_killed_executor_is_about_to_destroy_are_named_by_a_hold_until_they_are_gone() {
    for database in Database::BOTH {
        killed_while_it_commits(database, ActKind::Destroy, (0, 60)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_killed_executor_is_about_to_take_are_pending_only_once_that_is_known() {
    killed_while_it_commits(Database::Postgres, ActKind::Quarantine, (60, 30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_killed_executor_is_about_to_put_back_are_settled_once_they_are_back() {
    killed_while_it_commits(Database::Sqlite, ActKind::Restore, (90, 0)).await;
}
