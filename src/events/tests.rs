//! Events recorded, superseded and looked up, on both databases.

use std::collections::BTreeMap;

use jiff::civil::date;
use retaind_schedules::ids::EventId;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use uuid::Uuid;

use super::*;
use crate::audit::{From, verify};
use crate::catalogue::Catalogue;
use crate::catalogue::entity::event;
use crate::catalogue::seed::{Seed, TODAY, now, sow};
use crate::catalogue::testing::{Database, Fresh};

pub(super) const KEYS: Keys = Keys::from_bytes([7; 32]);

pub(super) async fn seeded(database: Database) -> (Fresh, Seed) {
    let fresh = database.fresh().await;
    let seed = sow(&fresh).await;
    (fresh, seed)
}

fn closed(reference: &str, date: Date) -> NewEvent {
    NewEvent {
        about: About::Reference(None, reference.to_owned()),
        trigger: Trigger::CaseClosed,
        date,
        source: "case system".to_owned(),
        supersedes: None,
        note: None,
    }
}

async fn put(catalogue: &Catalogue, seed: &Seed, new: &NewEvent) -> Result<EventId, EventError> {
    record(catalogue, &KEYS, &seed.owners[0], new, now(), TODAY).await
}

fn case(reference: &str) -> ItemKeys<'_> {
    ItemKeys { locator: "a/b.pdf", reference: Some(reference), subject: None }
}

pub(super) async fn dates(
    catalogue: &Catalogue,
    seed: &Seed,
    item: ItemKeys<'_>,
) -> Vec<(String, Date)> {
    let found = for_items(catalogue.read(), StoreId(seed.store), &[item]).await.unwrap();
    found[0].iter().map(|event| (event.trigger.to_string(), event.date)).collect()
}

#[tokio::test]
async fn an_event_is_found_by_place_by_case_and_by_person() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let store = StoreId(seed.store);
        let person = KEYS.subject_key("nhs 943 476 5919");
        let events = [
            (About::Locator(store, "a/b.pdf".into()), Trigger::Created, date(2020, 1, 1)),
            (About::Reference(Some(store), "ENF 1".into()), Trigger::CaseClosed, date(2021, 1, 1)),
            (About::Subject(None, "NHS9434765919".into()), Trigger::DateOfBirth, date(1990, 1, 1)),
        ];
        for (about, trigger, date) in events {
            put(&fresh, &seed, &NewEvent { about, trigger, ..closed("", date) }).await.unwrap();
        }
        let all = ItemKeys { reference: Some("enf1"), subject: Some(&person), ..case("") };
        assert_eq!(
            dates(&fresh, &seed, all).await,
            [
                ("created".to_owned(), date(2020, 1, 1)),
                ("case-closed".to_owned(), date(2021, 1, 1)),
                ("date-of-birth".to_owned(), date(1990, 1, 1)),
            ]
        );
        let other = ItemKeys { locator: "A/b.pdf", reference: Some("ENF 2"), subject: None };
        assert!(dates(&fresh, &seed, other).await.is_empty());
        let elsewhere = StoreId(Uuid::from_u128(9));
        let found = for_items(fresh.read(), elsewhere, &[all]).await.unwrap();
        let triggers: Vec<_> = found[0].iter().map(|event| &event.trigger).collect();
        assert_eq!(triggers, [&Trigger::DateOfBirth]);
        verify(&fresh, From::Genesis).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_superseded_does_not_count() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let first = put(&fresh, &seed, &closed("ENF 1", date(2024, 5, 1))).await.unwrap();
        put(&fresh, &seed, &closed("ENF 1", date(2021, 5, 1))).await.unwrap();
        let known = dates(&fresh, &seed, case("ENF 1")).await;
        let closed_on = |day| ("case-closed".to_owned(), day);
        assert_eq!(known, [closed_on(date(2024, 5, 1)), closed_on(date(2021, 5, 1))]);

        let mended = NewEvent { supersedes: Some(first), ..closed("ENF 1", date(2020, 5, 1)) };
        let second = put(&fresh, &seed, &mended).await.unwrap();
        let known = dates(&fresh, &seed, case("ENF 1")).await;
        assert_eq!(known, [closed_on(date(2021, 5, 1)), closed_on(date(2020, 5, 1))]);

        let error = put(&fresh, &seed, &mended).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "another event has taken the place of {first} already: give that one's id, \
                 {second}, instead"
            )
        );
        let nothing = EventId(Uuid::from_u128(1));
        let error = put(&fresh, &seed, &NewEvent { supersedes: Some(nothing), ..mended }).await;
        assert!(error.unwrap_err().to_string().starts_with("there is no event 00000000-"));
    }
}

