//! What was destroyed and certified after the backup that the catalogue was
//! restored from: it is found in the manifests, and nothing of it is written over.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retaind::audit::By;
use retaind::catalogue::CatalogueUrl;
use retaind::clock::Clock as _;
use retaind::disposal::execution::since_backup::{self, TakenOver};
use retaind::disposal::execution::{resume, under};
use retaind::holds::{NewScope, active_by_reference};
use retaind::proof::Prover;
use retaind::scan::run::Scanner;
use retaind::upkeep::backup::{self, Destination, Origin};
use retaind::upkeep::gone::{self, Gone, Manifest};
use retaind::upkeep::kept_head;
use retaind::upkeep::restore::{self, Present, Target};
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::disposal::left::resumed;
use crate::office::{OLD, Office};

/// Carries out an authorised batch in two runs, at these times, to its certificate.
async fn destroy(office: &Office, number: &str, times: [&str; 2]) -> String {
    destroy_from(office, "share", number, times).await
}

/// The same, from the store of this name.
pub(super) async fn destroy_from(
    office: &Office,
    store: &str,
    number: &str,
    [quarantine, end]: [&str; 2],
) -> String {
    office.at(quarantine).await;
    office.council.scan(store).await;
    office.run(number).await.unwrap();
    office.at(end).await;
    office.council.scan(store).await;
    let ran = office.run(number).await.unwrap();
    assert_eq!(ran.state, BatchState::Certified);
    ran.certificate.expect("a certificate")
}

pub(super) const FIRST: [&str; 2] = ["2026-05-11T09:00:00Z", "2026-06-11T09:00:00Z"];
const SECOND: [&str; 2] = ["2026-07-11T09:00:00Z", "2026-08-11T09:00:00Z"];

pub(super) async fn back_up(office: &Office) -> PathBuf {
    let file = office.council.path("before.backup");
    let open = &office.open;
    let origin = Origin { state: &open.config.state_directory, catalogue: &open.catalogue };
    let to = Destination::File(file.clone());
    backup::backup(origin, &to, &By::Service, office.clock().now()).await.unwrap();
    file
}

/// Restores the catalogue at this time, and scans until what is gone counts as gone.
pub(super) async fn restored(office: &mut Office, file: &Path, at: &str) {
    let at = at.parse().unwrap();
    let (url, state) = (office.council.url(), office.open.config.state_directory.clone());
    let backups = office.council.path("backups");
    let target = Target { url, state: &state, backups: &backups };
    restore::restore(file, target, Present::Replace, &present_user(), at).await.unwrap();
    office.open = office.council.open().await;
    restore::confirm(&office.open.catalogue, By::Service, "nothing was held", at).await.unwrap();
    office.at_time(at).await;
    for _ in 0..2 {
        office.council.scan("share").await;
    }
}

pub(super) async fn gone(office: &Office) -> Vec<Gone> {
    let open = &office.open;
    gone::gone(&open.catalogue, &open.keys, &open.config.state_directory).await.unwrap()
}

/// Each that is gone, with its certificate.
pub(super) async fn under(office: &Office) -> Vec<(String, Option<String>)> {
    let gone = gone(office).await.into_iter();
    gone.map(|item| (item.locator, item.certificate)).collect()
}

