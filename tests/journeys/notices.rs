//! What people are told, against a real mail server: at once or in one digest a
//! day, never twice, never lost, and never with a name in it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use retaind::catalogue::entity::{batch, intent, item, mail, notice};
use retaind::catalogue::words::{ItemDecision, MailState, NoticeState};
use retaind::clock::Clock as _;
use retaind::disposal::expire::expire;
use retaind::disposal::review::{self, Ruling};
use retaind::holds::{self, NewHold, NewScope};
use retaind::notices::{self, Post, Summary};
use retaind_schedules::batch::BatchState;
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::audit_chain::without_triggers;
use crate::batches::{FILES, desk, proposed};
use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::{Council, Open, TODAY, present_user};
use crate::deliveries::returned;
use crate::mail_server::MailServer;
use crate::office::{self, Office};
use crate::running::Running;
use crate::share::Share;

/// Words that stand in names of files and in references, and in no mail.
const SEEDED: [&str; 4] = ["Blenkinsop", "943 476 5919", "9434765919", "Marjorie"];

pub(crate) const PEOPLE: &str = "name,email,os_user,roles,left_on,service_areas\n\
    Rowan Hale,rowan.hale@trentside.example,{user},records-manager dpo operator legal iao,,\n\
    Nadia Shah,nadia.shah@trentside.example,,iao,,\n\
    Tomas Field,tomas.field@trentside.example,,service-contact,,Team 01; Team 02\n";

pub(crate) fn mail_settings(server: &MailServer, more: &str) -> String {
    format!(
        "[mail]\nserver = '127.0.0.1'\nport = {}\ntls = 'none'\n\
         from = 'records@trentside.example'\nbase_url = 'https://retaind.trentside.example'\n{more}",
        server.port
    )
}

/// A council that writes to people.
pub(crate) async fn writing(database: Database, mail: &str) -> Council {
    let council = Council::found(database).await;
    council.write("retaind.toml", &(council.configuration() + mail));
    people(&council, PEOPLE);
    council
}

pub(crate) fn people(council: &Council, list: &str) {
    council.write("people.csv", &list.replace("{user}", &present_user()));
}

pub(crate) fn post<'a>(open: &'a Open, council: &'a Council) -> Post<'a> {
    Post {
        config: &open.config,
        catalogue: &open.catalogue,
        keys: &open.keys,
        clock: &council.clock,
    }
}

/// Everything that the date calls for, as three jobs write it.
pub(crate) async fn called_for(post: &Post<'_>) {
    notices::periodic(post).await.unwrap();
    notices::over_retention(post).await.unwrap();
    notices::hold_reviews(post.catalogue, post.clock.now()).await.unwrap();
}

/// What is told now: today's digests are made, and everything is sent.
pub(crate) async fn sent(post: &Post<'_>) -> Summary {
    notices::compose_digests(post).await.unwrap();
    notices::send_due(post).await.unwrap()
}

/// What the daemon's jobs do, once.
pub(crate) async fn run_jobs(council: &Council) -> Summary {
    let open = council.open().await;
    let tx = open.catalogue.write_tx().await.unwrap();
    let now = council.clock.now();
    retaind::people::sync(&tx, &open.config.people, now, council.clock.today()).await.unwrap();
    notices::sync_routes(&tx, &open.config.routes, now).await.unwrap();
    tx.commit().await.unwrap();
    let post = post(&open, council);
    notices::alarms(&post).await.unwrap();
    expire(&desk(&open, council)).await.unwrap();
    notices::chase(&post).await.unwrap();
    called_for(&post).await;
    notices::read_bounces(&post).await.unwrap();
    sent(&post).await
}

pub(crate) async fn written(council: &Council) -> Vec<notice::Model> {
    notice::Entity::find().all(council.open().await.catalogue.read()).await.unwrap()
}

pub(crate) async fn place(council: &Council, reference: &str, scope: NewScope) {
    let open = council.open().await;
    let actor = retaind::people::acting(&open.catalogue, &present_user()).await.unwrap();
    let today = council.clock.today();
    let hold = NewHold {
        reference: reference.to_owned(),
        title: format!("Claim of {} Blenkinsop", SEEDED[3]),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "Head of Legal".to_owned(),
        scopes: vec![scope],
        review_on: today.saturating_add(11.months()),
        reason: "a letter came".to_owned(),
    };
    let now = council.clock.now();
    holds::place(&open.catalogue, &open.keys, &actor, &hold, now, today).await.unwrap();
}

