//! What was meant for people who cannot be reached: another is told of each of them,
//! for whom it was meant, and may answer nothing in their place.

use jiff::civil::date;
use retaind::catalogue::entity::{asset, notice, owner_statement};
use retaind::catalogue::words::NoticeState;
use retaind::clock::Clock as _;
use retaind::config::PersonEntry;
use retaind::notices::yearly::{StatementError, sign_statement};
use retaind::notices::{self, Kind};
use retaind::people::Role;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use serde_json::Value;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::mail_server::MailServer;
use crate::notices::{mail_settings, post, sent, to};
use crate::office::{self, Office, everyone};
use crate::pages::{Pages, link_of};

const OLGA: &str = "olga.reed@trentside.example";
const PIET: &str = "piet.moss@trentside.example";
const ROWAN: &str = "rowan.hale@trentside.example";

/// An office of three owners, two of whom are no records managers.
async fn of_three_owners(
    database: Database,
    now: &str,
    server: &MailServer,
    action: &str,
) -> Office {
    let mut office = Office::found(database, now).await;
    let configuration = office.council.configuration() + &mail_settings(server, "");
    office.council.write("retaind.toml", &configuration);
    office.share.files("planning", 3, office::OLD);
    office.council.store("share", office::FILES);
    let codes = ["PLAN-14", "HOU-04", "LEG-01"];
    let register = codes.map(|code| (code, "6 years after last modified", action));
    office.ready(&register, &["share"]).await;
    let mut people = everyone();
    for (name, email) in [("Olga Reed", OLGA), ("Piet Moss", PIET)] {
        people.push(PersonEntry {
            name: name.to_owned(),
            email: email.to_owned(),
            os_user: Some(name[..4].to_lowercase()),
            left_on: None,
            roles: [Role::Iao].into(),
        });
    }
    office.people(&people).await;
    execute(
        office.council.url(),
        "update person set roles = '[\"iao\"]' where os_user in ('olga', 'piet');",
    )
    .await;
    owns(&office, "PLAN-14", "olga").await;
    owns(&office, "HOU-04", "piet").await;
    office
}

