//! The chain: appended at once by many, tampered with in every way, verified.

use std::io::Write as _;
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};
use tokio::task::JoinSet;

use super::*;
use crate::catalogue::Catalogue;
use crate::catalogue::testing::{Database, Fresh};

fn entry(number: i64) -> Entry {
    Entry::new(By::Service, Action::ScanFinished, Subject::new("scan", number))
        .after(digest::of_bytes(&number.to_be_bytes()))
        .because(Motive::own("said \"so\",\n\\ in Ynys Môn"))
        .under("2026-1")
}

async fn append_one(catalogue: &Catalogue, number: i64) -> Head {
    let tx = catalogue.write_tx().await.unwrap();
    let at = Timestamp::from_microsecond(1_700_000_000_000_000 + number).unwrap();
    let head = append(&tx, at, &entry(number)).await.unwrap();
    tx.commit().await.unwrap();
    head
}

async fn chain_of(database: Database, length: i64) -> Fresh {
    let fresh = database.fresh().await;
    for number in 1..=length {
        append_one(&fresh, number).await;
    }
    fresh
}

async fn broken(catalogue: &Catalogue, from: From) -> Broken {
    match verify(catalogue, from).await {
        Err(VerifyError::Broken(broken)) => broken,
        other => panic!("the chain should be broken: {other:?}"),
    }
}

/// What someone would do first who is determined to change the chain.
async fn without_triggers(database: Database, catalogue: &Catalogue) {
    for trigger in ["audit_entry_refuses_update", "audit_entry_refuses_delete"] {
        drop_trigger(database, catalogue, trigger, "audit_entry").await;
    }
    for trigger in ["audit_head_refuses_update", "audit_head_refuses_delete"] {
        drop_trigger(database, catalogue, trigger, "audit_head").await;
    }
}

async fn drop_trigger(database: Database, catalogue: &Catalogue, trigger: &str, table: &str) {
    let statement = match database {
        Database::Sqlite => format!("drop trigger {trigger}"),
        Database::Postgres => format!("drop trigger {trigger} on {table}"),
    };
    catalogue.read().execute_unprepared(&statement).await.unwrap();
}

#[tokio::test]
async fn an_empty_chain_is_whole_and_a_longer_one_too() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let verified = verify(&fresh, From::Genesis).await.unwrap();
        assert_eq!(verified, Verified { entries: 0, head: Head::genesis() });
        append_one(&fresh, 1).await;
        let kept = append_one(&fresh, 2).await;
        let head = append_one(&fresh, 3).await;
        let verified = verify(&fresh, From::Genesis).await.unwrap();
        assert_eq!(verified, Verified { entries: 3, head: head.clone() });
        let verified = verify(&fresh, From::Head(kept)).await.unwrap();
        assert_eq!(verified, Verified { entries: 1, head: head.clone() });
        let verified = verify(&fresh, From::Head(head.clone())).await.unwrap();
        assert_eq!(verified, Verified { entries: 0, head });
    }
}

#[tokio::test]
async fn an_outsider_gets_the_same_hash_from_sha256sum() {
    let fresh = chain_of(Database::Sqlite, 2).await;
    let entries = audit_entry::Entity::find().all(fresh.read()).await.unwrap();
    for entry in entries {
        let sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut sum = sum.unwrap();
        sum.stdin.take().unwrap().write_all(link::line(&entry).as_bytes()).unwrap();
        let printed = sum.wait_with_output().unwrap().stdout;
        assert_eq!(String::from_utf8(printed).unwrap(), format!("{}  -\n", entry.hash));
    }
}

#[test]
fn the_encoding_never_changes() {
    let entry = entry(7);
    let first = linked(&Head::genesis(), Timestamp::UNIX_EPOCH, &entry, entry.why.own.clone());
    assert_eq!(
        link::line(&first),
        format!(
            "[\"retaind-audit-1\",1,0,\"retaind\",\"service\",\"scan.finished\",\"scan\",\"7\",\
             null,\"{}\",\"said \\\"so\\\",\\n\\\\ in Ynys Môn\",\"2026-1\",\"{}\"]\n",
            digest::of_bytes(&7_i64.to_be_bytes()),
            "0".repeat(64)
        )
    );
    assert_eq!(first.hash, "82c0ef77d4f0cead4d31dc6cd2dd096cc4fa6338d081b92da475678c3b7ccba5");
}

