//! What is to be said of one cell, row or sheet of a register.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::catalogue::words::Severity;

/// One thing found, with where it stands and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The sheet; nothing for what is said of the whole file.
    pub sheet: Option<Arc<str>>,
    /// The row, from 1; nothing for what is said of a whole sheet.
    pub row: Option<u32>,
    /// The column as its letter and heading, `F Keep for`; nothing for what is
    /// said of the whole row.
    pub column: Option<Arc<str>>,
    /// What the cell says, cut at [`MAX_VALUE`] characters.
    pub value: Option<String>,
    /// Whether the row is rejected.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub reason: String,
    /// What to do about it, in a sentence.
    pub remedy: String,
}

/// As much of a cell as a finding repeats, in characters.
pub const MAX_VALUE: usize = 200;

/// The value as a finding repeats it.
#[must_use]
pub fn shown(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((cut, _)) => format!("{}…", &value[..cut]),
        None => value.to_owned(),
    }
}
