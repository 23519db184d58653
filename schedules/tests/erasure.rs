//! Early destruction under Art. 17 UK GDPR: what a granted request may set aside,
//! for any rules, facts, holds and days, and what it never does (domain G8, I1, I8).

#[path = "generated/facts.rs"]
#[expect(dead_code, reason = "the laws of evaluation use more of it")]
mod generated;
#[path = "generated/rules.rs"]
mod rules;

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::basis::{BasisCitation, BasisKind, Sets};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::erasure::{
    Decided, Granted, NotGranted, Protected, Ruling, Seat, Signature,
};
use retaind_schedules::evaluation::{
    Bearing, Evaluation, Facts, HoldOn, Outcome, Provenance, evaluate,
};
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::{HoldId, PersonId, RequestItemId};
use retaind_schedules::permit::{Cause, MayGo, Withheld, may_go};
use retaind_schedules::rule::{Maximum, RetentionRule, Rule};
use uuid::Uuid;

const KINDS: [BasisKind; 7] = [
    BasisKind::Statute,
    BasisKind::Regulation,
    BasisKind::Code,
    BasisKind::Limitation,
    BasisKind::Contract,
    BasisKind::BusinessNeed,
    BasisKind::HistoricalValue,
];

/// Those that domain 4.2, G8 lets yield.
const YIELDING: [BasisKind; 3] =
    [BasisKind::Limitation, BasisKind::BusinessNeed, BasisKind::HistoricalValue];

const ITEM: RequestItemId = RequestItemId(Uuid::from_u128(1));
const OTHER: RequestItemId = RequestItemId(Uuid::from_u128(2));
const OWN_HOLD: HoldId = HoldId(Uuid::from_u128(3));

fn signature(person: u128, seat: Seat) -> Signature {
    let person = PersonId(Uuid::from_u128(person));
    Signature { person, seat, digest: "now".to_owned(), may_act: true }
}

fn all_three() -> Vec<Signature> {
    vec![signature(1, Seat::Dpo), signature(2, Seat::Owner), signature(3, Seat::Archivist)]
}

fn decided(signatures: &[Signature]) -> Decided<'_> {
    let items = BTreeSet::from([ITEM]);
    Decided { ruling: Ruling::Granted, hold: Some(OWN_HOLD), items, digest: "now", signatures }
}

fn granted() -> Granted {
    Granted::of(&decided(&all_three())).expect("a decision that stands")
}

fn citation(kind: BasisKind, sets: Sets) -> BasisCitation {
    BasisCitation { kind, citation: "words".to_owned(), sets, checked: None }
}

fn rule(basis: Vec<BasisCitation>) -> RetentionRule {
    RetentionRule {
        minimum: "P7Y after last-modified".parse().expect("a rule"),
        maximum: Maximum::SameAsMinimum,
        action: DisposalAction::Destroy,
        basis,
        justification: None,
    }
}

fn own_need() -> RetentionRule {
    rule(vec![citation(BasisKind::BusinessNeed, Sets::Both)])
}

fn facts() -> Facts {
    let trigger = "last-modified".parse().expect("a trigger");
    Facts::default().with(trigger, date(2024, 5, 1), Provenance::FileTime)
}

const TODAY: Date = date(2026, 11, 23);

fn ask(facts: &Facts, rules: &[RetentionRule], holds: &[HoldOn], today: Date) -> Evaluation {
    evaluate(facts, &bearings(rules), holds, &Calendar::default(), today)
}

fn bearings(rules: &[RetentionRule]) -> Vec<Bearing<'_>> {
    const CODES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
    CODES.iter().zip(rules).map(|(code, rule)| Bearing { code, rule }).collect()
}

/// What the one item may go by, under the one decision.
fn early(rules: &[RetentionRule], facts: &Facts, today: Date) -> Result<MayGo, Withheld> {
    early_by(&granted(), rules, &ask(facts, rules, &[], today), today)
}

fn early_by(
    decision: &Granted,
    rules: &[RetentionRule],
    evaluation: &Evaluation,
    today: Date,
) -> Result<MayGo, Withheld> {
    let bearings = bearings(rules);
    may_go(evaluation, Cause::Erasure { decision, rules: &bearings }, Some(ITEM), today)
}

