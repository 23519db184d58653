//! A chunk: lines that are judged and intended in one transaction, acted on,
//! and recorded in another.
//!
//! What is intended shows to everyone before anything is done, and whoever
//! places a hold waits for it. So a hold in force covers what no chunk has
//! open, and what a chunk has open is named.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use retaind_connectors::contract::{ActOutcome, InQuarantine, StoreError};
use retaind_connectors::order::MappingOrder;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::LineState;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::Permit;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::audit::Action;
use crate::catalogue::entity::{batch_line, disposal_gate};
use crate::catalogue::values::Text;
use crate::catalogue::words::ActKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::execution::act::{Deed, Sees};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::judge::{Against, Asked, Judgement, Scales, Seen, Then, judge};
use crate::disposal::execution::open::UnderWay;
use crate::disposal::execution::record::{self, Besides, Closing};
use crate::disposal::execution::rehearse::DryRun;
use crate::disposal::execution::reviewed::{self, Decided};
use crate::disposal::execution::shift::{Shift, locked};
use crate::disposal::execution::stop::{DisposalError, Stop};
use crate::disposal::execution::{guards, left};
use crate::disposal::list::{self, Pages, page};
use crate::events::{self, ItemKeys};
use crate::holds;
use crate::plural::counted;
use crate::requests::erasure::Under;
use crate::stores;

/// Lines that are weighed before the other hands are let to go on: one of them may
/// have a transaction open.
const A_WHILE: usize = 64;

/// Lines that are about to be acted on, and are so for everyone to see.
#[derive(Debug)]
pub(super) struct Chunk<A: Deed> {
    pub(super) intent: Uuid,
    pub(super) mapping: Uuid,
    pub(super) lines: Vec<batch_line::Model>,
    pub(super) permits: Vec<Permit<A>>,
    /// Units of which some is destroyed and the rest is out of reach.
    pub(super) begun: HashSet<Uuid>,
}

/// What came of asking for a chunk.
#[derive(Debug)]
pub(super) enum Opened<A: Deed> {
    /// None of those looked at may be acted on; this many were settled.
    NoneGranted,
    /// A chunk is open.
    Chunk(Chunk<A>),
    /// Lines that are out of reach are kept, by a hold or by the rules: they are
    /// to be put back.
    Held(Vec<batch_line::Model>),
}

/// What was looked at outside of any transaction.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    mapping: Uuid,
    lines: Vec<batch_line::Model>,
    seen: Vec<Seen>,
    known: Known,
}

/// What the catalogue says that bears on lines. Whoever judged by it before a
/// transaction asks in it whether it is so still.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    against: holds::Against,
    /// For each line, in order, as the decisions are.
    events: Vec<Vec<Event>>,
    decided: Vec<Decided>,
    under: Under,
    today: Date,
}

/// What became of the lines of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Came {
    /// Acted on.
    pub done: u64,
    /// Left because they had changed.
    pub changed: u64,
    /// Not there.
    pub absent: u64,
    /// The store could not.
    pub failed: u64,
}

impl std::ops::AddAssign for Came {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.changed += other.changed;
        self.absent += other.absent;
        self.failed += other.failed;
    }
}

/// The next lines for this act, as they look now: at most `limit`, all under one
/// mapping. Whoever shares `next`, the first position to look from, is given others.
pub(super) async fn look<A: Deed>(
    shift: &Shift,
    next: &Mutex<i64>,
    limit: u64,
) -> Result<Option<Looked>, DisposalError> {
    let mut from = next.lock().await;
    let read = shift.scanner.catalogue.read();
    let open = UnderWay::of(read, shift.batch.id).await?;
    let (mapping, lines) = loop {
        let standing = batch_line::Column::State.eq(Text(A::FROM));
        let these = page(shift.batch.id, *from).filter(standing).limit(limit);
        let mut lines: Vec<batch_line::Model> = list::lines(read, these).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        *from = last.position + 1;
        lines.retain(|line| !open.names(line));
        if let Some(mapping) = lines.first().map(|line| line.mapping_id) {
            lines.retain(|line| line.mapping_id == mapping);
            break (mapping, lines);
        }
    };
    *from = lines.last().map_or(*from, |line| line.position + 1);
    drop(from);
    let order = shift.plan(mapping)?.order();
    let seen = A::look(&shift.connector, &order, &lines).await?;
    let known = known(read, shift, &lines).await?;
    Ok(Some(Looked { mapping, lines, seen, known }))
}

