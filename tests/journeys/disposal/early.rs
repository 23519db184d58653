//! Early destruction under a granted request for erasure (domain G8): the only way in
//! which anything goes before its minimum ends, and what stands in that way.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use retaind::audit;
use retaind::catalogue::entity::{batch, stub};
use retaind::clock::Clock;
use retaind::disposal::ApprovalError;
use retaind::disposal::approve::{Approving, approve};
use retaind::disposal::execution::{ChunkSize, dry_run, resume, run};
use retaind::disposal::propose::{Left, Made, Run, propose_early};
use retaind::disposal::show;
use retaind::holds::{self, NewScope};
use retaind::proof::certificate::Certificate;
use retaind::proof::verify;
use retaind::register::{self, ImportProfile, RegisterFile};
use retaind::requests::items::{self, Place};
use retaind::requests::letter::letter;
use retaind::requests::{
    self, Explanation, Handling, ItemVerdict, Keeping, NewRequest, RequestDecision, RequestKind,
    Ruling, Seat, erasure, steps,
};
use retaind::scan::run::Scanner;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use tokio_util::sync::CancellationToken;

use super::stories::reachable;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{Office, everyone};

const REFERENCE: &str = "ERA-2026-7";

/// Three newsletters kept for the council's own need, a council tax account kept by
/// statute, and an entry of a public register.
const REGISTER: &str = "\
Ref,Record,Service,IAO,Keep for,Keep from,Disposal action,Legislation,Basis kind,Irreplaceable
NEWS-1,Newsletter subscribers,Team 01,nadia.shah@trentside.example,7 years after last modified,,Destroy,Operational requirement,business,
CT-1,Council tax accounts,Team 01,nadia.shah@trentside.example,6 years from end of financial year,Last modified,Destroy,Local Government Finance Act 1992 s.1,statute,
PR-1,Planning register,Team 01,nadia.shah@trentside.example,20 years after last modified,,Destroy,Town and Country Planning Act 1990 s.69,statute,
";

const STORE: &str = "kind = 'filesystem'\nunleashed = true\nbackup_retention = 'P90D'\n\
    [settings]\nroot = '{folder}/share'\nthreads = 2\n\
    [[mapping]]\nrecord_type = 'NEWS-1'\nlocation = 'news'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'CT-1'\nlocation = 'tax'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'PR-1'\nlocation = 'planning'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// What the person's files are called.
const ITEMS: [&str; 5] = [
    "news/T300001 autumn.txt",
    "news/T300001 spring.txt",
    "news/T300001 summer.txt",
    "tax/T300001 account.txt",
    "planning/T300001 application.txt",
];
const LAW: &str = "Town and Country Planning Act 1990 s.69";

/// The council on 9 November 2026, with this register.
async fn office(database: Database, register: &str) -> Office {
    let mut office = Office::found(database, "2026-11-09T10:00:00Z").await;
    for locator in &ITEMS[..3] {
        office.share.file(locator, "2024-05-01T10:00:00Z");
    }
    office.share.file("news/somebody else.txt", "2024-05-01T10:00:00Z");
    office.share.file(ITEMS[3], "2022-06-01T10:00:00Z");
    office.share.file(ITEMS[4], "2023-03-01T10:00:00Z");
    office.council.store("share", STORE);
    office.open = office.council.open().await;
    accept(&office, register).await;
    office.council.scan("share").await;
    office.promote().await;
    office.set("ceiling.max-share-percent", "100").await;
    office
}

async fn accept(office: &Office, register: &str) {
    office.council.write("own.csv", register);
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let known = register::known_people(catalogue).await.unwrap();
    let (profile, path) = (ImportProfile::default(), office.council.path("own.csv"));
    let file = RegisterFile::read(&path, &profile, "built-in", &known).unwrap();
    assert_eq!(file.checked.accepted, 3, "{:?}", file.checked.findings);
    let rowan = office.actor(&present_user()).await;
    let imported = register::import(catalogue, &rowan, &file, now).await.unwrap();
    let (import, calendar) = (imported.import, &office.open.config.calendar);
    register::accept(catalogue, &rowan, import, calendar, now).await.unwrap();
}

