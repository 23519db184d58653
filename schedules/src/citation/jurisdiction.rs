//! Where a law or a model line applies.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of the United Kingdom, or several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jurisdiction {
    /// All four.
    UnitedKingdom,
    /// England, Wales and Scotland.
    GreatBritain,
    /// England and Wales.
    EnglandAndWales,
    /// England alone.
    England,
    /// Wales alone.
    Wales,
    /// Scotland alone.
    Scotland,
    /// Northern Ireland alone.
    NorthernIreland,
}

impl Jurisdiction {
    /// Whether what applies here applies in the whole of `place`.
    #[must_use]
    pub fn covers(self, place: Self) -> bool {
        place.parts().iter().all(|part| self.parts().contains(part))
    }

    fn parts(self) -> &'static [Self] {
        match self {
            Self::UnitedKingdom => {
                &[Self::England, Self::Wales, Self::Scotland, Self::NorthernIreland]
            }
            Self::GreatBritain => &[Self::England, Self::Wales, Self::Scotland],
            Self::EnglandAndWales => &[Self::England, Self::Wales],
            Self::England => &[Self::England],
            Self::Wales => &[Self::Wales],
            Self::Scotland => &[Self::Scotland],
            Self::NorthernIreland => &[Self::NorthernIreland],
        }
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnitedKingdom => "the United Kingdom",
            Self::GreatBritain => "Great Britain",
            Self::EnglandAndWales => "England and Wales",
            Self::England => "England",
            Self::Wales => "Wales",
            Self::Scotland => "Scotland",
            Self::NorthernIreland => "Northern Ireland",
        })
    }
}
