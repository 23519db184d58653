//! Rows edited behind the program's back, by someone who has its password: what
//! the tables refuse, and what is found.

use jiff::civil::date;
use retaind::audit;
use retaind::clock::Clock as _;
use retaind::disposal::approve;
use retaind::holds::{self, NewScope};
use retaind_schedules::hold::HoldKind;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::casework::execute;
use crate::catalogue::Database;
use crate::office::{Office, everyone};

/// An office on a Friday, and a batch that two people approved there.
async fn approved(database: Database) -> (Office, String) {
    let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    (office, number)
}

/// Each a way to free what is held, or to let go what nobody let go.
const REFUSED: &[&str] = &[
    "update hold set state = 'released', release_requested_by = placed_by, \
     release_requested_at = 1, release_reason = 'r', release_authority = 'a', released_at = 2, \
     released_by = (select id from person where id <> placed_by limit 1)",
    "update hold set kind = 'audit-hold'",
    "update hold set ref = 'other'",
    "update hold_request set tail = 'P60D'",
    "update hold_request set received_on = '2020-01-01'",
    "update hold_request set last_correspondence = '2020-01-01'",
    "update hold_scope set hold_id = hold_id",
    "update batch set not_before = 0",
    "update batch set grace_days = 0",
    "update batch set digest = rule",
    "update batch set quarantined_at = 0",
    "update batch set expires_at = expires_at + 1",
    "update batch_line set reference = 'x'",
    "update batch_line set subject_key = 'x'",
    "update batch_line set locator = 'x'",
    "update approval set person_id = person_id",
    "update audit_entry set actor = 'x'",
];

#[tokio::test]
async fn no_row_of_a_hold_or_of_a_batch_is_edited_quietly() {
    for database in Database::BOTH {
        let (office, _) = approved(database).await;
        office.hold("FOI-1", HoldKind::Foi, NewScope::Reference("10049".to_owned())).await;
        let write = office.open.catalogue.read();
        for edit in REFUSED {
            assert!(write.execute_unprepared(edit).await.is_err(), "{database:?} {edit}");
        }
    }
}

