//! The zip around `.xlsx` and `.ods`, measured before it is trusted: every part
//! that will be read is inflated once without being kept, so that a small file
//! that grows without end is refused before it takes memory.

use std::fs::File;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::limits;
use crate::register::error::Problem;

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) hidden_rows: u64,
    inflated: u64,
    shared_strings: u64,
    ods: OdsCells,
}

/// Opens the archive's directory of parts.
pub(super) fn open(file: &File) -> Result<ZipArchive<File>, Problem> {
    let handle = file.try_clone().map_err(Problem::io)?;
    let archive = ZipArchive::new(handle).map_err(|error| match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Problem::io(error),
        _ => Problem::Damaged("the end of the file is missing".to_owned()),
    })?;
    if archive.len() > limits::PARTS {
        return Err(Problem::TooLarge(format!("more than {} parts", limits::PARTS)));
    }
    Ok(archive)
}

/// Inflates and counts every part of XML.
pub(super) fn measure(file: &File) -> Result<Measured, Problem> {
    let mut archive = open(file)?;
    let mut measured = Measured::default();
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Problem::Password,
            error => Problem::Damaged(error.to_string()),
        })?;
        let name = part.name().map_err(|error| Problem::Damaged(error.to_string()))?.to_lowercase();
        if name.ends_with(".xml") || name.ends_with(".rels") {
            measured.part(&name, BufReader::new(Gaps::new(part)))?;
        } else {
            measured.other(&name, part)?;
        }
    }
    Ok(measured)
}

impl Measured {
    fn part(&mut self, name: &str, part: BufReader<Gaps<impl Read>>) -> Result<(), Problem> {
        let is_strings = name.ends_with("sharedstrings.xml");
        let mut reader = Reader::from_reader(part);
        reader.config_mut().check_end_names = false;
        let before = self.inflated;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let event =
                reader.read_event_into(&mut buffer).map_err(|error| not_xml(name, &error))?;
            match event {
                Event::Start(tag) => self.tag(&tag, Holds::Something),
                Event::Empty(tag) => self.tag(&tag, in_attributes(&tag)),
                Event::End(tag) => self.ods.end(tag.local_name().as_ref()),
                Event::Eof => break,
                _ => {}
            }
            self.inflated = before + reader.buffer_position();
            self.check(is_strings.then_some(self.inflated - before))?;
        }
        Ok(())
    }

    /// A picture, or what else a workbook carries: counted, not looked into.
    fn other(&mut self, name: &str, part: impl Read) -> Result<(), Problem> {
        let mut part = part.take(limits::OTHER_PART_BYTES + 1);
        let bytes = io::copy(&mut part, &mut io::sink())
            .map_err(|error| Problem::Damaged(format!("{name}: {error}")))?;
        if bytes > limits::OTHER_PART_BYTES {
            return Err(Problem::TooLarge(format!(
                "{name} inflates to more than {} MiB",
                limits::OTHER_PART_BYTES >> 20
            )));
        }
        self.inflated += bytes;
        self.check(None)
    }

    fn tag(&mut self, tag: &BytesStart<'_>, holds: Holds) {
        match tag.local_name().as_ref() {
            "row" => self.hidden_rows += u64::from(says(tag, "hidden", &["1", "true"])),
            "si" => self.shared_strings += 1,
            "table-row" => {
                let repeated = count(tag, "table:number-rows-repeated");
                let hidden = says(tag, "table:visibility", &["collapse", "filter"]);
                // A sheet's unused rows are one hidden row, repeated to its end.
                if hidden && repeated < 10_000 {
                    self.hidden_rows += repeated;
                }
                self.ods.row(repeated);
            }
            "table-cell" | "covered-table-cell" => {
                self.ods.cell(count(tag, "table:number-columns-repeated"), holds);
            }
            _ => {}
        }
    }

    fn check(&self, string_bytes: Option<u64>) -> Result<(), Problem> {
        let too_large = |what: String| Err(Problem::TooLarge(what));
        if self.inflated > limits::INFLATED_BYTES {
            return too_large(format!(
                "it inflates to more than {} MiB",
                limits::INFLATED_BYTES >> 20
            ));
        }
        if string_bytes.is_some_and(|bytes| bytes > limits::SHARED_STRING_BYTES)
            || self.shared_strings > limits::SHARED_STRINGS
        {
            return too_large("it holds more different texts than are read".to_owned());
        }
        if self.ods.total() > limits::ODS_CELLS {
            return too_large(format!("more than {} cells", limits::ODS_CELLS));
        }
        Ok(())
    }
}

