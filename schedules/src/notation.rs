//! The notation: reading a rule's text back into the rule.

use std::str::FromStr;

use crate::rule::Rule;

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a rule: {0}")]
pub struct NotationError(String);

impl FromStr for Rule {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Err(NotationError(text.to_owned()))
    }
}
