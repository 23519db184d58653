//! Holds placed, refused, reviewed and released, on both databases.

use jiff::ToSpan as _;
use jiff::civil::date;
use retaind_schedules::hold::{Place, Scope};
use retaind_schedules::ids::{AssetId, RecordTypeId, ServiceAreaId, StoreId};
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use super::*;
use crate::audit::{From, verify};
use crate::catalogue::Catalogue;
use crate::catalogue::seed::{Seed, TODAY, now, sow};
use crate::catalogue::testing::{Database, Fresh};
use crate::catalogue::words::HoldState;
use crate::keys::Keys;

const KEYS: Keys = Keys::from_bytes([7; 32]);

fn claim() -> NewHold {
    NewHold {
        reference: "LEG-2026-14".to_owned(),
        title: "Disrepair claim".to_owned(),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "Head of Legal, memo 14".to_owned(),
        scopes: vec![NewScope::Asset("IA-7".to_owned())],
        review_on: date(2027, 5, 1),
        reason: "letter before claim".to_owned(),
    }
}

fn restriction() -> NewHold {
    let scopes = vec![NewScope::Subject("NHS 943 476 5919".to_owned())];
    NewHold {
        reference: "DP-3".to_owned(),
        kind: HoldKind::Restriction18,
        ground: Some(Ground::Accuracy),
        scopes,
        ..claim()
    }
}

async fn seeded(database: Database) -> (Fresh, Seed) {
    let fresh = database.fresh().await;
    let seed = sow(&fresh).await;
    (fresh, seed)
}

async fn put(catalogue: &Catalogue, actor: &Actor, new: &NewHold) -> Result<Placed, HoldError> {
    place(catalogue, &KEYS, actor, new, now(), TODAY).await
}

async fn ask(catalogue: &Catalogue, actor: &Actor, reference: &str) -> Result<(), HoldError> {
    request_release(catalogue, actor, reference, "claim settled", "Order of 1 May", now()).await
}

async fn state(catalogue: &Catalogue) -> HoldState {
    hold::Entity::find().one(catalogue.read()).await.unwrap().unwrap().state
}

async fn actions(catalogue: &Catalogue) -> Vec<String> {
    let holds = audit::Filter { subject_kind: Some("hold".into()), ..audit::Filter::default() };
    let entries = audit::list(catalogue, &holds, 99).await.unwrap();
    entries.into_iter().rev().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn a_hold_covers_what_its_scopes_name_and_evaluation_sees_it() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let scopes = vec![
            NewScope::Asset("IA-7".to_owned()),
            NewScope::RecordType("HOU 1.01".to_owned()),
            NewScope::ServiceArea("Housing".to_owned()),
            NewScope::Location { store: "housing-share".to_owned(), prefix: "a/b".to_owned() },
            NewScope::Reference(" ENF 1 ".to_owned()),
            NewScope::Subject("NHS 943 476 5919".to_owned()),
            NewScope::Everything,
        ];
        let placed = put(&fresh, &seed.lena, &NewHold { scopes, ..claim() }).await.unwrap();
        let expected = [
            Scope::Asset(AssetId(seed.asset)),
            Scope::RecordType(RecordTypeId(seed.record_type)),
            Scope::ServiceArea(ServiceAreaId(seed.area)),
            Scope::Location { store: StoreId(seed.store), prefix: "a/b".to_owned() },
            Scope::Reference("ENF 1".to_owned()),
            Scope::Subject(KEYS.subject_key("nhs9434765919")),
            Scope::Everything,
        ];
        assert_eq!(placed.scopes, expected);
        let active = active(fresh.read()).await.unwrap();
        assert_eq!(
            (active.len(), active[0].id, &active[0].scopes[..]),
            (1, placed.id, &expected[..])
        );
        assert!(active[0].covers(&Place::default()));
        assert_eq!(actions(&fresh).await, ["hold.placed"]);
        verify(&fresh, From::Genesis).await.unwrap();
    }
}

#[tokio::test]
async fn no_reference_of_a_person_is_kept() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.dipa, &restriction()).await.unwrap();
        let listed = list(&fresh, Which::All).await.unwrap();
        let audit = audit::list(&fresh, &audit::Filter::default(), 99).await.unwrap();
        let scopes = hold_scopes(&fresh).await;
        let kept = format!("{listed:?} {audit:?} {scopes}").replace(' ', "");
        assert!(!kept.contains("9434765919"));
    }
}