async fn names(office: &Office, locator: &str, law: Option<&str>) -> ItemVerdict {
    let rowan = office.actor(&present_user()).await;
    let scanner = office.open.scanner(office.clock());
    let store = office.open.config.store("share").unwrap();
    let place = Place { store, locator, public_register: law };
    let handling =
        Handling { catalogue: &office.open.catalogue, actor: &rowan, now: office.clock().now() };
    items::judge(&handling, &scanner, REFERENCE, place).await.unwrap().verdict
}

/// Rowan Hale, the data protection officer, opens the request, names the items and on
/// 23 November decides it in part.
async fn decided(office: &Office) {
    let rowan = office.actor(&present_user()).await;
    let catalogue = &office.open.catalogue;
    let handling = |now| Handling { catalogue, actor: &rowan, now };
    let new = NewRequest {
        reference: REFERENCE.to_owned(),
        kind: RequestKind::Erasure,
        received: date(2026, 11, 9),
        clock_starts: None,
        grounds: vec!["art17-1-b".to_owned()],
        service_area: Some("Team 01".to_owned()),
        scopes: Vec::new(),
    };
    let config = &office.open.config;
    let (keys, tail, working_days) =
        (&office.open.keys, config.holds.foi_tail, &config.working_days);
    let keeping = Keeping { keys, tail, working_days };
    requests::open(&handling(office.clock().now()), &keeping, &new).await.unwrap();
    let laws = [None, None, None, None, Some(LAW)];
    let mut verdicts = Vec::new();
    for (locator, law) in ITEMS.iter().zip(laws) {
        verdicts.push(names(office, locator, law).await);
    }
    let early = ItemVerdict::MayGoEarly;
    assert_eq!(verdicts, [early, early, early, ItemVerdict::Kept, ItemVerdict::PublicRegister]);
    office.at("2026-11-23T10:00:00Z").await;
    office.council.scan("share").await;
    let ruling = Ruling {
        decision: RequestDecision::Partly,
        grounds: Vec::new(),
        exceptions: vec!["art17-3-b".to_owned()],
        compelling: None,
        consequence: None,
    };
    requests::decide(&handling(office.clock().now()), REFERENCE, &ruling).await.unwrap();
}

async fn signs(office: &Office, user: &str, seat: Option<Seat>) -> Result<bool, String> {
    let actor = office.actor(user).await;
    let shown = request(office).await;
    let handling =
        Handling { catalogue: &office.open.catalogue, actor: &actor, now: office.clock().now() };
    let digest = &shown.early.first().ok_or("nothing to sign")?.digest;
    let signed = erasure::sign(&handling, REFERENCE, &digest[..12], seat).await;
    signed.map(|signed| signed.stands).map_err(|error| error.to_string())
}

async fn request(office: &Office) -> requests::Shown {
    requests::show(&office.open.catalogue, REFERENCE, office.clock().today()).await.unwrap()
}

async fn retracts(office: &Office) {
    let actor = office.actor("nadia").await;
    let handling =
        Handling { catalogue: &office.open.catalogue, actor: &actor, now: office.clock().now() };
    erasure::retract(&handling, REFERENCE, "they asked us to wait").await.unwrap();
}

async fn proposes(office: &Office) -> Result<Vec<Result<Made, ApprovalError>>, ApprovalError> {
    let mary = office.actor("mary").await;
    let scanner = office.open.scanner(office.clock());
    let made = propose_early(&scanner, &mary, REFERENCE, Run::Real).await?;
    Ok(made.into_iter().map(|made| made.lists).collect())
}

/// What was proposed of the newsletters, and what was left out.
async fn listed(office: &Office) -> (Vec<batch::Model>, Left) {
    let mut made = proposes(office).await.unwrap();
    assert_eq!(made.len(), 1);
    let made = made.remove(0).unwrap();
    (made.batches, made.left)
}