pub(crate) fn to<'a>(mails: &'a [Value], address: &str) -> Vec<&'a Value> {
    mails.iter().filter(|mail| mail["to"] == address).collect()
}

pub(crate) fn subject(mail: &Value) -> &str {
    mail["headers"]["Subject"].as_str().unwrap()
}

fn assert_names_nobody(mails: &[Value]) {
    for mail in mails {
        let said = mail.to_string();
        for seeded in SEEDED {
            assert!(!said.contains(seeded), "{seeded} in {said}");
        }
    }
}

const TEAMS: usize = 37;

pub(crate) fn team(number: usize) -> String {
    format!("Team {number:02}")
}

/// A folder for each team, whose files name people and fall due in months that
/// differ from team to team.
pub(crate) async fn with_teams(council: &Council) {
    let share = Share::make(council.path("share"));
    let mut mappings = String::new();
    let names: Vec<(String, String)> =
        (1..=TEAMS).map(|n| (format!("T-{n:02}"), team(n))).collect();
    for (number, (code, _)) in names.iter().enumerate() {
        let folder = format!("t{:02}", number + 1);
        let months = i32::try_from(number % 5).unwrap();
        let changed = date(2020, 12, 10).saturating_add(jiff::Span::new().months(months));
        share.file(
            &format!("{folder}/{} {} {}.pdf", SEEDED[3], SEEDED[0], SEEDED[1]),
            &format!("{changed}T10:00:00Z"),
        );
        mappings += &format!(
            "[[mapping]]\nrecord_type = '{code}'\nlocation = '{folder}'\n\
             [mapping.dates]\nlast-modified = {{ from = 'modified' }}\n"
        );
    }
    council.store(
        "share",
        &("kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n".to_owned() + &mappings),
    );
    let lines: Vec<_> = names
        .iter()
        .map(|(code, area)| (code.as_str(), area.as_str(), "6 years after last modified", ""))
        .collect();
    council.accept(&lines).await;
    council.scan("share").await;
}

/// The mailbox that the last four teams read together.
const SHARED: &str = "shared@trentside.example";

fn mailboxes() -> String {
    let one = |n| {
        let mailbox = match n {
            34.. => SHARED.to_owned(),
            n => format!("team{n:02}@trentside.example"),
        };
        format!("[[service_area]]\nname = '{}'\nmailbox = '{mailbox}'\n", team(n))
    };
    (1..=TEAMS).map(one).collect()
}