#[tokio::test]
async fn what_has_not_happened_is_recorded_only_for_agreed_ends() {
    let tomorrow = TODAY.tomorrow().unwrap();
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let ahead = [Trigger::ContractEnded, Trigger::EndOfTerm, Trigger::Expired];
        let custom = Trigger::Event("lease-granted".to_owned().try_into().unwrap());
        for trigger in Trigger::NAMED.iter().chain([&custom]) {
            let event = NewEvent { trigger: trigger.clone(), ..closed("ENF 1", tomorrow) };
            let recorded = put(&fresh, &seed, &event).await;
            assert_eq!(recorded.is_ok(), ahead.contains(trigger), "{trigger}");
            let today = NewEvent { date: TODAY, ..event };
            put(&fresh, &seed, &today).await.unwrap();
        }
        let error = put(&fresh, &seed, &closed("ENF 1", tomorrow)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "case-closed on 2026-11-23 has not happened yet: record it when it has; only \
             contract-ended, end-of-term and expired may be dated ahead"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_plain_words() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let day = date(2024, 5, 1);
        let nowhere = About::Locator(StoreId(Uuid::from_u128(9)), "a".into());
        for (event, told) in [
            (closed(" ", day), "the event is about nothing: give an item's place"),
            (
                NewEvent { about: About::Subject(None, "\t".into()), ..closed("", day) },
                "the event is about nothing: give an item's place",
            ),
            (
                NewEvent { source: " ".into(), ..closed("E", day) },
                "the event has no source: say where the date is known from",
            ),
            (
                closed("E", date(1899, 12, 31)),
                "the date 1899-12-31 is before 1900 and cannot be true",
            ),
            (NewEvent { about: nowhere, ..closed("", day) }, "there is no store 00000000-"),
        ] {
            let error = put(&fresh, &seed, &event).await.unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
        let refused = record(&fresh, &KEYS, &seed.auditor, &closed("E", day), now(), TODAY).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.starts_with("audrey has no role that may record events"), "{error}");
        assert!(event::Entity::find().one(fresh.read()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_event_is_never_edited_or_removed() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        put(&fresh, &seed, &closed("ENF 1", date(2024, 5, 1))).await.unwrap();
        for statement in ["update event set date = '2000-01-01'", "delete from event"] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            let told = fresh.error(refused).to_string();
            assert!(told.contains("an event is never edited or removed: record one"), "{told}");
        }
    }
}

#[tokio::test]
async fn many_items_are_answered_in_the_order_they_were_asked() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        for number in (0..2500).step_by(500) {
            let day = date(2000 + i16::try_from(number / 100).unwrap(), 1, 1);
            put(&fresh, &seed, &closed(&format!("ENF {number}"), day)).await.unwrap();
        }
        let references: Vec<String> = (0..2500).map(|number| format!("enf{number}")).collect();
        let items: Vec<_> = references.iter().map(|reference| case(reference)).collect();
        let found = for_items(fresh.read(), StoreId(seed.store), &items).await.unwrap();
        assert_eq!(found.len(), 2500);
        let known: BTreeMap<usize, Date> = found
            .iter()
            .enumerate()
            .filter_map(|(place, events)| Some((place, events.first()?.date)))
            .collect();
        let years = [(0, 2000), (500, 2005), (1000, 2010), (1500, 2015), (2000, 2020)];
        assert_eq!(known, years.map(|(place, year)| (place, date(year, 1, 1))).into());
    }
}

#[tokio::test]
async fn events_recorded_at_once_are_numbered_without_gaps() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let references: Vec<NewEvent> =
            (0..20).map(|number| closed(&format!("E{number}"), date(2024, 5, 1))).collect();
        let all = references.iter().map(|event| put(&fresh, &seed, event));
        for recorded in futures_util::future::join_all(all).await {
            recorded.unwrap();
        }
        let mut seqs: Vec<i64> = event::Entity::find()
            .all(fresh.read())
            .await
            .unwrap()
            .into_iter()
            .map(|event| event.seq)
            .collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
    }
}
