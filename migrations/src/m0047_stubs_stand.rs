//! The certificate of a batch is that of its stubs, and is found by the batch: no
//! stub is written again for it. The column stays while a version may be in use that
//! names it. What nobody asks by has no index: the batch of a stub, and the scan that
//! last met an item.

use sea_orm_migration::prelude::*;

use crate::append_only::{differs, refuse_instead};
use crate::m0038_partly_gone::FIXED;

const STUBS_STAND: &str = "a stub is never changed: it says what became of a record";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Until its batch is certified, the rest of what is partly gone may go too.
        let the_rest = "old.partly and not new.partly and not exists \
                        (select 1 from certificate where certificate.batch_id = old.batch_id)";
        let changed = format!("not ({the_rest}) or {}", differs(FIXED));
        refuse_instead(manager, "stub", "update", &changed, STUBS_STAND).await?;
        for index in ["stub_by_batch_id", "item_by_last_scan_id"] {
            let drop = format!("drop index {index}");
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
