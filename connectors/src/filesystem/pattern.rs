//! One mapping made ready: its location, its glob, and what is read from paths.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::{Date, date};
use regex::{CaptureLocations, Regex};

use super::locator;
use super::stat::Stat;
use crate::contract::{StoreError, StoreErrorKind};
use crate::order::{DateSource, MappingOrder, TextSource, Unit};
use crate::sighting::Seen;

/// A mapping made ready.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    /// The folder below the root, empty for the root itself.
    pub(super) location: Vec<u8>,
    /// How many folders lie between it and the root, itself included.
    pub(super) depth: usize,
    /// Which paths below it, where not all.
    pub(super) glob: Option<GlobMatcher>,
    pub(super) level: Level,
    pub(super) readers: Readers,
}

/// At what depth below the root a mapping's units are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Each file by itself, at any depth.
    Item,
    /// Folders that lie this deep; files that lie above are items.
    Folder(usize),
}

impl Mapping {
    pub(super) fn new(order: &MappingOrder) -> Result<Self, StoreError> {
        let location = location(&order.location)?;
        let depth = depth(&location);
        let level = match &order.unit {
            Unit::Item => Level::Item,
            Unit::Folder { depth: 0 } => return Err(depth_zero(order)),
            Unit::Folder { depth: below } => Level::Folder(depth + usize::from(*below)),
            Unit::Key { column } => return Err(columns(order, column)),
        };
        let glob = order.pattern.as_deref().map(|pattern| glob(order, pattern)).transpose()?;
        let below = locator::text(&location).len() + usize::from(depth > 0);
        let readers = Readers {
            below,
            dates: order
                .dates
                .iter()
                .map(|date| DateReader::new(order, &date.source))
                .collect::<Result<_, _>>()?,
            reference: TextReader::new(order, order.reference.as_ref())?,
            subject: TextReader::new(order, order.subject.as_ref())?,
        };
        Ok(Self { location, depth, glob, level, readers })
    }

    /// Whether a path, given from the root, is one the mapping means.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        let Some(glob) = &self.glob else { return true };
        let below = if self.depth == 0 { path } else { &path[self.location.len() + 1..] };
        glob.is_match(Path::new(OsStr::from_bytes(below)))
    }

    /// Whether a path, given from the root, lies below the location.
    pub(super) fn covers(&self, path: &[u8]) -> bool {
        self.depth == 0
            || path.strip_prefix(&self.location[..]).is_some_and(|rest| rest.starts_with(b"/"))
    }
}

/// How many names a path has.
pub(super) fn depth(path: &[u8]) -> usize {
    match path {
        b"" => 0,
        path => 1 + path.iter().filter(|byte| **byte == b'/').count(),
    }
}

fn location(text: &str) -> Result<Vec<u8>, StoreError> {
    let trimmed = text.strip_suffix('/').unwrap_or(text);
    if matches!(text, "" | ".") {
        return Ok(Vec::new());
    }
    locator::path(trimmed).filter(|path| locator::is_plain(path)).ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Misconfigured,
            format!("the location `{text}` is not a folder below the root"),
            "Write it from the root with `/` between names, without `..` or a leading slash; \
             a backslash as `\\\\`",
        )
    })
}

fn glob(order: &MappingOrder, pattern: &str) -> Result<GlobMatcher, StoreError> {
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| {
        wrong(
            order,
            &format!("the pattern `{pattern}`: {}", error.kind()),
            "Write a glob on the path below the location, such as `*/2015/**` or `**/*.pdf`",
        )
    })
}

/// What a mapping reads of each item.
#[derive(Debug, Clone, Default)]
pub(super) struct Readers {
    /// Where in a locator the path below the location starts.
    pub(super) below: usize,
    pub(super) dates: Vec<DateReader>,
    reference: Option<TextReader>,
    subject: Option<TextReader>,
}

impl Readers {
    /// Puts a file's dates into `dates`, in the mapping's order.
    pub(super) fn dates(&mut self, stat: &Stat, locator: &str, dates: &mut Vec<Seen>) {
        dates.clear();
        let below = &locator[self.below..];
        dates.extend(self.dates.iter_mut().map(|reader| reader.read(stat, below)));
    }

    /// The date each of the mapping's triggers has in the path of a unit's
    /// folder, where it is there that it stands: it is then every member's.
    pub(super) fn unit_dates(&mut self, locator: &str) -> Vec<Option<Seen>> {
        let below = locator[self.below..].trim_end_matches('/');
        let of = |reader: &mut DateReader| match reader {
            DateReader::Path(path) => Some(path.read(below)).filter(|seen| *seen != Seen::Missing),
            _ => None,
        };
        self.dates.iter_mut().map(of).collect()
    }