#[tokio::test]
async fn what_a_lost_certificate_covers_is_said_to_have_gone_under_it_and_its_file_stays() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 4).await;
        let file = back_up(&office).await;
        let number = office.authorised().await;
        // It is on the list, and was not there any more.
        office.share.take_away("planning/record-00003");
        let lost = destroy(&office, &number, FIRST).await;
        assert_eq!((number.as_str(), lost.as_str()), ("B-2026-0001", "C-2026-0001"));
        let signed = fs::read(office.certificate(&lost)).unwrap();
        let manifest = manifest_of(&office, &number).await;

        restored(&mut office, &file, "2026-07-01T09:00:00Z").await;
        let covered = |at: usize| (format!("planning/record-{at:05}"), Some(lost.clone()));
        let taken = ("planning/record-00003".to_owned(), None);
        let all = [covered(0), covered(1), covered(2), taken.clone()];
        assert_eq!(under(&office).await, all);
        assert!(gone(&office).await.iter().all(|item| item.perhaps.is_empty()));
        let told = office.council.run(&["report", "gone"]);
        assert!(told.out.contains("in none that is kept here"), "{told:?}");
        // Whoever asks is told so too, and of what went under none.
        let asked = |at: &str| office.council.run(&["lookup", "share", at]).out;
        let told = asked("planning/record-00001");
        let says = "Yes: after the backup was made that the catalogue was restored from, under \
                    certificate C-2026-0001.";
        assert!(told.starts_with(says) && !told.contains("held"), "{told}");
        let told = asked("planning/record-00003");
        let says = "Not met by the last scan: 1 item that the catalogue still lists.";
        assert!(told.starts_with(says) && !told.contains("held"), "{told}");
        let why = office.council.run(&["explain", "share", "planning/record-00001"]);
        assert!(why.err.contains("it was disposed of"), "{why:?}");
        let doctor = office.council.run(&["doctor"]).out;
        let says = "4 items are gone since the backup: 3 under a certificate, 0 perhaps under one \
                    whose manifest cannot be read, 1 in no certificate that is kept here";
        assert!(doctor.contains(says), "{doctor}");

        // The next batch takes neither number, and writes over nothing.
        office.share.files("planning/later", 2, OLD);
        office.council.scan("share").await;
        let next = office.authorised().await;
        assert_eq!(next, "B-2026-0002");
        assert_eq!(destroy(&office, &next, SECOND).await, "C-2026-0002");
        assert_eq!(fs::read(office.certificate(&lost)).unwrap(), signed);
        assert_eq!(under(&office).await, all);

        // A manifest that has expired says nothing, and is not taken for a stranger.
        let away = manifest.with_extension("away");
        fs::rename(&manifest, &away).unwrap();
        unread(&office, &lost, Manifest::NotThere).await;
        let told = office.council.run(&["report", "gone"]).out;
        let words = "not known: perhaps C-2026-0001 (its manifest has expired, was changed or is";
        assert!(told.contains(words), "{told}");
        // Nor does one that was sealed for another batch.
        fs::rename(&away, manifest.with_file_name(format!("{}.sealed", uuid::Uuid::nil())))
            .unwrap();
        unread(&office, &lost, Manifest::DoesNotOpen).await;
    }
}

/// Every item that is gone may have gone under this certificate, and no more is known.
async fn unread(office: &Office, certificate: &str, why: Manifest) {
    let gone = gone(office).await;
    assert_eq!(gone.len(), 4);
    for item in gone {
        assert_eq!(item.certificate, None);
        let perhaps: Vec<_> =
            item.perhaps.iter().map(|one| (one.certificate.as_str(), one.manifest)).collect();
        assert_eq!(perhaps, [(certificate, why)]);
    }
}

async fn manifest_of(office: &Office, number: &str) -> PathBuf {
    let open = &office.open;
    let state = &open.config.state_directory;
    let prover = Prover { catalogue: &open.catalogue, keys: &open.keys, state };
    prover.manifest_file(office.batch(number).await.id)
}

/// Takes over what is certified and lost, at this time.
async fn take_over(office: &Office) -> Vec<TakenOver> {
    let open = &office.open;
    let state = &open.config.state_directory;
    let prover = Prover { catalogue: &open.catalogue, keys: &open.keys, state };
    let kept = open.config.proof.manifest_kept;
    since_backup::take_over(&prover, kept, office.clock().now()).await.unwrap()
}

