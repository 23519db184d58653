//! What happens to items while they are out of reach: what is not what was
//! approved comes back, what is held does not wait, and what is half gone is
//! never said to be whole.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use retaind::catalogue::entity::batch_line;
use retaind::catalogue::words::ActKind;
use retaind::disposal::execution::restore::{What, restore};
use retaind::disposal::execution::settle::settle_all;
use retaind::disposal::execution::under;
use retaind::holds::NewScope;
use retaind::proof::certificate::Certificate;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::{Hold, HoldKind};
use retaind_schedules::ids::BatchLineId;

use super::stories::reachable;
use super::units::{KEPT, office as cases, out_of_reach as cases_out_of_reach};
use super::withdrawn::open_lines;
use crate::catalogue::Database;
use crate::going::begin;
use crate::office::Office;

const TAKEN: &str = "2026-11-06T12:00:00Z";
const GRACE_OVER: &str = "2026-12-06T12:00:00Z";

/// More of each than are looked at in one go, and taken by several hands.
#[tokio::test(flavor = "multi_thread")]
async fn among_hundreds_that_are_missing_what_we_took_is_not() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 1_250).await;
        let lost = (0..600).map(|number| format!("planning/record-{number:05}"));
        lost.for_each(|place| office.share.take_away(&place));
        assert_eq!(office.council.scan("share").await.missing, 0);
        assert_eq!(office.council.scan("share").await.missing, 600);
        let number = office.authorised().await;
        office.at(TAKEN).await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 650));
        assert!(office.intents().await.len() > 3);
        for _ in 0..2 {
            assert_eq!(office.council.scan("share").await.missing, 0);
            assert_eq!(office.items().await.len(), 1_250);
        }
        office.at(GRACE_OVER).await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 650));
        assert_eq!(office.council.scan("share").await.missing, 0);
        assert!(office.items().await.iter().all(|item| item.missed > 2));
        assert_eq!(office.items().await.len(), 600);
    }
}

/// An office with a batch of five files out of reach.
async fn out_of_reach(database: Database) -> (Office, String) {
    let office = Office::with_files(database, "2026-10-30T09:00:00Z", 5).await;
    let number = office.authorised().await;
    office.at(TAKEN).await;
    office.council.scan("share").await;
    let ran = office.run(&number).await.unwrap();
    assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 5));
    (office, number)
}

/// Where the item of a line stands that is out of reach.
fn kept(office: &Office, line: impl Into<uuid::Uuid>) -> PathBuf {
    office.share.root().join(KEPT).join(BatchLineId(line.into()).to_string())
}

fn certificate(office: &Office, number: &str) -> Certificate {
    let text = fs::read_to_string(office.certificate(number)).unwrap();
    verify::verify(&text, None).unwrap().signed.certificate
}

fn counted(of: &[retaind::proof::certificate::Counted]) -> Vec<(&str, u64)> {
    of.iter().map(|one| (one.reason.as_str(), one.count)).collect()
}

#[tokio::test]
async fn what_was_written_to_while_a_process_ended_that_took_it_comes_back() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let line = office.lines(&number).await.remove(0);
        // Someone had it open, and the process ended between its two looks.
        open_lines(&office, &number, ActKind::Quarantine, 2).await;
        let mut file = fs::OpenOptions::new().append(true).open(kept(&office, line.id)).unwrap();
        file.write_all(b"a word that nobody had approved").unwrap();
        drop(file);
        let scanner = office.open.scanner(office.clock());
        settle_all(&scanner).await.unwrap();
        assert_eq!(office.count(&number, LineState::Quarantined).await, 5);

        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.restored), (BatchState::Quarantined, 1));
        let text = fs::read_to_string(office.share.root().join(&line.locator)).unwrap();
        assert!(text.ends_with("a word that nobody had approved"), "{text}");

        office.at(GRACE_OVER).await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 4));
        let certificate = certificate(&office, &ran.certificate.unwrap());
        assert_eq!(counted(&certificate.withheld), [("changed", 1)]);
    }
}