/// Whether a cell holds anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Something,
    Nothing,
}

/// The cells the tables of an `.ods` file take once their repeated ones are
/// written out: each table is held as a full rectangle, from its first row to
/// the last that is filled and as wide as the widest.
#[derive(Debug, Default)]
struct OdsCells {
    tables_before: u64,
    rows: u64,
    filled_rows: u64,
    width: u64,
    row_repeated: u64,
    row_reached: u64,
    row_filled: u64,
}

impl OdsCells {
    fn total(&self) -> u64 {
        self.tables_before.saturating_add(self.filled_rows.saturating_mul(self.width))
    }

    fn row(&mut self, repeated: u64) {
        (self.row_repeated, self.row_reached, self.row_filled) = (repeated, 0, 0);
    }

    fn cell(&mut self, repeated: u64, holds: Holds) {
        self.row_reached = self.row_reached.saturating_add(repeated);
        if holds == Holds::Something {
            self.row_filled = self.row_reached;
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "table-row" => {
                self.rows = self.rows.saturating_add(self.row_repeated);
                if self.row_filled > 0 {
                    self.filled_rows = self.rows;
                    self.width = self.width.max(self.row_filled);
                }
            }
            "table" => *self = Self { tables_before: self.total(), ..Self::default() },
            _ => {}
        }
    }
}

/// A cell closed at once may still have its value in its attributes.
fn in_attributes(tag: &BytesStart<'_>) -> Holds {
    let has = |name| tag.try_get_attribute(name).is_ok_and(|found| found.is_some());
    let filled = has("office:value-type") || has("table:formula");
    if filled { Holds::Something } else { Holds::Nothing }
}

fn says(tag: &BytesStart<'_>, attribute: &str, values: &[&str]) -> bool {
    let found = tag.try_get_attribute(attribute).ok().flatten();
    found.is_some_and(|found| values.contains(&found.value.as_ref()))
}

fn count(tag: &BytesStart<'_>, attribute: &str) -> u64 {
    let found = tag.try_get_attribute(attribute).ok().flatten();
    found.and_then(|found| found.value.parse().ok()).unwrap_or(1)
}

fn not_xml(name: &str, error: &quick_xml::Error) -> Problem {
    if let quick_xml::Error::Io(error) = error
        && let Some(Gap) = error.get_ref().and_then(|inner| inner.downcast_ref())
    {
        return Problem::TooLarge(format!("a cell holds more than {} bytes", limits::CELL_BYTES));
    }
    Problem::Damaged(format!("{name}: {error}"))
}

/// Passes bytes through and fails where no tag begins for longer than a cell
/// may be, because a reader of XML holds everything between two tags.
struct Gaps<R> {
    inner: R,
    since_tag: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("too much text between two tags")]
struct Gap;

impl<R> Gaps<R> {
    fn new(inner: R) -> Self {
        Self { inner, since_tag: 0 }
    }
}

impl<R: Read> Read for Gaps<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match buffer[..read].iter().rposition(|byte| *byte == b'<') {
            Some(at) => self.since_tag = read - at,
            None => self.since_tag += read,
        }
        if self.since_tag > limits::CELL_BYTES {
            return Err(io::Error::other(Gap));
        }
        Ok(read)
    }
}
