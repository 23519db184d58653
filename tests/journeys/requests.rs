//! What people ask: erasure that is partly refused, recipients who are told of it,
//! and the mails that keep it from being forgotten.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use retaind::audit;
use retaind::catalogue::entity::{hold, rights_item, rights_recipient};
use retaind::catalogue::words::HoldState;
use retaind::clock::Clock as _;
use retaind::holds::{self, NewScope};
use retaind::people::{self, Actor};
use retaind::register::{self, ImportProfile, RegisterFile};
use retaind::requests::items::{self, Place};
use retaind::requests::letter::letter;
use retaind::requests::recipients::{self, Told};
use retaind::requests::{
    self, Explanation, Handling, ItemVerdict, Keeping, NewRequest, Release, RequestDecision,
    RequestKind, Ruling, steps,
};
use sea_orm::EntityTrait as _;

use crate::catalogue::Database;
use crate::council::{Council, Open, PEOPLE as OFFICE, present_user};
use crate::mail_server::MailServer;
use crate::notices::{PEOPLE, mail_settings, people as list_people, run_jobs, subject, writing};
use crate::share::Share;

/// Three newsletters kept for the council's own need, a council tax account kept by
/// statute, and an entry of a public register.
const REGISTER: &str = "\
Ref,Record,Service,IAO,Keep for,Keep from,Disposal action,Legislation,Basis kind,Shared with
NEWS-1,Newsletter subscribers,Team 01,{owner},7 years after last modified,,Destroy,Operational requirement,business,
CT-1,Council tax accounts,Team 01,{owner},6 years from end of financial year,Last modified,Destroy,Local Government Finance Act 1992 s.1,statute,
PR-1,Planning register,Team 01,{owner},20 years after last modified,,Destroy,Town and Country Planning Act 1990 s.69,statute,
SOC-1,Care referrals,Team 02,{owner},7 years after last modified,,Destroy,Operational requirement,business,Police; NHS Trust; Housing Ombudsman
";

const STORE: &str = "kind = 'filesystem'\nbackup_retention = 'P90D'\n\
    [settings]\nroot = '{folder}/share'\n\
    [[mapping]]\nrecord_type = 'NEWS-1'\nlocation = 'news'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'CT-1'\nlocation = 'tax'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'PR-1'\nlocation = 'planning'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'SOC-1'\nlocation = 'care'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// What the person's files are called.
const ITEMS: [&str; 5] = [
    "news/T300001 spring.txt",
    "news/T300001 summer.txt",
    "news/T300001 autumn.txt",
    "tax/T300001 account.txt",
    "planning/T300001 application.txt",
];

/// Puts the records of one person on the share, and accepts the register.
async fn with_records(council: &Council) {
    let share = Share::make(council.path("share"));
    for locator in &ITEMS[..3] {
        share.file(locator, "2024-05-01T10:00:00Z");
    }
    share.file(ITEMS[3], "2022-06-01T10:00:00Z");
    share.file(ITEMS[4], "2023-03-01T10:00:00Z");
    share.file("care/T300001 referral.txt", "2023-03-01T10:00:00Z");
    council.store("share", STORE);
    let open = council.open().await;
    let actor = open.actor(&council.clock).await;
    let owner = "nadia.shah@trentside.example";
    council.write("register.csv", &REGISTER.replace("{owner}", owner));
    let known = register::known_people(&open.catalogue).await.unwrap();
    let (profile, path) = (ImportProfile::default(), council.path("register.csv"));
    let file = RegisterFile::read(&path, &profile, "built-in", &known).unwrap();
    assert_eq!(file.checked.accepted, 4, "{:?}", file.checked.findings);
    let now = council.clock.now();
    let imported = register::import(&open.catalogue, &actor, &file, now).await.unwrap();
    let (import, calendar) = (imported.import, &open.config.calendar);
    register::accept(&open.catalogue, &actor, import, calendar, now).await.unwrap();
    council.scan("share").await;
}

/// One day at the desk of an officer.
struct Desk {
    open: Open,
    actor: Actor,
}

impl Desk {
    async fn at(council: &Council, now: &str) -> Self {
        council.clock.set(now.parse().unwrap());
        let open = council.open().await;
        let actor = open.actor(&council.clock).await;
        Self { open, actor }
    }

