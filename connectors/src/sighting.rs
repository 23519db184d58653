//! What a scan brings back.
//!
//! A batch keeps the texts of its sightings end to end in one string and their
//! dates in one vector, so that a file costs no allocation of its own, and a
//! hundred million pass through the same few buffers.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// What a store says of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seen {
    /// The store has none for this item.
    Missing,
    /// There is something, and it is not a date.
    Unreadable,
    /// A civil date.
    On(Date),
    /// An instant, in seconds since 1970-01-01T00:00:00Z.
    At(i64),
    /// Missing, since only some members of a unit have one: the latest of
    /// theirs, in the same seconds, to be doubted where it cannot be true.
    OfSome(i64),
}

/// What an item looked like: its size and a mark that changes when it does.
///
/// A file's mark is its inode number and its two times in nanoseconds; a
/// row's is a digest of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint {
    /// Bytes.
    pub size: u64,
    /// Opaque, of the connector's making.
    pub mark: [u64; 3],
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.mark;
        write!(f, "{:x}-{a:x}-{b:x}-{c:x}", self.size)
    }
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint of an item")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<u64> = text
            .split('-')
            .map(|part| u64::from_str_radix(part, 16))
            .collect::<Result<_, _>>()
            .map_err(|_| FingerprintError)?;
        match parts[..] {
            [size, a, b, c] => Ok(Self { size, mark: [a, b, c] }),
            _ => Err(FingerprintError),
        }
    }
}

/// One item or unit, borrowed from its batch.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'batch> {
    /// Its place in the store, below the root: a path (a unit's ends in `/`),
    /// or `table/key`.
    pub locator: &'batch str,
    /// The case reference, where the mapping reads one; a unit's is one that a member
    /// names.
    pub reference: Option<&'batch str>,
    /// The person's reference, where the mapping reads one; a unit's is one that a
    /// member names. Personal data: it is hashed at once and goes no further.
    pub subject: Option<&'batch str>,
    /// Files or rows: 1 for an item.
    pub members: u64,
    /// What it looked like. A unit's size is the sum, its mark a digest of its
    /// members'.
    pub fingerprint: Fingerprint,
    /// One for each of the mapping's dates, in order; a unit's is the latest
    /// of its members', and missing or unreadable where a member's is.
    pub dates: &'batch [Seen],
    /// Whether members of a unit have different dates.
    pub members_differ: bool,
    /// Whether members of a unit name different cases, or different people.
    pub keys_differ: bool,
}

/// Sightings under one mapping, in the order they were met.
#[derive(Debug, Clone)]
pub struct SightingBatch {
    /// The position of the mapping in the order.
    pub mapping: usize,
    dates_each: usize,
    text: String,
    rows: Vec<Row>,
    dates: Vec<Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    locator_end: u32,
    reference_end: u32,
    subject_end: u32,
    has_reference: bool,
    has_subject: bool,
    members_differ: bool,
    keys_differ: bool,
    members: u64,
    fingerprint: Fingerprint,
}

impl SightingBatch {
    /// Sightings a batch holds before it is sent on.
    pub const FULL: usize = 1024;

    /// An empty batch for the mapping at this position, which reads this many
    /// dates of each item.
    #[must_use]
    pub fn new(mapping: usize, dates_each: usize) -> Self {
        Self { mapping, dates_each, text: String::new(), rows: Vec::new(), dates: Vec::new() }
    }

    /// Adds one sighting. Its dates are as many as the mapping reads.
    ///
    /// # Panics
    ///
    /// Where the number of dates is not the mapping's: a fault of the connector.
    pub fn push(&mut self, sighting: &Sighting<'_>) {
        assert_eq!(sighting.dates.len(), self.dates_each, "one date for each of the mapping's");
        let row = Row {
            locator_end: self.append(Some(sighting.locator)),
            reference_end: self.append(sighting.reference),
            subject_end: self.append(sighting.subject),
            has_reference: sighting.reference.is_some(),
            has_subject: sighting.subject.is_some(),
            members_differ: sighting.members_differ,
            keys_differ: sighting.keys_differ,
            members: sighting.members,
            fingerprint: sighting.fingerprint,
        };
        self.rows.push(row);
        self.dates.extend_from_slice(sighting.dates);
    }

    fn append(&mut self, text: Option<&str>) -> u32 {
        self.text.push_str(text.unwrap_or_default());
        u32::try_from(self.text.len()).expect("a batch is sent long before its text fills 4 GiB")
    }

    /// Whether it is time to send it on.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() >= Self::FULL
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many sightings it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Each sighting in turn.
    pub fn iter(&self) -> impl Iterator<Item = Sighting<'_>> {
        (0..self.rows.len()).map(|position| self.sighting(position))
    }

    fn sighting(&self, position: usize) -> Sighting<'_> {
        let row = &self.rows[position];
        let start = position.checked_sub(1).map_or(0, |before| self.rows[before].subject_end);
        let text = |from: u32, to: u32| &self.text[from as usize..to as usize];
        let optional = |is_there: bool, text| is_there.then_some(text);
        let dates_from = position * self.dates_each;
        Sighting {
            locator: text(start, row.locator_end),
            reference: optional(row.has_reference, text(row.locator_end, row.reference_end)),
            subject: optional(row.has_subject, text(row.reference_end, row.subject_end)),
            members: row.members,
            fingerprint: row.fingerprint,
            dates: &self.dates[dates_from..dates_from + self.dates_each],
            members_differ: row.members_differ,
            keys_differ: row.keys_differ,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_put_in() {
        let mut batch = SightingBatch::new(3, 1);
        let dates = [[Seen::At(7)], [Seen::Missing]];
        let first = Sighting {
            locator: "a/b.txt",
            reference: Some("REF 1"),
            subject: None,
            members: 1,
            fingerprint: Fingerprint { size: 9, mark: [1, 2, 3] },
            dates: &dates[0],
            members_differ: false,
            keys_differ: true,
        };
        let second = Sighting {
            locator: "ü/",
            reference: None,
            subject: Some(""),
            dates: &dates[1],
            keys_differ: false,
            ..first
        };
        batch.push(&first);
        batch.push(&second);
        let back: Vec<_> =
            batch.iter().map(|s| (s.locator, s.reference, s.subject, s.dates)).collect();
        assert_eq!(back[0], ("a/b.txt", Some("REF 1"), None, &dates[0][..]));
        assert_eq!(back[1], ("ü/", None, Some(""), &dates[1][..]));
        let differ: Vec<_> = batch.iter().map(|sighting| sighting.keys_differ).collect();
        assert_eq!(differ, [true, false]);
    }

    #[test]
    fn a_fingerprint_reads_back() {
        let fingerprint = Fingerprint { size: 10, mark: [255, 0, u64::MAX] };
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert!("a-b".parse::<Fingerprint>().is_err());
    }
}
