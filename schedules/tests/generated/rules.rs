//! Rules for property tests.

use proptest::prelude::*;
use retaind_schedules::calendar::Alignment;
use retaind_schedules::period::Period;
use retaind_schedules::rule::{Condition, Leaf, Rule, Several};
use retaind_schedules::trigger::{EventName, Trigger};

pub(crate) fn period() -> impl Strategy<Value = Period> {
    let parts = (0_u16..30, 0_u16..30, 0_u16..60, 0_u16..400);
    let short = (0_u16..15, Just(0_u16), Just(0_u16), Just(0_u16));
    let whole_years = (0_u16..110, Just(0_u16), Just(0_u16), Just(0_u16));
    prop_oneof![3 => short, 1 => whole_years, 1 => parts]
        .prop_filter_map("within the limit", |(y, m, w, d)| Period::new(y, m, w, d))
}

/// A few triggers, so that generated facts and rules meet.
pub(crate) const TRIGGERS: &[&str] = &[
    "created",
    "last-modified",
    "case-closed",
    "date-of-birth",
    "date-of-death",
    "contract-ended",
    "event:lease-granted",
];

pub(crate) fn trigger() -> impl Strategy<Value = Trigger> {
    prop::sample::select(TRIGGERS).prop_map(|name| name.parse().expect(name))
}

pub(crate) fn alignment() -> impl Strategy<Value = Option<Alignment>> {
    prop_oneof![2 => Just(None), 1 => prop::sample::select(Alignment::ALL.to_vec()).prop_map(Some)]
}

pub(crate) fn leaf() -> impl Strategy<Value = Leaf> {
    (period(), trigger(), alignment(), alignment()).prop_map(
        |(period, trigger, from_end_of, to_end_of)| Leaf {
            period,
            trigger,
            from_end_of,
            to_end_of,
        },
    )
}

fn several(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Several> {
    prop::collection::vec(rule, 2..4).prop_filter_map("two or more", Several::new)
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let simple = prop_oneof![
        20 => leaf().prop_map(Rule::After),
        3 => trigger().prop_map(Rule::Until),
        1 => Just(Rule::With(EventName::slug("consent form").expect("a name"))),
        1 => Just(Rule::Permanent),
        1 => Just(Rule::Prohibited),
    ];
    simple.prop_recursive(4, 16, 3, |rule| {
        prop_oneof![
            several(rule.clone()).prop_map(Rule::LaterOf),
            several(rule.clone()).prop_map(Rule::EarlierOf),
            (trigger(), leaf(), rule.clone(), rule).prop_map(|(event, limit, then, otherwise)| {
                Rule::If(Box::new(Condition { event, limit, then, otherwise }))
            }),
        ]
    })
}
