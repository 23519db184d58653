//! To whom a yearly statement is told, and for what (M16).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where an owner's yearly statement stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", deny_unknown_fields)]
pub enum StatementTold {
    /// Its owner is asked to sign it: the figures are theirs alone.
    #[default]
    Asked,
    /// The service mailbox is told that the owner was asked.
    Copied,
    /// The senior information risk owner is told that owners were asked: the
    /// figures are of all of them.
    Awaited {
        /// How many owners.
        owners: u64,
    },
    /// The senior information risk owner is told that an owner signed these
    /// figures.
    Signed {
        /// On which day.
        on: Date,
        /// The references of up to ten of the owner's assets.
        of: Vec<String>,
        /// Whether the owner added words, which stand in no mail.
        adds: Adds,
    },
}

/// Whether a person added anything to what they signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adds {
    /// Nothing.
    Nothing,
    /// Words, which `retaind mail statements` shows.
    Words,
}
