//! Putting back what is out of reach: because it is held, or because a person
//! says so before it is destroyed.

use std::collections::HashSet;
use std::fmt::Write as _;

use retaind_connectors::contract::{InQuarantine, Kept};
use retaind_connectors::order::MappingOrder;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::BatchLineId;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::chunk::{self, Came};
use super::executor::Executor;
use super::open::UnderWay;
use super::record::Closing;
use super::settle;
use super::shift::{Shift, by_number, locked, set_state};
use super::stop::DisposalError;
use super::{left, record};
use crate::audit::{Action, By, Motive};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::batch_line;
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::ActKind;
use crate::people::{Actor, Role};
use crate::plural::counted;
use crate::scan::run::Scanner;

/// Who may put back: anyone who may stop a batch.
pub const MAY_RESTORE: &[Role] =
    &[Role::RecordsManager, Role::Iao, Role::Legal, Role::Dpo, Role::Siro, Role::Operator];

/// Lines put back in one chunk.
const PART: usize = 500;

/// What of a batch is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All that is out of reach; the batch is then withdrawn, where all of it is back.
    All,
    /// One line.
    Line(Uuid),
}

/// Puts back what a person names.
///
/// # Errors
///
/// Where they may not, nothing of it is out of reach, or the store fails.
pub async fn restore(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    what: &What,
    reason: &str,
) -> Result<Came, DisposalError> {
    let role = actor.first_of(MAY_RESTORE).ok_or_else(|| {
        DisposalError::MayNot(actor.name.clone(), "records-manager, iao, legal, dpo or siro")
    })?;
    settle::settle_all(scanner).await?;
    let batch = by_number(scanner.catalogue.read(), number).await?;
    let shift = Shift::begin(scanner, batch).await?;
    let executor = Executor::begin(scanner).await?;
    let by = By::person(actor, role);
    let came = all(&shift, &executor, what, &by, &Motive::typed(reason)).await;
    executor.end(scanner).await?;
    let came = came?;
    if *what == What::All {
        let tx = scanner.catalogue.write_tx().await?;
        let row = locked(&tx, shift.batch.id).await?;
        // What could not be put back is not forgotten with its batch; and what is
        // gone has its certificate.
        let all_is_back = !left::anything_taken(&*tx, row.id).await?;
        if all_is_back && row.state.0.may_become(BatchState::Withdrawn) {
            let why = Motive::own("restored").and_typed(reason);
            set_state(&tx, row, BatchState::Withdrawn, why, &by, scanner).await?;
        }
        tx.commit().await?;
    }
    Ok(came)
}

async fn all(
    shift: &Shift,
    executor: &Executor,
    what: &What,
    by: &By,
    why: &Motive,
) -> Result<Came, DisposalError> {
    let mut came = Came::default();
    let mut after: i64 = -1;
    loop {
        let query = batch_line::Entity::find()
            .filter(batch_line::Column::BatchId.eq(shift.batch.id))
            .filter(batch_line::Column::Position.gt(after))
            .filter(left::out_of_reach());
        let query = match what {
            What::All => query,
            What::Line(id) => query.filter(batch_line::Column::Id.eq(*id)),
        };
        let query = query.order_by_asc(batch_line::Column::Position).limit(PART as u64);
        let lines = query.all(shift.scanner.catalogue.read()).await?;
        let Some(last) = lines.last() else { break };
        after = last.position;
        let part = put_back(shift, executor, lines, by, why).await?;
        came.done += part.done;
        came.changed += part.changed;
        came.absent += part.absent;
        came.failed += part.failed;
    }
    match (what, came) {
        (What::Line(id), Came { done: 0, changed: 0, absent: 0, failed: 0 }) => {
            Err(not_out_of_reach(shift, *id).await?)
        }
        _ => Ok(came),
    }
}

/// Why a line that is not out of reach cannot be put back: where it stands.
async fn not_out_of_reach(shift: &Shift, id: Uuid) -> Result<DisposalError, DisposalError> {
    let batch = shift.batch.number.clone();
    let open = UnderWay::of(shift.scanner.catalogue.read(), shift.batch.id).await?;
    let line = batch_line::Entity::find_by_id(id).one(shift.scanner.catalogue.read()).await?;
    let Some(line) = line.filter(|line| line.batch_id == shift.batch.id) else {
        return Ok(DisposalError::NoSuchLine { batch, line: id.to_string() });
    };
    let (number, stands) = (line.position + 1, stands(&open.shown(line)));
    Ok(DisposalError::NotOutOfReach { batch, line: number, stands })
}

/// Where the item of a line is that is not out of reach.
fn stands(line: &batch_line::Model) -> String {
    let on = line.ended_at.map(|at| format!(" on {}", london_date(at.timestamp())));
    let on = on.unwrap_or_default();
    let why = line.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    match line.state.0 {
        LineState::Pending => "it was never taken, and is where it was".to_owned(),
        LineState::Acting => "it is being acted on just now: ask again in a minute".to_owned(),
        LineState::Restored => format!("it was put back{on}{why}"),
        LineState::Destroyed => format!("it was destroyed{on}"),
        LineState::Transferred => {
            format!("the archive has it, and the copy here was destroyed{on}")
        }
        LineState::Anonymised => format!("it was made anonymous{on}, where it is"),
        LineState::Kept => format!("its owner kept it{why}, and it was never taken"),
        LineState::Withheld => format!("it was withheld{on}{why}, and is where it was"),
        LineState::Missing => format!("it was not there{on}, when it was to be taken or destroyed"),
        LineState::Failed | LineState::Quarantined => {
            format!("it could not be taken{on}{why}, and is where it was")
        }
    }
}

