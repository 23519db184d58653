//! Holds that come from elsewhere: a list of open requests, an inquiry, a person
//! who disputes what is kept of them; with the stories' days and numbers.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use retaind::catalogue::entity::notice;
use retaind::clock::Clock as _;
use retaind::holds::feed::{FeedFile, Feeding, Plan, plan};
use retaind::holds::{self, HoldError, Listed, NewHold, NewScope, Which, request};
use retaind::notices::{self, Kind, Post};
use retaind::people::Actor;
use retaind_schedules::hold::{Hold, HoldKind};
use retaind_schedules::ids::HoldId;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::{Council, Open, PEOPLE, months_from_now};
use crate::holds::{council, held};
use crate::mail_server::MailServer;
use crate::notices::{called_for, mail_settings, sent, to};

const HEADINGS: &str = "Log of requests,,,,,,,,,,\nFOI Ref,Type of request,Date Received,\
    Date responded,Data subject ref,Case Ref.,Record type,Department,System,Folder,Status\n";

fn noon(day: Date) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

/// Feeds a list on the day of the council's clock.
async fn feed(council: &Council, open: &Open, lines: &str) -> Plan {
    council.write("requests.csv", &(HEADINGS.to_owned() + lines));
    let actor = open.actor(&council.clock).await;
    let (now, today) = (council.clock.now(), council.clock.today());
    let feeding = Feeding {
        catalogue: &open.catalogue,
        keys: &open.keys,
        actor: &actor,
        tail: open.config.holds.foi_tail,
        now,
        today,
    };
    let file = FeedFile::read(&council.path("requests.csv"), today).unwrap();
    let plan = plan(&feeding, &file).await.unwrap();
    feeding.carry_out(&plan).await.unwrap();
    plan
}

async fn listed(open: &Open, reference: &str) -> Listed {
    let all = holds::list(&open.catalogue, Which::All).await.unwrap();
    all.into_iter().find(|one| one.hold.reference == reference).unwrap()
}

/// The person who acts, from this moment.
async fn as_person(council: &Council, who: &str) -> (Open, Actor) {
    council.act_as(who);
    let open = council.open().await;
    let actor = open.actor(&council.clock).await;
    (open, actor)
}

