//! What was begun under a mapping can be put back, and settled, after the mapping
//! is withdrawn.

use retaind::catalogue::entity::{executor, intent};
use retaind::catalogue::values::Text;
use retaind::catalogue::words::ActKind;
use retaind::clock::Clock as _;
use retaind::disposal::execution::restore::{What, restore};
use retaind::disposal::execution::settle::settle_all;
use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::{EntityTrait as _, Set};

use super::stories::reachable;
use crate::catalogue::Database;
use crate::office::{FILES, Office};

/// An office with a batch out of reach, whose mapping is no longer in the store file.
async fn withdrawn(database: Database) -> (Office, String) {
    let mut office = Office::with_files(database, "2026-10-30T09:00:00Z", 25).await;
    let number = office.authorised().await;
    office.at("2026-11-06T12:00:00Z").await;
    office.council.scan("share").await;
    let ran = office.run(&number).await.unwrap();
    assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 25));
    assert_eq!(reachable(&office, "planning"), ["young.pdf"]);
    office.share.folder("other");
    office.council.store("share", &FILES.replace("location = 'planning'", "location = 'other'"));
    office.open = office.council.open().await;
    office.council.scan("share").await;
    (office, number)
}

#[tokio::test]
async fn what_is_out_of_reach_comes_back_though_its_mapping_was_withdrawn() {
    for database in Database::BOTH {
        let (office, number) = withdrawn(database).await;
        let halted = office.run(&number).await.unwrap_err().to_string();
        assert!(halted.contains("a mapping it rests on has changed"), "{halted}");
        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let came = restore(&scanner, &mary, &number, &What::All, "asked for").await.unwrap();
        assert_eq!((came.done, came.changed, came.absent, came.failed), (25, 0, 0, 0));
        assert_eq!(reachable(&office, "planning").len(), 26);
        assert_eq!(office.count(&number, LineState::Restored).await, 25);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Withdrawn);
    }
}

#[tokio::test]
async fn what_was_open_is_settled_though_its_mapping_was_withdrawn() {
    for database in Database::BOTH {
        let (office, number) = withdrawn(database).await;
        open_lines(&office, &number, ActKind::Quarantine, 5).await;
        let settled = settle_all(&office.open.scanner(office.clock())).await.unwrap();
        assert_eq!((settled.closed, settled.open, settled.unanswered), (1, 0, 0));
        assert_eq!(office.count(&number, LineState::Quarantined).await, 25);
        assert!(office.intents().await.iter().all(|intent| intent.closed_at.is_some()));
    }
}

/// As a process leaves them that ended before it could write what became of them.
pub(super) async fn open_lines(office: &Office, number: &str, act: ActKind, lines: usize) {
    let (clock, write) = (office.clock(), office.open.catalogue.read());
    let (process, chunk) = (clock.new_id(), clock.new_id());
    let lock = office.open.config.state_directory.join("executors").join("gone.lock");
    std::fs::write(&lock, process.to_string()).unwrap();
    // On this machine, as the process that took them out of reach.
    let before = executor::Entity::find().one(write).await.unwrap().unwrap();
    let row = executor::ActiveModel {
        id: Set(process),
        host: Set(before.host),
        lock_file: Set(lock.display().to_string()),
        version: Set(before.version),
        started_at: Set(clock.now().into()),
        ended_at: Set(None),
    };
    executor::Entity::insert(row).exec_without_returning(write).await.unwrap();
    let last = i64::try_from(lines).unwrap() - 1;
    let row = intent::ActiveModel {
        id: Set(chunk),
        executor_id: Set(process),
        batch_id: Set(office.batch(number).await.id),
        act: Set(act),
        lines: Set(last + 1),
        first_line: Set(Some(0)),
        last_line: Set(Some(last)),
        positions: Set(Text((0..=last).collect())),
        opened_at: Set(clock.now().into()),
        holds: Set(Some(0)),
        holds_digest: Set(Some("0".repeat(64))),
        ..Default::default()
    };
    intent::Entity::insert(row).exec_without_returning(write).await.unwrap();
    assert_eq!(office.count(number, LineState::Acting).await, lines);
}