/// `REPLACE` asks no trigger of DELETE.
#[tokio::test]
async fn on_sqlite_no_row_takes_the_place_of_one_that_is_kept() {
    let (office, number) = approved(Database::Sqlite).await;
    office.hold("FOI-1", HoldKind::Foi, NewScope::Reference("10049".to_owned())).await;
    office.at("2026-11-09T12:00:00Z").await;
    office.council.scan("share").await;
    office.run(&number).await.unwrap();
    let write = office.open.catalogue.read();
    let rows = |query: String| async {
        let query = Statement::from_string(write.get_database_backend(), query);
        let rows = write.query_all_raw(query).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let kept = "select distinct tbl_name from sqlite_master where type = 'trigger' \
                and (name like '%_refuses_delete' or name like '%_refuses_update')";
    let kept = rows(kept.to_owned()).await;
    assert!(kept.len() > 20, "{kept:?}");
    let mut tried = 0;
    for table in kept {
        let trigger = format!(
            "select sql from sqlite_master where type = 'trigger' \
             and name = '{table}_refuses_replacing'"
        );
        let trigger = rows(trigger).await.pop().unwrap_or_else(|| panic!("{table} is open"));
        let renumbering =
            format!("select name from sqlite_master where name = '{table}_refuses_renumbering'");
        assert_eq!(rows(renumbering).await.len(), 1, "{table} is open");
        let keys = format!(
            "select group_concat('old.' || c.name || ' = new.' || c.name, ' and ') \
             from pragma_index_list('{table}') i, pragma_index_info(i.name) c \
             where i.\"unique\" and not i.partial group by i.name"
        );
        for key in rows(keys).await.into_iter().chain(["old.rowid = new.rowid".to_owned()]) {
            assert!(trigger.contains(&key), "{table}: {key} is open");
        }
        if rows(format!("select 'x' from {table} limit 1")).await.is_empty() {
            continue;
        }
        tried += 1;
        let replace = format!("insert or replace into {table} select * from {table}");
        assert!(write.execute_unprepared(&replace).await.is_err(), "{replace}");
    }
    assert!(tried >= 10, "{tried}");
    // Nor one that is another in every column that tells rows apart.
    for (table, fresh) in [("hold", ["id", "ref"].as_slice()), ("hold_scope", &["id"])] {
        let columns = rows(format!("select name from pragma_table_info('{table}')")).await;
        let value = |name: &String| match fresh.contains(&name.as_str()) {
            true => "randomblob(16)".to_owned(),
            false => name.clone(),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let replace = format!(
            "insert or replace into {table} (rowid, {columns}) select rowid, {values} from {table}"
        );
        let refused = write.execute_unprepared(&replace).await.unwrap_err().to_string();
        assert!(refused.contains("never put in the place of another"), "{replace}: {refused}");
        let renumber = format!("update or replace {table} set rowid = rowid + 1");
        let refused = write.execute_unprepared(&renumber).await.unwrap_err().to_string();
        assert!(refused.contains("never put in the place of another"), "{renumber}: {refused}");
    }
}

/// An edit by one who took away what refuses it.
struct Edit {
    /// The triggers in its way: a table each, and what it refuses.
    free: &'static [(&'static str, &'static str)],
    sql: &'static str,
    /// What is said to differ.
    found: &'static str,
}

const EDITS: &[Edit] = &[
    Edit {
        free: &[("hold", "update")],
        sql: "update hold set state = 'released', release_requested_by = placed_by, \
              release_requested_at = 1, release_reason = 'r', release_authority = 'a', \
              released_at = 2, \
              released_by = (select id from person where id <> placed_by limit 1)",
        found: "hold `FOI-1` is not as entry",
    },
    Edit {
        free: &[("hold_scope", "update")],
        sql: "update hold_scope set value = '{\"scope\":\"reference\",\"of\":\"nothing-at-all\"}'",
        found: "hold `FOI-1` is not as entry",
    },
    Edit {
        free: &[("schedule_line", "update")],
        sql: "update schedule_line set minimum = '1 year'",
        found: "a rule of schedule version 1 ",
    },
    Edit {
        free: &[],
        sql: "update asset set enforcement = 'propose'",
        found: "the level of asset",
    },
    Edit {
        free: &[],
        sql: "update setting set value = '99' where key = 'ceiling.max-share-percent'",
        found: "the ceiling max-share-percent, 99, is not as entry",
    },
    Edit {
        free: &[],
        sql: "update mapping set location = 'elsewhere'",
        found: "a mapping of PLAN-14 in store share is not as entry",
    },
    Edit {
        free: &[],
        sql: "update person set roles = '[\"siro\"]' where os_user = 'mary'",
        found: "what Mary Beck may be and do is not as entry",
    },
    Edit {
        free: &[("approval", "update")],
        sql: "update approval set person_id = (select id from person where os_user = 'mary')",
        found: "an approval of B-2026-0001 as iao stands in the catalogue, and no entry says so",
    },
    Edit {
        free: &[("audit_words", "update")],
        sql: "update audit_words set words = 'received of Mr Pym' where words = 'received'",
        found: "what was typed with entry",
    },
];

#[tokio::test]
async fn an_edit_that_leaves_the_chain_whole_is_found_by_what_the_chain_says() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.propose().await.remove(0).number;
        office.approve("nadia", &number).await;
        office.hold("FOI-1", HoldKind::Foi, NewScope::Reference("10049".to_owned())).await;
        let differing = || async {
            let snapshot = office.open.catalogue.read_tx().await.unwrap();
            let found = audit::differing(&snapshot).await.unwrap();
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(differing().await, [""; 0], "{database:?}");
        let mut before = 0;
        for Edit { free, sql, found } in EDITS {
            for (table, change) in *free {
                let on = if database == Database::Sqlite { "" } else { table };
                let on = if on.is_empty() { String::new() } else { format!(" on {on}") };
                let free = format!("drop trigger {table}_refuses_{change}{on}");
                execute(office.council.url(), &free).await;
            }
            execute(office.council.url(), sql).await;
            let now = differing().await;
            assert!(now.iter().any(|one| one.starts_with(found)), "{database:?} {sql}: {now:?}");
            assert!(now.len() >= before, "{now:?}");
            before = now.len();
        }
        let head = audit::verify(&office.open.catalogue, audit::From::Genesis).await;
        assert!(head.is_ok(), "the chain alone does not show it");
        let said = office.council.run(&["audit", "verify"]);
        assert_ne!(said.code, 0, "{said:?}");
        assert!(said.out.contains("What is in force is NOT what it says:"), "{said:?}");
        assert!(said.out.contains("hold `FOI-1` is not as entry"), "{said:?}");
        let doctor = office.council.run(&["doctor"]);
        assert!(doctor.out.contains("hold `FOI-1` is not as entry"), "{doctor:?}");
    }
}

#[tokio::test]
async fn a_hold_that_nobody_is_entered_as_having_released_stays_in_force() {
    for database in Database::BOTH {
        let (office, number) = approved(database).await;
        let everything = NewScope::RecordType("PLAN-14".to_owned());
        office.hold("LEG-1", HoldKind::LegalHold, everything).await;
        let on = if database == Database::Sqlite { "" } else { " on hold" };
        execute(office.council.url(), &format!("drop trigger hold_refuses_update{on}")).await;
        execute(office.council.url(), EDITS[0].sql).await;
        assert_eq!(holds::active(office.open.catalogue.read()).await.unwrap().len(), 1);
        office.at("2026-11-09T12:00:00Z").await;
        office.council.scan("share").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.quarantined, ran.destroyed), (0, 0), "{database:?}");
    }
}

