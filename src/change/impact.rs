//! What a change would do, as it is shown to those who sign it.

use serde::{Deserialize, Serialize};

use super::seat::Seat;
use crate::scan::trial::Shift;

/// More items than this becoming due at once is a matter for the SIRO.
const MANY_ITEMS: u64 = 1_000;

/// So is more than this share of a record type's items, in per cent.
const LARGE_SHARE: u64 = 5;

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Impact {
    /// One line for each thing that changes.
    pub lines: Vec<ImpactLine>,
    /// What besides a person should weigh.
    pub notes: Vec<String>,
}

/// What becomes of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpactLine {
    /// A record type's code, a mapping, a ceiling, an asset or a person.
    pub what: String,
    /// What it was.
    pub before: String,
    /// What it would be.
    pub after: String,
    /// What that does to items.
    pub effect: Effect,
}

/// What a change does to items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It was counted.
    Counted {
        /// Files or rows of the record type.
        items: u64,
        /// Those that would be due and are not.
        newly_due: u64,
        /// Those that are due and would not be.
        no_longer_due: u64,
        /// The size of what is newly due.
        bytes: u64,
    },
    /// It could not be counted, which needs as many signatures as the worst.
    NotKnown {
        /// Why.
        why: String,
    },
    /// It does nothing to items by itself.
    None,
}

impl From<Shift> for Effect {
    fn from(shift: Shift) -> Self {
        let Shift { items, newly_due, no_longer_due, bytes } = shift;
        Self::Counted { items, newly_due, no_longer_due, bytes }
    }
}

/// A share in per cent, rounded to the nearest whole one.
#[must_use]
pub fn percent(part: u64, whole: u64) -> u64 {
    (part * 100 + whole / 2).checked_div(whole).unwrap_or(0)
}

impl Impact {
    /// Whether the SIRO has to sign too: more than 1,000 items or more than 5 %
    /// of a record type's newly due, or nobody knows how many.
    #[must_use]
    pub fn is_large(&self) -> bool {
        let mut total = 0;
        for line in &self.lines {
            match line.effect {
                Effect::NotKnown { .. } => return true,
                Effect::Counted { items, newly_due, .. } => {
                    total += newly_due;
                    if newly_due * 100 > items * LARGE_SHARE {
                        return true;
                    }
                }
                Effect::None => {}
            }
        }
        total > MANY_ITEMS
    }

    /// These seats, and the SIRO's where the impact is large.
    #[must_use]
    pub(super) fn seats(&self, mut seats: Vec<Seat>) -> Vec<Seat> {
        if self.is_large() {
            seats.push(Seat::Siro);
        }
        seats.sort();
        seats.dedup();
        seats
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Counted { items, newly_due, no_longer_due, .. } => {
                let [newly_due_said, items_said, no_longer] =
                    [*newly_due, *items, *no_longer_due].map(indicatif::HumanCount);
                let share = percent(*newly_due, *items);
                write!(f, "{newly_due_said} of {items_said} items ({share} %) newly due")?;
                match no_longer_due {
                    0 => Ok(()),
                    _ => write!(f, ", {no_longer} no longer due"),
                }
            }
            Self::NotKnown { why } => write!(f, "not known: {why}"),
            Self::None => f.write_str("no items of its own"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(newly_due: u64, items: u64) -> ImpactLine {
        let effect = Shift { items, newly_due, no_longer_due: 0, bytes: 0 }.into();
        ImpactLine { what: "A".into(), before: String::new(), after: String::new(), effect }
    }

    #[test]
    fn the_siro_signs_beyond_a_thousand_items_or_five_in_a_hundred() {
        for (lines, large) in [
            (vec![], false),
            (vec![of(0, 0)], false),
            (vec![of(5, 100)], false),
            (vec![of(6, 100)], true),
            (vec![of(1_000, 100_000)], false),
            (vec![of(1_001, 100_000)], true),
            (vec![of(600, 100_000), of(600, 100_000)], true),
            (vec![of(0, 100_000), of(1, 2)], true),
        ] {
            let impact = Impact { lines, notes: Vec::new() };
            assert_eq!(impact.is_large(), large, "{impact:?}");
        }
        let why = "the store does not answer".to_owned();
        let line = ImpactLine { effect: Effect::NotKnown { why }, ..of(0, 0) };
        assert!(Impact { lines: vec![line], notes: Vec::new() }.is_large());
    }

    #[test]
    fn an_effect_is_said_with_its_share() {
        assert_eq!(
            of(38_112, 41_900).effect.to_string(),
            "38,112 of 41,900 items (91 %) newly due"
        );
    }
}
