//! What the date calls for: who is told of what comes due, by when assets are to
//! be confirmed, what waits for too long.

use retaind::catalogue::entity::{asset, notice, record_type};
use retaind::clock::Clock as _;
use retaind::config::PersonEntry;
use retaind::notices::{self, Kind};
use retaind::people::Role;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, Set};

use crate::catalogue::Database;
use crate::council::Council;
use crate::mail_server::MailServer;
use crate::notices::{
    PEOPLE, called_for, mail_settings, people, post, run_jobs, with_teams, writing,
};
use crate::office::{self, Office, everyone};
use crate::share::Share;

async fn told(council: &Council, kind: Kind) -> Vec<notice::Model> {
    let open = council.open().await;
    let mut all = notice::Entity::find().all(open.catalogue.read()).await.unwrap();
    all.retain(|notice| notice.kind == kind);
    all
}

#[tokio::test]
async fn where_nobody_is_written_to_for_an_area_its_director_is_told_or_the_records_manager() {
    let server = MailServer::start();
    let director = "[[service_area]]\nname = 'Team 03'\ndirector = 'head03@trentside.example'\n";
    let council = writing(Database::Sqlite, &mail_settings(&server, director)).await;
    with_teams(&council).await;
    run_jobs(&council).await;
    let coming = told(&council, Kind::ComingDue).await;
    let of_area = |area: &str| {
        let of_area = coming.iter().filter(|notice| notice.service_area.as_deref() == Some(area));
        of_area.map(|notice| notice.recipient.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of_area("Team 03"), ["director:team 03"]);
    let [manager] = &of_area("Team 06")[..] else { panic!("{coming:?}") };
    assert!(manager.starts_with("person:"), "{manager}");
    let [contact] = &of_area("Team 01")[..] else { panic!("{coming:?}") };
    assert_ne!(contact, manager, "where there is a contact, they alone");
}

#[tokio::test]
async fn assets_are_confirmed_by_the_date_the_register_gives_and_a_missed_day_is_made_good() {
    let office = Office::with_files(Database::Sqlite, "2026-11-21T09:00:00Z", 1).await;
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = asset::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut fields = row.fields.clone();
    fields["review-due"] = "2027-01-22".into();
    let mut row: asset::ActiveModel = row.into();
    row.fields = Set(fields);
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut keys = Vec::new();
    for (day, key) in [
        ("2026-11-22", None),
        ("2026-11-23", Some("review:2027-01-22:60")),
        ("2026-12-25", Some("review:2027-01-22:30")),
        ("2027-01-21", None),
        ("2027-01-25", Some("review:2027-01-22:0")),
        ("2027-02-10", None),
        ("2027-03-30", None),
    ] {
        office.at(&format!("{day}T09:00:00Z")).await;
        notices::periodic(&post(&office.open, &office.council)).await.unwrap();
        keys.extend(key);
        let mut told = told(&office.council, Kind::Register).await;
        told.retain(|notice| notice.payload["news"]["what"] == "review");
        let mut said: Vec<&str> = told.iter().map(|notice| notice.period_key.as_str()).collect();
        said.sort_unstable();
        let mut expected = keys.clone();
        expected.sort_unstable();
        assert_eq!(said, expected, "on {day}");
    }
}

#[tokio::test]
async fn what_nobody_owns_and_is_kept_too_long_is_told_to_its_service_and_the_records_manager() {
    let council = writing(Database::Sqlite, "").await;
    with_teams(&council).await;
    council.clock.set("2028-02-01T09:00:00Z".parse().unwrap());
    council.scan("share").await;
    run_jobs(&council).await;
    run_jobs(&council).await;
    let beyond = told(&council, Kind::OverRetention).await;
    let of_area = |area: &str| {
        let of_area = beyond.iter().filter(|notice| notice.service_area.as_deref() == Some(area));
        of_area.collect::<Vec<_>>()
    };
    let [manager] = &of_area("Team 06")[..] else { panic!("{beyond:?}") };
    let with_contact = of_area("Team 01");
    let told: Vec<&str> = with_contact.iter().map(|one| one.recipient.as_str()).collect();
    assert_eq!(told.len(), 2, "the contact and the records manager: {told:?}");
    assert!(told.contains(&manager.recipient.as_str()), "{told:?}");
    for notice in with_contact {
        let lines = notice.payload["lines"].as_array().unwrap();
        let codes: Vec<_> = lines.iter().map(|line| &line["class"]["code"]).collect();
        assert_eq!(codes, ["T-01"]);
    }
}

#[tokio::test]
async fn what_has_waited_for_ten_years_is_told_apart_from_what_waits() {
    let council = writing(Database::Sqlite, "").await;
    let siro = "Sira Moss,sira.moss@trentside.example,,siro,,\n";
    people(&council, &format!("{PEOPLE}{siro}"));
    let share = Share::make(council.path("share"));
    share.file("cases/old", "2015-06-01T10:00:00Z");
    share.file("cases/young", "2020-06-01T10:00:00Z");
    council.store(
        "share",
        "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n[[mapping]]\n\
         record_type = 'HOU-04'\nlocation = 'cases'\n\
         [mapping.dates]\nlast-modified = { from = 'modified' }\n",
    );
    council.accept(&[("HOU-04", "Housing", "6 years after case closed", "")]).await;
    council.scan("share").await;
    council.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    run_jobs(&council).await;
    let told = told(&council, Kind::OverRetention).await;
    let [told] = &told[..] else { panic!("{told:?}") };
    let said = &told.payload;
    assert_eq!((said["waiting"].as_u64(), said["awaiting"].as_u64()), (Some(2), Some(1)), "{said}");
}

#[tokio::test]
async fn what_could_not_be_had_again_is_put_before_the_archivist_too() {
    let mut office = Office::found(Database::Sqlite, "2026-11-23T09:00:00Z").await;
    office.share.files("planning", 2, office::OLD);
    office.council.store("share", office::FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", "Review")], &["share"]).await;
    let mut people = everyone();
    people.push(PersonEntry {
        name: "Arda Kemp".to_owned(),
        email: "arda.kemp@trentside.example".to_owned(),
        os_user: None,
        left_on: None,
        roles: [Role::Archivist].into(),
    });
    office.people(&people).await;
    let post = post(&office.open, &office.council);
    assert_eq!(notices::reviews::due(&post, &office.desk()).await.unwrap(), 1, "the owner");
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = record_type::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut row: record_type::ActiveModel = row.into();
    row.irreplaceable = Set(true);
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notices::reviews::due(&post, &office.desk()).await.unwrap(), 1, "the archivist");
}

/// An office whose service has a mailbox, with files in these folders.
async fn with_mailbox(
    mappings: &str,
    files: &[(&str, &str)],
    register: &[(&str, &str, &str)],
) -> Office {
    let mut office = Office::found(Database::Sqlite, "2026-11-23T09:00:00Z").await;
    let mailbox = "[mail]\nsink = 'folder'\nfrom = 'records@trentside.example'\n\
                   [[service_area]]\nname = 'Planning'\nmailbox = 'planning@trentside.example'\n";
    office.council.write("retaind.toml", &(office.council.configuration() + mailbox));
    for (file, changed) in files {
        office.share.file(file, changed);
    }
    office.council.store("share", &(office::FILES.to_owned() + mappings));
    office.ready(register, &["share"]).await;
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let now = office.clock().now();
    notices::sync_routes(&tx, &office.open.config.routes, now).await.unwrap();
    tx.commit().await.unwrap();
    office
}

const AWAITING: &str = "[[mapping]]\nrecord_type = 'HOU-04'\nlocation = 'cases'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

#[tokio::test]
async fn an_owner_and_their_mailbox_are_told_what_is_kept_too_long_and_what_no_rule_reaches() {
    let office = with_mailbox(
        AWAITING,
        &[
            ("planning/one", office::OLD),
            ("planning/two", office::OLD),
            ("cases/old", "2015-06-01T10:00:00Z"),
            ("cases/young", "2024-06-01T10:00:00Z"),
            ("elsewhere/three", office::OLD),
        ],
        &[
            ("PLAN-14", "6 years after last modified", "Destroy"),
            ("HOU-04", "6 years after case closed", "Destroy"),
        ],
    )
    .await;
    for now in ["2026-12-01T09:00:00Z", "2026-12-02T09:00:00Z"] {
        office.at(now).await;
        called_for(&post(&office.open, &office.council)).await;
    }
    let told = told(&office.council, Kind::OverRetention).await;
    let mut whom: Vec<&str> = told.iter().map(|notice| notice.recipient.as_str()).collect();
    whom.sort_unstable();
    let nadia = format!("person:{}", office.actor("nadia").await.person);
    assert_eq!(whom, ["mailbox:planning", nadia.as_str()], "once each");
    for notice in &told {
        let said = &notice.payload;
        let figures = ["unmapped", "unmapped_items", "waiting", "awaiting"];
        let figures = figures.map(|name| said[name].as_u64().unwrap());
        assert_eq!(figures, [1, 1, 2, 1], "{said}");
        let line = &said["lines"][0];
        assert_eq!((line["units"].as_u64(), line["held"].as_u64()), (Some(2), Some(0)), "{said}");
    }
}

#[tokio::test]
async fn what_an_owner_is_asked_their_service_mailbox_is_told_too_and_one_address_once() {
    let register = [("PLAN-14", "6 years after last modified", "Review")];
    let office = with_mailbox("", &[("planning/one", office::OLD)], &register).await;
    let post = post(&office.open, &office.council);
    assert_eq!(notices::reviews::due(&post, &office.desk()).await.unwrap(), 2, "owner and mailbox");
    office.at("2027-03-02T09:00:00Z").await;
    notices::periodic(&post).await.unwrap();
    let nadia = format!("person:{}", office.actor("nadia").await.person);
    for kind in [Kind::ReviewDue, Kind::Register, Kind::AnnualStatement] {
        let mut told = told(&office.council, kind).await;
        told.retain(|notice| {
            let (news, told) = (&notice.payload["news"]["what"], &notice.payload["told"]["is"]);
            kind == Kind::ReviewDue || news == "review" || told == "asked" || told == "copied"
        });
        let mut whom: Vec<&str> = told.iter().map(|notice| notice.recipient.as_str()).collect();
        whom.sort_unstable();
        whom.dedup();
        assert_eq!(whom, ["mailbox:planning", nadia.as_str()], "{kind}");
    }
    let routes = retaind::config::Route {
        area: "planning".to_owned(),
        role: retaind::catalogue::words::RouteRole::Mailbox,
        address: "Nadia.Shah@trentside.example".to_owned(),
    };
    let tx = office.open.catalogue.write_tx().await.unwrap();
    notices::sync_routes(&tx, &[routes], office.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    office.at("2027-04-01T09:00:00Z").await;
    assert_eq!(notices::reviews::due(&post, &office.desk()).await.unwrap(), 1, "one address");
}

#[tokio::test]
async fn the_administrator_whom_the_register_names_is_told_of_what_comes_due() {
    let register = [("PLAN-14", "6 years after last modified", "Destroy")];
    let file = ("planning/soon", "2020-12-20T10:00:00Z");
    let office = with_mailbox("", &[file], &register).await;
    let mut people = everyone();
    for (name, email) in [("Ada Quill", "ada"), ("Other Quill", "other")] {
        people.push(PersonEntry {
            name: name.to_owned(),
            email: format!("{email}@trentside.example"),
            os_user: Some(email.to_owned()),
            left_on: None,
            roles: [Role::Iaa].into(),
        });
    }
    office.people(&people).await;
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = asset::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut fields = row.fields.clone();
    fields["administrator"] = "ADA QUILL; somebody else".into();
    let mut row: asset::ActiveModel = row.into();
    row.fields = Set(fields);
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    notices::periodic(&post(&office.open, &office.council)).await.unwrap();
    let told = told(&office.council, Kind::ComingDue).await;
    let mut whom: Vec<&str> = told.iter().map(|notice| notice.recipient.as_str()).collect();
    whom.sort_unstable();
    let ada = format!("person:{}", office.actor("ada").await.person);
    assert_eq!(whom, ["mailbox:planning", ada.as_str()]);
}

/// What the newest notice of this sort says that the one other period does.
async fn effect(office: &Office, what: &str) -> serde_json::Value {
    let mut told = told(&office.council, Kind::Register).await;
    told.retain(|notice| notice.payload["news"]["what"] == what);
    told.sort_by_key(|notice| notice.id);
    let said = &told.last().expect("a notice").payload["news"]["periods"];
    let [period] = &said.as_array().unwrap()[..] else { panic!("{said}") };
    assert_eq!(period["code"], "PLAN-14");
    assert_ne!(period["before"], period["after"]);
    period["effect"].clone()
}

#[tokio::test]
async fn another_period_is_told_with_how_many_records_it_makes_due_and_how_many_no_longer() {
    let office = Office::with_files(Database::Sqlite, "2026-11-23T09:00:00Z", 3).await;
    let kept_for = |period| [("PLAN-14", period, "Destroy")];
    office.accept(&kept_for("12 years after last modified")).await;
    let longer = serde_json::json!({ "is": "longer", "due_now": 3 });
    for what in ["imported", "accepted"] {
        assert_eq!(effect(&office, what).await, longer, "{what}");
    }
    // Of files from 2015 that are kept for 12 years none is due, and for 6 all are.
    office.council.scan("share").await;
    office.import(&kept_for("6 years after last modified")).await;
    let not_counted = serde_json::json!({ "is": "not-counted", "due_now": 0 });
    assert_eq!(effect(&office, "imported").await, not_counted);
}