#[tokio::test]
async fn a_clock_set_back_a_little_while_a_chunk_was_open_keeps_no_certificate_from_its_batch() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        office.at("2026-12-06T12:00:30Z").await;
        office.council.scan("share").await;
        open_lines(&office, &number, ActKind::Destroy, 2).await;
        office.clock().set("2026-12-06T12:00:01Z".parse().unwrap());
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 5));
        let certificate = certificate(&office, &ran.certificate.unwrap());
        assert!(certificate.issued_at >= certificate.finished_at);
        let intents = office.intents().await;
        assert!(intents.iter().all(|one| one.closed_at.unwrap() >= one.opened_at));
    }
}

#[tokio::test]
async fn what_a_process_had_open_that_it_was_to_destroy_is_still_what_it_took() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let line = office.lines(&number).await.remove(0);
        office.at(GRACE_OVER).await;
        office.council.scan("share").await;
        open_lines(&office, &number, ActKind::Destroy, 2).await;
        fs::write(kept(&office, line.id), "another").unwrap();
        settle_all(&office.open.scanner(office.clock())).await.unwrap();
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 4, 1));
        let text = fs::read_to_string(office.share.root().join(&line.locator)).unwrap();
        assert_eq!(text, "another");
    }
}

#[tokio::test]
async fn what_was_touched_out_of_reach_comes_back_and_keeps_nothing_else() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let [first, second] = &office.lines(&number).await[..2] else { panic!("five lines") };
        for line in [first, second] {
            let mode = fs::Permissions::from_mode(0o640);
            fs::set_permissions(kept(&office, line.id), mode).unwrap();
        }
        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let what = What::Line(first.id);
        let came = restore(&scanner, &mary, &number, &what, "asked for").await.unwrap();
        assert_eq!((came.done, came.changed, came.failed), (1, 0, 0));
        let said = office.council.audit().await.into_iter().filter_map(|entry| entry.reason);
        let changed = "1 of them changed while they were out of reach";
        assert_eq!(said.filter(|reason| reason.contains(changed)).count(), 1);

        office.at(GRACE_OVER).await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 3, 1));
        assert!(office.share.root().join(&second.locator).exists());
    }
}

#[tokio::test]
async fn what_is_held_in_its_grace_is_back_with_the_next_run() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let line = office.lines(&number).await.remove(0);
        let prefix = line.locator.clone();
        let scope = NewScope::Location { store: "share".to_owned(), prefix };
        office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        office.at("2026-11-09T12:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.restored), (BatchState::Quarantined, 1));
        assert!(ran.waits.is_some(), "the rest waits out its grace");
        assert!(office.share.root().join(&line.locator).exists());
        let again = office.run(&number).await.unwrap();
        assert_eq!(again.restored, 0);
    }
}

#[tokio::test]
async fn what_could_not_be_put_back_is_told_of_by_the_run_the_doctor_and_whoever_is_asked() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let well = office.council.run(&["doctor"]).out;
        assert!(well.contains("whatever was taken can be put back or destroyed"), "{well}");
        let line = office.lines(&number).await.remove(2);
        let (place, prefix) = (line.locator.as_str(), line.locator.clone());
        fs::write(office.share.root().join(place), "somebody else's").unwrap();
        let scope = NewScope::Location { store: "share".to_owned(), prefix };
        office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        office.at("2026-11-09T12:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.restored), (BatchState::Quarantined, 0));
        let left = format!(
            "1 line is out of reach and failed when last tried: something stands where it was, \
             which is to be moved aside. `retaind batch show {number} --lines` says which and why; \
             once that is mended, `retaind dispose restore {number} --line NUMBER --reason ...` \
             puts one back"
        );
        assert_eq!(ran.left.as_ref(), Some(&left));
        let doctor = office.council.run(&["doctor"]).out;
        let wrong = format!("1 line of batch {number} could be neither destroyed nor put back");
        assert!(doctor.contains(&wrong), "{doctor}");

        office.share.take_away(place);
        for _ in 0..2 {
            assert_eq!(office.council.scan("share").await.missing, 0);
        }
        let why = office.council.run(&["explain", "share", place]);
        let said = format!(
            "{place} is out of reach: batch {number} has taken it from store `share`, and not \
             destroyed it. It failed when last tried (not put back: held:legal-hold, occupied): \
             something stands where it was: move that aside first, and it can be put back: \
             `retaind dispose restore {number} --line 3 --reason ...`"
        );
        assert!(why.err.contains(&said), "{why:?}");
        let held = office.council.run(&["lookup", "share", place]).out;
        assert!(held.starts_with(&format!("Still held: batch {number} has taken it")), "{held}");

        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let what = What::Line(line.id);
        let came = restore(&scanner, &mary, &number, &what, "moved aside").await.unwrap();
        assert_eq!(came.done, 1);
        assert_eq!(office.run(&number).await.unwrap().left, None);
    }
}