/// Judges what was looked at, and writes down what is intended.
pub(super) async fn open<A: Deed>(
    shift: &Shift,
    executor: &Executor,
    looked: Looked,
) -> Result<Opened<A>, DisposalError> {
    let now = shift.scanner.clock.now();
    // Everyone waits for the transaction, so the lines are weighed before it.
    let judged = judge_all::<A>(shift, &looked, &looked.known).await?;
    let tx = shift.scanner.catalogue.write_tx().await?;
    share_gate(&tx).await?;
    still_stands::<A>(&tx, shift).await?;
    let known = known(&*tx, shift, &looked.lines).await?;
    let judged = match known == looked.known {
        true => judged,
        false => judge_all::<A>(shift, &looked, &known).await?,
    };
    let free = record::free(&tx, &looked.lines, &[A::FROM]).await?;
    let judged = looked.lines.into_iter().zip(judged).filter(|(line, _)| free.contains(&line.id));
    let (mut granted, mut permits, mut left, mut held) = (vec![], vec![], vec![], vec![]);
    // Of these the store says more now than it said before, and not once they are taken.
    let mut said_anew = vec![];
    let mut stands: BTreeMap<String, u64> = BTreeMap::new();
    for (mut line, judgement) in judged {
        match judgement {
            Judgement::Granted(permit, store_facts) => {
                if store_facts.is_some() {
                    line.store_facts = store_facts;
                    said_anew.push(line.clone());
                }
                permits.push(permit);
                granted.push(line);
            }
            Judgement::Withheld(why)
                if A::KIND == ActKind::Destroy && why.then() == Then::BackWhereItBelongs =>
            {
                line.why = Some(why.word());
                held.push(line);
            }
            Judgement::Withheld(why) => {
                *stands.entry(why.word()).or_default() += 1;
                left.push(settled::<A>(line, &why, now.into()));
            }
            Judgement::Gone => {
                *stands.entry("missing".to_owned()).or_default() += 1;
                let (state, ended_at) = (Text(LineState::Missing), Some(now.into()));
                left.push(batch_line::Model { state, ended_at, ..line });
            }
        }
    }
    record::save(&tx, &left, Besides::Nothing).await?;
    if !stands.is_empty() {
        let said: Vec<String> =
            stands.iter().map(|(why, count)| format!("{count} {why}")).collect();
        record::enter(&tx, shift, Action::LinesWithheld, &said.join(", "), &left).await?;
    }
    if granted.is_empty() {
        tx.commit().await?;
        return Ok(if held.is_empty() { Opened::NoneGranted } else { Opened::Held(held) });
    }
    let intent = shift.scanner.clock.new_id();
    let against = Some(&known.against);
    record::intent_row(&tx, shift, executor, intent, A::KIND, &granted, against).await?;
    record::save(&tx, &said_anew, Besides::StoreFacts).await?;
    let said = format!("{} of {}", A::KIND, counted(granted.len() as u64, "line", "lines"));
    record::enter(&tx, shift, Action::ChunkOpened, &said, &granted).await?;
    tx.commit().await?;
    let (mapping, begun) = (looked.mapping, HashSet::new());
    Ok(Opened::Chunk(Chunk { intent, mapping, lines: granted, permits, begun }))
}

/// Acts on a chunk. What the store answers is not yet written down.
pub(super) async fn act<A: Deed>(
    shift: &Shift,
    executor: &Executor,
    chunk: &mut Chunk<A>,
) -> Result<Vec<ActOutcome>, DisposalError> {
    let order = shift.plan(chunk.mapping)?.order();
    let permits = std::mem::take(&mut chunk.permits);
    let at_work = executor.at_work();
    let outcomes = A::act(&shift.connector, &order, permits).await;
    at_work.over();
    let outcomes = outcomes?;
    if A::KIND == ActKind::Destroy {
        let cut_short = |outcome| matches!(outcome, ActOutcome::Changed | ActOutcome::Failed(_));
        let lines = chunk.lines.iter().zip(&outcomes);
        let units = lines.filter(|(line, outcome)| line.is_unit && cut_short(**outcome));
        let units: Vec<_> = units.map(|(line, _)| line.id).collect();
        chunk.begun = begun(shift, &order, &units).await?;
    }
    Ok(outcomes)
}

/// Of these units that are out of reach, those whose destruction has begun.
pub(super) async fn begun(
    shift: &Shift,
    order: &MappingOrder,
    units: &[Uuid],
) -> Result<HashSet<Uuid>, StoreError> {
    if units.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<BatchLineId> = units.iter().copied().map(BatchLineId).collect();
    let looks = shift.connector.look_quarantined(order, &ids).await?;
    let looks = units.iter().zip(looks);
    let begun = looks.filter(|(_, look)| matches!(look, InQuarantine::Begun { .. }));
    Ok(begun.map(|(unit, _)| *unit).collect())
}

