//! A hold on records of certain days asks the same days of what is out of reach
//! as of what is in its place: those of the store, and those recorded beside it.

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use retaind_schedules::batch::LineState::{Quarantined, Restored};
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::StoreId;
use retaind_schedules::trigger::Trigger;
use sea_orm::EntityTrait as _;
use tokio_util::sync::CancellationToken;

use super::levers;
use super::office::{CLERK, LAWYER, Office};
use super::protocol::{TAKEN, batch_of};
use super::settled::states;
use crate::catalogue::entity::{batch_line, store};
use crate::catalogue::testing::Database;
use crate::catalogue::values::Text;
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::{ChunkSize, dry_run, run};
use crate::events::{self, About, NewEvent};
use crate::holds::{self, NewHold, NewScope};

/// The case of everything in the store was closed on this day.
const CLOSED: Date = date(2011, 5, 2);

async fn close_every_case(office: &Office, clock: &FixedClock) {
    let store = store::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
    let (clerk, now, today) = (office.person(CLERK).await, clock.now(), clock.today());
    for line in batch_line::Entity::find().all(office.catalogue.read()).await.unwrap() {
        let new = NewEvent {
            about: About::Locator(StoreId(store.id), line.locator),
            trigger: Trigger::CaseClosed,
            date: CLOSED,
            source: "the case system".to_owned(),
            supersedes: None,
            note: None,
        };
        events::record(&office.catalogue, &office.keys, &clerk, &new, now, today).await.unwrap();
    }
}

/// Holds everything that was worked on from this day on.
async fn hold_from(office: &Office, day: Date, clock: &FixedClock) {
    let new = NewHold {
        reference: format!("H {day}"),
        title: "A claim".to_owned(),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "County court".to_owned(),
        scopes: vec![NewScope::Everything.within(Some(day), None)],
        review_on: clock.today().saturating_add(jiff::Span::new().months(6)),
        reason: "A claim was made".to_owned(),
    };
    let lawyer = office.person(LAWYER).await;
    let (catalogue, keys) = (&office.catalogue, &office.keys);
    holds::place(catalogue, keys, &lawyer, &new, clock.now(), clock.today()).await.unwrap();
}

#[tokio::test]
async fn what_is_out_of_reach_is_put_back_for_a_hold_on_its_days_and_for_no_other() {
    for database in Database::BOTH {
        let clock = levers::clock();
        let (office, _place, _folder) = levers::office(database, &clock).await;
        close_every_case(&office, &clock).await;
        let scanner = office.scanner(&clock);
        let taken = batch_of(&office, &scanner, TAKEN).await;
        let number = taken.batch.number.clone();
        let cancel = CancellationToken::new();
        clock.set(clock.now().checked_add(SignedDuration::from_hours(24 * 8)).unwrap());
        hold_from(&office, date(2011, 5, 3), &clock).await;

        for _ in 0..2 {
            run(&scanner, &number, ChunkSize::Lines(1), &cancel).await.unwrap();
            assert_eq!(states(&office, &taken).await, [Text(Quarantined); 2]);
        }

        hold_from(&office, CLOSED, &clock).await;
        let would = dry_run(&scanner, &number).await.unwrap();
        assert_eq!(would.would_go, [] as [uuid::Uuid; 0], "{would:?}");
        run(&scanner, &number, ChunkSize::Lines(1), &cancel).await.unwrap();
        assert_eq!(states(&office, &taken).await, [Text(Restored); 2]);
    }
}