/// A list of the three newsletters that two people approved on 23 November.
async fn authorised(database: Database) -> (Office, String) {
    let office = office(database, REGISTER).await;
    decided(&office).await;
    assert_eq!(signs(&office, &present_user(), None).await, Ok(false));
    assert_eq!(signs(&office, "nadia", None).await, Ok(true));
    let number = listed(&office).await.0.remove(0).number;
    office.approve("nadia", &number).await;
    office.approve("mary", &number).await;
    (office, number)
}

async fn runs(office: &Office, at: &str, number: &str) -> retaind::disposal::execution::Ran {
    office.at(at).await;
    office.council.scan("share").await;
    office.run(number).await.unwrap()
}

fn certificate(office: &Office, number: &str) -> Certificate {
    let text = std::fs::read_to_string(office.certificate(number)).unwrap();
    verify::verify(&text, None).unwrap().signed.certificate
}

fn withheld(certificate: &Certificate) -> Vec<(&str, u64)> {
    certificate.withheld.iter().map(|one| (one.reason.as_str(), one.count)).collect()
}

const TAKEN: &str = "2026-12-01T10:00:00Z";
const GRACE_OVER: &str = "2027-01-04T10:00:00Z";

#[tokio::test]
async fn story_10_three_of_five_go_early_under_the_request_and_two_are_kept() {
    for database in Database::BOTH {
        let office = office(database, REGISTER).await;
        decided(&office).await;
        assert_eq!(office.propose().await, [], "nothing of it is due");
        unsigned(&office).await;
        assert_eq!(signs(&office, "nadia", None).await, Ok(true));
        let explained = office.council.explain("share", ITEMS[0]).await;
        let said = "Erasure request ERA-2026-7 lets it go early";
        assert!(explained.because.iter().any(|words| words == said), "{:?}", explained.because);
        assert!(explained.next.starts_with("It goes early, by a list"), "{}", explained.next);

        let (mut made, left) = listed(&office).await;
        assert_eq!((made.len(), left), (1, Left::default()));
        let list = made.remove(0);
        assert!(list.rule.ends_with("; early under erasure request ERA-2026-7"), "{}", list.rule);
        let again = listed(&office).await;
        assert_eq!((again.0.len(), again.1.listed), (0, 3), "it is on one list");
        let shown = show::show(&office.desk(), &list.number).await.unwrap();
        let early = shown.early.as_ref().map(|early| (early.request.as_str(), early.stands));
        assert_eq!((shown.going, shown.held_now, early), (3, 0, Some((REFERENCE, true))));
        office.approve("nadia", &list.number).await;
        office.approve("mary", &list.number).await;
        closed(&office).await;

        let ran = runs(&office, TAKEN, &list.number).await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 3), "{ran:?}");
        assert_eq!(reachable(&office, "news"), ["somebody else.txt"]);
        let ran = runs(&office, GRACE_OVER, &list.number).await;
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 3), "{ran:?}");
        assert_eq!(reachable(&office, "tax").len() + reachable(&office, "planning").len(), 2);
        gone(&office, &ran.certificate.unwrap()).await;
        let odd = audit::differing(office.open.catalogue.read()).await.unwrap();
        assert_eq!(odd, [], "{database:?}");
    }
}

/// Until two people have signed, nothing goes.
async fn unsigned(office: &Office) {
    let refused = proposes(office).await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "nothing goes early under the request `ERA-2026-7`: it is not signed by the data \
         protection officer and the owner of the asset. See `retaind request show ERA-2026-7` for \
         who is still to sign, with `retaind request sign ERA-2026-7`"
    );
    assert_eq!(signs(office, &present_user(), None).await, Ok(false));
    let twice = signs(office, &present_user(), None).await.unwrap_err();
    assert!(twice.starts_with("Rowan Hale has signed that already, and it takes two"), "{twice}");
    let mary = signs(office, "mary", None).await.unwrap_err();
    assert!(mary.starts_with("Mary Beck may not sign in any place that is still free"), "{mary}");
    let wants = request(office).await.early.remove(0).wants;
    assert_eq!(wants, [Seat::Owner]);
    assert!(proposes(office).await.is_err());
}

