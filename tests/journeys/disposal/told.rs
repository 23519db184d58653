//! What people are told of standing authorities, and of what a year came to.

use jiff::civil::date;
use retaind::catalogue::entity::{notice, person};
use retaind::catalogue::words::NoticeState;
use retaind::clock::Clock as _;
use retaind::config::PersonEntry;
use retaind::disposal::approve::{Approving, approve};
use retaind::disposal::show;
use retaind::disposal::standing::{self as authorities, NewAuthority};
use retaind::disposal::verdict::{Keeping, Which, keep};
use retaind::notices::{self, Kind, Post, yearly};
use retaind::people::{Actor, Role};
use retaind_schedules::batch::Verdict;
use sea_orm::EntityTrait as _;

use super::standing::{cameras, in_force, terms, today};
use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{Office, everyone};

fn post(office: &Office) -> Post<'_> {
    let open = &office.open;
    Post {
        config: &open.config,
        catalogue: &open.catalogue,
        keys: &open.keys,
        clock: office.clock(),
    }
}

async fn told(office: &Office, kind: Kind) -> Vec<notice::Model> {
    let mut all = notice::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    all.retain(|notice| notice.kind == kind);
    all.sort_by_key(|notice| notice.id);
    all
}

/// Who was told, and what.
async fn alarms(office: &Office) -> Vec<(String, String)> {
    let alarms = told(office, Kind::Alarm).await.into_iter();
    alarms.map(|notice| (notice.period_key, notice.payload["authority"].to_string())).collect()
}

#[tokio::test]
async fn a_day_above_the_cap_of_an_authority_is_an_alarm_once_a_week() {
    let office = cameras(Database::Sqlite).await;
    in_force(&office, &terms(50, date(2027, 10, 29))).await;
    for (now, weeks) in
        [("2026-10-30T10:00:00Z", 1), ("2026-10-31T10:00:00Z", 1), ("2026-11-02T10:00:00Z", 2)]
    {
        office.at(now).await;
        let days = authorities::daily(&office.desk()).await.unwrap();
        notices::above_caps(&office.open.catalogue, &days, office.clock().now()).await.unwrap();
        let alarms = alarms(&office).await;
        assert_eq!(alarms.len(), weeks * 3, "three people each week: {alarms:?}");
        assert!(alarms.iter().all(|(_, authority)| authority == "\"SA-2026-0001\""));
    }
}

#[tokio::test]
async fn who_signed_an_authority_is_told_a_month_and_a_week_before_it_ends() {
    let office = cameras(Database::Sqlite).await;
    in_force(&office, &terms(100, date(2027, 1, 31))).await;
    for (now, count) in [
        ("2026-12-31T09:00:00Z", 0),
        ("2027-01-01T09:00:00Z", 2),
        ("2027-01-20T09:00:00Z", 2),
        ("2027-01-25T09:00:00Z", 4),
        ("2027-01-31T09:00:00Z", 4),
        ("2027-02-01T09:00:00Z", 4),
    ] {
        office.at(now).await;
        notices::periodic(&post(&office)).await.unwrap();
        let mut ending = told(&office, Kind::Register).await;
        ending.retain(|notice| notice.payload["news"]["what"] == "authority-ends");
        assert_eq!(ending.len(), count, "on {now}: the owner and the records manager");
    }
}

/// Who is asked to sign an authority now, and what the mail says.
async fn asked_to_sign(office: &Office) -> (Vec<String>, String) {
    notices::chase(&post(office)).await.unwrap();
    let mut names = Vec::new();
    let mut said = String::new();
    for notice in told(office, Kind::ChangesWait).await {
        if notice.state != NoticeState::Waiting {
            continue;
        }
        said = notice.payload.to_string();
        let id = notice.recipient.strip_prefix("person:").unwrap().parse().unwrap();
        let row = person::Entity::find_by_id::<uuid::Uuid>(id).one(office.open.catalogue.read());
        names.push(row.await.unwrap().unwrap().name);
    }
    names.sort();
    (names, said)
}

