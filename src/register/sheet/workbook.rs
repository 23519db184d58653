//! `.xlsx`, `.xls` and `.ods`, through calamine.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{
    Data, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError,
};

use super::{Cell, Emitter, Facts, Flow, Row, Sheet, Sink, Visibility, container, limits};
use crate::register::error::Problem;

type Input = BufReader<File>;

pub(super) fn read_xlsx(file: File, sink: &mut dyn Sink) -> Result<Facts, Problem> {
    let measured = container::measure(&file)?;
    let mut book: Xlsx<Input> = guarded(|| Xlsx::new(BufReader::new(file)).map_err(of_xlsx))?;
    let mut emitter = Emitter::new(sink, limits::XLSX_ROWS);
    for sheet in worksheets(book.sheets_metadata())? {
        if emitter.begin(&sheet)? == Flow::Continue {
            stream_xlsx(&mut book, &sheet.name, &mut emitter)?;
            emitter.end()?;
        }
    }
    Ok(Facts { hidden_rows: measured.hidden_rows, ..Facts::default() })
}

fn stream_xlsx(
    book: &mut Xlsx<Input>,
    name: &str,
    emitter: &mut Emitter<'_>,
) -> Result<(), Problem> {
    let mut cells = guarded(|| book.worksheet_cells_reader(name).map_err(of_xlsx))?;
    let mut row = Row { number: 0, cells: Vec::new() };
    while let Some(cell) = guarded(|| cells.next_cell().map_err(of_xlsx))? {
        let (row_index, column) = cell.get_position();
        if row_index + 1 != row.number {
            let done =
                std::mem::replace(&mut row, Row { number: row_index + 1, cells: Vec::new() });
            if done.number > 0 && emitter.row(done)? == Flow::SkipSheet {
                return Ok(());
            }
        }
        place(&mut row.cells, column as usize, Cell::from(cell.get_value().clone()));
    }
    if row.number > 0 {
        emitter.row(row)?;
    }
    Ok(())
}

/// Far cells that are only formatted take no room.
fn place(cells: &mut Vec<Cell>, column: usize, cell: Cell) {
    if cell.is_empty() {
        return;
    }
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    cells[column] = cell;
}

pub(super) fn read_ods(file: File, sink: &mut dyn Sink) -> Result<Facts, Problem> {
    let measured = container::measure(&file)?;
    let mut book: Ods<Input> = guarded(|| Ods::new(BufReader::new(file)).map_err(of_ods))?;
    let sheets = worksheets(book.sheets_metadata())?;
    let range = |name: &str| guarded(|| book.worksheet_range(name).map_err(of_ods));
    emit_ranges(&sheets, range, &mut Emitter::new(sink, limits::XLSX_ROWS))?;
    Ok(Facts { hidden_rows: measured.hidden_rows, ..Facts::default() })
}

/// An `.xls` workbook, or an encrypted `.xlsx`, which hides in the same container.
pub(super) fn read_compound(file: File, sink: &mut dyn Sink) -> Result<Facts, Problem> {
    let again = file.try_clone().map_err(Problem::io)?;
    let encrypted = guarded(|| Ok(Xlsx::new(BufReader::new(again))))?;
    if matches!(encrypted, Err(XlsxError::Password)) {
        return Err(Problem::Password);
    }
    let mut book: Xls<Input> = guarded(|| Xls::new(BufReader::new(file)).map_err(of_xls))?;
    let sheets = worksheets(book.sheets_metadata())?;
    let range = |name: &str| guarded(|| book.worksheet_range(name).map_err(of_xls));
    emit_ranges(&sheets, range, &mut Emitter::new(sink, limits::XLS_ROWS))?;
    Ok(Facts::default())
}

fn emit_ranges(
    sheets: &[Sheet],
    mut range: impl FnMut(&str) -> Result<Range<Data>, Problem>,
    emitter: &mut Emitter<'_>,
) -> Result<(), Problem> {
    for sheet in sheets {
        if emitter.begin(sheet)? == Flow::Continue {
            emit_range(&range(&sheet.name)?, emitter)?;
            emitter.end()?;
        }
    }
    Ok(())
}

fn emit_range(range: &Range<Data>, emitter: &mut Emitter<'_>) -> Result<(), Problem> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (number, values) in (first_row + 1..).zip(range.rows()) {
        let mut cells = Vec::new();
        for (column, value) in (first_column as usize..).zip(values) {
            place(&mut cells, column, Cell::from(value));
        }
        if emitter.row(Row { number, cells })? == Flow::SkipSheet {
            break;
        }
    }
    Ok(())
}

fn worksheets(sheets: &[calamine::Sheet]) -> Result<Vec<Sheet>, Problem> {
    let sheets: Vec<Sheet> = sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| Sheet {
            name: Arc::from(sheet.name.as_str()),
            visibility: match sheet.visible {
                SheetVisible::Visible => Visibility::Visible,
                SheetVisible::Hidden | SheetVisible::VeryHidden => Visibility::Hidden,
            },
        })
        .collect();
    if sheets.is_empty() { Err(Problem::NoSheet) } else { Ok(sheets) }
}

/// Calls the reading library. A file so broken that the library fails an
/// assertion is damaged; the daemon goes on.
fn guarded<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Problem::Damaged("its inner structure contradicts itself".into())))
}

fn of_xlsx(error: XlsxError) -> Problem {
    match error {
        XlsxError::Password => Problem::Password,
        XlsxError::CellError(value) => Problem::Damaged(format!(
            "a formula has the error `{value}`, which cannot be placed; correct the formula"
        )),
        error => Problem::Damaged(error.to_string()),
    }
}

fn of_ods(error: OdsError) -> Problem {
    match error {
        OdsError::Password => Problem::Password,
        OdsError::InvalidMime(_) => {
            Problem::NotASpreadsheet("an OpenDocument file of another kind".to_owned())
        }
        error => Problem::Damaged(error.to_string()),
    }
}

fn of_xls(error: XlsError) -> Problem {
    match error {
        XlsError::Password => Problem::Password,
        error => Problem::Damaged(error.to_string()),
    }
}
