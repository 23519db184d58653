//! What a file is, told by its content.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::limits;
use crate::register::error::Problem;

/// The kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Xlsx,
    Ods,
    /// An OLE compound file: `.xls`, or an encrypted `.xlsx`.
    Compound,
    Text,
}

/// How much of a file is looked at to tell what it is.
const HEAD: usize = 4096;

/// What files begin with that are often given a spreadsheet's name, and what
/// to call them.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed data (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\0", "a database"),
];

/// What text begins with that is no table, in lower case.
const MARKUP: &[(&str, &str)] = &[
    ("<!doctype html", "a web page"),
    ("<html", "a web page"),
    ("<table", "a web page"),
    ("<?xml", "an XML document"),
    ("<?mso-application", "an XML document"),
    ("{\"", "JSON"),
    ("[{", "JSON"),
];

/// Opens the file and tells what it holds.
pub(super) fn open(path: &Path) -> Result<(File, Kind), Problem> {
    let about = std::fs::metadata(path).map_err(Problem::io)?;
    if about.is_dir() {
        return Err(Problem::Directory);
    }
    if !about.is_file() {
        return Err(Problem::NotAFile);
    }
    if about.len() == 0 {
        return Err(Problem::Empty);
    }
    if about.len() > limits::FILE_BYTES {
        return Err(too_many_bytes(about.len(), limits::FILE_BYTES));
    }
    let mut file = File::open(path).map_err(Problem::io)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut head).map_err(Problem::io)?;
    file.seek(SeekFrom::Start(0)).map_err(Problem::io)?;
    let kind = of_content(&mut file, &head)?;
    if kind == Kind::Text && is_named_workbook(path) {
        return Err(Problem::NotASpreadsheet(
            "plain text under a workbook's name; if it is a CSV file, name it .csv".to_owned(),
        ));
    }
    if kind == Kind::Compound && about.len() > limits::XLS_BYTES {
        return Err(too_many_bytes(about.len(), limits::XLS_BYTES));
    }
    Ok((file, kind))
}

fn too_many_bytes(bytes: u64, most: u64) -> Problem {
    Problem::TooLarge(format!("{} MiB, where at most {} are read", bytes >> 20, most >> 20))
}

fn of_content(file: &mut File, head: &[u8]) -> Result<Kind, Problem> {
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Kind::Compound);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return of_archive(file);
    }
    if let Some((_, name)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Problem::NotASpreadsheet((*name).to_owned()));
    }
    of_text(head)
}

fn of_archive(file: &File) -> Result<Kind, Problem> {
    let archive = super::container::open(file)?;
    let names = || archive.file_names().flatten();
    let has = |wanted: &str| names().any(|name| name.eq_ignore_ascii_case(wanted));
    let under = |folder: &str| names().any(|name| name.starts_with(folder));
    let other = if has("xl/workbook.bin") {
        "an Excel binary workbook (.xlsb)"
    } else if under("xl/") {
        return Ok(Kind::Xlsx);
    } else if has("content.xml") && has("mimetype") {
        return Ok(Kind::Ods);
    } else if under("word/") {
        "a Word document"
    } else if under("ppt/") {
        "a presentation"
    } else {
        "a zip archive"
    };
    Err(Problem::NotASpreadsheet(other.to_owned()))
}

fn of_text(head: &[u8]) -> Result<Kind, Problem> {
    let marked_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if marked_utf16 {
        return Ok(Kind::Text);
    }
    if head.contains(&0) {
        return Err(Problem::NotASpreadsheet("neither text nor a known workbook".to_owned()));
    }
    let start = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim().to_lowercase();
    match MARKUP.iter().find(|(markup, _)| start.starts_with(markup)) {
        Some((_, name)) => Err(Problem::NotASpreadsheet((*name).to_owned())),
        None => Ok(Kind::Text),
    }
}

fn is_named_workbook(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["xlsx", "xlsm", "xls", "ods"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
