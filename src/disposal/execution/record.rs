//! What a chunk writes down: its intent, its lines, the stubs of what is gone,
//! and the entry of the chain over them.

use std::collections::{BTreeMap, HashSet};

use retaind_schedules::batch::LineState;
use retaind_schedules::hold::SubjectKey;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, TableRef, Value, ValueTuple};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{batch_line, intent};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{ActKind, Disposed};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::shift::Shift;
use crate::disposal::execution::stop::DisposalError;
use crate::holds::Against;
use crate::proof::{NewStub, stub_insert};

/// Rows in one statement: far below the bind limit of both databases.
const ROWS: usize = 500;

/// Writes lines whose outcome is known, their stubs, and the end of their intent.
pub(super) async fn settle(
    tx: &WriteTx,
    shift: &Shift<'_>,
    executor: Uuid,
    intent: Uuid,
    kind: ActKind,
    lines: &[batch_line::Model],
) -> Result<(), DisposalError> {
    let now = shift.scanner.clock.now();
    let open = intent::Entity::find_by_id(intent).lock_exclusive().one(&**tx).await?;
    if open.is_none_or(|open| open.closed_at.is_some()) {
        // Someone who knew this process gone has settled it, and looked.
        return Ok(());
    }
    save_marks(tx, lines).await?;
    save(tx, lines).await?;
    stubs(tx, shift, lines).await?;
    let closed = intent::ActiveModel {
        id: Set(intent),
        closed_at: Set(Some(now.into())),
        closed_by: Set(Some(executor)),
        ..Default::default()
    };
    closed.update(&**tx).await?;
    let mut by_state: BTreeMap<&str, u64> = BTreeMap::new();
    lines.iter().for_each(|line| *by_state.entry(line.state.0.name()).or_default() += 1);
    let said: Vec<String> =
        by_state.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let said = format!("{kind}: {}", said.join(", "));
    enter(tx, shift, Action::ChunkClosed, &said, lines).await?;
    Ok(())
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

/// Which of these lines stand in one of these states, and are changed by nobody
/// else until the transaction ends.
pub(super) async fn free(
    tx: &WriteTx,
    lines: &[batch_line::Model],
    states: &[LineState],
) -> Result<HashSet<Uuid>, DisposalError> {
    let mut free = HashSet::with_capacity(lines.len());
    for part in lines.chunks(ROWS) {
        let rows: Vec<Uuid> = batch_line::Entity::find()
            .select_only()
            .column(batch_line::Column::Id)
            .filter(batch_line::Column::Id.is_in(part.iter().map(|line| line.id)))
            .filter(batch_line::Column::State.is_in(states.iter().copied().map(Text)))
            .lock_exclusive()
            .into_tuple()
            .all(&**tx)
            .await?;
        free.extend(rows);
    }
    Ok(free)
}

pub(super) async fn intent_row(
    tx: &WriteTx,
    shift: &Shift<'_>,
    executor: &Executor,
    id: Uuid,
    act: ActKind,
    lines: usize,
    against: Option<&Against>,
) -> Result<(), DisposalError> {
    let row = intent::ActiveModel {
        id: Set(id),
        executor_id: Set(executor.id),
        batch_id: Set(shift.batch.id),
        act: Set(act),
        lines: Set(i64::try_from(lines).unwrap_or(i64::MAX)),
        opened_at: Set(shift.scanner.clock.now().into()),
        holds: Set(against.map(|holds| i64::try_from(holds.in_force).unwrap_or(i64::MAX))),
        holds_digest: Set(against.map(Against::digest)),
        closed_at: Set(None),
        closed_by: Set(None),
    };
    intent::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes where lines stand and why, those that came to the same in one
/// statement.
pub(super) async fn save(tx: &WriteTx, lines: &[batch_line::Model]) -> Result<(), CatalogueError> {
    use batch_line::Column::{EndedAt, Id, IntentId, QuarantinedAt, State, Why};
    type Came<'a> = (&'a str, Option<&'a str>, Option<Uuid>, Option<Micros>, Option<Micros>);
    let mut alike: BTreeMap<Came<'_>, Vec<&batch_line::Model>> = BTreeMap::new();
    for line in lines {
        let came = (
            line.state.0.name(),
            line.why.as_deref(),
            line.intent_id,
            line.quarantined_at,
            line.ended_at,
        );
        alike.entry(came).or_default().push(line);
    }
    for lines in alike.into_values() {
        for part in lines.chunks(ROWS) {
            let Some(first) = part.first() else { continue };
            batch_line::Entity::update_many()
                .col_expr(State, Expr::value(first.state))
                .col_expr(Why, Expr::value(first.why.clone()))
                .col_expr(IntentId, Expr::value(first.intent_id))
                .col_expr(QuarantinedAt, Expr::value(first.quarantined_at))
                .col_expr(EndedAt, Expr::value(first.ended_at))
                .filter(Id.is_in(part.iter().map(|line| line.id)))
                .exec(&**tx)
                .await?;
        }
    }
    Ok(())
}

/// Writes what the store said of lines when they were about to be taken out of
/// reach: once they are, it says no more.
pub(super) async fn save_store_facts(
    tx: &WriteTx,
    lines: &[batch_line::Model],
) -> Result<(), CatalogueError> {
    let facts = lines.iter().filter_map(|line| Some((line.id, line.store_facts.clone()?.into())));
    save_each(tx, batch_line::Column::StoreFacts, facts.collect()).await
}

/// Writes what lines look like that are out of reach: as they were taken, or as
/// what is left of them where their destruction was cut short.
async fn save_marks(tx: &WriteTx, lines: &[batch_line::Model]) -> Result<(), CatalogueError> {
    let out_of_reach = lines.iter().filter(|line| line.state.0 == LineState::Quarantined);
    let marks =
        out_of_reach.filter_map(|line| Some((line.id, line.kept_fingerprint.clone()?.into())));
    save_each(tx, batch_line::Column::KeptFingerprint, marks.collect()).await
}

/// Writes one column of lines, each its own value, many in one statement.
async fn save_each(
    tx: &WriteTx,
    column: batch_line::Column,
    values: Vec<(Uuid, Value)>,
) -> Result<(), CatalogueError> {
    for part in values.chunks(ROWS) {
        let rows = part.iter().map(|(id, value)| ValueTuple::Two((*id).into(), value.clone()));
        let update = Query::update()
            .table(batch_line::Entity)
            .value(column, Expr::col(("new", "column2")))
            .from(TableRef::ValuesList(rows.collect(), "new".into()))
            .and_where(
                Expr::col((batch_line::Entity, batch_line::Column::Id)).equals(("new", "column1")),
            )
            .to_owned();
        tx.execute(&update).await?;
    }
    Ok(())
}

pub(super) async fn stubs(
    tx: &WriteTx,
    shift: &Shift<'_>,
    lines: &[batch_line::Model],
) -> Result<(), DisposalError> {
    let now = shift.scanner.clock.now();
    let went: Vec<(&batch_line::Model, Option<SubjectKey>)> = lines
        .iter()
        .filter(|line| line.state.0.is_disposed_of())
        .map(|line| (line, line.subject_key.clone().map(SubjectKey)))
        .collect();
    let stubs: Vec<NewStub<'_>> = went
        .iter()
        .map(|(line, subject)| NewStub {
            id: line.id,
            record_type_code: &shift.code,
            schedule_version: &shift.version,
            rule: &shift.batch.rule,
            due_on: line.due_on.map(|day| day.0),
            disposed_at: now,
            action: match line.state.0 {
                LineState::Transferred => Disposed::Transferred,
                LineState::Anonymised => Disposed::Anonymised,
                _ => Disposed::Destroyed,
            },
            batch_id: shift.batch.id,
            batch: &shift.batch.number,
            store: shift.store,
            locator: &line.locator,
            reference: line.reference.as_deref(),
            subject: subject.as_ref(),
        })
        .collect();
    Ok(stub_insert(tx, shift.scanner.keys, &stubs).await?)
}

/// One entry for many lines: its digest is over each line and its state.
pub(super) async fn enter(
    tx: &WriteTx,
    shift: &Shift<'_>,
    action: Action,
    said: &str,
    lines: &[batch_line::Model],
) -> Result<(), CatalogueError> {
    enter_by(tx, shift, By::Service, action, said, lines).await
}

/// As [`enter`], by a person.
pub(super) async fn enter_by(
    tx: &WriteTx,
    shift: &Shift<'_>,
    by: By,
    action: Action,
    said: &str,
    lines: &[batch_line::Model],
) -> Result<(), CatalogueError> {
    let states: Vec<(Uuid, &str, Option<&str>)> =
        lines.iter().map(|line| (line.id, line.state.0.name(), line.why.as_deref())).collect();
    let entry = Entry::new(by, action, Subject::new("batch", shift.batch.id))
        .after(audit::digest::of_json(&serde_json::json!(states)))
        .because(said)
        .under(shift.batch.schedule_version_id);
    audit::append(tx, shift.scanner.clock.now(), &entry).await.map(|_| ())
}
