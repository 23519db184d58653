//! In tests, what connectors are asked for: every call that reads an item's
//! content or takes the item is heard on its way to the store, by its place.

use std::cell::RefCell;
use std::sync::Arc;

use async_trait::async_trait;
use retaind_connectors::contract::{
    ActOutcome, Capability, Connector, InQuarantine, Kept, Leash, Look, ScanStream, StoreError,
    StoreIdentity,
};
use retaind_connectors::order::{MappingOrder, ScanOrder};
use retaind_connectors::sighting::Fingerprint;
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{Destroy, Permit, Quarantine};
use tokio_util::sync::CancellationToken;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    ReadContent,
    Quarantine,
    Destroy,
}

thread_local! {
    static HEARD: RefCell<Vec<(Call, String)>> = const { RefCell::new(Vec::new()) };
}

/// What was heard on this thread since this was last asked.
pub(crate) fn heard() -> Vec<(Call, String)> {
    HEARD.take()
}

fn hear(call: Call, locator: &str) {
    HEARD.with_borrow_mut(|heard| heard.push((call, locator.to_owned())));
}

pub(super) fn listened_to(connector: Arc<dyn Connector>) -> Arc<dyn Connector> {
    Arc::new(ListenedTo(connector))
}

#[derive(Debug)]
struct ListenedTo(Arc<dyn Connector>);

#[async_trait]
impl Connector for ListenedTo {
    fn capability(&self) -> Capability {
        self.0.capability()
    }

    fn leash(&self) -> Leash {
        self.0.leash()
    }

    async fn identify(&self) -> Result<StoreIdentity, StoreError> {
        self.0.identify().await
    }

    async fn check(&self, order: &ScanOrder) -> Result<(), StoreError> {
        self.0.check(order).await
    }

    fn scan(self: Arc<Self>, order: ScanOrder, cancel: CancellationToken) -> ScanStream {
        Arc::clone(&self.0).scan(order, cancel)
    }

    async fn look(&self, mapping: &MappingOrder, locator: &str) -> Result<Look, StoreError> {
        self.0.look(mapping, locator).await
    }

    async fn look_all(
        &self,
        mapping: &MappingOrder,
        locators: &[String],
    ) -> Result<Vec<Look>, StoreError> {
        self.0.look_all(mapping, locators).await
    }

    async fn quarantine(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<Quarantine>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        permits.iter().for_each(|permit| hear(Call::Quarantine, permit.locator()));
        self.0.quarantine(mapping, permits).await
    }

    async fn wait_for_acts(&self, mapping: &MappingOrder) -> Result<(), StoreError> {
        self.0.wait_for_acts(mapping).await
    }

    async fn look_quarantined(
        &self,
        mapping: &MappingOrder,
        lines: &[BatchLineId],
    ) -> Result<Vec<InQuarantine>, StoreError> {
        self.0.look_quarantined(mapping, lines).await
    }

    fn is_what_was_approved(
        &self,
        approved: Fingerprint,
        kept: Fingerprint,
        is_unit: bool,
    ) -> bool {
        self.0.is_what_was_approved(approved, kept, is_unit)
    }

    async fn restore(
        &self,
        mapping: &MappingOrder,
        kept: &[Kept],
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.0.restore(mapping, kept).await
    }

    async fn destroy(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<Destroy>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        permits.iter().for_each(|permit| hear(Call::Destroy, permit.locator()));
        self.0.destroy(mapping, permits).await
    }

    async fn checksum(&self, mapping: &MappingOrder, locator: &str) -> Result<String, StoreError> {
        hear(Call::ReadContent, locator);
        self.0.checksum(mapping, locator).await
    }
}
