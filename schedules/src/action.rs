//! What happens to a record after its period.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The disposal actions, from the least to the most protective, so that the
/// greatest of several is the one that governs (domain 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisposalAction {
    /// Destroy so that it cannot be reconstructed.
    Destroy,
    /// Remove what identifies people and keep the rest.
    Anonymise,
    /// A person decides.
    Review,
    /// Offer to the archive; destroy the local copy only after acceptance.
    Transfer,
    /// Keep for ever.
    Permanent,
}

impl DisposalAction {
    /// The word for it in notation, files and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Anonymise => "anonymise",
            Self::Review => "review",
            Self::Transfer => "transfer",
            Self::Permanent => "permanent",
        }
    }
}

impl fmt::Display for DisposalAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for DisposalAction {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Destroy, Self::Anonymise, Self::Review, Self::Transfer, Self::Permanent]
            .into_iter()
            .find(|action| action.name() == text)
            .ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

/// A word that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a disposal action: use destroy, anonymise, review, transfer or permanent")]
pub struct UnknownAction(String);