#[tokio::test]
async fn the_tables_refuse_update_and_delete() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 2).await;
        for (statement, told) in [
            ("update audit_entry set reason = 'other'", "the audit chain is append-only"),
            ("delete from audit_entry where seq = 2", "the audit chain is append-only"),
            ("delete from audit_head", "the audit chain is append-only"),
            ("update audit_head set seq = 1", "moves by one entry at a time"),
            ("update audit_head set hash = hash", "moves by one entry at a time"),
        ] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            assert!(fresh.error(refused).to_string().contains(told), "{statement}");
        }
        if database == Database::Postgres {
            for table in ["audit_entry", "audit_head"] {
                let truncate = format!("truncate {table} cascade");
                let refused = fresh.read().execute_unprepared(&truncate).await.unwrap_err();
                assert!(fresh.error(refused).to_string().contains("append-only"));
            }
        }
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 2);
    }
}

#[tokio::test]
async fn every_tampering_is_found_where_it_was_done() {
    let cases: &[(&[&str], i64, Break)] = &[
        (&["update audit_entry set reason = 'other' where seq = 3"], 3, Break::Edited),
        (&["update audit_entry set at = at + 1 where seq = 3"], 3, Break::Edited),
        (&["update audit_entry set hash = substr(hash, 2) || 'x' where seq = 5"], 5, Break::Edited),
        (&["update audit_entry set reason = null where seq = 1"], 1, Break::Edited),
        (&["delete from audit_entry where seq = 3"], 3, Break::Missing),
        (&["delete from audit_entry where seq = 1"], 1, Break::Missing),
        (
            &[
                "update audit_entry set seq = 99 where seq = 2",
                "update audit_entry set seq = 2 where seq = 3",
                "update audit_entry set seq = 3 where seq = 99",
            ],
            2,
            Break::Edited,
        ),
        (
            &[
                "delete from audit_entry where seq = 3",
                "update audit_entry set seq = seq - 1 where seq > 3",
                "update audit_head set seq = 4",
            ],
            3,
            Break::Edited,
        ),
        (&["delete from audit_entry where seq > 3"], 3, Break::CutShort { head: 5 }),
        (&["delete from audit_entry"], 0, Break::CutShort { head: 5 }),
        (&["update audit_head set seq = 4"], 5, Break::BeyondHead),
        (&["delete from audit_head"], 5, Break::NoHead),
    ];
    for database in Database::BOTH {
        for (statements, seq, what) in cases {
            let fresh = chain_of(database, 5).await;
            without_triggers(database, &fresh).await;
            for statement in *statements {
                fresh.read().execute_unprepared(statement).await.unwrap();
            }
            let found = broken(&fresh, From::Genesis).await;
            let expected = Broken { seq: *seq, what: what.clone() };
            assert_eq!(found, expected, "{database:?} {statements:?}");
        }
    }
}

#[tokio::test]
async fn an_edit_with_a_fresh_hash_breaks_the_link_to_the_next() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 3).await;
        without_triggers(database, &fresh).await;
        let mut second =
            audit_entry::Entity::find_by_id(2).one(fresh.read()).await.unwrap().unwrap();
        second.reason = Some("other".to_owned());
        second.hash = link::hash(&second);
        second.into_active_model().reset_all().update(fresh.read()).await.unwrap();
        assert_eq!(broken(&fresh, From::Genesis).await, Broken { seq: 3, what: Break::Unlinked });
    }
}

/// Truncation with the head row set back, and the whole chain written anew, are
/// consistent in themselves: only a head kept elsewhere shows them.
#[tokio::test]
async fn a_head_kept_elsewhere_shows_a_chain_cut_short_or_written_anew() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 5).await;
        let kept = verify(&fresh, From::Genesis).await.unwrap().head;
        without_triggers(database, &fresh).await;
        for statement in [
            "delete from audit_entry where seq > 3",
            "update audit_head set seq = 3, hash = (select hash from audit_entry where seq = 3)",
        ] {
            fresh.read().execute_unprepared(statement).await.unwrap();
        }
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 3);
        let found = broken(&fresh, From::Head(kept.clone())).await;
        assert_eq!(found, Broken { seq: 3, what: Break::CutShort { head: 5 } });
        assert_eq!(
            found.to_string(),
            "the audit chain is broken at entry 3: it is the last one there, and the chain went \
             on to entry 5"
        );
        for number in [8, 9] {
            append_one(&fresh, number).await;
        }
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 5);
        let found = broken(&fresh, From::Head(kept)).await;
        assert_eq!(found, Broken { seq: 5, what: Break::OtherThanKept });
    }
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_entry() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 1).await;
        let tx = fresh.write_tx().await.unwrap();
        append(&tx, Timestamp::UNIX_EPOCH, &entry(2)).await.unwrap();
        tx.rollback().await.unwrap();
        append_one(&fresh, 3).await;
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().head.seq, 2);
    }
}