#[tokio::test]
async fn story_19_a_quiet_and_useful_mailbox_and_a_server_that_is_down_for_three_days() {
    let mut server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, &mailboxes())).await;
    with_teams(&council).await;
    let first = TODAY;
    let mut taken_on: BTreeMap<Date, usize> = BTreeMap::new();
    for day in 0..28 {
        let today = first.saturating_add(jiff::Span::new().days(day));
        match day {
            10 => server.down(),
            13 => server.up(),
            _ => {}
        }
        for at in ["07:30", "08:00", "11:00", "15:00", "19:00"] {
            let now: Timestamp = format!("{today}T{at}:00Z").parse().unwrap();
            council.clock.set(now);
            match (day, at) {
                (5, "11:00") => {
                    place(&council, "LEGAL-1", NewScope::ServiceArea(team(3))).await;
                }
                (10, "11:00") => place(&council, OUTAGE, NewScope::ServiceArea(team(4))).await,
                _ => {}
            }
            run_jobs(&council).await;
        }
        if (10..13).contains(&day) {
            let waits = of_outage(&council).await;
            assert!(waits.len() > 1, "{waits:?}");
            assert!(waits.iter().all(|one| one.state == NoticeState::Waiting), "on {today}");
        }
        taken_on.insert(today, server.mails().len());
    }
    let mails = server.mails();
    assert_names_nobody(&mails);

    // Nothing lost.
    let notices = written(&council).await;
    assert!(notices.len() > TEAMS, "{}", notices.len());
    assert!(notices.iter().all(|one| one.state == NoticeState::Sent), "something was lost");
    // Nothing twice.
    let ids: BTreeSet<&str> =
        mails.iter().map(|mail| mail["headers"]["Message-ID"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), mails.len());
    let told: usize = mails
        .iter()
        .map(|mail| mail["plain"].as_str().unwrap().lines().filter(is_rule).count())
        .sum();
    assert_eq!(told, notices.len(), "each notice in one mail");

    // At most one digest a day at each address, none on days with nothing to say.
    let open = council.open().await;
    let sent = mail::Entity::find().all(open.catalogue.read()).await.unwrap();
    let mut days: BTreeMap<(String, Date), usize> = BTreeMap::new();
    let down = |day: &Date| (first + 10.days()..first + 13.days()).contains(day);
    for mail in sent.iter().filter(|mail| mail.is_digest) {
        assert_eq!(mail.state, MailState::Sent);
        let at = mail.sent_at.unwrap().timestamp();
        let local = at.in_tz("Europe/London").unwrap();
        assert!(local.hour() >= 8 && local.weekday().to_monday_one_offset() <= 5, "{local}");
        *days.entry((mail.address.clone().unwrap(), local.date())).or_default() += 1;
        assert!(!down(&local.date()));
        let four_days = SignedDuration::from_hours(24 * 4);
        let has_news = notices.iter().any(|notice| {
            notice.mail_id == Some(mail.id)
                && at.duration_since(notice.created_at.timestamp()) < four_days
        });
        assert!(has_news, "{} was written to on {local} of nothing new", mail.recipient);
    }
    assert!(days.values().all(|count| *count == 1), "{days:?}");
    let shared = sent.iter().filter(|mail| mail.address.as_deref() == Some(SHARED)).count();
    assert!(shared > 0, "four teams read one mailbox");
    // What was decided while the server was down went out once it was back.
    let [before, after] = [9, 13].map(|day| taken_on[&(first + day.days())]);
    assert_eq!(before, taken_on[&(first + 12.days())], "it was down");
    let is_of_outage = |mail: &&Value| {
        let of_team = mail["plain"].as_str().unwrap().contains("- everything of Team 04");
        of_team && subject(mail).contains("is in force")
    };
    let told: Vec<&str> =
        mails.iter().filter(is_of_outage).map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "each once: {told:?}");
    assert!(told.contains(&"team04@trentside.example"), "{told:?}");
    assert_eq!(told.len(), of_outage(&council).await.len());
    assert_eq!(mails[before..after].iter().filter(is_of_outage).count(), told.len());
}

/// A hold that is placed while the mail server is down.
const OUTAGE: &str = "LEGAL-OUTAGE";

/// What is told of it.
async fn of_outage(council: &Council) -> Vec<notice::Model> {
    let mut notices = written(council).await;
    notices.retain(|notice| {
        let said = notice.payload.to_string();
        said.contains("everything of Team 04") && notice.kind == notices::Kind::HoldPlaced
    });
    notices
}

