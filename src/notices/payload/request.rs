//! Where a request stands, as its mails tell it (M14).

use serde::{Deserialize, Serialize};

/// Where a person's request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestStage {
    /// It came in.
    Opened,
    /// Its answer is due soon.
    DueSoon,
    /// Its answer was due, and it is open.
    Overdue,
    /// It was refused and nobody said why.
    RefusedUnexplained,
    /// A recipient has not acknowledged for two weeks.
    RecipientOutstanding,
}