#[tokio::test]
async fn a_list_of_open_requests_holds_what_they_ask_for_once_and_frees_nothing() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let month_ago = months_from_now(-1).strftime("%d/%m/%Y").to_string();
        let rows = format!(
            "FOI-1,Freedom of Information,{month_ago},,,,,,Share,enforcement/2015,Open\n\
             SAR-2,DSAR,{month_ago},,T300002,,,,,,\n\
             EIR-3,EIR,{month_ago},,,,hou-03,,,,in progress\n\
             FOI-4,FOI,{month_ago},,,,,,,,Open\n\
             FOI-5,Complaint,{month_ago},,,,HOU-03,,,,Open\n\
             FOI-6,FOI,31/02/2026,,,,XX-99,,,,maybe\n"
        );
        council.write("requests.csv", &(HEADINGS.to_owned() + &rows));
        let dry = council.run(&["hold", "feed", "requests.csv", "--dry-run"]);
        assert_eq!(dry.code, 1, "the list is not where the command runs: {dry:?}");
        let path = council.path("requests.csv");
        let path = path.to_str().unwrap();
        let dry = council.run(&["hold", "feed", path, "--dry-run"]);
        assert_eq!((dry.code, held(&council)), (3, Vec::new()), "{dry:?}");
        assert!(dry.out.contains("A dry run: nothing was done."), "{dry:?}");

        let fed = council.run(&["hold", "feed", path]);
        assert_eq!(fed.code, 3, "{fed:?}");
        assert!(fed.out.contains("requests.csv: 6 rows, 5 cases"), "{fed:?}");
        assert!(fed.out.contains("Held anew: FOI-1, SAR-2, EIR-3\n"), "{fed:?}");
        for words in [
            "nothing says which records are asked for",
            "this is no kind of request",
            "there is no record type with the code `XX-99`",
            "this is not a date",
            "this does not say whether the case is over",
            "B (Type of request)",
        ] {
            assert!(fed.out.contains(words), "{words}: {}", fed.out);
        }
        let expected =
            [("enforcement/2015/ENF-2/", "FOI-1"), ("jobs/a.pdf", "EIR-3"), ("tenancy/2", "SAR-2")];
        let expected = expected.map(|(at, by)| (at.to_owned(), vec![by.to_owned()]));
        assert_eq!(held(&council), expected);
        let everywhere = format!("{}{:?}", fed.out, council.audit().await);
        assert!(!everywhere.contains("T300002"), "a person is named");

        let again = council.run(&["--json", "hold", "feed", path]).json();
        assert_eq!(again[0]["placed"], serde_json::json!([]));
        assert_eq!(council.audited("hold.placed").await, 3);

        let today = months_from_now(0);
        let rows = format!(
            "FOI-1,FOI,{month_ago},{today},,,,,share,enforcement/2015,Closed\n\
             FOI-1,FOI,{month_ago},,,,,,share,jobs,Closed\n\
             EIR-3,EIR,{month_ago},,,,HOU-03,,,,Open\n"
        );
        council.write("requests.csv", &(HEADINGS.to_owned() + &rows));
        let fed = council.run(&["--json", "hold", "feed", path]);
        assert_eq!(fed.code, 0, "{fed:?}");
        let answer = &fed.json()[0];
        assert_eq!(answer["widened"], serde_json::json!(["FOI-1"]));
        assert_eq!(answer["corresponded"], serde_json::json!(["FOI-1"]));
        assert_eq!(answer["missing"], serde_json::json!(["SAR-2"]));
        assert_eq!(answer["waiting"]["FOI-1"], months_from_now(6).to_string());
        assert_eq!(answer["release_asked"], serde_json::json!([]));
        assert_eq!(held(&council)[1].1, ["FOI-1", "EIR-3"]);

        let shown = council.run(&["hold", "show", "foi-1"]).out;
        assert!(shown.contains("Covers: enforcement/2015 in store share\n"), "{shown}");
        assert!(shown.contains("Answer due: "), "{shown}");
        let list = council.run(&["hold", "list"]).out;
        assert!(list.contains("a person") && list.contains("record type HOU-03"), "{list}");
    }
}

/// What is told of requests: the stage, and by which reference.
async fn of_requests(council: &Council, open: &Open) -> Vec<(String, String)> {
    let (config, catalogue, keys) = (&open.config, &open.catalogue, &open.keys);
    notices::periodic(&Post { config, catalogue, keys, clock: &council.clock }).await.unwrap();
    let mut rows = notice::Entity::find().all(catalogue.read()).await.unwrap();
    rows.retain(|row| row.kind == Kind::RightsRequest);
    let text = |row: &notice::Model, name: &str| row.payload[name].as_str().unwrap().to_owned();
    let mut told: Vec<_> =
        rows.iter().map(|row| (text(row, "stage"), text(row, "reference"))).collect();
    told.sort();
    told.dedup();
    told
}

