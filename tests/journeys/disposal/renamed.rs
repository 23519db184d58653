//! A store file that gets another name: the store is the same, so what went from
//! it, and what is out of reach there, is known under the new name too.

use std::fs;
use std::time::Duration;

use retaind::catalogue::entity::store;
use retaind::catalogue::words::ActKind;
use retaind::disposal::execution::restore::{What, restore};
use retaind::disposal::execution::settle::settle_all;
use retaind::disposal::execution::under;
use retaind::disposal::verdict::{Keeping, Which, keep};
use retaind::holds::NewScope;
use retaind_schedules::batch::{BatchState, LineState, Verdict};
use retaind_schedules::hold::{Hold, HoldKind};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::restored::{FIRST, back_up, destroy_from, restored, under};
use super::stories::reachable;
use super::withdrawn::open_lines;
use crate::catalogue::Database;
use crate::office::{OLD, Office};

/// Gives a store file another name.
async fn rename(office: &mut Office, from: &str, to: &str) {
    let file = |name: &str| office.council.path(format!("stores.d/{name}.toml"));
    fs::rename(file(from), file(to)).unwrap();
    office.open = office.council.open().await;
}

const FIRST_FILE: &str = "planning/record-00000";

#[tokio::test]
async fn what_went_from_a_store_is_known_under_its_new_name() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 3).await;
        let number = office.authorised().await;
        destroy_from(&office, "share", &number, FIRST).await;
        rename(&mut office, "share", "files").await;
        office.at("2026-06-12T09:00:00Z").await;
        office.share.file("planning/record-00001", OLD);
        let scanned = office.council.scan("files").await;
        assert_eq!(scanned.resurrected, 1, "one is there again");
        assert_eq!(office.council.audited("item.resurrected").await, 1);
        for name in ["share", "files"] {
            let told = office.council.run(&["lookup", name, FIRST_FILE]).out;
            assert!(told.starts_with("Yes: destroyed on 2026-06-11"), "{name}: {told}");
        }
        let told = office.council.run(&["explain", "files", FIRST_FILE]).err;
        assert!(told.contains("it was disposed of"), "{told}");
        let told = office.council.run(&["explain", "files", "planning/record-00001"]).out;
        let back = format!(
            "It had been destroyed on 2026-06-11 (certificate C-2026-0001, batch {number}), and \
             something is there again, as a scan first saw on 2026-06-12. It may have come from a \
             backup or a copy: find out from where.\n"
        );
        assert!(told.contains(&back), "{told}");
    }
}

/// The catalogue is restored, and the store has its first name again.
#[tokio::test]
async fn a_lost_certificate_covers_what_went_under_another_name_of_the_store() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 2).await;
        rename(&mut office, "share", "files").await;
        office.council.scan("files").await;
        office.promote().await;
        let file = back_up(&office).await;
        let made = office.propose().await;
        let files = store::Entity::find().filter(store::Column::Name.eq("files"));
        let files = files.one(office.open.catalogue.read()).await.unwrap().unwrap().id;
        let of_files = made.into_iter().find(|batch| batch.store_id == files);
        let number = of_files.expect("what is due there").number;
        office.approve("nadia", &number).await;
        office.approve("mary", &number).await;
        let lost = destroy_from(&office, "files", &number, FIRST).await;
        rename(&mut office, "files", "share").await;
        restored(&mut office, &file, "2026-07-01T09:00:00Z").await;
        let gone = under(&office).await;
        let covered = |at: u8| (format!("planning/record-0000{at}"), Some(lost.clone()));
        assert_eq!(gone, [covered(0), covered(1)]);
    }
}

/// An office with a batch out of reach, whose store file got another name.
async fn out_of_reach(database: Database) -> (Office, String) {
    let mut office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    office.at("2026-11-06T12:00:00Z").await;
    office.council.scan("share").await;
    office.run(&number).await.unwrap();
    assert_eq!(reachable(&office, "planning"), ["young.pdf"]);
    rename(&mut office, "share", "files").await;
    (office, number)
}