/// The letter says what goes and by when, and the request is closed and its hold
/// released before anything goes.
async fn closed(office: &Office) {
    let rowan = office.actor(&present_user()).await;
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let handling = Handling { catalogue, actor: &rowan, now };
    let text = letter("Trentside County Council", &request(office).await);
    insta::allow_duplicates! {
    insta::assert_snapshot!(text.split("\n\n").nth(3).unwrap(), @"
    What becomes of each record:
    1. Newsletter subscribers: it will be destroyed early, as you ask: we expect to have done so by 6 January 2027.
    2. Newsletter subscribers: it will be destroyed early, as you ask: we expect to have done so by 6 January 2027.
    3. Newsletter subscribers: it will be destroyed early, as you ask: we expect to have done so by 6 January 2027.
    4. Council tax accounts: kept until 31 March 2029, because the law requires it to be kept (Local Government Finance Act 1992 s.1). It may go from 1 April 2029. Our rule: Keep for 6 years after the end of the financial year in which the record was last changed.
    5. Planning register: kept until 1 March 2043, because it is part of a register that the public may see (Town and Country Planning Act 1990 s.69). It may go from 2 March 2043. Our rule: Keep for 20 years after the record was last changed.
    ");
    }
    let told = Explanation { text, sent_on: date(2026, 11, 23), exceptions: Vec::new() };
    requests::explain(&handling, REFERENCE, &told).await.unwrap();
    requests::close(&handling, REFERENCE).await.unwrap();
    let mary = office.actor("mary").await;
    holds::release(catalogue, &mary, REFERENCE, now).await.unwrap();
}

/// The certificate, the stubs, the answers and the request say what went and why.
async fn gone(office: &Office, number: &str) {
    let certificate = certificate(office, number);
    assert_eq!((certificate.lines, certificate.count), (3, 3));
    assert_eq!(certificate.destroyed_early_under.as_deref(), Some(REFERENCE));
    let signed: Vec<_> = certificate.early_signed_by.iter().map(|by| by.role.as_str()).collect();
    assert_eq!(signed, ["dpo", "iao"]);
    assert_eq!(certificate.due.map(|due| due.last), Some(date(2031, 5, 1)));
    let page = office.council.path("page.html");
    let file = page.display().to_string();
    let made = office.council.run(&["certificate", "show", number, "--html", &file]);
    assert_eq!(made.code, 0, "{made:?}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("under erasure request ERA-2026-7"), "{page}");
    assert!(page.contains("Signed for by"), "{page}");
    let stubs = stub::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    let early = "; early under erasure request ERA-2026-7";
    assert!(stubs.len() == 3 && stubs.iter().all(|stub| stub.rule.ends_with(early)), "{stubs:?}");
    let looked = office.council.run(&["lookup", "share", ITEMS[1]]);
    assert!(
        looked.out.starts_with("Yes: destroyed on ") && looked.out.contains(early),
        "{looked:?}"
    );
    let replayed = office.council.run(&["manifest", "replay", number, "--reason", "the audit"]);
    assert!(replayed.out.starts_with("3 lines of certificate"), "{replayed:?}");
    assert_eq!(replayed.code, 0, "{replayed:?}");
    let shown = office.council.run(&["request", "show", REFERENCE]);
    assert!(shown.out.contains("destroyed early on 2027-01-04, by B-2026-0001"), "{}", shown.out);
    let told = office.council.audit().await;
    let told: Vec<String> = told.into_iter().filter_map(|entry| entry.reason).collect();
    assert!(!told.iter().any(|words| words.contains("T300001")), "{told:?}");
}

#[tokio::test]
async fn a_hold_that_comes_between_approval_and_run_keeps_its_item() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        let spring = NewScope::Location { store: "share".to_owned(), prefix: ITEMS[1].to_owned() };
        office.hold("CLAIM-1", HoldKind::LegalHold, spring).await;
        let ran = runs(&office, TAKEN, &number).await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 2), "{ran:?}");
        // Another that comes while they are out of reach, of the very kind of the request's.
        let summer = NewScope::Location { store: "share".to_owned(), prefix: ITEMS[2].to_owned() };
        let kind = HoldKind::ErasureUnderConsideration;
        office.hold("ERA-2026-8", kind, summer).await;
        let ran = runs(&office, GRACE_OVER, &number).await;
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 1), "{ran:?}");
        let certificate = certificate(&office, &ran.certificate.unwrap());
        let reasons = [("held:erasure-under-consideration", 1), ("held:legal-hold", 1)];
        assert_eq!(withheld(&certificate), reasons, "{database:?}");
        let kept = ["T300001 spring.txt", "T300001 summer.txt", "somebody else.txt"];
        assert_eq!(reachable(&office, "news"), kept);
    }
}

