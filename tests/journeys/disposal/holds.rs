//! Holds against batches that are approved, under way, and out of reach.

use std::sync::Arc;
use std::time::Duration;

use retaind::catalogue::entity::{hold, stub};
use retaind::catalogue::words::ActKind;
use retaind::catalogue::words::OutcomeKind;
use retaind::clock::Clock as _;
use retaind::disposal::execution::restore::{self, What};
use retaind::disposal::execution::under::{self, Met};
use retaind::disposal::execution::{ChunkSize, dry_run};
use retaind::holds::{self, NewScope, Placed, Progress};
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::{Hold, HoldKind};
use sea_orm::EntityTrait as _;

use super::stories::reachable;
use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{FILES, OLD, Office};

fn below(prefix: &str) -> NewScope {
    NewScope::Location { store: "share".to_owned(), prefix: prefix.to_owned() }
}

pub(super) async fn met(office: &Office, placed: Placed, kind: HoldKind) -> Met {
    let hold = Hold { id: placed.id, kind, scopes: placed.scopes };
    let scanner = office.open.scanner(office.clock());
    under::meet(&scanner, &hold, Duration::from_secs(5)).await.unwrap()
}

#[tokio::test]
async fn story_6_a_request_that_lands_on_an_approved_batch_keeps_what_it_covers() {
    for database in Database::BOTH {
        let mut office = Office::found(database, "2026-10-23T09:00:00Z").await;
        office.share.files("planning/2014", 1_028, OLD);
        office.share.files("planning/2015", 212, OLD);
        office.council.store("share", FILES);
        office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
        office.at("2026-10-30T09:00:00Z").await;
        let number = office.authorised().await;
        office.at("2026-11-02T10:00:00Z").await;
        let placed = office.hold("FOI-7", HoldKind::Foi, below("planning/2015")).await;
        let met = met(&office, placed, HoldKind::Foi).await;
        assert_eq!((met.withheld, met.out_of_reach, met.open.len()), (212, 0, 0));
        office.at("2026-11-06T09:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 1_028));
        assert_eq!(reachable(&office, "planning/2015").len(), 212);
        assert_eq!(reachable(&office, "planning/2014").len(), 0);

        office.at("2026-12-05T09:00:00Z").await;
        office.council.scan("share").await;
        let early = office.run(&number).await.unwrap();
        assert!(early.waits.unwrap().contains("before 2026-12-06T09:00:00Z"));
        office.at("2026-12-06T09:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 1_028));
        let file = office.certificate(&ran.certificate.unwrap());
        let text = std::fs::read_to_string(file).unwrap();
        let certificate = verify::verify(&text, None).unwrap().signed.certificate;
        let withheld: Vec<_> =
            certificate.withheld.iter().map(|why| (why.reason.as_str(), why.count)).collect();
        assert_eq!((certificate.lines, certificate.count), (1_240, 1_028));
        assert_eq!(withheld, [("held:foi", 212)]);
        assert_eq!(office.count(&number, LineState::Withheld).await, 212);
        assert_eq!(reachable(&office, "planning/2015").len(), 212);
        answered(&office, "FOI-7", "2026-11-27").await;
        released(&office, "FOI-7", "2027-05-30T12:00:00Z").await;
        let due = office.items().await.into_iter().filter(|item| item.outcome == OutcomeKind::Due);
        assert_eq!(due.count(), 212, "due, and on no list");
        let again = office.propose().await.remove(0);
        assert_eq!((again.state.0, again.lines), (BatchState::Proposed, 212), "approved by nobody");
        assert!(office.run(&again.number).await.is_err());
        assert_eq!(reachable(&office, "planning/2015").len(), 212);
    }
}

/// Files of leavers, of which some are gone, and how many each hold missed.
#[tokio::test]
async fn a_hold_says_what_had_gone_by_folder_case_and_class_and_when_it_cannot_tell() {
    for database in Database::BOTH {
        let mut office = Office::found(database, "2026-10-23T09:00:00Z").await;
        office.share.files("planning/leavers/10049_left", 4, OLD);
        office.share.files("planning/leavers/20001", 3, OLD);
        office.share.files("planning/others", 2, OLD);
        office.share.file("planning/young.pdf", "2026-06-01T10:00:00Z");
        office.council.store("share", FILES);
        office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
        office.at("2026-10-30T09:00:00Z").await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        let certificate = ran.certificate.unwrap();
        let case = |reference: &str| NewScope::Reference(reference.to_owned());
        for (reference, scope, items) in [
            ("A", below("planning/leavers"), 7),
            ("B", below("/Planning/LEAVERS/20001/"), 3),
            ("C", below("planning/leavers/2000"), 0),
            ("D", case("10049_LEFT"), 4),
            ("E", case("record-00001"), 3),
            ("F", case("10049"), 0),
            ("G", NewScope::RecordType("PLAN-14".to_owned()), 9),
        ] {
            let placed = office.hold(reference, HoldKind::LegalHold, scope).await;
            let met = met(&office, placed, HoldKind::LegalHold).await;
            assert_eq!(met.gone.iter().map(|gone| gone.items).sum::<u64>(), items, "{reference}");
            assert_eq!(met.gone_not_known, 0, "{reference}");
            for gone in met.gone {
                assert_eq!((&gone.batch, gone.certificate.as_ref()), (&number, Some(&certificate)));
                assert_eq!(gone.first.to_string(), "2026-12-06");
            }
        }
        let on = if database == Database::Sqlite { "" } else { " on stub" };
        let older = format!("drop trigger stub_refuses_update{on}; update stub set traces = null");
        execute(office.council.url(), &older).await;
        let placed = office.hold("H", HoldKind::LegalHold, below("planning/leavers")).await;
        let met = met(&office, placed, HoldKind::LegalHold).await;
        assert_eq!((met.gone.len(), met.gone_not_known), (0, 9));
        let stubs = stub::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        assert!(!format!("{stubs:?}").contains("leavers"), "no place in clear");
    }
}

/// The answer to a request was sent on this day.
async fn answered(office: &Office, reference: &str, on: &str) {
    let (mary, now) = (office.actor("mary").await, office.clock().now());
    let answer = Progress { answered: on.parse().ok(), ..Progress::default() };
    let stands = |known: Progress| known.and(answer);
    holds::progress(&office.open.catalogue, &mary, reference, stands, now).await.unwrap();
}

/// Two people release a hold, and the store is scanned again.
async fn released(office: &Office, reference: &str, at: &str) {
    office.at(at).await;
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let (rowan, mary) = (office.actor(&present_user()).await, office.actor("mary").await);
    let (why, whose) = ("answered six months ago", "the log of requests");
    holds::request_release(catalogue, &rowan, reference, why, whose, now).await.unwrap();
    holds::release(catalogue, &mary, reference, now).await.unwrap();
    office.council.scan("share").await;
}

#[tokio::test]
async fn what_is_held_out_of_reach_is_put_back_and_the_rest_is_destroyed() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 20).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 20);
        let placed =
            office.hold("LEG-1", HoldKind::LegalHold, below("planning/record-00007")).await;
        let met = met(&office, placed, HoldKind::LegalHold).await;
        assert_eq!((met.withheld, met.out_of_reach), (0, 1));
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run_by(&number, ChunkSize::Lines(8)).await.unwrap();
        assert_eq!((ran.destroyed, ran.restored), (19, 1));
        assert_eq!(reachable(&office, "planning"), ["record-00007", "young.pdf"]);
    }
}

