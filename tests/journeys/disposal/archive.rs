//! Story 18: minute books are kept for ever, and files whose rule says review go
//! where a person sends each of them: 300 are destroyed, 35 are kept, 5 go to the
//! county archive, and 340 are accounted for. What a person decides later to keep
//! stays, whoever signed before.

use std::path::Path;

use jiff::civil::date;
use retaind::catalogue::entity::item_decision;
use retaind::catalogue::words::ItemDecision;
use retaind::clock::Clock as _;
use retaind::disposal::execution::transfer::{Checksums, accept, offer};
use retaind::disposal::propose::{Proposal, Proposer, Run, Wanted, propose};
use retaind::disposal::{ApprovalError, review};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::EntityTrait as _;

use super::stories::reachable;
use crate::catalogue::Database;
use crate::office::{FILES, OLD, Office};

const MINUTES: &str = "[[mapping]]\nrecord_type = 'MIN-01'\nlocation = 'minutes'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

async fn archive_office(database: Database) -> Office {
    let mut office = Office::found(database, "2026-11-23T09:00:00Z").await;
    office.share.files("minutes", 12, OLD);
    for number in 0..340 {
        office.share.file(&format!("planning/file-{number:03}"), OLD);
    }
    office.council.store("share", &format!("{FILES}{MINUTES}"));
    let register =
        [("PLAN-14", "6 years after last modified", "Review"), ("MIN-01", "Permanent", "")];
    office.ready(&register, &["share"]).await;
    office
}

async fn proposed(office: &Office, code: &str) -> Result<Proposal, ApprovalError> {
    let wanted = Wanted { record_type: Some(code.to_owned()), ..Wanted::default() };
    let mary = office.actor("mary").await;
    let made = propose(&office.desk(), Proposer::Person(&mary), &wanted, Run::Real).await?;
    Ok(made.into_iter().next().unwrap())
}

/// The owner sends the first 300 to destruction, keeps 35 for five years more,
/// and sends the last 5 to the archive.
async fn reviewed(office: &Office) {
    let mut waiting = Vec::new();
    review::each(&office.desk(), |item| {
        waiting.push(item);
        Ok::<(), ApprovalError>(())
    })
    .await
    .unwrap();
    assert_eq!(waiting.len(), 340, "the minute books wait for nobody");
    let ruling = |(number, item): (usize, review::Awaiting)| review::Ruling {
        store: item.store,
        locator: item.locator,
        decision: match number {
            0..300 => ItemDecision::Destroy,
            300..335 => ItemDecision::Keep,
            _ => ItemDecision::Transfer,
        },
        until: Some(date(2031, 11, 23)),
        reason: format!("looked at in the annual review, number {number}"),
        seen: None,
    };
    let rulings: Vec<review::Ruling> = waiting.into_iter().enumerate().map(ruling).collect();
    let nadia = office.actor("nadia").await;
    review::decide(&office.desk(), &nadia, &rulings).await.unwrap();
}

/// The owner decides these of what is due, in the order of their places.
async fn decided(office: &Office, decision: ItemDecision, which: std::ops::Range<usize>) {
    let ruling = |number: usize| review::Ruling {
        store: "share".to_owned(),
        locator: format!("planning/record-{number:05}"),
        decision,
        until: Some(date(2031, 11, 23)),
        reason: "looked at".to_owned(),
        seen: None,
    };
    let rulings: Vec<review::Ruling> = which.map(ruling).collect();
    let nadia = office.actor("nadia").await;
    review::decide(&office.desk(), &nadia, &rulings).await.unwrap();
}

#[tokio::test]
async fn what_its_owner_decides_later_to_keep_stays_whoever_signed_before() {
    for database in Database::BOTH {
        let office = Office::with_action(database, "2026-10-30T09:00:00Z", 3, "Destroy!").await;
        decided(&office, ItemDecision::Destroy, 0..3).await;
        let number = office.authorised().await;

        // In the cooling-off, and while it is out of reach.
        decided(&office, ItemDecision::Keep, 0..1).await;
        office.at("2026-11-06T09:00:00Z").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 2);
        decided(&office, ItemDecision::Keep, 1..2).await;
        on(&office, "2026-12-06T12:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.restored, ran.destroyed, ran.state), (1, 1, BatchState::Certified));
        let lines = office.lines(&number).await;
        let became: Vec<_> = lines.iter().map(|line| (line.state.0, line.why.as_deref())).collect();
        let kept = Some("kept-by-owner");
        let expected = [
            (LineState::Withheld, kept),
            (LineState::Restored, kept),
            (LineState::Destroyed, None),
        ];
        assert_eq!(became, expected, "{database:?}");
        let there = |number: usize| {
            office.share.root().join(format!("planning/record-{number:05}")).exists()
        };
        assert_eq!([0, 1, 2].map(there), [true, true, false]);
    }
}

