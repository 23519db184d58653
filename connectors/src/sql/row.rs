//! From a row to what a sighting needs.

use super::dates;
use super::locator;
use super::plan::Mapping;
use super::query::Layout;
use super::session::{Dialect, Row};
use crate::fold::lanes;
use crate::sighting::{Fingerprint, Seen};

/// Reads the rows of one mapping, in buffers used again.
#[derive(Debug)]
pub(super) struct Reader<'m> {
    mapping: &'m Mapping,
    layout: Layout,
    dialect: Dialect,
    /// What names the row just read: its key, escaped.
    pub(super) key: String,
    /// Its dates.
    pub(super) dates: Vec<Seen>,
}

impl<'m> Reader<'m> {
    pub(super) fn new(dialect: Dialect, mapping: &'m Mapping) -> Self {
        let layout = Layout::new(dialect, mapping);
        Self { mapping, layout, dialect, key: String::new(), dates: Vec::new() }
    }

    /// Puts the row's primary key into `key`: whether all of it is there.
    pub(super) fn read_key(&mut self, row: &Row) -> bool {
        self.key.clear();
        for at in 0..self.layout.key {
            let Some(value) = row.text(at) else { return false };
            if at > 0 {
                self.key.push(',');
            }
            locator::append(&mut self.key, value);
        }
        true
    }

    /// The value the rows of a unit share.
    pub(super) fn unit<'r>(&self, row: &'r Row) -> Option<&'r str> {
        self.layout.unit.and_then(|at| row.text(at))
    }

    /// Puts the row's dates into `dates`.
    pub(super) fn read_dates(&mut self, row: &Row) {
        let from = self.layout.dates;
        self.dates.clear();
        self.dates
            .extend((from..from + self.mapping.dates.len()).map(|at| dates::read(row.text(at))));
    }

    pub(super) fn reference<'r>(&self, row: &'r Row) -> Option<&'r str> {
        self.layout.reference.and_then(|at| row.text(at))
    }

    pub(super) fn subject<'r>(&self, row: &'r Row) -> Option<&'r str> {
        self.layout.subject.and_then(|at| row.text(at))
    }

    /// What the row looks like; nothing where it cannot be read as text.
    pub(super) fn fingerprint(&self, row: &Row) -> Option<Fingerprint> {
        match self.dialect {
            Dialect::Postgres => self.hashed_there(row),
            Dialect::Sqlite => self.hashed_here(row),
        }
    }

    fn hashed_there(&self, row: &Row) -> Option<Fingerprint> {
        let at = self.layout.mark;
        let hash = |at| row.text(at)?.parse::<i64>().ok().map(i64::cast_unsigned);
        let mark = [hash(at + 1)?, hash(at + 2)?, 0];
        Some(Fingerprint { size: row.number(at), mark })
    }

    fn hashed_here(&self, row: &Row) -> Option<Fingerprint> {
        let mut hasher = blake3::Hasher::new();
        let mut size = 0;
        for at in self.layout.mark..self.layout.end {
            let value = row.text(at)?;
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
            size += value.len() as u64;
        }
        Some(Fingerprint { size, mark: lanes(&hasher.finalize()) })
    }
}
