//! Destroying rows that are out of reach, and no others: the only table that is
//! touched is the one they are kept in.

use retaind_schedules::permit::{Destroy, Permit, Spent};

use super::plan::Mapping;
use super::quarantine::{clear, shelved, there};
use super::session::Session;
use crate::contract::{ActOutcome, StoreError};

/// Destroys items that are out of reach.
pub(super) async fn destroy(
    session: &mut Session,
    mapping: &Mapping,
    permits: Vec<Permit<Destroy>>,
) -> Result<Vec<ActOutcome>, StoreError> {
    there(session, mapping).await?;
    let mut outcomes = Vec::with_capacity(permits.len());
    for permit in permits {
        session.begin_step().await?;
        let outcome = one(session, mapping, &permit.spend()).await?;
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
    let Some(shelved) = shelved(session, mapping, spent.line).await? else {
        return Ok(ActOutcome::Absent);
    };
    if shelved.fingerprint.to_string() != spent.mark || shelved.locator != spent.locator {
        return Ok(ActOutcome::Changed);
    }
    if clear(session, mapping, spent.line).await? != shelved.rows.len() {
        return Ok(ActOutcome::Changed);
    }
    Ok(ActOutcome::Done(shelved.fingerprint))
}
