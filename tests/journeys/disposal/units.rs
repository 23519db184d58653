//! Cases of many documents: they go whole, or stay whole.

use jiff::civil::date;
use retaind::catalogue::words::ActKind;
use retaind::disposal::execution::Ran;
use retaind::disposal::execution::settle::settle_all;
use retaind::holds::NewScope;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::evaluation::DueDate;
use retaind_schedules::hold::HoldKind;

use super::left::{held, resumed};
use super::stories::reachable;
use super::withdrawn::open_lines;
use crate::catalogue::Database;
use crate::going::begin;
use crate::office::Office;

/// Where the store keeps what is out of reach.
pub(super) const KEPT: &str = ".retaind-quarantine";

/// The day on which each case was closed, and its documents last changed.
const CLOSED: &str = "2019-08-12T10:00:00Z";

/// Cases by when their documents changed, and cases by when they were closed.
const CASES: &str = "kind = 'filesystem'\nunleashed = true\n\
    [settings]\nroot = '{folder}/share'\nthreads = 2\n\
    [[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'planning'\nunit = { folder = { depth = 1 } }\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'ENF-2'\nlocation = 'closed'\nunit = { folder = { depth = 1 } }\n\
    [mapping.dates]\n\
    case-closed = { from = 'sidecar', file = '{folder}/closed.csv', key = 'case', column = 'closed' }\n";

const REGISTER: [(&str, &str, &str); 2] = [
    ("PLAN-14", "6 years after end of financial year of last modification", "Destroy"),
    ("ENF-2", "6 years from the end of the financial year in which the case was closed", "Destroy"),
];

pub(super) async fn office(database: Database) -> Office {
    let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
    for case in ["planning/1", "planning/2", "planning/3", "closed/9"] {
        office.share.files(case, 64, CLOSED);
    }
    office.council.write("closed.csv", "case,closed\nclosed/9/,12/08/2019\n");
    office.council.store("share", CASES);
    office.ready(&REGISTER, &["share"]).await;
    office
}

/// The lists of what is due, each approved by two: of closed cases, of the others.
async fn authorised(office: &Office) -> [String; 2] {
    let mut made = office.propose().await;
    made.sort_by_key(|batch| batch.lines);
    let lines: Vec<_> = made.iter().map(|batch| (batch.lines, batch.members)).collect();
    assert_eq!(lines, [(1, 64), (3, 192)], "each case is one line");
    let numbers = [made.remove(0).number, made.remove(0).number];
    for number in &numbers {
        office.approve("nadia", number).await;
        office.approve("mary", number).await;
    }
    numbers
}

async fn run(office: &Office, number: &str, at: &str) -> Ran {
    office.at(at).await;
    office.council.scan("share").await;
    office.run(number).await.unwrap()
}

#[tokio::test]
async fn story_17_the_case_is_the_unit() {
    for database in Database::BOTH {
        let office = office(database).await;
        let due = office.council.due().await;
        assert!(due.iter().all(|(_, day)| day == "2026-03-31"), "{due:?}");
        let [closed, changed] = authorised(&office).await;

        office.share.file("planning/2/late.pdf", "2021-01-05T10:00:00Z");
        let document = "planning/3/record-00010".to_owned();
        let scope = NewScope::Location { store: "share".to_owned(), prefix: document };
        office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        let ran = run(&office, &changed, "2026-11-06T09:00:00Z").await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 1));
        assert_eq!(reachable(&office, "planning/1").len(), 0);
        assert_eq!(reachable(&office, "planning/2").len(), 65, "a document came to it");
        assert_eq!(reachable(&office, "planning/3").len(), 64, "one document of it is held");
        let mut kept: Vec<_> =
            office.lines(&changed).await.into_iter().filter_map(|line| line.why).collect();
        kept.sort();
        assert_eq!(kept, ["held:legal-hold", "not-due"]);
        let late = office.council.explain("share", "planning/2/late.pdf").await;
        assert_eq!(late.locator, "planning/2/");
        assert_eq!(late.evaluation.unwrap().due, DueDate::On(date(2027, 3, 31)));

        let ran = run(&office, &closed, "2026-11-06T10:00:00Z").await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 1));
        for (number, members) in [(&changed, 64), (&closed, 64)] {
            let ran = run(&office, number, "2026-12-07T10:00:00Z").await;
            assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 1));
            let file = office.certificate(&ran.certificate.unwrap());
            let text = std::fs::read_to_string(file).unwrap();
            let certificate = verify::verify(&text, None).unwrap().signed.certificate;
            assert_eq!((certificate.count, certificate.members), (1, members));
        }
        assert_eq!(office.count(&closed, LineState::Destroyed).await, 1);
        assert_eq!(reachable(&office, "closed"), [""; 0]);
        assert_eq!(reachable(&office, "planning"), ["2", "3"]);
    }
}