async fn hold_scopes(catalogue: &Catalogue) -> String {
    use crate::catalogue::entity::hold_scope;
    format!("{:?}", hold_scope::Entity::find().all(catalogue.read()).await.unwrap())
}

#[tokio::test]
async fn what_is_not_as_it_must_be_is_refused_in_plain_words() {
    let far = date(2027, 11, 23);
    let asset = |name: &str| vec![NewScope::Asset(name.to_owned())];
    let shared = |store: &str, prefix: &str| {
        vec![NewScope::Location { store: store.to_owned(), prefix: prefix.to_owned() }]
    };
    let cases: Vec<(NewHold, &str)> = vec![
        (NewHold { title: "  ".into(), ..claim() }, "the hold has no title: a hold is a record"),
        (NewHold { reference: String::new(), ..claim() }, "the hold has no reference:"),
        (NewHold { authority: String::new(), ..claim() }, "the hold has no authority:"),
        (NewHold { reason: String::new(), ..claim() }, "the hold has no reason:"),
        (NewHold { ground: None, ..restriction() }, "a restriction needs its ground under Art"),
        (NewHold { ground: Some(Ground::Objection), ..claim() }, "a ground belongs to a restr"),
        (
            NewHold { review_on: far, ..claim() },
            "the review on 2027-11-23 must be after today and no later than 2027-11-22, twelve \
             months ahead",
        ),
        (NewHold { review_on: TODAY, ..claim() }, "the review on 2026-11-22 must be after today"),
        (NewHold { scopes: Vec::new(), ..claim() }, "the hold covers nothing: name an asset"),
        (
            NewHold { scopes: asset("IA-8"), ..claim() },
            "there is no asset with the ref `IA-8`: write it as the register does",
        ),
        (
            NewHold { scopes: vec![NewScope::RecordType("X".into())], ..claim() },
            "there is no record type with the code `X`: write it as the register does",
        ),
        (
            NewHold { scopes: vec![NewScope::ServiceArea("X".into())], ..claim() },
            "there is no service area `X`: write it as the register does",
        ),
        (
            NewHold { scopes: shared("nowhere", ""), ..claim() },
            "there is no store `nowhere`: write it as its store file does",
        ),
        (
            NewHold { scopes: shared("housing-share", "a/../b"), ..claim() },
            "the location `a/../b` has a `..` in it, which no item's place has",
        ),
        (
            NewHold { scopes: vec![NewScope::Reference(" ".into())], ..claim() },
            "the hold has no case reference:",
        ),
        (
            NewHold { scopes: vec![NewScope::Subject(" ".into())], ..claim() },
            "the hold has no reference of the person:",
        ),
    ];
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        for (new, told) in &cases {
            let error = put(&fresh, &seed.lena, new).await.unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
        let error = put(&fresh, &seed.auditor, &claim()).await.unwrap_err().to_string();
        assert!(error.starts_with("audrey has no role that may place or change holds"), "{error}");
        assert!(list(&fresh, Which::All).await.unwrap().is_empty());
        assert_eq!(actions(&fresh).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_reference_names_one_hold_for_ever() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.lena, &claim()).await.unwrap();
        let again = NewHold { reference: " LEG-2026-14 ".to_owned(), ..claim() };
        let error = put(&fresh, &seed.lena, &again).await.unwrap_err().to_string();
        assert!(error.starts_with("there is a hold with the reference `LEG-2026-14` already"));
    }
}

#[tokio::test]
async fn two_people_release_a_hold_and_one_of_them_is_senior() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let [ivan, olga] = &seed.owners;
        put(&fresh, ivan, &claim()).await.unwrap();
        let told = async |actor: &Actor| {
            release(&fresh, actor, "LEG-2026-14", now()).await.unwrap_err().to_string()
        };
        assert!(told(&seed.lena).await.starts_with("nobody has asked for the release of the hold"));
        ask(&fresh, ivan, "LEG-2026-14").await.unwrap();
        let error = ask(&fresh, olga, "LEG-2026-14").await.unwrap_err().to_string();
        assert!(error.starts_with("the release of the hold `LEG-2026-14` has been asked for"));
        assert!(told(ivan).await.starts_with("ivan asked for the release, so another person must"));
        assert_eq!(
            told(olga).await,
            "one of the two people who release a hold must be legal, data protection officer or \
             records manager, and neither ivan nor olga is"
        );
        assert!(told(&seed.auditor).await.starts_with("audrey has no role"));
        assert_eq!(state(&fresh).await, HoldState::ReleaseRequested);
        assert_eq!(active(fresh.read()).await.unwrap().len(), 1);

        release(&fresh, &seed.dipa, "LEG-2026-14", now()).await.unwrap();
        assert_eq!(state(&fresh).await, HoldState::Released);
        assert!(active(fresh.read()).await.unwrap().is_empty());
        assert!(list(&fresh, Which::InForce).await.unwrap().is_empty());
        assert_eq!(list(&fresh, Which::All).await.unwrap().len(), 1);
        assert!(told(&seed.lena).await.starts_with("the hold `LEG-2026-14` was released already"));
        let expected = ["hold.placed", "hold.release-requested", "hold.released"];
        assert_eq!(actions(&fresh).await, expected);
    }
}

