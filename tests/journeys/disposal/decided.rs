//! What a person decided last of a record whose loss could not be made good, and
//! not what they had decided when its list was made.

use retaind::catalogue::words::ItemDecision;
use retaind::disposal::ApprovalError;
use retaind::disposal::review::{self, Ruling};
use retaind_schedules::action::DisposalAction;

use super::stories::reachable;
use crate::catalogue::Database;
use crate::office::Office;

/// What waits for a decision, by place.
async fn waiting(office: &Office) -> Vec<String> {
    let mut waiting = Vec::new();
    let hear = |item: review::Awaiting| {
        waiting.push(item.locator);
        Ok::<(), ApprovalError>(())
    };
    review::each(&office.desk(), hear).await.unwrap();
    waiting
}

async fn decide(office: &Office, locator: &str, decision: ItemDecision) {
    let until = (decision == ItemDecision::Keep).then_some(jiff::civil::date(2026, 11, 4));
    let ruling = Ruling {
        store: "share".to_owned(),
        locator: locator.to_owned(),
        decision,
        until,
        reason: "looked at".to_owned(),
        seen: None,
    };
    review::decide(&office.desk(), &office.actor("nadia").await, &[ruling]).await.unwrap();
}

#[tokio::test]
async fn what_was_confirmed_and_then_sent_to_the_archive_or_kept_is_not_destroyed() {
    for database in Database::BOTH {
        let office = Office::with_action(database, "2026-10-30T09:00:00Z", 3, "Destroy!").await;
        let places = waiting(&office).await;
        let [sent, kept, gone] = &places[..] else { panic!("{places:?}") };
        for place in &places {
            decide(&office, place, ItemDecision::Destroy).await;
        }
        let number = office.authorised().await;
        assert_eq!(office.batch(&number).await.lines, 3);

        decide(&office, sent, ItemDecision::Transfer).await;
        // Kept for some days only, and not confirmed anew after them.
        decide(&office, kept, ItemDecision::Keep).await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 1);
        let lines = office.lines(&number).await;
        let of = |place: &str| lines.iter().find(|line| line.locator == place).unwrap();
        assert_eq!(of(sent).why.as_deref(), Some("other-action"));
        assert_eq!(of(kept).why.as_deref(), Some("unconfirmed"));
        assert_eq!(of(gone).state.0.name(), "quarantined");
        assert_eq!(reachable(&office, "planning").len(), 3);

        // The one goes to the archive, of the other a person is asked again.
        office.at("2026-12-07T12:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(office.run(&number).await.unwrap().destroyed, 1);
        office.council.scan("share").await;
        assert_eq!(waiting(&office).await, [kept.as_str()]);
        let [list] = &office.propose().await[..] else { panic!("one list") };
        assert_eq!((list.action.0, list.lines), (DisposalAction::Transfer, 1));
    }
}
