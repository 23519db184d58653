//! The list that goes to the archive, and the answer that comes back: CSV files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::by_hand;
use super::{Summed, TransferError};

/// A row of the list for the archive.
#[derive(Serialize)]
struct Listed<'a> {
    line: u64,
    place: &'a str,
    bytes: u64,
    sha256: &'a str,
}

/// Writes the list.
pub(super) fn write_list(list: &Path, lines: &[Summed]) -> Result<(), TransferError> {
    let rows = lines.iter().map(|(line, sha256)| {
        let (place, bytes) = (line.locator.as_str(), line.bytes.unsigned_abs());
        Listed { line: by_hand::number(line), place, bytes, sha256 }
    });
    by_hand::write_list(list, rows)
        .map_err(|fault| TransferError::Unwritable { file: list.to_owned(), fault })
}

/// A row of the archive's answer; it may have other columns.
#[derive(Deserialize)]
struct Answered {
    line: u64,
    sha256: String,
}

/// The archive's checksums, by the number of the line.
pub(super) fn read_checksums(file: &Path) -> Result<BTreeMap<u64, String>, TransferError> {
    let unreadable = |fault| TransferError::Unreadable { file: file.to_owned(), fault };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).from_path(file).map_err(unreadable)?;
    let mut sums = BTreeMap::new();
    for (row, answered) in (2..).zip(reader.deserialize::<Answered>()) {
        let wrong = |fault: String| TransferError::Row { file: file.to_owned(), row, fault };
        let Answered { line, sha256 } = answered.map_err(|fault| wrong(fault.to_string()))?;
        if sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong("its checksum is no SHA-256".to_owned()));
        }
        if sums.insert(line, sha256.to_ascii_lowercase()).is_some() {
            return Err(wrong(format!("line {line} is there twice")));
        }
    }
    Ok(sums)
}