/// Writes down what became of a chunk, and closes it.
pub(super) async fn close<A: Deed>(
    shift: &Shift,
    executor: Uuid,
    chunk: Chunk<A>,
    outcomes: &[ActOutcome],
) -> Result<Came, DisposalError> {
    let now = shift.scanner.clock.now();
    let mut came = Came::default();
    let mut lines = chunk.lines;
    for (line, outcome) in lines.iter_mut().zip(outcomes) {
        apply(line, A::KIND, *outcome, shift.batch.action.0, now.into(), &mut came);
    }
    let closing = Closing { intent: chunk.intent, executor, kind: A::KIND };
    record::settle(shift, &closing, &lines, &chunk.begun).await?;
    Ok(came)
}

pub(super) fn apply(
    line: &mut batch_line::Model,
    kind: ActKind,
    outcome: ActOutcome,
    action: DisposalAction,
    now: crate::catalogue::values::Micros,
    came: &mut Came,
) {
    line.ended_at = Some(now);
    let (state, why) = match (kind, outcome) {
        (ActKind::Quarantine, ActOutcome::Done(fingerprint)) => {
            line.kept_fingerprint = Some(fingerprint.to_string());
            (line.quarantined_at, line.ended_at) = (Some(now), None);
            (LineState::Quarantined, None)
        }
        (ActKind::Destroy, ActOutcome::Done(_)) => (gone(action), None),
        (ActKind::Restore, ActOutcome::Done(_)) => (LineState::Restored, line.why.take()),
        (ActKind::Restore, ActOutcome::Changed) => {
            (LineState::Failed, Some(left::not_put_back(line, "changed-out-of-reach")))
        }
        (ActKind::Restore, ActOutcome::Failed(problem)) => {
            (LineState::Failed, Some(left::not_put_back(line, problem.name())))
        }
        (ActKind::Quarantine, ActOutcome::Changed) => {
            (LineState::Withheld, Some("changed".to_owned()))
        }
        (_, ActOutcome::Changed) => (LineState::Failed, Some("changed-out-of-reach".to_owned())),
        (_, ActOutcome::Absent) => (LineState::Missing, None),
        (_, ActOutcome::Failed(problem)) => (LineState::Failed, Some(problem.name().to_owned())),
    };
    *match outcome {
        ActOutcome::Done(_) => &mut came.done,
        ActOutcome::Changed => &mut came.changed,
        ActOutcome::Absent => &mut came.absent,
        ActOutcome::Failed(_) => &mut came.failed,
    } += 1;
    (line.state, line.why) = (Text(state), why);
}

/// How a line ends whose item is destroyed.
pub(super) const fn gone(action: DisposalAction) -> LineState {
    match action {
        DisposalAction::Transfer => LineState::Transferred,
        _ => LineState::Destroyed,
    }
}

/// A line for which there is no leave stays where its item is. What could not
/// be looked at is a failure of the store, and counts as one.
fn settled<A: Deed>(
    line: batch_line::Model,
    why: &Against,
    now: crate::catalogue::values::Micros,
) -> batch_line::Model {
    let unclear = matches!(why, Against::Unknown(_)) && why.then() == Then::LeftAsItIs;
    let state = match A::KIND {
        ActKind::Quarantine | ActKind::Restore if !unclear => LineState::Withheld,
        _ => LineState::Failed,
    };
    batch_line::Model { state: Text(state), why: Some(why.word()), ended_at: Some(now), ..line }
}

/// What the catalogue says today that bears on these lines.
async fn known(
    database: &impl ConnectionTrait,
    shift: &Shift,
    lines: &[batch_line::Model],
) -> Result<Known, DisposalError> {
    let today = shift.scanner.clock.today();
    Ok(Known {
        against: holds::against(database, shift.batch.id).await?,
        events: events_of(database, shift, lines).await?,
        decided: reviewed::decided(database, shift.store, lines, today).await?,
        under: Under::of(database, &shift.batch, today).await?,
        today,
    })
}

/// What each line comes to by this.
async fn judge_all<A: Sees>(
    shift: &Shift,
    looked: &Looked,
    known: &Known,
) -> Result<Vec<Judgement<A>>, DisposalError> {
    let scales = Scales {
        action: shift.batch.action.0,
        digest: &shift.digest,
        signed: shift.signed()?,
        under: &known.under,
        keys: &shift.scanner.keys,
        store: shift.store,
        plan: shift.plan(looked.mapping)?,
        holds: &known.against.holds,
        calendar: &shift.calendar,
        today: known.today,
        irreplaceable: shift.irreplaceable,
    };
    let mut judged = Vec::with_capacity(looked.lines.len());
    let lines = looked.lines.iter().zip(&looked.seen).zip(&known.events).zip(&known.decided);
    for (((line, seen), events), decided) in lines {
        if judged.len() % A_WHILE == A_WHILE - 1 {
            tokio::task::yield_now().await;
        }
        judged.push(judge::<A>(&scales, Asked { line, seen, events, reviewed: *decided })?);
    }
    Ok(judged)
}