/// What had been approved before a hold never goes under that approval, though
/// the hold was released, and though nothing was marked when it was placed.
#[tokio::test]
async fn a_release_revives_no_approval_of_what_is_out_of_reach() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 44).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 44);
        office.at("2026-11-12T09:00:00Z").await;
        let placed = office.hold("LEG-9", HoldKind::LegalHold, below("planning")).await;
        let met = met(&office, placed, HoldKind::LegalHold).await;
        assert_eq!((met.withheld, met.out_of_reach), (0, 44));
        released(&office, "LEG-9", "2026-11-20T09:00:00Z").await;
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.destroyed, ran.restored), (0, 44));
        assert_eq!(reachable(&office, "planning").len(), 45);
        office.council.scan("share").await;
        let anew = office.propose().await.remove(0);
        assert_eq!((anew.state.0, anew.lines), (BatchState::Proposed, 44), "approved by nobody");
    }
}

/// Nobody met the hold when it was placed: the process ended before. And the
/// clock was turned back before it was released.
#[tokio::test]
async fn a_release_revives_no_approval_of_what_was_never_marked() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 20).await;
        let number = office.authorised().await;
        office.at("2026-09-01T09:00:00Z").await;
        office.hold("LEG-9", HoldKind::LegalHold, below("planning/record-00007")).await;
        released(&office, "LEG-9", "2026-09-02T09:00:00Z").await;
        office.at("2026-11-06T09:00:00Z").await;
        office.council.scan("share").await;
        let dry = dry_run(&office.open.scanner(office.clock()), &number).await.unwrap();
        assert_eq!(dry.would_go.len(), 19);
        let ran = office.run(&number).await.unwrap();
        assert_eq!(ran.quarantined, 19);
        assert_eq!(reachable(&office, "planning"), ["record-00007", "young.pdf"]);
        let lines = office.lines(&number).await;
        let why: Vec<_> = lines.into_iter().filter_map(|line| line.why).collect();
        assert_eq!(why, ["held:legal-hold"]);
    }
}

