//! Lines read many at a time are the lines that are read one by one, on both
//! databases: whatever is in them.

use std::fs;

use jiff::civil::date;
use retaind_schedules::batch::Verdict;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, Set};
use serde_json::json;

use super::offered::MAPPING;
use super::office::{LAWYER, Office, furnish};
use crate::catalogue::entity::{batch, batch_line};
use crate::catalogue::testing::Database;
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::clock::FixedClock;
use crate::disposal::list;

const NAMES: [&str; 4] =
    ["plain", "\"quoted\" \\ 'and' [so on]", "tab\tand\nline", "naïve – 記録 🗂"];

#[tokio::test]
async fn lines_read_many_at_a_time_are_those_read_one_by_one() {
    for database in Database::BOTH {
        let folder = tempfile::tempdir().unwrap();
        let share = folder.path().join("share/files");
        fs::create_dir_all(&share).unwrap();
        let long_ago: jiff::Timestamp = "2015-06-01T10:00:00Z".parse().unwrap();
        for name in NAMES {
            let file = fs::File::create(share.join(name)).unwrap();
            file.set_modified(long_ago.into()).unwrap();
        }
        let root = folder.path().join("share");
        let settings = format!("kind = 'filesystem'\n[settings]\nroot = {root:?}\n{MAPPING}");
        let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("share", settings)]);
        let place = database.place().await;
        let clock = FixedClock::at("2026-11-23T20:00:00Z".parse().unwrap());
        let office = Office::found(&config, &place.url, &clock).await;
        office.register(folder.path(), &["T-01"], &clock).await;
        office.scan("share", &clock).await;
        office.allow().await;
        office.propose(&clock).await;

        let batch = batch::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
        let pages = list::page(batch.id, 0);
        let said = pages.clone().one(office.catalogue.read()).await.unwrap().unwrap();
        let change = batch_line::ActiveModel {
            id: Set(said.id),
            store_facts: Set(Some(json!({"dates": {}, "related": {"a \"b\"": 1.5}}).into())),
            verdict: Set(Text(Verdict::Defer)),
            verdict_why: Set(Some("asked for:\n\"wait\"".to_owned())),
            verdict_until: Set(Some(CivilDate(date(2027, 1, 31)))),
            verdict_by: Set(Some(office.person(LAWYER).await.person.0)),
            why: Set(Some(String::new())),
            quarantined_at: Set(Some(Micros(i64::MAX))),
            ..Default::default()
        };
        change.update(office.catalogue.read()).await.unwrap();

        let one_by_one = pages.clone().all(office.catalogue.read()).await.unwrap();
        let many: Vec<batch_line::Model> =
            list::lines(office.catalogue.read(), pages).await.unwrap();
        assert_eq!(many.len(), NAMES.len());
        assert_eq!(many, one_by_one);
        let none = list::page(batch.id, 99);
        let none: Vec<batch_line::Model> =
            list::lines(office.catalogue.read(), none).await.unwrap();
        assert!(none.is_empty());
    }
}