async fn owns(office: &Office, reference: &str, user: &str) {
    let owner = office.actor(user).await.person.0;
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = asset::Entity::find().filter(asset::Column::Reference.eq(reference));
    let mut row: asset::ActiveModel = row.one(&*tx).await.unwrap().unwrap().into();
    row.iao = Set(Some(owner));
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// As after a report that nothing is delivered there.
async fn takes_no_mail(office: &Office, addresses: &[&str]) {
    let now = office.clock().now().as_microsecond();
    for address in addresses {
        let row = format!("insert into failing_address values ('{address}', {now}, '5.1.1');");
        execute(office.council.url(), &row).await;
    }
}

async fn person(office: &Office, user: &str) -> String {
    format!("person:{}", office.actor(user).await.person)
}

async fn told(office: &Office, kind: Kind, user: &str) -> Vec<notice::Model> {
    let of_kind = notice::Entity::find()
        .filter(notice::Column::Kind.eq(kind))
        .filter(notice::Column::Recipient.eq(person(office, user).await));
    of_kind.all(office.open.catalogue.read()).await.unwrap()
}

fn text(mails: &[&Value]) -> String {
    mails.iter().map(|mail| mail["plain"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_owner_who_cannot_be_reached_is_told_of_and_nobody_signs_for_them() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let office = of_three_owners(database, "2027-03-01T09:00:00Z", &server, "Review").await;
        let post = post(&office.open, &office.council);
        takes_no_mail(&office, &[OLGA, PIET]).await;
        notices::periodic(&post).await.unwrap();
        notices::reviews::due(&post, &office.desk()).await.unwrap();
        sent(&post).await;
        // Nadia is a records manager and owns an asset, of which she is told as well.
        for (user, own) in [(present_user().as_str(), 0), ("mary", 0), ("nadia", 1)] {
            for kind in [Kind::AnnualStatement, Kind::Register] {
                let mut told = told(&office, kind, user).await;
                told.retain(|row| {
                    row.payload["told"]["is"] == "asked" || row.payload["news"]["what"] == "review"
                });
                assert_eq!(told.len(), own + 2, "{kind} to {user}: {told:?}");
            }
        }
        let mails = server.mails();
        let rowan = text(&to(&mails, ROWAN));
        for words in [
            "Meant for the owner of PLAN-14, who cannot be reached, so you are told. Name another",
            "Meant for the owner of HOU-04, who cannot be reached",
            "The statement for the year to 31 March 2027 waits for an owner who cannot be reached",
            "- PLAN-14 Records PLAN-14. Kept: PLAN-14: 6 years after last modified",
            "Only the owner signs it.",
            "Assets whose owner cannot be reached are to be confirmed by 31 March 2027",
            "Only the owner decides",
        ] {
            assert!(rowan.contains(words), "{words}: {rowan}");
        }
        let refused =
            ["/answer/", "Your statement", "You own", "Olga", "Piet", "The link is yours"];
        for words in refused {
            assert!(!rowan.contains(words), "{words}: {rowan}");
        }
        let nadia = text(&to(&mails, "nadia.shah@trentside.example"));
        assert_eq!(nadia.matches("/answer/statement/").count(), 1, "her own: {nadia}");

        // As an earlier version handed it over: with a link.
        let rowan = person(&office, &present_user()).await;
        let link = link_of(&office.council, Kind::AnnualStatement, &rowan).await;
        let pages = Pages::of(&office.council).await;
        for method in ["GET", "POST"] {
            let page = pages.send(method, &link, "").await;
            assert_eq!(page.status, 403, "{}", page.body);
            assert!(page.body.contains("Rowan Hale is not the information asset owner of"));
        }
        assert_eq!(office.council.audited("statement.signed").await, 0);
        let signed = owner_statement::Entity::find().all(office.open.catalogue.read()).await;
        assert_eq!(signed.unwrap(), []);
    }
}

#[tokio::test]
async fn a_statement_is_signed_once_by_who_owns_its_assets_now_and_is_asked_anew_of_another() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let office = of_three_owners(database, "2027-03-01T09:00:00Z", &server, "Review").await;
        let post = post(&office.open, &office.council);
        notices::periodic(&post).await.unwrap();
        let sign = async |user: &str| {
            let (who, now) = (office.actor(user).await, office.clock().now());
            let tx = office.open.catalogue.write_tx().await.unwrap();
            let signed = sign_statement(&tx, &who, date(2027, 3, 31), "", now).await?;
            tx.commit().await.unwrap();
            Ok::<_, StatementError>(signed)
        };
        let nadia = person(&office, "nadia").await;
        let link = link_of(&office.council, Kind::AnnualStatement, &nadia).await;
        owns(&office, "PLAN-14", "nadia").await;
        let refused = sign("olga").await.unwrap_err().to_string();
        assert!(
            refused.starts_with("Olga Reed is not the information asset owner of PLAN-14, and"),
            "{refused}"
        );
        office.at("2027-03-02T09:00:00Z").await;
        for _ in 0..2 {
            notices::periodic(&post).await.unwrap();
        }
        let mut asked = told(&office, Kind::AnnualStatement, "nadia").await;
        asked.retain(|row| row.payload["told"]["is"] == "asked");
        asked.sort_by_key(|row| row.id);
        let assets: Vec<_> = asked.iter().map(|row| row.payload["assets"].as_u64()).collect();
        assert_eq!(assets, [Some(1), Some(2)], "once anew");
        let pages = Pages::of(&office.council).await;
        let late = pages.send("GET", &link, "").await;
        assert_eq!(late.status, 409, "{}", late.body);
        assert!(late.body.contains("you were asked anew since"), "{}", late.body);

        let signed = sign("nadia").await.unwrap();
        assert_eq!(signed.figures["assets"], 2);
        assert!(matches!(sign("nadia").await, Err(StatementError::Signed { .. })), "once");
        assert!(sign("piet").await.is_ok(), "whose assets are the same");
        assert_eq!(office.council.audited("statement.signed").await, 2);
    }
}

#[tokio::test]
async fn a_batch_whose_owner_cannot_be_reached_is_told_to_another_and_asked_of_the_next_owner() {
    let server = MailServer::start();
    let now = "2026-11-23T07:00:00Z";
    let office = of_three_owners(Database::Sqlite, now, &server, "Destroy").await;
    let post = post(&office.open, &office.council);
    takes_no_mail(&office, &[OLGA]).await;
    let number = office.propose().await.remove(0).number;
    // Told to another before any digest goes out, and looked at again.
    for _ in 0..2 {
        notices::chase(&post).await.unwrap();
        notices::send_due(&post).await.unwrap();
    }
    office.at("2026-11-23T09:00:00Z").await;
    sent(&post).await;
    let rowan = text(&to(&server.mails(), ROWAN));
    for words in [
        &format!("Batch {number} waits for its owner, who cannot be reached"),
        "Meant for the owner of PLAN-14, who cannot be reached",
        "Only the owner of these records can say whether they may go.",
    ] {
        assert!(rowan.contains(words), "{words}: {rowan}");
    }
    for words in ["/answer/", "You answer for these records", "Olga"] {
        assert!(!rowan.contains(words), "{words}: {rowan}");
    }
    assert_eq!(told(&office, Kind::BatchProposed, &present_user()).await.len(), 1);

    owns(&office, "PLAN-14", "piet").await;
    office.at("2026-11-24T09:00:00Z").await;
    notices::chase(&post).await.unwrap();
    sent(&post).await;
    let piet = text(&to(&server.mails(), PIET));
    assert!(piet.contains("You answer for these records") && piet.contains("/answer/batch/"));
    let told = told(&office, Kind::BatchProposed, "piet").await;
    assert_eq!((told.len(), told[0].state), (1, NoticeState::Sent));
}
