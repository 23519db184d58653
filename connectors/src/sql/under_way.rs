//! Acts that are on their way into the database.
//!
//! A PostgreSQL server ends a COMMIT whose client was killed or cut off, be it
//! hours later, when a standby answers again. Until then readers see the rows as
//! they were. So each act holds an advisory lock on its table, shared with other
//! acts, until its transaction has ended for everyone; whoever must know what
//! became of one takes that lock alone, and gives it back.
//!
//! A SQLite file is written by the client itself, under the write lock of the file.

use super::plan::Mapping;
use super::quarantine::TABLE;
use super::session::{Dialect, Session};
use crate::contract::{StoreError, StoreErrorKind};

/// Says that an act is under way, until the session's transaction ends. To be asked
/// before anything is written.
pub(super) async fn begin(session: &mut Session, mapping: &Mapping) -> Result<(), StoreError> {
    match session.dialect() {
        Dialect::Postgres => {
            let table = std::slice::from_ref(&mapping.table.full_name);
            session.all(lock("_shared"), table).await.map(drop)
        }
        // The session began with the write lock.
        Dialect::Sqlite => Ok(()),
    }
}

/// Waits until no act on the table is under way. Those that begin meanwhile wait
/// until the session's transaction ends.
pub(super) async fn wait(session: &mut Session, mapping: &Mapping) -> Result<(), StoreError> {
    if session.dialect() == Dialect::Sqlite
        || session.has_soon(lock(""), &mapping.table.full_name).await?
    {
        return Ok(());
    }
    Err(StoreError::new(
        StoreErrorKind::Unavailable,
        format!(
            "an act on the table `{}` is still under way in {}, and nobody knows yet what becomes \
             of it",
            mapping.table.name,
            session.place()
        ),
        "The chunk stays open until it can be looked at: see in pg_stat_activity what that \
         session of retaind waits for, such as a standby that does not answer, and let it end",
    ))
}

/// By a lock that PostgreSQL gives back itself, however the transaction ends.
fn lock(how: &str) -> String {
    format!("SELECT pg_advisory_xact_lock{how}(hashtext('{TABLE}'), hashtext($1))::text")
}
