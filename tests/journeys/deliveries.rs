//! Mails that do not arrive: what comes back, what a server refuses, and addresses
//! nothing can be sent to. Nobody else waits because of it, and nothing is lost.

use retaind::catalogue::entity::failing_address;
use retaind::holds::NewScope;
use sea_orm::EntityTrait as _;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::Council;
use crate::mail_server::MailServer;
use crate::notices::{
    mail_settings, place, post, run_jobs, sent, subject, team, to, with_teams, writing,
};

#[tokio::test]
async fn bounces_that_cannot_be_read_keep_nothing_from_going_out_and_are_told() {
    let server = MailServer::start();
    let settings = mail_settings(&server, "bounces = 'back'\n");
    let council = writing(Database::Sqlite, &settings).await;
    with_teams(&council).await;
    std::fs::create_dir(council.path("back")).unwrap();
    let checked = council.run(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let line = council.configuration().lines().count() + 7;
    let told = format!("retaind.toml, line {line}: failed deliveries cannot be read from back/new");
    assert!(checked.out.contains(&told), "{checked:?}");
    place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
    let ran = council.run(&["jobs", "run", "outbox"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    let words = "failed deliveries cannot be read from back/new: No such file or directory";
    assert!(format!("{}{}", ran.out, ran.err).contains(words), "{ran:?}");
    let mails = server.mails();
    assert!(mails.iter().any(|mail| subject(mail).starts_with("Hold H-")), "{mails:?}");
    let doctor = council.run(&["doctor"]);
    assert!(doctor.out.contains(words), "{doctor:?}");

    std::fs::create_dir(council.path("back/new")).unwrap();
    assert_eq!(council.run(&["check"]).code, 0);
    assert_eq!(council.run(&["jobs", "run", "outbox"]).code, 0);
}

#[tokio::test]
async fn an_address_that_nothing_can_be_sent_to_stops_nobody_elses_mail_and_is_in_no_log() {
    let server = MailServer::start();
    let areas = "[[service_area]]\nname = 'Team 01'\nmailbox = 'team01@trentside.example'\n";
    let council = writing(Database::Sqlite, &mail_settings(&server, areas)).await;
    with_teams(&council).await;
    council.clock.set("2026-11-22T12:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    // As an earlier version would have taken it.
    let unsendable = "team one@trentside..example";
    execute(
        council.url(),
        &format!("update mail_route set address = '{unsendable}' where role = 'mailbox'"),
    )
    .await;
    place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
    let open = council.open().await;
    let summary = sent(&post(&open, &council)).await;
    assert_eq!((summary.refused, summary.waiting, summary.stuck), (1, 0, 0), "{summary:?}");
    let mails = server.mails();
    for address in ["rowan.hale@trentside.example", "tomas.field@trentside.example"] {
        assert_eq!(to(&mails, address).len(), 1, "{address}");
    }
    let listed = council.run(&["mail", "list"]);
    assert!(listed.out.contains("the address cannot be written to"), "{listed:?}");
    for said in [listed.out, format!("{:?}", council.audit().await)] {
        assert!(!said.contains("team one"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_passes_nothing_on_writes_nobody_off_and_one_that_refuses_one_does() {
    // The one is refused without a code, the other as Microsoft 365 does.
    for refused in ["bare01@trentside.example", "hidden01@trentside.example"] {
        writes_off_only(refused).await;
    }
}

async fn writes_off_only(address: &str) {
    let server = MailServer::start();
    let area = format!("[[service_area]]\nname = 'Team 01'\nmailbox = '{address}'\n");
    let council = writing(Database::Sqlite, &mail_settings(&server, &area)).await;
    with_teams(&council).await;
    council.clock.set("2026-11-22T12:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    server.deny_relay(true);
    place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
    let summary = run_jobs(&council).await;
    assert_eq!((summary.refused, summary.sent, summary.waiting), (0, 0, 3), "{summary:?}");
    assert_eq!(council.audited("mail.address-failing").await, 0);
    server.deny_relay(false);
    council.clock.set("2026-11-22T18:00:00Z".parse().unwrap());
    let summary = run_jobs(&council).await;
    assert_eq!((summary.refused, summary.waiting), (1, 0), "{summary:?}");
    assert_eq!(council.audited("mail.address-failing").await, 1);
    assert_eq!(failing(&council).await, [address]);
    council.clock.set("2026-11-29T18:30:00Z".parse().unwrap());
    run_jobs(&council).await;
    assert_eq!(failing(&council).await, [""; 0], "after a week it is tried again");
}

#[tokio::test]
async fn what_one_recipient_is_refused_for_days_is_told_to_another() {
    let barred = "barred01@trentside.example";
    let server = MailServer::start();
    let area = format!("[[service_area]]\nname = 'Team 01'\nmailbox = '{barred}'\n");
    let council = writing(Database::Sqlite, &mail_settings(&server, &area)).await;
    with_teams(&council).await;
    let is_told = || {
        to(&server.mails(), "rowan.hale@trentside.example")
            .iter()
            .any(|mail| mail["plain"].to_string().contains("T-01 "))
    };
    for (day, failing_now) in
        [(23, None), (24, None), (25, None), (26, None), (27, None), (30, Some(barred))]
    {
        council.clock.set(format!("2026-11-{day}T09:00:00Z").parse().unwrap());
        run_jobs(&council).await;
        assert_eq!(failing(&council).await, Vec::from_iter(failing_now), "on {day} November");
        assert!(failing_now.is_some() || !is_told(), "on {day} November");
    }
    council.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    assert!(is_told(), "what the mailbox of the area did not take");
    assert!(council.audited("notice.rerouted").await >= 1);
}

#[tokio::test]
async fn a_server_that_refuses_everybody_for_days_writes_nobody_off() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, "")).await;
    with_teams(&council).await;
    server.deny_relay(true);
    for day in [23, 24, 25, 26, 27, 30] {
        council.clock.set(format!("2026-11-{day}T09:00:00Z").parse().unwrap());
        let summary = run_jobs(&council).await;
        assert_eq!((summary.sent, summary.refused), (0, 0), "on {day} November: {summary:?}");
        assert!(summary.waiting > 0, "on {day} November: {summary:?}");
    }
    assert_eq!(failing(&council).await, [""; 0]);
    server.deny_relay(false);
    council.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    let summary = run_jobs(&council).await;
    assert!(summary.sent > 0 && summary.waiting == 0, "{summary:?}");
}

/// The addresses that take no mail.
async fn failing(council: &Council) -> Vec<String> {
    let open = council.open().await;
    let rows = failing_address::Entity::find().all(open.catalogue.read()).await.unwrap();
    rows.into_iter().map(|row| row.address).collect()
}

#[tokio::test]
async fn what_a_full_mailbox_returns_goes_out_again_the_next_day_and_to_another_in_the_end() {
    let server = MailServer::start();
    let council = writing(Database::Sqlite, &mail_settings(&server, "bounces = 'back'\n")).await;
    std::fs::create_dir_all(council.path("back/new")).unwrap();
    with_teams(&council).await;
    council.clock.set("2026-11-22T12:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    place(&council, "LEGAL-1", NewScope::ServiceArea(team(1))).await;
    let mut mine = Vec::new();
    for day in 22..=29 {
        council.clock.set(format!("2026-11-{day}T12:30:00Z").parse().unwrap());
        let before = server.mails().len();
        run_jobs(&council).await;
        for mail in server.mails().split_off(before) {
            if mail["to"] == "tomas.field@trentside.example"
                && subject(&mail).starts_with("Hold H-")
            {
                let id = mail["headers"]["Message-ID"].as_str().unwrap().to_owned();
                council.write(&format!("back/new/{day}"), &returned(&id, "5.2.2"));
                mine.push((day, id));
            }
        }
        if day < 28 {
            assert_eq!(failing(&council).await, [""; 0], "on {day} November");
        }
        run_jobs(&council).await;
    }
    let days: Vec<i32> = mine.iter().map(|(day, _)| *day).collect();
    assert_eq!(days, [22, 23, 24, 25, 26, 27, 28]);
    assert!(mine.iter().all(|(_, id)| *id == mine[0].1), "the same mail each time");
    assert_eq!(failing(&council).await, ["tomas.field@trentside.example"]);
    assert!(council.audited("notice.rerouted").await >= 1);
}

/// A report that a mail was not delivered.
pub(crate) fn returned(id: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@x.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: \
         message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; \
         tomas\r\nAction: failed\r\nStatus: {status}\r\n--b\r\nContent-Type: \
         text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n--b--\r\n"
    )
}
