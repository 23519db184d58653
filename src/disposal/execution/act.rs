//! The two acts, and the only place from which a connector is asked for them;
//! and how items are looked at before any act, a person's included.

use std::sync::Arc;

use async_trait::async_trait;
use retaind_connectors::contract::{ActOutcome, Connector, StoreError};
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
        Ok(looks.into_iter().map(Seen::from).collect())
    }
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
