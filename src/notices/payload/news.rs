//! What is said of the register and of what was signed under its schedule (M12).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AssetTold, PeriodTold};

/// What is said of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what", deny_unknown_fields)]
pub enum RegisterNews {
    /// A register file was read and waits to be accepted.
    Imported {
        /// Which import.
        import: Uuid,
        /// Rows taken.
        accepted: u64,
        /// Rows not taken.
        rejected: u64,
        /// Lines that are new.
        added: u64,
        /// Lines that differ.
        changed: u64,
        /// Lines that are gone.
        removed: u64,
        /// Periods that would be others, and what that does to records.
        #[serde(default)]
        periods: Vec<PeriodTold>,
        /// How many more such periods there are than are listed.
        #[serde(default)]
        more_periods: u64,
    },
    /// A register file became the register.
    Accepted {
        /// Which import.
        import: Uuid,
        /// The number of the schedule's version.
        version: i64,
        /// How many rules it has.
        rules: u64,
        /// Periods that are others now, and what that does to records.
        #[serde(default)]
        periods: Vec<PeriodTold>,
        /// How many more such periods there are than are listed.
        #[serde(default)]
        more_periods: u64,
    },
    /// The owner looks at their assets once a year.
    Review {
        /// By when.
        by: Date,
        /// How many assets.
        assets: u64,
        /// Which; none in a notice of an earlier version.
        #[serde(default)]
        of: Vec<AssetTold>,
    },
    /// A standing authority comes to its end.
    AuthorityEnds {
        /// Its number.
        authority: String,
        /// The code of the record type it is for.
        record_type: String,
        /// Its last day.
        on: Date,
    },
}