#[tokio::test]
async fn story_19_an_ignored_batch_is_chased_and_expires_and_nothing_is_destroyed() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let area = "[[service_area]]\nname = 'Planning'\nmailbox = 'planning@trentside.example'\n\
                    director = 'director@trentside.example'\n";
        let council = writing(database, &mail_settings(&server, area)).await;
        let number = proposed(&council).await.number;
        let first = date(2026, 11, 23);
        let mut told: Vec<(i64, String, String)> = Vec::new();
        for day in 0..=35 {
            let before = server.mails().len();
            let today = first.saturating_add(jiff::Span::new().days(day));
            let times: &[&str] = if day % 7 == 0 { &["09:00", "16:00"] } else { &["09:00"] };
            for at in times {
                council.clock.set(format!("{today}T{at}:00Z").parse().unwrap());
                run_jobs(&council).await;
            }
            let mails = server.mails().split_off(before);
            assert_names_nobody(&mails);
            for mail in mails.iter().filter(|mail| mail["plain"].to_string().contains(&number)) {
                let to = mail["to"].as_str().unwrap().split('@').next().unwrap().to_owned();
                let said = headings(mail).into_iter().find(|it| it.contains(&number));
                told.push((day, to, said.expect("a heading").replace(&number, "B")));
            }
        }
        told.sort();
        let asked = "Batch B waits for your answer";
        let again = "Reminder: batch B waits for your answer";
        let above = "Batch B has waited three weeks for an answer";
        let ended = "Batch B has expired: nothing was destroyed";
        let copied = "Batch B waits for the answer of its owner";
        let expected = [
            (0, "nadia.shah", asked),
            (0, "planning", copied),
            (7, "nadia.shah", again),
            (7, "planning", copied),
            (14, "nadia.shah", again),
            (14, "planning", copied),
            (21, "director", above),
            (21, "rowan.hale", above),
            (30, "director", ended),
            (30, "nadia.shah", ended),
            (30, "planning", ended),
            (30, "rowan.hale", ended),
        ];
        let expected = expected.map(|(day, to, said)| (day, to.to_owned(), said.to_owned()));
        assert_eq!(told, expected);

        let open = council.open().await;
        let read = open.catalogue.read();
        let batch = batch::Entity::find().one(read).await.unwrap().expect("the batch");
        assert_eq!(batch.state.0, BatchState::Expired);
        assert_eq!(intent::Entity::find().all(read).await.unwrap(), []);
        assert_eq!(item::Entity::find().all(read).await.unwrap().len(), FILES.1);
        assert_eq!(std::fs::read_dir(council.path(FILES.0)).unwrap().count(), FILES.1);
        assert_eq!(council.audited("batch.expired").await, 1);
        for entry in council.audit().await {
            let said = format!("{entry:?}");
            assert!(SEEDED.iter().all(|seeded| !said.contains(seeded)), "{said}");
        }
    }
}

/// The headings of a mail: of one notice its subject, of several the lines that
/// are underlined.
fn headings(mail: &Value) -> Vec<String> {
    let lines: Vec<&str> = mail["plain"].as_str().unwrap().lines().collect();
    let underlined = lines.windows(2).filter(|pair| is_rule(&pair[1]));
    underlined.map(|pair| pair[0].to_owned()).collect()
}

/// The line under a heading.
fn is_rule(line: &&str) -> bool {
    line.len() > 5 && line.chars().all(|c| c == '=')
}

