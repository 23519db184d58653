//! What people change so that nothing more goes stops the next chunk, though the
//! run began before; and what is on its way to the catalogue is not lost sight of.

use std::cell::Cell;

use jiff::civil::date;
use retaind_schedules::batch::LineState;
use retaind_schedules::permit::Quarantine;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QuerySelect as _, Statement};

use super::office::{MANAGER, OWNER, Office, furnish};
use super::protocol::{KEPT, TAKEN, batch_of, opened, store};
use super::rewind::Rewind;
use super::settled::states;
use crate::catalogue::entity::{disposal_gate, executor};
use crate::catalogue::testing::{Database, Place};
use crate::catalogue::values::Text;
use crate::catalogue::words::ActKind;
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::chunk::{self, Looked};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::shift::Shift;
use crate::disposal::execution::{record, settle};
use crate::disposal::standing::{self, NewAuthority};

/// What is done while a run is under way, and what the next chunk says of it.
const LEVERS: [(&str, &str); 3] = [
    (
        "update mapping set approved_at = null, approved_by = null",
        "a mapping it rests on has changed, or is no longer approved",
    ),
    ("update asset set enforcement = 'flag'", "is at level `flag`, which lets nothing go"),
    (
        "update person set active = false where os_user = 'rowan'",
        "Rowan Hale approved it and may no longer act",
    ),
];

/// An office with two batches of two rows each, which two people approved.
pub(super) async fn office(
    database: Database,
    clock: &FixedClock,
) -> (Office, Place, tempfile::TempDir) {
    let (office, place, folder) = unsigned(database, clock).await;
    office.propose_signed(2, clock).await;
    (office, place, folder)
}

/// The same, with nothing proposed yet.
async fn unsigned(database: Database, clock: &FixedClock) -> (Office, Place, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("casework.db");
    let (statements, settings) = store(&rows);
    Rewind::of_new(&rows, statements).await.close().await;
    let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("casework", settings)]);
    let place = database.place().await;
    let office = Office::found(&config, &place.url, clock).await;
    office.register(folder.path(), &[TAKEN, KEPT], clock).await;
    office.scan("casework", clock).await;
    office.allow().await;
    (office, place, folder)
}

pub(super) fn clock() -> FixedClock {
    FixedClock::at("2026-11-23T20:00:00Z".parse().unwrap())
}

/// The first line is taken; the second, as it looks now.
async fn after_the_first(shift: &Shift, executor: &Executor) -> Looked {
    let mut open = opened::<Quarantine>(shift, executor, 1).await;
    let came = chunk::act(shift, executor, &mut open).await.unwrap();
    chunk::close(shift, executor.id, open, &came).await.unwrap();
    let looked = chunk::look::<Quarantine>(shift, &Default::default(), 1).await;
    looked.unwrap().expect("a line that is left")
}

#[tokio::test]
async fn what_people_change_so_that_nothing_goes_stops_the_next_chunk() {
    for (change, said) in LEVERS {
        let clock = clock();
        let (office, _place, _folder) = office(Database::Sqlite, &clock).await;
        let scanner = office.scanner(&clock);
        let shift = batch_of(&office, &scanner, TAKEN).await;
        let executor = Executor::begin(&scanner).await.unwrap();
        let looked = after_the_first(&shift, &executor).await;
        office.write(change).await;
        let opened = chunk::open::<Quarantine>(&shift, &executor, looked).await;
        let stopped = opened.expect_err(change).to_string();
        assert!(stopped.contains(said), "{stopped}");
        let mut left = states(&office, &shift).await;
        left.sort();
        assert_eq!(left, [LineState::Pending, LineState::Quarantined].map(Text), "{change}");
    }
}

/// An authority for rows to be taken, signed by two, and its batch of today.
async fn authorised(office: &Office, clock: &FixedClock) -> String {
    let desk = office.desk(clock);
    let manager = office.person(MANAGER).await;
    let terms = NewAuthority {
        record_type: TAKEN.to_owned(),
        store: "casework".to_owned(),
        daily_cap: 5,
        grace_days: 0,
        expires_on: date(2027, 5, 1),
        reason: "they are short-lived".to_owned(),
    };
    let made = standing::propose(&desk, &manager, &terms).await.unwrap();
    for user in [OWNER, MANAGER] {
        let who = office.person(user).await;
        standing::sign(&desk, &who, &made.number, &made.digest).await.unwrap();
    }
    let days = standing::daily(&desk).await.unwrap();
    assert_eq!(days[0].batches.as_ref().map(Vec::len).unwrap(), 1);
    made.number
}

