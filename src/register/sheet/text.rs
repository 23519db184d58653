//! CSV and its relatives: commas, semicolons or tabs, in the encodings that
//! spreadsheet programs write.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::Encoding;

use super::encoding::{Utf8, detect};
use super::records::{Records, TooLong};
use super::{Cell, Emitter, Facts, Flow, Row, Sheet, Sink, Visibility, limits};
use crate::register::error::Problem;

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How much text is looked at to tell the delimiter.
const SAMPLE: u64 = 128 << 10;

pub(super) fn read(path: &Path, mut file: File, sink: &mut dyn Sink) -> Result<Facts, Problem> {
    let (encoding, decoded) = detect(&mut file)?;
    let delimiter = delimiter(&mut file, encoding)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let sheet = Sheet { name: Arc::from(name.as_ref()), visibility: Visibility::Visible };
    let mut emitter = Emitter::new(sink, limits::TEXT_ROWS);
    if emitter.begin(&sheet)? == Flow::Continue {
        rows(file, encoding, delimiter, &mut emitter)?;
        emitter.end()?;
    }
    Ok(Facts { decoded, ..Facts::default() })
}

fn rows(
    file: File,
    encoding: &'static Encoding,
    delimiter: u8,
    emitter: &mut Emitter<'_>,
) -> Result<(), Problem> {
    let (records, seen) = Records::new(Utf8::new(file, encoding), delimiter);
    let mut reader = reader(records, delimiter);
    let mut record = ByteRecord::new();
    let mut number = 0;
    while reader.read_byte_record(&mut record).map_err(of_csv)? {
        number += 1;
        let open = seen.borrow().open_quote;
        if let Some(row) = open {
            return Err(Problem::UnclosedQuote { row });
        }
        let cells =
            record.iter().map(|field| Cell::text(&String::from_utf8_lossy(field))).collect();
        if emitter.row(Row { number, cells })? == Flow::SkipSheet {
            break;
        }
    }
    Ok(())
}

fn reader<R: Read>(records: Records<R>, delimiter: u8) -> csv::Reader<Records<R>> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(records)
}

/// The delimiter by which the most rows have the same number of fields.
fn delimiter(file: &mut File, encoding: &'static Encoding) -> Result<u8, Problem> {
    let mut sample = Vec::new();
    Utf8::new(Read::by_ref(file), encoding)
        .take(SAMPLE)
        .read_to_end(&mut sample)
        .map_err(Problem::io)?;
    file.seek(SeekFrom::Start(0)).map_err(Problem::io)?;
    let by_score = |delimiter: &u8| agreement(&sample, *delimiter);
    // Of equals the last is taken, so the commonest delimiter comes last.
    Ok(DELIMITERS.into_iter().rev().max_by_key(by_score).unwrap_or(b','))
}

/// How many rows share the commonest number of fields above one, and that number.
fn agreement(sample: &[u8], delimiter: u8) -> (usize, usize) {
    let (records, _) = Records::new(sample, delimiter);
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for record in reader(records, delimiter).into_byte_records().map_while(Result::ok) {
        if record.len() > 1 {
            *counts.entry(record.len()).or_default() += 1;
        }
    }
    let commonest = counts.into_iter().map(|(fields, rows)| (rows, fields)).max();
    commonest.unwrap_or_default()
}

fn of_csv(error: csv::Error) -> Problem {
    let said = error.to_string();
    let csv::ErrorKind::Io(error) = error.into_kind() else {
        return Problem::Damaged(said);
    };
    if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooLong>) {
        let most = limits::RECORD_BYTES >> 20;
        return Problem::TooLarge(format!(
            "a row holds more than {most} MiB, perhaps after a quotation mark that is never closed"
        ));
    }
    Problem::io(error)
}