/// All that is due, out of reach: of closed cases, of the others.
pub(super) async fn out_of_reach(office: &Office) -> [String; 2] {
    let numbers = authorised(office).await;
    for (number, cases) in numbers.iter().zip([1, 3]) {
        let ran = run(office, number, "2026-11-06T09:00:00Z").await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, cases));
    }
    // So that the share is never empty.
    office.share.file("planning/4/young.pdf", "2026-06-01T10:00:00Z");
    numbers
}

#[tokio::test]
async fn a_document_that_joins_a_case_in_its_grace_keeps_the_case() {
    for database in Database::BOTH {
        let office = office(database).await;
        let [_, changed] = out_of_reach(&office).await;
        office.at("2026-11-16T09:00:00Z").await;
        office.share.file("planning/2/late.pdf", "2026-11-16T08:00:00Z");
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        let halted = office.run(&changed).await.unwrap_err().to_string();
        let said = "1 of its lines are to be put back, and something stands where they were";
        assert!(halted.contains(said), "{halted}");
        assert_eq!(office.count(&changed, LineState::Destroyed).await, 2);
        assert_eq!(held(&office, "LEG-1").await.out_of_reach, 2, "it, and the closed case");

        // Though the late document is moved aside, the case is put back.
        office.share.take_away("planning/2");
        resumed(&office, &changed).await;
        let ran = office.run(&changed).await.unwrap();
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 0, 1));
        assert_eq!(reachable(&office, "planning/2").len(), 64);
        let why = office.lines(&changed).await.into_iter().find_map(|line| line.why);
        assert_eq!(why.as_deref(), Some("late-member"));
    }
}

/// A process ended when it had destroyed one document of a case.
#[tokio::test]
async fn a_case_whose_destruction_was_cut_short_is_destroyed_by_the_next_run() {
    for database in Database::BOTH {
        let office = office(database).await;
        let [_, changed] = out_of_reach(&office).await;
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        open_lines(&office, &changed, ActKind::Destroy, 1).await;
        let case = office.lines(&changed).await.remove(0).id;
        let below = |path: &str| office.share.root().join(path);
        let going = begin(&below(&format!("{KEPT}/{case}")));
        std::fs::rename(going.join("record-00007"), below("elsewhere")).unwrap();
        let settled = settle_all(&office.open.scanner(office.clock())).await.unwrap();
        assert_eq!((settled.closed, settled.unanswered), (1, 0));
        let ran = office.run(&changed).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 3));
        assert_eq!(std::fs::read_dir(below(KEPT)).unwrap().count(), 1, "the closed case");
    }
}

/// The case system says that a case was closed later than it had said.
#[tokio::test]
async fn a_case_that_is_no_longer_due_when_its_grace_ends_is_put_back() {
    for database in Database::BOTH {
        let office = office(database).await;
        let [closed, _] = out_of_reach(&office).await;
        office.council.write("closed.csv", "case,closed\nclosed/9/,12/08/2024\n");
        let ran = run(&office, &closed, "2026-12-06T09:00:00Z").await;
        assert_eq!((ran.state, ran.destroyed, ran.restored), (BatchState::Certified, 0, 1));
        assert_eq!(reachable(&office, "closed/9").len(), 64);
        let why = office.lines(&closed).await.into_iter().find_map(|line| line.why);
        assert_eq!(why.as_deref(), Some("not-due"));
    }
}
