//! A hold on records of certain days, as an inquiry orders it: what is known to have
//! ended before goes as ever, and all else stays.

use jiff::civil::date;
use retaind::holds::{self, NewScope};
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::ConnectionTrait as _;

use super::holds::met;
use super::stories::reachable;
use crate::catalogue::Database;
use crate::council::months_from_now;
use crate::office::{FILES, OLD, Office};

/// An office with three files of 2012 and four of June 2015, all of them due.
async fn office(database: Database) -> Office {
    let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
    office.share.files("planning/2012", 3, "2012-06-01T10:00:00Z");
    office.share.files("planning/2015", 4, OLD);
    office.council.store("share", FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
    office
}

fn of(from: Option<jiff::civil::Date>, to: Option<jiff::civil::Date>) -> NewScope {
    NewScope::RecordType("PLAN-14".to_owned()).within(from, to)
}

#[tokio::test]
async fn a_hold_on_certain_days_keeps_what_may_be_of_them_on_an_approved_batch() {
    for database in Database::BOTH {
        let office = office(database).await;
        let number = office.authorised().await;
        let days = of(Some(date(2014, 1, 1)), Some(date(2014, 12, 31)));
        let placed = office.hold("INQ-1", HoldKind::InquiryMoratorium, days).await;
        let met = met(&office, placed, HoldKind::InquiryMoratorium).await;
        // Of those of 2015 nobody knows that they were begun after 2014.
        assert_eq!((met.withheld, met.open.len()), (4, 0), "{database:?}");
        office.at("2026-11-09T12:00:00Z").await;
        office.council.scan("share").await;
        // A hold on what is gone by then meets nothing here.
        let before = of(None, Some(date(2010, 1, 1)));
        let kept = office.council.run(&["hold", "show", "INQ-1"]);
        let words = "as far as it may be of the days from 2014-01-01 to 2014-12-31";
        assert!(kept.out.contains(words) && kept.out.contains("at least 4 items"), "{kept:?}");
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 3));
        assert_eq!(office.count(&number, LineState::Withheld).await, 4);
        assert_eq!(reachable(&office, "planning/2012").len(), 0);
        assert_eq!(reachable(&office, "planning/2015").len(), 4);
        assert_eq!(office.propose().await.len(), 0, "what is held is on no list");

        // One that is written to again does not slip from under it.
        office.share.touch("planning/2015/record-00001", "2016-01-01T00:00:00Z");
        office.council.scan("share").await;
        assert_eq!(office.propose().await.len(), 0);
        let explained = office.council.explain("share", "planning/2015/record-00002").await;
        assert_eq!(explained.held_by, ["INQ-1"]);

        // What is out of reach comes under a later one too, and back.
        office.hold("INQ-2", HoldKind::InquiryMoratorium, before).await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.restored, ran.destroyed), (3, 0), "{database:?}");
        assert_eq!(reachable(&office, "planning/2012").len(), 3);
    }
}

#[tokio::test]
async fn days_are_given_through_the_command_and_by_a_pack_and_none_that_are_none() {
    for database in Database::BOTH {
        let office = office(database).await;
        let review = months_from_now(6).to_string();
        let place = |reference: &str, more: &[&str]| {
            let mut args = vec!["hold", "place", reference, "--kind", "legal-hold"];
            args.extend(["--title", "x", "--authority", "x", "--reason", "x"]);
            args.extend(["--review-on", review.as_str()]);
            args.extend(more);
            office.council.run(&args)
        };
        let all_of = ["--record-type", "PLAN-14", "--from", "2014-01-01"];
        let held = place("LEG-1", &all_of);
        assert!(held.out.contains("It holds 4 units of the due list"), "{held:?}");
        let listed = office.council.run(&["--json", "hold", "list"]).json();
        let days = serde_json::json!({"from": "2014-01-01", "to": null});
        assert_eq!(listed[0]["covers"][0]["of"]["days"], days, "{listed:?}");
        let more = ["--record-type", "PLAN-14", "--reason", "all of it"];
        let widened = office.council.run(&[&["hold", "widen", "LEG-1"], &more[..]].concat());
        assert!(widened.out.contains("It holds 7 units of the due list"), "{widened:?}");

        let wrong = ["--everything", "--from", "2016-01-01", "--to", "2015-01-01"];
        let refused = place("LEG-2", &wrong);
        assert!(refused.err.contains("the days of the hold end before they begin"), "{refused:?}");
        assert_ne!(place("LEG-2", &["--from", "2016-01-01"]).code, 0, "of what?");

        let pack = "name = 'own'\nversion = '1'\nstatus = 'in-force'\ninquiry = 'An inquiry'\n\
            terms = 't'\ndated = '2026-01-01'\nauthority = 'a'\nreference = 'r'\nscope = 's'\n\
            words = ['records']\ncodes = []\nfrom = '2013-01-01'\nto = '2014-12-31'\n\
            checked_on = '2026-01-01'\nsource = 's'\nnote = 'n'\n";
        office.council.write("own.toml", pack);
        let file = office.council.path("own.toml").display().to_string();
        let shown = office.council.run(&["hold", "pack", "show", &file]);
        assert!(shown.out.contains("Of the days: from 2013-01-01 to 2014-12-31"), "{shown:?}");
        let placed = office.council.run(&[
            "hold",
            "pack",
            "place",
            &file,
            "--reference",
            "INQ-1",
            "--record-type",
            "PLAN-14",
            "--review-on",
            &review,
            "--reason",
            "x",
        ]);
        assert!(placed.out.contains("INQ-1 is in force over 1 record type"), "{placed:?}");
        let open = office.council.open().await;
        let holds = holds::active_by_reference(&open.catalogue).await.unwrap();
        let of_days = |text: &str| holds.iter().any(|(_, hold)| format!("{hold:?}").contains(text));
        assert!(of_days("2014-12-31"), "{holds:?}");
        office.council.write("own.toml", &pack.replace("to = '2014", "to = '2012"));
        let refused = office.council.run(&["hold", "pack", "show", &file]);
        assert!(refused.err.contains("`to` is a day before `from`"), "{refused:?}");
    }
}

/// What no program may write behind this one's back.
const WRONG: &[&str] = &[
    r#"{"scope":"within","of":{"what":{"scope":"everything"},"days":{"from":null,"to":null}}}"#,
    r#"{"scope":"within","of":{"what":{"scope":"everything"},"days":{"from":"2016-01-02","to":"2016-01-01"}}}"#,
    r#"{"scope":"within","of":{"days":{"from":"2016-01-01","to":null}}}"#,
    r#"{"scope":"within","of":{"what":{"scope":"within"},"days":{"from":"2016-01-01","to":null}}}"#,
];

#[tokio::test]
async fn the_tables_refuse_days_that_are_none() {
    for database in Database::BOTH {
        let office = office(database).await;
        office.hold("LEG-1", HoldKind::LegalHold, of(Some(date(2014, 1, 1)), None)).await;
        let write = office.open.catalogue.read();
        for (number, value) in WRONG.iter().enumerate() {
            let (id, json) = match database {
                Database::Sqlite => (format!("x'{number:032x}'"), format!("'{value}'")),
                Database::Postgres => (
                    format!("'00000000-0000-0000-0000-{number:012x}'"),
                    format!("'{value}'::jsonb"),
                ),
            };
            let insert = format!(
                "insert into hold_scope (id, hold_id, kind, value) \
                 select {id}, id, 'everything', {json} from hold"
            );
            let refused = write.execute_unprepared(&insert).await.expect_err(value).to_string();
            assert!(refused.contains("from one day to a later one"), "{database:?} {refused}");
        }
    }
}