#[tokio::test]
async fn an_authority_that_waits_is_told_to_those_who_can_sign_it_until_they_have() {
    for database in Database::BOTH {
        let office = cameras(database).await;
        let (desk, mary) = (office.desk(), office.actor("mary").await);
        let terms = NewAuthority {
            reason: "as Marjorie Blenkinsop asked".to_owned(),
            ..terms(100, date(2027, 10, 29))
        };
        let made = authorities::propose(&desk, &mary, &terms).await.unwrap();
        let (names, said) = asked_to_sign(&office).await;
        let present = office.actor(&present_user()).await.name;
        assert_eq!(names, ["Mary Beck", "Nadia Shah", &present]);
        for words in [
            "a standing authority for CCTV-01 in the store share, 100 items a day at most",
            &format!("\"authority\":\"{}\"", made.number),
            "the owner of asset CCTV-01",
            "a records manager",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains("Blenkinsop"), "why it is wanted stands in no mail: {said}");
        assert_eq!(asked_to_sign(&office).await.0, names, "once");

        let nadia = office.actor("nadia").await;
        authorities::sign(&desk, &nadia, &made.number, &made.digest).await.unwrap();
        let (names, said) = asked_to_sign(&office).await;
        assert_eq!(names, ["Mary Beck", &present], "nobody is asked for what they signed");
        assert!(!said.contains("the owner of asset"), "{said}");
        office.at("2026-11-21T09:00:00Z").await;
        let (_, said) = asked_to_sign(&office).await;
        assert!(said.contains("\"asking\":\"escalated\""), "{said}");
        authorities::sign(&desk, &mary, &made.number, &made.digest).await.unwrap();
        assert_eq!(asked_to_sign(&office).await.0, [""; 0], "it is in force");
    }
}

#[tokio::test]
async fn the_statement_of_a_year_says_what_was_disposed_of_and_what_was_kept() {
    let office = cameras(Database::Sqlite).await;
    in_force(&office, &terms(100, date(2027, 10, 29))).await;
    let (monday, _) = today(&office).await.unwrap().expect("a list");
    assert_eq!(office.run(&monday).await.unwrap().destroyed, 60);
    office.at("2026-11-01T09:00:00Z").await;
    office.council.scan("share").await;
    let list = office.propose().await.remove(0).number;
    let keeping = Keeping {
        which: Which::Numbers(vec![1, 2, 3]),
        verdict: Verdict::Defer,
        until: Some(date(2027, 6, 1)),
        reason: "an appeal",
    };
    let nadia = office.actor("nadia").await;
    keep(&office.desk(), &nadia, &list, &keeping).await.unwrap();
    for now in ["2027-02-28T09:00:00Z", "2027-03-02T09:00:00Z", "2027-03-03T09:00:00Z"] {
        office.at(now).await;
        notices::periodic(&post(&office)).await.unwrap();
    }
    let mut statements = told(&office, Kind::AnnualStatement).await;
    statements.retain(|notice| notice.payload["told"]["is"] == "asked");
    let [statement] = &statements[..] else { panic!("{statements:?}") };
    let said = &statement.payload;
    assert_eq!((said["disposed"].as_u64(), said["kept"].as_u64()), (Some(60), Some(3)), "{said}");
}

