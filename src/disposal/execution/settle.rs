//! What a process left open when it ended, settled by looking at the store, once
//! the store has ended what it was asked.

use std::collections::HashSet;
use std::sync::Arc;

use retaind_connectors::contract::{Connector, InQuarantine, Look, StoreError, StoreErrorKind};
use retaind_connectors::order::MappingOrder;
use retaind_connectors::sighting::Fingerprint;
use retaind_schedules::batch::LineState;
use retaind_schedules::ids::BatchLineId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch_line, executor, intent};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::ActKind;
use crate::disposal::execution::executor::{self as process, Fate, Lock};
use crate::disposal::execution::record::Closing;
use crate::disposal::execution::shift::{Shift, by_id};
use crate::disposal::execution::stop::DisposalError;
use crate::disposal::execution::{chunk, open, record};
use crate::scan::run::Scanner;

/// What became of the chunks that were open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Settled {
    /// Chunks whose process had ended, now closed.
    pub closed: u64,
    /// Chunks whose process lives, or cannot be asked from here.
    pub open: u64,
    /// Chunks whose store did not answer, or has not ended what it was asked.
    pub unanswered: u64,
    /// What those stores said, each once.
    pub why: Vec<String>,
    /// Processes with something open that cannot be asked from here.
    pub out_of_reach: Vec<Uuid>,
}

/// Settles every open chunk whose process is known to have ended.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn settle_all(scanner: &Scanner) -> Result<Settled, DisposalError> {
    let mut settled = Settled::default();
    let running = executor::Entity::find().filter(executor::Column::EndedAt.is_null());
    for row in running.all(scanner.catalogue.read()).await? {
        let fate = process::fate(&row);
        let Fate::Gone(lock) = fate else {
            let open = open_of(scanner, row.id).await?.len() as u64;
            settled.open += open;
            if open > 0 && matches!(fate, Fate::OutOfReach) {
                settled.out_of_reach.push(row.id);
            }
            continue;
        };
        settle_one(scanner, row.id, Some(lock), &mut settled).await?;
    }
    Ok(settled)
}

/// Settles what a process left open that is known to have ended, down to a chunk
/// that it opened with its last word and that shows only after a while.
pub(super) async fn settle_one(
    scanner: &Scanner,
    executor: Uuid,
    lock: Option<Lock>,
    settled: &mut Settled,
) -> Result<(), DisposalError> {
    let mut all = true;
    while all {
        for intent in open_of(scanner, executor).await? {
            match settle(scanner, &intent).await {
                Ok(()) => settled.closed += 1,
                Err(DisposalError::Catalogue(fault)) => return Err(fault.into()),
                Err(why) => {
                    tracing::warn!(intent = %intent.id, %why, "an open chunk stays open");
                    (all, settled.unanswered) = (false, settled.unanswered + 1);
                    let why = why.to_string();
                    if !settled.why.contains(&why) {
                        settled.why.push(why);
                    }
                }
            }
        }
        if all && process::ended_with_nothing_open(scanner, executor).await? {
            if let Some(lock) = lock {
                lock.remove();
            }
            break;
        }
    }
    Ok(())
}

async fn open_of(scanner: &Scanner, executor: Uuid) -> Result<Vec<intent::Model>, CatalogueError> {
    let open = intent::Entity::find()
        .filter(intent::Column::ExecutorId.eq(executor))
        .filter(intent::Column::ClosedAt.is_null());
    Ok(open.all(scanner.catalogue.read()).await?)
}

