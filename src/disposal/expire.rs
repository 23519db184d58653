//! What nobody answered in time: it ends, and nothing is destroyed.

use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{ApprovalError, Desk, enter, locked, step};
use crate::audit::{Action, By};
use crate::catalogue::entity::batch;
use crate::catalogue::values::{Micros, Text};

/// The states in which a batch waits for a person.
pub(super) const WAITING: [BatchState; 2] = [BatchState::Proposed, BatchState::IaoApproved];

/// Ends the batches that were not approved in time, and says which.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn expire(desk: &Desk<'_>) -> Result<Vec<String>, ApprovalError> {
    let now = desk.now();
    let late = batch::Entity::find()
        .filter(batch::Column::State.is_in(WAITING.map(Text)))
        .filter(batch::Column::ExpiresAt.lte(Micros::from(now)))
        .order_by_asc(batch::Column::Number)
        .all(desk.catalogue.read())
        .await?;
    let mut expired = Vec::new();
    for late in late {
        let tx = desk.catalogue.write_tx().await?;
        let row = locked(&tx, &late.number).await?;
        if !WAITING.contains(&row.state.0) {
            continue;
        }
        step(&tx, &row, BatchState::Expired, now, batch::ActiveModel::default()).await?;
        let digest = row.digest.clone();
        enter(&tx, By::Service, Action::BatchExpired, &row, digest, None, now).await?;
        tx.commit().await?;
        expired.push(row.number);
    }
    Ok(expired)
}
