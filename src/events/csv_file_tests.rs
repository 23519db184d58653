//! Files of events, taken, refused line by line, and taken again.

use jiff::civil::date;
use sea_orm::EntityTrait as _;

use super::tests::{KEYS, dates, seeded};
use super::*;
use crate::audit;
use crate::catalogue::Catalogue;
use crate::catalogue::entity::event;
use crate::catalogue::seed::{Seed, TODAY, now};
use crate::catalogue::testing::Database;

async fn import(
    catalogue: &Catalogue,
    seed: &Seed,
    text: &[u8],
    on_rejection: OnRejection,
) -> Result<Imported, EventError> {
    let file = EventFile { content: text, source: "leavers.csv", on_rejection };
    import_csv(catalogue, &KEYS, &seed.owners[0], file, now(), TODAY).await
}

const GOOD: &str = "\u{feff}Store,Locator,Reference,Subject,Trigger,Date,Note\r\n\
    housing-share,a/b.pdf,,,created,2020-01-31,\r\n\
    ,,ENF 1,,case-closed,31/01/2021,\"moved, abroad\"\r\n\
    ,,,943 476 5919,date-of-birth,1990-02-28,\r\n\
    ,,enf1,,case-closed,2021-01-31,\r\n";

#[tokio::test]
async fn a_good_file_is_recorded_once_however_often_it_comes() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let first = import(&fresh, &seed, GOOD.as_bytes(), OnRejection::TakeNone).await.unwrap();
        let expected = Imported { read: 4, recorded: 3, known: 1, findings: Vec::new() };
        assert_eq!(first, expected);
        let again = import(&fresh, &seed, GOOD.as_bytes(), OnRejection::TakeNone).await.unwrap();
        assert_eq!(again, Imported { recorded: 0, known: 4, ..expected });

        let person = KEYS.subject_key("9434765919");
        let item = ItemKeys { locator: "a/b.pdf", reference: Some("ENF1"), subject: Some(&person) };
        let known: Vec<Date> =
            dates(&fresh, &seed, item).await.into_iter().map(|(_, date)| date).collect();
        assert_eq!(known, [date(2020, 1, 31), date(2021, 1, 31), date(1990, 2, 28)]);

        let files = audit::Filter { subject_kind: Some("event-file".into()), ..Default::default() };
        let entries = audit::list(&fresh, &files, 9).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].reason.as_deref(), Some("3 events"));
        assert_eq!(entries[0].subject_id, audit::digest::of_bytes(GOOD.as_bytes()));
        let rows = event::Entity::find().all(fresh.read()).await.unwrap();
        let kept = format!("{rows:?} {entries:?}").replace(' ', "");
        assert!(!kept.contains("9434765919"), "a person's reference was kept");
    }
}

const BAD: &str = "store,locator,reference,trigger,date\n\
    ,,ENF 1,case-closed,2021-01-31\n\
    nowhere,a,,created,2020-01-01\n\
    ,a/b.pdf,,created,2020-01-01\n\
    ,,ENF 2,closed,2020-01-01\n\
    ,,ENF 3,case-closed,31.01.2021\n\
    ,,ENF 3,case-closed,31/01/21\n\
    ,,ENF 3,case-closed,2021-02-29\n\
    ,,ENF 4,case-closed,2026-11-23\n\
    ,,ENF 5,created,1899-12-30\n\
    ,,,created,2020-01-01\n\
    housing-share,a,ENF 6,created,2020-01-01\n";

#[tokio::test]
async fn each_line_that_cannot_be_taken_is_told_with_its_cell_and_the_way_out() {
    let (fresh, seed) = seeded(Database::Sqlite).await;
    let imported = import(&fresh, &seed, BAD.as_bytes(), OnRejection::TakeNone).await.unwrap();
    let told: Vec<String> = imported
        .findings
        .iter()
        .map(|finding| {
            let Finding { line, column, value, reason, remedy } = finding;
            format!("line {line}, {column} `{value}`: {reason}; {remedy}")
        })
        .collect();
    assert_eq!(
        told,
        [
            "line 3, store `nowhere`: there is no store of this name; write the store's name as \
             its store file does",
            "line 4, store `a/b.pdf`: an item's place needs its store; fill the column store",
            "line 5, trigger `closed`: this is not a trigger; write it as the schedule's rules \
             do, such as case-closed or date-of-birth",
            "line 6, date `31.01.2021`: this is not a date; write it as YYYY-MM-DD or DD/MM/YYYY",
            "line 7, date `31/01/21`: this is not a date; write it as YYYY-MM-DD or DD/MM/YYYY",
            "line 8, date `2021-02-29`: this is not a date; write it as YYYY-MM-DD or DD/MM/YYYY",
            "line 9, date `2026-11-23`: case-closed has not happened yet; record it when it has; \
             only contract-ended, end-of-term and expired may be dated ahead",
            "line 10, date `1899-12-30`: it is before 1900; look the date up again",
            "line 11, locator ``: the line is about nothing; fill one of locator, reference and \
             subject",
            "line 12, locator `a`: the line is about more than one thing; fill one of locator, \
             reference and subject, and make a line for each other",
        ]
    );
}

#[tokio::test]
async fn one_bad_line_keeps_every_line_out_unless_the_rest_is_asked_for() {
    for database in Database::BOTH {
        let (fresh, seed) = seeded(database).await;
        let none = import(&fresh, &seed, BAD.as_bytes(), OnRejection::TakeNone).await.unwrap();
        assert_eq!((none.read, none.recorded, none.findings.len()), (11, 0, 10));
        assert!(event::Entity::find().one(fresh.read()).await.unwrap().is_none());
        let rest = import(&fresh, &seed, BAD.as_bytes(), OnRejection::TakeTheRest).await.unwrap();
        assert_eq!((rest.read, rest.recorded, rest.known), (11, 1, 0));
        assert_eq!(event::Entity::find().all(fresh.read()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_at_all_is_refused() {
    let (fresh, seed) = seeded(Database::Sqlite).await;
    let cases: [(&[u8], &str); 6] = [
        (b"", "must name its columns: `trigger` is missing"),
        (b"reference,trigger\n", "must name its columns: `date` is missing"),
        (b"trigger,date\n", "must name its columns: it does not say what the events are about"),
        (b"reference,trigger,date,when\n", "must name its columns: `when` is not one it knows"),
        (b"reference,date,Date,trigger\n", "must name its columns: `date` stands there twice"),
        (
            b"reference,trigger,date\nENF 1,case-closed,2020-01-01\n\xa3,case-closed,2020-01-01\n",
            "cannot be read: line 3 is not UTF-8; save the sheet as `CSV UTF-8`",
        ),
    ];
    for (text, told) in cases {
        let error = import(&fresh, &seed, text, OnRejection::TakeTheRest).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}
