//! On whose authority a period stands.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The kind of authority. The order of the list says nothing of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BasisKind {
    /// An Act.
    Statute,
    /// Regulations, rules or an order made under an Act.
    Regulation,
    /// A code of practice or sector guidance.
    Code,
    /// The time within which a claim may be brought.
    Limitation,
    /// What a contract or funder requires.
    Contract,
    /// The organisation's own need, to be justified.
    BusinessNeed,
    /// Worth keeping for history.
    HistoricalValue,
}

/// Which side of the rule the authority fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sets {
    /// Keep at least.
    Minimum,
    /// Not beyond.
    Maximum,
    /// Both.
    Both,
}

/// One authority for a rule, as the register words it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BasisCitation {
    /// What sort of authority it is.
    pub kind: BasisKind,
    /// The words of the citation, such as `Limitation Act 1980 s.5`.
    pub citation: String,
    /// What it fixes.
    pub sets: Sets,
    /// When someone last compared it with a source, and which; nothing where
    /// nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Check>,
}

/// A comparison of a citation with a source. A day without a source proves
/// nothing, and a source without a day grows old unseen, so they come together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The day.
    pub on: Date,
    /// What was read: `legislation.gov.uk, SI 2010/959 reg.50`.
    pub against: String,
}

impl BasisKind {
    /// Whether there is a published text to compare a citation of it with.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Statute | Self::Regulation | Self::Code | Self::Limitation)
    }
}
