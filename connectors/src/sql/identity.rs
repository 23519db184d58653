//! Which database this is.

use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags};

use super::address::{Address, misconfigured};
use super::session::Session;
use crate::contract::{StoreError, StoreErrorKind, StoreIdentity};

const SYSTEM: &str = "
    SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE') THEN 'yes' END,
           oid::text, datname::text
    FROM pg_database WHERE datname = current_database()";

/// The answer of the store's own query where it has one; else the server's
/// number for itself and the database, or the file's number on its file system.
pub(super) async fn identity(
    session: &mut Session,
    address: &Address,
    query: Option<&str>,
) -> Result<StoreIdentity, StoreError> {
    match (query, address) {
        (Some(query), _) => by_query(session, query).await,
        (None, Address::Postgres { .. }) => postgres(session).await,
        (None, Address::Sqlite(path)) => file(path, session.place()),
    }
}

async fn by_query(session: &mut Session, query: &str) -> Result<StoreIdentity, StoreError> {
    let rows = session.all(query, &[]).await?;
    let answer = rows.first().and_then(|row| row.text(0)).filter(|text| !text.is_empty());
    let answer = answer.ok_or_else(|| {
        misconfigured(
            format!("the `identity_query` of {} gives no text", session.place()),
            "Let it give one row whose first column is a text that only this database has",
        )
    })?;
    Ok(StoreIdentity(format!("query:{}", blake3::hash(answer.as_bytes()).to_hex())))
}

/// Without the right to ask for the server's number, only the database's name
/// and its number on the server are known.
async fn postgres(session: &mut Session) -> Result<StoreIdentity, StoreError> {
    let rows = session.all(SYSTEM, &[]).await?;
    let Some(row) = rows.first() else {
        return Err(misconfigured(
            format!("{} does not say which database it is", session.place()),
            "Set an `identity_query`",
        ));
    };
    if row.text(0).is_none() {
        return Ok(StoreIdentity(format!("postgresql:-:{}:{}", row.word(1), row.word(2))));
    }
    let system = "SELECT system_identifier::text FROM pg_control_system()";
    let system =
        session.all(system, &[]).await?.first().map_or_else(String::new, |row| row.word(0));
    Ok(StoreIdentity(format!("postgresql:{system}:{}:{}", row.word(1), row.word(2))))
}

fn file(path: &Path, place: &str) -> Result<StoreIdentity, StoreError> {
    let failed = |error: rustix::io::Errno| {
        StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{place} cannot be read: {error}"),
            "Is the share it lies on mounted?",
        )
    };
    let flags = AtFlags::STATX_FORCE_SYNC;
    let stat = rustix::fs::statx(CWD, path, flags, StatxFlags::INO).map_err(failed)?;
    let system = rustix::fs::statvfs(path).map_err(failed)?.f_fsid;
    Ok(StoreIdentity(format!("sqlite:{system:x}:{:x}", stat.stx_ino)))
}
