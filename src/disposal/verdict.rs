//! What the owner keeps of a list, and lines that changed since.
//!
//! A line is never removed: it is marked, and with another mark the list has
//! another digest, so that whatever was signed before is void.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::{BatchState, LineState, Verdict};
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::candidate::{Judge, Judged};
use super::expire::WAITING;
use super::list::{self, Pages};
use super::{ApprovalError, Desk, enter, locked, owner_of, present, review, said, step};
use crate::audit::{Action, By, Motive};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::{batch, batch_line, item, item_decision, record_type};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::{ItemDecision, OutcomeKind};
use crate::clock::id_at;
use crate::people::{Actor, Role};
use crate::requests::erasure::Under;
use crate::stores;

/// Which lines of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The lines of these numbers, from 1.
    Numbers(Vec<u64>),
    /// Every line whose place begins so.
    Prefix(String),
    /// The lines at these places.
    Places(Vec<String>),
    /// All of them.
    All,
}

/// What the owner says of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping<'a> {
    /// Which.
    pub which: Which,
    /// Excluded, or deferred.
    pub verdict: Verdict,
    /// Until when; for what is excluded, a year ahead where none is given.
    pub until: Option<Date>,
    /// Why.
    pub reason: &'a str,
}

/// What is left of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Lines marked just now.
    pub lines: u64,
    /// Lines that still go.
    pub left: u64,
    /// Where the batch stands.
    pub state: BatchState,
    /// Its digest now.
    pub digest: String,
}

/// Keeps lines of a list that waits for approval. What was signed before is void;
/// a list of which nothing is left is rejected.
///
/// # Errors
///
/// Where the person is not the owner, the date or the reason is missing, or no
/// line answers.
pub async fn keep(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    keeping: &Keeping<'_>,
) -> Result<Kept, ApprovalError> {
    let reason = said(keeping.reason)?;
    let until = until(keeping, desk.today())?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let row = waiting(&tx, number).await?;
    owner_of(&tx, &actor, row.asset_id).await?;
    let mark = Mark { verdict: keeping.verdict, why: &reason, until: Some(until), by: &actor };
    let ids = chosen(&tx, &row, &keeping.which).await?;
    for lines in ids.chunks(LINES) {
        mark.write(&tx, lines, desk.now()).await?;
        mark.decide(&tx, &row, lines, desk.now()).await?;
    }
    let by = By::person(&actor, Role::Iao);
    let kept =
        closed_anew(desk, &tx, &row, (by, Action::BatchVerdict), Motive::typed(reason), ids.len())
            .await?;
    tx.commit().await?;
    Ok(kept)
}

/// Takes the lines that changed since they were proposed out of a list, so that
/// what is left can be approved.
///
/// # Errors
///
/// Where the person may not, or nothing changed.
pub async fn refresh(desk: &Desk<'_>, actor: &Actor, number: &str) -> Result<Kept, ApprovalError> {
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let row = waiting(&tx, number).await?;
    let role = match owner_of(&tx, &actor, row.asset_id).await {
        Ok(_) => Role::Iao,
        Err(refused) => match actor.first_of(&[Role::RecordsManager, Role::Iaa]) {
            Some(role) => role,
            None => return Err(refused),
        },
    };
    let changed = changed_lines(desk, &tx, &row).await?;
    if changed.is_empty() {
        return Err(ApprovalError::NothingChanged(row.number));
    }
    let mark = Mark { verdict: Verdict::Exclude, why: "changed", until: None, by: &actor };
    for lines in changed.chunks(LINES) {
        mark.write(&tx, lines, desk.now()).await?;
    }
    let by = By::person(&actor, role);
    let act = (by, Action::BatchRefreshed);
    let kept = closed_anew(desk, &tx, &row, act, Motive::default(), changed.len()).await?;
    tx.commit().await?;
    Ok(kept)
}