#[tokio::test]
async fn an_open_request_is_told_when_it_comes_in_when_it_is_due_and_until_it_is_explained() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let open = council.open().await;
        let headings = "Ref,Type,Received,Last contact,Client ref,Case no,Record type,Service,\
            Store,Folder,Status,Outcome,Due date,Explained,Recipients told,\
            Recipients acknowledged\n";
        let feed = async |day: Date, rows: &str| {
            council.clock.set(noon(day));
            council.write("requests.csv", &(headings.to_owned() + rows));
            let actor = open.actor(&council.clock).await;
            let feeding = Feeding {
                catalogue: &open.catalogue,
                keys: &open.keys,
                actor: &actor,
                tail: open.config.holds.foi_tail,
                now: council.clock.now(),
                today: day,
            };
            let file = FeedFile::read(&council.path("requests.csv"), day).unwrap();
            assert_eq!(file.findings, []);
            let made = plan(&feeding, &file).await.unwrap();
            feeding.carry_out(&made).await.unwrap();
            let again = plan(&feeding, &file).await.unwrap();
            assert_eq!(again.progressed, [""; 0], "twice is once");
            of_requests(&council, &open).await
        };
        let of = |stage: &str| (stage.to_owned(), "SAR-2026-044".to_owned());
        let case = |rest: &str| format!("SAR-2026-044,SAR,09/11/2026,,,,HOU-03,,,,{rest}\n");
        let told = feed(date(2026, 11, 9), &case("Open,,,,,")).await;
        assert_eq!(told, [of("opened")]);
        assert_eq!(feed(date(2026, 11, 28), &case("Open,,,,,")).await, [of("opened")]);
        let soon = [of("due-soon"), of("opened")];
        assert_eq!(feed(date(2026, 11, 29), &case("Open,,,,,")).await, soon);
        // The person agreed to wait.
        assert_eq!(feed(date(2026, 12, 3), &case("Open,,09/01/2027,,,")).await, soon);
        let refused = case("04/12/2026,Partly refused,09/01/2027,,04/12/2026,");
        let told = feed(date(2026, 12, 5), &refused).await;
        assert_eq!(told, [of("due-soon"), of("opened"), of("refused-unexplained")]);
        let explained = case("04/12/2026,Partly refused,09/01/2027,07/12/2026,04/12/2026,");
        let all = feed(date(2026, 12, 18), &explained).await;
        assert_eq!(all.len(), 4);
        assert!(all.contains(&of("recipient-outstanding")), "{all:?}");
        let rows = notice::Entity::find().all(open.catalogue.read()).await.unwrap();
        let before = rows.iter().filter(|row| row.kind == Kind::RightsRequest).count();
        let done = case("04/12/2026,Partly refused,09/01/2027,07/12/2026,04/12/2026,18/12/2026");
        assert_eq!(feed(date(2027, 1, 15), &done).await, all);
        let rows = notice::Entity::find().all(open.catalogue.read()).await.unwrap();
        let after = rows.iter().filter(|row| row.kind == Kind::RightsRequest).count();
        assert_eq!(after, before, "nobody is asked for what is done");
        assert!(council.audited("hold.progressed").await >= 4);
        let shown = council.run(&["hold", "progress", "SAR-2026-044", "--explained", "2999-01-01"]);
        assert!(shown.code == 1 && shown.err.contains("2999-01-01 has not come"), "{shown:?}");
        let shown = council.run(&["hold", "progress", "SAR-2026-044"]);
        assert!(shown.code != 0 && shown.err.contains("--answered"), "{shown:?}");
        let day = date(2027, 1, 10).to_string();
        let shown = council.run(&["hold", "progress", "SAR-2026-044", "--due", &day]);
        assert_eq!(shown.code, 0, "{shown:?}");
    }
}

#[tokio::test]
async fn a_list_without_headings_or_with_two_of_one_meaning_is_refused() {
    let council = Council::found(Database::Sqlite).await;
    for (text, words) in [
        ("a,b\n1,2\n", "requests.csv has no row of headings in its first 60 rows"),
        (
            "\0\u{1}\u{2}",
            "requests.csv is not a spreadsheet: it holds neither text nor a known workbook. Save \
             the spreadsheet as .xlsx, .ods or .csv",
        ),
        ("Ref,Kind,Type\n1,FOI,FOI\n", "row 1: the columns B and C mean the same"),
    ] {
        council.write("requests.csv", text);
        let path = council.path("requests.csv");
        let ran = council.run(&["hold", "feed", path.to_str().unwrap()]);
        assert!(ran.code == 1 && ran.err.contains(words), "{ran:?}");
    }
    for (tail, words) in [("P2M", "can be shorter than 60 days"), ("soon", "like P6M or P90D")] {
        let text = council.configuration() + &format!("[holds]\nfoi_tail = '{tail}'\n");
        council.write("retaind.toml", &text);
        let ran = council.run(&["check"]);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(ran.code != 0 && said.contains(words), "{tail}: {ran:?}");
    }
}