    fn handling<'a>(&'a self, council: &Council) -> Handling<'a> {
        Handling { catalogue: &self.open.catalogue, actor: &self.actor, now: council.clock.now() }
    }

    async fn opens(&self, council: &Council, new: &NewRequest) -> requests::Opened {
        let Open { config, keys, .. } = &self.open;
        let keeping =
            Keeping { keys, tail: config.holds.foi_tail, working_days: &config.working_days };
        requests::open(&self.handling(council), &keeping, new).await.unwrap()
    }

    async fn decides(&self, council: &Council, reference: &str, decision: RequestDecision) {
        let (grounds, exceptions) = (Vec::new(), Vec::new());
        let ruling = Ruling { decision, grounds, exceptions, compelling: None, consequence: None };
        requests::decide(&self.handling(council), reference, &ruling).await.unwrap();
    }

    async fn letter(&self, council: &Council, reference: &str) -> String {
        let today = council.clock.today();
        let shown = requests::show(&self.open.catalogue, reference, today).await.unwrap();
        letter(&self.open.config.organisation.name, &shown)
    }
}

fn erasure(reference: &str, received: Date, scope: &str) -> NewRequest {
    let (store, prefix) = ("share".to_owned(), scope.to_owned());
    NewRequest {
        reference: reference.to_owned(),
        kind: RequestKind::Erasure,
        received,
        clock_starts: None,
        grounds: vec!["art17-1-b".to_owned()],
        service_area: None,
        scopes: vec![NewScope::Location { store, prefix }],
    }
}

#[tokio::test]
async fn story_10_erasure_is_partly_refused_and_the_letter_says_until_when() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        council.clock.set("2026-11-09T10:00:00Z".parse().unwrap());
        with_records(&council).await;
        let desk = Desk::at(&council, "2026-11-09T11:00:00Z").await;
        let new = NewRequest {
            scopes: vec![NewScope::Everything],
            service_area: Some("Team 01".to_owned()),
            ..erasure("ERA-2026-7", date(2026, 11, 9), "")
        };
        let opened = desk.opens(&council, &new).await;
        assert_eq!(opened.request.due_on.0, date(2026, 12, 9));

        let scanner = desk.open.scanner(&council.clock);
        let store = desk.open.config.store("share").unwrap();
        let handling = desk.handling(&council);
        let searched = steps::search(&handling, &scanner, "ERA-2026-7").await.unwrap();
        assert_eq!((searched[0].store.as_str(), searched[0].copies), ("share", Some(6)));
        assert_eq!(searched[0].backups_until, Some(date(2027, 2, 7)));

        let named = async |locator, public_register| {
            let place = Place { store, locator, public_register };
            items::judge(&handling, &scanner, "ERA-2026-7", place).await
        };
        let register = Some("Town and Country Planning Act 1990 s.69");
        let mut verdicts = Vec::new();
        for (locator, law) in ITEMS.iter().zip([None, None, None, None, register]) {
            let row = named(locator, law).await.unwrap();
            verdicts.push((row.verdict, row.kept_until.map(|day| day.0)));
        }
        let early = (ItemVerdict::MayGoEarly, Some(date(2031, 5, 1)));
        let tax = (ItemVerdict::Kept, Some(date(2029, 3, 31)));
        let entry = (ItemVerdict::PublicRegister, Some(date(2043, 3, 1)));
        assert_eq!(verdicts, [early, early, early, tax, entry]);
        let other = named("care/T300001 referral.txt", None).await.unwrap_err();
        assert_eq!(
            other.to_string(),
            "what stands there belongs to Team 02, and the request is about Team 01: name the \
             places of that service, or open another request"
        );
        let absent = named("news/nobody.txt", None).await.unwrap();
        assert_eq!(absent.verdict, ItemVerdict::Absent);

        let desk = Desk::at(&council, "2026-11-23T10:00:00Z").await;
        desk.decides(&council, "ERA-2026-7", RequestDecision::Partly).await;
        let handling = desk.handling(&council);
        let early = requests::close(&handling, "ERA-2026-7").await.unwrap_err().to_string();
        assert!(early.contains("without an exception and the text of the explanation and the"));
        let told = |exceptions: &[&str], text: String| Explanation {
            text,
            sent_on: date(2026, 11, 23),
            exceptions: exceptions.iter().map(|code| (*code).to_owned()).collect(),
        };
        let draft = desk.letter(&council, "ERA-2026-7").await;
        requests::explain(&handling, "ERA-2026-7", &told(&[], draft)).await.unwrap();
        let half = requests::close(&handling, "ERA-2026-7").await.unwrap_err().to_string();
        assert!(half.contains("without an exception: enter"), "{half}");
        let entered = told(&["art17-3-b"], "as the draft says".to_owned());
        requests::explain(&handling, "ERA-2026-7", &entered).await.unwrap();
        let sent = desk.letter(&council, "ERA-2026-7").await;
        insta::allow_duplicates! {
        insta::assert_snapshot!(sent.trim_end(), @"
        Trentside County Council
        Our reference: ERA-2026-7

        On 9 November 2026 you asked us to erase records about you. We have decided to do a part of what you ask, and not all of it.

        We do not do all of it, because:
        - a legal obligation or a public task requires it (UK GDPR Art. 17(3)(b))

        What becomes of each record:
        1. Newsletter subscribers: kept until 1 May 2031 at the latest: nothing but our own need keeps it for so long.
        2. Newsletter subscribers: kept until 1 May 2031 at the latest: nothing but our own need keeps it for so long.
        3. Newsletter subscribers: kept until 1 May 2031 at the latest: nothing but our own need keeps it for so long.
        4. Council tax accounts: kept until 31 March 2029, because the law requires it to be kept (Local Government Finance Act 1992 s.1). It may go from 1 April 2029. Our rule: Keep for 6 years after the end of the financial year in which the record was last changed.
        5. Planning register: kept until 1 March 2043, because it is part of a register that the public may see (Town and Country Planning Act 1990 s.69). It may go from 2 March 2043. Our rule: Keep for 20 years after the record was last changed.

        If you are not satisfied, ask us to look at it again. You may also complain to the Information Commissioner (ico.org.uk, 0303 123 1113), and you may ask a court to enforce your right.
        ");
        }

        requests::erasure::retract(&handling, "ERA-2026-7", "nobody signs").await.unwrap();
        let closed = requests::close(&handling, "ERA-2026-7").await.unwrap();
        assert_eq!(closed.release, Release::Asked { hold: "ERA-2026-7".to_owned() });
        assert_released_by_another(&council, &desk).await;
        let odd = audit::differing(desk.open.catalogue.read()).await.unwrap();
        assert_eq!(odd, [], "{database:?}");
    }
}

