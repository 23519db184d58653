//! Templates, links, reports of failure, and that nobody is told twice.

use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::bounce::{Report, report};
use super::carrier::{Carrier, Setback, enhanced_status};
use super::link::Link;
use super::message::Posted;
use super::payload::samples;
use super::render::Templates;
use super::*;
use crate::catalogue::entity::notice;
use crate::catalogue::seed::{now, sow};
use crate::catalogue::testing::Database;
use crate::config;

#[test]
fn every_notice_reads_as_text_and_html_and_says_what_happens_if_nobody_answers() {
    let templates = Templates::load(None).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for payload in samples::all() {
        let kind = payload.kind();
        kinds.insert(kind);
        let link = Some(link());
        let letter = templates.letter("Trentside", &[(payload, link).into()]).unwrap();
        assert!(letter.plain.starts_with(&letter.subject), "{kind}: {}", letter.plain);
        assert!(letter.plain.to_lowercase().contains("if nobody answers"), "{kind}");
        assert!(letter.html.contains("<html lang=\"en-GB\">"), "{kind}");
        assert!(!letter.plain.contains("\n\n\n\n"), "{kind}: {}", letter.plain);
        assert!(!letter.subject.contains('\n') && letter.subject.len() < 100, "{kind}");
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "an example of every kind");
}

#[test]
fn one_thing_is_never_told_as_several() {
    let templates = Templates::load(None).unwrap();
    let several = [
        "records", "items", "assets", "lines", "rows", "rules", "batches", "days", "places",
        "owners", "changes", "are", "wait", "stop", "become", "were",
    ];
    for payload in samples::all() {
        let kind = payload.kind();
        let letter = templates.letter("Trentside", &[(payload, None).into()]).unwrap();
        let words: Vec<&str> = letter.plain.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "1") {
            let next = pair[1].trim_matches(|sign: char| !sign.is_alphanumeric());
            assert!(!several.contains(&next), "{kind}: 1 {next}: {}", letter.plain);
        }
    }
}

#[test]
fn a_hold_is_told_with_its_law_and_with_what_people_wrote_only_where_it_can_name_nobody() {
    let templates = Templates::load(None).unwrap();
    let placed = samples::all().into_iter().filter(|one| one.kind() == Kind::HoldPlaced);
    let said: Vec<String> = placed
        .map(|one| templates.letter("Trentside", &[(one, None).into()]).unwrap().plain)
        .collect();
    let [known, bare] = &said[..] else { panic!("{said:?}") };
    for words in [
        "Legal hold LEGAL-2026-7, placed by the legal team on the authority of: Head of Legal. A \
         hold of this kind rests on the duty to keep what a court may ask for",
        "It covers:\n\n- the record type PLAN-14",
        "Stop any manual deletion too",
        "By the last scans it covers 18,240 records. 1 of them is past its time",
        "It touches 1 pending batch.",
    ] {
        assert!(known.contains(words), "{words}: {known}");
    }
    let words = "Its own reference and authority are for `retaind hold show H-00000007` to show.";
    assert!(bare.contains(words), "{bare}");
    assert!(bare.contains("it covers 1 record, and whatever else a scan finds in it"), "{bare}");
}