#[tokio::test]
async fn a_hold_is_told_at_once_and_names_nobody_and_its_release_stands_in_the_same_thread() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let council = writing(database, &mail_settings(&server, &mailboxes())).await;
        with_teams(&council).await;
        // A Sunday night: what is urgent does not wait.
        council.clock.set("2026-11-29T23:00:00Z".parse().unwrap());
        run_jobs(&council).await;
        assert_eq!(server.mails().len(), 0, "digests wait for Monday");
        place(&council, "LEGAL-1", NewScope::RecordType("T-01".to_owned())).await;
        place(&council, "LEGAL-2", NewScope::Subject(SEEDED[2].to_owned())).await;
        place(
            &council,
            "LEGAL-3",
            NewScope::Location { store: "share".to_owned(), prefix: "t02/Marjorie".to_owned() },
        )
        .await;
        run_jobs(&council).await;
        let mails = server.mails();
        assert_names_nobody(&mails);
        let minded = to(&mails, "team02@trentside.example");
        assert_eq!(minded.len(), 1, "though nothing there is past its time yet");
        let mine = to(&mails, "team01@trentside.example");
        assert_eq!(mine.len(), 1, "one hold covers them");
        let says = subject(mine[0]);
        let number = says.strip_suffix(" is in force: destroy nothing it covers").unwrap();
        let number = number.strip_prefix("Hold ").unwrap();
        let plain = mine[0]["plain"].as_str().unwrap();
        for words in [
            "Legal hold LEGAL-1, placed by",
            "on the authority of: Head of Legal.",
            "Practice Direction 31B",
            "Stop any manual deletion too",
            "By the last scans it covers 1 record. ",
        ] {
            assert!(plain.contains(words), "{words}: {plain}");
        }
        assert!(number.starts_with("H-") && number.len() == 10, "{number}");
        let shown = council.run(&["hold", "show", number]);
        assert!(shown.code == 0 && shown.out.contains("LEGAL-1"), "{shown:?}");
        let contact = to(&mails, "tomas.field@trentside.example");
        assert!(!contact.is_empty(), "the contact is told beside the mailbox");
        assert_eq!(
            to(&mails, "rowan.hale@trentside.example").len(),
            3,
            "once for each, in all roles"
        );
        assert_eq!(to(&mails, "team05@trentside.example").len(), 0, "strictly by owner");
        for mail in &mails {
            let headers = &mail["headers"];
            assert_eq!(headers["Auto-Submitted"], "auto-generated");
            assert_eq!(headers["List-Id"], "<retaind.trentside.example>");
            let unanswered = "DR, RN, NRN, OOF, AutoReply";
            assert_eq!(headers["X-Auto-Response-Suppress"], unanswered, "but failures (NDR) are");
            assert!(mail["html"].as_str().unwrap().contains("<h1"), "{mail}");
        }
        run_jobs(&council).await;
        assert_eq!(server.mails().len(), mails.len(), "nobody is told twice");

        people(&council, &PEOPLE.replace("dpo operator legal iao", "dpo legal"));
        let reason = ["--reason", "settled", "--authority", "Head of Legal"];
        let asked = council.run(&[&["hold", "release", "LEGAL-1"][..], &reason].concat());
        assert_eq!(asked.code, 0, "{asked:?}");
        assert_eq!(council.audited("hold.release-requested").await, 1);
        assert!(council.audited("notice.sent").await >= mails.len());
        let listed = council.run(&["--json", "mail", "list"]).json();
        assert!(listed.iter().all(|line| line.get("payload").is_none()), "{listed:?}");
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_same_mail_goes_out_again() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, "")).await;
    with_teams(&council).await;
    council.clock.set("2026-11-23T09:00:00Z".parse().unwrap());
    server.hang_up(true);
    let summary = run_jobs(&council).await;
    assert!(summary.waiting > 0 && summary.sent == 0, "{summary:?}");
    let lost = server.mails();
    assert_eq!(lost.len(), 1, "the others wait until the server answers");
    server.hang_up(false);
    run_jobs(&council).await;
    let same = |other: &&Value| other["headers"]["Message-ID"] == lost[0]["headers"]["Message-ID"];
    assert!(!server.mails()[1..].iter().any(|mail| same(&mail)), "not before its time");
    council.clock.set(council.clock.now() + SignedDuration::from_hours(1));
    place(&council, "LEGAL-9", NewScope::Everything).await;
    run_jobs(&council).await;
    let again: Vec<Value> = server.mails().split_off(lost.len());
    let found = again.iter().find(same).expect("it went out again");
    assert_eq!(found["plain"], lost[0]["plain"], "word for word");
}

#[tokio::test]
async fn what_an_address_refuses_and_what_comes_back_is_told_to_another() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let areas = "[[service_area]]\nname = 'Team 01'\nmailbox = 'gone01@trentside.example'\n\
                     [[service_area]]\nname = 'Team 02'\nmailbox = 'team02@trentside.example'\n";
        let council =
            writing(database, &mail_settings(&server, &format!("bounces = 'back'\n{areas}"))).await;
        std::fs::create_dir_all(council.path("back/new")).unwrap();
        with_teams(&council).await;
        // A Sunday, so that only what is urgent goes out.
        council.clock.set("2026-11-22T12:00:00Z".parse().unwrap());
        run_jobs(&council).await;
        place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
        place(&council, "LEGAL-2", NewScope::ServiceArea(team(2))).await;
        let summary = run_jobs(&council).await;
        assert_eq!(summary.refused, 1, "{summary:?}");
        assert_eq!(council.audited("mail.address-failing").await, 1);
        let mut rerouted = written(&council).await;
        rerouted.retain(|it| it.state == NoticeState::Rerouted);
        assert!(rerouted.iter().all(|it| it.recipient == "mailbox:team 01"), "{rerouted:?}");
        assert_eq!(council.audited("notice.rerouted").await, rerouted.len());
        let mails = server.mails();
        let told = to(&mails, "rowan.hale@trentside.example");
        let is_of = |mail: &Value, team: &str| {
            mail["plain"].as_str().unwrap().contains(&format!("- everything of {team}"))
        };
        assert_eq!(told.iter().filter(|it| is_of(it, "Team 01")).count(), 1);

        let tomas = to(&mails, "tomas.field@trentside.example");
        let of_two = tomas.iter().find(|it| is_of(it, "Team 02")).expect("a mail");
        let id = of_two["headers"]["Message-ID"].as_str().unwrap();
        council.write("back/new/1", &returned(id, "5.1.1"));
        run_jobs(&council).await;
        assert_eq!(council.audited("mail.address-failing").await, 2);
        let bounced = written(&council).await;
        let count = |state| bounced.iter().filter(|it| it.state == state).count();
        assert_eq!(count(NoticeState::Bounced) + count(NoticeState::Failed), 0);
        assert!(count(NoticeState::Rerouted) >= 2);
        assert!(!council.path("back/new/1").exists(), "it is read once");
    }
}

