//! What a process left open is settled by where the item is, though another
//! stands in its place by now.

use retaind_schedules::batch::LineState;
use retaind_schedules::permit::Quarantine;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::office::{Office, furnish};
use super::protocol::{KEPT, TAKEN, batch_of, opened, store, take_out_of_reach};
use super::rewind::Rewind;
use crate::catalogue::CatalogueUrl;
use crate::catalogue::entity::batch_line;
use crate::catalogue::values::Text;
use crate::catalogue::words::ActKind;
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::chunk;
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::record;
use crate::disposal::execution::settle;
use crate::disposal::execution::shift::Shift;

/// The lines of a batch, in order.
pub(super) async fn lines_of(office: &Office, shift: &Shift) -> Vec<batch_line::Model> {
    let lines = batch_line::Entity::find().filter(batch_line::Column::BatchId.eq(shift.batch.id));
    let lines = lines.order_by_asc(batch_line::Column::Position);
    lines.all(office.catalogue.read()).await.unwrap()
}

/// The states of the lines of a batch.
pub(super) async fn states(office: &Office, shift: &Shift) -> Vec<Text<LineState>> {
    lines_of(office, shift).await.into_iter().map(|line| line.state).collect()
}

#[tokio::test]
async fn what_was_taken_is_known_out_of_reach_though_another_stands_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, file) = (folder.path().join("casework.db"), folder.path().join("catalogue.db"));
    let (statements, settings) = store(&rows);
    let mut casework = Rewind::of_new(&rows, statements).await;
    let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("casework", settings)]);
    let clock = FixedClock::at("2026-11-23T20:00:00Z".parse().unwrap());
    let office = Office::found(&config, &CatalogueUrl::Sqlite(file), &clock).await;
    office.register(folder.path(), &[TAKEN, KEPT], &clock).await;
    office.scan("casework", &clock).await;
    office.allow().await;
    office.propose_signed(2, &clock).await;
    let scanner = office.scanner(&clock);

    // Taken, and not written down; then the key is used again.
    let taken = batch_of(&office, &scanner, TAKEN).await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let mut open = opened::<Quarantine>(&taken, &executor, 2).await;
    chunk::act(&taken, &executor, &mut open).await.unwrap();
    drop(executor);
    casework.run("insert into taken values (1, '2026-01-01')").await;
    settle::settle_all(&scanner).await.unwrap();
    assert_eq!(states(&office, &taken).await, [Text(LineState::Quarantined); 2]);

    // To be put back, and the place is taken; the process ends before it is written down.
    let mut kept = batch_of(&office, &scanner, KEPT).await;
    take_out_of_reach(&mut kept).await;
    casework.run("insert into kept values (1, '2026-01-01')").await;
    let executor = Executor::begin(&scanner).await.unwrap();
    let lines = lines_of(&office, &kept).await;
    let intent = clock.new_id();
    let tx = office.catalogue.write_tx().await.unwrap();
    record::intent_row(&tx, &kept, &executor, intent, ActKind::Restore, &lines, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    drop(executor);
    settle::settle_all(&scanner).await.unwrap();
    assert_eq!(states(&office, &kept).await, [Text(LineState::Quarantined); 2]);
}
