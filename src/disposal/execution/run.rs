//! Carrying out a batch: phase by phase, chunk by chunk, with every guard
//! asked at each phase and the quick ones between chunks.

use std::sync::Arc;

use jiff::SignedDuration;
use retaind_schedules::batch::{BatchState, LineState, Verdict};
use retaind_schedules::erasure::Protected;
use retaind_schedules::permit::{Destroy, Quarantine, Withheld};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::audit::{By, Motive};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::batch_line;
use crate::catalogue::values::Text;
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::certify;
use crate::disposal::execution::chunk::{self, Came, Looked, Opened};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::judge::{self, Against};
use crate::disposal::execution::left;
use crate::disposal::execution::open::UnderWay;
use crate::disposal::execution::restore;
use crate::disposal::execution::settle;
use crate::disposal::execution::shift::{Shift, by_number, locked, set_state};
use crate::disposal::execution::stop::{DisposalError, Stop};
use crate::disposal::execution::together::together;
use crate::disposal::execution::{clock, guards};
use crate::disposal::expire;
use crate::disposal::list::{self, page};
use crate::holds;
use crate::people::{Actor, Role};
use crate::requests::erasure::Under;
use crate::scan::run::Scanner;
use crate::scan::sift::holds_on;
use crate::upkeep::kept_head;

/// The most lines of one chunk.
const MOST: u64 = 2_000;

/// A chunk is sized so that acting on it takes about this long.
const AIM: SignedDuration = SignedDuration::from_millis(75);

/// Chunks that are under way at once, where their size is ours to choose.
const HANDS: usize = 3;

/// How a batch is to be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkSize {
    /// By the time that acting takes.
    ByTime,
    /// So many lines.
    Lines(u64),
}

/// How far a run came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// The batch's number.
    pub batch: String,
    /// Where it stands now.
    pub state: BatchState,
    /// Lines taken out of reach by this run.
    pub quarantined: u64,
    /// Lines destroyed by this run.
    pub destroyed: u64,
    /// Lines put back by this run, to be kept.
    pub restored: u64,
    /// Why it does not go on now, where it does not.
    pub waits: Option<String>,
    /// What of it is out of reach and failed when last tried: how much, why and the
    /// way out.
    pub left: Option<String>,
    /// The number of its certificate.
    pub certificate: Option<String>,
}

/// Carries out a batch as far as it may go now.
///
/// # Errors
///
/// Where a guard stops it, or the store or the catalogue fails. What was open
/// then is settled by the next run, or by whoever needs to know.
#[tracing::instrument(name = "batch", skip_all, fields(batch = number))]
pub async fn run(
    scanner: &Scanner,
    number: &str,
    size: ChunkSize,
    cancel: &CancellationToken,
) -> Result<Ran, DisposalError> {
    settle::settle_all(scanner).await?;
    let batch = by_number(scanner.catalogue.read(), number).await?;
    let mut shift = Shift::begin(scanner, batch).await?;
    let run = Run { executor: Arc::default(), size, cancel: cancel.clone() };
    let ran = run.phases(&mut shift).await;
    if let Some(executor) = Arc::into_inner(run.executor).and_then(OnceCell::into_inner) {
        executor.end(scanner).await?;
    }
    clock::seen(&scanner.catalogue, scanner.clock.now()).await?;
    ran
}

#[derive(Clone)]
struct Run {
    /// Known to the catalogue, for good, once it has something to act on.
    executor: Arc<OnceCell<Executor>>,
    size: ChunkSize,
    cancel: CancellationToken,
}

impl Run {
    async fn executor(&self, shift: &Shift) -> Result<&Executor, DisposalError> {
        Ok(self.executor.get_or_try_init(|| Executor::begin(&shift.scanner)).await?)
    }

    async fn phases(&self, shift: &mut Shift) -> Result<Ran, DisposalError> {
        let mut ran = Ran {
            batch: shift.batch.number.clone(),
            state: shift.batch.state.0,
            quarantined: 0,
            destroyed: 0,
            restored: 0,
            waits: None,
            left: None,
            certificate: None,
        };
        loop {
            match shift.batch.state.0 {
                BatchState::Executed => {
                    ran.certificate = Some(certify::certify(shift).await?);
                }
                BatchState::Certified => {
                    // The process may have ended before its file was written.
                    ran.certificate = Some(certify::published(shift).await?);
                    break;
                }
                state => {
                    if let Some(wait) = self.may_go_on(shift).await? {
                        if state == BatchState::Quarantined && matches!(wait, Stop::TooEarly(_)) {
                            self.put_back_what_is_held(shift, &mut ran).await?;
                        }
                        ran.waits = Some(wait.to_string());
                        break;
                    }
                    if !self.phase(shift, state, &mut ran).await? {
                        break;
                    }
                }
            }
            if self.cancel.is_cancelled() {
                ran.waits = Some("it was told to stop, and goes on at the next run".to_owned());
                break;
            }
        }
        shift.refresh().await?;
        ran.state = shift.batch.state.0;
        ran.left = left::told(shift).await?;
        Ok(ran)
    }