#[tokio::test]
async fn a_decision_that_is_taken_back_keeps_all_and_new_signatures_revive_no_list() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        retracts(&office).await;
        let shown = show::show(&office.desk(), &number).await.unwrap();
        assert_eq!(shown.early.map(|early| early.stands), Some(false));
        // Signed anew, it is another decision than the list stands under.
        assert_eq!(signs(&office, &present_user(), None).await, Ok(false));
        assert_eq!(signs(&office, "nadia", None).await, Ok(true));
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert_eq!((dry.would_go.len(), dry.would_stay["erasure:no-decision"]), (0, 3));
        let ran = runs(&office, TAKEN, &number).await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Certified, 0), "{ran:?}");
        let certificate = certificate(&office, &ran.certificate.unwrap());
        assert_eq!(withheld(&certificate), [("erasure:no-decision", 3)]);
        assert_eq!(reachable(&office, "news").len(), 4);
    }
}

#[tokio::test]
async fn what_is_out_of_reach_comes_back_when_the_decision_is_taken_back() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        let ran = runs(&office, TAKEN, &number).await;
        assert_eq!(ran.quarantined, 3);
        retracts(&office).await;
        let ran = runs(&office, "2026-12-02T10:00:00Z", &number).await;
        assert_eq!(ran.restored, 3, "at once, and not when the grace ends: {ran:?}");
        assert_eq!(reachable(&office, "news").len(), 4);
        assert_eq!(office.count(&number, LineState::Restored).await, 3);
    }
}

#[tokio::test]
async fn another_verdict_a_signer_who_left_or_a_forged_signature_makes_a_list_void() {
    for database in Database::BOTH {
        // The owner says meanwhile that one of them is part of a public register.
        let (office, number) = authorised(database).await;
        assert_eq!(names(&office, ITEMS[0], Some(LAW)).await, ItemVerdict::PublicRegister);
        let ran = runs(&office, TAKEN, &number).await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Certified, 0), "{ran:?}");

        let (office, number) = authorised(database).await;
        let mut people = everyone();
        people[0].roles.remove(&retaind::people::Role::Dpo);
        office.people(&people).await;
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert_eq!((dry.would_go.len(), dry.would_stay["erasure:no-decision"]), (0, 3));

        // Somebody who may write to the database signs for the owner.
        let office = self::office(database, REGISTER).await;
        decided(&office).await;
        assert_eq!(signs(&office, &present_user(), None).await, Ok(false));
        let nadia = office.actor("nadia").await.person;
        let (id, person) = match database {
            Database::Sqlite => (
                "x'00000000000000000000000000000abc'".to_owned(),
                format!("x'{}'", nadia.0.simple()),
            ),
            Database::Postgres => (
                "'00000000-0000-0000-0000-000000000abc'::uuid".to_owned(),
                format!("'{nadia}'::uuid"),
            ),
        };
        let forged = format!(
            "insert into erasure_signature select {id}, request_id, asset_id, digest, {person}, \
             'iao', at from erasure_signature"
        );
        office.open.catalogue.read().execute_unprepared(&forged).await.unwrap();
        assert!(proposes(&office).await.is_err(), "no entry says so");
        let odd = audit::differing(office.open.catalogue.read()).await.unwrap();
        assert_eq!(odd.len(), 1, "{odd:?}");
        for edit in ["update erasure_signature set seat = 'iao'", "delete from erasure_signature"] {
            assert!(office.open.catalogue.read().execute_unprepared(edit).await.is_err(), "{edit}");
        }
    }
}