#[tokio::test]
async fn a_release_needs_a_reason_and_an_authority() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.lena, &claim()).await.unwrap();
        for (reason, authority, told) in [
            (" ", "Order", "the hold has no reason for its release:"),
            ("settled", "", "the hold has no authority for its release:"),
        ] {
            let asked =
                request_release(&fresh, &seed.lena, "LEG-2026-14", reason, authority, now());
            let error = asked.await.unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
        let error = ask(&fresh, &seed.lena, "LEG-1").await.unwrap_err().to_string();
        assert!(error.starts_with("there is no hold with the reference `LEG-1`"));
        assert_eq!(state(&fresh).await, HoldState::Active);
    }
}

#[tokio::test]
async fn a_restriction_is_lifted_only_after_the_person_was_told() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.dipa, &restriction()).await.unwrap();
        put(&fresh, &seed.dipa, &claim()).await.unwrap();
        ask(&fresh, &seed.dipa, "DP-3").await.unwrap();
        let error = release(&fresh, &seed.lena, "DP-3", now()).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the restriction `DP-3` cannot be lifted before the person has been told (Article \
             18(3)): tell them, and record the day"
        );
        for (reference, day, told) in [
            ("DP-3", date(2026, 11, 23), "the day 2026-11-23 lies outside the life of the hold"),
            ("DP-3", date(2026, 11, 21), "the day 2026-11-21 lies outside the life of the hold"),
            ("LEG-2026-14", TODAY, "the hold `LEG-2026-14` is not a restriction"),
        ] {
            let said = subject_informed(&fresh, &seed.dipa, reference, day, now()).await;
            let error = said.unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
        subject_informed(&fresh, &seed.dipa, "DP-3", TODAY, now()).await.unwrap();
        release(&fresh, &seed.lena, "DP-3", now()).await.unwrap();
        assert_eq!(active(fresh.read()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_request_is_held_six_months_past_its_last_letter_unless_legal_says_so() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let [ivan, _] = &seed.owners;
        let request = NewHold { kind: HoldKind::Foi, reference: "FOI-9".into(), ..claim() };
        let placed = put(&fresh, ivan, &request).await.unwrap();
        assert_eq!(placed.earliest_release, Some(date(2027, 5, 22)));
        let later = now() + (24 * 9).hours();
        let letter = date(2026, 12, 1);
        correspondence(&fresh, ivan, "FOI-9", letter, later).await.unwrap();
        correspondence(&fresh, ivan, "FOI-9", TODAY, later).await.unwrap();
        ask(&fresh, ivan, "FOI-9").await.unwrap();
        let error = release(&fresh, &seed.dipa, "FOI-9", now()).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the hold `FOI-9` is not to be released before 2027-06-01, while a review or a \
             complaint may follow: wait, or have one of the two people be legal"
        );
        release(&fresh, &seed.lena, "FOI-9", now()).await.unwrap();
        let other = put(&fresh, ivan, &claim()).await.unwrap();
        assert_eq!(other.earliest_release, None);
        let error = correspondence(&fresh, ivan, "LEG-2026-14", TODAY, now()).await.unwrap_err();
        assert!(error.to_string().starts_with("the hold `LEG-2026-14` is not for a request"));
    }
}

