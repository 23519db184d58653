//! What is told of a hold, and how much it covers.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldFacts {
    /// Which.
    pub id: Uuid,
    /// Its number, by which `retaind hold show` knows it: not its reference, which
    /// may name anybody.
    pub reference: String,
    /// Its reference, where that is a case number and can name nobody.
    #[serde(default)]
    pub known_as: Option<String>,
    /// Its kind in words.
    pub kind: String,
    /// In which role it was placed.
    pub authority: String,
    /// On which law holds of its kind rest; empty in a notice of an earlier version.
    #[serde(default)]
    pub law: String,
    /// Who ordered it and in which document, where the words can name nobody.
    #[serde(default)]
    pub order: Option<String>,
    /// What it covers, in words that name no record and no person.
    pub scope: Vec<String>,
}

/// How many records a hold covers, by the last scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", deny_unknown_fields)]
pub enum Covered {
    /// Nobody counted: a notice of an earlier version.
    #[default]
    Unknown,
    /// So many, of whole mappings.
    Counted {
        /// How many.
        records: u64,
    },
    /// So many that are known one by one, since they are near their time or past
    /// it, and any others that a scan finds.
    AtLeast {
        /// How many.
        records: u64,
    },
}
