//! The two acts, and the only place from which a connector is asked for them;
//! and how items are looked at before any act, a person's included.

use std::sync::Arc;

use async_trait::async_trait;
use retaind_connectors::contract::{ActOutcome, Connector, Look, StoreError};
use retaind_connectors::order::MappingOrder;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{Act, Anonymise, Destroy, Permit, Quarantine};

use crate::catalogue::entity::batch_line;
use crate::catalogue::words::ActKind;
use crate::disposal::execution::judge::Seen;

/// What an act needs to know beforehand.
#[async_trait]
pub(super) trait Sees: Act + Sized {
    /// Where a line must stand for it.
    const FROM: LineState;

    /// What the lines' items look like now, where the act would find them.
    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError>;
}

/// An act of the program on a chunk of lines.
#[async_trait]
pub(super) trait Deed: Sees {
    /// Its word.
    const KIND: ActKind;
    /// Where its batch stands meanwhile.
    const DURING: BatchState;

    /// Does it.
    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError>;
}

async fn in_place(
    connector: &Arc<dyn Connector>,
    mapping: &MappingOrder,
    lines: &[batch_line::Model],
) -> Result<Vec<Seen>, StoreError> {
    let locators: Vec<String> = lines.iter().map(|line| line.locator.clone()).collect();
    let looks = connector.look_all(mapping, &locators).await?;
    Ok(looks.into_iter().map(Seen::from).collect())
}

#[async_trait]
impl Sees for Quarantine {
    const FROM: LineState = LineState::Pending;

    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError> {
        in_place(connector, mapping, lines).await
    }
}

#[async_trait]
impl Sees for Anonymise {
    const FROM: LineState = LineState::Pending;

    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError> {
        in_place(connector, mapping, lines).await
    }
}

#[async_trait]
impl Deed for Quarantine {
    const KIND: ActKind = ActKind::Quarantine;
    const DURING: BatchState = BatchState::Quarantining;

    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        connector.quarantine(mapping, permits).await
    }
}

#[async_trait]
impl Sees for Destroy {
    const FROM: LineState = LineState::Quarantined;

    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError> {
        let ids: Vec<BatchLineId> = lines.iter().map(|line| BatchLineId(line.id)).collect();
        let looks = connector.look_quarantined(mapping, &ids).await?;
        let mut seen = looks.into_iter().map(Seen::from).collect::<Vec<_>>();
        joined(connector, mapping, lines, &mut seen).await?;
        Ok(seen)
    }
}

/// Looks where units were that are out of reach: what came there since belongs
/// to them (I12). An empty folder is no member.
async fn joined(
    connector: &Arc<dyn Connector>,
    mapping: &MappingOrder,
    lines: &[batch_line::Model],
    seen: &mut [Seen],
) -> Result<(), StoreError> {
    let is_kept = |seen: &Seen| matches!(seen, Seen::OutOfReach(_) | Seen::Begun(_));
    let units = lines.iter().zip(seen).filter(|(line, seen)| line.is_unit && is_kept(seen));
    let (units, seen): (Vec<_>, Vec<_>) = units.unzip();
    if units.is_empty() {
        return Ok(());
    }
    let locators: Vec<String> = units.into_iter().map(|line| line.locator.clone()).collect();
    let looks = connector.look_all(mapping, &locators).await?;
    for (seen, look) in seen.into_iter().zip(looks) {
        match look {
            Look::Absent => {}
            Look::Present(found) if found.members == 0 => {}
            Look::Present(_) => *seen = Seen::Joined,
            unclear @ (Look::Unmapped | Look::Unknown(_)) => *seen = Seen::from(unclear),
        }
    }
    Ok(())
}

#[async_trait]
impl Deed for Destroy {
    const KIND: ActKind = ActKind::Destroy;
    const DURING: BatchState = BatchState::Destroying;

    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        connector.destroy(mapping, permits).await
    }
}
