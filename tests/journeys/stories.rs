//! The stories that turn on dates, with their very dates, the whole way
//! through: a register of words, stores with files and rows, a scan, the due
//! list. The sums themselves are tested where they are made.

use retaind_schedules::evaluation::{DueDate, Outcome};

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::{Council, TODAY};
use crate::share::Share;

/// What the council is told of one item: due, not due or awaiting, and its last day.
async fn told(council: &Council, store: &str, locator: &str) -> (&'static str, String) {
    let evaluation = council.explain(store, locator).await.evaluation.expect("an evaluation");
    let outcome = match evaluation.outcome {
        Outcome::Due { .. } => "due",
        Outcome::NotDue => "not due",
        Outcome::AwaitingTrigger { .. } => "awaiting",
        other => panic!("{locator}: {other:?}"),
    };
    let last = match evaluation.due {
        DueDate::On(date) => date.to_string(),
        _ => String::new(),
    };
    (outcome, last)
}

/// That items are told as the story tells them, and that those that are due,
/// and no others, are on the due list, oldest first.
async fn assert_told(council: &Council, store: &str, items: &[(&str, &str, &str)]) {
    for (locator, outcome, last) in items {
        let told = told(council, store, locator).await;
        assert_eq!(told, (*outcome, (*last).to_owned()), "{locator}");
    }
    let due = items.iter().filter(|(_, outcome, _)| *outcome == "due");
    let mut due: Vec<_> =
        due.map(|(locator, _, last)| ((*locator).to_owned(), (*last).to_owned())).collect();
    due.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    let mut listed = council.due().await;
    assert!(listed.is_sorted_by_key(|(_, last)| last.clone()), "{listed:?}");
    listed.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    assert_eq!(listed, due);
}

const FILES: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n";

#[tokio::test]
async fn story_2_a_file_changed_half_an_hour_after_midnight_in_london_is_of_the_next_year() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let share = Share::make(council.path("share"));
        share.file("invoices/spring.pdf", "2019-05-14T10:00:00Z");
        share.file("invoices/before-midnight.pdf", "2020-03-31T22:30:00Z");
        share.file("invoices/after-midnight.pdf", "2020-03-31T23:30:00Z");
        let mapping = "[[mapping]]\nrecord_type = 'FIN-02'\nlocation = 'invoices'\n\
            [mapping.dates]\nlast-modified = { from = 'modified' }\n";
        council.store("share", &(FILES.to_owned() + mapping));
        council
            .accept(&[("FIN-02", "Finance", "6 years from end of financial year", "Last modified")])
            .await;
        council.scan("share").await;
        let told = [
            ("invoices/spring.pdf", "due", "2026-03-31"),
            ("invoices/before-midnight.pdf", "due", "2026-03-31"),
            ("invoices/after-midnight.pdf", "not due", "2027-03-31"),
        ];
        assert_told(&council, "share", &told).await;

        council.clock.set("2026-03-31T22:30:00Z".parse().unwrap());
        council.scan("share").await;
        assert_eq!(council.due().await, [], "half past eleven in London is still March");
        council.clock.set("2026-03-31T23:30:00Z".parse().unwrap());
        council.scan("share").await;
        assert_eq!(council.due().await.len(), 2, "half past midnight in London is April");
    }
}

#[tokio::test]
async fn story_3_birthdays_leap_days_and_years_that_end_in_summer_and_spring() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let people = Casework::make(
            database,
            "create table pupil (id integer primary key, born date);
             insert into pupil values (1, '2001-11-21'), (2, '2000-02-29');
             create table pensioner (id integer primary key, born date);
             insert into pensioner values (1, '1951-11-23');",
        )
        .await;
        let table = |code: &str, table: &str| {
            format!(
                "[[mapping]]\nrecord_type = '{code}'\nlocation = '{table}'\n\
                 [mapping.dates]\ndate-of-birth = {{ from = 'column', name = 'born' }}\n"
            )
        };
        let mappings = table("EDU-25", "pupil") + &table("PEN-75", "pensioner");
        council.store("casework", &(people.settings() + &mappings));

        let share = Share::make(council.path("share"));
        for name in ["school/2024-09-01.pdf", "school/2024-08-31.pdf"] {
            share.file(name, "2026-11-20T10:00:00Z");
        }
        for name in ["tax/2022-04-06.pdf", "tax/2022-04-05.pdf"] {
            share.file(name, "2026-11-20T10:00:00Z");
        }
        let folder = |code: &str, folder: &str| {
            format!(
                "[[mapping]]\nrecord_type = '{code}'\nlocation = '{folder}'\n\
                 [mapping.dates]\ncreated = {{ from = 'path', pattern = '(?<date>\\d{{4}}-\\d\\d-\\d\\d)' }}\n"
            )
        };
        let mappings = folder("EDU-01", "school") + &folder("REV-03", "tax");
        council.store("share", &(FILES.to_owned() + &mappings));
        council
            .accept(&[
                ("EDU-25", "Education", "DOB+25", ""),
                ("PEN-75", "Pensions", "DOB+75", ""),
                ("EDU-01", "Education", "1 year from end of academic year of creation", ""),
                ("REV-03", "Revenues", "3 years from end of tax year", ""),
            ])
            .await;
        council.scan("casework").await;
        let told = [
            ("pupil/1", "due", "2026-11-21"),
            ("pupil/2", "due", "2025-03-01"),
            ("pensioner/1", "not due", "2026-11-23"),
        ];
        assert_told(&council, "casework", &told).await;
        council.clock.set("2026-11-24T09:00:00Z".parse().unwrap());
        council.scan("casework").await;
        assert!(council.due().await.contains(&("pensioner/1".into(), "2026-11-23".into())));

        council.clock.set("2026-11-23T09:00:00Z".parse().unwrap());
        council.scan("share").await;
        for (locator, last) in [
            ("school/2024-09-01.pdf", "2026-08-31"),
            ("school/2024-08-31.pdf", "2025-08-31"),
            ("tax/2022-04-06.pdf", "2026-04-05"),
            ("tax/2022-04-05.pdf", "2025-04-05"),
        ] {
            assert_eq!(told_of(&council, locator).await, ("due", last.to_owned()), "{locator}");
            assert!(council.due().await.contains(&(locator.to_owned(), last.to_owned())));
        }
    }
}