/// The lines that still go, and whose items are no longer as they were, or no
/// longer due for this: whatever holds there are, which are asked again when
/// anything is done.
pub(super) async fn changed_lines(
    desk: &Desk<'_>,
    tx: &WriteTx,
    row: &batch::Model,
) -> Result<Vec<Uuid>, ApprovalError> {
    let schedule = stores::schedule_within(tx).await?;
    let code = record_type::Entity::find_by_id(row.record_type_id).one(&**tx).await?;
    let line = code.and_then(|code| schedule.lines.get(&code.code));
    let store = StoreId(row.store_id);
    let under = Under::of(&**tx, row, desk.today()).await?;
    let judge = match (line, &under) {
        (_, Under::Void) => return Err(ApprovalError::EarlyVoid(row.number.clone())),
        (None, _) => None,
        (Some(line), _) => {
            let judge = Judge::new(&**tx, line, store, &schedule.calendar, desk.today()).await?;
            Some(match &under {
                Under::Decision(decision) => judge.early(decision),
                _ => judge,
            })
        }
    };
    let mut changed = Vec::new();
    let mut pages = Pages::of(row.id);
    while let Some(lines) = pages.next(&**tx).await? {
        let places: Vec<String> = lines.iter().map(|line| line.locator.clone()).collect();
        let items = item::Entity::find()
            .filter(item::Column::StoreId.eq(store.0))
            .filter(item::Column::Locator.is_in(&places))
            .all(&**tx)
            .await?;
        let items: std::collections::HashMap<&str, &item::Model> =
            items.iter().map(|item| (item.locator.as_str(), item)).collect();
        let decided = review::latest(&**tx, store, &places).await?;
        let still = |line: &batch_line::Model| {
            let Some(judge) = &judge else { return false };
            // What goes early is not due, and in no catalogue: it is looked at anew when
            // anything is done.
            let item = match (items.get(line.locator.as_str()), line.rights_item_id) {
                (_, Some(_)) => Cow::Owned(as_listed(row, line)),
                (Some(item), None) => Cow::Borrowed(*item),
                (None, None) => return false,
            };
            let last = decided.get(&line.locator);
            let judged = judge.leave_as(&item, line.rights_item_id, last);
            let same_action = matches!(judged, Judged::May(leave) if leave.action == row.action.0);
            same_action
                && item.fingerprint == line.fingerprint
                && item.mapping_id == Some(line.mapping_id)
        };
        let going = lines.iter().filter(|line| line.verdict.0 == Verdict::Include);
        changed.extend(going.filter(|line| !still(line)).map(|line| line.id));
    }
    Ok(changed)
}

/// The item of a line as it was listed.
fn as_listed(row: &batch::Model, line: &batch_line::Model) -> item::Model {
    item::Model {
        id: line.id,
        store_id: row.store_id,
        mapping_id: Some(line.mapping_id),
        locator: line.locator.clone(),
        is_unit: line.is_unit,
        reference: line.reference.clone(),
        subject_key: line.subject_key.clone(),
        members: line.members,
        bytes: line.bytes,
        fingerprint: line.fingerprint.clone(),
        outcome: OutcomeKind::NotDue,
        action: None,
        due_on: line.due_on,
        not_beyond: line.not_beyond,
        governing: line.governing.clone(),
        doubt: None,
        facts: line.facts.value(),
        first_seen_at: row.proposed_at,
        last_scan_id: Uuid::nil(),
        missed: 0,
        resurrected_at: None,
    }
}

/// Lines marked in one statement.
const LINES: usize = 500;

async fn waiting(tx: &WriteTx, number: &str) -> Result<batch::Model, ApprovalError> {
    let row = locked(tx, number).await?;
    if WAITING.contains(&row.state.0) {
        return Ok(row);
    }
    Err(ApprovalError::NotNow { number: row.number, state: row.state.0 })
}

fn until(keeping: &Keeping<'_>, today: Date) -> Result<Date, ApprovalError> {
    let a_year = || today.saturating_add(jiff::Span::new().years(1));
    let until = match (keeping.until, keeping.verdict) {
        (Some(until), _) => until,
        (None, Verdict::Exclude) => a_year(),
        (None, _) => today,
    };
    ahead(until, today)
}

/// For how many years one decision may keep a record.
const YEARS: i32 = 10;

/// A day until which records may be kept: after today, and not so far ahead that
/// one person has ended the rule for good.
pub(super) fn ahead(until: Date, today: Date) -> Result<Date, ApprovalError> {
    let latest = today.saturating_add(jiff::Span::new().years(YEARS));
    match until {
        until if until <= today => Err(ApprovalError::NotAhead(until)),
        until if until > latest => Err(ApprovalError::TooFarAhead(until, latest)),
        until => Ok(until),
    }
}