/// Backed up before its batch is begun, and when its items are out of reach.
#[tokio::test]
async fn a_batch_that_was_certified_since_the_backup_is_known_again_for_what_it_came_to() {
    for (database, out_of_reach) in Database::BOTH.into_iter().zip([false, true]) {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 3).await;
        office.share.files("planning/new", 10, "2026-03-01T10:00:00Z");
        let number = office.authorised().await;
        if out_of_reach {
            office.at(FIRST[0]).await;
            office.council.scan("share").await;
            office.run(&number).await.unwrap();
        }
        let file = back_up(&office).await;
        let lost = destroy(&office, &number, FIRST).await;
        let signed = fs::read(office.certificate(&lost)).unwrap();

        restored(&mut office, &file, "2026-06-12T09:00:00Z").await;
        let before = office.batch(&number).await.state.0;
        let expected = if out_of_reach { BatchState::Quarantined } else { BatchState::Authorised };
        assert_eq!(before, expected);
        let taken = TakenOver { batch: number.clone(), certificate: lost.clone(), gone: 3 };
        assert_eq!(take_over(&office).await, [taken]);
        assert_eq!(take_over(&office).await, [], "once is enough");

        assert_eq!(office.batch(&number).await.state.0, BatchState::Certified);
        assert_eq!(under(&office).await, [], "nothing is left that the catalogue cannot tell");
        let told = office.council.run(&["lookup", "share", "planning/record-00001"]).out;
        assert!(told.starts_with("Yes: destroyed on 2026-06-11T09:00:00Z, as "), "{told}");
        assert!(told.contains(&format!("certificate {lost}, batch {number}")), "{told}");
        assert!(!told.contains("Still held"), "{told}");
        let why = office.council.run(&["explain", "share", "planning/record-00001"]);
        assert!(why.err.contains("it was disposed of"), "{why:?}");
        let chain = office.council.run(&["audit", "verify"]);
        assert_eq!(chain.code, 0, "{chain:?}");
        // It runs no more, and what comes next follows on the one that was lost.
        let again = office.run(&number).await.unwrap();
        assert_eq!(again.certificate.as_deref(), Some(lost.as_str()));
        assert_eq!(fs::read(office.certificate(&lost)).unwrap(), signed);
        office.share.files("planning/later", 2, OLD);
        office.council.scan("share").await;
        let next = office.authorised().await;
        let second = destroy(&office, &next, SECOND).await;
        assert_eq!(second, "C-2026-0002");
        let second = fs::read_to_string(office.certificate(&second)).unwrap();
        let digest = retaind::audit::digest::of_bytes(&signed);
        assert!(second.contains(&format!("\"previous_digest\": \"{digest}\"")), "{second}");
    }
}

#[tokio::test]
async fn a_batch_of_which_some_had_gone_when_the_backup_was_made_is_known_again_too() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 3).await;
        office.share.files("planning/new", 10, "2026-03-01T10:00:00Z");
        let number = office.authorised().await;
        office.at(FIRST[0]).await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        // Something else stands where one of them was kept, until after the backup: it
        // has been touched, and is put back.
        let line = office.lines(&number).await.remove(1).id;
        let kept = office.share.root().join(format!(".retaind-quarantine/{line}"));
        let aside = office.share.root().join("aside");
        fs::rename(&kept, &aside).unwrap();
        fs::create_dir(&kept).unwrap();
        office.at(FIRST[1]).await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap_err();
        assert_eq!(office.count(&number, LineState::Destroyed).await, 2);
        let file = back_up(&office).await;
        fs::remove_dir(&kept).unwrap();
        fs::rename(&aside, &kept).unwrap();
        resumed(&office, &number).await;
        let lost = office.run(&number).await.unwrap().certificate.expect("a certificate");

        restored(&mut office, &file, "2026-06-12T09:00:00Z").await;
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        let taken = TakenOver { batch: number.clone(), certificate: lost.clone(), gone: 2 };
        assert_eq!(take_over(&office).await, [taken]);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Certified);
        for record in [0, 2] {
            let place = format!("planning/record-{record:05}");
            let told = office.council.run(&["lookup", "share", &place]).out;
            assert!(told.contains(&format!("certificate {lost}, batch {number}")), "{told}");
        }
        assert_eq!(office.count(&number, LineState::Restored).await, 1);
        let chain = office.council.run(&["audit", "verify"]);
        assert_eq!(chain.code, 0, "{chain:?}");
    }
}