    pub(super) fn reference<'a>(&mut self, locator: &'a str) -> Option<&'a str> {
        let below = locator[self.below..].trim_end_matches('/');
        self.reference.as_mut().and_then(|reader| reader.read(below))
    }

    pub(super) fn subject<'a>(&mut self, locator: &'a str) -> Option<&'a str> {
        let below = locator[self.below..].trim_end_matches('/');
        self.subject.as_mut().and_then(|reader| reader.read(below))
    }
}

/// Where one date is read.
#[derive(Debug, Clone)]
pub(super) enum DateReader {
    Modified,
    Changed,
    Born,
    Path(PathDate),
}

impl DateReader {
    fn new(order: &MappingOrder, source: &DateSource) -> Result<Self, StoreError> {
        match source {
            DateSource::Modified => Ok(Self::Modified),
            DateSource::Changed => Ok(Self::Changed),
            DateSource::Born => Ok(Self::Born),
            DateSource::Path { pattern, format } => {
                PathDate::new(order, pattern, format).map(Self::Path)
            }
            DateSource::Column { name } => Err(columns(order, name)),
        }
    }

    fn read(&mut self, stat: &Stat, below: &str) -> Seen {
        match self {
            Self::Modified => stat.modified(),
            Self::Changed => stat.changed(),
            Self::Born => stat.born,
            Self::Path(path) => path.read(below),
        }
    }
}

/// A date in a path.
#[derive(Debug, Clone)]
pub(super) struct PathDate {
    text: TextReader,
    format: String,
}

impl PathDate {
    fn new(order: &MappingOrder, pattern: &str, format: &str) -> Result<Self, StoreError> {
        let regex = regex(order, pattern)?;
        let Some(group) = regex.capture_names().position(|name| name == Some("date")) else {
            return Err(wrong(
                order,
                &format!("the date pattern `{pattern}` has no group named `date`"),
                "Put the part that is the date into `(?<date>...)`",
            ));
        };
        if !says_a_day(format) {
            return Err(wrong(
                order,
                &format!("the date format `{format}` does not say one day"),
                "Write a day, month and year in strftime's letters, such as `%Y-%m-%d` or `%d%m%Y`",
            ));
        }
        Ok(Self { text: TextReader::at(regex, group), format: format.to_owned() })
    }

    fn read(&mut self, below: &str) -> Seen {
        match self.text.read(below) {
            None => Seen::Missing,
            Some(text) => Date::strptime(&self.format, text).map_or(Seen::Unreadable, Seen::On),
        }
    }
}

/// Whether a date written so can be read back: a year by itself cannot.
fn says_a_day(format: &str) -> bool {
    let day = date(2019, 11, 23);
    let written = jiff::fmt::strtime::format(format, day);
    written.is_ok_and(|text| Date::strptime(format, text).is_ok_and(|back| back == day))
}

/// A part of a path, by a regular expression.
#[derive(Debug, Clone)]
struct TextReader {
    regex: Regex,
    group: usize,
    /// Kept so that looking for the part costs no allocation.
    found: CaptureLocations,
}

impl TextReader {
    fn new(order: &MappingOrder, source: Option<&TextSource>) -> Result<Option<Self>, StoreError> {
        let pattern = match source {
            None => return Ok(None),
            Some(TextSource::Column { name }) => return Err(columns(order, name)),
            Some(TextSource::Path { pattern }) => pattern,
        };
        let regex = regex(order, pattern)?;
        if regex.captures_len() != 2 {
            return Err(wrong(
                order,
                &format!("the pattern `{pattern}` does not have exactly one group"),
                "Put the part that is the reference into `(...)`, other parts into `(?:...)`",
            ));
        }
        Ok(Some(Self::at(regex, 1)))
    }

    fn at(regex: Regex, group: usize) -> Self {
        let found = regex.capture_locations();
        Self { regex, group, found }
    }

    fn read<'a>(&mut self, below: &'a str) -> Option<&'a str> {
        self.regex.captures_read(&mut self.found, below)?;
        let (from, to) = self.found.get(self.group)?;
        Some(&below[from..to])
    }
}

fn regex(order: &MappingOrder, pattern: &str) -> Result<Regex, StoreError> {
    Regex::new(pattern).map_err(|error| {
        wrong(
            order,
            &format!("the pattern `{pattern}` is not a regular expression: {error}"),
            "Correct it; it is tried on the path below the location",
        )
    })
}

/// What is wrong with a mapping, and the way out.
pub(super) fn wrong(order: &MappingOrder, what: &str, remedy: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("the mapping of `{}`: {what}", order.location),
        remedy,
    )
}

fn depth_zero(order: &MappingOrder) -> StoreError {
    wrong(
        order,
        "a unit that is a folder lies at least 1 level below the location",
        "Set the unit's `depth` to 1 or more, or map the folder above",
    )
}

fn columns(order: &MappingOrder, column: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unsupported,
        format!("the mapping of `{}` names the column `{column}`", order.location),
        "Files have no columns: read dates from `modified`, `changed`, `born` or `path`, \
         references from `path`, and make a folder the unit",
    )
}