/// Three cases out of reach, past their grace, and one that a process had begun to
/// destroy when it ended: its line, and where it stands.
async fn half_gone(database: Database) -> (Office, String, batch_line::Model, PathBuf) {
    let office = cases(database).await;
    let [_, number] = cases_out_of_reach(&office).await;
    office.at("2026-12-07T09:00:00Z").await;
    office.council.scan("share").await;
    open_lines(&office, &number, ActKind::Destroy, 1).await;
    let line = office.lines(&number).await.remove(0);
    let going = begin(&kept(&office, line.id));
    fs::rename(going.join("record-00007"), office.share.root().join("gone")).unwrap();
    (office, number, line, going)
}

#[tokio::test]
async fn a_hold_on_half_a_case_says_that_half_is_gone_and_so_does_the_certificate() {
    for database in Database::BOTH {
        let (office, number, line, _) = half_gone(database).await;

        let scope = NewScope::RecordType("PLAN-14".to_owned());
        let placed = office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        let hold = Hold { id: placed.id, kind: HoldKind::LegalHold, scopes: placed.scopes };
        let scanner = office.open.scanner(office.clock());
        let met = under::meet(&scanner, &hold, std::time::Duration::from_secs(1)).await.unwrap();
        assert_eq!((met.open.len(), met.out_of_reach, met.begun), (0, 3, 1));
        let gone: Vec<_> = met.gone.iter().map(|gone| (&gone.batch, gone.items)).collect();
        assert_eq!(gone, [(&number, 1)], "of one case some had gone before");

        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 0, 3));
        let certificate = certificate(&office, &ran.certificate.unwrap());
        assert_eq!(certificate.count, 0);
        assert_eq!(counted(&certificate.failures), [("partly-destroyed, held:legal-hold", 1)]);
        assert_eq!(counted(&certificate.withheld), [("held:legal-hold", 2)]);
        let back = reachable(&office, line.locator.trim_end_matches('/'));
        assert_eq!(back.len(), 63, "what was left of it is back");

        let asked = format!("{}record-00007", line.locator);
        let said = office.council.run(&["lookup", "share", &asked]);
        assert!(said.out.contains("In part: destroyed on 2026-12-07"), "{said:?}");
        let verified = office.council.run(&["audit", "verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        // It is no item that came back from the dead.
        office.council.scan("share").await;
        assert!(office.items().await.iter().all(|item| item.resurrected_at.is_none()));
    }
}

#[tokio::test]
async fn what_came_to_a_case_that_was_half_gone_goes_nowhere() {
    for database in Database::BOTH {
        let (office, number, line, going) = half_gone(database).await;
        fs::write(going.join("late.pdf"), "nobody approved that").unwrap();
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 2, 1));
        let certificate = certificate(&office, &ran.certificate.unwrap());
        assert_eq!(counted(&certificate.failures), [("partly-destroyed, late-member", 1)]);
        let back = reachable(&office, line.locator.trim_end_matches('/'));
        assert!(back.contains(&"late.pdf".to_owned()), "{back:?}");
    }
}

#[tokio::test]
async fn a_hold_meets_what_a_store_has_out_of_reach_under_its_old_name() {
    for database in Database::BOTH {
        let (mut office, number) = out_of_reach(database).await;
        let file = |name: &str| office.council.path(format!("stores.d/{name}.toml"));
        fs::rename(file("share"), file("files")).unwrap();
        office.open = office.council.open().await;
        office.council.scan("files").await;
        let prefix = "planning".to_owned();
        let scope = NewScope::Location { store: "files".to_owned(), prefix };
        let placed = office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        let hold = Hold { id: placed.id, kind: HoldKind::LegalHold, scopes: placed.scopes };
        let scanner = office.open.scanner(office.clock());
        let met = under::meet(&scanner, &hold, std::time::Duration::ZERO).await.unwrap();
        assert_eq!(met.out_of_reach, 5, "of batch {number}, which knows the store as `share`");
    }
}
