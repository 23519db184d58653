//! The list that goes to the archive, and the answer that comes back: CSV files.

use std::collections::BTreeMap;
use std::io::Read;
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

/// The archive's own checksums.
#[derive(Debug, Clone)]
pub struct Checksums {
    /// Which file they are from, or what else, as a refusal names it.
    pub(super) from: String,
    by_line: BTreeMap<u64, String>,
}

impl Checksums {
    /// Those of a CSV file.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or a row of it cannot be taken.
    pub fn read(file: &Path) -> Result<Self, TransferError> {
        let unreadable = |fault| TransferError::Unreadable { file: file.to_owned(), fault };
        let reader = format().from_path(file).map_err(unreadable)?;
        Self::taken(file.display().to_string(), reader)
    }

    /// Those of a text in the form of such a file; `from` is what a refusal calls it.
    ///
    /// # Errors
    ///
    /// Where a row of it cannot be taken.
    pub fn parse(from: &str, text: &str) -> Result<Self, TransferError> {
        Self::taken(from.to_owned(), format().from_reader(text.as_bytes()))
    }

    fn taken(from: String, mut rows: csv::Reader<impl Read>) -> Result<Self, TransferError> {
        let mut by_line = BTreeMap::new();
        for (row, answered) in (2..).zip(rows.deserialize::<Answered>()) {
            let wrong = |fault: String| TransferError::Row { file: from.clone(), row, fault };
            let Answered { line, sha256 } = answered.map_err(|fault| wrong(fault.to_string()))?;
            if sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(wrong("its checksum is no SHA-256".to_owned()));
            }
            if by_line.insert(line, sha256.to_ascii_lowercase()).is_some() {
                return Err(wrong(format!("line {line} is there twice")));
            }
        }
        Ok(Self { from, by_line })
    }

    /// That of the line of this number.
    pub(super) fn of(&self, line: u64) -> Option<&str> {
        self.by_line.get(&line).map(String::as_str)
    }
}

fn format() -> csv::ReaderBuilder {
    let mut format = csv::ReaderBuilder::new();
    format.trim(csv::Trim::All);
    format
}
