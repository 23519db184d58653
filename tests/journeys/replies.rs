//! Replying from a mail that asks for no approval: whoever is told that a batch
//! goes may stop it, and a service says that records which fall due are needed.
//! A link lives as long as the question it answers.

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan as _};
use retaind::catalogue::entity::{forecast, mail_reply, mapping, person};
use retaind::catalogue::values::CivilDate;
use retaind::clock::Clock as _;
use retaind::holds;
use retaind::notices::{self, Post};
use retaind_schedules::batch::BatchState;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};

use crate::answers::{self, Asked, asked, chase_and_send, manager_signs, owner_agrees, plain};
use crate::batches::id_of;
use crate::casework::execute;
use crate::catalogue::Database;
use crate::notices::sent;

/// Who somebody at a mailbox says they are, and is not on the people list.
const TESS: &str = "&your-name=Tess+%3Cb%3EWard&your-address=tess.ward%40trentside.example";

fn link(asked: &Asked, who: &str, page: &str) -> String {
    answers::link(&asked.server, &format!("{who}@trentside.example"), page)
}

async fn replies(asked: &Asked) -> Vec<mail_reply::Model> {
    let open = asked.council.open().await;
    mail_reply::Entity::find().all(open.catalogue.read()).await.unwrap()
}

fn later(asked: &Asked, days: i64) {
    let now = asked.council.clock.now() + SignedDuration::from_hours(24 * days);
    asked.council.clock.set(now);
}

/// Both approve, and everyone is told that it goes.
async fn authorised(asked: &Asked) {
    owner_agrees(asked).await;
    manager_signs(asked).await;
    later(asked, 1);
    chase_and_send(&asked.council).await;
}

#[tokio::test]
async fn whoever_is_told_that_a_batch_goes_may_stop_it_until_the_records_are_gone() {
    for database in Database::BOTH {
        let asked = asked(database).await;
        authorised(&asked).await;
        let number = asked.number.as_str();
        let mailbox = link(&asked, "planning", "stop");
        let before = asked.council.audit().await.len();
        for method in ["GET", "HEAD", "GET"] {
            assert_eq!(asked.send(method, &mailbox, "").await.status, 200);
        }
        let page = asked.send("GET", &mailbox, "").await.body;
        for words in ["must it stop?", number, "3 items", "30 November 2026", "30 December 2026"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("Blenkinsop") && !page.contains("<script"), "{page}");
        let form = asked.form(&mailbox).await;
        let unsaid = "say who you are: your name, and your own e-mail address";
        let own = "&your-name=Tess&your-address=planning%40trentside.example";
        for (body, status, words) in [
            (format!("{form}{TESS}"), 422, "say why"),
            (format!("{form}&reason=an+appeal"), 422, unsaid),
            (format!("{form}&reason=an+appeal{own}"), 422, unsaid),
            (format!("{form}&reason=an+appeal&your-name=Tess&your-address=tess"), 422, unsaid),
            (format!("reason=an+appeal{TESS}"), 403, "not sent from the page"),
        ] {
            let refused = asked.send("POST", &mailbox, &body).await;
            assert_eq!(refused.status, status, "{}", refused.body);
            assert!(refused.body.contains(words), "{}", refused.body);
        }
        assert_eq!(asked.batch().await.state.0, BatchState::Authorised);
        assert_eq!(
            asked.council.audit().await.len(),
            before,
            "looking and refusals change nothing"
        );

        // Long after the link's mail, on the eve of destruction.
        later(&asked, 33);
        let stop = format!("{form}&reason=an+appeal+of+Mrs+Blenkinsop{TESS}");
        let stopped = asked.send("POST", &mailbox, &stop).await;
        assert_eq!(stopped.status, 200, "{}", stopped.body);
        assert!(stopped.body.contains(&format!("Batch {number} is stopped")), "{}", stopped.body);
        let row = asked.batch().await;
        assert_eq!(row.state.0, BatchState::Halted);
        let why = row.halted_why.unwrap();
        assert!(why.contains("`retaind mail replies` says who and why"), "{why}");
        let again = asked.send("POST", &mailbox, &stop).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(again.body.contains("this link has done its work"), "{}", again.body);
        let other = link(&asked, "nadia.shah", "stop");
        let other = asked.send("GET", &other, "").await;
        assert!(other.body.contains("stopped already"), "{}", other.body);
        let replies = replies(&asked).await;
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0].recipient, "mailbox:planning");

        let chain = format!("{:?}", asked.council.audit().await);
        assert!(chain.contains("batch.answered"), "{chain}");
        assert!(chain.contains("stop, at a mailbox, as nobody on the people list"), "{chain}");
        for said in ["Blenkinsop", "Ward"] {
            assert!(!chain.contains(said), "{said}: {chain}");
        }
        let listed = asked.council.run(&["--json", "mail", "replies"]).json();
        assert_eq!(listed[0]["reply"], "stop", "{listed:?}");
        assert_eq!(listed[0]["of"], number);
        assert_eq!(
            listed[0]["by"],
            "Tess <b>Ward (tess.ward@trentside.example), not on the people list, as typed at the \
             mailbox of planning"
        );
        assert_eq!(listed[0]["sure"], "unverified");
        assert_eq!(listed[0]["reason"], "an appeal of Mrs Blenkinsop");
        let since = asked.server.mails().len();
        chase_and_send(&asked.council).await;
        let told = plain(&asked.mails_to("rowan.hale@trentside.example", since));
        assert!(told.contains(&format!("Batch {number} was halted")), "{told}");
        assert!(!told.contains("Blenkinsop"), "{told}");
    }
}