/// Each writer with connections of its own, as processes would have.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_lose_nothing_and_break_nothing() {
    const TASKS: i64 = 8;
    const EACH: i64 = 100;
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let url = fresh.place.url.clone();
            tasks.spawn(async move {
                let own = Catalogue::open(&url).await.unwrap();
                for number in 0..EACH {
                    append_one(&own, task * EACH + number).await;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 800);
        let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Seq);
        let entries = entries.all(fresh.read()).await.unwrap();
        let mut written: Vec<i64> =
            entries.iter().map(|entry| entry.subject_id.parse().unwrap()).collect();
        written.sort_unstable();
        assert_eq!(written, (0..TASKS * EACH).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_chain_of_more_than_a_page_is_followed_to_its_end() {
    let fresh = Database::Sqlite.fresh().await;
    let tx = fresh.write_tx().await.unwrap();
    for number in 1..=2500 {
        append(&tx, Timestamp::UNIX_EPOCH, &entry(number)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 2500);
}

#[tokio::test]
async fn the_list_is_newest_first_by_page_and_by_filter() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 5).await;
        let seqs = async |filter: Filter| -> Vec<i64> {
            list(&fresh, &filter, 2).await.unwrap().iter().map(|entry| entry.seq).collect()
        };
        assert_eq!(seqs(Filter::default()).await, [5, 4]);
        assert_eq!(seqs(Filter { before: Some(4), ..Filter::default() }).await, [3, 2]);
        let third = Filter { subject_id: Some("3".to_owned()), ..Filter::default() };
        assert_eq!(seqs(third).await, [3]);
        let holds = Filter { action: Some(Action::HoldPlaced), ..Filter::default() };
        assert_eq!(seqs(holds).await, [0; 0]);
        let since = Filter { since: Some(Micros(1_700_000_000_000_004)), ..Filter::default() };
        assert_eq!(seqs(Filter { until: Some(Micros(1_700_000_000_000_005)), ..since }).await, [4]);
    }
}

