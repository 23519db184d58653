//! What a chunk writes down: its intent, its lines, the stubs of what is gone,
//! and the entry of the chain over them.

use std::collections::{BTreeMap, HashSet};

use retaind_schedules::batch::LineState;
use sea_orm::sea_query::{
    Expr, ExprTrait as _, Query, TableRef, UpdateStatement, Value, ValueTuple,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbBackend,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set, Statement,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{batch_line, intent, stub};
use crate::catalogue::positions::Positions;
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::ActKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::open::UnderWay;
use crate::disposal::execution::shift::Shift;
use crate::disposal::execution::stop::DisposalError;
use crate::holds::Against;
use crate::proof::{self, Went};

/// Rows in one statement: far below the bind limit of both databases.
const ROWS: usize = 500;

/// An open chunk that is to be closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closing {
    pub(super) intent: Uuid,
    /// Who closes it.
    pub(super) executor: Uuid,
    pub(super) kind: ActKind,
}

/// Writes lines whose outcome is known, their stubs, and the end of their intent.
/// Of the units among them, those in `begun` are out of reach still, and some of
/// their members gone. Others wait for the transaction, so what it says is made
/// before.
pub(super) async fn settle(
    shift: &Shift,
    closing: &Closing,
    lines: &[batch_line::Model],
    begun: &HashSet<Uuid>,
) -> Result<(), DisposalError> {
    let now = shift.scanner.clock.now();
    let Closing { intent, executor, kind } = *closing;
    let stubs = stubs_of(shift, lines, begun).await;
    let saved = saved(shift.scanner.catalogue.read().get_database_backend(), lines, Besides::Mark);
    let mut by_state: BTreeMap<&str, u64> = BTreeMap::new();
    lines.iter().for_each(|line| *by_state.entry(line.state.0.name()).or_default() += 1);
    let mut said: Vec<String> =
        by_state.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if !begun.is_empty() {
        said.push(format!("of {} the destruction had begun", begun.len()));
    }
    let said = Motive::own(format!("{kind}: {}", said.join(", ")));
    let entry = entry(shift, By::Service, Action::ChunkClosed, said, lines);
    let tx = shift.scanner.catalogue.write_tx().await?;
    let open = intent::Entity::find_by_id(intent).lock_exclusive().one(&*tx).await?;
    let Some(open) = open.filter(|open| open.closed_at.is_none()) else {
        // Someone who knew this process gone has settled it, and looked.
        return Ok(tx.rollback().await?);
    };
    for statement in saved {
        tx.execute_raw(statement).await?;
    }
    save_stubs(&tx, lines, begun, stubs).await?;
    let closed = intent::ActiveModel {
        id: Set(intent),
        // The clock may have been set back a little since.
        closed_at: Set(Some(std::cmp::max(open.opened_at, now.into()))),
        closed_by: Set(Some(executor)),
        ..Default::default()
    };
    closed.update(&*tx).await?;
    audit::append(&tx, now, &entry).await?;
    Ok(tx.commit().await?)
}

/// Keeps of these lines those that nobody has begun with.
pub(super) async fn still_pending(
    tx: &WriteTx,
    lines: &mut Vec<batch_line::Model>,
) -> Result<(), DisposalError> {
    let free = free(tx, lines, &[LineState::Pending]).await?;
    lines.retain(|line| free.contains(&line.id));
    Ok(())
}

/// Keeps of these lines those that are out of reach and in nobody's chunk.
pub(super) async fn still_out_of_reach(
    tx: &WriteTx,
    lines: &mut Vec<batch_line::Model>,
) -> Result<(), DisposalError> {
    let free = free(tx, lines, &[LineState::Quarantined, LineState::Failed]).await?;
    lines.retain(|line| free.contains(&line.id));
    Ok(())
}

/// Which of these lines stand in one of these states, with no word against them
/// that was not read, are in nobody's chunk, and are changed by nobody else until the
/// transaction ends.
pub(super) async fn free(
    tx: &WriteTx,
    lines: &[batch_line::Model],
    states: &[LineState],
) -> Result<HashSet<Uuid>, DisposalError> {
    let Some(first) = lines.first() else { return Ok(HashSet::new()) };
    // Whoever has a chunk open writes its lines in an order of their own: who locked
    // them meanwhile could wait for them, and they for it.
    let open = UnderWay::of(&**tx, first.batch_id).await?;
    let lines: Vec<&batch_line::Model> = lines.iter().filter(|line| !open.names(line)).collect();
    let mut free = HashSet::with_capacity(lines.len());
    for part in lines.chunks(ROWS) {
        let said = part.iter().filter(|line| line.why.is_some()).map(|line| line.id);
        let these = batch_line::Entity::find()
            .select_only()
            .column(batch_line::Column::Id)
            .filter(these(part.iter().copied()))
            .filter(batch_line::Column::State.is_in(states.iter().copied().map(Text)))
            .filter(batch_line::Column::Why.is_null().or(batch_line::Column::Id.is_in(said)))
            .lock_exclusive();
        // Mostly all are, and a number is read sooner than their names.
        let all = these.clone().count(&**tx).await? == part.len() as u64;
        match all {
            true => free.extend(part.iter().map(|line| line.id)),
            false => free.extend(these.into_tuple::<Uuid>().all(&**tx).await?),
        }
    }
    // And again: a chunk that was being opened over them had them locked.
    let open = UnderWay::of(&**tx, first.batch_id).await?;
    lines.iter().filter(|line| open.names(line)).for_each(|line| {
        free.remove(&line.id);
    });
    Ok(free)
}

