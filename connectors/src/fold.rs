//! Many members taken together as one unit: sizes add up, the latest date
//! counts, and one date that is not known makes the unit's not known. It is known
//! under one case and one person, and says where its members name more.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::sighting::{Fingerprint, Seen};

/// A unit while its members are met, in any order.
#[derive(Debug)]
pub struct Fold {
    members: u64,
    size: u64,
    mark: [u64; 3],
    dates: Vec<Seen>,
    differ: bool,
}

/// What a unit's members came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// How many.
    pub members: u64,
    /// Sizes added up, marks digested.
    pub fingerprint: Fingerprint,
    /// The latest of each; only of some where any member's is missing, and
    /// unreadable where any member's is.
    pub dates: Vec<Seen>,
    /// Whether any date differs between members.
    pub members_differ: bool,
}

/// Whose a unit is, while its members are met.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// The case that members name.
    pub reference: Option<String>,
    /// The person that members name.
    pub subject: Option<String>,
    /// Whether they name more than one.
    pub differ: bool,
}

impl Whose {
    /// Takes in what one member names. One that names nobody contradicts none.
    pub fn add(&mut self, reference: Option<&str>, subject: Option<&str>) {
        for (known, named) in [(&mut self.reference, reference), (&mut self.subject, subject)] {
            match (known.as_deref(), named) {
                (Some(known), Some(named)) => self.differ |= known != named,
                (None, Some(named)) => *known = Some(named.to_owned()),
                (_, None) => {}
            }
        }
    }
}

impl Fold {
    /// An empty unit that has this many dates.
    #[must_use]
    pub fn new(dates_each: usize) -> Self {
        let dates = vec![Seen::Missing; dates_each];
        Self { members: 0, size: 0, mark: [0; 3], dates, differ: false }
    }

    /// Takes in one member: its place within the unit, what it looks like, and
    /// its dates, as many as the unit has.
    pub fn add(&mut self, place: &[u8], fingerprint: Fingerprint, dates: &[Seen]) {
        if self.members == 0 {
            self.dates.copy_from_slice(dates);
        } else {
            self.differ |= self.dates != dates;
            for (latest, date) in self.dates.iter_mut().zip(dates) {
                *latest = later(*latest, *date);
            }
        }
        self.members += 1;
        self.size = self.size.saturating_add(fingerprint.size);
        // A sum does not depend on the order in which a folder is read.
        for (lane, part) in self.mark.iter_mut().zip(member_mark(place, fingerprint)) {
            *lane = lane.wrapping_add(part);
        }
    }

    /// The unit as a whole.
    #[must_use]
    pub fn finish(self) -> Folded {
        Folded {
            members: self.members,
            fingerprint: Fingerprint { size: self.size, mark: self.mark },
            dates: self.dates,
            members_differ: self.differ,
        }
    }
}

/// The later of two members' dates. One that cannot be read makes both so, and
/// so does one that is only a default, which a later date would hide. One that
/// is missing, or a day beside an instant, leaves a date of only some.
fn later(one: Seen, other: Seen) -> Seen {
    match (one, other) {
        (one, other) if is_default(one) || is_default(other) => Seen::Unreadable,
        (Seen::Unreadable, _) | (_, Seen::Unreadable) => Seen::Unreadable,
        (Seen::At(one), Seen::At(other)) => Seen::At(one.max(other)),
        (Seen::On(one), Seen::On(other)) => Seen::On(one.max(other)),
        _ => seconds(one).max(seconds(other)).map_or(Seen::Missing, Seen::OfSome),
    }
}

fn seconds(seen: Seen) -> Option<i64> {
    match seen {
        Seen::At(seconds) | Seen::OfSome(seconds) => Some(seconds),
        Seen::On(day) => {
            // The last days of the calendar lie past the last instant.
            let midnight = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
            Some(midnight.unwrap_or(Timestamp::MAX).as_second())
        }
        Seen::Missing | Seen::Unreadable => None,
    }
}

/// A time that was never set: the epoch or before, or the first days of 1900.
fn is_default(seen: Seen) -> bool {
    match seen {
        Seen::At(seconds) => seconds < 24 * 60 * 60,
        Seen::On(day) => day == date(1970, 1, 1) || day < date(1900, 1, 2),
        // Asked before it became a date of only some.
        Seen::OfSome(_) | Seen::Missing | Seen::Unreadable => false,
    }
}

