//! What is wrong with a whole file, and the way out.
//!
//! A fault of one row is a [`super::Finding`]; here is only what stops a file
//! from being read at all.

use std::path::{Path, PathBuf};

/// A file that cannot be read as a register. Prints as one or two sentences
/// that name the file, what is wrong with it and what to do.
#[derive(Debug, thiserror::Error)]
#[error("`{}` {problem}", path.display())]
pub struct FileError {
    /// The file, as it was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Box<Problem>,
}

/// The ways in which a file is no register.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Nothing by that name.
    #[error("does not exist. Check the path and the spelling.")]
    Missing,
    /// A folder.
    #[error("is a folder. Name the spreadsheet inside it.")]
    Directory,
    /// A pipe, a device or a socket.
    #[error("is not a regular file. Copy the spreadsheet to a folder and name that copy.")]
    NotAFile,
    /// There, but not to be opened or read.
    #[error("cannot be read: {0}. Check that the user running retaind may read it.")]
    Unreadable(std::io::Error),
    /// 0 bytes.
    #[error("is empty (0 bytes): a copy or download did not finish. Fetch it again.")]
    Empty,
    /// Cut short, or bytes changed.
    #[error(
        "is damaged or cut short ({0}). Fetch it again, or open it in the spreadsheet program and save it anew."
    )]
    Damaged(String),
    /// Someone was saving it.
    #[error("was changed while it was read. Close it in the spreadsheet program and try again.")]
    Changing,
    /// Encrypted.
    #[error(
        "is protected by a password. Open it, remove the password, save it and name that copy."
    )]
    Password,
    /// Past one of the limits of [`super::sheet::limits`].
    #[error(
        "is too large: {0}. Remove what does not belong in it, or split it into several files."
    )]
    TooLarge(String),
    /// Something else altogether.
    #[error(
        "is not a spreadsheet: it holds {0}. Save the spreadsheet as .xlsx, .ods or .csv, and name that file."
    )]
    NotASpreadsheet(String),
    /// As many rows as the format can hold.
    #[error(
        "has {rows} rows on sheet `{sheet}`, the most its format can hold, so rows were probably lost when it was saved. Export it again as .csv or as several files."
    )]
    Full {
        /// The sheet.
        sheet: String,
        /// Its rows.
        rows: u32,
    },
    /// A workbook of charts only.
    #[error("holds no sheet with cells. Save it as a worksheet.")]
    NoSheet,
    /// A text file with a quotation mark that is never closed.
    #[error(
        "opens a quotation mark in row {row} that is never closed, so the rows after it cannot be told apart. Close it or remove it, and try again."
    )]
    UnclosedQuote {
        /// The row, from 1, in which it was opened.
        row: u32,
    },
    /// No sheet has a header.
    #[error(
        "has no row that can be read as the header. Looked among the first {searched} rows of each sheet for a column that names the record ({names}) and one that says how long it is kept ({periods}). {nearest} If the headings use other words, name them in the import profile under [columns]."
    )]
    NoHeader {
        /// Rows looked at in each sheet.
        searched: usize,
        /// Headings that would have named the record.
        names: String,
        /// Headings that would have been the period.
        periods: String,
        /// The row that came closest, in a sentence.
        nearest: String,
    },
    /// Two headings with one meaning.
    #[error(
        "has two columns on sheet `{sheet}`, row {row}, that both mean {meaning}: {first} and {second}. Say which is meant in the import profile: [columns] \"{heading}\" = \"ignore\" sets one aside."
    )]
    TwoColumns {
        /// The sheet.
        sheet: String,
        /// The header's row.
        row: u32,
        /// The meaning's name in a profile.
        meaning: &'static str,
        /// The first column, as `C “Keep for”`.
        first: String,
        /// The second.
        second: String,
        /// The second's heading, for the setting.
        heading: String,
    },
}

impl Problem {
    /// The same, of this file.
    #[must_use]
    pub fn of(self, path: &Path) -> FileError {
        FileError { path: path.to_owned(), problem: Box::new(self) }
    }

    pub(crate) fn io(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
        match error.kind() {
            NotFound => Self::Missing,
            InvalidData | UnexpectedEof => Self::Damaged(error.to_string()),
            _ => Self::Unreadable(error),
        }
    }
}