#[tokio::test]
async fn the_nightly_job_feeds_the_list_in_the_name_of_a_person() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let feed =
            "[holds.feed]\nfile = 'requests.csv'\nperson = 'harriet.stone@trentside.example'\n";
        council.write("retaind.toml", &(council.configuration() + feed));
        let row = "FOI-1,FOI,02/11/2026,,,,,,share,enforcement/2015,Open\n";
        council.write("requests.csv", &(HEADINGS.to_owned() + row));
        let ran = council.run(&["jobs", "run", "hold-feed"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(held(&council).len(), 1);
        let chain = council.audit().await;
        let placed = chain.iter().find(|entry| entry.action == "hold.placed").unwrap();
        assert_eq!(placed.role, "legal");
        council.write("requests.csv", &(HEADINGS.to_owned() + row + "FOI-2,FOI,,,,,,,,,Open\n"));
        let ran = council.run(&["jobs", "run", "hold-feed"]);
        assert!(ran.code != 0, "a case that is not held is a run that failed: {ran:?}");
    }
}

#[tokio::test]
async fn story_6_a_request_is_due_in_twenty_working_days_and_held_six_months_after_its_answer() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let open = council.open().await;
        council.clock.set(noon(date(2026, 11, 2)));
        let case = "FOI-2026-0112,FOI,02/11/2026";
        let place = ",,,,,share,enforcement/2015,";
        let plan = feed(&council, &open, &format!("{case},{place}Open\n")).await;
        assert_eq!(plan.placed, ["FOI-2026-0112"]);
        let due = request::due_on(HoldKind::Foi, date(2026, 11, 2), &open.config.working_days);
        assert_eq!(due, Some(date(2026, 11, 30)));
        let due =
            request::due_on(HoldKind::SubjectAccess, date(2026, 11, 9), &open.config.working_days);
        assert_eq!(due, Some(date(2026, 12, 9)));

        council.clock.set(noon(date(2026, 11, 30)));
        let answered = format!("{case},30/11/2026{place}Closed\n");
        let plan = feed(&council, &open, &answered).await;
        assert_eq!(plan.waiting["FOI-2026-0112"], Some(date(2027, 5, 30)));
        let hold = listed(&open, "FOI-2026-0112").await.hold;
        assert_eq!(hold.earliest_release.map(|day| day.0), Some(date(2027, 5, 30)));
        council.clock.set(noon(date(2027, 5, 29)));
        assert!(feed(&council, &open, &answered).await.release_asked.is_empty());

        council.clock.set(noon(date(2027, 5, 30)));
        let plan = feed(&council, &open, &answered).await;
        assert_eq!(plan.release_asked, ["FOI-2026-0112"]);
        assert_eq!(held(&council).len(), 1, "asking frees nothing");
        assert!(feed(&council, &open, &answered).await.release_asked.is_empty());
        let reopened = feed(&council, &open, &format!("{case},{place}Open\n")).await;
        assert!(reopened.findings[0].reason.contains("has been asked for, and the case is open"));

        let (open, harriet) = as_person(&council, PEOPLE[1].0).await;
        let now = council.clock.now();
        holds::release(&open.catalogue, &harriet, "FOI-2026-0112", now).await.unwrap();
        assert_eq!(held(&council), []);
        assert_eq!(council.due().await.len(), 5, "due, and approved by nobody");
    }
}