/// What one member adds to its unit's mark.
#[must_use]
pub(crate) fn member_mark(place: &[u8], fingerprint: Fingerprint) -> [u64; 3] {
    let mut hasher = blake3::Hasher::new();
    for number in [fingerprint.size].iter().chain(&fingerprint.mark) {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(place);
    lanes(&hasher.finalize())
}

/// The first 192 bits of a hash, as a mark.
#[must_use]
pub(crate) fn lanes(hash: &blake3::Hash) -> [u64; 3] {
    let bytes = hash.as_bytes();
    [0, 8, 16].map(|from| {
        let mut lane = [0; 8];
        lane.copy_from_slice(&bytes[from..from + 8]);
        u64::from_le_bytes(lane)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Instants that some clock has set.
    fn set() -> impl Strategy<Value = i64> {
        1_000_000i64..1_000_009
    }

    fn seen() -> impl Strategy<Value = Seen> {
        prop_oneof![
            2 => Just(Seen::Missing),
            1 => Just(Seen::Unreadable),
            4 => set().prop_map(Seen::At),
            1 => (0i64..9).prop_map(Seen::At),
            2 => (1i8..9).prop_map(|day| Seen::On(date(2020, 1, day))),
            2 => (1i8..9).prop_map(|day| Seen::On(date(1950, 1, day))),
            1 => Just(Seen::On(date(1970, 1, 1))),
            1 => Just(Seen::On(date(9999, 12, 31))),
        ]
    }

    fn fold(members: &[(u8, u64, Seen)]) -> Folded {
        let mut fold = Fold::new(1);
        for (name, size, date) in members {
            fold.add(&[*name], Fingerprint { size: *size, mark: [1, 2, 3] }, &[*date]);
        }
        fold.finish()
    }

    proptest! {
        #[test]
        fn the_order_of_members_changes_nothing(
            members in proptest::collection::vec((any::<u8>(), 0u64..99, seen()), 0..9),
            turn in 0usize..9,
        ) {
            let mut turned = members.clone();
            turned.rotate_left(turn.min(members.len()));
            prop_assert_eq!(fold(&members), fold(&turned));
            turned.reverse();
            prop_assert_eq!(fold(&members), fold(&turned));
        }

        #[test]
        fn another_member_never_makes_a_unit_older(
            members in proptest::collection::vec((any::<u8>(), 0u64..99, set().prop_map(Seen::At)), 1..9),
            extra in seen(),
        ) {
            let before = fold(&members).dates[0];
            let mut more = members;
            more.push((0, 0, extra));
            match (before, fold(&more).dates[0]) {
                (Seen::At(before), Seen::At(after) | Seen::OfSome(after)) => {
                    prop_assert!(after >= before);
                }
                (_, after) => prop_assert_eq!(after, Seen::Unreadable),
            }
        }
    }

    #[test]
    fn a_date_that_a_member_lacks_is_one_of_only_some() {
        let future = Seen::On(date(9999, 12, 31));
        let past_the_last_instant = Seen::OfSome(Timestamp::MAX.as_second());
        for (one, other, together) in [
            (Seen::Missing, Seen::Missing, Seen::Missing),
            (Seen::Missing, Seen::At(1_000_000), Seen::OfSome(1_000_000)),
            (Seen::OfSome(1_000_009), Seen::At(1_000_000), Seen::OfSome(1_000_009)),
            (Seen::On(date(1970, 1, 3)), Seen::At(1_000_000), Seen::OfSome(1_000_000)),
            (Seen::On(date(1969, 12, 31)), Seen::Missing, Seen::OfSome(-86_400)),
            (Seen::OfSome(-86_400), Seen::Missing, Seen::OfSome(-86_400)),
            (Seen::At(0), Seen::Missing, Seen::Unreadable),
            (Seen::OfSome(1_000_000), Seen::Unreadable, Seen::Unreadable),
            (future, Seen::Missing, past_the_last_instant),
        ] {
            assert_eq!(later(one, other), together, "{one:?} beside {other:?}");
            assert_eq!(later(other, one), together, "{other:?} beside {one:?}");
        }
    }

    #[test]
    fn a_member_that_changes_changes_the_mark() {
        let one = [(1, 10, Seen::At(5)), (2, 10, Seen::At(5))];
        let renamed = [(1, 10, Seen::At(5)), (3, 10, Seen::At(5))];
        assert_ne!(fold(&one).fingerprint, fold(&renamed).fingerprint);
        assert_eq!(fold(&one).fingerprint.size, fold(&renamed).fingerprint.size);
    }

    #[test]
    fn members_with_other_dates_are_told() {
        let same = [(1, 1, Seen::At(1_000_005)), (2, 1, Seen::At(1_000_005))];
        let other =
            [(1, 1, Seen::At(1_000_005)), (2, 1, Seen::At(1_000_006)), (3, 1, Seen::At(1_000_006))];
        assert!(!fold(&same).members_differ);
        assert!(fold(&other).members_differ);
        assert_eq!(fold(&other).dates, [Seen::At(1_000_006)]);
    }
}
