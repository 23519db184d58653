//! What a run would do now, said and not done: the same list, the same guards and
//! the same judgement.

use std::collections::BTreeMap;

use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::permit::{Anonymise, Destroy, Quarantine};
use serde::Serialize;
use uuid::Uuid;

use crate::disposal::execution::shift::{Shift, by_number};
use crate::disposal::execution::stop::{DisposalError, Stop};
use crate::disposal::execution::{chunk, guards};
use crate::scan::run::Scanner;

/// What a run would do now: the same list, the same guards and the same
/// judgement, and nothing written anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// The batch's number.
    pub batch: String,
    /// Where it stands.
    pub state: BatchState,
    /// What would stop it now.
    pub stops: Vec<String>,
    /// Lines that would be acted on, by id, in the order of the list.
    pub would_go: Vec<Uuid>,
    /// Lines that would be left, by reason.
    pub would_stay: BTreeMap<String, u64>,
}

/// Says what a run would do now.
///
/// # Errors
///
/// Where the batch has not been approved, or the store or the catalogue fails.
pub async fn dry_run(scanner: &Scanner, number: &str) -> Result<DryRun, DisposalError> {
    let batch = by_number(scanner.catalogue.read(), number).await?;
    let shift = Shift::begin(scanner, batch).await?;
    let stops = guards::all(&shift, scanner.clock.now()).await?;
    let mut dry = DryRun {
        batch: shift.batch.number.clone(),
        state: shift.batch.state.0,
        stops: stops.iter().map(Stop::to_string).collect(),
        would_go: Vec::new(),
        would_stay: BTreeMap::new(),
    };
    match rehearse(&shift, &mut dry).await {
        // It is among what stops it.
        Err(DisposalError::Stopped { .. }) if !dry.stops.is_empty() => Ok(dry),
        rehearsed => rehearsed.map(|()| dry),
    }
}

async fn rehearse(shift: &Shift, dry: &mut DryRun) -> Result<(), DisposalError> {
    if shift.batch.action.0 == DisposalAction::Anonymise {
        return chunk::rehearse::<Anonymise>(shift, dry).await;
    }
    chunk::rehearse::<Quarantine>(shift, dry).await?;
    chunk::rehearse::<Destroy>(shift, dry).await
}