/// The hold of the request is in force until another person releases it, and no
/// place that the request named is known any more.
async fn assert_released_by_another(council: &Council, desk: &Desk) {
    let read = desk.open.catalogue.read();
    let kept = hold::Entity::find().one(read).await.unwrap().unwrap();
    assert_eq!(kept.state, HoldState::ReleaseRequested);
    let now = council.clock.now();
    let same = holds::release(&desk.open.catalogue, &desk.actor, "ERA-2026-7", now).await;
    assert!(same.is_err(), "it takes two people");
    council.act_as(OFFICE[1].0);
    let second = Desk::at(council, "2026-11-23T12:00:00Z").await;
    holds::release(&second.open.catalogue, &second.actor, "ERA-2026-7", council.clock.now())
        .await
        .unwrap();
    let items = rights_item::Entity::find().all(read).await.unwrap();
    assert_eq!(items.len(), 6);
    assert!(items.iter().all(|item| item.locator.is_none() && item.locator_mac.len() == 64));
    let told: Vec<String> =
        council.audit().await.into_iter().filter_map(|entry| entry.reason).collect();
    assert!(!told.iter().any(|words| words.contains("T300001")), "{told:?}");
}

#[tokio::test]
async fn story_11_three_recipients_are_told_and_the_silent_one_is_chased_after_two_weeks() {
    let server = MailServer::start();
    for database in Database::BOTH {
        let before = server.mails().len();
        let council = writing(database, &mail_settings(&server, "")).await;
        council.clock.set("2026-11-09T10:00:00Z".parse().unwrap());
        with_records(&council).await;
        let desk = Desk::at(&council, "2026-11-09T11:00:00Z").await;
        desk.opens(&council, &erasure("ERA-2026-8", date(2026, 11, 9), "care")).await;
        let desk = Desk::at(&council, "2026-11-16T11:00:00Z").await;
        desk.decides(&council, "ERA-2026-8", RequestDecision::Granted).await;
        let handling = desk.handling(&council);
        let all = rights_recipient::Entity::find().all(desk.open.catalogue.read()).await.unwrap();
        assert_eq!(all.len(), 3);

        let note = async |number, told| {
            recipients::note(&handling, "ERA-2026-8", number, &told).await.unwrap();
        };
        note(1, Told::Acknowledged(date(2026, 11, 16))).await;
        note(2, Told::Disproportionate("the trust was dissolved in 2019".to_owned())).await;
        let incomplete = requests::close(&handling, "ERA-2026-8").await.unwrap_err().to_string();
        assert!(incomplete.contains("incomplete: of those the records were shared with, 1 is not"));

        let mut chased = Vec::new();
        for day in 16..=30 {
            let already = server.mails().len();
            council.clock.set(format!("2026-11-{day}T11:30:00Z").parse().unwrap());
            run_jobs(&council).await;
            let said = server.mails().split_off(already);
            let about = |mail: &&serde_json::Value| {
                mail["plain"].to_string().contains("a recipient has not acknowledged")
            };
            chased.extend(said.iter().filter(about).map(|mail| (day, mail["to"].to_string())));
        }
        let to = [
            "\"nadia.shah@trentside.example\"",
            "\"rowan.hale@trentside.example\"",
            "\"tomas.field@trentside.example\"",
        ];
        chased.sort();
        assert_eq!(chased, to.map(|to| (30, to.to_owned())), "{database:?}");

        let desk = Desk::at(&council, "2026-12-01T11:00:00Z").await;
        let handling = desk.handling(&council);
        let today = Told::Acknowledged(date(2026, 12, 1));
        recipients::note(&handling, "ERA-2026-8", 3, &today).await.unwrap();
        requests::close(&handling, "ERA-2026-8").await.unwrap();
        let names = ["T300001", "dissolved"];
        let said = serde_json::to_string(&server.mails()[before..]).unwrap();
        assert!(names.iter().all(|name| !said.contains(name)), "{said}");
    }
}

