//! Requests opened, decided, explained and closed, on both databases; and that no
//! order of acts, nor anybody who writes to the tables, breaks invariant I18.

mod histories;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::recipients::Told;
use super::*;
use crate::catalogue::entity::{asset, hold, rights_recipient};
use crate::catalogue::seed::{Seed, now, sow};
use crate::catalogue::testing::{Database, Fresh};
use crate::catalogue::words::HoldState;
use crate::config::Jurisdiction;
use crate::holds::{self, NewHold, NewScope, Tail};
use crate::keys::Keys;
use crate::working_days::{OnBankHolidays, Window, WorkingDays};

const KEYS: Keys = Keys::from_bytes([7; 32]);

/// The days of an English council.
pub(super) fn working_days() -> WorkingDays {
    WorkingDays {
        jurisdiction: Jurisdiction::EnglandAndWales,
        zone: TimeZone::get("Europe/London").unwrap(),
        window: "Mon-Thu 19:00-23:00".parse::<Window>().unwrap(),
        on_bank_holidays: OnBankHolidays::Wait,
        freezes: Vec::new(),
    }
}

/// A catalogue whose asset is shared with these.
async fn seeded(database: Database, shared_with: &str) -> (Fresh, Seed) {
    let fresh = database.fresh().await;
    let seed = sow(&fresh).await;
    let tx = fresh.write_tx().await.unwrap();
    let row = asset::Entity::find_by_id(seed.asset).one(&*tx).await.unwrap().unwrap();
    let fields = serde_json::json!({ "recipients": shared_with });
    asset::Model { fields, ..row }.into_active_model().reset_all().update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    (fresh, seed)
}

fn handling<'a>(fresh: &'a Fresh, actor: &'a Actor) -> Handling<'a> {
    Handling { catalogue: fresh, actor, now: now() }
}

fn erasure(reference: &str) -> NewRequest {
    NewRequest {
        reference: reference.to_owned(),
        kind: RequestKind::Erasure,
        received: date(2026, 11, 9),
        clock_starts: None,
        grounds: vec!["art17-1-b".to_owned()],
        service_area: None,
        scopes: vec![NewScope::Asset("IA-7".to_owned())],
    }
}

async fn opened(handling: &Handling<'_>, new: &NewRequest) -> Result<Opened, RequestError> {
    let working_days = &working_days();
    open(handling, &Keeping { keys: &KEYS, tail: Tail::default(), working_days }, new).await
}

fn ruling(decision: RequestDecision) -> Ruling {
    let (grounds, exceptions) = (Vec::new(), Vec::new());
    Ruling { decision, grounds, exceptions, compelling: None, consequence: None }
}

fn told(exceptions: &[&str]) -> Explanation {
    Explanation {
        text: "We keep the council tax record, because the law requires it.".to_owned(),
        sent_on: date(2026, 11, 20),
        exceptions: exceptions.iter().map(|code| (*code).to_owned()).collect(),
    }
}

async fn actions(catalogue: &Catalogue) -> Vec<String> {
    let of = audit::Filter { subject_kind: Some("request".into()), ..audit::Filter::default() };
    let entries = audit::list(catalogue, &of, 99).await.unwrap();
    entries.into_iter().rev().map(|entry| entry.action).collect()
}

async fn assert_agrees(catalogue: &Catalogue) {
    audit::verify(catalogue, audit::From::Genesis).await.unwrap();
    assert_eq!(differing(catalogue.read()).await.unwrap(), []);
}

