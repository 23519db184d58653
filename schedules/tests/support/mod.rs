//! Short ways to write rules and ask them.

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::{Bearing, Evaluation, Facts, HoldOn, Provenance, evaluate};
use retaind_schedules::rule::{Maximum, RetentionRule};
use retaind_schedules::trigger::Trigger;

/// A rule of the schedule whose maximum is its minimum.
pub(crate) fn line(minimum: &str, action: DisposalAction) -> RetentionRule {
    RetentionRule {
        minimum: minimum.parse().expect(minimum),
        maximum: Maximum::SameAsMinimum,
        action,
        basis: Vec::new(),
        justification: Some("a test".to_owned()),
    }
}

/// Facts read from columns: `created 2019-05-14, date-of-birth 2000-02-29`.
pub(crate) fn facts(text: &str) -> Facts {
    let mut facts = Facts::default();
    for pair in text.split(", ").filter(|pair| !pair.is_empty()) {
        let (name, date) = pair.split_once(' ').expect(pair);
        let trigger: Trigger = name.parse().expect(name);
        facts.record(trigger, date.parse().expect(date), Provenance::Column);
    }
    facts
}

/// The answer of rules coded A, B, C...
pub(crate) fn ask(
    facts: &Facts,
    rules: &[&RetentionRule],
    holds: &[HoldOn],
    today: Date,
) -> Evaluation {
    let codes = ["A", "B", "C", "D"];
    let bearings: Vec<Bearing<'_>> =
        codes.into_iter().zip(rules).map(|(code, rule)| Bearing { code, rule }).collect();
    evaluate(facts, &bearings, holds, &Calendar::default(), today)
}