/// Four at work, a line a chunk, until half of the batch was begun with; then all of
/// it is held. How many were begun with before that.
async fn held_in_mid_run(office: &Arc<Office>, number: &str, act: ActKind) -> usize {
    office.council.scan("share").await;
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let (office, number) = (Arc::clone(office), number.to_owned());
            tokio::spawn(async move { office.run_by(&number, ChunkSize::Lines(1)).await })
        })
        .collect();
    let begun = async || {
        let intents = office.intents().await.into_iter();
        intents.filter(|intent| intent.act == act).count()
    };
    while begun().await < 500 {
        tokio::task::yield_now().await;
    }
    let scope = NewScope::RecordType("PLAN-14".to_owned());
    let placed = office.hold("LEG-1", HoldKind::LegalHold, scope).await;
    // What the catalogue knows once the hold is in force is all that ever goes.
    let before = begun().await;
    let open = office.count(number, LineState::Acting).await;
    assert!(open <= 4, "{open} are open at once");
    let met = met(office, placed, HoldKind::LegalHold).await;
    assert!(met.open.is_empty());
    for run in runs {
        run.await.unwrap().unwrap();
    }
    assert_eq!(begun().await, before, "an act was begun after the hold");
    // The chain has both in the order in which they were committed.
    let chain = office.council.audit().await.into_iter();
    let after = chain.skip_while(|entry| entry.action != "hold.placed");
    let opened = after.filter(|entry| entry.action == "chunk.opened");
    let said: Vec<_> = opened.filter_map(|entry| entry.reason).collect();
    assert!(said.iter().all(|said| said.starts_with("restore of ")), "{said:?}");
    before
}

#[tokio::test(flavor = "multi_thread")]
async fn story_7_a_hold_placed_during_the_run_stops_every_executor() {
    for database in Database::BOTH {
        let office = Arc::new(Office::with_files(database, "2026-10-30T09:00:00Z", 1_000).await);
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        let before = held_in_mid_run(&office, &number, ActKind::Quarantine).await;
        // What had gone out of reach by then is back with the end of the run.
        assert_eq!(office.count(&number, LineState::Restored).await, before);
        assert_eq!(office.count(&number, LineState::Withheld).await, 1_000 - before);
        assert_eq!(reachable(&office, "planning").len(), 1_001);
        let holds = hold::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        assert_eq!(holds.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn story_7_while_it_is_being_destroyed_what_is_not_gone_yet_comes_back() {
    for database in Database::BOTH {
        let office = Arc::new(Office::with_files(database, "2026-10-30T09:00:00Z", 1_000).await);
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 1_000);
        office.at("2026-12-06T09:00:00Z").await;
        let before = held_in_mid_run(&office, &number, ActKind::Destroy).await;
        assert_eq!(office.count(&number, LineState::Destroyed).await, before);
        assert_eq!(office.count(&number, LineState::Restored).await, 1_000 - before);
        assert_eq!(reachable(&office, "planning").len(), 1_001 - before);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Certified);
    }
}

#[tokio::test]
async fn a_batch_and_a_line_can_be_put_back_until_the_end() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 10).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        office.run(&number).await.unwrap();
        let line = office.lines(&number).await.remove(3);
        let scanner = office.open.scanner(office.clock());
        let mary = office.actor("mary").await;
        let one = What::Line(line.id);
        let came = restore::restore(&scanner, &mary, &number, &one, "asked for").await.unwrap();
        assert_eq!(came.done, 1);
        assert_eq!(reachable(&office, "planning"), ["record-00003", "young.pdf"]);
        let came = restore::restore(&scanner, &mary, &number, &What::All, "asked for").await;
        assert_eq!(came.unwrap().done, 9);
        assert_eq!(reachable(&office, "planning").len(), 11);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Withdrawn);
        assert_eq!(office.count(&number, LineState::Restored).await, 10);
        let seen = office.council.scan("share").await;
        assert_eq!((seen.items, seen.missing), (11, 0));
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_lists_what_the_run_then_takes() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 30).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        office.share.touch("planning/record-00004", "2015-06-02T10:00:00Z");
        office.hold("LEG-1", HoldKind::LegalHold, below("planning/record-00007")).await;
        let before = (office.lines(&number).await, office.council.audit().await.len());
        let (tree, items) = (reachable(&office, "."), office.items().await);
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert_eq!(dry.stops, [""; 0]);
        assert_eq!((office.lines(&number).await, office.council.audit().await.len()), before);
        assert_eq!((reachable(&office, "."), office.items().await), (tree, items));
        let stay: Vec<_> = dry.would_stay.iter().map(|(why, n)| (why.as_str(), *n)).collect();
        assert_eq!(stay, [("changed", 1), ("held:legal-hold", 1)]);
        office.run(&number).await.unwrap();
        let lines = office.lines(&number).await;
        let taken = lines.iter().filter(|line| line.state.0 == LineState::Quarantined);
        assert_eq!(taken.map(|line| line.id).collect::<Vec<_>>(), dry.would_go);
    }
}