#[test]
fn an_answer_is_due_on_the_same_day_of_the_next_month_or_the_next_working_day() {
    let days = working_days();
    let cases: [(Date, i32, Date); 9] = [
        (date(2026, 11, 9), 1, date(2026, 12, 9)),
        // No such day in the next month.
        (date(2026, 1, 30), 1, date(2026, 3, 2)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        // A Saturday, and a Sunday.
        (date(2026, 9, 3), 1, date(2026, 10, 5)),
        (date(2026, 10, 13), 1, date(2026, 11, 13)),
        (date(2026, 9, 4), 1, date(2026, 10, 5)),
        // Christmas Day on a Friday, and the Monday in place of Boxing Day.
        (date(2026, 11, 25), 1, date(2026, 12, 29)),
        // In three months, where more time was taken.
        (date(2026, 11, 9), 3, date(2027, 2, 9)),
        (date(2026, 11, 30), 3, date(2027, 3, 1)),
    ];
    for (from, months, due) in cases {
        assert_eq!(super::open::due_on(from, months, &days), due, "{from} {months}");
    }
}

#[tokio::test]
async fn opening_a_request_holds_what_it_is_about_and_closing_it_asks_for_the_release() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database, "").await;
        let handling = handling(&fresh, &seed.dipa);
        for (kind, hold) in [
            (RequestKind::Erasure, "erasure-under-consideration"),
            (RequestKind::Restriction, "restriction18"),
            (RequestKind::Objection, "objection-pending"),
            (RequestKind::Rectification, "rectification-pending"),
            (RequestKind::Access, "subject-access"),
            (RequestKind::Portability, "portability"),
        ] {
            let ground = codes::fitting(codes::GROUNDS, kind).next().map(|code| code.code);
            let grounds = ground.into_iter().map(str::to_owned).collect();
            let new = NewRequest { kind, grounds, ..erasure(&format!("REQ/{kind}")) };
            let opened = opened(&handling, &new).await.unwrap();
            assert_eq!(opened.request.due_on.0, date(2026, 12, 9));
            let id = opened.request.hold_id.unwrap();
            let placed = hold::Entity::find_by_id(id).one(fresh.read()).await.unwrap().unwrap();
            assert_eq!((placed.kind.0.name(), placed.state), (hold, HoldState::Active));
            assert_eq!(opened.hold.as_deref(), Some(placed.reference.as_str()));

            let withdrawn = ruling(RequestDecision::Withdrawn);
            decide(&handling, &new.reference, &withdrawn).await.unwrap();
            let closed = close(&handling, &new.reference).await.unwrap();
            assert_eq!(closed.release, Release::Asked { hold: placed.reference.clone() });
            let kept = hold::Entity::find_by_id(id).one(fresh.read()).await.unwrap().unwrap();
            assert_eq!(kept.state, HoldState::ReleaseRequested, "never released by itself");
            let again = close(&handling, &new.reference).await.unwrap();
            assert_eq!(again.release, closed.release);
        }
        assert_agrees(&fresh).await;
    }
}

#[tokio::test]
async fn a_request_takes_up_the_hold_that_was_placed_for_its_case_and_places_no_other() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database, "").await;
        let handling = handling(&fresh, &seed.dipa);
        let case = NewHold {
            reference: "SAR 2026 044".to_owned(),
            title: "Subject access request".to_owned(),
            kind: retaind_schedules::hold::HoldKind::SubjectAccess,
            ground: None,
            authority: "the list".to_owned(),
            scopes: vec![NewScope::Reference("ENF-1".to_owned())],
            review_on: date(2027, 5, 1),
            reason: "on the list".to_owned(),
        };
        let today = handling.today();
        let placed = holds::place(&fresh, &KEYS, &seed.dipa, &case, now(), today).await.unwrap();

        let access = NewRequest { kind: RequestKind::Access, ..erasure("sar2026044") };
        let access = NewRequest { grounds: Vec::new(), ..access };
        let wrong = opened(&handling, &erasure("SAR2026044")).await.unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "there is a hold with the reference `SAR 2026 044` already, for another matter (subject \
             access request, and not erasure under consideration): open the request under another \
             reference"
        );
        let taken = opened(&handling, &access).await.unwrap();
        assert_eq!(taken.request.hold_id, Some(placed.id.0));
        let holds = holds::list(&fresh, holds::Which::All).await.unwrap();
        assert_eq!((holds.len(), holds[0].scopes.len()), (1, 2), "it covers more, and is one");
        let twice = opened(&handling, &access).await.unwrap_err();
        assert!(matches!(twice, RequestError::ReferenceTaken(_)), "{twice}");

        let released = NewHold { reference: "SAR-2".to_owned(), ..case };
        holds::place(&fresh, &KEYS, &seed.dipa, &released, now(), today).await.unwrap();
        let asked = holds::request_release(&fresh, &seed.dipa, "SAR-2", "over", "the list", now());
        asked.await.unwrap();
        let over = opened(&handling, &NewRequest { reference: "SAR-2".into(), ..access }).await;
        assert!(matches!(over.unwrap_err(), RequestError::HoldOver(_)));
        assert_agrees(&fresh).await;
    }
}