#[tokio::test]
async fn a_leavers_digest_goes_to_who_answers_now() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, "")).await;
    people(&council, PEOPLE);
    with_teams(&council).await;
    let left = "nadia.shah@trentside.example,,iao,,\n\
                Tomas Field,tomas.field@trentside.example,,service-contact,2026-11-20,Team 01; Team 02";
    council.clock.set("2026-11-23T07:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
    let before = PEOPLE.find("nadia").unwrap();
    people(&council, &format!("{}{left}\n", &PEOPLE[..before]));
    run_jobs(&council).await;
    let mails = server.mails();
    assert_eq!(to(&mails, "tomas.field@trentside.example").len(), 0);
    assert!(council.audited("notice.rerouted").await >= 1);
    assert!(!to(&mails, "rowan.hale@trentside.example").is_empty());
}

#[tokio::test]
async fn the_end_of_the_audit_chain_goes_out_once_a_week_and_shows_who_cuts_it_short() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let quiet = "[jobs.schedule]\nbackup = 'off'\n";
        let council = writing(database, &mail_settings(&server, quiet)).await;
        let running = Running::start(&council).await;
        running.days(date(2026, 11, 23), 8).await;
        let mails = server.mails();
        let heads: Vec<(&str, String)> = mails.iter().filter_map(|mail| head_in(mail)).collect();
        let [(to, head)] = &heads[..] else { panic!("one a week: {mails:?}") };
        assert_eq!(*to, "rowan.hale@trentside.example");
        assert_eq!(council.run(&["audit", "verify", "--from", head]).code, 0);

        let open = council.open().await;
        let post = post(&open, &council);
        council.clock.set("2026-12-05T09:00:00Z".parse().unwrap());
        let verified = notices::chain::watch(&post).await.unwrap().unwrap();
        assert_eq!(notices::chain::tell_head(&post, &verified).await.unwrap(), 1, "another week");
        assert_eq!(notices::chain::tell_head(&post, &verified).await.unwrap(), 0, "and once");

        let (seq, _) = head.split_once(':').unwrap();
        let cut = format!(
            "delete from audit_entry where seq >= {seq};
             update audit_head set seq = (select max(seq) from audit_entry),
                 hash = (select hash from audit_entry order by seq desc limit 1);"
        );
        execute(council.url(), &(without_triggers(database) + &cut)).await;
        assert_eq!(council.run(&["audit", "verify"]).code, 0, "it looks whole");
        let found = council.run(&["audit", "verify", "--from", head]);
        assert_eq!(found.code, 1, "{found:?}");
        assert!(found.err.contains(&format!("went on to entry {seq}")), "{found:?}");

        let edit = "update audit_entry set reason = 'nothing to see' where seq = 1;";
        execute(council.url(), edit).await;
        for _ in 0..2 {
            assert!(notices::chain::watch(&post).await.unwrap().is_err());
            sent(&post).await;
        }
        let said = "The audit chain is broken";
        let alarms = server.mails().iter().filter(|mail| subject(mail) == said).count();
        assert_eq!(alarms, 1, "at once, and once");
    }
}