#[tokio::test]
async fn a_complaint_keeps_a_request_held_until_six_weeks_after_its_decision() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let (open, rowan) = as_person(&council, PEOPLE[0].0).await;
        let catalogue = &open.catalogue;
        council.clock.set(noon(date(2026, 11, 23)));
        feed(&council, &open, "FOI-1,FOI,23/11/2026,,,,HOU-03,,,,Open\n").await;
        let day = |day: Date| (day, noon(day));
        let (on, at) = day(date(2027, 5, 3));
        let early = holds::decision(catalogue, &rowan, "FOI-1", on, at).await.unwrap_err();
        assert!(matches!(early, HoldError::NoComplaint(_)), "{early}");
        holds::complaint(catalogue, &rowan, "FOI-1", on, at).await.unwrap();
        holds::request_release(catalogue, &rowan, "FOI-1", "over", "log", at).await.unwrap();

        let (open, harriet) = as_person(&council, PEOPLE[1].0).await;
        let catalogue = &open.catalogue;
        let (on, at) = day(date(2027, 6, 10));
        let refused = holds::release(catalogue, &harriet, "FOI-1", at).await.unwrap_err();
        assert!(refused.to_string().starts_with("the hold `FOI-1` waits for the decision"));
        holds::decision(catalogue, &harriet, "FOI-1", on, at).await.unwrap();
        let hold = listed(&open, "FOI-1").await.hold;
        assert_eq!(hold.earliest_release.map(|day| day.0), Some(date(2027, 7, 22)));
        holds::release(catalogue, &harriet, "FOI-1", noon(date(2027, 7, 22))).await.unwrap();
        for action in ["hold.complaint", "hold.decision", "hold.released"] {
            assert_eq!(council.audited(action).await, 1, "{action}");
        }
    }
}

fn order(reference: &str, kind: HoldKind, scopes: Vec<NewScope>, review_on: Date) -> NewHold {
    let ground =
        (kind == HoldKind::Restriction18).then_some(retaind::catalogue::words::Ground::Accuracy);
    NewHold {
        reference: reference.to_owned(),
        title: "The matter".to_owned(),
        kind,
        ground,
        authority: "letter 7".to_owned(),
        scopes,
        review_on,
        reason: "asked to".to_owned(),
    }
}

#[tokio::test]
async fn story_9_a_restriction_stands_through_thirty_scans_and_until_the_person_was_told() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let rows: Vec<String> = (1..=40)
            .map(|id| format!("({id}, '{}', '2015-06-01')", if id <= 37 { "P1" } else { "P2" }))
            .collect();
        let tables = format!(
            "create table letter (id integer primary key, person text, ended date);
             insert into letter values {};",
            rows.join(", ")
        );
        let casework = Casework::make(database, &tables).await;
        let mapping = "[[mapping]]\nrecord_type = 'HOU-07'\nlocation = 'letter'\n\
            subject = { from = 'column', name = 'person' }\n\
            [mapping.dates]\ncontract-ended = { from = 'column', name = 'ended' }\n";
        council.store("casework", &(casework.settings() + mapping));
        council.accept(&[("HOU-07", "Housing", "6 years", "End of tenancy agreement")]).await;
        council.clock.set(noon(date(2026, 11, 4)));
        let (open, rowan) = as_person(&council, PEOPLE[0].0).await;
        let new = order(
            "DP-9",
            HoldKind::Restriction18,
            vec![NewScope::Subject("p1".to_owned())],
            date(2027, 5, 4),
        );
        let (now, today) = (council.clock.now(), council.clock.today());
        holds::place(&open.catalogue, &open.keys, &rowan, &new, now, today).await.unwrap();
        for night in 0..30 {
            let day = date(2026, 11, 4).saturating_add(jiff::Span::new().days(night));
            council.clock.set(noon(day));
            council.scan("casework").await;
            let items = council.due_on(day).await;
            let restricted = items.iter().filter(|item| item.held_by == ["DP-9"]).count();
            assert_eq!((items.len(), restricted), (40, 37), "{day}");
        }
        let asked = noon(date(2026, 12, 3));
        holds::request_release(&open.catalogue, &rowan, "DP-9", "put right", "letter 9", asked)
            .await
            .unwrap();
        let (open, harriet) = as_person(&council, PEOPLE[1].0).await;
        let catalogue = &open.catalogue;
        let refused = holds::release(catalogue, &harriet, "DP-9", asked).await.unwrap_err();
        assert!(matches!(refused, HoldError::SubjectNotInformed(_)), "{refused}");
        let told = date(2026, 12, 4);
        holds::subject_informed(catalogue, &harriet, "DP-9", told, noon(told)).await.unwrap();
        holds::release(catalogue, &harriet, "DP-9", noon(date(2026, 12, 5))).await.unwrap();
        let chain = council.audit().await;
        let days: Vec<String> = chain
            .iter()
            .filter(|entry| {
                ["hold.subject-informed", "hold.released"].contains(&entry.action.as_str())
            })
            .map(|entry| entry.at.timestamp().to_string()[..10].to_owned())
            .collect();
        assert_eq!(days, ["2026-12-04", "2026-12-05"]);
    }
}