#[tokio::test]
async fn nobody_without_the_role_handles_a_request_and_a_wrong_one_is_not_opened() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    for actor in [&seed.auditor, &seed.owners[0], &seed.lena] {
        let refused = opened(&handling(&fresh, actor), &erasure("E-1")).await.unwrap_err();
        assert!(matches!(refused, RequestError::MayNot(_)), "{refused}");
    }
    let handling = handling(&fresh, &seed.dipa);
    let future = NewRequest { received: date(2026, 11, 23), ..erasure("E-1") };
    let early = NewRequest { clock_starts: Some(date(2026, 11, 8)), ..erasure("E-1") };
    let misfit = NewRequest { grounds: vec!["art18-1-a".into()], ..erasure("E-1") };
    let nowhere = NewRequest { service_area: Some("Magic".into()), ..erasure("E-1") };
    let blank = NewRequest { reference: " ".into(), ..erasure("E-1") };
    for (new, why) in [
        (future, "the day 2026-11-23 lies outside the life of the request"),
        (early, "the clock of a request starts when it came in, on 2026-11-09, or later"),
        (misfit, "`art18-1-a` is no ground for this kind of request (erasure): use one of art17"),
        (nowhere, "there is no service area `Magic`"),
        (blank, "the request has no reference"),
    ] {
        let refused = opened(&handling, &new).await.unwrap_err().to_string();
        assert!(refused.starts_with(why), "{refused}");
    }
    assert_eq!(holds::list(&fresh, holds::Which::All).await.unwrap(), []);
}

#[tokio::test]
async fn a_request_is_not_closed_as_refused_in_part_until_it_is_explained_whole() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database, "").await;
        let handling = handling(&fresh, &seed.dipa);
        opened(&handling, &erasure("E-1")).await.unwrap();
        let early = close(&handling, "E-1").await.unwrap_err();
        assert!(matches!(early, RequestError::NotDecided(_)), "{early}");
        decide(&handling, "E-1", &ruling(RequestDecision::Partly)).await.unwrap();
        assert_eq!(
            close(&handling, "E-1").await.unwrap_err().to_string(),
            "the request `E-1` was refused in part, and cannot be closed without an exception and \
             the text of the explanation and the day it was sent: enter that with `retaind request \
             explain E-1`"
        );
        explain(&handling, "E-1", &told(&[])).await.unwrap();
        let no_exception = close(&handling, "E-1").await.unwrap_err().to_string();
        assert!(no_exception.contains("without an exception: enter"), "{no_exception}");
        let misfit = explain(&handling, "E-1", &told(&["art15-4"])).await.unwrap_err();
        assert!(matches!(misfit, RequestError::NoSuchCode { .. }), "{misfit}");
        explain(&handling, "E-1", &told(&["art17-3-b"])).await.unwrap();
        close(&handling, "E-1").await.unwrap();
        let closed = explain(&handling, "E-1", &told(&[])).await.unwrap_err();
        assert!(matches!(closed, RequestError::Closed(_)), "{closed}");
        let expected = ["opened", "decided", "explained", "explained", "closed"];
        assert_eq!(actions(&fresh).await, expected.map(|act| format!("request.{act}")));
        assert_agrees(&fresh).await;
    }
}

#[tokio::test]
async fn three_recipients_are_told_and_a_granted_request_is_incomplete_until_each_is_settled() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database, "Police; NHS Trust ;Housing Ombudsman;police").await;
        let handling = handling(&fresh, &seed.dipa);
        let request = opened(&handling, &erasure("E-1")).await.unwrap().request;
        decide(&handling, "E-1", &ruling(RequestDecision::Granted)).await.unwrap();
        let names = recipients::of(fresh.read(), request.id).await.unwrap();
        let names: Vec<_> = names.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Police", "NHS Trust", "Housing Ombudsman"]);

        let note =
            async |number, told: Told| recipients::note(&handling, "E-1", number, &told).await;
        note(1, Told::Acknowledged(date(2026, 11, 20))).await.unwrap();
        note(3, Told::Sent(date(2026, 11, 19))).await.unwrap();
        assert_eq!(
            close(&handling, "E-1").await.unwrap_err().to_string(),
            "the request `E-1` is incomplete: of those the records were shared with, 2 are not \
             settled. Record what they answered, or why they need not be told, with `retaind \
             request recipient E-1 NUMBER`"
        );
        let blank = note(2, Told::Disproportionate(" ".into())).await.unwrap_err();
        assert!(matches!(blank, RequestError::Blank(_)), "{blank}");
        note(2, Told::Disproportionate("they closed in 2019".into())).await.unwrap();
        let twice = note(1, Told::Impossible("gone".into())).await.unwrap_err();
        assert!(matches!(twice, RequestError::RecipientSettled { .. }), "{twice}");
        let nobody = note(4, Told::Sent(date(2026, 11, 20))).await.unwrap_err();
        assert!(matches!(nobody, RequestError::NoSuchRecipient { .. }), "{nobody}");
        let early = note(3, Told::Acknowledged(date(2026, 11, 8))).await.unwrap_err();
        assert!(matches!(early, RequestError::Day { .. }), "{early}");
        assert!(close(&handling, "E-1").await.is_err());
        note(3, Told::Acknowledged(date(2026, 11, 21))).await.unwrap();
        close(&handling, "E-1").await.unwrap();
        assert_agrees(&fresh).await;
    }
}

