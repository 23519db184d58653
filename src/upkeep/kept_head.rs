//! The end of the audit chain as it was last found whole, kept in a file of the
//! state directory. Whoever shortens or rewrites the chain in the database does
//! not change this file with it, and is found out.

use std::io;
use std::path::Path;

use super::error::UpkeepError;
use super::file;
use crate::audit::Head;

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
    let written: io::Result<()> = file::write(&path, content.as_bytes());
    written.map_err(UpkeepError::file(&path, "cannot be written"))
}