/// Two rows and a word, and no entry of anybody's signing.
#[tokio::test]
async fn approvals_that_nobody_is_entered_as_having_given_let_nothing_go() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.propose().await.remove(0).number;
        for (user, stage, id) in [("nadia", "iao", 1), ("mary", "records-manager", 2)] {
            let id = match database {
                Database::Sqlite => format!("x'{id:032x}'"),
                Database::Postgres => format!("'00000000-0000-0000-0000-00000000000{id}'"),
            };
            let forged = format!(
                "insert into approval (id, batch_id, digest, person_id, stage, decision, at) \
                 select {id}, batch.id, batch.digest, person.id, '{stage}', 'approve', {id_at} \
                 from batch, person where person.os_user = '{user}'",
                id_at = "1793350800000000"
            );
            execute(office.council.url(), &forged).await;
        }
        office.as_if("update batch set state = 'authorised', not_before = 0").await;
        office.at("2026-11-09T12:00:00Z").await;
        office.council.scan("share").await;
        let stopped = office.run(&number).await.unwrap_err().to_string();
        assert!(stopped.contains("the audit chain has no entry of its approval"), "{stopped}");
        assert!(office.intents().await.is_empty());
    }
}

/// The list of people is read when it is there to be read; the day comes by itself.
#[tokio::test]
async fn whoever_has_left_counts_for_nothing_from_that_day() {
    let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    office.hold("FOI-1", HoldKind::Foi, NewScope::Reference("10049".to_owned())).await;
    let (catalogue, nadia) = (&office.open.catalogue, office.actor("nadia").await);
    let (mary, now) = (office.actor("mary").await, office.clock().now());
    holds::request_release(catalogue, &mary, "FOI-1", "answered", "Legal", now).await.unwrap();
    let mut list = everyone();
    list[2].left_on = Some(date(2026, 11, 5));
    office.people(&list).await;
    assert!(office.actor("mary").await.name == "Mary Beck", "she has not left yet");
    office.at("2026-11-09T12:00:00Z").await;
    office.council.scan("share").await;
    let stopped = office.run(&number).await.unwrap_err().to_string();
    assert!(stopped.contains("Mary Beck approved it and may no longer act"), "{stopped}");
    let now = office.clock().now();
    let early = holds::release(catalogue, &nadia, "FOI-1", now).await.unwrap_err().to_string();
    assert!(early.contains("no answer to the request of the hold `FOI-1`"), "{early}");
    let withdrawn = approve::withdraw(&office.desk(), &mary, &number, "x").await;
    assert!(withdrawn.is_err(), "she has left");
}

/// Each a way to make what is gone look as if it were not, or had gone otherwise.
const OF_WHAT_IS_GONE: &[&str] = &[
    "update batch_line set state = 'kept'",
    "update batch_line set state = 'restored'",
    "update batch_line set why = 'excluded'",
    "update batch_line set ended_at = ended_at + 1",
    "update batch_line set ended_at = null",
];

