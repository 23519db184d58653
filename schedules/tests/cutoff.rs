//! Inverted rules agree with evaluation, item by item, on every day near every
//! boundary.

#[path = "generated/facts.rs"]
mod generated;
#[path = "generated/rules.rs"]
mod rules;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use retaind_schedules::calendar::{
    Alignment, Calendar, CurrentYear, MonthDay, london_date, london_midnight,
};
use retaind_schedules::cutoff::{Dueness, Inverted, Ladder, Placement, invert, latest_due};
use retaind_schedules::evaluation::{DueDate, Facts, Provenance, Resolution, due_date};
use retaind_schedules::period::Rounding;
use retaind_schedules::rule::{Leaf, Rule};
use retaind_schedules::trigger::Trigger;

/// A calendar in which every year is set.
fn calendar() -> Calendar {
    Calendar {
        municipal_year_end: MonthDay::new(5, 14),
        current_year: Some(CurrentYear::Calendar),
        ..Calendar::default()
    }
}

/// What evaluation says, in the words of a comparison.
fn evaluated(rule: &Rule, facts: &Facts, today: Date) -> Dueness {
    match due_date(rule, facts, &calendar(), today, Rounding::Keep).expect("plausible dates") {
        Resolution::Awaiting(_) => Dueness::Awaiting,
        Resolution::Due(DueDate::Never) => Dueness::Never,
        Resolution::Due(due) if due.is_past(today) => Dueness::Due,
        Resolution::Due(_) => Dueness::NotDue,
    }
}

fn known(trigger: &Trigger, date: Date) -> Facts {
    Facts::default().with(trigger.clone(), date, Provenance::Column)
}

/// Leap days, the ends of months, quarters and years, and the clock changes.
fn boundaries() -> impl Iterator<Item = Date> {
    let days = [
        (1, 1),
        (1, 31),
        (2, 28),
        (3, 1),
        (3, 29),
        (3, 31),
        (4, 1),
        (4, 5),
        (5, 14),
        (6, 30),
        (8, 31),
        (9, 30),
        (10, 25),
        (12, 31),
    ];
    (2019..=2028).flat_map(move |year| {
        days.into_iter().flat_map(move |(month, day)| {
            (-1..=1).map(move |shift| date(year, month, day).saturating_add(shift.days()))
        })
    })
}

fn leaves() -> impl Iterator<Item = Leaf> {
    let periods = ["P0D", "P1D", "P1M", "P6M", "P1Y", "P6Y", "P25Y", "P1Y1M1D", "P3W"];
    let ends: Vec<Option<Alignment>> =
        std::iter::once(None).chain(Alignment::ALL.map(Some)).collect();
    periods.into_iter().flat_map(move |period| {
        let leaf = Leaf::new(period.parse().expect("a period"), Trigger::Created);
        ends.clone().into_iter().flat_map(move |end| {
            [Leaf { from_end_of: end, ..leaf.clone() }, Leaf { to_end_of: end, ..leaf.clone() }]
        })
    })
}

#[test]
fn a_cutoff_is_the_last_due_date_of_every_leaf_on_every_boundary() {
    let calendar = calendar();
    let is_due = |leaf: &Leaf, start: Date, today: Date| {
        today > leaf.last_day(start, &calendar, Rounding::Keep).expect("a set calendar")
    };
    for leaf in leaves() {
        for today in boundaries() {
            let cutoff = latest_due(&leaf, &calendar, today).unwrap().expect("some date is due");
            assert!(is_due(&leaf, cutoff, today), "{leaf}, {today}: {cutoff}");
            let next = cutoff.tomorrow().unwrap();
            assert!(!is_due(&leaf, next, today), "{leaf}, {today}: {next}");
        }
    }
}

#[test]
fn a_later_trigger_never_ends_earlier_on_any_day_of_eight_years() {
    let calendar = calendar();
    for leaf in leaves() {
        for rounding in [Rounding::Keep, Rounding::Release] {
            let ends = date(1999, 12, 1)
                .series(1.day())
                .take(366 * 8)
                .map(|day| leaf.last_day(day, &calendar, rounding).unwrap());
            assert!(ends.is_sorted(), "{leaf}");
        }
    }
}

#[test]
fn an_instant_is_due_where_its_day_in_london_is() {
    let rule: Rule = "P6Y after financial-year-end of last-modified".parse().unwrap();
    let today = date(2026, 11, 23);
    let ladder = Ladder::new(&rule, &calendar(), today, 12).expect("a ladder");
    assert_eq!(ladder.due_on_or_before(), Some(date(2020, 3, 31)));
    let midnight: jiff::Timestamp = "2020-03-31T23:00:00Z".parse().unwrap();
    assert_eq!(ladder.due_before_instant(), Some(midnight.as_second()), "in summer time");
    assert_eq!(ladder.place(midnight.as_second() - 1), Placement::Due);
    assert_eq!(ladder.place(midnight.as_second()), Placement::Month(5));
    assert_eq!(ladder.first_of_month(5), date(2027, 4, 1));
    assert_eq!(ladder.place_date(date(2021, 4, 1)), Placement::Later);
}

