//! Sets of kinds of word, small enough to compare in a step.

use super::vocabulary::Kind;

/// A set of kinds of word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds([u128; 2]);

impl Kinds {
    /// The set of these kinds.
    pub(super) const fn of(kinds: &[Kind]) -> Self {
        let mut set = [0; 2];
        let mut position = 0;
        while position < kinds.len() {
            let bit = kinds[position] as usize;
            set[bit / 128] |= 1 << (bit % 128);
            position += 1;
        }
        Self(set)
    }

    /// Either set.
    pub(super) const fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    /// Whether a kind is in both.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0[0] & other.0[0] != 0 || self.0[1] & other.0[1] != 0
    }

    /// Whether it is the empty set: a word nobody has taught the parser.
    pub(super) const fn is_empty(self) -> bool {
        self.0[0] == 0 && self.0[1] == 0
    }
}
