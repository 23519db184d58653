//! Rows edited behind the program's back, by someone who has its password: what
//! the tables refuse, and what is found.

use retaind_schedules::hold::HoldKind;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::catalogue::Database;
use crate::office::Office;

use retaind::holds::NewScope;

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
        let keys = format!(
            "select group_concat('old.' || c.name || ' = new.' || c.name, ' and ') \
             from pragma_index_list('{table}') i, pragma_index_info(i.name) c \
             where i.\"unique\" and not i.partial group by i.name"
        );
        for key in rows(keys).await {
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
}