/// Looks at the store for each line of an open chunk whose process is gone.
async fn settle(scanner: &Scanner, intent: &intent::Model) -> Result<(), DisposalError> {
    let batch = by_id(scanner.catalogue.read(), intent.batch_id).await?;
    let shift = Shift::begin(scanner, batch).await?;
    let mut lines = open::lines_of(scanner.catalogue.read(), intent).await?;
    let now: Micros = scanner.clock.now().into();
    let Some(mapping) = lines.first().map(|line| line.mapping_id) else {
        return close(&shift, intent, &[], &HashSet::new()).await;
    };
    let order = shift.begun(mapping).await?;
    shift.connector.wait_for_acts(&order).await?;
    let mut begun = HashSet::new();
    for line in &mut lines {
        let found = find(&shift.connector, &order, line, intent.act).await?;
        let (state, ended) = match (intent.act, found) {
            (ActKind::Quarantine, Found::OutOfReach(mark)) => {
                if !is_approved(&shift.connector, line, mark)? {
                    line.why = Some("changed".to_owned());
                }
                line.kept_fingerprint = Some(mark.to_string());
                line.quarantined_at = line.quarantined_at.or(Some(now));
                (LineState::Quarantined, None)
            }
            // What it looked like before stays what is expected of it.
            (_, Found::OutOfReach(_)) => (LineState::Quarantined, None),
            (_, Found::Begun) => {
                begun.insert(line.id);
                (LineState::Quarantined, None)
            }
            (ActKind::Quarantine, Found::InPlace) => (LineState::Pending, None),
            (ActKind::Restore, Found::InPlace) => (LineState::Restored, Some(now)),
            (ActKind::Destroy, _) => (chunk::gone(shift.batch.action.0), Some(now)),
            (_, Found::Nowhere) => (LineState::Missing, Some(now)),
        };
        (line.state, line.ended_at) = (Text(state), ended);
    }
    close(&shift, intent, &lines, &begun).await
}

/// Whether what a process took that ended is what was approved: it may have ended
/// before it looked, and what it took is put back where it is anything else.
fn is_approved(
    connector: &Arc<dyn Connector>,
    line: &batch_line::Model,
    kept: Fingerprint,
) -> Result<bool, CatalogueError> {
    let approved = line.fingerprint.parse();
    let approved =
        approved.map_err(|fault| CatalogueError::impossible("the fingerprint of a line", fault))?;
    Ok(connector.is_what_was_approved(approved, kept, line.is_unit))
}

/// Where a line's item is found.
enum Found {
    InPlace,
    OutOfReach(Fingerprint),
    /// Out of reach, and some of it destroyed.
    Begun,
    Nowhere,
}

/// Looks out of reach first: where the item was another may stand by now. Before
/// a store's first act there is no place out of reach to be asked; then what
/// stands in its place as it was approved was not touched.
async fn find(
    connector: &Arc<dyn Connector>,
    order: &MappingOrder,
    line: &batch_line::Model,
    act: ActKind,
) -> Result<Found, DisposalError> {
    let kept = connector.look_quarantined(order, &[BatchLineId(line.id)]).await;
    let no_place = match kept.as_deref() {
        Ok([InQuarantine::There(mark), ..]) => return Ok(Found::OutOfReach(*mark)),
        Ok([InQuarantine::Begun { .. }, ..]) => return Ok(Found::Begun),
        Ok([InQuarantine::Absent, ..]) => None,
        Ok([InQuarantine::Unknown(why), ..]) => return Err(unanswered(why.name()).into()),
        Ok([]) => return Err(unanswered("it does not answer").into()),
        Err(_) => kept.err(),
    };
    let look = match act {
        ActKind::Destroy => Look::Absent,
        ActKind::Quarantine | ActKind::Restore => connector.look(order, &line.locator).await?,
    };
    match (look, no_place) {
        (Look::Present(found), _) if found.fingerprint.to_string() == line.fingerprint => {
            Ok(Found::InPlace)
        }
        (_, Some(fault)) => Err(fault.into()),
        (Look::Present(_) | Look::Unmapped, None) => Ok(Found::InPlace),
        (Look::Absent, None) => Ok(Found::Nowhere),
        (Look::Unknown(why), None) => Err(unanswered(why.name()).into()),
    }
}

fn unanswered(why: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("the store cannot say what became of a line: {why}"),
        "Mend that; the chunk stays open until it can be looked at",
    )
}

async fn close(
    shift: &Shift,
    intent: &intent::Model,
    lines: &[batch_line::Model],
    begun: &HashSet<Uuid>,
) -> Result<(), DisposalError> {
    let closing = Closing { intent: intent.id, executor: intent.executor_id, kind: intent.act };
    record::settle(shift, &closing, lines, begun).await
}