/// So many rows changed on this day, from this id on.
async fn rows(casework: &Casework, table: &str, from: u32, count: u32, changed: &str) {
    let last = from + count - 1;
    let insert = format!(
        "with recursive n(i) as (select {from} union all select i + 1 from n where i < {last}) \
         insert into {table} select i, '{changed}' from n"
    );
    casework.execute(&insert).await;
}

/// How many items a hold covers by the last scans.
async fn covered(open: &Open, reference: &str) -> u64 {
    let Listed { hold, scopes } = listed(open, reference).await;
    let hold = Hold { id: HoldId(hold.id), kind: hold.kind.0, scopes };
    holds::covers(&open.catalogue, &[hold]).await.unwrap()[0].items
}

#[tokio::test]
async fn a_pack_proposes_record_types_and_a_person_confirms_which_one_hold_covers() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let file = council.path("INQ.toml");
        let path = file.to_str().unwrap();
        let shipped = council.run(&["--json", "hold", "pack", "show", "covid-19"]).json();
        let pack = |version: &str, words: &str| {
            let text = "status = 'in-force'\ninquiry = 'The Trent Inquiry'\nterms = 'Floods'\n\
                dated = '2026-10-01'\nauthority = 'the chair'\nreference = 'letter 4'\n\
                scope = 'What bears on tenancies'\ncodes = []\nchecked_on = '2026-11-01'\n\
                source = 'the letter'\nnote = ''\nname = 'trent'\n";
            council.write("INQ.toml", &format!("{text}version = '{version}'\nwords = [{words}]\n"));
        };
        assert_eq!(shipped[0]["holds"], serde_json::json!([]));
        pack("1", "'records hou'");
        let csv = council.path("confirm.csv");
        let csv = csv.to_str().unwrap();
        let proposed = council.run(&["hold", "pack", "match", path, "--to", csv]);
        assert!(proposed.out.contains("HOU-03") && proposed.out.contains("HOU-07"), "{proposed:?}");
        assert!(!proposed.out.contains("PLAN-14"), "{proposed:?}");
        let review = months_from_now(6).to_string();
        let rest = ["--reference", "INQ-7", "--review-on", &review, "--reason", "letter came"];
        let place = [&["hold", "pack", "place", path, "--confirmed", csv], &rest[..]].concat();
        let silent = council.run(&place);
        assert!(silent.err.contains("row 2, column hold: `` is no answer"), "{silent:?}");
        let answered = std::fs::read_to_string(csv).unwrap();
        let answered = answered.replacen("\n,", "\nno,", 1).replacen("\n,", "\nyes,", 1);
        std::fs::write(csv, answered).unwrap();
        let placed = council.run(&place);
        assert_eq!(placed.code, 0, "{placed:?}");
        let words = "INQ-7 is in force over 1 record type, from the pack trent, version 1.\n";
        assert_eq!(placed.out, words);
        let both = [("tenancy/1", "INQ-7"), ("tenancy/2", "INQ-7")];
        assert_eq!(held(&council), both.map(|(at, by)| (at.to_owned(), vec![by.to_owned()])));

        pack("2", "'planning'");
        let shown = council.run(&["hold", "pack", "show", path]).out;
        for words in [
            "Hold INQ-7 was placed from version 1; the pack has changed since.",
            "It does not cover what the pack finds: PLAN-14",
            "It covers what the pack does not find: HOU-07",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let place = ["hold", "pack", "place", "iicsa", "--record-type", "HOU-07"];
        let over = council.run(&[&place[..], &rest].concat());
        assert!(over.err.contains("the order of the pack `iicsa` ended on 2023-01-20"), "{over:?}");
        assert_eq!(council.run(&["hold", "pack", "list"]).out.lines().count(), 4);
    }
}

