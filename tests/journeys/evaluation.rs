//! What scans have listed is judged anew without a scan, where what it is judged by
//! has changed.

use std::sync::Arc;

use retaind::catalogue::words::{OutcomeKind, RunCause, RunResult};
use retaind::clock::Clock as _;
use retaind::holds::{self, NewScope};
use retaind::jobs;
use retaind::jobs::run::{Ran, Runner};
use retaind_schedules::hold::HoldKind;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Database;
use crate::office::Office;

/// What the job says, having ended well.
async fn evaluated(office: &Office) -> String {
    let open = &office.open;
    let clock = Arc::new(office.clock().clone());
    let (config, catalogue, keys) =
        (open.config.clone(), open.catalogue.clone(), open.keys.clone());
    let runner = Runner::new(config, catalogue, keys, clock, CancellationToken::new());
    runner.sync().await.unwrap();
    let ran = runner.run(jobs::find("evaluate").unwrap(), RunCause::Asked).await.unwrap();
    let Ran::Ended { result: RunResult::Ok, message } = ran else { panic!("{ran:?}") };
    message
}

async fn count(office: &Office, outcome: OutcomeKind) -> usize {
    office.items().await.iter().filter(|item| item.outcome == outcome).count()
}

const NOTHING_NEW: &str = "0 listed items judged anew, 0 of them otherwise";

#[tokio::test]
async fn a_hold_and_its_release_are_heeded_where_things_are_listed_and_no_store_is_asked() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-11-23T09:00:00Z", 12).await;
        std::fs::rename(office.share.root(), office.council.path("away")).unwrap();
        evaluated(&office).await;
        assert_eq!(evaluated(&office).await, NOTHING_NEW);
        assert_eq!(
            (count(&office, OutcomeKind::Due).await, count(&office, OutcomeKind::Held).await),
            (12, 0)
        );

        let scope = NewScope::Location { store: "share".to_owned(), prefix: "planning".to_owned() };
        office.hold("MATTER-1", HoldKind::LegalHold, scope).await;
        assert_eq!(evaluated(&office).await, "12 listed items judged anew, 12 of them otherwise");
        assert_eq!(
            (count(&office, OutcomeKind::Due).await, count(&office, OutcomeKind::Held).await),
            (0, 12)
        );
        assert_eq!(evaluated(&office).await, NOTHING_NEW);

        let (catalogue, now) = (&office.open.catalogue, office.clock().now());
        let (mary, nadia) = (office.actor("mary").await, office.actor("nadia").await);
        let (why, by) = ("over", "the judgment");
        holds::request_release(catalogue, &mary, "MATTER-1", why, by, now).await.unwrap();
        holds::release(catalogue, &nadia, "MATTER-1", now).await.unwrap();
        assert_eq!(evaluated(&office).await, "12 listed items judged anew, 12 of them otherwise");
        assert_eq!(count(&office, OutcomeKind::Due).await, 12);
    }
}

#[tokio::test]
async fn a_rule_that_keeps_longer_is_heeded_at_once_and_the_next_scan_forgets_what_is_kept() {
    let office = Office::with_files(Database::Sqlite, "2026-11-23T09:00:00Z", 5).await;
    evaluated(&office).await;
    office.accept(&[("PLAN-14", "60 years after last modified", "Destroy")]).await;
    assert_eq!(evaluated(&office).await, "5 listed items judged anew, 5 of them otherwise");
    let items = office.items().await;
    assert!(items.iter().all(|item| item.outcome == OutcomeKind::NotDue && item.action.is_none()));
    office.council.scan("share").await;
    assert_eq!(office.items().await, []);
}

#[tokio::test]
async fn the_next_day_everything_is_judged_anew_and_is_what_a_scan_said_of_it() {
    let office = Office::with_files(Database::Sqlite, "2026-11-23T09:00:00Z", 4).await;
    let scanned = office.items().await;
    office.at("2026-11-24T09:00:00Z").await;
    assert_eq!(evaluated(&office).await, "4 listed items judged anew, 0 of them otherwise");
    assert_eq!(office.items().await, scanned);
}
