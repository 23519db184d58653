//! Holds on records of certain days: what is not known to lie outside them is held,
//! and nothing that happens to a record afterwards takes it from under one.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use retaind_schedules::evaluation::{DateNote, Facts, Provenance, Recorded};
use retaind_schedules::hold::{Days, Life, Place, Scope};
use retaind_schedules::trigger::Trigger;

fn day() -> impl Strategy<Value = Date> {
    (0..14_000_i32).prop_map(|days| date(1990, 1, 1).saturating_add(days.days()))
}

fn maybe() -> impl Strategy<Value = Option<Date>> {
    proptest::option::of(day())
}

fn within(days: Days) -> Scope {
    Scope::Within { what: Box::new(Scope::Everything), days }
}

fn holds(days: Days, life: Life) -> bool {
    within(days).covers(&Place { life, ..Place::default() })
}

fn facts() -> impl Strategy<Value = Facts> {
    const FROM: [Provenance; 3] = [Provenance::Column, Provenance::Path, Provenance::FileTime];
    let note = (0..Trigger::NAMED.len(), day(), 0..FROM.len());
    proptest::collection::vec(note, 0..5).prop_map(|notes| {
        let mut facts = Facts::default();
        for (trigger, date, from) in notes {
            facts.record(Trigger::NAMED[trigger].clone(), date, FROM[from]);
        }
        facts
    })
}

proptest! {
    #[test]
    fn what_lies_wholly_outside_is_free_and_all_else_is_held(
        from in maybe(), to in maybe(), one in day(), other in day()
    ) {
        let Some(days) = Days::new(from, to) else { return Ok(()) };
        let (first, last) = (one.min(other), one.max(other));
        let free = from.is_some_and(|from| last < from) || to.is_some_and(|to| first > to);
        prop_assert_eq!(holds(days, Life { first: Some(first), last: Some(last) }), !free);
    }

    #[test]
    fn knowing_less_and_wanting_more_days_never_hold_less(
        from in maybe(), to in maybe(), first in maybe(), last in maybe()
    ) {
        let Some(days) = Days::new(from, to) else { return Ok(()) };
        let life = Life { first, last };
        let less = [Life { first: None, last }, Life { first, last: None }, Life::default()];
        for less in less {
            prop_assert!(!holds(days, life) || holds(days, less), "{:?} {:?}", days, less);
        }
        prop_assert!(holds(days, Life::default()));
        for more in [Days::new(None, to), Days::new(from, None)].into_iter().flatten() {
            prop_assert!(!holds(days, life) || holds(more, life), "{:?} {:?}", more, life);
        }
        prop_assert!(!holds(days, life) || within(days).of_any_day().covers(&Place::default()));
    }

    #[test]
    fn what_is_changed_later_stays_under_a_hold_that_begins(
        facts in facts(), from in day(), later in day()
    ) {
        let days = Days::new(Some(from), None).unwrap();
        let held = holds(days, facts.life());
        let known = facts.known().max();
        let later = known.map_or(later, |known| later.max(known));
        let touched = facts.with(Trigger::LastModified, later, Provenance::FileTime);
        prop_assert!(!held || later < from || holds(days, touched.life()), "{touched:?}");
    }

    #[test]
    fn a_unit_lives_as_long_as_every_member(one in facts(), other in facts()) {
        let mut unit = one.clone();
        unit.join(&other);
        if let Some(last) = unit.life().last {
            for member in [one, other] {
                prop_assert!(member.life().last.is_none_or(|it| it <= last), "{member:?}");
            }
        }
    }
}

#[test]
fn a_date_in_doubt_and_the_time_of_a_copy_say_nothing() {
    let day = date(2012, 5, 5);
    let column = Provenance::Column;
    let life = |facts: Facts| facts.life();
    let changed = Facts::default().with(Trigger::LastModified, day, Provenance::FileTime);
    assert_eq!(life(changed.clone()), Life { first: None, last: Some(day) });
    let copied = changed.clone().with(Trigger::Created, date(2011, 1, 1), Provenance::FileTime);
    assert_eq!(life(copied).first, None);
    let made = changed.clone().with(Trigger::Created, date(2011, 1, 1), column);
    assert_eq!(life(made), Life { first: Some(date(2011, 1, 1)), last: Some(day) });
    let made_after = changed.clone().with(Trigger::Created, date(2013, 1, 1), column);
    assert_eq!(life(made_after).first, None, "one of the two is wrong");
    let only_made = Facts::default().with(Trigger::Created, day, column);
    assert_eq!(life(only_made), Life::default());
    let born = changed.clone().with(Trigger::DateOfBirth, date(1950, 1, 1), column);
    assert_eq!(life(born).last, Some(day));
    let unset = Facts::default().with(Trigger::LastModified, date(1970, 1, 1), column);
    assert_eq!(life(unset), Life::default());
    for note in [DateNote::Unreadable, DateNote::Contradictory, DateNote::OfSome(day)] {
        let mut facts = changed.clone();
        facts.dates.insert(Trigger::CaseClosed, Recorded { note, from: column });
        assert_eq!(life(facts), Life::default(), "{note:?}");
    }
}