/// The stores of story 8: store, record type, rows, and how many of them are
/// past six years a year on.
const STORES: [(&str, &str, u32, u32); 4] = [
    ("adults", "CHI-15", 8000, 900),
    ("children", "CHI-16", 7000, 604),
    ("health", "CHI-17", 5000, 300),
    ("schools", "CHI-15", 3411, 113),
];

/// Their databases, connected, and the register that covers them.
async fn inquired_into(council: &Council) -> Vec<Casework> {
    let mut databases = Vec::new();
    for (store, code, count, soon) in STORES {
        let casework = Casework::make(
            Database::Sqlite,
            "create table file (id integer primary key, changed date)",
        )
        .await;
        rows(&casework, "file", 1, soon, "2021-03-01").await;
        rows(&casework, "file", soon + 1, count - soon, "2026-01-05").await;
        let mapping = format!(
            "[[mapping]]\nrecord_type = '{code}'\nlocation = 'file'\n\
             [mapping.dates]\nlast-modified = {{ from = 'column', name = 'changed' }}\n"
        );
        council.store(store, &(casework.settings() + &mapping));
        databases.push(casework);
    }
    let line = |code| (code, "Children", "6 years after last modified", "");
    council.accept(&[line("CHI-15"), line("CHI-16"), line("CHI-17")]).await;
    databases
}

/// Both inquiries' holds, placed by Rowan.
async fn both_inquiries(council: &Council) -> (Open, Actor) {
    let (open, rowan) = as_person(council, PEOPLE[0].0).await;
    let types =
        |codes: &[&str]| codes.iter().map(|code| NewScope::RecordType((*code).into())).collect();
    for (reference, codes) in
        [("INQ-1", &["CHI-15", "CHI-16", "CHI-17"][..]), ("INQ-2", &["CHI-16"][..])]
    {
        let new = order(reference, HoldKind::InquiryMoratorium, types(codes), date(2027, 11, 1));
        let (now, today) = (council.clock.now(), council.clock.today());
        holds::place(&open.catalogue, &open.keys, &rowan, &new, now, today).await.unwrap();
    }
    (open, rowan)
}

async fn scan_all(council: &Council) {
    for (store, ..) in STORES {
        council.scan(store).await;
    }
}

/// Rowan asks for the first inquiry's hold to be released, and Harriet does it.
async fn the_first_ends(council: &Council, open: &Open, rowan: &Actor) -> Open {
    let now = council.clock.now();
    let (why, whose) = ("the inquiry ended", "letter of its secretary");
    holds::request_release(&open.catalogue, rowan, "INQ-1", why, whose, now).await.unwrap();
    let (open, harriet) = as_person(council, PEOPLE[1].0).await;
    holds::release(&open.catalogue, &harriet, "INQ-1", now).await.unwrap();
    open
}

/// The inquiry's days: placed today, a year on, over.
#[tokio::test]
async fn story_8_a_moratorium_covers_what_arrives_and_its_end_frees_what_no_other_holds() {
    let council = Council::found(Database::Sqlite).await;
    let files = inquired_into(&council).await;
    let (open, rowan) = both_inquiries(&council).await;
    scan_all(&council).await;
    assert_eq!(covered(&open, "INQ-1").await, 23_411);
    council.clock.set(noon(date(2026, 11, 24)));
    rows(&files[0], "file", 8001, 96, "2026-11-24").await;
    scan_all(&council).await;
    assert_eq!(covered(&open, "INQ-1").await, 23_411 + 96);
    assert!(council.due_on(date(2026, 11, 24)).await.is_empty());

    let later = date(2027, 11, 24);
    council.clock.set(noon(later));
    scan_all(&council).await;
    let past = council.due_on(later).await;
    assert_eq!(past.len(), 1917);
    assert!(past.iter().all(|item| item.held_by.contains(&"INQ-1".to_owned())));

    let open = the_first_ends(&council, &open, &rowan).await;
    scan_all(&council).await;
    let past = council.due_on(later).await;
    let free = past.iter().filter(|item| item.held_by.is_empty()).count();
    let still = past.iter().filter(|item| item.held_by == ["INQ-2"]).count();
    assert_eq!((past.len(), free, still), (1917, 1313, 604));
    assert_eq!(covered(&open, "INQ-2").await, 7000, "nothing went");
}