#[test]
fn the_words_of_a_batch_that_waits() {
    let templates = Templates::load(None).unwrap();
    let proposed = samples::all().into_iter().find(|one| one.kind() == Kind::BatchProposed);
    let link = Some(link());
    let letter = templates.letter("Trentside", &[(proposed.unwrap(), link).into()]).unwrap();
    insta::assert_snapshot!(letter.plain.trim_end(), @"
    Batch B-2026-0017 waits for your answer
    =======================================

    Batch B-2026-0017 was proposed on 1 October 2026. You answer for these records: may they go?

    - What: PLAN-14 Planning enforcement, to be disposed of by: destroy
    - How much: 1,240 (3.24 MiB), 4.25 % of the store
    - Rule: 6 years after the case is closed
    - Basis: Limitation Act 1980
    - Last days of keeping: from 1 April 2014 to 31 March 2015
    - Holds checked: 7
    - Sample references, which only retaind can resolve: a1b2c3, d4e5f6

    Look at the batch and answer here: https://retaind.example/answer/x

    The link is yours alone, works once, and until 31 October 2026. Opening it does nothing: you are asked first.

    If nobody answers, nothing is destroyed: we ask again after 7 and 14 days, tell the director after 21, and on 31 October 2026 the batch expires and the records are kept.


    -- 
    Sent by retaind for Trentside. It names no record and no person the records are about. Nothing is ever destroyed because a mail was not answered.
    ");
    assert!(letter.html.contains("<a href=\"https://retaind.example/answer/x\">"));
    assert!(letter.html.contains("<li>Rule: 6 years after the case is closed</li>"));
}

/// The text of every example for which this is so, without a link.
fn texts(is: impl Fn(&Payload) -> bool) -> Vec<String> {
    let templates = Templates::load(None).unwrap();
    let some = samples::all().into_iter().filter(|one| is(one));
    some.map(|one| templates.letter("Trentside", &[(one, None).into()]).unwrap().plain).collect()
}

#[test]
fn small_words_are_true_and_say_what_to_do() {
    let clock = texts(|it| matches!(it, Payload::Alarm(said) if said.clock.is_some())).concat();
    for words in [
        "It was last seen to say 20 November 2026 at 09:00, and then said 3 March 2031 at 09:00",
        "`retaind dispose confirm-clock --reason WHY`",
    ] {
        assert!(clock.contains(words), "{words}: {clock}");
    }
    let of_batch =
        |ask| texts(|it| matches!(it, Payload::BatchProposed(said) if said.ask == ask)).concat();
    let above = of_batch(payload::Ask::Escalation);
    assert!(above.contains("see that the owner answers, or that the register names another"));
    assert!(!above.contains("tell the director after 21"), "{above}");
    let done = texts(|it| it.kind() == Kind::Certified).concat();
    for words in [
        "2 were not there when they were to go.",
        "Of 1 some was destroyed before the rest was put back, to be kept.",
    ] {
        assert!(done.contains(words), "{words}: {done}");
    }
    let coming = texts(|it| it.kind() == Kind::ComingDue).concat();
    assert!(coming.starts_with("Records of Planning fall due in February 2027\n"), "{coming}");
    let confirm = texts(|it| it.kind() == Kind::Register).concat();
    for words in [
        "- PLAN-14 Planning enforcement. Kept: PLAN-14: 6 years after the case is closed",
        "- and 5 more, which `retaind schedule list` lists",
        "`retaind schedule show CODE`",
    ] {
        assert!(confirm.contains(words), "{words}: {confirm}");
    }
}

#[test]
fn why_something_was_withheld_is_told_in_words() {
    for (word, said) in [
        ("held:legal-hold", "a hold covers it (legal hold)"),
        ("held:several", "several holds cover it"),
        ("unknown:unmapped", "its mapping does not take it any more"),
        ("unknown:unreadable", "the store could not say what it is now"),
        ("erasure:not-named", "the request for erasure does not reach it"),
        ("withheld", "withheld"),
        ("some-new:word", "some new word"),
    ] {
        assert_eq!(words::withheld(word), said);
    }
}

#[test]
fn as_many_as_the_last_time_is_said_as_people_say_it() {
    let last = |lines| crate::disposal::show::SinceLast {
        batch: "B-2026-0001".to_owned(),
        lines,
        bytes: 0,
        same_rule: true,
        same_mappings: false,
    };
    for (lines, said) in
        [(0, "as many items as on"), (2, "2 items more than on"), (-1, "1 item fewer than on")]
    {
        let words = batches::since_last(&last(lines));
        assert_eq!(words, format!("{said} B-2026-0001, the same rule, another mapping"));
    }
}

#[test]
fn what_is_asked_of_the_archive_says_how_it_is_answered() {
    let templates = Templates::load(None).unwrap();
    let offer = samples::all().into_iter().find(|one| one.kind() == Kind::TransferOffer);
    let letter = templates.letter("Trentside", &[(offer.unwrap(), None).into()]).unwrap();
    for answer in ["accept", "decline"] {
        let command = format!("`retaind transfer {answer} B-2026-0017 ");
        assert!(letter.plain.contains(&command), "{}", letter.plain);
    }
}

#[test]
fn what_a_register_says_cannot_become_markup() {
    let templates = Templates::load(None).unwrap();
    let Payload::HoldPlaced(mut said) =
        samples::all().into_iter().find(|one| one.kind() == Kind::HoldPlaced).unwrap()
    else {
        unreachable!()
    };
    said.hold.authority = "<script>alert(1)</script> {{ 7 * 7 }}".to_owned();
    let letter = templates.letter("Trentside", &[(said.into(), None).into()]).unwrap();
    assert!(!letter.html.contains("<script>"), "{}", letter.html);
    assert!(letter.plain.contains("{{ 7 * 7 }}"), "{}", letter.plain);
}

#[test]
fn an_own_template_is_used_and_one_that_fails_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("m08-hold-released.txt");
    std::fs::write(&own, "Ours: {{ hold.reference }}\n\nIf nobody answers, all is kept.").unwrap();
    let templates = Templates::load(Some(folder.path())).unwrap();
    let released = samples::all().into_iter().find(|one| one.kind() == Kind::HoldReleased);
    let letter = templates.letter("Trentside", &[(released.unwrap(), None).into()]).unwrap();
    assert_eq!(letter.subject, "Ours: H-00000007");

    std::fs::write(&own, "Ours\n\n{{ hold.title }}").unwrap();
    assert_eq!(
        Templates::load(Some(folder.path())).unwrap_err().to_string(),
        "the template m08-hold-released.txt, line 3: `hold.title` is undefined. Mend it, or remove it so \
         that the built-in one is used"
    );
}

