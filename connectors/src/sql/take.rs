//! Taking rows out of reach: each item in a step of its own of one transaction,
//! compared, copied and removed, or left as it was.

use retaind_schedules::permit::{Permit, Quarantine, Spent};

use super::look::{foreign, look_for, values};
use super::plan::Mapping;
use super::quarantine::{contents, make, put, shelved};
use super::query::{Which, condition};
use super::session::{Dialect, Refusal, Session};
use crate::contract::{ActOutcome, Look, ProblemKind, StoreError};

/// Takes items of a mapping out of reach.
pub(super) async fn take(
    session: &mut Session,
    mapping: &Mapping,
    permits: Vec<Permit<Quarantine>>,
) -> Result<Vec<ActOutcome>, StoreError> {
    for permit in &permits {
        values(mapping, permit.locator()).ok_or_else(|| foreign(permit.locator()))?;
    }
    let takes_along = mapping.table.takes_others_along(session).await?;
    make(session, mapping).await?;
    let mut outcomes = Vec::with_capacity(permits.len());
    for permit in permits {
        let spent = permit.spend();
        if takes_along {
            outcomes.push(ActOutcome::Failed(ProblemKind::ReferredTo));
            continue;
        }
        session.begin_step().await?;
        let outcome = one(session, mapping, &spent).await?;
        session.end_step(outcome).await?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn one(
    session: &mut Session,
    mapping: &Mapping,
    spent: &Spent,
) -> Result<ActOutcome, StoreError> {
    let values = values(mapping, &spent.locator).ok_or_else(|| foreign(&spent.locator))?;
    let mut which = Which::Those;
    lock(session, mapping, which, &values).await?;
    let mut look = look_for(session, mapping, &spent.locator, &values, which).await?;
    if look == Look::Absent && session.dialect() == Dialect::Sqlite {
        which = Which::ThoseSlowly;
        look = look_for(session, mapping, &spent.locator, &values, which).await?;
    }
    let found = match look {
        Look::Present(found) => found,
        Look::Absent => return Ok(ActOutcome::Absent),
        Look::Unmapped => return Ok(ActOutcome::Changed),
        Look::Unknown(kind) => return Ok(ActOutcome::Failed(kind)),
    };
    if found.fingerprint.to_string() != spent.mark {
        return Ok(ActOutcome::Changed);
    }
    if shelved(session, mapping, spent.line).await?.is_some() {
        return Ok(ActOutcome::Failed(ProblemKind::Occupied));
    }
    let rows = contents(session, mapping, which, &values).await?;
    let members = rows.len();
    if members as u64 != found.members {
        return Ok(ActOutcome::Changed);
    }
    for row in rows.into_iter().enumerate() {
        put(session, mapping, spent.line, row, (&spent.locator, &spent.mark)).await?;
    }
    let condition = condition(session.dialect(), mapping, which);
    let sql = format!("DELETE FROM {} AS x WHERE {condition}", mapping.table.sql);
    match session.execute(sql, &values).await? {
        // What was added meanwhile was not sighted, and must not go along.
        Ok(removed) if removed != found.members => return Ok(ActOutcome::Changed),
        Ok(_) => {}
        Err(Refusal::ReferredTo) => return Ok(ActOutcome::Failed(ProblemKind::ReferredTo)),
        Err(Refusal::Occupied) => return Ok(ActOutcome::Failed(ProblemKind::Occupied)),
    }
    let shelved = shelved(session, mapping, spent.line).await?;
    Ok(shelved.map_or(ActOutcome::Changed, |one| ActOutcome::Done(one.fingerprint)))
}

/// Keeps others from changing the rows before they are removed.
async fn lock(
    session: &mut Session,
    mapping: &Mapping,
    which: Which,
    values: &[String],
) -> Result<(), StoreError> {
    let condition = condition(session.dialect(), mapping, which);
    let lock = session.locking();
    let sql = format!("SELECT '1' FROM {} AS x WHERE {condition}{lock}", mapping.table.sql);
    match session.dialect() {
        Dialect::Postgres => session.all(sql, values).await.map(drop),
        // The whole file is locked.
        Dialect::Sqlite => Ok(()),
    }
}
