//! The laws of evaluation, for any rules, facts, holds and days.

#[path = "generated/facts.rs"]
mod generated;
#[path = "generated/rules.rs"]
mod rules;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::{Calendar, CurrentYear};
use retaind_schedules::evaluation::{
    Bearing, Doubt, DueDate, Evaluation, Facts, HoldOn, Outcome, Provenance, Resolution, due_date,
    evaluate,
};
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::HoldId;
use retaind_schedules::period::Rounding;
use retaind_schedules::rule::{Maximum, RetentionRule, Rule, Several};
use retaind_schedules::trigger::{EventName, Trigger};
use uuid::Uuid;

/// The municipal year is not set, so that some rules cannot be evaluated.
fn calendar() -> Calendar {
    Calendar { current_year: Some(CurrentYear::Financial), ..Calendar::default() }
}

fn action() -> impl Strategy<Value = DisposalAction> {
    prop_oneof![
        6 => Just(DisposalAction::Destroy),
        2 => Just(DisposalAction::Anonymise),
        2 => Just(DisposalAction::Review),
        2 => Just(DisposalAction::Transfer),
        1 => Just(DisposalAction::Permanent),
    ]
}

fn maximum() -> impl Strategy<Value = Maximum> {
    prop_oneof![
        5 => Just(Maximum::SameAsMinimum),
        1 => rules::rule().prop_map(Maximum::Rule),
        1 => Just(Maximum::None { reason: "history".to_owned() }),
    ]
}

fn line() -> impl Strategy<Value = RetentionRule> {
    (rules::rule(), maximum(), action()).prop_map(|(minimum, maximum, action)| RetentionRule {
        minimum,
        maximum,
        action,
        basis: Vec::new(),
        justification: None,
    })
}

fn lines() -> impl Strategy<Value = Vec<RetentionRule>> {
    prop_oneof![1 => Just(Vec::new()), 15 => prop::collection::vec(line(), 1..4)]
}

/// Any facts, a unit's among them.
fn facts() -> impl Strategy<Value = Facts> {
    prop_oneof![
        9 => facts_of_one(),
        1 => (facts_of_one(), facts_of_one()).prop_map(|(mut unit, member)| {
            unit.join(&member);
            unit
        }),
    ]
}

/// Any facts: dates true and untrue, unreadable ones, linked items.
fn facts_of_one() -> impl Strategy<Value = Facts> {
    let unreadable = prop::option::weighted(0.1, rules::trigger());
    let sources = prop::sample::select(vec![Provenance::FileTime, Provenance::Path]);
    let second =
        prop::option::weighted(0.3, (rules::trigger(), generated::day(1969, 2027), sources));
    let days = prop_oneof![30 => generated::day(1971, 2015), 1 => generated::day(1890, 2030)];
    let related = prop::option::of(prop_oneof![
        Just(DueDate::Unknown),
        Just(DueDate::Never),
        Just(DueDate::AtOnce),
        generated::day(1990, 2050).prop_map(DueDate::On),
    ]);
    (generated::facts(days), unreadable, second, related, prop::bool::weighted(0.1)).prop_map(
        |(mut facts, unreadable, second, related, members_differ)| {
            if let Some(trigger) = unreadable {
                facts.record_unreadable(trigger, Provenance::Sidecar);
            }
            if let Some((trigger, date, from)) = second {
                facts.record(trigger, date, from);
            }
            let relation = EventName::slug("consent form").expect("a name");
            facts.related.extend(related.map(|due| (relation, due)));
            facts.members_differ = members_differ;
            facts
        },
    )
}

fn any_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        14 => generated::day(2016, 2050),
        1 => generated::day(1, 9999),
        1 => prop::sample::select(vec![Date::MIN, Date::MAX, Date::ZERO]),
    ]
}

fn hold() -> HoldOn {
    HoldOn { id: HoldId(Uuid::nil()), kind: HoldKind::LegalHold }
}

fn ask(facts: &Facts, lines: &[RetentionRule], holds: &[HoldOn], today: Date) -> Evaluation {
    let codes: Vec<String> = (0..lines.len()).map(|number| format!("T{number}")).collect();
    let bearings: Vec<Bearing<'_>> =
        codes.iter().zip(lines).map(|(code, rule)| Bearing { code, rule }).collect();
    evaluate(facts, &bearings, holds, &calendar(), today)
}

