//! What a batch's state calls for on a day, and the key by which it is told once.

use jiff::Timestamp;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;

use super::Kind;
use super::payload::{Ask, Asking};
use crate::catalogue::entity::batch;
use crate::catalogue::values::Micros;

/// Days after its proposal from which its owner is asked a second and a third
/// time, and from which the director and the records managers are told.
const ASKED_AGAIN: [i64; 2] = [7, 14];
const ESCALATED: i64 = 21;

/// The first digits of a digest, which say which list is meant.
const DIGITS: usize = 12;

/// What a batch's state calls for today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Which notice.
    pub(super) kind: Kind,
    /// How its owner is asked, where they are.
    pub(super) ask: Ask,
    /// What makes it this one and no other.
    pub(super) key: String,
}

impl Step {
    /// Of its state.
    pub(super) fn of(row: &batch::Model, now: Timestamp) -> Self {
        let list: String = row.digest.iter().flat_map(|it| it.chars()).take(DIGITS).collect();
        let asked = |ask, word: &str| (Kind::BatchProposed, ask, format!("{word}:{list}"));
        let told = |kind, word: &str| (kind, Ask::Proposed, word.to_owned());
        let (kind, ask, word) = match row.state.0 {
            BatchState::Proposed => match asking(row.proposed_at, now) {
                Asking::First => asked(Ask::Proposed, "first"),
                Asking::Second => asked(Ask::Reminder, "second"),
                Asking::Third => asked(Ask::Reminder, "third"),
                Asking::Escalated | Asking::Over => asked(Ask::Escalation, "escalated"),
            },
            BatchState::IaoApproved => told(Kind::Authorise, &format!("authorise:{list}")),
            BatchState::Authorised => told(Kind::CoolingOff, &format!("cooling-off:{list}")),
            BatchState::Certified => told(Kind::Certified, "certified"),
            BatchState::Expired => (Kind::BatchProposed, Ask::Expired, "expired".to_owned()),
            _ => told(Kind::Alarm, &format!("halted:{}", row.state_since.0)),
        };
        Self { kind, ask, key: format!("batch:{}:{word}", row.id) }
    }

    /// The archive is offered what is to go to it once its owner is asked.
    pub(super) fn offer(row: &batch::Model) -> Option<Self> {
        use BatchState::{Authorised, IaoApproved, Proposed};
        let is_open = matches!(row.state.0, Proposed | IaoApproved | Authorised);
        let key = format!("batch:{}:offered", row.id);
        (is_open && row.action.0 == DisposalAction::Transfer).then_some(Self {
            kind: Kind::TransferOffer,
            ask: Ask::Proposed,
            key,
        })
    }
}

/// For which time it is asked today what was asked first at this moment.
pub(super) fn asking(since: Micros, now: Timestamp) -> Asking {
    match days_since(since, now) {
        days if days >= ESCALATED => Asking::Escalated,
        days if days >= ASKED_AGAIN[1] => Asking::Third,
        days if days >= ASKED_AGAIN[0] => Asking::Second,
        _ => Asking::First,
    }
}

/// Whole days in London between a moment and now.
fn days_since(at: Micros, now: Timestamp) -> i64 {
    london_date(now).duration_since(london_date(at.timestamp())).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use crate::catalogue::values::Text;

    use super::*;

    fn proposed() -> batch::Model {
        let at = Micros::from("2026-11-02T09:00:00Z".parse::<Timestamp>().unwrap());
        batch::Model {
            id: uuid::Uuid::from_u128(17),
            number: "B-2026-0017".to_owned(),
            action: Text(DisposalAction::Destroy),
            asset_id: uuid::Uuid::nil(),
            record_type_id: uuid::Uuid::nil(),
            store_id: uuid::Uuid::nil(),
            schedule_version_id: uuid::Uuid::nil(),
            rule: String::new(),
            rule_words: String::new(),
            mappings: serde_json::json!([]),
            lines: 1,
            members: 1,
            bytes: 1,
            oldest_due: None,
            newest_due: None,
            digest: Some("0123456789abcdef".to_owned()),
            state: Text(BatchState::Proposed),
            state_since: at,
            proposed_by: None,
            proposed_at: at,
            expires_at: at,
            not_before: None,
            quarantined_at: None,
            grace_days: 30,
            halted_from: None,
            halted_why: None,
            standing_authority_id: None,
            forgotten_at: None,
            erasure_request_id: None,
            erasure_digest: None,
        }
    }

    #[test]
    fn an_owner_is_asked_at_once_and_after_one_and_two_weeks_and_those_above_after_three() {
        let row = proposed();
        let cases = [
            (0, Ask::Proposed, "first"),
            (6, Ask::Proposed, "first"),
            (7, Ask::Reminder, "second"),
            (13, Ask::Reminder, "second"),
            (14, Ask::Reminder, "third"),
            (20, Ask::Reminder, "third"),
            (21, Ask::Escalation, "escalated"),
            (29, Ask::Escalation, "escalated"),
        ];
        for (days, ask, word) in cases {
            let now = row.proposed_at.timestamp() + (days * 24).hours();
            let step = Step::of(&row, now);
            assert_eq!((step.kind, step.ask), (Kind::BatchProposed, ask), "day {days}");
            assert_eq!(step.key, format!("batch:{}:{word}:0123456789ab", row.id), "day {days}");
        }
    }

    #[test]
    fn what_is_to_go_to_the_archive_is_offered_to_it_once_and_nothing_else_is() {
        let offer = |action, state| {
            let (action, state) = (Text(action), Text(state));
            Step::offer(&batch::Model { action, state, ..proposed() }).map(|step| step.kind)
        };
        use DisposalAction::{Destroy, Transfer};
        assert_eq!(offer(Transfer, BatchState::Proposed), Some(Kind::TransferOffer));
        assert_eq!(offer(Transfer, BatchState::Authorised), Some(Kind::TransferOffer));
        assert_eq!(offer(Transfer, BatchState::Expired), None);
        assert_eq!(offer(Destroy, BatchState::Proposed), None);
    }

    #[test]
    fn another_list_is_another_question_and_a_halt_another_alarm() {
        let (row, now) = (proposed(), proposed().proposed_at.timestamp());
        let another = batch::Model { digest: Some("fedcba9876543210".to_owned()), ..row.clone() };
        assert_ne!(Step::of(&row, now).key, Step::of(&another, now).key);
        let halted = batch::Model { state: Text(BatchState::Halted), ..row };
        let again = batch::Model { state_since: Micros(1), ..halted.clone() };
        assert_eq!(Step::of(&halted, now).kind, Kind::Alarm);
        assert_ne!(Step::of(&halted, now).key, Step::of(&again, now).key);
    }
}