#[tokio::test]
async fn a_law_that_is_cited_meanwhile_keeps_it_whatever_was_signed() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        let lawful = "Data Protection Act 2018 s.1,statute";
        accept(&office, &REGISTER.replace("Operational requirement,business", lawful)).await;
        office.at(TAKEN).await;
        office.council.scan("share").await;
        let halted = office.run(&number).await.unwrap_err().to_string();
        assert!(halted.contains("schedule"), "{halted}");
        let mary = office.actor("mary").await;
        let scanner = office.open.scanner(office.clock());
        resume(&scanner, &mary, &number, "looked").await.unwrap();
        assert!(office.run(&number).await.is_err(), "and again");
        assert_eq!(reachable(&office, "news").len(), 4);
        retaind::disposal::approve::withdraw(&office.desk(), &mary, &number, "a law keeps it")
            .await
            .unwrap();
        let (made, left) = listed(&office).await;
        assert_eq!((made.len(), left.protected), (0, 3), "{database:?} {left:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_replaced_what_history_keeps_and_what_is_gone_is_left_out() {
    for (register, database) in [
        (REGISTER.replace("requirement,business,", "requirement,business,yes"), Database::Sqlite),
        (
            REGISTER.replace("Operational requirement,business,", "Local history,historical,"),
            Database::Postgres,
        ),
    ] {
        let office = office(database, &register).await;
        decided(&office).await;
        signs(&office, &present_user(), None).await.unwrap();
        signs(&office, "nadia", None).await.unwrap();
        office.share.take_away(ITEMS[2]);
        let (made, left) = listed(&office).await;
        assert_eq!(made.len(), 0, "{left:?} {database:?}");
        let expected = match database {
            Database::Sqlite => Left { unconfirmed: 2, gone: 1, ..Left::default() },
            Database::Postgres => Left { protected: 2, gone: 1, ..Left::default() },
        };
        assert_eq!(left, expected);
        let wants = request(&office).await.early.remove(0).wants;
        let archivist = if database == Database::Postgres { vec![Seat::Archivist] } else { vec![] };
        assert_eq!(wants, archivist);
    }
}

#[tokio::test]
async fn a_list_is_not_approved_once_its_decision_does_not_stand_and_no_place_is_forgotten_before()
{
    for database in Database::BOTH {
        let office = office(database, REGISTER).await;
        decided(&office).await;
        signs(&office, &present_user(), Some(Seat::Dpo)).await.unwrap();
        signs(&office, "nadia", None).await.unwrap();
        let rowan = office.actor(&present_user()).await;
        let (catalogue, now) = (&office.open.catalogue, office.clock().now());
        let handling = Handling { catalogue, actor: &rowan, now };
        let told = Explanation {
            text: "x".to_owned(),
            sent_on: date(2026, 11, 23),
            exceptions: Vec::new(),
        };
        requests::explain(&handling, REFERENCE, &told).await.unwrap();
        let early = requests::close(&handling, REFERENCE).await.unwrap_err().to_string();
        assert!(
            early.starts_with(
                "the request `ERA-2026-7` lets 3 items go early that stand on no list"
            ),
            "{early}"
        );
        let list = listed(&office).await.0.remove(0);
        let logged = steps::of(catalogue.read(), list.erasure_request_id.unwrap()).await.unwrap();
        let note = format!("{}: items to be destroyed early: 3", list.number);
        assert_eq!(logged[0].note.as_deref(), Some(note.as_str()));
        requests::close(&handling, REFERENCE).await.unwrap();
        retracts(&office).await;
        let confirmation = format!("{} 3", list.number);
        let asked = Approving {
            number: &list.number,
            digest: list.digest.as_deref().unwrap(),
            confirmation: &confirmation,
            comment: None,
        };
        let nadia = office.actor("nadia").await;
        let refused = approve(&office.desk(), &nadia, asked).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "the decision by which the items on B-2026-0001 were to go early does not stand any \
             more, or not as it did: it was taken back, or a signature or an item changed. Withdraw \
             the list; where the items are to go early all the same, it takes new signatures and a \
             new list"
        );
        let closed = proposes(&office).await.unwrap_err().to_string();
        assert!(closed.starts_with("the request `ERA-2026-7` is closed, and where"), "{closed}");
    }
}