/// Every London midnight of forty years, a second before, and the clock changes.
#[test]
fn instants_and_their_days_are_placed_alike_in_both_offsets() {
    for text in ["P1M after created", "P7Y after tax-year-end of created", "until created"] {
        let rule: Rule = text.parse().unwrap();
        let ladder = Ladder::new(&rule, &calendar(), date(2026, 3, 29), 18).expect("a ladder");
        for day in date(1990, 1, 1).series(1.day()).take(366 * 40) {
            let midnight = london_midnight(day).unwrap();
            for second in [-1, 0, 3_599, 3_600, 7_199, 7_200, 82_799, 82_800] {
                let instant = midnight.saturating_add(second.seconds()).unwrap();
                assert_eq!(
                    ladder.place(instant.as_second()),
                    ladder.place_date(london_date(instant)),
                    "{text}: {instant}"
                );
            }
        }
    }
}

#[test]
fn a_rule_without_an_inverse_has_none_however_deep_it_stands() {
    for text in [
        "with consent-form",
        "if(date-of-death before P18Y after date-of-birth, permanent, P75Y after date-of-birth)",
        "later-of(P1Y after created, earlier-of(P2Y after created, with consent-form))",
    ] {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(invert(&rule, &calendar(), date(2026, 1, 1)), Ok(None), "{text}");
    }
}

#[test]
fn a_ladder_stands_only_on_a_single_trigger_that_settles_the_rule() {
    let ladder = |text: &str, calendar: &Calendar| {
        Ladder::new(&text.parse().unwrap(), calendar, date(2026, 11, 23), 6)
    };
    for text in [
        "permanent",
        "prohibited",
        "earlier-of(prohibited, P1Y after created)",
        "later-of(later-of(permanent, P1Y after created), P1Y after created)",
        "later-of(P1Y after created, P1Y after last-modified)",
        "with consent-form",
    ] {
        assert_eq!(ladder(text, &calendar()), None, "{text}");
    }
    let unset = ladder("P1Y after current-year-end of created", &Calendar::default());
    assert_eq!(unset, None, "a year nobody has set");
    let same = ladder("later-of(P1Y after created, P400D after created, prohibited)", &calendar());
    assert_eq!(same.and_then(|ladder| ladder.due_on_or_before()), Some(date(2025, 10, 18)));
}

#[test]
fn at_the_ends_of_the_calendar_nothing_is_due_that_is_not() {
    let rule: Rule = "P6Y after created".parse().unwrap();
    let first = Ladder::new(&rule, &calendar(), Date::MIN, 3).expect("a ladder");
    assert_eq!(first.due_before_instant(), None);
    assert_eq!(first.place(i64::MIN), Placement::Later);
    let last = Ladder::new(&rule, &calendar(), Date::MAX, 3).expect("a ladder");
    assert_eq!(last.place_date(date(9993, 12, 30)), Placement::Due);
    assert_eq!(last.place(i64::MAX), Placement::Later);
}

fn years() -> impl Strategy<Value = Date> + Clone {
    generated::day(1971, 2025)
}

proptest! {
    #[test]
    fn an_inverted_rule_agrees_with_evaluation(
        rule in rules::rule(),
        facts in generated::facts(years()),
        today in generated::day(2026, 2160),
    ) {
        let inverted = invert(&rule, &calendar(), today).expect("a set calendar");
        let Some(inverted) = inverted else { return Ok(()) };
        let answer = inverted.is_due(|trigger| generated::date_in(&facts, trigger));
        prop_assert_eq!(answer, evaluated(&rule, &facts, today), "{}", rule);
    }

    #[test]
    fn a_cutoff_never_moves_back_as_days_pass(
        leaf in rules::leaf(), today in generated::day(1, 9998), days in 0..800_i64,
    ) {
        let later = today.saturating_add(days.days());
        let cutoff = |day| latest_due(&leaf, &calendar(), day).expect("a set calendar");
        prop_assert!(cutoff(today) <= cutoff(later));
    }

    #[test]
    fn a_ladder_puts_an_item_into_the_month_of_its_first_due_day(
        leaf in rules::leaf(), start in years(), today in generated::day(2026, 2060),
    ) {
        let rule = Rule::After(leaf.clone());
        let ladder = Ladder::new(&rule, &calendar(), today, 24).expect("one trigger");
        let last = leaf.last_day(start, &calendar(), Rounding::Keep).expect("a set calendar");
        let eligible = last.saturating_add(1.day());
        let expected = match months_between(today, eligible) {
            _ if today > last => Placement::Due,
            months @ 0..=24 => Placement::Month(months),
            _ => Placement::Later,
        };
        prop_assert_eq!(ladder.place_date(start), expected);
        let noon = start.at(12, 0, 0, 0).in_tz("Europe/London").expect("a noon");
        prop_assert_eq!(ladder.place(noon.timestamp().as_second()), expected);
        prop_assert_eq!(evaluated(&rule, &known(&leaf.trigger, start), today) == Dueness::Due,
            expected == Placement::Due);
    }
}

fn months_between(from: Date, to: Date) -> usize {
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    usize::try_from(months(to) - months(from)).unwrap_or(0)
}

#[test]
fn every_part_of_a_combined_rule_is_a_comparison() {
    let rule: Rule = "later-of(P18Y after date-of-birth, P3Y after last-action)".parse().unwrap();
    let inverted = invert(&rule, &calendar(), date(2026, 11, 23)).unwrap().expect("an inverse");
    let part = |trigger, on_or_before| Inverted::Trigger { trigger, on_or_before };
    assert_eq!(
        inverted,
        Inverted::All(vec![
            part(Trigger::DateOfBirth, Some(date(2008, 11, 22))),
            part(Trigger::LastAction, Some(date(2023, 11, 22))),
        ])
    );
}
