//! The list of what may be made anonymous, and the answer of what was not: CSV
//! files.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::by_hand;
use super::AnonymiseError;
use crate::catalogue::entity::batch_line;

/// A row of the list.
#[derive(Serialize)]
struct Listed<'a> {
    line: u64,
    place: &'a str,
    reference: Option<&'a str>,
}

/// Writes the list.
pub(super) fn write_list(list: &Path, lines: &[batch_line::Model]) -> Result<(), AnonymiseError> {
    let rows = lines.iter().map(|line| {
        let (place, reference) = (line.locator.as_str(), line.reference.as_deref());
        Listed { line: by_hand::number(line), place, reference }
    });
    by_hand::write_list(list, rows)
        .map_err(|fault| AnonymiseError::Unwritable { file: list.to_owned(), fault })
}

/// A row of the answer; it may have other columns.
#[derive(Deserialize)]
struct Answered {
    line: u64,
}

/// The numbers of the lines that were not done.
pub(super) fn read_not_done(file: &Path) -> Result<BTreeSet<u64>, AnonymiseError> {
    let unreadable = |fault| AnonymiseError::Unreadable { file: file.to_owned(), fault };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).from_path(file).map_err(unreadable)?;
    let rows = reader.deserialize::<Answered>();
    rows.map(|row| row.map(|row| row.line).map_err(unreadable)).collect()
}