#[tokio::test]
async fn a_standing_authority_that_is_taken_back_binds_the_chunk_that_is_being_opened() {
    for database in Database::BOTH {
        let clock = clock();
        let (office, _place, _folder) = unsigned(database, &clock).await;
        let number = authorised(&office, &clock).await;
        let scanner = office.scanner(&clock);
        let shift = batch_of(&office, &scanner, TAKEN).await;
        let executor = Executor::begin(&scanner).await.unwrap();
        let looked = after_the_first(&shift, &executor).await;
        let (desk, manager) = (office.desk(&clock), office.person(MANAGER).await);
        standing::revoke(&desk, &manager, &number, "no longer").await.unwrap();
        let opened = chunk::open::<Quarantine>(&shift, &executor, looked).await;
        let stopped = opened.expect_err("it was taken back").to_string();
        assert!(stopped.contains("standing authority SA-2026-0001"), "{stopped}");
        assert!(stopped.contains("not in force"), "{stopped}");
        let mut left = states(&office, &shift).await;
        left.sort();
        assert_eq!(left, [LineState::Pending, LineState::Quarantined].map(Text), "{database:?}");
    }
}

/// Who takes it back is answered once no chunk is on its way that asked before.
#[tokio::test]
async fn whoever_takes_an_authority_back_waits_for_a_chunk_on_its_way_to_the_catalogue() {
    let clock = clock();
    let (office, _place, _folder) = unsigned(Database::Postgres, &clock).await;
    let number = authorised(&office, &clock).await;
    let opening = office.catalogue.write_tx().await.unwrap();
    disposal_gate::Entity::find_by_id(1).lock_shared().one(&*opening).await.unwrap();
    let (desk, manager) = (office.desk(&clock), office.person(MANAGER).await);

    let (over, waited) = (Cell::new(false), Cell::new(false));
    let revoke = async {
        standing::revoke(&desk, &manager, &number, "no longer").await.unwrap();
        over.set(true);
    };
    let arrive = async {
        while !over.get() && !waited.get() {
            waited.set(waiting(&office).await > 0);
        }
        opening.commit().await.unwrap();
    };
    tokio::join!(revoke, arrive);
    assert!(over.get() && waited.get(), "it did not wait");
}

/// How many connections to this database wait for another.
pub(super) async fn waiting(office: &Office) -> i64 {
    let read = office.catalogue.read();
    let sql = "select count(*) as waiting from pg_stat_activity \
               where datname = current_database() and wait_event_type = 'Lock'";
    let row = read.query_one_raw(Statement::from_string(read.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get::<i64>("", "waiting").unwrap()
}

/// Its process knows nothing more of the chunk: the connection broke when it was
/// to be committed.
#[tokio::test]
async fn a_chunk_that_is_on_its_way_to_the_catalogue_keeps_its_executor_known() {
    let clock = clock();
    let (office, _place, _folder) = office(Database::Postgres, &clock).await;
    let scanner = office.scanner(&clock);
    let shift = batch_of(&office, &scanner, TAKEN).await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let id = executor.id;
    let looked = chunk::look::<Quarantine>(&shift, &Default::default(), 1).await.unwrap().unwrap();
    let tx = office.catalogue.write_tx().await.unwrap();
    let intent = clock.new_id();
    record::intent_row(&tx, &shift, &executor, intent, ActKind::Quarantine, looked.lines(), None)
        .await
        .unwrap();

    let over = Cell::new(false);
    let end = async {
        executor.end(&scanner).await.unwrap();
        over.set(true);
    };
    let arrive = async {
        while !over.get() && waiting(&office).await == 0 {}
        tx.commit().await.unwrap();
    };
    tokio::join!(end, arrive);
    let known = async || executor::Entity::find_by_id(id).one(office.catalogue.read()).await;
    assert_eq!(known().await.unwrap().unwrap().ended_at, None, "it has a chunk open");
    let settled = settle::settle_all(&scanner).await.unwrap();
    assert_eq!((settled.closed, settled.open), (1, 0));
    assert!(known().await.unwrap().unwrap().ended_at.is_some());
}