/// On a later day, after a scan of it.
async fn on(office: &Office, instant: &str) {
    office.at(instant).await;
    office.council.scan("share").await;
}

/// The archive answers with our own checksums, as it has the same bytes.
fn answered(list: &Path, answer: &Path) {
    let mut rows = csv::Reader::from_path(list).unwrap();
    let mut answers = csv::Writer::from_path(answer).unwrap();
    answers.write_record(["line", "sha256"]).unwrap();
    for row in rows.records() {
        let row = row.unwrap();
        answers.write_record([&row[0], &row[3]]).unwrap();
    }
    answers.flush().unwrap();
}

#[tokio::test]
async fn story_18_minute_books_stay_and_each_of_340_files_goes_where_it_was_sent() {
    for database in Database::BOTH {
        let office = archive_office(database).await;
        let refused = proposed(&office, "MIN-01").await.unwrap_err().to_string();
        assert!(refused.starts_with("`MIN-01` is kept permanently"), "{refused}");
        let for_review = proposed(&office, "PLAN-14").await.unwrap().lists.unwrap();
        let row = &for_review.batches[0];
        assert_eq!((row.action.0, row.lines), (DisposalAction::Review, 340));
        reviewed(&office).await;

        let made = proposed(&office, "PLAN-14").await.unwrap().lists.unwrap();
        let numbers: Vec<&str> = made.batches.iter().map(|row| row.number.as_str()).collect();
        let [destroy, transfer] = numbers[..] else { panic!("{numbers:?}") };
        for number in [destroy, transfer] {
            office.approve("nadia", number).await;
            office.approve("mary", number).await;
        }

        on(&office, "2026-11-30T09:00:00Z").await;
        let ran = office.run(destroy).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 300), "{:?}", ran.waits);
        let waits = office.run(transfer).await.unwrap().waits.unwrap();
        assert!(waits.starts_with("the archive has not accepted it"), "{waits}");

        let (list, answer) = (office.council.path("list.csv"), office.council.path("answer.csv"));
        let (scanner, mary) = (office.open.scanner(office.clock()), office.actor("mary").await);
        let archive = "Trentside County Archive";
        let offered = offer(&scanner, &mary, transfer, archive, &list).await.unwrap();
        assert_eq!((offered.lines, offered.left), (5, 0));
        let again = office.run(transfer).await.unwrap();
        assert_eq!((again.state, again.quarantined), (BatchState::Authorised, 0));
        answered(&list, &answer);
        let today = office.clock().today();
        let theirs = Checksums::read(&answer).unwrap();
        let accepted = accept(&scanner, &mary, transfer, "TCA/2026/41", today, &theirs);
        assert_eq!(accepted.await.unwrap().matched, 5);
        assert_eq!(reachable(&office, "planning").len(), 40, "300 are out of reach, 5 not yet");
        let ran = office.run(transfer).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 5), "{:?}", ran.waits);

        on(&office, "2026-12-30T09:00:00Z").await;
        for (number, count) in [(destroy, 300), (transfer, 5)] {
            let ran = office.run(number).await.unwrap();
            assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, count));
            certified(&office, &ran.certificate.unwrap(), count);
        }
        accounted(&office, destroy, transfer).await;
    }
}

/// Each certificate has its count, and the archive's says who has the records.
fn certified(office: &Office, number: &str, count: u64) {
    let text = std::fs::read_to_string(office.certificate(number)).unwrap();
    let certificate = retaind::proof::verify::verify(&text, None).unwrap().signed.certificate;
    assert_eq!((certificate.count, certificate.lines), (count, count));
    let archive = "accepted by Trentside County Archive as TCA/2026/41 on 2026-11-30";
    assert_eq!(certificate.method.starts_with(archive), count == 5, "{}", certificate.method);
}

/// Nothing of the 340 is unaccounted for, and the minute books are where they were.
async fn accounted(office: &Office, destroy: &str, transfer: &str) {
    let destroyed = office.count(destroy, LineState::Destroyed).await;
    let transferred = office.count(transfer, LineState::Transferred).await;
    let decided = item_decision::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    let kept = decided.iter().filter(|row| row.keep_until.is_some_and(|day| day.0.year() == 2031));
    let (kept, there) = (kept.count(), reachable(office, "planning"));
    assert_eq!((destroyed, kept, transferred), (300, 35, 5));
    assert_eq!(destroyed + kept + transferred, 340);
    assert_eq!(there.len(), 35);
    assert!(there.iter().all(|name| name.as_str() >= "file-300" && name.as_str() < "file-335"));
    assert_eq!(reachable(office, "minutes").len(), 12);
    let left = proposed(office, "PLAN-14").await.unwrap().lists.unwrap();
    assert_eq!((left.batches.len(), left.left.kept), (0, 35));
}