    /// Asks every guard. One that only asks to wait is no fault; any other
    /// halts the batch.
    async fn may_go_on(&self, shift: &mut Shift) -> Result<Option<Stop>, DisposalError> {
        let stops = guards::all(shift, shift.scanner.clock.now()).await?;
        if let Some(stop) = stops.iter().find(|stop| !stop.only_waits()) {
            shift.halt(stop).await?;
            return Err(shift.stopped(stop.clone()));
        }
        let Scanner { catalogue, config, .. } = &shift.scanner;
        kept_head::keep(catalogue, &config.state_directory).await;
        Ok(stops.into_iter().next())
    }

    /// Puts back what a hold covers that is out of reach, what was to go early by a
    /// decision that was taken back, and what was taken though it was not what was
    /// approved: none waits for the grace to end.
    async fn put_back_what_is_held(
        &self,
        shift: &Shift,
        ran: &mut Ran,
    ) -> Result<(), DisposalError> {
        let read = shift.scanner.catalogue.read();
        let holds = holds::against(read, shift.batch.id).await?.holds;
        let under = Under::of(read, &shift.batch, shift.scanner.clock.today()).await?;
        let void = under.is_void().then_some(Withheld::Protected(Protected::NoDecision));
        let mut standing = batch_line::Column::State.eq(Text(LineState::Quarantined));
        if holds.is_empty() && void.is_none() {
            standing = standing.and(batch_line::Column::Why.is_not_null());
        }
        let mut from = 0;
        loop {
            let these = page(shift.batch.id, from).filter(standing.clone());
            let lines: Vec<batch_line::Model> = list::lines(read, these).await?;
            let Some(last) = lines.last() else { break };
            from = last.position + 1;
            let events = chunk::events_of(read, shift, &lines).await?;
            let mut kept = Vec::new();
            for (mut line, events) in lines.into_iter().zip(events) {
                let place = judge::out_of_reach(shift.plan(line.mapping_id)?, &line, &events)?;
                let on = under.against(holds_on(&holds, &place));
                let held = (!on.is_empty()).then_some(Withheld::Held(on));
                if let Some(against) = void.clone().or(held) {
                    line.why = Some(Against::Refused(against).word());
                }
                if line.why.is_some() {
                    kept.push(line);
                }
            }
            if !kept.is_empty() {
                ran.restored += restore::held(shift, self.executor(shift).await?, kept).await?;
            }
        }
        Ok(())
    }

