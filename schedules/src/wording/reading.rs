//! What goes in, and what comes out: cells, and one of three answers.

use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::rule::Rule;

/// The cells of one line that say how long. A schedule with one combined
/// column has it all in `period`; the others are then empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells<'a> {
    /// "Retain for": the period, often with the start and the action.
    pub period: &'a str,
    /// "Keep from", "trigger event"; empty where there is no such column.
    pub trigger: &'a str,
    /// "Disposal action"; empty where there is no such column.
    pub action: &'a str,
}

/// What the cells say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reading")]
pub enum Reading {
    /// Exactly one sound reading.
    Rule(ReadRule),
    /// A person must choose.
    Ambiguous {
        /// What to ask them, in plain words.
        question: String,
        /// The rules it might mean; empty where none can be offered.
        candidates: Vec<Rule>,
    },
    /// No period is stated that could be computed.
    NotExecutable {
        /// Why, in plain words.
        why: String,
    },
}

/// A rule that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRule {
    /// How long, from what.
    pub rule: Rule,
    /// What the text says happens then; nothing where it does not say.
    pub action: Option<DisposalAction>,
    /// Whether the text states the rule as a minimum or as a maximum.
    pub bound: Bound,
    /// What was left out of account or put right, for a person to see.
    pub notes: Vec<String>,
}

/// Which side of the period the words fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The words do not say: "6 years after closure".
    #[default]
    Unstated,
    /// Keep at least: "minimum 6 years", "not less than".
    Minimum,
    /// Not beyond: "up to 6 months", "no longer than".
    Maximum,
}

impl Reading {
    /// The rule, where there is exactly one.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        match self {
            Self::Rule(read) => Some(&read.rule),
            Self::Ambiguous { .. } | Self::NotExecutable { .. } => None,
        }
    }

    /// Every rule the words may mean: the one, or the candidates.
    #[must_use]
    pub fn rules(&self) -> Vec<&Rule> {
        match self {
            Self::Rule(read) => vec![&read.rule],
            Self::Ambiguous { candidates, .. } => candidates.iter().collect(),
            Self::NotExecutable { .. } => Vec::new(),
        }
    }

    /// What to tell a person: the question or the reason; nothing for a rule.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Rule(_) => None,
            Self::Ambiguous { question, .. } => Some(question),
            Self::NotExecutable { why } => Some(why),
        }
    }

    /// `rule`, `ambiguous` or `not-executable`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NotExecutable { .. } => "not-executable",
        }
    }
}