/// The lines that still go and answer.
async fn chosen(
    tx: &WriteTx,
    row: &batch::Model,
    which: &Which,
) -> Result<Vec<Uuid>, ApprovalError> {
    use batch_line::Column::{Locator, Position};
    let wanted: Vec<Condition> = match which {
        Which::All | Which::Prefix(_) => vec![Condition::all()],
        Which::Numbers(numbers) => {
            let positions = numbers.iter().map(|number| i64::try_from(*number).unwrap_or(0) - 1);
            vec![Condition::all().add(Position.is_in(positions))]
        }
        Which::Places(places) => {
            places.chunks(LINES).map(|places| Condition::all().add(Locator.is_in(places))).collect()
        }
    };
    let mut chosen: Vec<Uuid> = Vec::new();
    for wanted in wanted {
        let lines: Vec<(Uuid, String)> = batch_line::Entity::find()
            .select_only()
            .column(batch_line::Column::Id)
            .column(Locator)
            .filter(batch_line::Column::BatchId.eq(row.id))
            .filter(batch_line::Column::Verdict.eq(Text(Verdict::Include)))
            .filter(wanted)
            .order_by_asc(Position)
            .into_tuple()
            .all(&**tx)
            .await?;
        // Compared here: a LIKE of the database knows no case, and has wildcards.
        let answers = |place: &str| match which {
            Which::Prefix(prefix) => place.starts_with(prefix.as_str()),
            _ => true,
        };
        let answering = lines.into_iter().filter(|(_, place)| answers(place));
        chosen.extend(answering.map(|(id, _)| id));
    }
    let every_one = match which {
        Which::Numbers(numbers) => chosen.len() == numbers.len(),
        Which::Places(places) => chosen.len() == places.len(),
        Which::Prefix(_) | Which::All => !chosen.is_empty(),
    };
    if every_one { Ok(chosen) } else { Err(ApprovalError::NoSuchLine(row.number.clone())) }
}

struct Mark<'a> {
    verdict: Verdict,
    why: &'a str,
    until: Option<Date>,
    by: &'a Actor,
}

impl Mark<'_> {
    async fn write(
        &self,
        tx: &WriteTx,
        lines: &[Uuid],
        now: Timestamp,
    ) -> Result<(), ApprovalError> {
        let marked = batch_line::ActiveModel {
            verdict: Set(Text(self.verdict)),
            verdict_why: Set(Some(self.why.to_owned())),
            verdict_until: Set(self.until.map(CivilDate)),
            verdict_by: Set(Some(self.by.person.0)),
            state: Set(Text(LineState::Kept)),
            ended_at: Set(Some(Micros::from(now))),
            ..Default::default()
        };
        batch_line::Entity::update_many()
            .set(marked)
            .filter(batch_line::Column::Id.is_in(lines.iter().copied()))
            .exec(&**tx)
            .await?;
        Ok(())
    }

    /// The same as a decision on each item, which outlives the batch.
    async fn decide(
        &self,
        tx: &WriteTx,
        row: &batch::Model,
        lines: &[Uuid],
        now: Timestamp,
    ) -> Result<(), ApprovalError> {
        let lines = batch_line::Entity::find()
            .filter(batch_line::Column::Id.is_in(lines.iter().copied()))
            .all(&**tx)
            .await?;
        let decisions = lines.into_iter().map(|line| {
            let decision = item_decision::Model {
                id: id_at(now),
                store_id: row.store_id,
                locator: line.locator,
                fingerprint: line.fingerprint,
                decision: ItemDecision::Keep,
                keep_until: self.until.map(CivilDate),
                reason: self.why.to_owned(),
                person_id: self.by.person.0,
                role: Role::Iao.to_string(),
                at: Micros::from(now),
                batch_line_id: Some(line.id),
            };
            decision.into_active_model()
        });
        item_decision::Entity::insert_many(decisions).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

/// Gives the list its new digest, and puts it before its owner again.
async fn closed_anew(
    desk: &Desk<'_>,
    tx: &WriteTx,
    row: &batch::Model,
    (by, action): (By, Action),
    why: Motive,
    lines: usize,
) -> Result<Kept, ApprovalError> {
    let digest = list::digest_of(&**tx, row).await?.0;
    let left = list::with_verdict(&**tx, row.id, Verdict::Include).await?;
    let state = if left == 0 { BatchState::Rejected } else { BatchState::Proposed };
    let change = batch::ActiveModel { digest: Set(Some(digest.clone())), ..Default::default() };
    let now = desk.now();
    step(tx, row, state, now, change).await?;
    let after = Some(digest.clone());
    enter(tx, by.clone(), action, row, after.clone(), why, now).await?;
    if state == BatchState::Rejected {
        let row = batch::Model { digest: after.clone(), ..row.clone() };
        let every = Motive::own("every line of it is kept");
        enter(tx, by, Action::BatchRejected, &row, after, every, now).await?;
    }
    let lines = lines as u64;
    Ok(Kept { lines, left, state, digest })
}
