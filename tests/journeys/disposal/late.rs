//! What was approved does not stay approved for ever: where it is not carried out
//! in time it expires, and its records may be proposed anew.

use retaind::catalogue::entity::transfer;
use retaind::catalogue::values::Micros;
use retaind::clock::Clock as _;
use retaind::disposal::approve::withdraw;
use retaind::disposal::execution::resume;
use retaind::disposal::expire::expire;
use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::stories::reachable;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{Office, everyone};

#[tokio::test]
async fn what_was_authorised_and_not_begun_expires_and_its_records_are_proposed_anew() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        // Thirty days from the end of the cooling-off.
        office.at("2026-12-06T08:59:59Z").await;
        office.council.scan("share").await;
        assert!(expire(&office.desk()).await.unwrap().is_empty());
        office.at("2026-12-06T09:00:00Z").await;
        let ran = office.run(&number).await.unwrap();
        let waits = ran.waits.unwrap();
        assert!(waits.starts_with("it was to be begun by 2026-12-06, and was not"), "{waits}");
        assert_eq!(ran.quarantined, 0);
        assert_eq!(expire(&office.desk()).await.unwrap(), [number.as_str()]);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Expired);
        assert_eq!(office.council.audited("batch.expired").await, 1);
        assert_eq!(reachable(&office, "planning").len(), 4);
        assert!(office.run(&number).await.unwrap_err().to_string().contains("expired"));
        let [anew] = &office.propose().await[..] else { panic!("one list") };
        assert_eq!(anew.lines, 3);
    }
}

#[tokio::test]
async fn what_a_guard_halted_and_nobody_looked_at_expires() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        let mut list = everyone();
        list[2].left_on = Some(jiff::civil::date(2026, 11, 5));
        office.people(&list).await;
        office.run(&number).await.unwrap_err();
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        office.at("2026-12-06T11:59:59Z").await;
        assert!(expire(&office.desk()).await.unwrap().is_empty());
        office.at("2026-12-06T12:00:00Z").await;
        let rowan = office.actor(&present_user()).await;
        let scanner = office.open.scanner(office.clock());
        let late = resume(&scanner, &rowan, &number, "it is right").await.unwrap_err().to_string();
        assert!(late.contains("was halted more than thirty days ago"), "{late}");
        assert_eq!(expire(&office.desk()).await.unwrap(), [number.as_str()]);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Expired);
    }
}

#[tokio::test]
async fn what_has_anything_out_of_reach_does_not_end_by_itself() {
    let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 3).await;
    let number = office.authorised().await;
    office.at("2026-11-06T12:00:00Z").await;
    office.council.scan("share").await;
    assert_eq!(office.run(&number).await.unwrap().quarantined, 3);
    let halted = "update batch set state = 'halted', halted_from = 'quarantined', halted_why = 'x'";
    office.as_if(halted).await;
    office.at("2027-03-06T12:00:00Z").await;
    assert!(expire(&office.desk()).await.unwrap().is_empty());
    assert_eq!(office.count(&number, LineState::Quarantined).await, 3);
    assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
}

#[tokio::test]
async fn what_an_archive_was_offered_waits_for_its_answer() {
    let (now, action) = ("2026-10-30T09:00:00Z", "Transfer");
    let office = Office::with_action(Database::Sqlite, now, 3, action).await;
    let number = office.authorised().await;
    let offered = transfer::Model {
        batch_id: office.batch(&number).await.id,
        archive: "the county archive".to_owned(),
        offered_by: office.actor("mary").await.person.0,
        offered_at: Micros::from(office.clock().now()),
        accepted_ref: None,
        accepted_on: None,
        recorded_by: None,
        recorded_at: None,
    };
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = offered.into_active_model();
    transfer::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    office.at("2027-03-06T12:00:00Z").await;
    assert!(expire(&office.desk()).await.unwrap().is_empty());
    assert_eq!(office.batch(&number).await.state.0, BatchState::Authorised);
}

#[tokio::test]
async fn what_a_guard_halted_is_taken_back_by_a_records_manager() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        office.as_if("update asset set enforcement = 'flag'").await;
        office.run(&number).await.unwrap_err();
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted);
        let mary = office.actor("mary").await;
        withdraw(&office.desk(), &mary, &number, "not this year").await.unwrap();
        let row = office.batch(&number).await;
        assert_eq!((row.state.0, row.halted_from), (BatchState::Withdrawn, None));
    }
}
