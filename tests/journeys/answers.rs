//! Answering from a mail: the link opens a page, and only the form answers; what
//! it answers is what the commands do, under the same guards.

use jiff::SignedDuration;
use jiff::civil::date;
use retaind::catalogue::entity::{answer, batch, item_decision};
use retaind::clock::Clock as _;
use retaind::disposal::approve::{Approving, approve};
use retaind::notices::{self, Kind, Post};
use retaind::people::acting;
use retaind_schedules::batch::BatchState;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::batches::{desk, id_of, proposed};
use crate::catalogue::Database;
use crate::council::{Council, present_user};
use crate::mail_server::MailServer;
use crate::notices::sent;
use crate::pages::{Answer, Pages, contents, link_of};

/// A council whose owner was asked about a batch, its pages, her link, and one
/// as if it had been written to the records manager.
pub(crate) struct Asked {
    pub(crate) council: Council,
    pub(crate) server: MailServer,
    pub(crate) pages: Pages,
    pub(crate) number: String,
    pub(crate) nadia: String,
    rowan: String,
}

pub(crate) async fn asked(database: Database) -> Asked {
    let server = MailServer::start();
    let council = Council::found(database).await;
    let mail = format!(
        "[mail]\nserver = '127.0.0.1'\nport = {}\ntls = 'none'\n\
         from = 'records@trentside.example'\nbase_url = 'http://retaind.example'\n\
         [[service_area]]\nname = 'Planning'\nmailbox = 'planning@trentside.example'\n",
        server.port
    );
    council.write("retaind.toml", &(council.configuration() + &mail));
    let number = proposed(&council).await.number;
    let open = council.open().await;
    let tx = open.catalogue.write_tx().await.unwrap();
    notices::sync_routes(&tx, &open.config.routes, council.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    chase_and_send(&council).await;
    let nadia = link(&server, "nadia.shah@trentside.example", "batch");
    let rowan = format!("person:{}", id_of(&open, "Rowan Hale").await);
    let rowan = link_of(&council, Kind::BatchProposed, &rowan).await;
    let pages = Pages::of(&council).await;
    Asked { council, server, pages, number, nadia, rowan }
}

/// The link to the page of this name in the newest mail to this address.
pub(crate) fn link(server: &MailServer, address: &str, page: &str) -> String {
    let mails = server.mails();
    let mail = mails.iter().rfind(|mail| mail["to"] == address);
    let text = mail.unwrap_or_else(|| panic!("no mail to {address}"))["plain"].as_str().unwrap();
    let from = text.find(&format!("/answer/{page}/")).unwrap_or_else(|| panic!("no link: {text}"));
    text[from..].split_whitespace().next().unwrap().trim_end_matches('.').to_owned()
}

/// What the jobs do about batches and mails, once.
pub(crate) async fn chase_and_send(council: &Council) {
    let open = council.open().await;
    let post = Post {
        config: &open.config,
        catalogue: &open.catalogue,
        keys: &open.keys,
        clock: &council.clock,
    };
    notices::chase(&post).await.unwrap();
    sent(&post).await;
}

impl Asked {
    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.pages.send(method, path, body).await
    }

    /// What the page of this link sends back, whatever the answer.
    pub(crate) async fn form(&self, path: &str) -> String {
        self.pages.form(path).await
    }

    pub(crate) async fn batch(&self) -> batch::Model {
        let open = self.council.open().await;
        batch::Entity::find().one(open.catalogue.read()).await.unwrap().expect("a batch")
    }

    /// The mails to an address since so many.
    pub(crate) fn mails_to(&self, address: &str, since: usize) -> Vec<Value> {
        let mails = self.server.mails().split_off(since);
        mails.into_iter().filter(|mail| mail["to"] == address).collect()
    }

    async fn answers(&self) -> Vec<answer::Model> {
        let open = self.council.open().await;
        answer::Entity::find().all(open.catalogue.read()).await.unwrap()
    }
}