async fn exported(catalogue: &Catalogue, range: std::ops::RangeInclusive<i64>) -> String {
    let key = crate::keys::signing::SigningKey::from_bytes([7; 32]);
    let mut text = Vec::new();
    let at = Timestamp::UNIX_EPOCH;
    export::export(catalogue, range, "Anytown", &key, at, &mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn checked(text: &str) -> Result<i64, String> {
    let checked = export::verify_export(&mut text.as_bytes());
    checked.map(|(statement, _)| statement.to.seq).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_export_is_checked_without_its_catalogue_and_every_tampering_is_found() {
    for database in Database::BOTH {
        let fresh = chain_of(database, 6).await;
        let text = exported(&fresh, 1..=i64::MAX).await;
        assert_eq!(checked(&text), Ok(6));
        assert_eq!(checked(&exported(&fresh, 3..=5).await), Ok(5));
        let lines: Vec<&str> = text.lines().collect();
        let joined = |lines: &[&str]| format!("{}\n", lines.join("\n"));
        let closing = lines[6];
        let part = exported(&fresh, 1..=5).await;
        let cases = [
            ("edited", text.replacen("scan.finished", "hold.released", 1)),
            ("cut before its end", joined(&lines[..6])),
            ("cut within a line", text[..text.len() - 9].to_owned()),
            ("without its first", joined(&lines[1..])),
            ("without its last", joined(&[&lines[..5], &[closing]].concat())),
            ("without one between", joined(&[&lines[..2], &lines[3..]].concat())),
            ("reordered", joined(&[&[lines[1], lines[0]], &lines[2..]].concat())),
            ("more after its end", format!("{text}{closing}\n")),
            ("another's closing", joined(&[&lines[..6], &[part.lines().last().unwrap()]].concat())),
            ("another organisation", text.replace("Anytown", "Othertown")),
            ("spaces", text.replacen("\"seq\":", "\"seq\": ", 1)),
            ("nothing but its end", joined(&[closing])),
            ("nothing", String::new()),
        ];
        for (how, case) in cases {
            assert!(checked(&case).is_err(), "{how}");
        }
        let key = crate::keys::signing::SigningKey::from_bytes([7; 32]);
        let at = Timestamp::UNIX_EPOCH;
        let none = export::export(&fresh, 7..=9, "Anytown", &key, at, &mut Vec::new()).await;
        assert!(none.unwrap_err().to_string().starts_with("there is no entry 7"));
    }
}

#[tokio::test]
async fn a_table_of_entries_holds_every_one_and_no_formula() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let tx = fresh.write_tx().await.unwrap();
        for reason in ["because", "=HYPERLINK(\"http://evil.example\")", "a, \"b\"\nc"] {
            let subject = Subject::new("hold", 1);
            let entry =
                Entry::new(By::Service, Action::HoldPlaced, subject).because(Motive::own(reason));
            append(&tx, Timestamp::UNIX_EPOCH, &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut text = Vec::new();
        export::export_csv(&fresh, 1..=i64::MAX, &mut text).await.unwrap();
        let mut table = csv::Reader::from_reader(&text[..]);
        assert_eq!(table.headers().unwrap().len(), 13);
        let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        let reasons: Vec<_> = rows.iter().rev().take(3).map(|row| row[9].to_owned()).collect();
        let formula = "'=HYPERLINK(\"http://evil.example\")";
        assert_eq!(reasons, ["a, \"b\"\nc", formula, "because"]);
        assert_eq!(rows[rows.len() - 1][1], *"1970-01-01T00:00:00Z");
        assert_eq!(
            rows[rows.len() - 1][12],
            list(&fresh, &Filter::default(), 1).await.unwrap()[0].hash
        );
    }
}

/// An entry with what Mrs Blenkinsop's name was typed in.
async fn typed(catalogue: &Catalogue, why: Motive) -> audit_entry::Model {
    let tx = catalogue.write_tx().await.unwrap();
    let entry = Entry::new(By::Service, Action::HoldPlaced, Subject::new("hold", 1)).because(why);
    append(&tx, Timestamp::UNIX_EPOCH, &entry).await.unwrap();
    tx.commit().await.unwrap();
    list(catalogue, &Filter::default(), 1).await.unwrap().remove(0)
}

#[tokio::test]
async fn what_a_person_typed_stands_beside_the_chain_and_its_digest_in_it() {
    const WORDS: &str = "a letter of Mrs Blenkinsop, typed:1";
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let first = typed(&fresh, Motive::typed(WORDS)).await;
        let second = typed(&fresh, Motive::own("from 1 to 2").and_typed(WORDS)).await;
        let (one, other) = (first.reason.unwrap(), second.reason.unwrap());
        assert!(one.starts_with("typed:") && one.len() == 70, "{one}");
        assert!(other.starts_with("from 1 to 2; typed:") && !other.ends_with(&one), "{other}");
        let words = words_of(fresh.read(), [first.seq, second.seq]).await.unwrap();
        assert_eq!(shown(&one, words.get(&1).map(String::as_str)), WORDS);
        assert_eq!(
            shown(&other, words.get(&2).map(String::as_str)),
            format!("from 1 to 2: {WORDS}")
        );
        for (blank, said) in [(Motive::typed(" "), None), (Motive::own("so"), Some("so"))] {
            assert_eq!(typed(&fresh, blank).await.reason.as_deref(), said);
        }
        assert_eq!(shown("as it was typed: once", None), "as it was typed: once");
        assert_eq!(verify(&fresh, From::Genesis).await.unwrap().entries, 4);
        assert_eq!(super::typed::differing(fresh.read()).await.unwrap(), []);
    }
}

#[tokio::test]
async fn words_that_were_changed_or_taken_away_are_found_by_their_entry() {
    for database in Database::BOTH {
        for (change, edit, how) in [
            ("update", "update audit_words set words = 'nothing' where seq = 2", Odd::Changed(2)),
            // Another digit, whatever the key.
            (
                "update",
                "update audit_words set key = \
                 case substr(key, 1, 1) when '0' then '1' else '0' end || substr(key, 2)",
                Odd::Changed(1),
            ),
            ("delete", "delete from audit_words where seq = 2", Odd::Gone(2)),
        ] {
            let fresh = database.fresh().await;
            for _ in 0..3 {
                typed(&fresh, Motive::typed("a letter")).await;
            }
            let refused = fresh.read().execute_unprepared(edit).await.unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{refused}");
            let trigger = format!("audit_words_refuses_{change}");
            drop_trigger(database, &fresh, &trigger, "audit_words").await;
            fresh.read().execute_unprepared(edit).await.unwrap();
            let found = super::typed::differing(fresh.read()).await.unwrap();
            assert_eq!(found.first().map(|one| one.how), Some(how), "{database:?} {edit}");
            let what = found[0].to_string();
            assert!(what.starts_with("what was typed with entry"), "{what}");
        }
    }
}