fn is_due(evaluation: &Evaluation) -> bool {
    matches!(evaluation.outcome, Outcome::Due { .. })
}

fn is_past_but_limited(evaluation: &Evaluation, today: Date) -> bool {
    let limited = matches!(
        evaluation.outcome,
        Outcome::CannotEvaluate { doubt: Doubt::MaximumBeforeMinimum { .. } }
    );
    limited && evaluation.due.is_past(today)
}

fn resolve(rule: &Rule, facts: &Facts, today: Date) -> Result<Resolution, Doubt> {
    due_date(rule, facts, &calendar(), today, Rounding::Keep)
}

fn settled(rule: &Rule, facts: &Facts, today: Date) -> Option<DueDate> {
    match resolve(rule, facts, today) {
        Ok(Resolution::Due(due)) => Some(due),
        Ok(Resolution::Awaiting(_)) | Err(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// I1, and totality: there is an answer for every input.
    #[test]
    fn nothing_is_due_on_or_before_any_minimums_last_day(
        lines in lines(), facts in facts(), today in any_day(),
    ) {
        let evaluation = ask(&facts, &lines, &[], today);
        if is_due(&evaluation) {
            for line in &lines {
                let minimum = settled(&line.minimum, &facts, today);
                prop_assert!(minimum.is_some_and(|due| due.is_past(today)), "{}", line.minimum);
            }
        }
    }

    /// I8.
    #[test]
    fn what_any_rule_keeps_for_ever_is_never_due(
        mut lines in lines(), line in line(), place in 0..4_usize, facts in facts(),
        today in any_day(), by_action in any::<bool>(),
    ) {
        let permanent = if by_action {
            RetentionRule { action: DisposalAction::Permanent, ..line }
        } else {
            RetentionRule { minimum: Rule::Permanent, ..line }
        };
        lines.insert(place.min(lines.len()), permanent);
        prop_assert_eq!(ask(&facts, &lines, &[], today).outcome, Outcome::Permanent);
    }

    /// I8: an action is never less protective than any of the rules'.
    #[test]
    fn no_rule_is_denied_its_more_protective_action(
        lines in lines(), facts in facts(), today in any_day(),
    ) {
        if let Outcome::Due { action } = ask(&facts, &lines, &[], today).outcome {
            prop_assert!(lines.iter().all(|line| line.action <= action));
        }
    }

    /// I9 and I10: without every date it needs, an item is not due.
    #[test]
    fn what_is_not_known_is_never_due(lines in lines(), facts in facts(), today in any_day()) {
        let unsettled = lines.iter().any(|line| settled(&line.minimum, &facts, today).is_none());
        if unsettled || lines.is_empty() {
            prop_assert!(!is_due(&ask(&facts, &lines, &[], today)));
        }
        let knows_nothing = ask(&Facts::default(), &lines, &[], today);
        let prohibited = knows_nothing.due == DueDate::AtOnce;
        prop_assert!(prohibited || !is_due(&knows_nothing));
    }

    /// I11.
    #[test]
    fn another_branch_never_shortens_later_of_nor_lengthens_earlier_of(
        one in rules::rule(), two in rules::rule(), more in rules::rule(), facts in facts(),
        today in any_day(),
    ) {
        let several = |rules: &[&Rule]| {
            Several::new(rules.iter().map(|rule| (*rule).clone()).collect()).expect("two or more")
        };
        let (few, many) = (several(&[&one, &two]), several(&[&one, &two, &more]));
        let later = |rules: &Several| settled(&Rule::LaterOf(rules.clone()), &facts, today);
        if let (Some(before), Some(after)) = (later(&few), later(&many)) {
            prop_assert!(after >= before);
        }
        let earlier = |rules: &Several| settled(&Rule::EarlierOf(rules.clone()), &facts, today);
        if let (Some(before), Some(after)) = (earlier(&few), earlier(&many)) {
            prop_assert!(after <= before);
        }
    }

    /// I11.
    #[test]
    fn an_extra_rule_or_a_hold_never_makes_an_item_due_sooner(
        mut lines in lines(), extra in line(), facts in facts(), today in any_day(),
    ) {
        prop_assume!(!lines.is_empty());
        let before = ask(&facts, &lines, &[], today);
        prop_assert!(!is_due(&ask(&facts, &lines, &[hold()], today)));
        lines.push(extra);
        let after = ask(&facts, &lines, &[], today);
        prop_assert!(!is_due(&after) || is_due(&before));
    }

    /// I6: the same arguments give the same answer, in memory and from its JSON.
    #[test]
    fn an_evaluation_replays(lines in lines(), facts in facts(), today in any_day()) {
        let evaluation = ask(&facts, &lines, &[hold()], today);
        let stored = serde_json::to_string(&facts).expect("serialisable");
        let again: Facts = serde_json::from_str(&stored).expect("readable");
        prop_assert_eq!(ask(&again, &lines, &[hold()], today), evaluation);
    }

    #[test]
    fn once_due_an_item_stays_due_as_days_pass(
        lines in lines(), facts in facts(), today in generated::day(2020, 2120), days in 0..4000_i64,
    ) {
        if is_due(&ask(&facts, &lines, &[], today)) {
            let later = today.saturating_add(days.days());
            prop_assert!(is_due(&ask(&facts, &lines, &[], later)));
        }
    }

    /// Without an `if`, a later date of any trigger never makes an item due sooner.
    #[test]
    fn a_later_date_never_makes_a_plain_rule_due_sooner(
        rule in rules::rule(), facts in facts(), trigger in rules::trigger(), days in 0..9000_i64,
        today in any_day(),
    ) {
        let Some(date) = generated::date_in(&facts, &trigger) else { return Ok(()) };
        if rule.has_condition() {
            return Ok(());
        }
        let mut moved = facts.clone();
        moved.dates.remove(&trigger);
        moved.record(trigger, date.saturating_add(days.days()), Provenance::Column);
        if let (Some(before), Some(after)) =
            (settled(&rule, &facts, today), settled(&rule, &moved, today))
        {
            prop_assert!(after >= before, "{rule}");
        }
    }

    /// I12: a unit is due only where each of its members would be. Whether a
    /// maximum lies before a minimum is asked of the unit's dates alone.
    #[test]
    fn a_unit_is_never_due_before_its_members(
        lines in lines(), members in prop::collection::vec(facts(), 1..4), today in any_day(),
    ) {
        let mut unit = members[0].clone();
        members[1..].iter().for_each(|member| unit.join(member));
        if is_due(&ask(&unit, &lines, &[], today)) {
            for member in &members {
                let evaluation = ask(member, &lines, &[], today);
                prop_assert!(is_due(&evaluation) || is_past_but_limited(&evaluation, today));
            }
        }
    }
}

/// The laws above would hold of evaluations that never decide anything.
#[test]
fn the_laws_are_asked_of_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..2000 {
        let mut sample = |held: bool| {
            let lines = lines().new_tree(&mut runner).expect("lines").current();
            let facts = facts().new_tree(&mut runner).expect("facts").current();
            let today = any_day().new_tree(&mut runner).expect("a day").current();
            let holds: &[HoldOn] = if held { &[hold()] } else { &[] };
            *seen.entry(kind(&ask(&facts, &lines, holds, today).outcome)).or_default() += 1;
        };
        sample(false);
        sample(true);
    }
    for kind in ["cannot-evaluate", "awaiting", "not-due", "due", "held", "permanent"] {
        assert!(seen.get(kind).is_some_and(|times| *times >= 50), "{kind}: {seen:?}");
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Unmapped => "unmapped",
        Outcome::CannotEvaluate { .. } => "cannot-evaluate",
        Outcome::AwaitingTrigger { .. } => "awaiting",
        Outcome::NotDue => "not-due",
        Outcome::Due { .. } => "due",
        Outcome::Held { .. } => "held",
        Outcome::Permanent => "permanent",
    }
}

#[test]
fn a_rule_that_is_deeper_than_any_text_still_has_an_answer() {
    let mut rule = Rule::Until(Trigger::Created);
    for _ in 0..200 {
        rule = Rule::later_of(rule.clone(), Rule::Prohibited);
    }
    let facts =
        Facts::default().with(Trigger::Created, jiff::civil::date(2001, 1, 1), Provenance::Path);
    let today = jiff::civil::date(2001, 1, 2);
    assert_eq!(settled(&rule, &facts, today), Some(DueDate::On(jiff::civil::date(2001, 1, 1))));
}
