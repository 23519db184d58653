//! What a batch could neither destroy nor put back. It is out of reach still,
//! known as failed, until it is tried again; and no batch is over before.

use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::judge::UNKNOWN;
use super::record;
use super::shift::Shift;
use super::stop::{DisposalError, Stop};
use crate::catalogue::entity::{batch_line, intent};
use crate::catalogue::values::Text;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::plural::counted;

const NOT_PUT_BACK: &str = "not put back: ";

/// The problem of a line whose place another item has taken.
const OCCUPIED: &str = ", occupied";

/// How the word begins for a unit of which some was destroyed before the rest was
/// put back.
pub(crate) const PARTLY: &str = "partly-destroyed";

/// Why the rest of such a unit was put back.
pub(super) fn partly(line: &batch_line::Model) -> String {
    format!("{PARTLY}, {}", line.why.as_deref().unwrap_or("restored"))
}

/// Why a line is where it is that was to be put back, and could not be.
pub(super) fn not_put_back(line: &batch_line::Model, problem: &str) -> String {
    let why = line.why.as_deref().unwrap_or("restored");
    format!("{NOT_PUT_BACK}{why}, {problem}")
}

/// Failed, with something of it out of reach.
pub(crate) fn failed() -> Condition {
    Condition::all().add(has_failed()).add(batch_line::Column::KeptFingerprint.is_not_null())
}

/// Failed, and where it was.
pub(super) fn failed_in_place() -> Condition {
    Condition::all().add(has_failed()).add(batch_line::Column::KeptFingerprint.is_null())
}

/// In so many words, as the index of what failed has them.
fn has_failed() -> Expr {
    Expr::cust("batch_line.state = 'failed'")
}

/// Out of reach; an open chunk may be acting on it.
pub(crate) fn out_of_reach() -> Condition {
    let taken = batch_line::Column::State.eq(Text(LineState::Quarantined));
    Condition::any().add(taken).add(failed())
}

/// Not where it was, and not destroyed as far as anybody knows: out of reach, or in
/// an open chunk, or between the first and the last line of one.
pub(crate) fn still_held() -> Condition {
    use intent::Column::{BatchId, ClosedAt, FirstLine, LastLine};
    let line = |column: batch_line::Column| Expr::col((batch_line::Entity, column));
    let open = Query::select()
        .expr(Expr::value(1))
        .from(intent::Entity)
        .and_where(ClosedAt.is_null())
        .and_where(line(batch_line::Column::BatchId).equals((intent::Entity, BatchId)))
        .and_where(line(batch_line::Column::Position).gte(Expr::col((intent::Entity, FirstLine))))
        .and_where(line(batch_line::Column::Position).lte(Expr::col((intent::Entity, LastLine))))
        .to_owned();
    let pending = batch_line::Column::State.eq(Text(LineState::Pending));
    out_of_reach().add(pending.and(Expr::exists(open)))
}

/// Put back with some of it destroyed.
fn partly_gone() -> Condition {
    let restored = batch_line::Column::State.eq(Text(LineState::Restored));
    Condition::all().add(restored).add(batch_line::Column::Why.starts_with(PARTLY))
}

/// Whether anything of a batch was taken, or may have been, and is not back whole.
pub(crate) async fn anything_taken(
    database: &impl ConnectionTrait,
    batch: Uuid,
) -> Result<bool, CatalogueError> {
    let gone = batch_line::Column::State.is_in(LineState::DISPOSED_OF.map(Text));
    let lines = batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(still_held().add(gone).add(partly_gone()));
    Ok(lines.one(database).await?.is_some())
}

/// A line that failed as it is when it is tried again: what was to be put back
/// is so for good.
pub(super) fn again(mut line: batch_line::Model) -> batch_line::Model {
    if line.state.0 != LineState::Failed || line.kept_fingerprint.is_none() {
        return line;
    }
    let why = line.why.as_deref().and_then(|why| why.strip_prefix(NOT_PUT_BACK));
    line.why = why.and_then(|why| why.rsplit_once(", ")).map(|(why, _)| why.to_owned());
    (line.state, line.ended_at) = (Text(LineState::Quarantined), None);
    line
}

