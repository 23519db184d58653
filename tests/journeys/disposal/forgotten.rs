//! Lists that are over forget where their items stood, as long after as a
//! manifest is kept; those that are not are what was proposed.

use jiff::civil::{Date, date};
use retaind::catalogue::entity::{batch_line, item_decision};
use retaind::catalogue::words::ItemDecision;
use retaind::clock::Clock as _;
use retaind::disposal::approve::reject;
use retaind::disposal::forget::forget;
use retaind_schedules::batch::LineState;
use retaind_schedules::period::Period;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use crate::catalogue::Database;
use crate::office::Office;

async fn forgotten(office: &Office, today: Date) -> Vec<String> {
    let kept = Period::new(2, 0, 0, 0).unwrap();
    forget(&office.open.catalogue, kept, today, office.clock().now()).await.unwrap()
}

async fn places(office: &Office, number: &str) -> Vec<String> {
    office.lines(number).await.into_iter().map(|line| line.locator).collect()
}

fn says_nothing(line: &batch_line::Model) -> bool {
    line.locator == "gone"
        && line.reference.is_none()
        && line.subject_key.is_none()
        && line.verdict_why.is_none()
        && line.store_facts.is_none()
        && line.facts.value() == serde_json::json!({})
}

/// A decision of a person on the item at this place.
async fn decided(office: &Office, place: &str) {
    let rowan = office.actor(&crate::council::present_user()).await;
    let items = office.items().await;
    let item = items.iter().find(|item| item.locator == place).unwrap();
    let decision = item_decision::Model {
        id: office.clock().new_id(),
        store_id: item.store_id,
        locator: place.to_owned(),
        fingerprint: item.fingerprint.clone(),
        decision: ItemDecision::Destroy,
        keep_until: None,
        reason: "looked at".to_owned(),
        person_id: rowan.person.0,
        role: "records-manager".to_owned(),
        at: office.clock().now().into(),
        batch_line_id: None,
    };
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = item_decision::ActiveModel::from(decision);
    item_decision::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn refused(office: &Office, statement: &str, told: &str) {
    let catalogue = &office.open.catalogue;
    let refused = catalogue.read().execute_unprepared(statement).await.unwrap_err();
    assert!(catalogue.error(refused).to_string().contains(told), "{statement}");
}

#[tokio::test]
async fn lists_that_are_over_forget_where_their_items_stood_and_no_others_do() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-05-03T09:00:00Z", 4).await;
        let refusal = &office.propose().await[0].number;
        reject(&office.desk(), &office.actor("nadia").await, refusal, "not yet").await.unwrap();
        decided(&office, "planning/record-00001").await;
        decided(&office, "planning/record-00003").await;

        let number = office.authorised().await;
        office.share.take_away("planning/record-00003");
        let forget_now = "update batch_line set locator = 'gone', reference = null, subject_key = null \
                          where state = 'pending' and batch_id in \
                          (select id from batch where state = 'authorised')";
        refused(&office, forget_now, "never another than was proposed").await;
        for time in ["2026-05-11T09:00:00Z", "2026-06-11T09:00:00Z"] {
            office.at(time).await;
            office.council.scan("share").await;
            office.run(&number).await.unwrap();
        }
        let catalogue = &office.open.catalogue;
        let decisions = item_decision::Entity::find().all(catalogue.read()).await.unwrap();
        let mut of: Vec<&str> = decisions.iter().map(|one| one.locator.as_str()).collect();
        of.sort_unstable();
        assert_eq!(of, ["gone", "planning/record-00003"], "what went is named no more");
        for edit in ["reason = 'another'", "locator = 'planning/other'"] {
            let edit = format!("update item_decision set {edit}");
            refused(&office, &edit, "what was signed or decided stands").await;
        }

        // The day the rejected list is two years old, and the day after.
        assert_eq!(forgotten(&office, date(2028, 5, 3)).await, [""; 0]);
        assert_eq!(places(&office, refusal).await.len(), 4);
        assert!(!places(&office, refusal).await.contains(&"gone".to_owned()));
        assert_eq!(forgotten(&office, date(2028, 5, 4)).await, [refusal.as_str()]);
        assert!(office.lines(refusal).await.iter().all(says_nothing));
        assert_eq!(office.count(&number, LineState::Missing).await, 1);
        assert!(places(&office, &number).await.contains(&"planning/record-00003".to_owned()));

        assert_eq!(forgotten(&office, date(2028, 6, 12)).await, [number.as_str()]);
        let lines = office.lines(&number).await;
        assert!(lines.iter().all(says_nothing));
        let went = lines.iter().filter(|line| line.state.0 == LineState::Destroyed);
        assert_eq!(went.count(), 3, "what became of each stays");
        assert_eq!(forgotten(&office, date(2040, 1, 1)).await, [""; 0], "once");
        assert_eq!(office.council.audited("batch.forgotten").await, 2);
    }
}