#[tokio::test]
async fn what_waits_for_a_review_is_asked_of_its_owner_and_again_every_four_weeks() {
    let server = MailServer::start();
    let mut office = Office::found(Database::Sqlite, "2026-11-23T09:00:00Z").await;
    let configuration = office.council.configuration() + &mail_settings(&server, "");
    office.council.write("retaind.toml", &configuration);
    office.share.files("planning", 3, office::OLD);
    office.share.file("planning/oldest", "2014-06-01T10:00:00Z");
    office.council.store("share", office::FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", "Review")], &["share"]).await;
    let post = post(&office.open, &office.council);
    let mut asked = Vec::new();
    for day in 0..57 {
        let today = date(2026, 11, 23).saturating_add(jiff::Span::new().days(day));
        office.clock().set(format!("{today}T09:00:00Z").parse().unwrap());
        if day == 5 {
            let oldest = Ruling {
                store: "share".to_owned(),
                locator: "planning/oldest".to_owned(),
                decision: ItemDecision::Keep,
                until: Some(date(2028, 1, 1)),
                reason: "an appeal".to_owned(),
                seen: None,
            };
            review::decide(&office.desk(), &office.actor("nadia").await, &[oldest]).await.unwrap();
        }
        if notices::reviews::due(&post, &office.desk()).await.unwrap() > 0 {
            asked.push(day);
        }
    }
    assert_eq!(asked, [0, 28, 56], "28 days after the last, whatever became of a part of it");
    notices::send_now(&post).await.unwrap();
    let mails = server.mails();
    let [mail] = &to(&mails, "nadia.shah@trentside.example")[..] else { panic!("{mails:?}") };
    let said = mail["plain"].as_str().unwrap();
    assert!(said.contains("a review is due since 2 June 2020"), "{said}");
    assert!(said.contains("`retaind review decide "), "{said}");
    assert!(said.contains("If nobody answers, they are kept"), "{said}");
    let left = std::fs::read_dir(office.share.root().join("planning")).unwrap();
    assert_eq!((left.count(), office.intents().await.len()), (4, 0), "silence decides nothing");
}

#[tokio::test]
async fn records_that_go_missing_are_told_of_again_where_they_are_others_or_go_again() {
    for database in Database::BOTH {
        let council = writing(database, "").await;
        with_teams(&council).await;
        let share = Share::make(council.path("share"));
        // A month in which some teams' records are due, and so known one by one.
        let mut day = date(2026, 12, 10);
        for (gone, alarms, what) in [
            (&[][..], 0, "all are there"),
            (&[1, 6, 11], 1, "three are gone"),
            (&[], 1, "they are back"),
            (&[16, 21, 26], 2, "three others are gone"),
            (&[], 2, "those are back too"),
            (&[1, 6, 11], 3, "the first three are gone again"),
        ] {
            let file = |n| format!("t{n:02}/{} {} {}.pdf", SEEDED[3], SEEDED[0], SEEDED[1]);
            let files: Vec<String> = gone.iter().map(file).collect();
            files.iter().for_each(|file| share.take_away(file));
            for _ in 0..2 {
                day = day.saturating_add(1.day());
                council.clock.set(format!("{day}T03:00:00Z").parse().unwrap());
                council.scan("share").await;
                notices::alarms(&post(&council.open().await, &council)).await.unwrap();
            }
            files.iter().for_each(|file| share.bring_back(file));
            let written = written(&council).await.into_iter();
            let told = written.filter(|notice| notice.payload["what"] == "missing").count();
            assert_eq!(told, alarms, "{database:?}: {what}");
        }
    }
}

#[tokio::test]
async fn one_mailbox_of_four_service_areas_is_told_of_a_hold_once() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, &mailboxes())).await;
    with_teams(&council).await;
    council.clock.set("2026-11-29T23:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    place(&council, "LEGAL-1", NewScope::Everything).await;
    run_jobs(&council).await;
    let mails = server.mails();
    assert_eq!(to(&mails, SHARED).len(), 1);
    let told: BTreeSet<String> = mails.iter().map(|mail| mail["to"].to_string()).collect();
    assert_eq!(told.len(), mails.len(), "nobody twice");
}

/// Whom a mail tells the end of the audit chain, and the end.
fn head_in(mail: &Value) -> Option<(&str, String)> {
    let (_, rest) = mail["plain"].as_str()?.split_once("audit verify --from ")?;
    Some((mail["to"].as_str()?, rest.split('`').next()?.to_owned()))
}