fn protected(rules: &[RetentionRule]) -> Option<Protected> {
    match early(rules, &facts(), TODAY) {
        Err(Withheld::Protected(why)) => Some(why),
        Ok(MayGo::Early(waiver)) => {
            assert_eq!(waiver.item(), ITEM);
            None
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_takes_the_officer_and_the_owner_two_people_who_signed_what_it_says_now() {
    let two = &all_three()[..2];
    assert!(Granted::of(&decided(two)).is_ok());
    let not_granted = Decided { ruling: Ruling::NotGranted, ..decided(two) };
    assert_eq!(Granted::of(&not_granted), Err(NotGranted::Refused));
    let nothing = Decided { items: BTreeSet::new(), ..decided(two) };
    assert_eq!(Granted::of(&nothing), Err(NotGranted::NoItems));
    let before = Signature { digest: "before".to_owned(), ..signature(2, Seat::Owner) };
    let left = Signature { may_act: false, ..signature(2, Seat::Owner) };
    for signed in [
        vec![],
        vec![signature(1, Seat::Dpo)],
        vec![signature(2, Seat::Owner)],
        vec![signature(1, Seat::Dpo), signature(1, Seat::Owner)],
        vec![signature(1, Seat::Dpo), signature(2, Seat::Archivist)],
        vec![signature(1, Seat::Dpo), before],
        vec![signature(1, Seat::Dpo), left],
    ] {
        assert_eq!(Granted::of(&decided(&signed)), Err(NotGranted::NotSigned), "{signed:?}");
    }
}

#[test]
fn only_the_organisations_own_need_yields_and_historical_value_only_with_the_archivist() {
    for kind in KINDS {
        for sets in [Sets::Minimum, Sets::Both] {
            let rules = [rule(vec![citation(kind, sets)])];
            let expected = (!YIELDING.contains(&kind)).then_some(Protected::Authority);
            assert_eq!(protected(&rules), expected, "{kind:?}");
        }
    }
    let historical = [rule(vec![citation(BasisKind::HistoricalValue, Sets::Both)])];
    let two = Granted::of(&decided(&all_three()[..2])).unwrap();
    let evaluation = ask(&facts(), &historical, &[], TODAY);
    assert_eq!(
        early_by(&two, &historical, &evaluation, TODAY),
        Err(Withheld::Protected(Protected::Historical))
    );
    // The archivist is none of the other two.
    let same = [signature(1, Seat::Dpo), signature(2, Seat::Owner), signature(2, Seat::Archivist)];
    let same = Granted::of(&decided(&same)).unwrap();
    assert!(early_by(&same, &historical, &evaluation, TODAY).is_err());
    assert_eq!(protected(&[rule(Vec::new())]), Some(Protected::Unsaid));
    let maximum_alone = [rule(vec![citation(BasisKind::BusinessNeed, Sets::Maximum)])];
    assert_eq!(protected(&maximum_alone), Some(Protected::Unsaid));
}

#[test]
fn what_is_not_simply_to_be_destroyed_on_a_known_day_is_protected() {
    for action in [DisposalAction::Anonymise, DisposalAction::Review, DisposalAction::Transfer] {
        let other = RetentionRule { action, ..own_need() };
        assert_eq!(protected(&[own_need(), other]), Some(Protected::OtherAction), "{action}");
    }
    let for_ever = RetentionRule { minimum: Rule::Permanent, ..own_need() };
    let kept = RetentionRule { action: DisposalAction::Permanent, ..own_need() };
    let waits = RetentionRule { minimum: "P7Y after case-closed".parse().unwrap(), ..own_need() };
    let shorter = RetentionRule {
        maximum: Maximum::Rule("P1Y after last-modified".parse().unwrap()),
        ..own_need()
    };
    for other in [for_ever, kept, waits, shorter] {
        assert_eq!(
            protected(&[own_need(), other.clone()]),
            Some(Protected::NotSettled),
            "{other:?}"
        );
    }
    assert_eq!(protected(&[]), Some(Protected::NotSettled));
}

#[test]
fn a_decision_about_another_item_or_of_other_rules_lets_nothing_go() {
    let rules = [own_need()];
    let (granted, evaluation) = (granted(), ask(&facts(), &rules, &[], TODAY));
    let bearing = bearings(&rules);
    let cause = Cause::Erasure { decision: &granted, rules: &bearing };
    let not_named = Err(Withheld::Protected(Protected::NotNamed));
    assert_eq!(may_go(&evaluation, cause, Some(OTHER), TODAY), not_named);
    assert_eq!(may_go(&evaluation, cause, None, TODAY), not_named);
    assert_eq!(may_go(&evaluation, Cause::PastMinimum, Some(ITEM), TODAY), not_named);
    assert_eq!(may_go(&evaluation, Cause::PastMinimum, None, TODAY), Err(Withheld::NotDue));
    // Weighed by two rules, of which the caller tells of one.
    let two = [own_need(), rule(vec![citation(BasisKind::Statute, Sets::Both)])];
    let weighed = ask(&facts(), &two, &[], TODAY);
    assert_eq!(
        early_by(&granted, &rules, &weighed, TODAY),
        Err(Withheld::Protected(Protected::NotSettled))
    );
    // Of a list that stands under a decision, what is past its minimum must be named too.
    let over = ask(&facts(), &rules, &[], date(2031, 5, 2));
    assert!(matches!(
        early_by(&granted, &rules, &over, date(2031, 5, 2)),
        Ok(MayGo::PastMinimum(DisposalAction::Destroy))
    ));
    assert_eq!(may_go(&over, cause, Some(OTHER), date(2031, 5, 2)), not_named);
}

#[test]
fn of_all_holds_only_that_of_the_request_itself_is_set_aside() {
    let granted = granted();
    for kind in HoldKind::ALL.iter().copied() {
        let own = kind == HoldKind::ErasureUnderConsideration;
        assert_eq!(granted.sets_aside(OWN_HOLD, kind), own, "{kind}");
        assert!(!granted.sets_aside(HoldId(Uuid::from_u128(9)), kind), "{kind}");
        let held = HoldOn { id: HoldId(Uuid::from_u128(9)), kind };
        let evaluation = ask(&facts(), &[own_need()], &[held], TODAY);
        assert_eq!(
            early_by(&granted, &[own_need()], &evaluation, TODAY),
            Err(Withheld::Protected(Protected::Held)),
            "{kind}"
        );
    }
}

fn any_basis() -> impl Strategy<Value = Vec<BasisCitation>> {
    let sets = prop::sample::select(vec![Sets::Minimum, Sets::Maximum, Sets::Both]);
    // Mostly such as yield, so that much is let go.
    let kind = prop_oneof![
        6 => prop::sample::select(YIELDING.to_vec()),
        1 => prop::sample::select(KINDS.to_vec()),
    ];
    prop::collection::vec((kind, sets).prop_map(|(kind, sets)| citation(kind, sets)), 0..4)
}

fn any_line() -> impl Strategy<Value = RetentionRule> {
    let action = prop_oneof![
        12 => Just(DisposalAction::Destroy),
        1 => Just(DisposalAction::Anonymise),
        1 => Just(DisposalAction::Review),
        1 => Just(DisposalAction::Transfer),
        1 => Just(DisposalAction::Permanent),
    ];
    // Mostly such as count from what is mostly known.
    let plain = (5_u16..80).prop_map(|years| {
        format!("P{years}Y after last-modified").parse::<Rule>().expect("a rule")
    });
    let minimum = prop_oneof![4 => plain, 1 => rules::rule()];
    (minimum, action, any_basis()).prop_map(|(minimum, action, basis)| RetentionRule {
        minimum,
        action,
        ..rule(basis)
    })
}

fn any_lines() -> impl Strategy<Value = Vec<RetentionRule>> {
    prop::collection::vec(any_line(), 0..4)
}

fn any_facts() -> impl Strategy<Value = Facts> {
    generated::facts(generated::day(1971, 2015))
}

fn is_early(gone: &Result<MayGo, Withheld>) -> bool {
    matches!(gone, Ok(MayGo::Early(_)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    /// I1: a minimum whose basis is a law, a contract or a code is never overridden,
    /// and I8: nor is a rule that asks for anything but destruction.
    #[test]
    fn no_authority_and_no_other_action_ever_yields(
        lines in any_lines(), facts in any_facts(), today in generated::day(2016, 2040),
    ) {
        if is_early(&early(&lines, &facts, today)) {
            for line in &lines {
                prop_assert_eq!(line.action, DisposalAction::Destroy);
                let mut fixing = line.basis.iter().filter(|one| one.sets != Sets::Maximum).peekable();
                prop_assert!(fixing.peek().is_some());
                prop_assert!(fixing.all(|one| YIELDING.contains(&one.kind)));
            }
            prop_assert_eq!(ask(&facts, &lines, &[], today).outcome, Outcome::NotDue);
        }
    }

    /// A further citation, a further rule or a hold never lets an item go that did
    /// not go without, and without a decision nothing goes early.
    #[test]
    fn nothing_added_ever_lets_an_item_go_sooner(
        lines in any_lines(), facts in any_facts(), today in generated::day(2016, 2040),
        extra in any_line(), kind in prop::sample::select(KINDS.to_vec()), at in 0..4_usize,
        hold in prop::sample::select(HoldKind::ALL.to_vec()),
    ) {
        let before = early(&lines, &facts, today);
        let mut more = lines.clone();
        more.push(extra);
        prop_assume!(!lines.is_empty());
        prop_assert!(before.is_ok() || early(&more, &facts, today).is_err());

        // What had no footing may gain one: that was never leave before, and is
        // only ever the organisation's own.
        let mut cited = lines.clone();
        let place = at % cited.len();
        let had_footing = cited[place].basis.iter().any(|one| one.sets != Sets::Maximum);
        cited[place].basis.push(citation(kind, Sets::Both));
        let after = early(&cited, &facts, today);
        if had_footing {
            prop_assert!(before.is_ok() || after.is_err());
        }
        if !YIELDING.contains(&kind) {
            prop_assert!(!is_early(&after));
        }

        let held = [HoldOn { id: HoldId(Uuid::from_u128(9)), kind: hold }];
        let under_hold = ask(&facts, &lines, &held, today);
        prop_assert!(early_by(&granted(), &lines, &under_hold, today).is_err());

        let plain = may_go(&ask(&facts, &lines, &[], today), Cause::PastMinimum, None, today);
        prop_assert!(!is_early(&plain));
        prop_assert!(plain.is_err() || before.is_ok());
    }
}

/// The laws above would hold of decisions under which nothing ever goes.
#[test]
fn the_laws_are_asked_of_much_that_goes_early() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut went = 0;
    for _ in 0..2000 {
        let lines = any_lines().new_tree(&mut runner).expect("lines").current();
        let facts = any_facts().new_tree(&mut runner).expect("facts").current();
        went += usize::from(is_early(&early(&lines, &facts, date(2020, 1, 1))));
    }
    assert!(went >= 50, "{went}");
}