#[tokio::test]
async fn what_is_out_of_reach_comes_back_though_its_store_file_was_renamed() {
    for (database, scanned) in [(Database::Sqlite, true), (Database::Postgres, false)] {
        let (office, number) = out_of_reach(database).await;
        if scanned {
            office.council.scan("files").await;
            let told = office.council.run(&["lookup", "files", FIRST_FILE]).out;
            assert!(told.starts_with("Still held: batch B-2026-0001"), "{told}");
            let told = office.council.run(&["explain", "files", FIRST_FILE]).err;
            assert!(told.contains("is out of reach: batch B-2026-0001"), "{told}");
        }
        let halted = office.run(&number).await.unwrap_err().to_string();
        let said = "its store file was `share` when it was approved and is `files` now, with \
                    mappings of its own. `retaind dispose restore B-2026-0001` puts back what it \
                    took and withdraws it";
        assert!(halted.contains(said), "{halted}");
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        let withdraw = ["batch", "withdraw", &number, "--reason", "it was renamed"];
        let refused = office.council.run(&withdraw);
        let said = "`retaind dispose restore B-2026-0001` puts back what can be";
        assert!(refused.err.contains(said), "{refused:?}");

        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let came = restore(&scanner, &mary, &number, &What::All, "it was renamed").await.unwrap();
        assert_eq!((came.done, came.changed, came.absent, came.failed), (3, 0, 0, 0));
        assert_eq!(reachable(&office, "planning").len(), 4);
        assert_eq!(office.count(&number, LineState::Restored).await, 3);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Withdrawn);
    }
}

#[tokio::test]
async fn what_was_open_is_settled_though_its_store_file_was_renamed() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        open_lines(&office, &number, ActKind::Quarantine, 2).await;
        let settled = settle_all(&office.open.scanner(office.clock())).await.unwrap();
        assert_eq!((settled.closed, settled.open, settled.unanswered), (1, 0, 0));
        assert_eq!(office.count(&number, LineState::Quarantined).await, 3);
    }
}

#[tokio::test]
async fn a_batch_whose_store_has_no_store_file_says_what_is_needed() {
    for database in Database::BOTH {
        let (mut office, number) = out_of_reach(database).await;
        let file = office.council.path("stores.d/files.toml");
        fs::rename(&file, file.with_extension("away")).unwrap();
        office.open = office.council.open().await;
        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let refused = restore(&scanner, &mary, &number, &What::All, "asked for").await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "no store file reaches the store `share` of batch `B-2026-0001` any more. Put one \
             back, under that name or another: what the batch took can be put back then. A batch \
             that took nothing can be withdrawn without it"
        );
    }
}

/// What people decided and recorded about a place is so under every name of its store.
#[tokio::test]
async fn what_was_decided_and_recorded_under_the_old_name_counts_under_the_new() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.propose().await.remove(0).number;
        let (which, verdict) = (Which::Places(vec![FIRST_FILE.to_owned()]), Verdict::Exclude);
        let keeping = Keeping { which, verdict, until: None, reason: "it is in use" };
        keep(&office.desk(), &office.actor("nadia").await, &number, &keeping).await.unwrap();
        let record = ["event", "record", "last-modified", "2026-01-05", "--store", "share"];
        let more = ["--item", "planning/record-00001", "--source", "the service"];
        let recorded = office.council.run(&[&record[..], &more].concat());
        assert_eq!(recorded.code, 0, "{recorded:?}");

        rename(&mut office, "share", "files").await;
        office.council.scan("files").await;
        office.promote().await;
        let files = store::Entity::find().filter(store::Column::Name.eq("files"));
        let files = files.one(office.open.catalogue.read()).await.unwrap().unwrap().id;
        let made = office.propose().await;
        let of_files = made.into_iter().find(|batch| batch.store_id == files);
        let lines = office.lines(&of_files.expect("what is due there").number).await;
        let places: Vec<&str> = lines.iter().map(|line| line.locator.as_str()).collect();
        assert_eq!(places, ["planning/record-00002"], "{database:?}");
    }
}

/// What a hold meets is the same under every name.
#[tokio::test]
async fn a_hold_under_the_new_name_meets_what_waits_and_what_went_under_the_old() {
    for database in Database::BOTH {
        let (office, _) = out_of_reach(database).await;
        office.council.scan("files").await;
        let scope = NewScope::Location { store: "files".to_owned(), prefix: "planning".to_owned() };
        let placed = office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        let hold = Hold { id: placed.id, kind: HoldKind::LegalHold, scopes: placed.scopes };
        let scanner = office.open.scanner(office.clock());
        let met = under::meet(&scanner, &hold, Duration::ZERO).await.unwrap();
        assert_eq!((met.out_of_reach, met.withheld), (3, 0));
    }
}
