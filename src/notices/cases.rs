//! What open cases tell that are known by their hold alone (M14), from the list of
//! open requests or by hand: one that came in, one whose answer is due soon or late, a
//! refusal that nobody explained, recipients who have not acknowledged. Those that
//! people opened as requests are told by [`super::requests`]. Told to
//! the services and owners of what is asked for, and to the data protection
//! officer, by the request's reference where that is a case number, else by the
//! number of its hold. **An answer that is late frees nothing.**

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::holds::{self, scopes_of};
use super::payload::{RequestStage, RightsRequest};
use super::reach::Reach;
use super::{typed, words};
use crate::catalogue::entity::{hold, rights_request};
use crate::catalogue::values::Text;
use crate::catalogue::words::HoldState;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::holds::request::{REQUESTS, due_on};
use crate::holds::{Progress, number, request_of};
use crate::people::Role;
use crate::working_days::WorkingDays;

/// Days before the answer is due on which it is told.
const SOON: [i64; 2] = [3, 10];

/// For so many days a request that came in is told of as new, so that a day that
/// was missed is made good.
const NEW: i64 = 14;

/// Days between two mails about an answer that is late.
const OVERDUE: i64 = 7;

/// Days between two mails about a refusal that nobody has explained.
const EXPLAIN_AGAIN: i64 = 7;

/// Days after which recipients should have acknowledged, and between two mails.
const OUTSTANDING: i64 = 14;

/// Tells of every open request what the day calls for. Twice changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn due(
    tx: &WriteTx,
    days: &WorkingDays,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let today = london_date(now);
    let open = hold::Entity::find()
        .filter(hold::Column::State.ne(HoldState::Released))
        .filter(hold::Column::Kind.is_in(REQUESTS.map(Text)))
        .all(&**tx)
        .await?;
    let opened: BTreeSet<_> = rights_request::Entity::find()
        .filter(rights_request::Column::HoldId.is_not_null())
        .all(&**tx)
        .await?
        .into_iter()
        .filter_map(|request| request.hold_id)
        .collect();
    for hold in open.into_iter().filter(|hold| !opened.contains(&hold.id)) {
        let Some(row) = request_of(&**tx, &hold).await? else { continue };
        let by_law = due_on(hold.kind.0, row.received_on.0, days);
        let Some(due_on) = row.due_on.map(|day| day.0).or(by_law) else { continue };
        let placed = london_date(hold.placed_at.timestamp());
        let stages = stages(Progress::of(&row), placed, due_on, today);
        if stages.is_empty() {
            continue;
        }
        let reach = Reach::of(&**tx, &scopes_of(&**tx, hold.id).await?).await?;
        let reference = typed::reference(&hold.reference).unwrap_or_else(|| number(hold.id));
        for (stage, key) in stages {
            let said = RightsRequest {
                reference: reference.clone(),
                stage,
                due_on,
                hold: Some(number(hold.id)),
                asked: Some(words::hold_kind(hold.kind.0).to_owned()),
            }
            .into();
            let key = format!("case:{}:{key}", hold.id);
            let telling = holds::Telling { hold: &hold, reach: &reach, said: &said, key };
            telling.tell(tx, &[Role::Dpo], now).await?;
        }
    }
    Ok(())
}

/// What is to be told of a request today, each with what makes it this one.
fn stages(
    stands: Progress,
    placed: Date,
    due_on: Date,
    today: Date,
) -> BTreeSet<(RequestStage, String)> {
    let since = |day: Date| today.duration_since(day).as_hours() / 24;
    let mut stages = BTreeSet::new();
    let mut tell = |stage, key: String| stages.insert((stage, key));
    if stands.answered.is_none() {
        if since(placed) < NEW {
            tell(RequestStage::Opened, "opened".to_owned());
        }
        let left = -since(due_on);
        if left < 0 {
            tell(RequestStage::Overdue, format!("overdue:{due_on}:{}", (-left - 1) / OVERDUE));
        }
        if let Some(soon) = SOON.into_iter().find(|soon| (0..=*soon).contains(&left)) {
            tell(RequestStage::DueSoon, format!("due:{due_on}:{soon}"));
        }
    }
    if let (Some(refused), None) = (stands.refused, stands.explained) {
        let round = since(refused) / EXPLAIN_AGAIN;
        tell(RequestStage::RefusedUnexplained, format!("refused:{refused}:{round}"));
    }
    if let (Some(told), None) = (stands.told, stands.acknowledged)
        && since(told) >= OUTSTANDING
    {
        let round = since(told) / OUTSTANDING;
        tell(RequestStage::RecipientOutstanding, format!("told:{told}:{round}"));
    }
    stages
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    fn told(stands: Progress, day: i64) -> Vec<(RequestStage, String)> {
        let (placed, due) = (date(2026, 11, 2), date(2026, 11, 30));
        let today = placed.saturating_add(day.days());
        stages(stands, placed, due, today).into_iter().collect()
    }

    #[test]
    fn a_request_is_told_when_it_comes_in_before_its_answer_is_due_and_weekly_once_it_is_late() {
        use RequestStage::{DueSoon, Opened, Overdue};
        let open = Progress::default();
        for (day, stages) in [
            (0, &[(Opened, "opened")][..]),
            (13, &[(Opened, "opened")]),
            (14, &[]),
            (17, &[]),
            (18, &[(DueSoon, "due:2026-11-30:10")]),
            (24, &[(DueSoon, "due:2026-11-30:10")]),
            (25, &[(DueSoon, "due:2026-11-30:3")]),
            (28, &[(DueSoon, "due:2026-11-30:3")]),
            (29, &[(Overdue, "overdue:2026-11-30:0")]),
            (35, &[(Overdue, "overdue:2026-11-30:0")]),
            (36, &[(Overdue, "overdue:2026-11-30:1")]),
        ] {
            let expected: Vec<_> =
                stages.iter().map(|(stage, key)| (*stage, (*key).to_owned())).collect();
            assert_eq!(told(open, day), expected, "day {day}");
        }
        let answered = Progress { answered: Some(date(2026, 11, 10)), ..open };
        assert_eq!(told(answered, 36), [], "nor told late");
        assert_eq!(told(answered, 25), [], "nobody is asked for what was answered");
    }

    #[test]
    fn a_refusal_is_told_until_it_is_explained_and_recipients_from_two_weeks_until_they_answer() {
        use RequestStage::{RecipientOutstanding, RefusedUnexplained};
        let day = Some(date(2026, 11, 10));
        let refused = Progress { answered: day, refused: day, ..Progress::default() };
        let stage =
            |stands, day| told(stands, day).into_iter().map(|(it, _)| it).collect::<Vec<_>>();
        assert_eq!(stage(refused, 8), [RefusedUnexplained]);
        assert_ne!(told(refused, 8), told(refused, 15), "again after a week");
        assert_eq!(stage(Progress { explained: day, ..refused }, 8), []);
        let told_them = Progress { answered: day, told: day, ..Progress::default() };
        assert_eq!(stage(told_them, 21), []);
        assert_eq!(stage(told_them, 22), [RecipientOutstanding]);
        assert_eq!(stage(Progress { acknowledged: day, ..told_them }, 22), []);
    }
}
