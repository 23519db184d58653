//! How much of anything is read. A register of a large council has some ten
//! thousand lines; each limit leaves a hundred times that, and keeps a hostile
//! file from taking the machine's memory.

/// Bytes of a file that is streamed.
pub const FILE_BYTES: u64 = 512 << 20;

/// Bytes of an `.xls` file, which is read whole.
pub const XLS_BYTES: u64 = 64 << 20;

/// Bytes of XML in all parts of a workbook, inflated.
pub const INFLATED_BYTES: u64 = 1 << 30;

/// Bytes of a picture or other part of a workbook that is not XML.
pub const OTHER_PART_BYTES: u64 = 64 << 20;

/// Bytes of the shared strings of a workbook, which are held whole.
pub const SHARED_STRING_BYTES: u64 = 128 << 20;

/// Shared strings, each of which takes memory even where it is empty.
pub const SHARED_STRINGS: u64 = 4_000_000;

/// Cells of a file.
pub const CELLS: u64 = 50_000_000;

/// Cells of an `.ods` file, which is held whole, with its repeated ones.
pub const ODS_CELLS: u64 = 4_000_000;

/// Columns used on a sheet.
pub const COLUMNS: usize = 1_024;

/// Bytes of text in one cell. Excel holds 32,767 characters.
pub const CELL_BYTES: usize = 1 << 20;

/// Bytes of one record of a text file.
pub const RECORD_BYTES: usize = 8 << 20;

/// Parts of a workbook.
pub const PARTS: usize = 20_000;

/// Rows that fill an `.xls` sheet: a file with as many has probably lost some.
pub const XLS_ROWS: u32 = 65_536;

/// Rows that fill an `.xlsx` or `.ods` sheet.
pub const XLSX_ROWS: u32 = 1_048_576;

/// Rows of a text file, by which row numbers stay numbers of 32 bits.
pub const TEXT_ROWS: u32 = 100_000_000;