#[tokio::test]
async fn the_risk_owner_is_told_which_statements_are_asked_for_and_of_each_that_is_signed() {
    for database in Database::BOTH {
        let office = cameras(database).await;
        let mut people = everyone();
        people.push(PersonEntry {
            name: "Sira Moss".to_owned(),
            email: "sira.moss@trentside.example".to_owned(),
            os_user: Some("sira".to_owned()),
            left_on: None,
            roles: [Role::Siro].into(),
        });
        office.people(&people).await;
        execute(
            office.council.url(),
            "update person set roles = '[\"siro\"]' where os_user = 'sira';",
        )
        .await;
        office.at("2027-03-02T09:00:00Z").await;
        let (nadia, sira) = (office.actor("nadia").await, office.actor("sira").await);
        let year_end = date(2027, 3, 31);
        let sign = async |who: &Actor, words: &str| {
            let tx = office.open.catalogue.write_tx().await.unwrap();
            let now = office.clock().now();
            let signed = yearly::sign_statement(&tx, who, year_end, words, now).await;
            tx.commit().await.unwrap();
            signed.map_err(|refused| refused.to_string())
        };
        let refused = sign(&nadia, "").await.unwrap_err();
        assert!(refused.contains("was asked for no statement for the year to 2027"), "{refused}");

        notices::periodic(&post(&office)).await.unwrap();
        notices::periodic(&post(&office)).await.unwrap();
        let told_of = async |is: &str| {
            let mut all = told(&office, Kind::AnnualStatement).await;
            all.retain(|notice| notice.payload["told"]["is"] == is);
            let whom = format!("person:{}", sira.person);
            assert!(is == "asked" || all.iter().all(|one| one.recipient == whom), "{all:?}");
            all
        };
        assert_eq!(told_of("asked").await.len(), 1, "the owner");
        let [awaited] = &told_of("awaited").await[..] else { panic!("told once") };
        assert_eq!(awaited.payload["told"]["owners"], 1);

        let words = "The file of Marjorie Blenkinsop was kept.";
        let signed = sign(&nadia, words).await.unwrap();
        assert_eq!((signed.words.as_str(), signed.year_end.0), (words, year_end));
        let [told] = &told_of("signed").await[..] else { panic!("told once") };
        assert_eq!(told.payload["assets"], signed.figures["assets"]);
        let (letter, entries) = (told.payload.to_string(), office.council.audit().await);
        assert!(!letter.contains("Blenkinsop"), "what she adds stands in no mail: {letter}");
        assert!(!format!("{entries:?}").contains("Blenkinsop"), "and in no entry");
        assert_eq!(office.council.audited("statement.signed").await, 1);
        let again = sign(&nadia, "").await.unwrap_err();
        assert!(again.contains("signed the statement for the year to 2027-03-31"), "{again}");
        assert!(sign(&sira, "").await.is_err(), "she was not asked");
        let listed = office.council.run(&["mail", "statements"]);
        assert!(listed.out.contains("Nadia Shah") && listed.out.contains(words), "{listed:?}");
    }
}

#[tokio::test]
async fn where_the_owner_is_the_only_records_manager_others_are_told_that_nobody_can_authorise() {
    let office = Office::with_files(Database::Sqlite, "2026-11-23T09:00:00Z", 3).await;
    let number = office.propose().await.remove(0).number;
    let shown = show::show(&office.desk(), &number).await.unwrap();
    let digest = office.batch(&number).await.digest.unwrap();
    let confirmation = format!("{number} {}", shown.going);
    let comment = Some("all but the file of Marjorie Blenkinsop");
    let nadia = office.actor("nadia").await;
    let asked =
        Approving { number: &number, digest: &digest, confirmation: &confirmation, comment };
    approve(&office.desk(), &nadia, asked).await.unwrap();
    let mut people = everyone();
    people.iter_mut().filter(|person| person.name != "Nadia Shah").for_each(|person| {
        person.roles.remove(&Role::RecordsManager);
    });
    office.people(&people).await;
    notices::chase(&post(&office)).await.unwrap();
    let asked = told(&office, Kind::Authorise).await;
    assert_eq!(asked.len(), 2, "the operator, and the owner");
    let said = asked[0].payload.to_string();
    assert!(said.contains("nobody can authorise it until somebody else has that role"), "{said}");
    assert!(
        said.contains(&format!(
            "the owner left a comment, which you should read first: \
                                    `retaind batch show {number}`"
        )),
        "{said}"
    );
    assert!(!said.contains("Blenkinsop"), "free text stands in no mail: {said}");
}
