//! What a register changes in how long records are kept (M12).

use serde::{Deserialize, Serialize};

/// A record type that is kept for another time than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodTold {
    /// Its code.
    pub code: String,
    /// The rule that was, in words.
    pub before: String,
    /// The rule that is to be.
    pub after: String,
    /// What that does to records.
    pub effect: PeriodEffect,
}

/// What another period does to records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", deny_unknown_fields)]
pub enum PeriodEffect {
    /// The stores were looked through under both rules.
    Counted {
        /// How many become due.
        newly_due: u64,
        /// How many stop being due.
        no_longer_due: u64,
    },
    /// It surely keeps every record at least as long: none becomes due.
    Longer {
        /// How many are due now, and may stop being so.
        due_now: u64,
    },
    /// It may make records due, and nobody has counted how many yet.
    NotCounted {
        /// How many are due now.
        due_now: u64,
    },
}