pub(super) async fn intent_row(
    tx: &WriteTx,
    shift: &Shift,
    executor: &Executor,
    id: Uuid,
    act: ActKind,
    lines: &[batch_line::Model],
    against: Option<&Against>,
) -> Result<(), DisposalError> {
    let positions: Positions = lines.iter().map(|line| line.position).collect();
    let ends = positions.ends();
    let row = intent::ActiveModel {
        id: Set(id),
        executor_id: Set(executor.id),
        batch_id: Set(shift.batch.id),
        act: Set(act),
        lines: Set(i64::try_from(lines.len()).unwrap_or(i64::MAX)),
        first_line: Set(ends.map(|(first, _)| first)),
        last_line: Set(ends.map(|(_, last)| last)),
        positions: Set(Text(positions)),
        opened_at: Set(shift.scanner.clock.now().into()),
        holds: Set(against.map(|holds| i64::try_from(holds.in_force).unwrap_or(i64::MAX))),
        holds_digest: Set(against.map(Against::digest)),
        closed_at: Set(None),
        closed_by: Set(None),
    };
    intent::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// What each line is given of its own when it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Besides {
    /// Nothing.
    Nothing,
    /// What the store said of it when it was about to be taken out of reach:
    /// once it is, the store says no more.
    StoreFacts,
    /// What it looks like, where it is out of reach: as it was taken, or as what
    /// is left of it where its destruction was cut short.
    Mark,
}

impl Besides {
    const fn column(self) -> batch_line::Column {
        match self {
            Self::Mark => batch_line::Column::KeptFingerprint,
            _ => batch_line::Column::StoreFacts,
        }
    }

    fn of(self, line: &batch_line::Model) -> Option<Value> {
        match self {
            Self::Nothing => None,
            Self::StoreFacts => line.store_facts.clone().map(Value::from),
            Self::Mark if line.state.0 == LineState::Quarantined => {
                line.kept_fingerprint.clone().map(Value::from)
            }
            Self::Mark => None,
        }
    }
}

