//! A scan as an order: everything the worker near the data needs, and nothing
//! else, so that it can be sent there.

use retaind_schedules::ids::MappingId;
use retaind_schedules::trigger::Trigger;
use serde::{Deserialize, Serialize};

/// Look at these locations of one store and report what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanOrder {
    /// The locations, in any order; of two that overlap the more specific
    /// takes the item.
    pub mappings: Vec<MappingOrder>,
}

/// One mapped location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingOrder {
    /// Which mapping of the catalogue this is.
    pub id: MappingId,
    /// A folder below the store's root, or a table. No `..`, no leading slash.
    pub location: String,
    /// A glob on the path below the location; everything where there is none.
    pub pattern: Option<String>,
    /// What is disposed of as one.
    pub unit: Unit,
    /// Where each trigger's date is read, in the order the sightings give them.
    pub dates: Vec<DateOrder>,
    /// Where the case reference is read.
    pub reference: Option<TextSource>,
    /// Where the person's reference is read.
    pub subject: Option<TextSource>,
}

/// What is disposed of as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Each file or row by itself.
    Item,
    /// A folder this many levels below the location (1: each folder directly
    /// in it) with everything below. Files that lie above are items.
    Folder {
        /// At least 1.
        depth: u8,
    },
    /// All rows that share this column's value.
    Key {
        /// The column.
        column: String,
    },
}

/// One trigger and where its date is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateOrder {
    /// What the date means.
    pub trigger: Trigger,
    /// Where it is.
    pub source: DateSource,
}

/// Where a store itself keeps a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", deny_unknown_fields)]
pub enum DateSource {
    /// The time the content last changed.
    Modified,
    /// The time the content or its attributes last changed.
    Changed,
    /// The time the file was made, where the file system knows it.
    Born,
    /// A part of the path below the location.
    Path {
        /// A regular expression with a group named `date`.
        pattern: String,
        /// How the date is written, in strftime's letters.
        #[serde(default = "iso_date")]
        format: String,
    },
    /// A column that holds a date, a timestamp, or an ISO 8601 text of one.
    Column {
        /// Its name.
        name: String,
    },
}

fn iso_date() -> String {
    "%Y-%m-%d".to_owned()
}

/// Where a reference is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", deny_unknown_fields)]
pub enum TextSource {
    /// A part of the path below the location.
    Path {
        /// A regular expression with one group.
        pattern: String,
    },
    /// A column.
    Column {
        /// Its name.
        name: String,
    },
}