/// The headings of mails about requests, by day and by whom they went to.
type Headings = BTreeMap<(String, String), Vec<String>>;

#[tokio::test]
async fn a_request_is_told_of_when_it_opens_before_it_is_due_and_weekly_once_it_is_late() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, "")).await;
    council.clock.set("2026-11-09T07:00:00Z".parse().unwrap());
    with_records(&council).await;
    let desk = Desk::at(&council, "2026-11-09T07:30:00Z").await;
    let named = erasure("Blenkinsop/1", date(2026, 11, 9), "care");
    let number = requests::number(desk.opens(&council, &named).await.request.id);
    let refused = erasure("ERA-2026-9", date(2026, 10, 20), "tax");
    desk.opens(&council, &refused).await;
    desk.decides(&council, "ERA-2026-9", RequestDecision::Refused).await;

    let mut headings = Headings::new();
    let first = date(2026, 11, 9);
    for day in 0..46 {
        let today = first.saturating_add(jiff::Span::new().days(day));
        let already = server.mails().len();
        for at in ["08:30", "12:00"] {
            council.clock.set(format!("{today}T{at}:00Z").parse().unwrap());
            run_jobs(&council).await;
        }
        for mail in server.mails().split_off(already) {
            assert!(!mail.to_string().contains("Blenkinsop"), "{mail}");
            let kind = "Request for erasure. This mail does not say whose it is: ask the data protection officer";
            let of_request = subject(&mail).starts_with("Request ");
            assert!(!of_request || mail["plain"].to_string().contains(kind), "{mail}");
            let said = mail["plain"].as_str().unwrap().to_owned();
            let about = said.lines().filter(|line| line.starts_with("Request "));
            let about: Vec<String> = about.map(str::to_owned).collect();
            assert!(!subject(&mail).is_empty());
            let to = mail["to"].as_str().unwrap().split('@').next().unwrap().to_owned();
            if !about.is_empty() {
                headings.entry((to, today.to_string())).or_default().extend(about);
            }
        }
    }
    for who in ["nadia.shah", "rowan.hale", "tomas.field"] {
        let told: Vec<(&str, &str)> = headings
            .iter()
            .filter(|((to, _), _)| to == who)
            .flat_map(|((_, day), said)| said.iter().map(|line| (day.as_str(), line.as_str())))
            .collect();
        let of = |words: &str, reference: &str| {
            let wanted = format!("Request {reference}: {words}");
            let days = told.iter().filter(|(_, line)| *line == wanted);
            days.map(|(day, _)| *day).collect::<Vec<_>>()
        };
        assert_eq!(of("a request came in", &number), ["2026-11-09"], "{who} {told:?}");
        // Ten days before is a Sunday, and three days before is too: the digest waits.
        let due = of("the answer is due on 9 December 2026", &number);
        assert_eq!(due, ["2026-11-30", "2026-12-07"], "{who} {told:?}");
        assert_eq!(of("a request came in", "ERA-2026-9"), ["2026-11-09"], "{who}");
        let unexplained = of("refused, and the refusal is not explained", "ERA-2026-9");
        let weekly = ["2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07"];
        assert_eq!(unexplained[..5], weekly, "{who} {told:?}");
        let late = of("the answer was due on 9 December 2026, and it is open", &number);
        assert_eq!(late, ["2026-12-10", "2026-12-17", "2026-12-24"], "{who} {told:?}");
        let late = of("the answer was due on 20 November 2026, and it is open", "ERA-2026-9");
        assert_eq!(
            late[..3],
            ["2026-11-23", "2026-11-30", "2026-12-07"],
            "weekly from the day after"
        );
    }
}