async fn told_of(council: &Council, locator: &str) -> (&'static str, String) {
    told(council, "share", locator).await
}

const CHILDREN: &str = "
    create table looked_after_child (number integer primary key, born date, died date);
    insert into looked_after_child values
        (1, '1951-03-09', null), (2, '2000-02-29', '2016-06-01'),
        (3, '1998-01-10', '2016-01-10'), (4, null, '2016-01-10');";

#[tokio::test]
async fn story_4_one_rule_and_four_looked_after_children_then_the_same_in_scotland() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let casework = Casework::make(database, CHILDREN).await;
        let mapping = "[[mapping]]\nrecord_type = 'CH-11'\nlocation = 'looked_after_child'\n\
            [mapping.dates]\ndate-of-birth = { from = 'column', name = 'born' }\n\
            date-of-death = { from = 'column', name = 'died' }\n";
        council.store("casework", &(casework.settings() + mapping));
        let words = "75 years from date of birth or 15 years from date of death if under 18";
        council.accept(&[("CH-11", "Children's services", words, "")]).await;
        council.scan("casework").await;
        let told = [
            ("looked_after_child/1", "due", "2026-03-09"),
            ("looked_after_child/2", "not due", "2031-06-01"),
            ("looked_after_child/3", "not due", "2073-01-10"),
            ("looked_after_child/4", "awaiting", ""),
        ];
        assert_told(&council, "casework", &told).await;

        let words = "100 years from date of birth or 25 years from date of death if under 18";
        council.accept(&[("CH-11", "Children's services", words, "")]).await;
        council.scan("casework").await;
        let told = [
            ("looked_after_child/1", "not due", "2051-03-09"),
            ("looked_after_child/2", "not due", "2041-06-01"),
            ("looked_after_child/4", "awaiting", ""),
        ];
        assert_told(&council, "casework", &told).await;
    }
}

#[tokio::test]
async fn story_5_later_and_earlier_of_a_column_a_sidecar_and_recorded_events() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let casework = Casework::make(
            database,
            "create table allegation (ref text primary key, born date);
             insert into allegation values ('LADO-1', '1966-07-04');
             create table benefit (number integer primary key, claimant text, last_entry date);
             insert into benefit values (1, 'C-77', '1990-01-15'), (2, 'C-78', '1990-01-15');",
        )
        .await;
        let mappings = "[[mapping]]\nrecord_type = 'LADO'\nlocation = 'allegation'\n\
            reference = { from = 'column', name = 'ref' }\n\
            [mapping.dates]\ndate-of-birth = { from = 'column', name = 'born' }\n\
            'event:allegation' = { from = 'sidecar', file = '{folder}/allegations.csv', key = 'case', column = 'made' }\n\
            [[mapping]]\nrecord_type = 'BEN'\nlocation = 'benefit'\n\
            subject = { from = 'column', name = 'claimant' }\n\
            [mapping.dates]\nlast-action = { from = 'column', name = 'last_entry' }\n\
            date-of-death = { from = 'event' }\n";
        council.store("casework", &(casework.settings() + mappings));
        council.write("allegations.csv", "case,made\nLADO-1,01/10/2014\n");
        let pension =
            "67 years after date of birth or 10 years after allegation, whichever is later";
        let benefit = "3 years after death or 80 years after final entry, whichever earlier";
        council
            .accept(&[("LADO", "Safeguarding", pension, ""), ("BEN", "Benefits", benefit, "")])
            .await;
        council.scan("casework").await;
        let told = [
            ("allegation/LADO-1", "not due", "2033-07-04"),
            ("benefit/1", "not due", "2070-01-15"),
            ("benefit/2", "not due", "2070-01-15"),
        ];
        assert_told(&council, "casework", &told).await;

        let args = ["event", "record", "date-of-death", "2023-05-02", "--subject", " c-77 "];
        let recorded = council.run(&[&args[..], &["--source", "registrar"]].concat());
        assert_eq!((recorded.code, recorded.err.as_str()), (0, ""), "{recorded:?}");
        council.scan("casework").await;
        let told = [("benefit/1", "due", "2026-05-02"), ("benefit/2", "not due", "2070-01-15")];
        assert_told(&council, "casework", &told).await;
        assert_eq!(council.due_on(TODAY).await[0].service_area, "Benefits");
    }
}
