//! An executor whose machine is lost, with a chunk open.

use std::time::Duration;

use retaind::disposal::execution::lost::{Lost, gone};
use retaind::disposal::execution::{settle, under};
use retaind::holds::NewScope;
use retaind_schedules::batch::LineState;
use retaind_schedules::hold::{Hold, HoldKind};
use uuid::Uuid;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::Office;

/// What another machine had begun with, of which nothing more is known.
async fn left_open(office: &Office, database: Database, number: &str) -> Uuid {
    let id = Uuid::from_u128(7);
    let written = match database {
        Database::Sqlite => format!("x'{}'", id.simple()),
        Database::Postgres => format!("'{id}'"),
    };
    let begun = format!(
        "insert into executor (id, host, lock_file, version, started_at) \
         values ({written}, 'burnt', '/nowhere/7.lock', '0', 1); \
         insert into intent (id, executor_id, batch_id, act, lines, opened_at, first_line, \
         last_line, positions) select {written}, {written}, id, 'quarantine', 3, 1, 0, 2, '0-2' \
         from batch where number = '{number}'; \
         update batch set state = 'quarantining'"
    );
    execute(office.council.url(), &begun).await;
    id
}

#[tokio::test]
async fn what_a_lost_machine_had_open_is_settled_once_two_people_say_that_it_is_lost() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        let id = left_open(&office, database, &number).await;
        let scope = NewScope::RecordType("PLAN-14".to_owned());
        let placed = office.hold("LEG-1", HoldKind::LegalHold, scope).await;
        let scanner = office.open.scanner(office.clock());
        let hold = Hold { id: placed.id, kind: HoldKind::LegalHold, scopes: placed.scopes };
        let met = under::meet(&scanner, &hold, Duration::ZERO).await.unwrap();
        assert_eq!((met.open.len(), met.open[0].lines), (1, 3));

        let settled = settle::settle_all(&scanner).await.unwrap();
        assert_eq!((settled.closed, settled.open, settled.out_of_reach), (0, 1, vec![id]));
        let (mary, rowan) = (office.actor("mary").await, office.actor(&present_user()).await);
        assert!(gone(&scanner, &mary, id, " ").await.is_err(), "without a reason");
        for _ in 0..2 {
            assert_eq!(gone(&scanner, &mary, id, "it burnt").await.unwrap(), Lost::Said);
        }
        assert_eq!(office.count(&number, LineState::Acting).await, 3);
        let Lost::Settled(settled) = gone(&scanner, &rowan, id, "it did").await.unwrap() else {
            panic!("two have said so")
        };
        assert_eq!((settled.closed, settled.unanswered), (1, 0));
        assert_eq!(office.count(&number, LineState::Pending).await, 3);
        let again = gone(&scanner, &rowan, id, "it did").await.unwrap_err().to_string();
        assert!(again.contains("has anything open"), "{again}");
        assert_eq!(office.council.audited("executor.gone-said").await, 2);
        assert_eq!(office.council.audited("executor.gone").await, 1);
    }
}

#[tokio::test]
async fn what_the_first_of_two_said_of_a_lost_machine_is_good_for_a_week() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        let id = left_open(&office, database, &number).await;
        let scanner = office.open.scanner(office.clock());
        let (mary, rowan) = (office.actor("mary").await, office.actor(&present_user()).await);
        assert_eq!(gone(&scanner, &mary, id, "it burnt").await.unwrap(), Lost::Said);
        office.at("2026-11-13T09:00:01Z").await;
        assert_eq!(gone(&scanner, &rowan, id, "it did").await.unwrap(), Lost::Said, "too late");
        assert_eq!(office.count(&number, LineState::Acting).await, 3);
        office.at("2026-11-20T09:00:01Z").await;
        let settled = gone(&scanner, &mary, id, "it burnt").await.unwrap();
        assert!(matches!(settled, Lost::Settled(_)), "{settled:?}");
    }
}
