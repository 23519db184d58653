//! On `PostgreSQL`, where several write at once, the row that orders the opening of
//! a chunk and the placing of a hold: neither overlooks the other. And a hold that
//! is released while the holds are read is not overlooked either.

use std::cell::Cell;
use std::time::Duration;

use retaind_schedules::batch::LineState;
use retaind_schedules::hold::{Hold, HoldKind};
use retaind_schedules::permit::Quarantine;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, Set};

use super::levers::{clock, office, waiting};
use super::office::{LAWYER, MANAGER, Office};
use super::protocol::{TAKEN, batch_of};
use super::settled::states;
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::hold;
use crate::catalogue::testing::Database;
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{ActKind, HoldState};
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::chunk::{self, Opened};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::{record, under};
use crate::holds::{self, NewHold, NewScope};

/// Places a hold on everything that is to be taken.
async fn place(office: &Office, clock: &FixedClock) -> Hold {
    let new = NewHold {
        reference: "LEG-1".to_owned(),
        title: "A claim".to_owned(),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "a letter".to_owned(),
        scopes: vec![NewScope::RecordType(TAKEN.to_owned())],
        review_on: clock.today().saturating_add(jiff::Span::new().months(6)),
        reason: "received".to_owned(),
    };
    let lawyer = office.person(LAWYER).await;
    let (catalogue, keys) = (&office.catalogue, &office.keys);
    let placed = holds::place(catalogue, keys, &lawyer, &new, clock.now(), clock.today());
    let placed = placed.await.unwrap();
    Hold { id: placed.id, kind: new.kind, scopes: placed.scopes }
}

#[tokio::test]
async fn a_hold_waits_for_a_chunk_that_is_being_opened_and_then_names_it() {
    let clock = clock();
    let (office, _place, _folder) = office(Database::Postgres, &clock).await;
    let scanner = office.scanner(&clock);
    let shift = batch_of(&office, &scanner, TAKEN).await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let looked = chunk::look::<Quarantine>(&shift, &Default::default(), 1).await.unwrap().unwrap();
    let tx = office.catalogue.write_tx().await.unwrap();
    chunk::share_gate(&tx).await.unwrap();
    let intent = clock.new_id();
    record::intent_row(&tx, &shift, &executor, intent, ActKind::Quarantine, looked.lines(), None)
        .await
        .unwrap();

    let over = Cell::new(false);
    let hold = async {
        let hold = place(&office, &clock).await;
        over.set(true);
        hold
    };
    let arrive = async {
        while !over.get() && waiting(&office).await == 0 {}
        assert!(!over.get(), "the hold was in force before the chunk was to be seen");
        tx.commit().await.unwrap();
    };
    let (hold, ()) = tokio::join!(hold, arrive);
    let met = under::meet(&scanner, &hold, Duration::ZERO).await.unwrap();
    let named: Vec<_> = met.open.iter().map(|open| (open.intent, open.lines)).collect();
    assert_eq!(named, [(intent, 1)], "it is named");
    assert_eq!(met.withheld, 1, "and the other line stays");
    executor.end(&scanner).await.unwrap();
}

#[tokio::test]
async fn no_chunk_opens_between_a_hold_that_is_being_placed_and_its_commit() {
    let clock = clock();
    let (office, _place, _folder) = office(Database::Postgres, &clock).await;
    let scanner = office.scanner(&clock);
    let shift = batch_of(&office, &scanner, TAKEN).await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let looked = chunk::look::<Quarantine>(&shift, &Default::default(), 2).await.unwrap().unwrap();
    // Whoever enters anything in the chain waits for this: the hold is written by
    // then, and to be seen by nobody.
    let chain = office.catalogue.write_tx().await.unwrap();
    chain.execute_unprepared("select * from audit_head for update").await.unwrap();
    let placed = async {
        place(&office, &clock).await;
    };
    let opened = async {
        while waiting(&office).await < 1 {}
        chunk::open::<Quarantine>(&shift, &executor, looked).await.unwrap()
    };
    let let_go = async {
        while waiting(&office).await < 2 {}
        chain.rollback().await.unwrap();
    };
    let ((), opened, ()) = tokio::join!(placed, opened, let_go);
    assert!(matches!(opened, Opened::NoneGranted), "a chunk opened under a hold: {opened:?}");
    assert_eq!(states(&office, &shift).await, [LineState::Withheld; 2].map(Text));
    executor.end(&scanner).await.unwrap();
}

/// What the second of two writes who release a hold, in a transaction that is not
/// over.
async fn release(tx: &WriteTx, office: &Office, hold: &Hold, clock: &FixedClock) {
    let entry = Entry::new(By::Service, Action::HoldReleased, Subject::new("hold", hold.id));
    audit::append(tx, clock.now(), &entry).await.unwrap();
    let second = office.person(MANAGER).await;
    let row = hold::ActiveModel {
        id: Set(hold.id.0),
        state: Set(HoldState::Released),
        released_by: Set(Some(second.person.0)),
        released_at: Set(Some(Micros::from(clock.now()))),
        ..Default::default()
    };
    row.update(&**tx).await.unwrap();
}

/// Whichever of the tables is read when the release is committed, the hold is
/// among those in force or among those that were.
#[tokio::test]
async fn a_hold_that_is_released_while_the_holds_are_read_stands_against_the_list_still() {
    for table in ["hold", "hold_scope", "audit_entry"] {
        let clock = clock();
        let (office, _place, _folder) = office(Database::Postgres, &clock).await;
        let scanner = office.scanner(&clock);
        let shift = batch_of(&office, &scanner, TAKEN).await;
        let hold = place(&office, &clock).await;
        let (lawyer, now) = (office.person(LAWYER).await, clock.now());
        holds::request_release(&office.catalogue, &lawyer, "LEG-1", "settled", "a letter", now)
            .await
            .unwrap();
        let releasing = office.catalogue.write_tx().await.unwrap();
        releasing
            .execute_unprepared(&format!("lock table {table} in access exclusive mode"))
            .await
            .unwrap();
        let reading = async {
            let tx = office.catalogue.write_tx().await.unwrap();
            holds::against(&*tx, shift.batch.id).await
        };
        let released = async {
            while waiting(&office).await < 1 {}
            release(&releasing, &office, &hold, &clock).await;
            releasing.commit().await.unwrap();
        };
        let (against, ()) = tokio::join!(reading, released);
        let against = against.unwrap_or_else(|why| panic!("{table}: {why}")).holds;
        assert_eq!(against, [hold], "it fell between two looks at `{table}`");
    }
}