/// Writes where lines stand and why, with what each has of its own.
pub(super) async fn save(
    tx: &WriteTx,
    lines: &[batch_line::Model],
    besides: Besides,
) -> Result<(), CatalogueError> {
    for statement in saved(tx.get_database_backend(), lines, besides) {
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// What writes where lines stand and why: those that came to the same in one
/// statement, with what each has of its own.
fn saved(backend: DbBackend, lines: &[batch_line::Model], besides: Besides) -> Vec<Statement> {
    type Came<'a> = (&'a str, Option<&'a str>, Option<Micros>, Option<Micros>, bool);
    let mut alike: BTreeMap<Came<'_>, Vec<(&batch_line::Model, Option<Value>)>> = BTreeMap::new();
    for line in lines {
        let own = besides.of(line);
        let came = (
            line.state.0.name(),
            line.why.as_deref(),
            line.quarantined_at,
            line.ended_at,
            own.is_some(),
        );
        alike.entry(came).or_default().push((line, own));
    }
    let parts = alike.values().flat_map(|lines| lines.chunks(ROWS));
    parts.map(|part| backend.build(&update(part, besides.column()))).collect()
}

/// The statement that writes lines that came to the same.
fn update(
    part: &[(&batch_line::Model, Option<Value>)],
    column: batch_line::Column,
) -> UpdateStatement {
    use batch_line::Column::{EndedAs, EndedAt, Id, QuarantinedAt, State, Why};
    let mut update = Query::update().table(batch_line::Entity).to_owned();
    let Some((first, own)) = part.first() else { return update };
    update
        .value(State, first.state)
        .value(Why, first.why.clone())
        .value(QuarantinedAt, first.quarantined_at)
        .value(EndedAt, first.ended_at);
    if let Some(ended_as) = ended_as(first) {
        update.value(EndedAs, ended_as);
    }
    if own.is_none() {
        return update.cond_where(these(part.iter().map(|(line, _)| *line))).take();
    }
    let rows = part.iter().filter_map(|(line, own)| Some((line.id, own.clone()?)));
    let rows = rows.map(|(id, own)| ValueTuple::Two(id.into(), own));
    update
        .value(column, Expr::col(("new", "column2")))
        .from(TableRef::ValuesList(rows.collect(), "new".into()))
        .and_where(Expr::col((batch_line::Entity, Id)).equals(("new", "column1")))
        .take()
}

/// What a line's end says for good, where its item is gone.
fn ended_as(line: &batch_line::Model) -> Option<String> {
    let at = line.ended_at.filter(|_| line.state.0.is_disposed_of())?;
    Some(format!("{}:{}:{}", line.state.0.name(), at.0, line.why.as_deref().unwrap_or_default()))
}

/// Just these lines. Mostly they stand in a row, and are found sooner by that.
fn these<'a>(lines: impl Iterator<Item = &'a batch_line::Model> + Clone) -> Condition {
    use batch_line::Column::{BatchId, Id, Position};
    let follows = |(one, next): (&batch_line::Model, &batch_line::Model)| {
        (one.batch_id, one.position + 1) == (next.batch_id, next.position)
    };
    let ends = lines.clone().next().zip(lines.clone().last());
    match ends {
        Some((first, last)) if lines.clone().zip(lines.clone().skip(1)).all(follows) => {
            let row = Position.between(first.position, last.position);
            Condition::all().add(BatchId.eq(first.batch_id)).add(row)
        }
        _ => Condition::all().add(Id.is_in(lines.map(|line| line.id))),
    }
}

/// A stub for each item that is gone, and for each of which some is.
async fn stubs_of(shift: &Shift, lines: &[batch_line::Model], begun: &HashSet<Uuid>) -> Stubs {
    let went = Went {
        record_type_code: &shift.code,
        schedule_version: &shift.version,
        rule: &shift.batch.rule,
        disposed_at: shift.scanner.clock.now(),
        batch_id: shift.batch.id,
        batch: &shift.batch.number,
        store: shift.store,
    };
    let keys = &shift.scanner.keys;
    let gone = lines.iter().filter(|line| has_gone(line, begun));
    let gone = gone.map(|line| (line, begun.contains(&line.id)));
    let (units, items): (Vec<_>, Vec<_>) = gone.partition(|(line, _)| line.is_unit);
    let backend = shift.scanner.catalogue.read().get_database_backend();
    let mut statements = Vec::new();
    for part in items.chunks(ROWS) {
        let stubs = went.rows(keys, part.iter().copied());
        statements.extend(proof::stub_statements(backend, &stubs));
        tokio::task::yield_now().await;
    }
    Stubs { items: statements, units: went.rows(keys, units.into_iter()) }
}

/// The stubs of items, ready to be written, and those of units.
struct Stubs {
    items: Vec<Statement>,
    units: Vec<stub::Model>,
}

fn has_gone(line: &batch_line::Model, begun: &HashSet<Uuid>) -> bool {
    line.state.0.is_disposed_of() || begun.contains(&line.id)
}

/// Writes the stubs of lines whose items are gone, that of each whole.
pub(super) async fn stubs(
    tx: &WriteTx,
    shift: &Shift,
    lines: &[batch_line::Model],
) -> Result<(), DisposalError> {
    let none = HashSet::new();
    let stubs = stubs_of(shift, lines, &none).await;
    save_stubs(tx, lines, &none, stubs).await
}

/// Writes the stubs of these lines. That of a unit of which some had gone before is
/// there: it is all there is to say so, should the rest of it be kept.
async fn save_stubs(
    tx: &WriteTx,
    lines: &[batch_line::Model],
    begun: &HashSet<Uuid>,
    stubs: Stubs,
) -> Result<(), DisposalError> {
    for statement in stubs.items {
        tx.execute_raw(statement).await?;
    }
    let mut units = stubs.units;
    let ids = lines.iter().filter(|line| line.is_unit && has_gone(line, begun)).map(|line| line.id);
    let partly = proof::partly_gone(&**tx, ids).await?;
    let whole = lines.iter().filter(|line| line.state.0.is_disposed_of()).map(|line| line.id);
    proof::wholly_gone(tx, whole.filter(|id| partly.contains(id))).await?;
    units.retain(|stub| !partly.contains(&stub.id));
    Ok(proof::stub_insert(tx, &units).await?)
}

/// One entry for many lines: its digest is over each line and its state.
pub(super) async fn enter(
    tx: &WriteTx,
    shift: &Shift,
    action: Action,
    said: &str,
    lines: &[batch_line::Model],
) -> Result<(), CatalogueError> {
    enter_by(tx, shift, By::Service, action, Motive::own(said), lines).await
}

/// As [`enter`], by a person.
pub(super) async fn enter_by(
    tx: &WriteTx,
    shift: &Shift,
    by: By,
    action: Action,
    why: Motive,
    lines: &[batch_line::Model],
) -> Result<(), CatalogueError> {
    let entry = entry(shift, by, action, why, lines);
    audit::append(tx, shift.scanner.clock.now(), &entry).await.map(|_| ())
}

fn entry(shift: &Shift, by: By, action: Action, why: Motive, lines: &[batch_line::Model]) -> Entry {
    let states: Vec<(Uuid, &str, Option<&str>)> =
        lines.iter().map(|line| (line.id, line.state.0.name(), line.why.as_deref())).collect();
    Entry::new(by, action, Subject::new("batch", shift.batch.id))
        .after(audit::digest::of_rows(&states))
        .because(why)
        .under(shift.batch.schedule_version_id)
}