#[test]
fn kinds_and_payloads_write_themselves_and_read_themselves_back() {
    for payload in samples::all() {
        let json = serde_json::to_value(&payload).unwrap();
        assert_eq!(json["kind"], payload.kind().name());
        assert_eq!(serde_json::from_value::<Payload>(json).unwrap(), payload);
    }
    for recipient in [
        Recipient::Person(Uuid::from_u128(5)),
        Recipient::Mailbox("housing: north".to_owned()),
        Recipient::Director("housing".to_owned()),
    ] {
        assert_eq!(recipient.to_string().parse(), Ok(recipient));
    }
}

#[tokio::test]
async fn of_one_kind_and_period_a_recipient_is_told_once() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let seed = sow(&fresh).await;
        let [ivan, olga] = &seed.owners;
        let to = |people: &[&crate::people::Actor]| {
            people.iter().map(|one| Recipient::Person(one.person.0)).collect()
        };
        let payload = samples::all().remove(0);
        let mut expected = 0;
        for (people, key, new) in [
            (&[ivan][..], "2026-11", 1),
            (&[ivan], "2026-11", 0),
            (&[ivan, olga], "2026-11", 1),
            (&[ivan, olga], "2026-12", 2),
        ] {
            let tx = fresh.write_tx().await.unwrap();
            let notice = Notice { to: to(people), ..self::blank(payload.clone(), key) };
            assert_eq!(enqueue(&tx, now(), &notice).await.unwrap(), new, "{database:?} {key}");
            tx.commit().await.unwrap();
            expected += new;
        }
        let written = notice::Entity::find().all(fresh.read()).await.unwrap();
        assert_eq!(written.len(), expected);
    }
}

fn link() -> Link {
    let until = jiff::civil::date(2026, 10, 31);
    Link { url: "https://retaind.example/answer/x".to_owned(), until }
}

fn blank(payload: Payload, key: &str) -> Notice {
    Notice {
        to: std::collections::BTreeSet::new(),
        service_area: None,
        period_key: key.to_owned(),
        payload,
        thread: "t".to_owned(),
        attachments: Vec::new(),
    }
}

const DSN: &str = "\
From: MAILER-DAEMON@mail.council.example\r
To: bounces@council.example\r
Subject: Undelivered\r
Message-ID: <report-1@mail.council.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r
\r
--b\r
Content-Type: text/plain\r
\r
Your mail was not delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.council.example\r
\r
Final-Recipient: rfc822; leaver@council.example\r
Action: ACTION\r
Status: STATUS\r
--b\r
Content-Type: text/rfc822-headers\r
\r
From: records@council.example\r
Message-ID: <0198@council.example>\r
--b--\r
";

#[test]
fn a_report_of_failed_delivery_is_told_from_delay_and_from_a_persons_answer() {
    let dsn =
        |action, status| report(DSN.replace("ACTION", action).replace("STATUS", status).as_bytes());
    let failed =
        Report { message_id: Some("0198@council.example".to_owned()), status: "5.1.1".to_owned() };
    assert_eq!(dsn("failed", "5.1.1"), Some(failed.clone()));
    let folded = DSN.replace("Message-ID: <0198", "Message-ID:\r\n\t<0198");
    let folded = folded.replace("ACTION", "failed").replace("STATUS", "5.1.1");
    assert_eq!(report(folded.as_bytes()), Some(failed), "a server folds long headers");
    assert_eq!(dsn("delayed", "4.4.1"), None);
    assert_eq!(dsn("failed", "4.4.7"), None, "a server that gave up may answer tomorrow");
    assert_eq!(
        report(b"From: ada@council.example\r\nSubject: Re: batch\r\n\r\nKeep it.\r\n"),
        None
    );
    assert_eq!(report(b""), None);
}

#[test]
fn enhanced_codes_are_found_in_an_answer() {
    for (text, code) in [
        ("permanent error (550): 5.1.1 <a@b.example> is not known", Some("5.1.1")),
        ("550 mailbox unavailable", None),
        ("version 10.2.1.4 of 5.7.1,", Some("5.7.1")),
    ] {
        assert_eq!(enhanced_status(text), code, "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up_and_may_have_taken_the_mail() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = config::SmtpSettings {
        server: "127.0.0.1".to_owned(),
        port: silent.local_addr().unwrap().port(),
        tls: config::Tls::None,
        ca_file: None,
        login: None,
    };
    let settings = config::MailSettings {
        carrier: config::Carrier::Smtp(server),
        from: config::MailAddress("records@council.example".to_owned()),
        reply_to: None,
        bounce_address: None,
        base_url: None,
        templates: None,
        bounces: None,
    };
    let to = vec!["ada@council.example".parse().unwrap()];
    let envelope = lettre::address::Envelope::new(None, to).unwrap();
    let bytes = b"Subject: x\r\n\r\nx\r\n".to_vec();
    let posted = Posted { envelope, bytes, text: "x".to_owned() };
    let carrier = Carrier::open(&settings).unwrap();
    let patience = std::time::Duration::from_millis(20);
    let refused = carrier.send_within(patience, "x", &posted).await.unwrap_err();
    assert_eq!(
        (refused.how, &*refused.why),
        (Setback::Unclear, "the server was silent for too long")
    );
}