#[tokio::test]
async fn a_batch_whose_lost_list_cannot_be_read_is_halted_until_it_can() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-05-03T09:00:00Z", 3).await;
        office.share.files("planning/new", 10, "2026-03-01T10:00:00Z");
        let number = office.authorised().await;
        office.at(FIRST[0]).await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        let file = back_up(&office).await;
        let lost = destroy(&office, &number, FIRST).await;
        let manifest = manifest_of(&office, &number).await;
        let away = manifest.with_extension("away");
        fs::rename(&manifest, &away).unwrap();

        restored(&mut office, &file, "2026-06-12T09:00:00Z").await;
        assert_eq!(take_over(&office).await, []);
        let stopped = office.run(&number).await.unwrap_err().to_string();
        let says = format!(
            "certificate {lost}, which lies among the certificates and is not in the restored \
             catalogue, says that batch {number} was carried out after the backup was made, and \
             its sealed list is not there or cannot be read. Put the list back under `manifests` \
             and run `retaind dispose confirm-restore` again"
        );
        assert!(stopped.contains(&says), "{stopped}");
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);

        // A list of another batch is none of it, nor is one that was changed.
        fs::write(&manifest, b"retaind-manifest-1\nnothing").unwrap();
        assert_eq!(take_over(&office).await, []);
        fs::rename(&away, &manifest).unwrap();
        let manager = office.council.run(&["dispose", "confirm-restore", "--reason", "found it"]);
        let says = format!(
            "batch {number} was carried out since then: 3 items went, by certificate {lost}"
        );
        assert!(manager.out.contains(&says), "{manager:?}");
        let row = office.batch(&number).await;
        assert_eq!((row.state.0, row.halted_why), (BatchState::Certified, None));
    }
}

/// The catalogue is put back by a person, as it was before a hold was placed.
#[tokio::test]
async fn an_older_copy_of_the_catalogue_in_its_place_lets_nothing_go_that_was_held_since() {
    let mut office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    office.at("2026-11-09T12:00:00Z").await;
    office.council.scan("share").await;
    assert_eq!(office.run(&number).await.unwrap().quarantined, 3);
    let (url, older) = (office.council.url().clone(), office.council.path("older.db"));
    let CatalogueUrl::Sqlite(place) = &url else { panic!("{url}") };
    execute(&url, &format!("vacuum into '{}'", older.display())).await;

    let prefix = "planning/record-00001".to_owned();
    let scope = NewScope::Location { store: "share".to_owned(), prefix };
    office.hold("LEG-9", HoldKind::LegalHold, scope).await;
    let (_, hold) = active_by_reference(&office.open.catalogue).await.unwrap().remove(0);
    let met = under::meet(&scanner_of(&office), &hold, Duration::ZERO).await.unwrap();
    assert_eq!((met.out_of_reach, met.open.len()), (1, 0));
    let state = office.open.config.state_directory.clone();
    let kept = kept_head::read(&state);
    assert!(kept.is_some(), "the end of the chain is kept with the hold");

    office.open.catalogue.clone().close().await.unwrap();
    for file in [place.clone(), place.with_extension("db-wal"), place.with_extension("db-shm")] {
        let _ = fs::rename(&file, file.with_extension("away"));
    }
    fs::rename(&older, place).unwrap();
    office.open = office.council.open().await;
    for time in ["2026-12-10T12:00:00Z", "2026-12-11T12:00:00Z"] {
        office.at(time).await;
        office.council.scan("share").await;
        let stopped = office.run(&number).await.unwrap_err().to_string();
        assert!(stopped.contains("the catalogue is an older copy, or was edited"), "{stopped}");
        resume(&scanner_of(&office), &office.actor("mary").await, &number, "looked").await.unwrap();
    }
    assert_eq!(office.count(&number, LineState::Quarantined).await, 3);
    assert_eq!(kept_head::read(&state), kept, "what it was found out by stays");
    let told = office.council.run(&["audit", "verify"]);
    assert!(told.code != 0 && told.err.contains("audit chain is broken"), "{told:?}");

    // Taken for a backup, it asks what came after it, and goes on then.
    let file = back_up(&office).await;
    restored(&mut office, &file, "2026-12-12T12:00:00Z").await;
    let prefix = "planning/record-00001".to_owned();
    let scope = NewScope::Location { store: "share".to_owned(), prefix };
    office.hold("LEG-9", HoldKind::LegalHold, scope).await;
    let ran = office.run(&number).await.unwrap();
    assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 2, 1));
}

fn scanner_of(office: &Office) -> Scanner {
    office.open.scanner(office.clock())
}