#[tokio::test]
async fn how_a_line_ended_that_is_gone_is_not_edited() {
    for database in Database::BOTH {
        let (office, number) = approved(database).await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        let write = office.open.catalogue.read();
        // What is not gone may still come to another end.
        let free = "update batch_line set why = why";
        write.execute_unprepared(free).await.unwrap();
        office.at("2026-12-07T12:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(office.run(&number).await.unwrap().destroyed, 3);
        for edit in OF_WHAT_IS_GONE {
            let refused = write.execute_unprepared(edit).await.expect_err(edit).to_string();
            let why = "a line of a batch is never another than was proposed";
            assert!(refused.contains(why), "{database:?} {edit}: {refused}");
        }
    }
}

#[tokio::test]
async fn rules_that_nobody_is_entered_as_having_accepted_let_nothing_go() {
    for database in Database::BOTH {
        let (office, number) = approved(database).await;
        let on = if database == Database::Sqlite { "" } else { " on schedule_line" };
        let edit = format!(
            "drop trigger schedule_line_refuses_update{on}; \
             update schedule_line set minimum = '1 year'"
        );
        execute(office.council.url(), &edit).await;
        office.at("2026-11-09T12:00:00Z").await;
        office.council.scan("share").await;
        let said = "the rules in force are not those that the audit chain says were accepted";
        let stopped = office.run(&number).await.unwrap_err().to_string();
        assert!(stopped.contains(said), "{database:?} {stopped}");
        assert!(office.intents().await.is_empty());
        let proposed = office.council.run(&["batch", "propose", "--record-type", "PLAN-14"]);
        assert!(proposed.err.contains(said) || proposed.out.contains(said), "{proposed:?}");
    }
}

#[tokio::test]
async fn a_certificate_or_a_stub_that_was_taken_away_is_missed() {
    for database in Database::BOTH {
        let (office, number) = approved(database).await;
        for time in ["2026-11-09T12:00:00Z", "2026-12-10T12:00:00Z"] {
            office.at(time).await;
            office.council.scan("share").await;
            office.run(&number).await.unwrap();
        }
        assert_eq!(office.council.run(&["audit", "verify"]).code, 0);
        // The row of a certificate names the batch in one way, its signed text in another.
        let on = if database == Database::Postgres { " on stub" } else { "" };
        let renamed =
            format!("drop trigger stub_refuses_update{on}; update stub set batch = 'B-0'");
        execute(office.council.url(), &renamed).await;
        let said = office.council.run(&["audit", "verify"]);
        assert!(said.out.contains("the stubs of certificate C-2026-0001, one"), "{said:?}");
        let back = format!("update stub set batch = '{number}'");
        execute(office.council.url(), &back).await;
        assert_eq!(office.council.run(&["audit", "verify"]).code, 0);
        for (table, one, found) in [
            (
                "stub",
                "id = (select min(id) from stub)",
                "the stubs of certificate C-2026-0001, one",
            ),
            ("certificate", "true", "certificate C-2026-0001 "),
        ] {
            let (on, one) = match database {
                Database::Sqlite => (String::new(), one.to_owned()),
                Database::Postgres => (format!(" on {table}"), one.replace("min(id)", "id")),
            };
            let one = one.replace("from stub)", "from stub limit 1)");
            let edit =
                format!("drop trigger {table}_refuses_delete{on}; delete from {table} where {one}");
            execute(office.council.url(), &edit).await;
            let said = office.council.run(&["audit", "verify"]);
            assert_ne!(said.code, 0, "{said:?}");
            assert!(said.out.contains(found), "{said:?}");
        }
        let told = (0..3).map(|record| {
            let place = format!("planning/record-{record:05}");
            office.council.run(&["lookup", "share", &place]).out
        });
        let missing = format!("certificate missing, batch {number}");
        assert_eq!(
            told.filter(|told| told.contains(&missing)).count(),
            2,
            "of two there are stubs"
        );
    }
}

/// Whoever shortens the chain in the database does not change what is kept beside it.
#[tokio::test]
async fn a_chain_that_was_cut_short_is_told_by_the_end_that_was_kept() {
    let (office, _) = approved(Database::Sqlite).await;
    assert_eq!(office.council.run(&["doctor"]).err, "");
    assert_eq!(office.council.run(&["audit", "verify"]).code, 0);
    execute(
        office.council.url(),
        "drop trigger audit_entry_refuses_delete; drop trigger audit_head_refuses_update; \
         delete from audit_entry where seq > (select max(seq) - 3 from audit_entry); \
         update audit_head set seq = (select max(seq) from audit_entry), \
         hash = (select hash from audit_entry order by seq desc limit 1)",
    )
    .await;
    let verified = office.council.run(&["audit", "verify"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(verified.err.contains("kept in `audit.head` of the state directory"), "{verified:?}");
}
