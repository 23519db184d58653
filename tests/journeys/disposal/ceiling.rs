//! Story 14, its second half: a fault makes forty times as much due as on other
//! days. Nothing of it is proposed, what was approved before is halted, and those
//! who must act are told.

use retaind_schedules::batch::BatchState;

use super::stories::reachable;
use crate::catalogue::Database;
use crate::mail_server::MailServer;
use crate::notices::{mail_settings, subject, to};
use crate::office::{FILES, OLD, Office};
use crate::running::Running;

/// What is due on other days, and how much is on the share.
const USUAL: usize = 10;
const ALL: usize = 1_000;

#[tokio::test]
async fn story_14_forty_times_as_much_due_as_ever_is_stopped_and_told() {
    let server = MailServer::start();
    let mut office = Office::found(Database::Sqlite, "2026-11-02T09:00:00Z").await;
    let settings = office.council.configuration() + &mail_settings(&server, "");
    let hours = "[execution]\nwindow = 'Mon-Sun 00:00-00:00'\n";
    office.council.write("retaind.toml", &(settings + hours));
    office.share.files("planning/closed", USUAL, OLD);
    office.share.files("planning/open", ALL - USUAL, "2026-06-01T10:00:00Z");
    office.council.store("share", FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
    office.set("ceiling.max-share-percent", "5").await;
    let number = office.authorised().await;

    let running = Running::start(&office.council).await;
    for day in 3..=5 {
        assert_eq!(running.at(&format!("2026-11-0{day}T12:00:00Z")).await, [""; 0]);
    }
    // A program that copies the files gives each the date of a form's first print.
    office.share.files("planning/open", 39 * USUAL, OLD);
    let mut failed = Vec::new();
    for at in ["2026-11-06T06:00:00Z", "2026-11-06T12:00:00Z", "2026-11-06T12:30:00Z"] {
        failed.extend(running.at(at).await);
    }
    assert_eq!(failed, ["execute: 0 batches went on, 0 wait, 1 was stopped"]);

    let batches = office.batches().await;
    assert_eq!(batches.len(), 1, "nothing was proposed of what the fault made due");
    let halted = office.batch(&number).await;
    assert_eq!(halted.state.0, BatchState::Halted);
    let why = halted.halted_why.unwrap();
    assert!(why.contains("400 items are due where 10 were within the month before"), "{why}");
    assert_eq!((office.intents().await.len(), reachable(&office, "planning/open").len()), (0, 990));
    assert_eq!(reachable(&office, "planning/closed").len(), USUAL);

    let mails = server.mails();
    for who in ["rowan.hale", "nadia.shah", "mary.beck"] {
        let to = to(&mails, &format!("{who}@trentside.example"));
        let alarms: Vec<&str> = to.iter().map(|mail| subject(mail)).collect();
        let times = |said: &str| alarms.iter().filter(|subject| subject.contains(said)).count();
        assert_eq!(times("More is due in share than may go at once"), 1, "{who}: {alarms:?}");
        assert_eq!(times(&format!("Batch {number} was halted")), 1, "{who}: {alarms:?}");
    }
    let breaker = mails.iter().find(|mail| subject(mail).contains("More is due")).unwrap();
    let said = breaker["plain"].as_str().unwrap();
    // All that is due but what is on a list already.
    assert!(said.contains("390 records of one class are above the ceiling"), "{said}");
}