#[tokio::test]
async fn a_request_goes_through_the_commands_from_its_opening_to_its_end() {
    let council = writing(Database::Sqlite, "").await;
    with_records(&council).await;
    list_people(&council, PEOPLE);
    let now = retaind::clock::SystemClock;
    let today = now.today().to_string();
    let run = |args: &[&str]| {
        let ran = council.run(&[&["request"], args].concat());
        assert!(ran.code == 0 || ran.code == 3, "{args:?}: {ran:?}");
        ran.out
    };
    let opened = run(&[
        "open",
        "ERA-2026-7",
        "--kind",
        "erasure",
        "--ground",
        "art17-1-b",
        "--location",
        "share=care",
        "--service-area",
        "Team 02",
    ]);
    assert!(opened.starts_with("Request for erasure ERA-2026-7 (R-"), "{opened}");
    assert!(opened.contains("What it is about is held by ERA-2026-7."), "{opened}");
    let item = run(&["item", "ERA-2026-7", "share", "care/T300001 referral.txt"]);
    assert!(item.contains("may-go-early until 2030-03-01"), "{item}");
    let searched = run(&["step", "ERA-2026-7", "--search"]);
    assert!(searched.starts_with("share: 1 item that it is about; erased today"), "{searched}");
    run(&["step", "ERA-2026-7", "--note", "asked the team for paper"]);
    let codes = run(&["codes", "erasure"]);
    assert!(codes.contains("art17-3-b") && codes.contains("DPA 2018 Sch. 2 para. 2"), "{codes}");
    let extended = run(&["extend", "ERA-2026-7", "--reason", "boxes", "--told-on", &today]);
    assert!(extended.contains("now due on"), "{extended}");
    let decided = run(&["decide", "ERA-2026-7", "granted"]);
    assert!(decided.contains("granted. 3 recipients are to be told of it"), "{decided}");
    let early = council.run(&["request", "close", "ERA-2026-7"]);
    assert_eq!(early.code, 1);
    assert!(
        early.err.contains("is incomplete: of those the records were shared with, 3 are not"),
        "{early:?}"
    );
    run(&["recipient", "ERA-2026-7", "1", "--sent", &today]);
    run(&["recipient", "ERA-2026-7", "1", "--acknowledged", &today]);
    run(&["recipient", "ERA-2026-7", "2", "--impossible", "dissolved"]);
    run(&["recipient", "ERA-2026-7", "3", "--disproportionate", "it never read them"]);
    run(&["recipient", "ERA-2026-7", "--add", "Care Quality Commission"]);
    run(&["recipient", "ERA-2026-7", "4", "--acknowledged", &today]);
    let letter = run(&["letter", "ERA-2026-7"]);
    assert!(letter.contains("We have decided to do what you ask."), "{letter}");
    run(&["explain", "ERA-2026-7", "--text", &letter, "--sent-on", &today]);
    let shown = run(&["show", "ERA-2026-7"]);
    for said in ["State: granted, not closed", "it never read them", "asked the team for paper"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    run(&["retract", "ERA-2026-7", "--reason", "nobody signs for it"]);
    let closed = run(&["close", "ERA-2026-7"]);
    assert!(closed.contains("stays in force until another person releases it"), "{closed}");
    assert!(!run(&["list"]).contains("ERA-2026-7"));
    let all = run(&["list", "--all"]);
    assert!(all.contains("closed, granted") && all.contains("4 of 4"), "{all}");
    assert!(all.contains("1 request closed, after 0 days on average; 0 requests late."), "{all}");
    let attached = council.run(&["hold", "list"]).out;
    assert!(attached.contains("erasure under consideration"), "{attached}");
    assert!(people::acting(&council.open().await.catalogue, &present_user()).await.is_ok());
}
