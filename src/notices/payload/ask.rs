//! How a proposed batch is told of.

use serde::{Deserialize, Serialize};

/// Where a proposed batch stands with its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The first time.
    Proposed,
    /// The service mailbox is told that its owner was asked.
    Copied,
    /// Nobody has answered.
    Reminder,
    /// Nobody has answered for three weeks: the director is told too.
    Escalation,
    /// It was not approved or not carried out in time: it has expired and nothing was destroyed.
    Expired,
    /// Its owner answered that the records are somebody else's.
    NotTheirs,
    /// Its owner answered that the records are the reader's.
    Named,
}

impl Ask {
    /// Whether it tells what somebody answered.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::NotTheirs | Self::Named)
    }
}