pub(crate) fn plain(mails: &[Value]) -> String {
    mails.iter().map(|mail| mail["plain"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn looking_changes_nothing_and_agreeing_signs_the_list_that_was_shown_once() {
    for database in Database::BOTH {
        let asked = asked(database).await;
        let number = asked.number.as_str();
        let before = asked.council.audit().await.len();
        let held = contents(asked.council.url()).await;
        for method in ["GET", "HEAD", "GET"] {
            let page = asked.send(method, &asked.nadia, "").await;
            assert_eq!(page.status, 200);
            for header in [
                "cache-control: no-store",
                "referrer-policy: no-referrer",
                "frame-ancestors 'none'",
                "x-content-type-options: nosniff",
            ] {
                assert!(page.head.contains(header), "{header}: {}", page.head);
            }
        }
        let page = asked.send("GET", &asked.nadia, "").await.body;
        for said in ["lang=\"en-GB\"", number, "3 items", "100.00 %", "1 June 2021"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(!page.contains("<script"), "it works without JavaScript");
        assert!(!page.contains("Blenkinsop"), "it names no record");
        assert_eq!(contents(asked.council.url()).await, held, "looking changes nothing");

        let form = asked.form(&asked.nadia).await;
        let bare = form.split_once('&').unwrap().1;
        let other = form.replace("&digest=", "&digest=0000");
        let refusals = [
            (format!("{form}&answer=agree&number={number}"), 422, "type the number of the batch"),
            (format!("{form}&answer=agree&number={number}+4"), 422, "type the number of the batch"),
            (format!("{other}&answer=agree&number={number}+3"), 409, "the list has changed"),
            (format!("{bare}&answer=agree&number={number}+3"), 403, "not sent from the page"),
            (format!("{form}&answer=keep&until=2027-01-01"), 422, "say why"),
            (format!("{form}&answer=keep&reason=x&until=2026-11-23"), 422, "a date after"),
            (
                format!("{form}&answer=keep&reason=x&until=9999-12-31"),
                422,
                "9999-12-31 is too far ahead: keep it until 2036-11-23 at the latest",
            ),
            (format!("{form}&answer=not-mine&whose=ada"), 422, "e-mail address"),
            (
                format!("{form}&answer=not-mine&whose=hariet.stone%40trentside.example"),
                422,
                "nobody on the people list has that address",
            ),
            (form.clone(), 422, "one of the three"),
        ];
        for (body, status, words) in refusals {
            let refused = asked.send("POST", &asked.nadia, &body).await;
            assert_eq!(refused.status, status, "{body}: {}", refused.body);
            assert!(refused.body.contains(words), "{body}: {}", refused.body);
        }
        assert_eq!(asked.batch().await.state.0, BatchState::Proposed);
        assert_eq!(contents(asked.council.url()).await, held, "refusals change nothing");
        assert_eq!(asked.council.audit().await.len(), before);

        let foreign = asked.form(&asked.rowan).await;
        let body = format!("{foreign}&answer=agree&number={number}+3");
        let foreign = asked.send("POST", &asked.rowan, &body).await;
        assert_eq!(foreign.status, 403, "{}", foreign.body);
        assert!(foreign.body.contains("Rowan Hale is not the information asset owner"));

        let body = format!("{form}&answer=agree&number={number}+3");
        let agreed = asked.send("POST", &asked.nadia, &body).await;
        assert_eq!(agreed.status, 200, "{}", agreed.body);
        assert!(agreed.body.contains("A second person must authorise it"), "{}", agreed.body);
        assert_eq!(asked.batch().await.state.0, BatchState::IaoApproved);
        let again = asked.send("POST", &asked.nadia, &body).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(
            again.body.contains(
                "this link has done its work: it was answered already, on 23 November 2026"
            )
        );
        let late = asked.send("GET", &asked.rowan, "").await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("waits for no answer of its owner any more"), "{}", late.body);
        assert_eq!(asked.answers().await.len(), 1);
        for action in ["batch.answered", "batch.approved"] {
            assert_eq!(asked.council.audited(action).await, 1, "{action}");
        }
    }
}

#[tokio::test]
async fn what_its_owner_agreed_to_is_authorised_by_another_and_told_to_all_who_may_stop_it() {
    let asked = asked(Database::Sqlite).await;
    let form = asked.form(&asked.nadia).await;
    let body = format!("{form}&answer=agree&number={}+3", asked.number);
    assert_eq!(asked.send("POST", &asked.nadia, &body).await.status, 200);
    asked.council.clock.set("2026-11-24T09:00:00Z".parse().unwrap());
    let before = asked.server.mails().len();
    chase_and_send(&asked.council).await;
    let told = plain(&asked.mails_to("rowan.hale@trentside.example", before));
    assert!(told.contains("waits for your authorisation"), "{told}");
    assert!(told.contains("no hold covers any of it now"), "{told}");
    assert_eq!(asked.mails_to("nadia.shah@trentside.example", before).len(), 0);

    let open = asked.council.open().await;
    let rowan = acting(&open.catalogue, &present_user()).await.unwrap();
    let digest = asked.batch().await.digest.unwrap();
    let confirmation = format!("{} 3", asked.number);
    let signing = Approving {
        number: &asked.number,
        digest: &digest,
        confirmation: &confirmation,
        comment: None,
    };
    approve(&desk(&open, &asked.council), &rowan, signing).await.unwrap();
    asked.council.clock.set("2026-11-25T09:00:00Z".parse().unwrap());
    let before = asked.server.mails().len();
    chase_and_send(&asked.council).await;
    chase_and_send(&asked.council).await;
    for who in ["planning", "nadia.shah", "rowan.hale", "harriet.stone"] {
        let mails = asked.mails_to(&format!("{who}@trentside.example"), before);
        assert_eq!(mails.len(), 1, "{who} is told once");
        let text = plain(&mails);
        assert!(text.contains("will be acted on from 1 December 2026"), "{who}: {text}");
        assert!(text.contains("place a hold now"), "{who}: {text}");
        assert!(!text.contains("Blenkinsop") && !text.contains("943 476"), "{text}");
    }
}

/// The owner agrees by the link in her mail.
pub(crate) async fn owner_agrees(asked: &Asked) {
    let form = asked.form(&asked.nadia).await;
    let body = format!("{form}&answer=agree&number={}+3", asked.number);
    assert_eq!(asked.send("POST", &asked.nadia, &body).await.status, 200);
}

/// The records manager signs what the owner agreed to.
pub(crate) async fn manager_signs(asked: &Asked) {
    let open = asked.council.open().await;
    let rowan = acting(&open.catalogue, &present_user()).await.unwrap();
    let digest = asked.batch().await.digest.unwrap();
    let confirmation = format!("{} 3", asked.number);
    let (number, comment) = (asked.number.as_str(), None);
    let signing = Approving { number, digest: &digest, confirmation: &confirmation, comment };
    approve(&desk(&open, &asked.council), &rowan, signing).await.unwrap();
}

#[tokio::test]
async fn a_batch_that_cools_off_is_told_on_the_day_it_is_authorised_to_who_had_a_digest_too() {
    let asked = asked(Database::Sqlite).await;
    owner_agrees(&asked).await;
    asked.council.clock.set("2026-11-23T16:40:00Z".parse().unwrap());
    manager_signs(&asked).await;
    let before = asked.server.mails().len();
    chase_and_send(&asked.council).await;
    for who in ["planning", "nadia.shah", "rowan.hale", "harriet.stone"] {
        let mails = asked.mails_to(&format!("{who}@trentside.example"), before);
        let text = plain(&mails);
        assert!(text.contains("will be acted on from 30 November 2026"), "{who}: {text}");
    }
}

#[tokio::test]
async fn what_its_owner_keeps_stays_until_the_date_given_and_the_batch_is_over() {
    for database in Database::BOTH {
        let asked = asked(database).await;
        let form = asked.form(&asked.nadia).await;
        let body = format!("{form}&answer=keep&reason=an+appeal&until=2027-11-01");
        let kept = asked.send("POST", &asked.nadia, &body).await;
        assert_eq!(kept.status, 200, "{}", kept.body);
        assert!(kept.body.contains("kept until 1 November 2027"), "{}", kept.body);
        assert_eq!(asked.batch().await.state.0, BatchState::Rejected);
        let open = asked.council.open().await;
        let decided = item_decision::Entity::find().all(open.catalogue.read()).await.unwrap();
        assert_eq!(decided.len(), 3);
        for one in decided {
            assert_eq!(one.keep_until.map(|day| day.0), Some(date(2027, 11, 1)));
            assert_eq!(one.reason, "an appeal");
        }
    }
}

#[tokio::test]
async fn records_that_are_not_the_owners_stay_and_the_records_managers_are_told_whose() {
    let asked = asked(Database::Sqlite).await;
    let form = asked.form(&asked.nadia).await;
    let body = format!("{form}&answer=not-mine&whose=Harriet.Stone%40trentside.example");
    let said = asked.send("POST", &asked.nadia, &body).await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert_eq!(asked.batch().await.state.0, BatchState::Proposed);
    asked.council.clock.set("2026-11-24T09:00:00Z".parse().unwrap());
    let before = asked.server.mails().len();
    chase_and_send(&asked.council).await;
    let told = plain(&asked.mails_to("rowan.hale@trentside.example", before));
    assert!(told.contains("says that the records are not theirs"), "{told}");
    let named = plain(&asked.mails_to("harriet.stone@trentside.example", before));
    assert!(named.contains("Are the records of batch"), "{named}");
    assert!(!named.contains("/answer/"), "whoever is named may not answer yet: {named}");
    let listed = asked.council.run(&["--json", "mail", "answers"]).json();
    assert_eq!(listed[0]["whose"], "Harriet.Stone@trentside.example", "{listed:?}");
}

#[tokio::test]
async fn a_page_goes_by_the_configuration_that_is_in_force_when_it_is_asked_for() {
    let asked = asked(Database::Sqlite).await;
    let before = asked.send("GET", &asked.nadia, "").await;
    assert!(before.body.contains("Trentside County Council"), "{}", before.body);
    let read_again = asked.council.configuration().replace("Trentside", "Derwentside");
    asked.council.write("retaind.toml", &read_again);
    asked.pages.config.send_replace(asked.council.open().await.config);
    let after = asked.send("GET", &asked.nadia, "").await;
    assert!(after.body.contains("Derwentside County Council"), "{}", after.body);
}

#[tokio::test]
async fn a_link_that_is_forged_another_persons_or_too_old_does_nothing() {
    let asked = asked(Database::Sqlite).await;
    let foreign = asked.form(&asked.rowan).await;
    let body = format!("{foreign}&answer=agree&number={}+3", asked.number);
    let mixed = asked.send("POST", &asked.nadia, &body).await;
    assert_eq!(mixed.status, 403, "another person's form");

    let forged = asked.nadia.replace(&asked.nadia[14..18], "0000");
    for path in [forged.as_str(), "/answer/batch/x", "/answer/batch/a.b.c.d.e"] {
        let refused = asked.send("GET", path, "").await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("this link is not whole, or was not made by this system"));
    }

    let form = asked.form(&asked.nadia).await;
    let list = std::fs::read_to_string(asked.council.path("people.csv")).unwrap();
    let list = list.replace("name,email,os_user,roles", "name,email,os_user,roles,left_on");
    let list = list.replace(",iao\n", ",iao,2026-11-20\n");
    asked.council.write(
        "people.csv",
        &list.replace("operator\n", "operator,\n").replace("legal\n", "legal,\n"),
    );
    let open = asked.council.open().await;
    let tx = open.catalogue.write_tx().await.unwrap();
    let (now, today) = (asked.council.clock.now(), asked.council.clock.today());
    retaind::people::sync(&tx, &open.config.people, now, today).await.unwrap();
    tx.commit().await.unwrap();
    let body = format!("{form}&answer=agree&number={}+3", asked.number);
    let left = asked.send("POST", &asked.nadia, &body).await;
    assert_eq!(left.status, 403, "a leaver's link approves nothing: {}", left.body);

    asked.council.clock.set(asked.council.clock.now() + SignedDuration::from_hours(24 * 31));
    let late = asked.send("GET", &asked.rowan, "").await;
    assert_eq!(late.status, 410);
    assert!(late.body.contains("what it asked about is closed"), "{}", late.body);
    assert_eq!(asked.answers().await, []);
}

#[tokio::test]
async fn the_list_of_mails_says_what_each_reader_is_and_where_they_are_only_when_asked() {
    let asked = asked(Database::Sqlite).await;
    let brief = asked.council.run(&["mail", "list"]);
    assert!(brief.out.contains("iao, for Planning"), "{}", brief.out);
    assert!(!brief.out.contains('@') && !brief.out.contains("person:"), "{}", brief.out);
    let whole = asked.council.run(&["mail", "list", "--addresses"]);
    let nadia = "iao, for Planning <nadia.shah@trentside.example>";
    assert!(whole.out.contains(nadia), "{}", whole.out);
    let listed = asked.council.run(&["--json", "mail", "list"]).json();
    assert!(listed.iter().all(|one| one["address"].is_null()), "{listed:?}");
}