/// A certificate authority and a certificate for 127.0.0.1, made by openssl.
pub(crate) fn certificates(council: &Council) {
    let folder = council.path("");
    let openssl = |args: &str| {
        let ran = Command::new("openssl").args(args.split(' ')).current_dir(&folder).output();
        let ran = ran.expect("openssl, which ./tests/run installs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    council.write("leaf.ext", "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 36500 -subj /CN=ca",
    );
    openssl("req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=127.0.0.1");
    openssl(
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -extfile \
         leaf.ext -out leaf.pem",
    );
}

#[tokio::test]
async fn mails_go_out_over_tls_to_who_knows_the_password_and_to_a_server_that_is_vouched_for() {
    let council = writing(Database::Sqlite, "").await;
    certificates(&council);
    let path = |name: &str| council.path(name).display().to_string();
    let (pem, key) = (path("leaf.pem"), path("leaf.key"));
    let server = MailServer::with(&["--tls", &pem, &key, "--auth", "retaind", "s3cret"]);
    council.write("password", "s3cret\n");
    let configure = |more: &str| {
        let mail = format!(
            "[mail]\nserver = '127.0.0.1'\nport = {}\nfrom = 'records@trentside.example'\n\
             user = 'retaind'\npassword_file = 'password'\n{more}",
            server.port
        );
        council.write("retaind.toml", &(council.configuration() + &mail));
    };
    configure("");
    let stranger = council.run(&["mail", "test", "ada@trentside.example"]);
    assert_eq!((stranger.code, server.mails().len()), (1, 0), "{stranger:?}");
    assert!(stranger.err.contains("name the authority as ca_file"), "{stranger:?}");
    configure("ca_file = 'ca.pem'\n");
    let vouched = council.run(&["mail", "test", "ada@bücher.example"]);
    assert_eq!((vouched.code, vouched.err.as_str()), (0, ""), "{vouched:?}");
    let mails = server.mails();
    assert_eq!(mails[0]["to"], "ada@xn--bcher-kva.example");
    assert_eq!((&mails[0]["tls"], &mails[0]["user"]), (&true.into(), &"retaind".into()));
    let beyond_ascii = council.run(&["mail", "test", "adà@trentside.example"]);
    assert_eq!(beyond_ascii.code, 0, "{beyond_ascii:?}");
    council.write("password", "wrong\n");
    let wrong = council.run(&["mail", "test", "ada@trentside.example"]);
    assert_eq!((wrong.code, server.mails().len()), (1, 2), "{wrong:?}");
    assert!(wrong.err.contains("the server answered 535 5.7.8"), "{wrong:?}");
    assert!(!wrong.err.contains("wrong"), "{wrong:?}");
}

#[tokio::test]
async fn a_wrong_mail_section_is_refused_with_its_line_and_the_way_out() {
    let council = Council::found(Database::Sqlite).await;
    let cases = [
        ("from = 'records'\n", "`records` is not an e-mail address"),
        ("from = 'a@b.example'\n", "[mail] names no server"),
        ("from = 'a@b.example'\nserver = 'x'\nuser = 'u'\n", "`u` has no password"),
        (
            "from = 'a@b.example'\nserver = 'x'\ntls = 'none'\nuser = 'u'\npassword_file = 'p'\n",
            "the password would be sent in the clear",
        ),
        (
            "from = 'a@b.example'\nserver = 'x'\nbase_url = 'retaind'\n",
            "`retaind` is not an address",
        ),
        ("from = 'a@b.example'\nserver = 'x'\ntemplates = 'none'\n", "the folder of templates"),
        ("from = 'a@b.example'\nsink = 'folder'\nsubject = 'x'\n", "`subject`"),
        (
            "from = 'a@b.example'\nserver = 'x'\nsink = 'folder'\n",
            "with sink = \"folder\" nothing goes to it: nobody would be told anything",
        ),
    ];
    for (mail, words) in cases {
        council.write("retaind.toml", &(council.configuration() + "[mail]\n" + mail));
        let checked = council.run(&["check"]);
        assert_eq!(checked.code, 3, "{mail}: {checked:?}");
        let found = checked.out.lines().find(|line| line.contains(words));
        assert!(found.is_some_and(|line| line.starts_with("retaind.toml, line ")), "{checked:?}");
    }
}
