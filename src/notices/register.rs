//! What the register tells (M12): a file that waits, and one that was accepted.

use jiff::Timestamp;
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{Register, RegisterNews};
use super::recipient::Directory;
use crate::catalogue::entity::import;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::Role;

/// Tells the records managers that a register file waits for them.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn imported(
    tx: &WriteTx,
    import: &import::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let news = RegisterNews::Imported {
        import: import.id,
        accepted: import.accepted.unsigned_abs(),
        rejected: import.rejected.unsigned_abs(),
        added: import.added.unsigned_abs(),
        changed: import.changed.unsigned_abs(),
        removed: import.removed.unsigned_abs(),
    };
    tell(tx, import.id, news, "imported", now).await
}

/// Tells the records managers that a register file was accepted.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn accepted(
    tx: &WriteTx,
    import: Uuid,
    version: i64,
    rules: usize,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let rules = rules as u64;
    tell(tx, import, RegisterNews::Accepted { import, version, rules }, "accepted", now).await
}

async fn tell(
    tx: &WriteTx,
    import: Uuid,
    news: RegisterNews,
    what: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let notice = Notice {
        to: directory.once(directory.with_role(&[Role::RecordsManager])),
        service_area: None,
        period_key: format!("import:{import}:{what}"),
        payload: Register { news }.into(),
        thread: format!("import:{import}"),
        attachments: Vec::new(),
    };
    enqueue(tx, now, &notice).await.map(|_| ())
}
