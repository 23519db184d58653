//! How far a model line's authorities were compared with their source.
//!
//! A check says that the law or guidance is there by that name and, where the
//! citation names a provision, that the provision says what the line takes from
//! it, on that day. It does not say that the law still stands today, nor that
//! the period suits anyone: that is for those who approve the line.

use std::fmt;

use serde::Serialize;

use crate::basis::BasisCitation;

/// What the reader of a model line is told of its authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checking {
    /// Each law and each guidance it cites was compared with a source.
    Checked,
    /// Some were, and some not yet.
    PartlyChecked,
    /// None was yet.
    Unchecked,
    /// It cites no law and no guidance, so there is nothing to compare.
    NothingCited,
}

impl Checking {
    pub(super) fn of(basis: &[BasisCitation]) -> Self {
        let published: Vec<_> = basis.iter().filter(|basis| basis.kind.is_published()).collect();
        let checked = published.iter().filter(|basis| basis.checked.is_some()).count();
        match (checked, published.len()) {
            (_, 0) => Self::NothingCited,
            (0, _) => Self::Unchecked,
            (some, all) if some < all => Self::PartlyChecked,
            _ => Self::Checked,
        }
    }
}

impl fmt::Display for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checked => "its authorities were compared with their source",
            Self::PartlyChecked => {
                "only some of its authorities were compared with their source: look up the others before approving it"
            }
            Self::Unchecked => {
                "nobody has compared its authorities with their source yet: look them up before approving it"
            }
            Self::NothingCited => {
                "it cites no law or guidance: the period is a suggestion to justify"
            }
        })
    }
}
