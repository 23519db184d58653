//! The end of the audit chain as it was last found whole, kept in a file of the
//! state directory. Whoever shortens or rewrites the chain in the database, or puts
//! an older copy of it in its place, does not change this file with it, and is
//! found out. It is written whenever a hold is placed and before anything goes.

use std::path::Path;

use super::error::UpkeepError;
use crate::audit::{self, From, Head, Verified, VerifyError};
use crate::catalogue::Catalogue;
use crate::keys::file;

/// The file's name in the state directory: `SEQ:HASH` and a line feed.
pub const FILE: &str = "audit.head";

/// The head that was kept; none where there is no such file.
#[must_use]
pub fn read(state: &Path) -> Option<Head> {
    let text = std::fs::read_to_string(state.join(FILE)).ok()?;
    let (seq, hash) = text.trim_end().split_once(':')?;
    Some(Head { seq: seq.parse().ok()?, hash: hash.to_owned() })
}

/// Keeps a head that was found whole.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn write(state: &Path, head: &Head) -> Result<(), UpkeepError> {
    let content = format!("{}:{}\n", head.seq, head.hash);
    let path = state.join(FILE);
    let written = file::write(&path, content.as_bytes(), 0o600);
    written.map_err(UpkeepError::file(&path, "cannot be written"))
}

/// Whether the chain goes on from the head that was kept, or from its first entry
/// where none was: what follows on it is checked.
///
/// # Errors
///
/// Where it does not, or the catalogue fails.
pub async fn follows(catalogue: &Catalogue, state: &Path) -> Result<Verified, VerifyError> {
    audit::verify(catalogue, read(state).map_or(From::Genesis, From::Head)).await
}

/// Whether the chain is whole from its first entry, and goes on from the head that
/// was kept, where one was.
///
/// # Errors
///
/// Where it is not, or the catalogue fails.
pub async fn whole(catalogue: &Catalogue, state: &Path) -> Result<Verified, VerifyError> {
    if let Some(kept) = read(state) {
        audit::verify(catalogue, From::Head(kept)).await?;
    }
    audit::verify(catalogue, From::Genesis).await
}

/// Keeps the head as it is now, where the chain goes on from the one before. Where
/// it does not, that is left as it is, for whoever asks next.
pub async fn keep(catalogue: &Catalogue, state: &Path) {
    let kept = match follows(catalogue, state).await {
        Ok(verified) => write(state, &verified.head).map_err(|why| why.to_string()),
        Err(why) => Err(why.to_string()),
    };
    if let Err(why) = kept {
        tracing::warn!(%why, "the end of the audit chain was not kept in {FILE}");
    }
}
