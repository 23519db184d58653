//! Spreadsheets of every kind as one stream of rows.
//!
//! The kind is told by the content, not by the name. `.xlsx` and text stream;
//! `.xls` and `.ods` are read whole, within [`limits`]. A file is hostile until
//! read: each limit is checked before the memory is taken, and a panic in a
//! reading library becomes [`Problem::Damaged`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`limits`] | how much of anything is read |
//! | [`cell`] | what a cell holds, cleaned of what people do not see |
//! | `kind` | what a file is, by its content |
//! | `container` | the zip around `.xlsx` and `.ods`, measured before it is trusted |
//! | `workbook` | `.xlsx`, `.xls` and `.ods` |
//! | `text`, `encoding`, `records` | CSV and its relatives |

pub mod cell;
mod container;
mod encoding;
mod kind;
pub mod limits;
mod records;
mod text;
mod workbook;

use std::path::Path;
use std::sync::Arc;

pub use cell::{Cell, column_letters};

use super::error::Problem;
use kind::Kind;

/// One row as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// From 1, as the spreadsheet program numbers it.
    pub number: u32,
    /// From column A; shorter rows are blank to the right.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The cell in this column, from 0.
    #[must_use]
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    /// Whether no cell holds anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

/// Whether people see the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// They do.
    Visible,
    /// Hidden, or hidden so that only a program can show it.
    Hidden,
}

/// One sheet, before its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; for a text file, the file's.
    pub name: Arc<str>,
    /// Whether people see it.
    pub visibility: Visibility,
}

/// What to do with the rest of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Pass over it.
    SkipSheet,
}

/// Takes a file row by row.
pub trait Sink {
    /// A sheet begins.
    ///
    /// # Errors
    ///
    /// A problem that ends the reading.
    fn begin(&mut self, sheet: &Sheet) -> Result<Flow, Problem>;

    /// Its next row, blank ones between others included; blank rows at the end
    /// of a sheet are not told.
    ///
    /// # Errors
    ///
    /// A problem that ends the reading.
    fn row(&mut self, row: Row) -> Result<Flow, Problem>;

    /// The sheet is over.
    ///
    /// # Errors
    ///
    /// A problem that ends the reading.
    fn end(&mut self) -> Result<(), Problem>;
}

/// What is to be known of a file beside its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Rows hidden from people, on all sheets; they are read like any other.
    /// Not known of `.xls`.
    pub hidden_rows: u64,
    /// How text was decoded.
    pub decoded: Decoded,
}

/// How the bytes of a text file became characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decoded {
    /// By the file's own declaration, or as valid UTF-8.
    #[default]
    Surely,
    /// As Windows-1252, because the bytes are not UTF-8.
    AsWindows1252,
}

/// Reads every sheet of the file into `sink`.
///
/// # Errors
///
/// Whatever stops the file from being read, and whatever the sink refuses.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<Facts, Problem> {
    let (file, kind) = kind::open(path)?;
    match kind {
        Kind::Xlsx => workbook::read_xlsx(file, sink),
        Kind::Ods => workbook::read_ods(file, sink),
        Kind::Compound => workbook::read_compound(file, sink),
        Kind::Text => text::read(path, file, sink),
    }
}

/// Hands rows on in order, with the blank ones between them, within the limits.
struct Emitter<'sink> {
    sink: &'sink mut dyn Sink,
    sheet: Arc<str>,
    last: u32,
    cells: u64,
    most_rows: u32,
}

impl<'sink> Emitter<'sink> {
    /// `most_rows` is the number of rows at which the format is full.
    fn new(sink: &'sink mut dyn Sink, most_rows: u32) -> Self {
        Self { sink, sheet: Arc::from(""), last: 0, cells: 0, most_rows }
    }

    fn begin(&mut self, sheet: &Sheet) -> Result<Flow, Problem> {
        self.sheet = Arc::clone(&sheet.name);
        self.last = 0;
        self.sink.begin(sheet)
    }

    fn row(&mut self, row: Row) -> Result<Flow, Problem> {
        if row.is_blank() {
            return Ok(Flow::Continue);
        }
        self.check(&row)?;
        for number in self.last + 1..row.number {
            if self.sink.row(Row { number, cells: Vec::new() })? == Flow::SkipSheet {
                return Ok(Flow::SkipSheet);
            }
        }
        self.last = row.number;
        self.sink.row(row)
    }

    fn check(&mut self, row: &Row) -> Result<(), Problem> {
        if row.number <= self.last {
            return Err(Problem::Damaged(format!("row {} comes twice", row.number)));
        }
        if row.number >= self.most_rows {
            return Err(Problem::Full { sheet: self.sheet.to_string(), rows: row.number });
        }
        self.cells += row.cells.len() as u64;
        if self.cells > limits::CELLS {
            return Err(Problem::TooLarge(format!("more than {} cells", limits::CELLS)));
        }
        let last_used = row.cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        if last_used >= limits::COLUMNS {
            return Err(Problem::TooLarge(format!(
                "sheet `{}` uses column {} in row {}, beyond the first {} columns",
                self.sheet,
                column_letters(last_used),
                row.number,
                limits::COLUMNS
            )));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        self.sink.end()
    }
}