#[tokio::test]
async fn an_objection_is_overridden_on_compelling_grounds_and_one_to_marketing_never() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    let handling = handling(&fresh, &seed.dipa);
    let kind = RequestKind::Objection;
    for (reference, ground) in [("O-1", "art21-1"), ("O-2", codes::MARKETING)] {
        let grounds = vec![ground.to_owned()];
        opened(&handling, &NewRequest { kind, grounds, ..erasure(reference) }).await.unwrap();
    }
    let refused = ruling(RequestDecision::Refused);
    let bare = decide(&handling, "O-1", &refused).await.unwrap_err();
    assert!(matches!(bare, RequestError::NotCompelling), "{bare}");
    let compelling = Some("a child is at risk".to_owned());
    let refused = Ruling { compelling, ..refused };
    let marketing = decide(&handling, "O-2", &refused).await.unwrap_err();
    assert!(matches!(marketing, RequestError::Marketing), "{marketing}");
    decide(&handling, "O-1", &refused).await.unwrap();
    let granted = Ruling { decision: RequestDecision::Granted, ..refused };
    let not_wanted = decide(&handling, "O-2", &granted).await.unwrap_err();
    assert!(matches!(not_wanted, RequestError::CompellingNotWanted), "{not_wanted}");
}

#[tokio::test]
async fn a_request_without_a_ground_is_not_decided_and_nothing_granted_is_refused_on_anything() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    let handling = handling(&fresh, &seed.dipa);
    let bare = NewRequest { grounds: Vec::new(), ..erasure("E-1") };
    opened(&handling, &bare).await.unwrap();
    let granted = ruling(RequestDecision::Granted);
    let no_ground = decide(&handling, "E-1", &granted).await.unwrap_err();
    assert!(matches!(no_ground, RequestError::NoGround { .. }), "{no_ground}");
    let exceptions = vec!["art17-3-b".to_owned()];
    let grounds = vec!["art17-1-a".to_owned()];
    let both = Ruling { grounds: grounds.clone(), exceptions, ..granted.clone() };
    let nothing = decide(&handling, "E-1", &both).await.unwrap_err();
    assert!(matches!(nothing, RequestError::NothingRefused(_)), "{nothing}");
    decide(&handling, "E-1", &Ruling { grounds, ..granted }).await.unwrap();
    let again = decide(&handling, "E-1", &ruling(RequestDecision::Withdrawn)).await.unwrap_err();
    assert!(matches!(again, RequestError::Decided(..)), "{again}");
}

#[tokio::test]
async fn more_time_is_taken_once_and_told_within_the_first_month() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    let handling = handling(&fresh, &seed.dipa);
    let days = working_days();
    let old = NewRequest { received: date(2026, 10, 1), ..erasure("E-1") };
    opened(&handling, &old).await.unwrap();
    let extension = |told_on| Extension { reason: "forty boxes of paper".to_owned(), told_on };
    let late = extend(&handling, "E-1", &extension(date(2026, 11, 3)), &days).await.unwrap_err();
    assert_eq!(
        late.to_string(),
        "the person was told on 2026-11-03 that more time is needed, and that must be within the \
         first month, by 2026-11-02 (UK GDPR Art. 12(3))"
    );
    let restarted = restart(&handling, "E-1", date(2026, 10, 5), &days).await.unwrap();
    assert_eq!(restarted.due_on.0, date(2026, 11, 5));
    let row = extend(&handling, "E-1", &extension(date(2026, 11, 3)), &days).await.unwrap();
    assert_eq!((row.due_on.0, last_day(&row)), (date(2026, 11, 5), date(2027, 1, 5)));
    let twice = extend(&handling, "E-1", &extension(date(2026, 11, 3)), &days).await.unwrap_err();
    assert!(matches!(twice, RequestError::Extended(..)), "{twice}");
}

