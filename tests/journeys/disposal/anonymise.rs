//! What is made anonymous: people do it, say so, and nothing of it is destroyed.

use jiff::civil::date;
use retaind::catalogue::entity::stub;
use retaind::catalogue::words::Disposed;
use retaind::disposal::execution::anonymise::{AnonymiseError, Attesting, attest, order};
use retaind::disposal::execution::dry_run;
use retaind::holds::NewScope;
use retaind::proof::verify;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;

use super::holds::met;
use super::stories::reachable;
use crate::catalogue::Database;
use crate::office::Office;

fn refusal<T: std::fmt::Debug>(refused: Result<T, AnonymiseError>) -> String {
    refused.unwrap_err().to_string()
}

async fn held(office: &Office, reference: &str, file: &str) {
    let prefix = format!("planning/{file}");
    let scope = NewScope::Location { store: "share".to_owned(), prefix };
    let placed = office.hold(reference, HoldKind::Foi, scope).await;
    assert_eq!(met(office, placed, HoldKind::Foi).await.withheld, 1);
}

/// Twelve files that are to be made anonymous, as two people approved.
async fn approved(database: Database) -> (Office, String) {
    let now = "2026-10-30T09:00:00Z";
    let office = Office::with_action(database, now, 12, "Anonymise").await;
    let number = office.authorised().await;
    assert_eq!(office.batch(&number).await.action.0, DisposalAction::Anonymise);
    (office, number)
}

#[tokio::test]
async fn people_make_anonymous_what_may_be_and_attest_it() {
    for database in Database::BOTH {
        let (office, number) = approved(database).await;
        let (scanner, nadia) = (office.open.scanner(office.clock()), office.actor("nadia").await);
        let (list, done) = (office.council.path("to-do.csv"), office.council.path("not-done.csv"));
        let early = refusal(order(&scanner, &nadia, &number, &list).await);
        assert!(early.contains("nothing of it goes before 2026-11-06T09:00:00Z"), "{early}");
        let attesting = Attesting {
            number: &number,
            on: date(2026, 11, 6),
            method: "names and addresses removed",
            lines: 8,
            not_done: Some(&done),
        };
        let unasked = refusal(attest(&scanner, &nadia, attesting).await);
        assert!(unasked.starts_with("nobody has asked what of batch"), "{unasked}");

        // One file is held, another changed: ten may be done.
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        held(&office, "FOI-1", "record-00000").await;
        office.share.touch("planning/record-00001", "2014-06-01T10:00:00Z");
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert!(dry.stops[0].starts_with("its items are made anonymous by people"));
        assert_eq!((dry.stops.len(), dry.would_go.len()), (1, 10));
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Authorised, 0), "it only waits");
        let ordered = order(&scanner, &nadia, &number, &list).await.unwrap();
        assert_eq!((ordered.lines, ordered.left), (10, 1));
        let listed = std::fs::read_to_string(&list).unwrap();
        assert_eq!(listed.lines().count(), 11);
        assert!(!listed.contains("record-00000") && !listed.contains("record-00001"));

        // Two are held while people have the list: one was done, one they then left.
        for (reference, file) in [("FOI-2", "record-00002"), ("FOI-3", "record-00005")] {
            let prefix = format!("planning/{file}");
            let scope = NewScope::Location { store: "share".to_owned(), prefix };
            let placed = office.hold(reference, HoldKind::Foi, scope).await;
            let met = met(&office, placed, HoldKind::Foi).await;
            assert_eq!((met.withheld, met.by_people.len()), (0, 1));
            assert_eq!((&met.by_people[0].batch, met.by_people[0].lines), (&number, 1));
        }
        // And one could not be done.
        office.council.write("not-done.csv", "line,why\n3,held\n4,could not be opened\n");
        refuses_what_is_not_so(&office, attesting).await;
        let attested = attest(&scanner, &nadia, attesting).await.unwrap();
        assert_eq!((attested.lines, attested.not_done), (8, 2));
        let known = office.lines(&number).await.into_iter().filter_map(|line| line.why);
        let late = known.filter(|why| why == "done-before-hold-known");
        assert_eq!(late.count(), 1, "the certificate does not call it kept");
        let again = refusal(attest(&scanner, &nadia, attesting).await);
        assert!(again.contains("is attested already"), "{again}");
        certified(&office, &number, &attested.certificate).await;
    }
}

async fn refuses_what_is_not_so(office: &Office, right: Attesting<'_>) {
    let scanner = office.open.scanner(office.clock());
    let (nadia, mary) = (office.actor("nadia").await, office.actor("mary").await);
    let other = office.council.path("other.csv");
    office.council.write("other.csv", "line\n1\n");
    for (wrong, sentence) in [
        (Attesting { lines: 9, ..right }, "9 lines are said to be done, and 8 of batch"),
        (Attesting { lines: 9, not_done: None, ..right }, "9 lines are said to be done, and 10"),
        (Attesting { method: " ", ..right }, "a reason is needed"),
        (Attesting { on: date(2026, 11, 5), ..right }, "2026-11-05 cannot be the day it was done"),
        (Attesting { on: date(2026, 11, 7), ..right }, "2026-11-07 cannot be the day it was done"),
        (Attesting { not_done: Some(&other), ..right }, "line 1 is none of those"),
    ] {
        let refused = refusal(attest(&scanner, &nadia, wrong).await);
        assert!(refused.starts_with(sentence), "{refused}");
    }
    let by_mary = refusal(attest(&scanner, &mary, right).await);
    assert!(by_mary.starts_with("Mary Beck is not the information asset owner"), "{by_mary}");
    assert_eq!(office.council.audited("anonymise.attested").await, 0);
}

/// The certificate says what was done and what was not, every file is where it
/// was, and what was made anonymous is no longer due.
async fn certified(office: &Office, number: &str, certificate: &str) {
    let text = std::fs::read_to_string(office.certificate(certificate)).unwrap();
    let certificate = verify::verify(&text, None).unwrap().signed.certificate;
    assert_eq!((certificate.action, certificate.count), (DisposalAction::Anonymise, 8));
    let method = "made anonymous in the system itself by 2026-11-06, as Nadia Shah attests: names \
                  and addresses removed";
    assert_eq!(certificate.method, method);
    let withheld: Vec<_> =
        certificate.withheld.iter().map(|one| (one.reason.as_str(), one.count)).collect();
    assert_eq!(withheld, [("changed", 1), ("held:foi", 2), ("not-anonymised", 1)]);
    assert_eq!(office.batch(number).await.state.0, BatchState::Certified);
    assert_eq!(office.count(number, LineState::Anonymised).await, 8);
    let stubs = stub::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    assert_eq!(stubs.len(), 8);
    assert!(stubs.iter().all(|stub| stub.action == Disposed::Anonymised));
    assert_eq!(reachable(office, "planning").len(), 13);
    assert!(office.intents().await.is_empty());

    office.at("2026-11-07T12:00:00Z").await;
    office.council.scan("share").await;
    let due = office.council.due().await;
    let mut names: Vec<&str> = due.iter().map(|(place, _)| &place[place.len() - 1..]).collect();
    names.sort_unstable();
    assert_eq!(names, ["0", "1", "2", "3"], "of the eight, none: {due:?}");
    // The same place with another date is another record.
    office.share.file("planning/record-00011", "2013-06-01T10:00:00Z");
    office.council.scan("share").await;
    assert_eq!(office.council.due().await.len(), 5);
}
