//! A backup: a zip archive, so that any tool opens it, of
//!
//! - `manifest.json`: what it is, and the sums of everything else in it;
//! - `tables/NAME.jsonl`: each table's rows, a line each ([`super::table`]);
//! - `state/...`: the keys, and the certificates that were issued.
//!
//! It is the same whichever database the catalogue was in.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use retaind_migrations::KNOWN;
use serde::{Deserialize, Serialize};
use zip::read::ZipFile;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::dump::{Sum, Tally};
use super::error::UpkeepError;
use super::table::Table;
use crate::audit::{Head, digest};
use crate::plural::counted;

/// This program's version.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

const FORMAT: &str = "retaind-backup-1";
const MANIFEST: &str = "manifest.json";

/// What a backup is, and what it holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// `retaind-backup-1`.
    pub format: String,
    /// The version of the program that made it.
    pub version: String,
    /// When it was made.
    pub taken_at: Timestamp,
    /// The changes that had made the catalogue what it was, in order.
    pub changes: Vec<String>,
    /// The end of the audit chain.
    pub audit_head: Head,
    /// The tables.
    pub tables: Vec<TablePart>,
    /// The keys and certificates.
    pub files: Vec<FilePart>,
}

/// A table in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of each line.
    pub columns: Vec<String>,
    /// What its lines come to.
    #[serde(flatten)]
    pub sum: Sum,
}

/// A file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    /// Its path below the state directory.
    pub path: String,
    /// The SHA-256 of its content.
    pub sha256: String,
}

impl TablePart {
    fn part(&self) -> String {
        format!("tables/{}.jsonl", self.name)
    }
}

impl FilePart {
    fn part(&self) -> String {
        format!("state/{}", self.path)
    }
}

impl Manifest {
    /// One of a catalogue at this point of its chain.
    pub(super) fn new(taken_at: Timestamp, changes: Vec<String>, audit_head: Head) -> Self {
        let (format, version) = (FORMAT.to_owned(), VERSION.to_owned());
        let (tables, files) = (Vec::new(), Vec::new());
        Self { format, version, taken_at, changes, audit_head, tables, files }
    }

    /// Rows in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.sum.rows).sum()
    }
}

/// A backup that is being written.
pub(super) struct Writer {
    zip: ZipWriter<BufWriter<File>>,
    manifest: Manifest,
}

impl Writer {
    pub(super) fn new(file: File, manifest: Manifest) -> Self {
        Self { zip: ZipWriter::new(BufWriter::new(file)), manifest }
    }

    fn begin(&mut self, part: &str) -> io::Result<()> {
        let options = SimpleFileOptions::DEFAULT.large_file(true).unix_permissions(0o600);
        Ok(self.zip.start_file(part, options)?)
    }

    /// Begins a table; its lines follow.
    pub(super) fn table(&mut self, table: &Table) -> io::Result<TableWriter<'_>> {
        let sum = Tally::default().sum();
        let part = TablePart { name: table.name.clone(), columns: table.columns(), sum };
        self.begin(&part.part())?;
        Ok(TableWriter { writer: self, part, tally: Tally::default() })
    }

    /// Writes a file of the state directory.
    pub(super) fn file(&mut self, path: String, content: &[u8]) -> io::Result<()> {
        let part = FilePart { path, sha256: digest::of_bytes(content) };
        self.begin(&part.part())?;
        self.zip.write_all(content)?;
        self.manifest.files.push(part);
        Ok(())
    }

    /// Writes the manifest, and sees that all of it is on the disk.
    pub(super) fn end(mut self) -> io::Result<Manifest> {
        self.begin(MANIFEST)?;
        serde_json::to_writer_pretty(&mut self.zip, &self.manifest)?;
        let file = self.zip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(self.manifest)
    }
}

/// A table that is being written.
pub(super) struct TableWriter<'a> {
    writer: &'a mut Writer,
    part: TablePart,
    tally: Tally,
}

impl TableWriter<'_> {
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        self.tally.add(line);
        writeln!(self.writer.zip, "{line}")
    }

    pub(super) fn end(self) {
        let part = TablePart { sum: self.tally.sum(), ..self.part };
        self.writer.manifest.tables.push(part);
    }
}

/// A backup that is being read.
pub(super) struct Reader<'a> {
    file: &'a Path,
    zip: ZipArchive<BufReader<File>>,
    pub(super) manifest: Manifest,
}