/// What the daemon would mail now.
async fn mailed(open: &Open, council: &Council, server: &MailServer) -> Vec<Value> {
    let clock = &council.clock;
    let (config, catalogue, keys) = (&open.config, &open.catalogue, &open.keys);
    let post = Post { config, catalogue, keys, clock };
    let before = server.mails().len();
    called_for(&post).await;
    sent(&post).await;
    server.mails().split_off(before)
}

fn said<'a>(mails: &'a [Value], who: &str) -> Vec<&'a str> {
    let mine = to(mails, &format!("{who}@trentside.example"));
    mine.into_iter().map(|mail| mail["plain"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn story_8_its_service_and_its_officers_are_told_by_mail_of_its_holds_from_first_to_last() {
    let (council, server) = (Council::found(Database::Sqlite).await, MailServer::start());
    let area = "[[service_area]]\nname = 'Children'\nmailbox = 'children@trentside.example'\n";
    let configuration = council.configuration() + &mail_settings(&server, area);
    council.write("retaind.toml", &configuration);
    let _files = inquired_into(&council).await;
    let (open, _) = as_person(&council, PEOPLE[0].0).await;
    let tx = open.catalogue.write_tx().await.unwrap();
    notices::sync_routes(&tx, &open.config.routes, council.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let (open, rowan) = both_inquiries(&council).await;
    let placed = mailed(&open, &council, &server).await;
    let to_service = said(&placed, "children");
    assert_eq!(to_service.len(), 2, "one for each hold, at once");
    assert!(to_service[0].contains("Moratorium for an inquiry INQ-1, placed by"), "{to_service:?}");
    assert!(to_service[0].contains("- the record type CHI-17 Records CHI-17"), "{to_service:?}");
    assert!(to_service[0].contains("Stop any manual deletion too"), "{to_service:?}");
    assert_eq!(said(&placed, "rowan.hale").len(), 3, "and that a register came");

    council.clock.set(noon(date(2027, 11, 24)));
    scan_all(&council).await;
    let review = mailed(&open, &council, &server).await;
    for who in ["rowan.hale", "harriet.stone"] {
        let [digest] = said(&review, who)[..] else { panic!("{who}: one digest: {review:?}") };
        assert!(digest.contains(" was to be looked at by 1 November 2027"), "{digest}");
        for held in ["1,917", "604"] {
            let words = format!("{held} records are past their time and kept because of it");
            assert!(digest.contains(&words), "{digest}");
        }
    }
    assert_eq!(said(&review, "children"), [""; 0], "nothing is asked of the service");

    let open = the_first_ends(&council, &open, &rowan).await;
    council.clock.set(noon(date(2027, 11, 25)));
    let told = mailed(&open, &council, &server).await;
    let [released] = said(&told, "children")[..] else { panic!("{told:?}") };
    assert!(released.starts_with("Hold H-"), "{released}");
    assert!(released.contains(" was released: nothing is destroyed now"), "{released}");
    assert!(released.contains("1,917 records that it covered are past their time"), "{released}");
    assert!(released.contains("other holds still keep 604 of them"), "{released}");
    let thread = |mails: &[Value]| {
        let mail = to(mails, "children@trentside.example")[0].clone();
        let references = mail["headers"]["References"].as_str().unwrap().to_owned();
        references.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(thread(&told), thread(&placed), "in the thread of its placing");
}