#[tokio::test]
async fn a_granted_restriction_stays_in_force_when_its_request_is_closed() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    let handling = handling(&fresh, &seed.dipa);
    let (kind, grounds) = (RequestKind::Restriction, vec!["art18-1-a".to_owned()]);
    opened(&handling, &NewRequest { kind, grounds, ..erasure("R-1") }).await.unwrap();
    decide(&handling, "R-1", &ruling(RequestDecision::Granted)).await.unwrap();
    let closed = close(&handling, "R-1").await.unwrap();
    assert_eq!(closed.release, Release::Stays { hold: "R-1".to_owned() });
    let kept = hold::Entity::find().one(fresh.read()).await.unwrap().unwrap();
    assert_eq!(kept.state, HoldState::Active);
}

#[tokio::test]
async fn the_answer_to_an_access_request_is_its_last_correspondence() {
    let (fresh, seed) = seeded(Database::Sqlite, "").await;
    let handling = handling(&fresh, &seed.dipa);
    let access = NewRequest { kind: RequestKind::Access, grounds: Vec::new(), ..erasure("S-1") };
    opened(&handling, &access).await.unwrap();
    decide(&handling, "S-1", &ruling(RequestDecision::Granted)).await.unwrap();
    explain(&handling, "S-1", &told(&[])).await.unwrap();
    close(&handling, "S-1").await.unwrap();
    let kept = hold::Entity::find().one(fresh.read()).await.unwrap().unwrap();
    assert_eq!(kept.earliest_release.map(|day| day.0), Some(date(2027, 5, 20)));
    assert_eq!(kept.state, HoldState::ReleaseRequested);
}

#[test]
fn a_mail_gives_a_reference_only_where_it_can_hardly_name_anybody() {
    let row = |reference: &str| rights_request::Model {
        reference: reference.to_owned(),
        ..histories::blank()
    };
    for reference in ["SAR-2026-044", "ERA/2026/7", "DSAR12", "SAR 2026 044"] {
        assert_eq!(called(&row(reference)), reference);
    }
    for reference in [
        "Blenkinsop-1",
        "Smith",
        "Cox-1",
        "COX-2026-7",
        "E-1",
        "943-476-5919",
        "SAR-9434765919",
        "SAR-943-476-591",
        "2026",
        "é-1",
    ] {
        assert_eq!(called(&row(reference)), number(row(reference).id), "{reference}");
    }
}

#[tokio::test]
async fn what_is_closed_is_never_edited_and_an_edited_request_is_found() {
    use sea_orm::ConnectionTrait as _;
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database, "Police").await;
        let handling = handling(&fresh, &seed.dipa);
        opened(&handling, &erasure("E-1")).await.unwrap();
        opened(&handling, &erasure("E-2")).await.unwrap();
        decide(&handling, "E-1", &ruling(RequestDecision::Refused)).await.unwrap();
        explain(&handling, "E-1", &told(&["art17-3-b"])).await.unwrap();
        close(&handling, "E-1").await.unwrap();
        decide(&handling, "E-2", &ruling(RequestDecision::Granted)).await.unwrap();
        for (statement, refused_as) in [
            (
                "update rights_request set explanation = 'x' where ref = 'E-1'",
                "is closed only once",
            ),
            ("update rights_request set closed_at = null, closed_by = null", "is closed only once"),
            ("delete from rights_request", "never taken back"),
            ("delete from rights_recipient", "never taken back"),
            (
                "update rights_request set closed_at = 1, closed_by = opened_by where ref = 'E-2'",
                "is closed only once",
            ),
            (
                "update rights_request set decision = 'refused' where ref = 'E-2'",
                "is closed only once",
            ),
            ("update rights_request set received_on = '2020-01-01'", "is closed only once"),
            ("update rights_recipient set name = 'x'", "is settled once"),
            ("update rights_recipient set state = 'impossible'", "check"),
        ] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            let refused = refused.to_string().to_lowercase();
            assert!(refused.contains(refused_as), "{statement}: {refused}");
        }
        assert_agrees(&fresh).await;
        let edit = "update rights_request set consequence = 'x' where ref = 'E-2'";
        fresh.read().execute_unprepared(edit).await.unwrap();
        let odd = differing(fresh.read()).await.unwrap();
        assert_eq!(odd.len(), 1, "{odd:?}");
        assert!(odd[0].to_string().starts_with("request `E-2` is not as entry"), "{}", odd[0]);
        let all = rights_recipient::Entity::find().all(fresh.read()).await.unwrap();
        assert_eq!(all.len(), 1);
    }
}
