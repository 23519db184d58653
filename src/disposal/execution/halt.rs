//! Stopping a batch because somebody who was told of it asks for it. Nobody
//! needs a right to keep records: only a records manager lets it go on.

use retaind_schedules::batch::BatchState;
use uuid::Uuid;

use super::shift::{locked, set_state};
use super::stop::DisposalError;
use crate::audit::{By, Motive};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::batch;
use crate::scan::run::Scanner;

/// The states in which a batch that two people approved can still be stopped.
pub const STOPPABLE: [BatchState; 4] = [
    BatchState::Authorised,
    BatchState::Quarantining,
    BatchState::Quarantined,
    BatchState::Destroying,
];

/// What is said of it. Who and why is in no list that goes round: a reason may
/// name people.
const ASKED: &str = "somebody who was told of it asked that it stop; `retaind mail replies` says \
                     who and why";

/// Halts the batch in the caller's transaction. What a chunk has open at this
/// moment still ends; no other is opened.
///
/// # Errors
///
/// Where there is nothing left to stop, or the catalogue fails.
pub async fn at_request(
    tx: &WriteTx,
    scanner: &Scanner,
    id: Uuid,
    by: &By,
) -> Result<batch::Model, DisposalError> {
    let row = locked(tx, id).await?;
    if !STOPPABLE.contains(&row.state.0) {
        let (batch, state) = (row.number, row.state.0.to_string());
        return Err(DisposalError::NotNow { batch, state, what: "stopping it" });
    }
    set_state(tx, row, BatchState::Halted, Motive::own(ASKED), by, scanner).await
}