/// Makes what failed ready to be tried again.
pub(super) async fn try_again(tx: &WriteTx, batch: Uuid) -> Result<(), CatalogueError> {
    let lines = batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(failed())
        .lock_exclusive()
        .all(&**tx)
        .await?;
    let lines: Vec<_> = lines.into_iter().map(again).collect();
    record::save(tx, &lines, record::Besides::Nothing).await
}

/// Where a batch goes on that is resumed from here, with what had failed ready
/// to be tried again. What was never taken out of reach is taken from where it
/// is; then all of it waits out its grace anew.
pub(super) async fn resumed(
    tx: &WriteTx,
    batch: Uuid,
    next: BatchState,
) -> Result<BatchState, CatalogueError> {
    try_again(tx, batch).await?;
    if next == BatchState::Destroying {
        return Ok(next);
    }
    let anew = batch_line::Entity::update_many()
        .col_expr(batch_line::Column::State, Expr::value(LineState::Pending.name()))
        .col_expr(batch_line::Column::Why, Expr::value(Option::<String>::None))
        .col_expr(batch_line::Column::EndedAt, Expr::value(Option::<i64>::None))
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(failed_in_place())
        .exec(&**tx)
        .await?;
    Ok(if anew.rows_affected > 0 { BatchState::Quarantining } else { next })
}

/// Why each line of the batch failed that is left out of reach.
async fn why_left(shift: &Shift) -> Result<Vec<Option<String>>, DisposalError> {
    let left = batch_line::Entity::find()
        .select_only()
        .column(batch_line::Column::Why)
        .filter(batch_line::Column::BatchId.eq(shift.batch.id))
        .filter(failed());
    Ok(left.into_tuple().all(shift.scanner.catalogue.read()).await?)
}

/// What is to be done first with a line that was not put back or destroyed for this.
pub(crate) fn mend(why: Option<&str>) -> &'static str {
    match why {
        Some(why) if why.ends_with(OCCUPIED) => {
            "something stands where it was: move that aside first"
        }
        _ => "mend the cause first",
    }
}

/// What is left out of reach of a batch though somebody or something tried to put it
/// back or destroy it: how much, why and the way out; nothing where nothing is.
pub(super) async fn told(shift: &Shift) -> Result<Option<String>, DisposalError> {
    let why = why_left(shift).await?;
    if why.is_empty() {
        return Ok(None);
    }
    let is_occupied = |why: &&Option<String>| why.as_ref().is_some_and(|it| it.ends_with(OCCUPIED));
    let occupied = why.iter().filter(is_occupied).count();
    let stands = match occupied {
        0 => String::new(),
        all if all == why.len() => {
            ": something stands where it was, which is to be moved aside".to_owned()
        }
        some => format!(": of {some} something stands where it was, which is to be moved aside"),
    };
    let (lines, batch) = (counted(why.len() as u64, "line is", "lines are"), &shift.batch.number);
    Ok(Some(format!(
        "{lines} out of reach and failed when last tried{stands}. `retaind batch show {batch} \
         --lines` says which and why; once that is mended, `retaind dispose restore {batch} \
         --line NUMBER --reason ...` puts one back"
    )))
}

/// Why the batch is not over, where something of it is left out of reach.
pub(super) async fn stop(shift: &Shift) -> Result<Option<Stop>, DisposalError> {
    let left = why_left(shift).await?;
    let (lines, batch) = (left.len() as u64, shift.batch.number.clone());
    let why: Vec<String> = left.into_iter().flatten().collect();
    let occupied = why.iter().filter(|why| why.ends_with(OCCUPIED)).count() as u64;
    Ok(if lines == 0 {
        None
    } else if occupied > 0 {
        Some(Stop::PlaceTaken { batch, lines: occupied })
    } else if why.iter().all(|why| why.starts_with(UNKNOWN)) {
        Some(Stop::NotLookedAt(lines))
    } else {
        Some(Stop::LeftOutOfReach { batch, lines })
    })
}
