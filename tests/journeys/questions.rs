//! Answering from a mail to what a batch is not: whether a hold stays, what
//! becomes of records that wait for a person, whether the archive takes what it
//! was offered, whether the owner signs. Each page does what the command does, for
//! one person, once.

use jiff::SignedDuration;
use jiff::civil::date;
use retaind::audit;
use retaind::catalogue::entity::{
    hold, item_decision, link_use, notice, owner_statement, transfer as transfers,
};
use retaind::catalogue::words::{HoldState, ItemDecision};
use retaind::clock::Clock as _;
use retaind::disposal::execution::transfer::offer;
use retaind::holds::{self, NewScope};
use retaind::notices::{self, Kind, Post};
use retaind_schedules::batch::BatchState;
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::notices::called_for;
use crate::office::{self, OLD, Office};
use crate::pages::{Pages, contents, link_of};

/// Words that stand in names of files, and on no page.
const SEEDED: [&str; 3] = ["Blenkinsop", "943 476", "planning/"];

/// What nobody should be able to put on a page or to break one with, as a form
/// sends it.
const HOSTILE: [&str; 6] = [
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
    "%7B%7B+config+%7D%7D+%7B%25+endblock+%25%7D",
    "a%00b%1B%5B2Jc",
    "%F0%9F%92%A3%E2%80%AE%0D%0A%0D%0A",
    "%27%3B+drop+table+person%3B--",
];

const MAIL: &str = "[mail]\nsink = 'folder'\nfrom = 'records@trentside.example'\n\
                    base_url = 'http://retaind.example'\n";

fn post(office: &Office) -> Post<'_> {
    let open = &office.open;
    let (config, catalogue, keys) = (&open.config, &open.catalogue, &open.keys);
    Post { config, catalogue, keys, clock: office.clock() }
}

async fn person(office: &Office, user: &str) -> String {
    format!("person:{}", office.actor(user).await.person.0)
}

/// An office that writes to people.
async fn writing(database: Database, now: &str) -> Office {
    let mut office = Office::found(database, now).await;
    let configuration = std::fs::read_to_string(office.council.path("retaind.toml")).unwrap();
    office.council.write("retaind.toml", &(configuration + MAIL));
    office.open = office.council.open().await;
    office
}

/// Three files that name somebody, due and to be disposed of so.
async fn with_named_files(database: Database, action: &str) -> Office {
    let mut office = writing(database, "2026-11-23T09:00:00Z").await;
    for number in 1..=3 {
        let name = format!("planning/Marjorie Blenkinsop 943 476 5919 {number}.pdf");
        office.share.file(&name, OLD);
    }
    office.council.store("share", office::FILES);
    office.ready(&[("PLAN-14", "6 years after last modified", action)], &["share"]).await;
    office
}

async fn uses(office: &Office) -> Vec<link_use::Model> {
    link_use::Entity::find().all(office.open.catalogue.read()).await.unwrap()
}

/// Each of these is refused with this status and these words, and changes nothing.
async fn refused(office: &Office, pages: &Pages, link: &str, cases: &[(String, u16, &str)]) {
    let before = contents(office.council.url()).await;
    for (body, status, words) in cases {
        let refused = pages.send("POST", link, body).await;
        assert_eq!(refused.status, *status, "{body}: {}", refused.body);
        assert!(refused.body.contains(words), "{body}: {}", refused.body);
    }
    assert_eq!(contents(office.council.url()).await, before, "refusals change nothing");
}

/// The page of a link, which changes nothing and names nobody.
async fn looked_at(office: &Office, pages: &Pages, link: &str) -> String {
    let before = contents(office.council.url()).await;
    for method in ["HEAD", "GET", "HEAD"] {
        assert_eq!(pages.send(method, link, "").await.status, 200, "{method}");
    }
    let page = pages.send("GET", link, "").await.body;
    assert_eq!(contents(office.council.url()).await, before, "looking changes nothing");
    for seeded in SEEDED.iter().chain(&["<script", "LEG-2026-014", "A matter"]) {
        assert!(!page.contains(seeded), "{seeded}: {page}");
    }
    page
}