impl<'a> Reader<'a> {
    /// Opens a backup that this version can read.
    pub(super) fn open(file: &'a Path) -> Result<Self, UpkeepError> {
        let foreign =
            |why: &str| UpkeepError::Foreign { file: file.to_owned(), why: why.to_owned() };
        let mut opened = File::open(file).map_err(UpkeepError::file(file, "cannot be read"))?;
        let mut start = [0; 4];
        let is_zip = opened.read_exact(&mut start).is_ok() && start == *b"PK\x03\x04";
        if !is_zip {
            return Err(foreign("it does not begin as one"));
        }
        let cut = |fault| damaged(file, format!("its end is missing or unreadable ({fault})"));
        let mut zip = ZipArchive::new(BufReader::new(opened)).map_err(cut)?;
        let text = match zip.by_name(MANIFEST) {
            Ok(part) => io::read_to_string(part),
            Err(_) => return Err(foreign("it is a zip archive without a manifest.json")),
        };
        let text = text.map_err(|fault| damaged(file, format!("{MANIFEST} ({fault})")))?;
        let manifest = manifest(file, &text)?;
        Ok(Self { file, zip, manifest })
    }

    /// The lines of a table, one after the other.
    pub(super) fn table<'b>(&'b mut self, table: &'b TablePart) -> Result<Lines<'b>, UpkeepError> {
        let bad = |fault| damaged(self.file, format!("{}: {fault}", table.part()));
        let part = self.zip.by_name(&table.part()).map_err(bad)?;
        let (part, tally) = (BufReader::new(part), Tally::default());
        Ok(Lines { file: self.file, table, part, tally })
    }

    /// The content of a file of the state directory.
    pub(super) fn state_file(&mut self, file: &FilePart) -> Result<Vec<u8>, UpkeepError> {
        let (archive, part) = (self.file, file.part());
        let bad = |why: &dyn std::fmt::Display| damaged(archive, format!("{part}: {why}"));
        let mut content = Vec::new();
        let mut found = self.zip.by_name(&part).map_err(|fault| bad(&fault))?;
        found.read_to_end(&mut content).map_err(|fault| bad(&fault))?;
        if digest::of_bytes(&content) != file.sha256 {
            return Err(bad(&"its content is not what it was"));
        }
        Ok(content)
    }

    /// A fault of this backup.
    pub(super) fn damaged(&self, why: impl Into<String>) -> UpkeepError {
        damaged(self.file, why)
    }
}

/// The lines of a table that is being read.
pub(super) struct Lines<'a> {
    file: &'a Path,
    table: &'a TablePart,
    part: BufReader<ZipFile<'a, BufReader<File>>>,
    tally: Tally,
}

impl Lines<'_> {
    /// The next line; after the last one, once the whole is what it should be, none.
    pub(super) fn next(&mut self) -> Result<Option<String>, UpkeepError> {
        let mut line = String::new();
        match self.part.read_line(&mut line) {
            Ok(0) => self.end().map(|()| None),
            Ok(_) => {
                line.truncate(line.trim_end_matches('\n').len());
                self.tally.add(&line);
                Ok(Some(line))
            }
            Err(fault) => Err(self.bad(&fault.to_string())),
        }
    }

    fn end(&mut self) -> Result<(), UpkeepError> {
        let (found, expected) = (std::mem::take(&mut self.tally).sum(), &self.table.sum);
        match () {
            () if found == *expected => Ok(()),
            () if found.rows != expected.rows => {
                let rows = counted(found.rows, "row", "rows");
                Err(self.bad(&format!("it has {rows} and should have {}", expected.rows)))
            }
            () => Err(self.bad("its content is not what it was")),
        }
    }

    fn bad(&self, why: &str) -> UpkeepError {
        damaged(self.file, format!("{}: {why}", self.table.part()))
    }
}

fn damaged(file: &Path, why: impl Into<String>) -> UpkeepError {
    UpkeepError::Damaged { file: file.to_owned(), why: why.into() }
}

/// What every version's manifest has, to say by whom it was made.
#[derive(Deserialize)]
struct Maker {
    format: String,
    version: String,
    #[serde(default)]
    changes: Vec<String>,
}

fn manifest(file: &Path, text: &str) -> Result<Manifest, UpkeepError> {
    let foreign = |why: String| UpkeepError::Foreign { file: file.to_owned(), why };
    let maker: Maker = serde_json::from_str(text)
        .map_err(|fault| foreign(format!("its manifest.json is another's ({fault})")))?;
    if !maker.format.starts_with("retaind-backup-") {
        return Err(foreign(format!("its manifest.json says it is `{}`", maker.format)));
    }
    let mut ours = KNOWN.iter();
    let unknown = maker.changes.iter().find(|change| ours.next() != Some(&change.as_str()));
    if maker.format != FORMAT || unknown.is_some() {
        let change = unknown.map(|change| format!(", change {change}")).unwrap_or_default();
        let theirs = format!("retaind {}{change}", maker.version);
        return Err(UpkeepError::Newer { file: file.to_owned(), theirs, ours: VERSION });
    }
    serde_json::from_str(text).map_err(|fault| damaged(file, format!("{MANIFEST} ({fault})")))
}
