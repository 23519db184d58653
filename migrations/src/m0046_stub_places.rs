//! A stub is found by the beginning of the digest of its place: the whole of it in
//! an index is most of what is written for each record that goes. Of most stubs
//! nobody knows the case or the person, and those are not in the indexes by them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for change in [
            "drop index stub_by_locator_mac",
            "create index stub_by_locator_mac on stub (substr(locator_mac, 1, 12))",
            "drop index stub_by_reference_mac",
            "create index stub_by_reference_mac on stub (reference_mac) \
             where reference_mac is not null",
            "drop index stub_by_subject_key",
            "create index stub_by_subject_key on stub (subject_key) \
             where subject_key is not null",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        Ok(())
    }
}