/// A clock that goes on by a millisecond whenever it is looked at.
struct Ticking {
    from: Timestamp,
    looks: AtomicI64,
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        self.from + SignedDuration::from_millis(looks)
    }
}

#[tokio::test]
async fn a_list_of_which_nothing_goes_is_certified_though_the_clock_goes_on_meanwhile() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        retracts(&office).await;
        office.at(TAKEN).await;
        office.council.scan("share").await;
        let clock = Ticking { from: office.clock().now(), looks: AtomicI64::new(0) };
        let scanner = Scanner { clock: Arc::new(clock), ..office.open.scanner(office.clock()) };
        let ran = run(&scanner, &number, ChunkSize::ByTime, &CancellationToken::new()).await;
        assert_eq!(ran.unwrap().state, BatchState::Certified);
    }
}

/// The person was answered; what came of closing the request.
async fn closes(office: &Office) -> Result<requests::Closed, String> {
    let rowan = office.actor(&present_user()).await;
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let handling = Handling { catalogue, actor: &rowan, now };
    let (text, sent_on) = ("x".to_owned(), date(2026, 11, 23));
    let told = Explanation { text, sent_on, exceptions: Vec::new() };
    requests::explain(&handling, REFERENCE, &told).await.unwrap();
    requests::close(&handling, REFERENCE).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_request_is_not_closed_while_what_it_lets_go_early_is_not_about_to() {
    for database in Database::BOTH {
        let unsigned = office(database, REGISTER).await;
        decided(&unsigned).await;
        let refused = closes(&unsigned).await.unwrap_err();
        assert!(refused.contains("lets 3 items go early that stand on no list"), "{refused}");
        retracts(&unsigned).await;
        closes(&unsigned).await.unwrap();

        let (office, number) = authorised(database).await;
        let held = NewScope::Location { store: "share".to_owned(), prefix: ITEMS[0].to_owned() };
        office.hold("LEGAL-9", HoldKind::LegalHold, held).await;
        let ran = runs(&office, TAKEN, &number).await;
        assert_eq!(ran.quarantined, 2, "{ran:?}");
        let refused = closes(&office).await.unwrap_err();
        assert!(refused.contains("lets 1 item go early that stand on no list"), "{refused}");
    }
}

#[tokio::test]
async fn an_item_judged_anew_or_an_owner_who_is_none_any_more_revives_no_signature() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        office.at("2026-11-24T10:00:00Z").await;
        assert_eq!(names(&office, ITEMS[0], Some(LAW)).await, ItemVerdict::PublicRegister);
        assert_eq!(names(&office, ITEMS[0], None).await, ItemVerdict::MayGoEarly);
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert_eq!((dry.would_go.len(), dry.would_stay["erasure:no-decision"]), (0, 3));

        let (office, _) = authorised(database).await;
        assert_eq!(request(&office).await.early.remove(0).wants, []);
        accept(&office, &REGISTER.replace("nadia.shah@", "mary.beck@")).await;
        assert_eq!(request(&office).await.early.remove(0).wants, [Seat::Owner]);
    }
}

#[tokio::test]
async fn to_look_again_at_what_is_out_of_reach_under_the_request_changes_nothing() {
    for database in Database::BOTH {
        let (office, number) = authorised(database).await;
        assert_eq!(runs(&office, TAKEN, &number).await.quarantined, 3);
        assert_eq!(names(&office, ITEMS[0], None).await, ItemVerdict::MayGoEarly);
        let ran = runs(&office, GRACE_OVER, &number).await;
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 3), "{ran:?}");
    }
}