#[cfg(test)]
impl Looked {
    pub(super) fn lines(&self) -> &[batch_line::Model] {
        &self.lines
    }
}

/// The recorded events of each of these lines.
pub(super) async fn events_of(
    database: &impl ConnectionTrait,
    shift: &Shift,
    lines: &[batch_line::Model],
) -> Result<Vec<Vec<Event>>, DisposalError> {
    let subjects: Vec<Option<SubjectKey>> =
        lines.iter().map(|line| line.subject_key.clone().map(SubjectKey)).collect();
    let keys: Vec<ItemKeys<'_>> = lines
        .iter()
        .zip(&subjects)
        .map(|(line, subject)| ItemKeys {
            locator: &line.locator,
            reference: line.reference.as_deref(),
            subject: subject.as_ref(),
        })
        .collect();
    Ok(events::for_items(database, shift.store, &keys).await?)
}

/// Whoever opens a chunk shares the gate, and whoever places a hold has it
/// alone: each sees what the other did.
pub(super) async fn share_gate(tx: &WriteTx) -> Result<(), CatalogueError> {
    disposal_gate::Entity::find_by_id(1).lock_shared().one(&**tx).await?;
    Ok(())
}

/// Whether the batch is as it was when this run began, within the transaction
/// that intends something.
async fn still_stands<A: Deed>(tx: &WriteTx, shift: &Shift) -> Result<(), DisposalError> {
    let batch = locked(tx, shift.batch.id).await?;
    if batch.state.0 != A::DURING {
        return Err(shift.stopped(Stop::NotAuthorised(batch.state.0.to_string())));
    }
    let latest = stores::version_in_force(&**tx).await?;
    if latest.is_none_or(|latest| latest.id != batch.schedule_version_id) {
        return Err(shift.stopped(Stop::ScheduleChanged));
    }
    match guards::levers(tx, shift, &batch).await? {
        Some(stop) => Err(shift.stopped(stop)),
        None => Ok(()),
    }
}

/// Says what a run would do now with the lines that stand where this act begins.
pub(super) async fn rehearse<A: Sees>(
    shift: &Shift,
    dry: &mut DryRun,
) -> Result<(), DisposalError> {
    weigh_all::<A>(shift, |line, judgement| match judgement {
        Judgement::Granted(..) => dry.would_go.push(line.id),
        Judgement::Withheld(why) => *dry.would_stay.entry(why.word()).or_default() += 1,
        Judgement::Gone => *dry.would_stay.entry("missing".to_owned()).or_default() += 1,
    })
    .await
}

/// Judges every line that stands where this act begins, and writes nothing.
pub(super) async fn weigh_all<A: Sees>(
    shift: &Shift,
    mut hear: impl FnMut(batch_line::Model, Judgement<A>),
) -> Result<(), DisposalError> {
    let mut pages = Pages::of(shift.batch.id);
    loop {
        // Before the lines, as a chunk may be closed between, and again once they are
        // looked at, as one may be opened: what goes meanwhile is not missing.
        let open = UnderWay::of(shift.scanner.catalogue.read(), shift.batch.id).await?;
        let Some(lines) = pages.next(shift.scanner.catalogue.read()).await? else { break };
        let mut by_mapping: BTreeMap<Uuid, Vec<batch_line::Model>> = BTreeMap::new();
        let lines = lines.into_iter().map(|line| left::again(open.shown(line)));
        for line in lines.filter(|line| line.state.0 == A::FROM) {
            by_mapping.entry(line.mapping_id).or_default().push(line);
        }
        for (mapping, lines) in by_mapping {
            let seen = A::look(&shift.connector, &shift.plan(mapping)?.order(), &lines).await?;
            let tx = shift.scanner.catalogue.read_tx().await?;
            let open = UnderWay::of(&tx, shift.batch.id).await?;
            let known = known(&tx, shift, &lines).await?;
            let looked = Looked { mapping, lines, seen, known };
            let judged = judge_all::<A>(shift, &looked, &looked.known).await?;
            let judged = looked.lines.into_iter().zip(judged);
            judged
                .filter(|(line, _)| !open.names(line))
                .for_each(|(line, judgement)| hear(line, judgement));
        }
    }
    Ok(())
}