#[tokio::test]
async fn a_link_to_stop_a_batch_is_that_of_who_was_told_and_ends_with_what_it_asks_about() {
    let asked = asked(Database::Sqlite).await;
    authorised(&asked).await;
    let (nadia, mailbox) = (link(&asked, "nadia.shah", "stop"), link(&asked, "planning", "stop"));
    assert_ne!(nadia, mailbox, "each has their own");
    let foreign = asked.form(&mailbox).await + "&reason=x";
    assert_eq!(asked.send("POST", &nadia, &foreign).await.status, 403, "another's form");
    let forged = nadia.replace("/stop/", "/stop/0");
    assert_eq!(asked.send("GET", &forged, "").await.status, 403);
    let as_answer = nadia.replace("/stop/", "/batch/");
    assert_eq!(asked.send("GET", &as_answer, "").await.status, 403, "it approves nothing");

    let open = asked.council.open().await;
    let id = id_of(&open, "Nadia Shah").await;
    let row = person::Entity::find_by_id(id).one(open.catalogue.read()).await.unwrap();
    let mut row: person::ActiveModel = row.unwrap().into();
    row.active = Set(false);
    let tx = open.catalogue.write_tx().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(asked.send("GET", &nadia, "").await.status, 403, "a leaver stops nothing");
    later(&asked, 70);
    let late = asked.send("GET", &mailbox, "").await;
    assert_eq!(late.status, 410, "{}", late.body);
    assert!(late.body.contains("this link&#x27;s time is over"), "{}", late.body);
    assert_eq!(replies(&asked).await, []);
}

