//! The two acts, and the only place from which a connector is asked for them.

use std::sync::Arc;

use async_trait::async_trait;
use retaind_connectors::contract::{ActOutcome, Connector, StoreError};
use retaind_connectors::order::MappingOrder;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{Act, Destroy, Permit, Quarantine};

use crate::catalogue::entity::batch_line;
use crate::catalogue::words::ActKind;
use crate::disposal::execution::judge::Seen;

/// An act on a chunk of lines.
#[async_trait]
pub(super) trait Deed: Act + Sized {
    /// Its word.
    const KIND: ActKind;
    /// Where a line must stand for it.
    const FROM: LineState;
    /// Where its batch stands meanwhile.
    const DURING: BatchState;

    /// What the lines' items look like now, where the act would find them.
    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError>;

    /// Does it.
    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError>;
}

#[async_trait]
impl Deed for Quarantine {
    const KIND: ActKind = ActKind::Quarantine;
    const FROM: LineState = LineState::Pending;
    const DURING: BatchState = BatchState::Quarantining;

    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError> {
        let locators: Vec<String> = lines.iter().map(|line| line.locator.clone()).collect();
        let looks = connector.look_all(mapping, &locators).await?;
        Ok(looks.into_iter().map(Seen::from).collect())
    }

    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        connector.quarantine(mapping, permits).await
    }
}

#[async_trait]
impl Deed for Destroy {
    const KIND: ActKind = ActKind::Destroy;
    const FROM: LineState = LineState::Quarantined;
    const DURING: BatchState = BatchState::Destroying;

    async fn look(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        lines: &[batch_line::Model],
    ) -> Result<Vec<Seen>, StoreError> {
        let ids: Vec<BatchLineId> = lines.iter().map(|line| BatchLineId(line.id)).collect();
        let looks = connector.look_quarantined(mapping, &ids).await?;
        Ok(looks.into_iter().map(Seen::from).collect())
    }

    async fn act(
        connector: &Arc<dyn Connector>,
        mapping: &MappingOrder,
        permits: Vec<Permit<Self>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        connector.destroy(mapping, permits).await
    }
}