#[tokio::test]
async fn a_request_that_nobody_answered_is_released_by_nobody_and_its_tail_counts_from_the_answer()
{
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let [ivan, _] = &seed.owners;
        let request = NewHold { kind: HoldKind::Foi, reference: "FOI-3".into(), ..claim() };
        put(&fresh, ivan, &request).await.unwrap();
        // The day of its receipt, over again, is no word after it.
        correspondence(&fresh, ivan, "FOI-3", TODAY, now()).await.unwrap();
        ask(&fresh, ivan, "FOI-3").await.unwrap();
        let later = now() + (24 * 300).hours();
        for anybody in [&seed.dipa, &seed.lena] {
            let refused = release(&fresh, anybody, "FOI-3", later).await.unwrap_err().to_string();
            assert_eq!(
                refused,
                "no answer to the request of the hold `FOI-3`, which came in on 2026-11-22, is \
                 recorded, so its release has no day yet: record the day of the answer with \
                 `retaind hold progress FOI-3 --answered DATE`, or of the last letter with \
                 `retaind hold corresponded FOI-3 --on DATE`; the time it stays counts from then"
            );
        }
        let answer = Progress { answered: Some(date(2027, 3, 1)), ..Progress::default() };
        progress(&fresh, ivan, "FOI-3", |known| known.and(answer), later).await.unwrap();
        let early = date(2027, 8, 31).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let refused = release(&fresh, &seed.dipa, "FOI-3", early).await.unwrap_err().to_string();
        assert!(refused.contains("is not to be released before 2027-09-01"), "{refused}");
        release(&fresh, &seed.dipa, "FOI-3", later).await.unwrap();
    }
}

#[tokio::test]
async fn a_hold_outlives_its_review_and_a_review_only_moves_the_day() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.lena, &claim()).await.unwrap();
        let years_later = now() + (24 * 366 * 3).hours();
        assert_eq!(active(fresh.read()).await.unwrap().len(), 1);
        let next = date(2030, 5, 1);
        review(&fresh, &seed.lena, "LEG-2026-14", next, "still in court", years_later)
            .await
            .unwrap();
        let listed = list(&fresh, Which::InForce).await.unwrap();
        assert_eq!(listed[0].hold.review_on.0, next);
        let too_far = date(2031, 5, 1);
        let again = review(&fresh, &seed.lena, "LEG-2026-14", too_far, "x", years_later).await;
        assert!(matches!(again.unwrap_err(), HoldError::Review { .. }));
    }
}

/// Not only this program keeps the rules: the tables do too.
#[tokio::test]
async fn the_tables_refuse_what_the_program_would_never_write() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed.dipa, &restriction()).await.unwrap();
        let lena = match database {
            Database::Sqlite => format!("x'{}'", seed.lena.person.0.simple()),
            Database::Postgres => format!("'{}'", seed.lena.person),
        };
        let alone = format!(
            "update hold set state = 'released', release_requested_by = {lena}, \
             release_requested_at = 1, release_reason = 'r', release_authority = 'a', \
             released_by = {lena}, released_at = 2, subject_informed_on = '2026-11-22'"
        );
        let other = format!("(select id from person where id <> {lena} limit 1)");
        let two =
            alone.replacen(&format!("released_by = {lena}"), &format!("released_by = {other}"), 1);
        let untold = two.replace(", subject_informed_on = '2026-11-22'", "");
        for statement in [
            "update hold set ground = null",
            "update hold set state = 'expired'",
            "update hold set state = 'released'",
            &alone,
            &untold,
            "delete from hold",
            "delete from hold_scope",
            "update hold_scope set kind = 'asset'",
            "update hold set ref = 'DP-4'",
            // Two people, and nobody entered that they did.
            &two,
        ] {
            let done = fresh.read().execute_unprepared(statement).await;
            assert!(done.is_err(), "{database:?} {statement}");
        }
        ask(&fresh, &seed.lena, "DP-3").await.unwrap();
        subject_informed(&fresh, &seed.lena, "DP-3", TODAY, now()).await.unwrap();
        release(&fresh, &seed.dipa, "DP-3", now()).await.unwrap();
        let back = fresh.read().execute_unprepared("update hold set state = 'active'").await;
        assert!(fresh.error(back.unwrap_err()).to_string().contains("a hold is never another"));
    }
}

#[tokio::test]
async fn a_scope_that_cannot_be_read_is_an_error_and_not_a_gap() {
    let (fresh, seed) = seeded(Database::Sqlite).await;
    put(&fresh, &seed.lena, &claim()).await.unwrap();
    for statement in [
        "drop trigger hold_scope_refuses_update",
        "update hold_scope set value = '{\"scope\":\"galaxy\"}'",
    ] {
        fresh.read().execute_unprepared(statement).await.unwrap();
    }
    let error = active(fresh.read()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the catalogue holds what it may not (a scope of the hold "),
        "{error}"
    );
    for statement in ["drop trigger hold_scope_refuses_delete", "delete from hold_scope"] {
        fresh.read().execute_unprepared(statement).await.unwrap();
    }
    let error = active(fresh.read()).await.unwrap_err().to_string();
    assert!(error.contains("the hold `LEG-2026-14`: it covers nothing"), "{error}");
}
