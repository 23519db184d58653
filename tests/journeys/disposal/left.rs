//! What a batch could not take, not destroy or not put back: nothing of it is
//! forgotten, and what is mended goes on.

use std::os::unix::fs::symlink;

use retaind::disposal::approve::{reject, withdraw};
use retaind::disposal::execution::under::Met;
use retaind::disposal::execution::{ChunkSize, resume};
use retaind::holds::NewScope;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::ConnectionTrait as _;

use super::holds::met;
use super::stories::reachable;
use crate::catalogue::Database;
use crate::office::{FILES, OLD, Office};

/// A records manager has looked.
pub(super) async fn resumed(office: &Office, number: &str) -> BatchState {
    let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
    resume(&scanner, &mary, number, "looked at, and mended").await.unwrap()
}

/// A hold on all of the share, and what it meets.
pub(super) async fn held(office: &Office, reference: &str) -> Met {
    let scope = NewScope::Location { store: "share".to_owned(), prefix: String::new() };
    let placed = office.hold(reference, HoldKind::LegalHold, scope).await;
    met(office, placed, HoldKind::LegalHold).await
}

/// Twenty files, and five in a folder of their own.
async fn twenty_and_five(database: Database) -> (Office, String) {
    let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
    office.share.files("planning", 20, OLD);
    office.share.files("planning/more", 5, OLD);
    office.share.file("planning/young.pdf", "2026-06-01T10:00:00Z");
    office.council.store("share", FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
    let number = office.authorised().await;
    office.at("2026-11-06T09:00:00Z").await;
    office.council.scan("share").await;
    (office, number)
}

/// Five of 25 cannot be looked at: a folder of the share is somewhere else.
#[tokio::test]
async fn what_could_not_be_looked_at_halts_the_batch_and_goes_once_it_is_mended() {
    for database in Database::BOTH {
        let (office, number) = twenty_and_five(database).await;
        office.share.take_away("planning/more");
        let elsewhere = office.share.root().join("planning/more");
        symlink(office.share.root().with_extension("away"), &elsewhere).unwrap();
        let halted = office.run(&number).await.unwrap_err().to_string();
        assert!(halted.contains("5 of 25 lines failed."), "{halted}");
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        assert_eq!(office.count(&number, LineState::Failed).await, 5);

        std::fs::rename(elsewhere, office.share.root().with_extension("link")).unwrap();
        office.share.bring_back("planning/more");
        assert_eq!(resumed(&office, &number).await, BatchState::Quarantining);
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 5));
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 25));
    }
}

/// When what could be destroyed was, under no hold.
const DESTROYED: &str = "2026-12-06T09:00:00Z";

/// Something came into what is kept out of reach: it is not what was taken.
#[tokio::test]
async fn what_cannot_be_destroyed_stays_known_and_keeps_the_batch_open() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 3);
        let line = office.lines(&number).await.remove(1).id;
        // Something else stands where it was kept.
        let kept = office.share.root().join(format!(".retaind-quarantine/{line}"));
        std::fs::rename(&kept, office.share.root().join("elsewhere")).unwrap();
        std::fs::create_dir(&kept).unwrap();
        office.at(DESTROYED).await;
        office.council.scan("share").await;
        let halted = office.run(&number).await.unwrap_err().to_string();
        assert!(halted.contains("1 of its lines are out of reach, and could be"), "{halted}");
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        assert_eq!(office.count(&number, LineState::Destroyed).await, 2);
        office.at("2026-12-07T09:00:00Z").await;
        assert_eq!(held(&office, "LEG-1").await.out_of_reach, 1, "a hold hears of it");

        // It cannot be put back as it is; a person takes it out, and answers for it.
        assert_eq!(resumed(&office, &number).await, BatchState::Destroying);
        office.run(&number).await.unwrap_err();
        std::fs::remove_dir(&kept).unwrap();
        resumed(&office, &number).await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 0));
        assert_eq!(office.count(&number, LineState::Missing).await, 1);
        let file = office.certificate(&ran.certificate.unwrap());
        let text = std::fs::read_to_string(file).unwrap();
        let certificate = verify::verify(&text, None).unwrap().signed.certificate;
        let check = certificate.hold_check;
        assert_eq!((check.active_holds, check.at.to_string().as_str()), (0, DESTROYED));
    }
}

#[tokio::test]
async fn a_file_that_could_not_be_taken_and_vanishes_later_is_missed() {
    let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    let failed = "update batch_line set state = 'failed', why = 'in-use' \
                  where locator = 'planning/record-00000'";
    office.open.catalogue.read().execute_unprepared(failed).await.unwrap();
    office.at("2026-11-06T09:00:00Z").await;
    assert_eq!(office.run(&number).await.unwrap().quarantined, 2);
    office.share.take_away("planning/record-00000");
    assert_eq!(office.council.scan("share").await.missing, 0, "nobody cries at once");
    assert_eq!(office.council.scan("share").await.missing, 1);
}

/// Far more is due than before: the batch is halted before anything of it is touched.
#[tokio::test]
async fn a_batch_that_was_resumed_can_be_taken_back_until_something_of_it_is_taken() {
    for refused in [false, true] {
        let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 25).await;
        let number = office.authorised().await;
        office.at("2026-11-02T09:00:00Z").await;
        office.share.files("planning/more", 300, OLD);
        office.council.scan("share").await;
        let halted = office.run_by(&number, ChunkSize::Lines(5)).await.unwrap_err().to_string();
        assert!(halted.contains("325 items are due where 25 were"), "{halted}");
        resumed(&office, &number).await;
        let (desk, mary) = (office.desk(), office.actor("mary").await);
        let (came, state) = match refused {
            true => (reject(&desk, &mary, &number, "too many").await, BatchState::Rejected),
            false => (withdraw(&desk, &mary, &number, "too many").await, BatchState::Withdrawn),
        };
        came.unwrap();
        assert_eq!(office.batch(&number).await.state.0, state);
        assert_eq!(reachable(&office, "planning").len(), 27);
    }
}

#[tokio::test]
async fn a_batch_of_which_something_was_taken_is_put_back_and_not_just_withdrawn() {
    let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 25).await;
    let number = office.authorised().await;
    office.at("2026-11-06T09:00:00Z").await;
    office.run(&number).await.unwrap();
    let (desk, mary) = (office.desk(), office.actor("mary").await);
    let refused = withdraw(&desk, &mary, &number, "too late").await.unwrap_err().to_string();
    let way_out = format!("`retaind dispose restore {number}` puts back what can be");
    assert!(refused.contains(&way_out), "{refused}");
    reject(&desk, &mary, &number, "too late").await.unwrap_err();
    assert_eq!(office.batch(&number).await.state.0, BatchState::Quarantined);
}