#[tokio::test]
async fn a_service_says_from_its_mail_that_records_which_fall_due_are_needed() {
    for database in Database::BOTH {
        let asked = asked(database).await;
        let open = asked.council.open().await;
        let mapped = mapping::Entity::find().one(open.catalogue.read()).await.unwrap().unwrap();
        let row = forecast::Model {
            mapping_id: mapped.id,
            month: CivilDate(date(2027, 2, 1)),
            units: 41,
            bytes: 1000,
            oldest: None,
        };
        let tx = open.catalogue.write_tx().await.unwrap();
        forecast::Entity::insert(row.into_active_model()).exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let (config, catalogue, keys) = (&open.config, &open.catalogue, &open.keys);
        let post = Post { config, catalogue, keys, clock: &asked.council.clock };
        later(&asked, 1);
        notices::periodic(&post).await.unwrap();
        sent(&post).await;

        // Weeks later, before the month is over.
        let link = link(&asked, "planning", "needed");
        asked.council.clock.set("2027-02-26T10:00:00Z".parse().unwrap());
        let page = asked.send("GET", &link, "").await.body;
        for words in ["Are any of these records needed?", "PLAN-14", "41", "February 2027"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let form = asked.form(&link).await;
        for (more, words) in [
            ("&record_type=PLAN-14&matter=claim", "say why"),
            ("&reason=x&matter=claim", "choose the record type"),
            ("&reason=x&record_type=HOU-01&matter=claim", "choose the record type"),
            ("&reason=x&record_type=PLAN-14", "choose what it is needed for"),
        ] {
            let refused = asked.send("POST", &link, &format!("{form}{more}{TESS}")).await;
            assert_eq!(refused.status, 422, "{more}: {}", refused.body);
            assert!(refused.body.contains(words), "{more}: {}", refused.body);
        }
        let nadia = "&your-name=nadia++SHAH&your-address=Nadia.Shah%40trentside.example";
        let body = format!("{form}&record_type=PLAN-14&matter=claim&reason=Blenkinsop+sues{nadia}");
        let noted = asked.send("POST", &link, &body).await;
        assert_eq!(noted.status, 200, "{}", noted.body);
        assert!(noted.body.contains("That PLAN-14 is needed is noted"), "{}", noted.body);
        let again = asked.send("POST", &link, &body).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(holds::list(catalogue, holds::Which::All).await.unwrap().is_empty(), "no hold yet");
        assert_eq!(asked.council.audited("hold.asked").await, 1);

        let since = asked.server.mails().len();
        sent(&post).await;
        for who in ["rowan.hale", "harriet.stone"] {
            let told = plain(&asked.mails_to(&format!("{who}@trentside.example"), since));
            for words in ["PLAN-14 are needed", "a claim", "retaind hold place REFERENCE"] {
                assert!(told.contains(words), "{words}: {told}");
            }
            assert!(!told.contains("Blenkinsop"), "{told}");
        }
        let listed = asked.council.run(&["--json", "mail", "replies"]).json();
        assert_eq!((&listed[0]["reply"], &listed[0]["of"]), (&"hold".into(), &"PLAN-14".into()));
        assert_eq!(listed[0]["by"], "nadia  SHAH, as typed at the mailbox of planning");
        assert_eq!(listed[0]["sure"], "on-the-list");
        let chain = format!("{:?}", asked.council.audit().await);
        assert!(chain.contains("hold, at a mailbox, as somebody on the people list"), "{chain}");
    }
}

#[tokio::test]
async fn the_owners_link_lives_until_the_batch_it_asks_about_expires() {
    let asked = asked(Database::Sqlite).await;
    let asked_on = asked.council.clock.today();
    later(&asked, 29);
    assert_eq!(asked.send("GET", &asked.nadia, "").await.status, 200, "on day 29 of 30");
    assert_eq!(asked.council.clock.today(), asked_on.checked_add(29.days()).unwrap());
    later(&asked, 2);
    let late = asked.send("GET", &asked.nadia, "").await;
    assert_eq!(late.status, 410, "{}", late.body);
    assert!(late.body.contains("what it asked about is closed"), "{}", late.body);
}

#[tokio::test]
async fn a_link_that_stopped_a_batch_stops_it_no_second_time_once_it_was_let_go_on() {
    let asked = asked(Database::Sqlite).await;
    authorised(&asked).await;
    let nadia = link(&asked, "nadia.shah", "stop");
    let stop = asked.form(&nadia).await + "&reason=an+appeal";
    assert_eq!(asked.send("POST", &nadia, &stop).await.status, 200);
    let go_on = "drop trigger if exists batch_refuses_update; update batch set \
                 state = 'authorised', halted_from = null, halted_why = null";
    execute(asked.council.url(), go_on).await;
    assert_eq!(asked.batch().await.state.0, BatchState::Authorised);
    for method in ["GET", "POST"] {
        let again = asked.send(method, &nadia, &stop).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(again.body.contains("this link has done its work"), "{}", again.body);
    }
    assert_eq!(asked.batch().await.state.0, BatchState::Authorised);
}
