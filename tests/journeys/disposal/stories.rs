//! Batches carried out on files and on rows, with a clock that stands still.

use retaind::catalogue::entity::stub;
use retaind::disposal::execution::Ran;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::EntityTrait as _;

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::office::Office;

const TENANCY: &str = "[[mapping]]\nrecord_type = 'HOU-07'\nlocation = 'tenancy'\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

/// Where a run came to.
fn counts(ran: &Ran) -> (BatchState, u64, u64, u64) {
    (ran.state, ran.quarantined, ran.destroyed, ran.restored)
}

/// Files below the root of the share that anyone can reach.
pub(super) fn reachable(office: &Office, folder: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(office.share.root().join(folder)) else { return vec![] };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_two_people_approved_goes_out_of_reach_then_for_good_and_is_certified() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 40).await;
        let number = office.authorised().await;
        let early = office.run(&number).await.unwrap();
        assert_eq!(counts(&early), (BatchState::Authorised, 0, 0, 0));
        let waits = "nothing of it goes before 2026-11-06T09:00:00Z, so that people may object";
        assert_eq!(early.waits.as_deref(), Some(waits));

        office.at("2026-11-06T09:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!(counts(&ran), (BatchState::Quarantined, 40, 0, 0));
        assert_eq!(reachable(&office, "planning"), ["young.pdf"]);
        assert!(office.lines(&number).await.iter().all(|line| line.kept_fingerprint.is_some()));

        for _ in 0..3 {
            let seen = office.council.scan("share").await;
            assert_eq!(seen.missing, 0, "what we took is not missing");
        }
        office.at("2026-12-06T09:00:00Z").await;
        let stale = office.run(&number).await.unwrap_err().to_string();
        assert!(stale.contains("has not been scanned to its end in the last 8 days"), "{stale}");
        office.council.scan("share").await;
        resume(&office, &number).await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!(counts(&ran), (BatchState::Certified, 0, 40, 0));
        certified(&office, &number, &ran, 40).await;

        let again = office.run(&number).await.unwrap();
        assert_eq!(counts(&again), (BatchState::Certified, 0, 0, 0));
        assert_eq!(again.certificate, ran.certificate);
        assert_eq!(reachable(&office, "planning"), ["young.pdf"]);
    }
}

async fn resume(office: &Office, number: &str) {
    use retaind::disposal::execution::resume;
    let scanner = office.open.scanner(office.clock());
    resume(&scanner, &office.actor("mary").await, number, "looked").await.unwrap();
}

/// Everything that must be so of a batch that is gone.
pub(super) async fn certified(office: &Office, number: &str, ran: &Ran, count: u64) {
    let certificate = ran.certificate.as_deref().expect("a certificate");
    let text = std::fs::read_to_string(office.certificate(certificate)).unwrap();
    let verified = verify::verify(&text, None).unwrap();
    assert_eq!(verified.signed.certificate.count, count);
    let lines = office.lines(number).await;
    let gone: Vec<_> = lines.iter().filter(|line| line.state.0 == LineState::Destroyed).collect();
    assert_eq!(gone.len() as u64, count);
    assert!(gone.iter().all(|line| line.locator == "gone" && line.reference.is_none()));
    let stubs = stub::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    assert_eq!(stubs.len() as u64, count);
    let left = office.items().await;
    assert!(left.iter().all(|item| lines.iter().all(|line| item.locator != line.locator)));
    assert!(office.intents().await.iter().all(|intent| intent.closed_at.is_some()));
    assert!(!office.council.audit().await.is_empty());
}

#[tokio::test]
async fn rows_go_out_of_reach_then_for_good() {
    for database in Database::BOTH {
        let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
        let rows = (1..=30)
            .map(|id| format!("({id}, '2015-06-01')"))
            .chain(["(31, '2026-06-01')".to_owned()])
            .collect::<Vec<_>>();
        let table = format!(
            "create table tenancy (id integer primary key, ended date);
             insert into tenancy values {};",
            rows.join(", ")
        );
        let casework = Casework::make(database, &table).await;
        let settings =
            casework.settings().replace("kind = 'sql'\n", "kind = 'sql'\nunleashed = true\n");
        office.council.store("casework", &(settings + TENANCY));
        let register = [("HOU-07", "6 years after last modified", "Destroy")];
        office.ready(&register, &["casework"]).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!(counts(&ran), (BatchState::Quarantined, 30, 0, 0));
        let seen = office.council.scan("casework").await;
        assert_eq!((seen.items, seen.missing), (1, 0));
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("casework").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!(counts(&ran), (BatchState::Certified, 0, 30, 0));
        certified(&office, &number, &ran, 30).await;
    }
}
