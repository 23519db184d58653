//! A line of the register as it was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use retaind_schedules::ids::PersonId;
use retaind_schedules::rule::RetentionRule;
use serde::{Deserialize, Serialize};

/// A line that can be taken: an information asset, the record type it holds and
/// the rule that type is kept by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLine {
    /// What the organisation calls it; made of service area and title where the
    /// sheet has no column for it. Unique in the file, whatever its case.
    pub reference: String,
    /// The record type.
    pub title: String,
    /// The asset; the same as the title where the sheet has no column for it.
    pub asset_name: String,
    /// What it is, at more length; may be empty.
    pub description: String,
    /// The part of the organisation that answers for it.
    pub service_area: String,
    /// Its owner, where people are known to the catalogue.
    pub owner: Option<PersonId>,
    /// How long it is kept, and then what.
    pub rule: RetentionRule,
    /// The cells the rule was read from, as written.
    pub words: Words,
    /// Whether what is lost can never be had again.
    pub irreplaceable: bool,
    /// Whether the titles of its items name nobody.
    pub titles_nonpersonal: bool,
    /// Every other cell, by the name of its meaning, or by its heading where
    /// that is not known.
    pub fields: BTreeMap<String, String>,
}

/// What a reference is matched by: neither case nor spacing counts.
#[must_use]
pub fn key_of(reference: &str) -> String {
    reference.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The cells a rule was read from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words {
    /// How long.
    pub period: String,
    /// Counted from what.
    pub trigger: String,
    /// And then what.
    pub action: String,
    /// On whose authority.
    pub basis: String,
    /// The column of the period, as its letter and heading.
    pub column: String,
}

/// Where a line stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The sheet.
    pub sheet: Arc<str>,
    /// The row, from 1.
    pub row: u32,
}
