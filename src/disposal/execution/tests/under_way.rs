//! What others do while a chunk is open: they end no phase that has lines left, wait
//! for no line that it names, and say of no other line that it was taken.

use std::time::Duration;

use retaind_schedules::batch::BatchState;
use retaind_schedules::ids::StoreId;
use retaind_schedules::permit::{Destroy, Quarantine};
use sea_orm::{EntityTrait as _, QuerySelect as _};

use super::levers::{clock, office};
use super::office::{MANAGER, Office};
use super::protocol::{TAKEN, batch_of, opened, take_out_of_reach};
use super::settled::lines_of;
use crate::catalogue::entity::batch_line;
use crate::catalogue::testing::Database;
use crate::catalogue::words::ActKind;
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::chunk;
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::record;
use crate::disposal::execution::shift::Shift;
use crate::proof::lookup::{Asked, lookup};

/// Acts on both lines of a batch, one after the other; until both are done with, the
/// phase does not end for whoever believes it over.
async fn one_by_one<A: Deed>(shift: &mut Shift, executor: &Executor) {
    let state = shift.batch.state;
    for _ in 0..2 {
        shift.step().await.unwrap();
        assert_eq!(shift.batch.state, state, "a line is left");
        let mut open = opened::<A>(shift, executor, 1).await;
        let came = chunk::act(shift, executor, &mut open).await.unwrap();
        shift.step().await.unwrap();
        assert_eq!(shift.batch.state, state, "a chunk is open");
        chunk::close(shift, executor.id, open, &came).await.unwrap();
    }
}

#[tokio::test]
async fn no_phase_ends_with_a_line_left_or_a_chunk_open() {
    for database in Database::BOTH {
        let clock = clock();
        let (office, _place, _folder) = office(database, &clock).await;
        let scanner = office.scanner(&clock);
        let mut shift = batch_of(&office, &scanner, TAKEN).await;
        let executor = Executor::begin(&scanner).await.unwrap();
        one_by_one::<Quarantine>(&mut shift, &executor).await;
        shift.step().await.unwrap();
        shift.step().await.unwrap();
        assert_eq!(shift.batch.state.0, BatchState::Destroying);
        one_by_one::<Destroy>(&mut shift, &executor).await;
        shift.step().await.unwrap();
        assert_eq!(shift.batch.state.0, BatchState::Executed);
        executor.end(&scanner).await.unwrap();
    }
}

/// On `PostgreSQL`: who closes a chunk and who puts lines back would otherwise wait for
/// each other, where they come to the lines in another order.
#[tokio::test]
async fn whoever_puts_lines_back_waits_for_none_of_an_open_chunk() {
    let clock = clock();
    let (office, _place, _folder) = office(Database::Postgres, &clock).await;
    let scanner = office.scanner(&clock);
    let mut shift = batch_of(&office, &scanner, TAKEN).await;
    take_out_of_reach(&mut shift).await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let open = opened::<Destroy>(&shift, &executor, 1).await;

    let closing = office.catalogue.write_tx().await.unwrap();
    let named = batch_line::Entity::find_by_id(open.lines[0].id).lock_exclusive();
    named.one(&*closing).await.unwrap().unwrap();
    let tx = office.catalogue.write_tx().await.unwrap();
    let mut lines = lines_of(&office, &shift).await;
    let left = record::still_out_of_reach(&tx, &mut lines);
    tokio::time::timeout(Duration::from_secs(20), left).await.expect("it waits").unwrap();
    assert_eq!(lines.iter().map(|line| line.position).collect::<Vec<_>>(), [1]);
    tx.rollback().await.unwrap();
    closing.rollback().await.unwrap();
    executor.end(&scanner).await.unwrap();
}

/// Whether a batch is said to have taken what stands there.
async fn is_said_taken(
    office: &Office,
    line: &batch_line::Model,
    shift: &Shift,
    clock: &FixedClock,
) -> bool {
    let manager = office.person(MANAGER).await;
    let asked = Asked::Locator(StoreId(shift.batch.store_id), line.locator.clone());
    let scanner = office.scanner(clock);
    let answer = lookup(&scanner.prover(), &manager, &asked, clock.now()).await.unwrap();
    !answer.out_of_reach.is_empty()
}

#[tokio::test]
async fn of_a_line_between_those_of_an_open_chunk_nobody_says_that_it_was_taken() {
    for database in Database::BOTH {
        let clock = clock();
        let (office, _place, _folder) = office(database, &clock).await;
        let scanner = office.scanner(&clock);
        let shift = batch_of(&office, &scanner, TAKEN).await;
        let executor = Executor::begin(&scanner).await.unwrap();
        let lines = lines_of(&office, &shift).await;
        let beyond = batch_line::Model { position: 2, ..lines[0].clone() };
        let tx = office.catalogue.write_tx().await.unwrap();
        let (intent, named) = (clock.new_id(), [lines[0].clone(), beyond]);
        record::intent_row(&tx, &shift, &executor, intent, ActKind::Quarantine, &named, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(is_said_taken(&office, &lines[0], &shift, &clock).await, "it may be");
        assert!(!is_said_taken(&office, &lines[1], &shift, &clock).await, "it is in no chunk");
        executor.end(&scanner).await.unwrap();
    }
}
