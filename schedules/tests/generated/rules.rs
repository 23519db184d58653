//! Rules for property tests.

use proptest::prelude::*;
use retaind_schedules::calendar::Alignment;
use retaind_schedules::period::Period;
use retaind_schedules::rule::{Condition, Leaf, Rule, Several};
use retaind_schedules::trigger::{EventName, Trigger};

pub(crate) fn period() -> impl Strategy<Value = Period> {
    let parts = (0_u16..120, 0_u16..30, 0_u16..60, 0_u16..400);
    let whole_years = (0_u16..110, Just(0_u16), Just(0_u16), Just(0_u16));
    prop_oneof![whole_years, parts]
        .prop_filter_map("within the limit", |(y, m, w, d)| Period::new(y, m, w, d))
}

/// A few of them, so that generated facts and rules meet.
pub(crate) fn trigger() -> impl Strategy<Value = Trigger> {
    prop::sample::select(vec![
        Trigger::Created,
        Trigger::LastModified,
        Trigger::CaseClosed,
        Trigger::DateOfBirth,
        Trigger::DateOfDeath,
        Trigger::ContractEnded,
        Trigger::Event(EventName::slug("lease granted").expect("a name")),
    ])
}

pub(crate) fn alignment() -> impl Strategy<Value = Option<Alignment>> {
    prop_oneof![Just(None), prop::sample::select(Alignment::ALL.to_vec()).prop_map(Some)]
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
        6 => leaf().prop_map(Rule::After),
        1 => trigger().prop_map(Rule::Until),
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