/// Puts back lines that a hold covers or the rules keep: what is kept is found
/// where it belongs.
pub(super) async fn held(
    shift: &Shift,
    executor: &Executor,
    lines: Vec<batch_line::Model>,
) -> Result<u64, DisposalError> {
    Ok(put_back(shift, executor, lines, &By::Service, &Motive::own("to be kept")).await?.done)
}

async fn put_back(
    shift: &Shift,
    executor: &Executor,
    mut lines: Vec<batch_line::Model>,
    by: &By,
    why: &Motive,
) -> Result<Came, DisposalError> {
    let mut came = Came::default();
    let mut mappings: Vec<Uuid> = lines.iter().map(|line| line.mapping_id).collect();
    mappings.sort_unstable();
    mappings.dedup();
    for mapping in mappings {
        let (these, others): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.mapping_id == mapping);
        lines = others;
        for part in these.chunks(PART) {
            one_chunk(shift, executor, mapping, part.to_vec(), (by, why), &mut came).await?;
        }
    }
    Ok(came)
}

async fn one_chunk(
    shift: &Shift,
    executor: &Executor,
    mapping: Uuid,
    mut lines: Vec<batch_line::Model>,
    (by, why): (&By, &Motive),
    came: &mut Came,
) -> Result<(), DisposalError> {
    let order = shift.begun(mapping).await?;
    let intent = shift.scanner.clock.new_id();
    let tx = shift.scanner.catalogue.write_tx().await?;
    locked(&tx, shift.batch.id).await?;
    record::still_out_of_reach(&tx, &mut lines).await?;
    if lines.is_empty() {
        return Ok(tx.commit().await?);
    }
    let looks = looked(shift, &order, &lines).await?;
    // What failed would count as settled, should the process end now.
    for line in &mut lines {
        (line.state, line.ended_at) = (Text(LineState::Quarantined), None);
        if *by != By::Service {
            line.why = Some("restored".to_owned());
        }
    }
    record::intent_row(&tx, shift, executor, intent, ActKind::Restore, &lines, None).await?;
    record::save(&tx, &lines, record::Besides::Nothing).await?;
    let mut said = format!("restore of {}", counted(lines.len() as u64, "line", "lines"));
    if let Some(own) = &why.own {
        let _ = write!(said, " {own}");
    }
    let changed = lines.iter().zip(&looks).filter(|(line, look)| look.differs(line)).count();
    if changed > 0 {
        let _ = write!(said, "; {changed} of them changed while they were out of reach");
    }
    let why = Motive { own: Some(said), ..why.clone() };
    record::enter_by(&tx, shift, by.clone(), Action::ChunkOpened, why, &lines).await?;
    tx.commit().await?;
    let kept = lines.iter().zip(&looks).map(|(line, look)| kept(line, look));
    let kept = kept.collect::<Result<Vec<Kept>, DisposalError>>()?;
    let at_work = executor.at_work();
    let outcomes = shift.connector.restore(&order, &kept).await;
    at_work.over();
    let outcomes = outcomes?;
    let now: Micros = shift.scanner.clock.now().into();
    for (line, outcome) in lines.iter_mut().zip(&outcomes) {
        chunk::apply(line, ActKind::Restore, *outcome, shift.batch.action.0, now, came);
    }
    let begun = lines.iter().zip(&looks).filter(|(_, look)| look.is_begun());
    let begun: HashSet<Uuid> = begun.map(|(line, _)| line.id).collect();
    for line in lines.iter_mut().filter(|line| begun.contains(&line.id)) {
        if line.state.0 == LineState::Restored {
            line.why = Some(left::partly(line));
        }
    }
    let closing = Closing { intent, executor: executor.id, kind: ActKind::Restore };
    record::settle(shift, &closing, &lines, &begun).await
}

/// What stands out of reach for a line.
#[derive(Debug)]
struct Stands(InQuarantine);

impl Stands {
    const fn is_begun(&self) -> bool {
        matches!(self.0, InQuarantine::Begun { .. })
    }

    /// Whether it is not what was taken.
    fn differs(&self, line: &batch_line::Model) -> bool {
        let known = line.kept_fingerprint.as_deref();
        matches!(self.0, InQuarantine::There(now) if Some(now.to_string().as_str()) != known)
    }
}

async fn looked(
    shift: &Shift,
    order: &MappingOrder,
    lines: &[batch_line::Model],
) -> Result<Vec<Stands>, DisposalError> {
    let ids: Vec<BatchLineId> = lines.iter().map(|line| BatchLineId(line.id)).collect();
    let looks = shift.connector.look_quarantined(order, &ids).await?;
    Ok(looks.into_iter().map(Stands).collect())
}

/// What is put back is what stands there, whatever was done to it since: there is
/// leave to destroy what was approved, and none to keep the rest from people.
fn kept(line: &batch_line::Model, stands: &Stands) -> Result<Kept, DisposalError> {
    let fingerprint = match stands.0 {
        InQuarantine::There(now) | InQuarantine::Begun { left: now, .. } => now,
        InQuarantine::Absent | InQuarantine::Unknown(_) => {
            let mark = line.kept_fingerprint.clone().unwrap_or_default();
            let fault = |fault| CatalogueError::impossible("a fingerprint out of reach", fault);
            mark.parse().map_err(fault)?
        }
    };
    Ok(Kept { line: BatchLineId(line.id), locator: line.locator.clone(), fingerprint })
}
