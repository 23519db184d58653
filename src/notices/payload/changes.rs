//! How a change that waits for signatures is told of.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For which time somebody is asked who has not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asking {
    /// The first.
    First,
    /// After a week.
    Second,
    /// After two.
    Third,
    /// After three weeks: those above are told.
    Escalated,
    /// It is over, and nobody is asked any more.
    Over,
}

/// A change that waits for signatures, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeTold {
    /// Which.
    pub change: Uuid,
    /// The first digits of what is signed: with others it is another question.
    pub digest: String,
    /// For which time it is asked.
    pub asking: Asking,
    /// What it changes, in general words.
    pub of: String,
    /// The number of the standing authority that it is, where it is one.
    #[serde(default)]
    pub authority: Option<String>,
    /// What it would do to records, where it does anything.
    pub effect: Option<String>,
    /// Whose signatures it waits for, by role.
    pub waits_for: Vec<String>,
    /// Those of them that nobody could give.
    pub unfilled: Vec<String>,
    /// When it was proposed.
    pub proposed_on: Date,
    /// The last day on which it can be signed.
    pub ends_on: Date,
}

impl ChangeTold {
    /// What makes it this question and no other.
    #[must_use]
    pub fn question(&self) -> (Uuid, &str, Asking) {
        (self.change, &self.digest, self.asking)
    }
}
