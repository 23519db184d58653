//! When people are told again, what a mail says of the time, and the thread it
//! stands in.

use retaind::catalogue::entity::notice;
use retaind::holds::NewScope;
use retaind::notices::{self, Kind};
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::catalogue::Database;
use crate::mail_server::MailServer;
use crate::notices::{mail_settings, post, sent, subject, to};
use crate::office::{self, Office};

/// An office that writes to people by this server.
async fn writing(server: &MailServer) -> Office {
    let office = Office::found(Database::Sqlite, "2026-11-23T09:00:00Z").await;
    let configuration = office.council.configuration() + &mail_settings(server, "");
    office.council.write("retaind.toml", &configuration);
    office
}

#[tokio::test]
async fn a_clock_that_has_jumped_is_told_with_what_it_said_and_how_it_is_confirmed() {
    let server = MailServer::start();
    let mut office = writing(&server).await;
    office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &[]).await;
    office.at("2026-11-23T09:41:00Z").await;
    office.clock().set("2031-07-01T09:00:00Z".parse().unwrap());
    let post = post(&office.open, &office.council);
    notices::alarms(&post).await.unwrap();
    notices::send_due(&post).await.unwrap();
    let said = server.mails().iter().map(|mail| mail["plain"].to_string()).collect::<String>();
    for words in [
        "It was last seen to say 23 November 2026 at 09:41, and then said 1 July 2031 at 10:00",
        "`retaind dispose confirm-clock --reason WHY`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn a_hold_is_to_be_looked_at_a_week_after_it_was_last_told_and_late_once_it_is() {
    let server = MailServer::start();
    let mut office = writing(&server).await;
    office.ready(&[("PLAN-14", "6 years after last modified", "Review")], &[]).await;
    // To be looked at by 23 May 2027, so told from 23 April.
    office.hold("LEG-1", HoldKind::LegalHold, NewScope::Everything).await;
    let post = post(&office.open, &office.council);
    let mut told = Vec::new();
    for day in ["04-28", "04-29", "04-30", "05-04", "05-05", "05-11", "05-12", "05-31"] {
        office.clock().set(format!("2027-{day}T09:00:00Z").parse().unwrap());
        let before = reviews_told(&office).await;
        notices::hold_reviews(post.catalogue, post.clock.now()).await.unwrap();
        if reviews_told(&office).await > before {
            told.push(day);
        }
    }
    assert_eq!(told, ["04-28", "05-05", "05-12", "05-31"], "seven days after the last");
    notices::send_now(&post).await.unwrap();
    let said = server.mails().iter().map(|mail| mail["plain"].to_string()).collect::<String>();
    assert!(said.contains("is to be looked at by 23 May 2027"), "{said}");
    assert!(said.contains("was to be looked at by 23 May 2027"), "{said}");
}

async fn reviews_told(office: &Office) -> usize {
    let all = notice::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    all.iter().filter(|notice| notice.kind == Kind::HoldReview).count()
}

/// The messages that a mail refers to.
fn references(mail: &Value) -> Vec<&str> {
    mail["headers"]["References"].as_str().unwrap().split_whitespace().collect()
}

#[tokio::test]
async fn a_mail_stands_in_the_thread_of_the_digest_that_told_of_its_matter_first() {
    let server = MailServer::start();
    let mut office = writing(&server).await;
    office.share.files("planning", 3, office::OLD);
    office.share.files("cases", 2, office::OLD);
    let more = "[[mapping]]\nrecord_type = 'HOU-04'\nlocation = 'cases'\n\
                [mapping.dates]\nlast-modified = { from = 'modified' }\n";
    office.council.store("share", &(office::FILES.to_owned() + more));
    let kept = ["PLAN-14", "HOU-04"].map(|code| (code, "6 years after last modified", "Destroy"));
    office.ready(&kept, &["share"]).await;
    let post = post(&office.open, &office.council);
    let batches = office.propose().await;
    assert_eq!(batches.len(), 2);
    notices::chase(&post).await.unwrap();
    sent(&post).await;
    office.approve("nadia", &batches[0].number).await;
    office.at("2026-11-30T09:00:00Z").await;
    notices::chase(&post).await.unwrap();
    sent(&post).await;
    let mails = server.mails();
    let [digest, reminder] = &to(&mails, "nadia.shah@trentside.example")[..] else {
        panic!("{mails:?}")
    };
    assert!(subject(digest).starts_with("Records: "), "{digest}");
    assert!(subject(reminder).starts_with("Reminder: "), "{reminder}");
    let root = references(reminder)[0];
    assert!(references(digest).contains(&root), "{:?}", references(digest));
    assert_eq!(reminder["headers"]["In-Reply-To"], digest["headers"]["Message-ID"]);
}