    /// One phase; whether another may follow.
    async fn phase(
        &self,
        shift: &mut Shift,
        state: BatchState,
        ran: &mut Ran,
    ) -> Result<bool, DisposalError> {
        match state {
            BatchState::Authorised => {
                let tx = shift.scanner.catalogue.write_tx().await?;
                keep_what_owners_keep(&tx, shift.batch.id, &shift.scanner).await?;
                tx.commit().await?;
                shift.step().await?;
            }
            BatchState::Quarantining => {
                if !self.chunks::<Quarantine>(shift, ran).await? {
                    return Ok(false);
                }
                shift.step().await?;
            }
            BatchState::Quarantined => shift.step().await?,
            BatchState::Destroying => {
                let tx = shift.scanner.catalogue.write_tx().await?;
                left::try_again(&tx, shift.batch.id).await?;
                tx.commit().await?;
                if !self.chunks::<Destroy>(shift, ran).await? {
                    return Ok(false);
                }
                if let Some(stop) = left::stop(shift).await? {
                    return self.stopped(shift, stop, ran).await;
                }
                shift.step().await?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Chunk after chunk until no line is left; whether it came to that. While the
    /// store is at work on one chunk, the catalogue is on another.
    async fn chunks<A: Deed>(
        &self,
        shift: &mut Shift,
        ran: &mut Ran,
    ) -> Result<bool, DisposalError> {
        loop {
            let hands = match self.size {
                ChunkSize::ByTime => self.hands::<A>(shift).await,
                ChunkSize::Lines(_) => {
                    vec![self.hand::<A>(shift, &Mutex::default(), &self.cancel.child_token()).await]
                }
            };
            let (mut is_over, mut ends, mut fault) = (true, Vec::new(), None);
            for hand in hands {
                match hand {
                    Ok(Hand { chunks, came, restored, end }) => {
                        tally::<A>(ran, came);
                        ran.restored += restored;
                        is_over &= chunks == 0;
                        ends.push(end);
                    }
                    Err(error) => fault = Some(error),
                }
            }
            // What stops the batch stops it, whatever else went wrong meanwhile.
            if let Some(stop) = ends.iter().find_map(End::stop) {
                return self.stopped(shift, stop.clone(), ran).await;
            }
            if let Some(error) = fault {
                return Err(error);
            }
            if ends.iter().any(|end| matches!(end, End::Elsewhere)) {
                return Ok(true);
            }
            if self.cancel.is_cancelled() {
                return Ok(false);
            }
            // Lines under another mapping may stand between those that went.
            if is_over {
                // For another executor, or for one that knows it gone, to close.
                let open = UnderWay::of(shift.scanner.catalogue.read(), shift.batch.id).await?;
                if !open.is_empty() {
                    ran.waits = Some("another process has lines of it open".to_owned());
                }
                return Ok(open.is_empty());
            }
        }
    }

    /// What comes of several hands, each a task of its own.
    async fn hands<A: Deed>(&self, shift: &Shift) -> Vec<Result<Hand, DisposalError>> {
        let (shift, next) = (Arc::new(shift.clone()), Arc::new(Mutex::default()));
        let halt = self.cancel.child_token();
        let hands = (0..HANDS).map(|_| {
            let (run, shift, next) = (self.clone(), Arc::clone(&shift), Arc::clone(&next));
            let halt = halt.clone();
            async move { run.hand::<A>(&shift, &next, &halt).await }
        });
        together(hands).await
    }

    /// One chunk after the other, until there are no more, or this or another hand
    /// must stop.
    async fn hand<A: Deed>(
        &self,
        shift: &Shift,
        next: &Mutex<i64>,
        halt: &CancellationToken,
    ) -> Result<Hand, DisposalError> {
        // Whatever ends it but that nothing is left ends the others.
        let others = halt.clone().drop_guard();
        let mut size = match self.size {
            ChunkSize::ByTime => 64,
            ChunkSize::Lines(lines) => std::cmp::max(lines, 1),
        };
        let mut hand = Hand { chunks: 0, came: Came::default(), restored: 0, end: End::Told };
        while !halt.is_cancelled() {
            let Some(looked) = chunk::look::<A>(shift, next, size).await? else {
                others.disarm();
                hand.end = End::NothingLeft;
                break;
            };
            hand.chunks += 1;
            if let Some(stop) = between_chunks(shift).await? {
                hand.end = End::Stopped(stop);
                break;
            }
            match self.chunk::<A>(shift, looked, &mut hand).await? {
                Went::On(None) => {}
                Went::On(Some(took)) => size = self.next_size(size, took),
                Went::Not(end) => {
                    hand.end = end;
                    break;
                }
            }
        }
        Ok(hand)
    }

    /// Carries out one chunk, as far as there is leave.
    async fn chunk<A: Deed>(
        &self,
        shift: &Shift,
        looked: Looked,
        hand: &mut Hand,
    ) -> Result<Went, DisposalError> {
        let executor = self.executor(shift).await?;
        let opened = match chunk::open::<A>(shift, executor, looked).await {
            Err(DisposalError::Stopped { stop: Stop::NotAuthorised(_), .. }) => {
                return Ok(Went::Not(End::Elsewhere));
            }
            Err(DisposalError::Stopped { stop, .. }) => return Ok(Went::Not(End::Stopped(stop))),
            opened => opened?,
        };
        let mut open = match opened {
            Opened::NoneGranted => return Ok(Went::On(None)),
            Opened::Held(lines) => {
                hand.restored += restore::held(shift, executor, lines).await?;
                return Ok(Went::On(None));
            }
            Opened::Chunk(open) => open,
        };
        let (intent, act, lines) = (open.intent, A::KIND, open.lines.len());
        let batch = &shift.batch.number;
        let span = tracing::info_span!("chunk", batch, chunk = %intent, %act, lines);
        let begun = shift.scanner.clock.now();
        let outcomes = chunk::act(shift, executor, &mut open).instrument(span.clone()).await?;
        let took = shift.scanner.clock.now().duration_since(begun);
        let closing = chunk::close(shift, executor.id, open, &outcomes);
        hand.came += closing.instrument(span).await?;
        Ok(Went::On(Some(took)))
    }

    async fn stopped(
        &self,
        shift: &mut Shift,
        stop: Stop,
        ran: &mut Ran,
    ) -> Result<bool, DisposalError> {
        if stop.only_waits() {
            ran.waits = Some(stop.to_string());
            return Ok(false);
        }
        shift.halt(&stop).await?;
        Err(shift.stopped(stop))
    }

    fn next_size(&self, size: u64, took: SignedDuration) -> u64 {
        match self.size {
            ChunkSize::Lines(_) => size,
            ChunkSize::ByTime if took > AIM + AIM / 3 => std::cmp::max(size / 2, 1),
            ChunkSize::ByTime if took < AIM - AIM / 3 => std::cmp::min(size * 2, MOST),
            ChunkSize::ByTime => size,
        }
    }
}

/// What came of one hand's chunks.
struct Hand {
    /// How many were looked at.
    chunks: u64,
    came: Came,
    restored: u64,
    end: End,
}

/// Why a hand is at its end.
enum End {
    /// No line is left for it.
    NothingLeft,
    /// It was told to stop.
    Told,
    /// Another process has taken the batch on, or halted it.
    Elsewhere,
    /// A guard stops it.
    Stopped(Stop),
}

impl End {
    const fn stop(&self) -> Option<&Stop> {
        match self {
            Self::Stopped(stop) => Some(stop),
            _ => None,
        }
    }
}

/// What came of one chunk.
enum Went {
    /// The next may follow; how long the store took, where it was asked.
    On(Option<SignedDuration>),
    /// None may.
    Not(End),
}

fn tally<A: Deed>(ran: &mut Ran, came: Came) {
    match A::KIND {
        crate::catalogue::words::ActKind::Quarantine => ran.quarantined += came.done,
        crate::catalogue::words::ActKind::Destroy => ran.destroyed += came.done,
        crate::catalogue::words::ActKind::Restore => ran.restored += came.done,
    }
}

/// The guards that can change within a run.
async fn between_chunks(shift: &Shift) -> Result<Option<Stop>, DisposalError> {
    let now = shift.scanner.clock.now();
    if let Some(stop) = guards::hours(shift, now) {
        return Ok(Some(stop));
    }
    if let Some(stop) = guards::clock_sane(shift, now).await? {
        return Ok(Some(stop));
    }
    if let Some(stop) = guards::restored(shift).await? {
        return Ok(Some(stop));
    }
    if let Some(stop) = guards::feed_read(shift, now).await? {
        return Ok(Some(stop));
    }
    guards::error_rate(shift).await
}

/// Lines that their owner excluded or deferred are done with.
pub(super) async fn keep_what_owners_keep(
    tx: &WriteTx,
    batch: Uuid,
    scanner: &Scanner,
) -> Result<(), DisposalError> {
    batch_line::Entity::update_many()
        .col_expr(batch_line::Column::State, Expr::value(LineState::Kept.name()))
        .col_expr(batch_line::Column::Why, Expr::col(batch_line::Column::Verdict))
        .col_expr(batch_line::Column::EndedAt, Expr::value(scanner.clock.now().as_microsecond()))
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(batch_line::Column::Verdict.ne(Text(Verdict::Include)))
        .filter(batch_line::Column::State.eq(Text(LineState::Pending)))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Who may let a halted batch go on.
pub const MAY_RESUME: &[Role] = &[Role::RecordsManager];

/// Lets a batch go on that a guard halted, once a person has looked: what failed
/// is tried again. Every guard but the one that compares scans is asked again
/// before it does.
///
/// # Errors
///
/// Where they may not, or it is not halted.
pub async fn resume(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    reason: &str,
) -> Result<BatchState, DisposalError> {
    let role = actor
        .first_of(MAY_RESUME)
        .ok_or_else(|| DisposalError::MayNot(actor.name.clone(), "records-manager"))?;
    let tx = scanner.catalogue.write_tx().await?;
    let batch = by_number(&*tx, number).await?;
    let row = locked(&tx, batch.id).await?;
    if expire::is_late(&*tx, &row, scanner.clock.now()).await? {
        return Err(DisposalError::Late(row.number));
    }
    let next = match row.halted_from {
        Some(Text(BatchState::Authorised)) => BatchState::Quarantining,
        Some(Text(state)) => state,
        None => {
            return Err(DisposalError::NotNow {
                batch: row.number,
                state: row.state.0.to_string(),
                what: "to resume it",
            });
        }
    };
    keep_what_owners_keep(&tx, row.id, scanner).await?;
    let next = left::resumed(&tx, row.id, next).await?;
    let why = Motive::own("resumed").and_typed(reason);
    let row = set_state(&tx, row, next, why, &By::person(actor, role), scanner).await?;
    tx.commit().await?;
    Ok(row.state.0)
}
