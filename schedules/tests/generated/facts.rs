//! Dates and facts for property tests.

use jiff::civil::Date;
use proptest::prelude::*;
use retaind_schedules::evaluation::{DateNote, Facts, Provenance};
use retaind_schedules::trigger::Trigger;

use crate::rules::TRIGGERS;

/// A day of these years, the days around their boundaries more often.
pub(crate) fn day(from: i16, to: i16) -> impl Strategy<Value = Date> + Clone {
    let boundary = prop::sample::select(vec![
        (1, 1),
        (2, 28),
        (2, 29),
        (3, 1),
        (3, 31),
        (4, 1),
        (4, 5),
        (4, 6),
        (6, 30),
        (8, 31),
        (9, 1),
        (10, 31),
        (12, 31),
    ]);
    let any = (1_i8..=12, 1_i8..=31);
    (from..=to, prop_oneof![boundary, any])
        .prop_filter_map("a day", |(year, (month, day))| Date::new(year, month, day).ok())
}

/// Most of the triggers, with one date each.
pub(crate) fn facts(day: impl Strategy<Value = Date> + Clone) -> impl Strategy<Value = Facts> {
    let dates = vec![prop::option::weighted(0.8, day); TRIGGERS.len()];
    dates.prop_map(|dates| {
        let mut facts = Facts::default();
        for (name, date) in TRIGGERS.iter().zip(dates) {
            if let Some(date) = date {
                facts.record(name.parse().expect(name), date, Provenance::Column);
            }
        }
        facts
    })
}

/// The date these facts have for a trigger.
pub(crate) fn date_in(facts: &Facts, trigger: &Trigger) -> Option<Date> {
    match facts.dates.get(trigger)?.note {
        DateNote::Known(date) => Some(date),
        _ => None,
    }
}