/// A link does nothing for another page, changed, or after its time.
async fn is_only_this(office: &Office, pages: &Pages, link: &str) {
    let (_, token) = link.rsplit_once('/').unwrap();
    for page in ["batch", "authorise", "stop", "needed", "hold", "review", "transfer", "statement"]
    {
        let there = format!("/answer/{page}/{token}");
        if there != link {
            assert_eq!(pages.send("GET", &there, "").await.status, 403, "{page}");
        }
    }
    for at in (link.len() - token.len()..link.len()).step_by(7) {
        let other = if &link[at..=at] == "0" { "1" } else { "0" };
        let forged = format!("{}{other}{}", &link[..at], &link[at + 1..]);
        assert_eq!(pages.send("POST", &forged, "").await.status, 403, "{forged}");
    }
    let now = office.clock().now();
    office.clock().set(now + SignedDuration::from_hours(24 * 200));
    for method in ["GET", "POST"] {
        let late = pages.send(method, link, "").await;
        assert_eq!(late.status, 410, "{}", late.body);
    }
    office.clock().set(now);
}

/// Of the same form sent twice at one moment one is taken.
async fn taken_once(pages: &Pages, link: &str, body: &str) -> String {
    let both = tokio::join!(pages.send("POST", link, body), pages.send("POST", link, body));
    let mut both = [both.0, both.1];
    both.sort_by_key(|answer| answer.status);
    let [taken, refused] = both;
    assert_eq!((taken.status, refused.status), (200, 409), "{} {}", taken.body, refused.body);
    for method in ["GET", "POST"] {
        let again = pages.send(method, link, body).await;
        assert_eq!(again.status, 409);
        assert!(again.body.contains("this link has done its work"), "{}", again.body);
    }
    taken.body
}

#[tokio::test]
async fn a_hold_is_reviewed_and_its_release_asked_for_from_the_mail() {
    for database in Database::BOTH {
        let office = writing(database, "2026-11-23T09:00:00Z").await;
        let placed = office.hold("LEG-2026-014", HoldKind::LegalHold, NewScope::Everything).await;
        let number = holds::number(placed.id.0);
        office.clock().set("2027-05-03T09:00:00Z".parse().unwrap());
        called_for(&post(&office)).await;
        let pages = Pages::of(&office.council).await;
        let mary = link_of(&office.council, Kind::HoldReview, &person(&office, "mary").await).await;
        let rowan = person(&office, &present_user()).await;
        let rowan = link_of(&office.council, Kind::HoldReview, &rowan).await;
        assert_ne!(mary, rowan, "each has their own");

        let page = looked_at(&office, &pages, &mary).await;
        for words in [number.as_str(), "Legal hold", "23 May 2027", "is it still needed?"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        is_only_this(&office, &pages, &mary).await;
        let form = pages.form(&mary).await;
        let keep = format!("{form}&answer=keep&reason=the+claim+goes+on");
        let foreign = keep.replace(&form, &pages.form(&rowan).await);
        let release = format!("{form}&answer=release&reason=settled&authority=Head+of+Legal");
        let cases = [
            (form.clone(), 422, "choose one of the two answers"),
            (format!("{form}&answer=keep&review-on=2027-11-01"), 422, "say why"),
            (keep.clone(), 422, "give the day by which"),
            (format!("{keep}&review-on=2029-11-01"), 422, "must be after today and no later than"),
            (format!("{foreign}&review-on=2027-11-01"), 403, "not sent from the page itself"),
            (release.clone(), 422, "to confirm, type"),
            (format!("{release}&number=H-0"), 422, "to confirm, type"),
        ];
        refused(&office, &pages, &mary, &cases).await;
        let taken = taken_once(&pages, &mary, &format!("{keep}&review-on=2027-11-01")).await;
        assert!(taken.contains("1 November 2027"), "{taken}");
        let rows = hold::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        assert_eq!(rows[0].review_on.0, date(2027, 11, 1));
        assert_eq!(office.council.audited("hold.reviewed").await, 1);
        let late = pages.send("GET", &rowan, "").await;
        assert_eq!(late.status, 409, "{}", late.body);
        assert!(late.body.contains("somebody has looked at it since"), "{}", late.body);

        office.clock().set("2027-10-20T09:00:00Z".parse().unwrap());
        called_for(&post(&office)).await;
        let rowan = person(&office, &present_user()).await;
        let rowan = link_of(&office.council, Kind::HoldReview, &rowan).await;
        let form = pages.form(&rowan).await;
        let release = release.split_once("&answer").unwrap().1;
        let body = format!("{form}&answer{release}&number={number}");
        let taken = taken_once(&pages, &rowan, &body).await;
        assert!(taken.contains("still in force"), "{taken}");
        let rows = hold::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        assert_eq!(rows[0].state, HoldState::ReleaseRequested);
        assert_eq!(rows[0].release_authority.as_deref(), Some("Head of Legal"));
        let used: Vec<String> = uses(&office).await.into_iter().map(|it| it.answer).collect();
        assert_eq!(used, ["keep", "release"]);
        let listed = office.council.run(&["--json", "mail", "answers"]).json();
        assert_eq!(listed[0]["question"], "hold", "{listed:?}");
        assert_eq!((&listed[1]["by"], &listed[1]["of"]), (&"Mary Beck".into(), &number.into()));
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_decided_from_the_mail_as_it_was_shown() {
    for database in Database::BOTH {
        let office = with_named_files(database, "Review").await;
        assert_eq!(notices::reviews::due(&post(&office), &office.desk()).await.unwrap(), 1);
        let pages = Pages::of(&office.council).await;
        let nadia =
            link_of(&office.council, Kind::ReviewDue, &person(&office, "nadia").await).await;
        let page = looked_at(&office, &pages, &nadia).await;
        for words in ["PLAN-14", "3 items", "their rule says so", "share: 3", "1 June 2021"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        is_only_this(&office, &pages, &nadia).await;
        let form = pages.form(&nadia).await;
        let keep = format!("{form}&answer=keep&reason=an+appeal");
        let destroy = format!("{form}&answer=destroy&reason=looked+at");
        let other = keep.replace("&digest=", "&digest=0");
        let cases = [
            (form.clone(), 422, "choose one of the answers"),
            (format!("{form}&answer=keep&until=2027-11-01"), 422, "say why"),
            (keep.clone(), 422, "give the day"),
            (format!("{keep}&until=2026-11-23"), 422, "is not after today"),
            (format!("{keep}&until=2126-11-23"), 422, "is too far ahead"),
            (destroy.clone(), 422, "to confirm, type `PLAN-14 3`"),
            (format!("{destroy}&number=PLAN-14+4"), 422, "to confirm, type `PLAN-14 3`"),
            (format!("{other}&until=2027-11-01"), 409, "the list has changed"),
        ];
        refused(&office, &pages, &nadia, &cases).await;
        let mary = link_of(&office.council, Kind::ReviewDue, &person(&office, "mary").await).await;
        let body = keep.replace(&form, &pages.form(&mary).await);
        let not_hers = [(format!("{body}&until=2027-11-01"), 403, "is not the information asset")];
        refused(&office, &pages, &mary, &not_hers).await;

        office.share.file("planning/Marjorie Blenkinsop 943 476 5919 4.pdf", OLD);
        office.council.scan("share").await;
        let moved = [(format!("{destroy}&number=PLAN-14+3"), 409, "the list has changed")];
        refused(&office, &pages, &nadia, &moved).await;
        let destroy = destroy.replace(&form, &pages.form(&nadia).await);
        taken_once(&pages, &nadia, &format!("{destroy}&number=PLAN-14++4")).await;
        let decided = item_decision::Entity::find().all(office.open.catalogue.read()).await;
        let decided: Vec<_> = decided.unwrap().into_iter().map(|row| row.decision).collect();
        assert_eq!(decided, [ItemDecision::Destroy; 4]);
        assert_eq!(office.council.audited("review.decided").await, 4);
        let chain = format!("{:?}", office.council.audit().await);
        assert!(!SEEDED.iter().any(|seeded| chain.contains(seeded)), "{chain}");
        let late = pages.send("GET", &mary, "").await;
        assert!(late.body.contains("nothing of PLAN-14 waits"), "{}", late.body);
    }
}

#[tokio::test]
async fn the_archive_answers_from_the_mail_once_it_was_offered_the_list() {
    for (database, answer) in [
        (Database::Sqlite, "accept"),
        (Database::Postgres, "accept"),
        (Database::Sqlite, "decline"),
    ] {
        let office = with_named_files(database, "Transfer").await;
        let number = office.authorised().await;
        notices::chase(&post(&office)).await.unwrap();
        let pages = Pages::of(&office.council).await;
        let mary = person(&office, "mary").await;
        let mary = link_of(&office.council, Kind::TransferOffer, &mary).await;
        let page = looked_at(&office, &pages, &mary).await;
        assert!(page.contains("not offered yet") && !page.contains("<form"), "{page}");

        let list = office.council.path("list.csv");
        let (scanner, actor) = (office.open.scanner(office.clock()), office.actor("mary").await);
        offer(&scanner, &actor, &number, "Trentside Archive", &list).await.unwrap();
        let page = looked_at(&office, &pages, &mary).await;
        for words in [number.as_str(), "3 items", "offered to Trentside Archive on"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        is_only_this(&office, &pages, &mary).await;
        let form = pages.form(&mary).await;
        let list = std::fs::read_to_string(list).unwrap();
        let sums: String = list
            .lines()
            .map(|row| {
                let of = |at: Option<&str>| at.unwrap().to_owned();
                format!("{}%2C{}%0D%0A", of(row.split(',').next()), of(row.rsplit(',').next()))
            })
            .collect();
        let accept = format!("{form}&answer=accept&reference=TCA%2F41&on=2026-11-23");
        let typed = format!("{accept}&number={number}");
        let decline = format!("{form}&answer=decline");
        let none = format!("line%2Csha256%0A1%2C{}", "0".repeat(64));
        let cases = [
            (form.clone(), 422, "choose one of the two answers"),
            (format!("{accept}&checksums={sums}"), 422, "to confirm, type"),
            (format!("{typed}&checksums=line%2Csha256%0A1%2Cff"), 422, "is no SHA-256"),
            (format!("{typed}&checksums={none}"), 422, "none of the archive&#x27;s checksums"),
            (format!("{typed}&on=2026-11-01&checksums={sums}"), 422, "cannot be the day"),
            (decline.clone(), 422, "say what the archive said"),
        ];
        refused(&office, &pages, &mary, &cases).await;
        let body = match answer {
            "accept" => format!("{typed}&checksums={sums}"),
            _ => format!("{decline}&reason=nothing+of+lasting+value"),
        };
        taken_once(&pages, &mary, &body).await;
        let rows = transfers::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        let state = office.batch(&number).await.state.0;
        match answer {
            "accept" => {
                assert_eq!(rows[0].accepted_ref.as_deref(), Some("TCA/41"));
                assert_eq!(state, BatchState::Authorised);
            }
            _ => assert_eq!(state, BatchState::Withdrawn),
        }
    }
}

#[tokio::test]
async fn a_second_person_authorises_or_refuses_from_the_mail_and_the_owner_does_neither() {
    for (database, answer) in [
        (Database::Sqlite, "authorise"),
        (Database::Postgres, "authorise"),
        (Database::Sqlite, "refuse"),
    ] {
        let office = with_named_files(database, "Destroy").await;
        let number = office.propose().await.remove(0).number;
        office.approve("nadia", &number).await;
        notices::chase(&post(&office)).await.unwrap();
        let pages = Pages::of(&office.council).await;
        let mary = link_of(&office.council, Kind::Authorise, &person(&office, "mary").await).await;
        let page = looked_at(&office, &pages, &mary).await;
        for words in [number.as_str(), "3 items", "no hold covers any of it now", "100.00 %"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        is_only_this(&office, &pages, &mary).await;
        let form = pages.form(&mary).await;
        let authorise = format!("{form}&answer=authorise");
        let typed = format!("{authorise}&number={number}+3");
        let other = typed.replace("&digest=", "&digest=0");
        let cases = [
            (form.clone(), 422, "choose one of the two answers"),
            (authorise.clone(), 422, "type the number of the batch"),
            (format!("{authorise}&number={number}+4"), 422, "type the number of the batch"),
            (other, 409, "the list has changed"),
            (format!("{form}&answer=refuse"), 422, "say why"),
        ];
        refused(&office, &pages, &mary, &cases).await;
        let nadia = person(&office, "nadia").await;
        let nadia = link_of(&office.council, Kind::Authorise, &nadia).await;
        let hers = typed.replace(&form, &pages.form(&nadia).await);
        let twice = [(hers, 403, "the second approval is another person")];
        refused(&office, &pages, &nadia, &twice).await;
        let (body, state) = match answer {
            "authorise" => (typed, BatchState::Authorised),
            _ => (format!("{form}&answer=refuse&reason=an+appeal"), BatchState::Rejected),
        };
        taken_once(&pages, &mary, &body).await;
        assert_eq!(office.batch(&number).await.state.0, state);
        let late = pages.send("GET", &nadia, "").await;
        assert!(late.body.contains("waits for no second signature"), "{}", late.body);
    }
}

#[tokio::test]
async fn an_owner_signs_the_yearly_statement_from_the_mail() {
    for database in Database::BOTH {
        let office = with_named_files(database, "Destroy").await;
        office.clock().set("2027-03-01T09:00:00Z".parse().unwrap());
        called_for(&post(&office)).await;
        let pages = Pages::of(&office.council).await;
        let nadia = person(&office, "nadia").await;
        let nadia = link_of(&office.council, Kind::AnnualStatement, &nadia).await;
        let page = looked_at(&office, &pages, &nadia).await;
        let which = "PLAN-14 Records PLAN-14 (PLAN-14: 6 years after last modified)";
        for words in ["the year to 31 March 2027", "Assets you own", which, "2027-03-31 1"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        is_only_this(&office, &pages, &nadia).await;
        let form = pages.form(&nadia).await;
        let sign = format!("{form}&answer=sign&reason=Mrs+Blenkinsop+sues");
        let cases = [
            (sign.clone(), 422, "to confirm, type `2027-03-31 1`"),
            (format!("{sign}&number=2026-03-31+1"), 422, "to confirm, type"),
        ];
        refused(&office, &pages, &nadia, &cases).await;
        taken_once(&pages, &nadia, &format!("{sign}&number=2027-03-31+1")).await;
        let signed = owner_statement::Entity::find().all(office.open.catalogue.read()).await;
        assert_eq!(signed.unwrap()[0].words, "Mrs Blenkinsop sues");
        assert_eq!(office.council.audited("statement.signed").await, 1);
        let told = notice::Entity::find().all(office.open.catalogue.read()).await.unwrap();
        let told = told.iter().filter(|row| row.period_key.starts_with("signed:"));
        assert!(told.count() > 0, "the senior information risk owner is told");

        // The command signs by the same function, for who uses this computer: only
        // for what is theirs.
        let rowan = person(&office, &present_user()).await;
        link_of(&office.council, Kind::AnnualStatement, &rowan).await;
        let theirs = ["statement", "sign", "2027-03-31", "--confirm", "2027-03-31 1"];
        let refused = office.council.run(&theirs);
        let words = "Rowan Hale is not the information asset owner of PLAN-14";
        assert!(refused.code == 1 && refused.err.contains(words), "{refused:?}");
        let id = rowan.strip_prefix("person:").unwrap();
        let id = match database {
            Database::Sqlite => format!("x'{}'", id.replace('-', "")),
            Database::Postgres => format!("'{id}'"),
        };
        let list = std::fs::read_to_string(office.council.path("people.csv")).unwrap();
        office
            .council
            .write("people.csv", &list.replacen("records-manager", "iao records-manager", 1));
        execute(office.council.url(), &format!("update asset set iao = {id};")).await;
        execute(
            office.council.url(),
            &format!("update person set roles = '[\"iao\", \"records-manager\"]' where id = {id};"),
        )
        .await;
        let shown = office.council.run(&["statement", "show", "2027-03-31"]);
        assert!(shown.out.contains("PLAN-14 Records PLAN-14"), "{shown:?}");
        assert_eq!(shown.code, 3, "{shown:?}");
        assert!(shown.out.contains("--confirm \"2027-03-31 1\""), "{shown:?}");
        let sign = ["statement", "sign", "2027-03-31", "--confirm"];
        let unread = office.council.run(&[&sign[..], &["2027-03-31"]].concat());
        assert_eq!(unread.code, 1, "{unread:?}");
        let whole = [&sign[..], &["2027-03-31 1"]].concat();
        assert_eq!(office.council.run(&whole).code, 0);
        let again = office.council.run(&whole);
        assert!(again.err.contains("signed the statement for the year to 2027-03-31 already"));
        assert_eq!(office.council.run(&["statement", "show", "2027-03-31"]).code, 0);
        let none = office.council.run(&["statement", "show", "2026-03-31"]);
        assert!(none.err.contains("was asked for no statement"), "{none:?}");
    }
}

#[tokio::test]
async fn what_is_hostile_or_too_long_is_kept_as_words_or_refused_and_shown_nowhere() {
    let office = writing(Database::Postgres, "2026-11-23T09:00:00Z").await;
    office.hold("LEG-2026-014", HoldKind::LegalHold, NewScope::Everything).await;
    office.clock().set("2027-05-03T09:00:00Z".parse().unwrap());
    called_for(&post(&office)).await;
    let pages = Pages::of(&office.council).await;
    let rowan = person(&office, &present_user()).await;
    let link = link_of(&office.council, Kind::HoldReview, &rowan).await;
    let form = pages.form(&link).await;
    let keep = format!("{form}&answer=keep&review-on=2027-11-01&reason=");
    let long = "%C3%A9".repeat(2001);
    let cases = [
        (format!("{keep}{long}"), 422, "say it in 2000 characters at most"),
        (format!("{keep}%00%01"), 422, "say why"),
        (format!("{keep}x&filler={}", "x".repeat(1 << 20)), 413, "more than a page takes"),
        (format!("{keep}%FF%FE&%ff"), 422, "say why"),
    ];
    refused(&office, &pages, &link, &cases[..3]).await;
    for hostile in HOSTILE {
        for field in ["answer", "review-on", "number", "form", "digest"] {
            let body = format!("{form}&answer=release&reason=x&authority=y&{field}={hostile}");
            let refused = pages.send("POST", &link, &body).await;
            assert!([403, 409, 422].contains(&refused.status), "{field}: {}", refused.body);
            for raw in ["<script", "<img", "drop table", "\0"] {
                assert!(!refused.body.contains(raw), "{field}: {}", refused.body);
            }
        }
    }
    for from in ["cross-site", "same-site"] {
        let headers = format!("sec-fetch-site: {from}\r\n");
        let refused = pages.send_with("POST", &link, &headers, &format!("{keep}x")).await;
        assert_eq!(refused.status, 403, "a form of another site");
        assert!(refused.head.contains("frame-ancestors 'none'"), "{}", refused.head);
    }
    for path in ["", "%00", "a.b.c.d.e", "%F0%9F%92%A3.m.0..x"] {
        let refused = pages.send("GET", &format!("/answer/hold/{path}"), "").await;
        assert!([403, 404].contains(&refused.status), "{path}: {}", refused.status);
    }
    let headers = "sec-fetch-site: same-origin\r\n";
    let body = format!("{keep}{}", HOSTILE.concat());
    let taken = pages.send_with("POST", &link, headers, &body).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert!(!taken.body.contains("<script"), "{}", taken.body);
    let chain = office.council.audit().await;
    let entry = chain.iter().rfind(|entry| entry.action == "hold.reviewed").expect("an entry");
    let words = audit::words_of(office.open.catalogue.read(), [entry.seq]).await.unwrap();
    let words = &words[&entry.seq];
    assert!(words.contains("<script>") && !words.contains(['\0', '\u{1b}']), "{words:?}");
}
