//! The acceptance stories that turn on dates alone, with their very dates.

use jiff::civil::{Date, date};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::{Alignment, Calendar, london_date};
use retaind_schedules::evaluation::{
    Bearing, DueDate, Evaluation, Facts, Outcome, Provenance, evaluate,
};
use retaind_schedules::period::Period;
use retaind_schedules::rule::{Condition, Leaf, Maximum, RetentionRule, Rule};
use retaind_schedules::trigger::Trigger;

/// A Monday.
const TODAY: Date = date(2026, 11, 23);

const DUE: Outcome = Outcome::Due { action: DisposalAction::Destroy };

fn leaf(years: u16, trigger: Trigger) -> Leaf {
    Leaf::new(Period::years(years).expect("a period in years"), trigger)
}

fn after(years: u16, trigger: Trigger) -> Rule {
    Rule::After(leaf(years, trigger))
}

fn destroy(minimum: Rule) -> RetentionRule {
    RetentionRule {
        minimum,
        maximum: Maximum::SameAsMinimum,
        action: DisposalAction::Destroy,
        basis: Vec::new(),
        justification: Some("the stories".to_owned()),
    }
}

fn facts(dates: &[(Trigger, Date)]) -> Facts {
    let mut facts = Facts::default();
    for (trigger, date) in dates {
        facts.record(trigger.clone(), *date, Provenance::Column);
    }
    facts
}

fn of(rule: &Rule, dates: &[(Trigger, Date)]) -> Evaluation {
    let rule = destroy(rule.clone());
    let bearing = Bearing { code: "ONE", rule: &rule };
    evaluate(&facts(dates), &[bearing], &[], &Calendar::default(), TODAY)
}

/// What the rule says of these dates: the last day, and what becomes of it today.
fn assert_last_day(rule: &Rule, dates: &[(Trigger, Date)], last: Date, outcome: &Outcome) {
    let evaluation = of(rule, dates);
    assert_eq!((evaluation.due, &evaluation.outcome), (DueDate::On(last), outcome), "{rule}");
}

#[test]
fn story_2_the_edges_of_the_financial_year() {
    let rule = Rule::After(leaf(6, Trigger::LastModified).from_end_of(Alignment::FinancialYearEnd));
    let london = |instant: &str| london_date(instant.parse().unwrap());
    for (modified, last, outcome) in [
        (date(2019, 5, 14), date(2026, 3, 31), DUE),
        (london("2020-03-31T22:30:00Z"), date(2026, 3, 31), DUE),
        (london("2020-03-31T23:30:00Z"), date(2027, 3, 31), Outcome::NotDue),
    ] {
        assert_last_day(&rule, &[(Trigger::LastModified, modified)], last, &outcome);
    }
    let rule = destroy(rule);
    let known = facts(&[(Trigger::LastModified, date(2019, 5, 14))]);
    for (today, outcome) in [(date(2026, 3, 31), Outcome::NotDue), (date(2026, 4, 1), DUE)] {
        let bearing = Bearing { code: "FIN", rule: &rule };
        let evaluation = evaluate(&known, &[bearing], &[], &Calendar::default(), today);
        assert_eq!(evaluation.outcome, outcome, "{today}");
    }
}

#[test]
fn story_3_birthdays_and_leap_days() {
    let born = Trigger::DateOfBirth;
    let made = Trigger::Created;
    let academic = Rule::After(leaf(1, made.clone()).from_end_of(Alignment::AcademicYearEnd));
    let tax = Rule::After(leaf(3, made.clone()).from_end_of(Alignment::TaxYearEnd));
    for (rule, trigger, start, last, outcome) in [
        (after(25, born.clone()), &born, date(2001, 11, 21), date(2026, 11, 21), DUE),
        (after(25, born.clone()), &born, date(2000, 2, 29), date(2025, 3, 1), DUE),
        (after(75, born.clone()), &born, date(1951, 11, 23), TODAY, Outcome::NotDue),
        (academic.clone(), &made, date(2024, 9, 1), date(2026, 8, 31), DUE),
        (academic, &made, date(2024, 8, 31), date(2025, 8, 31), DUE),
        (tax.clone(), &made, date(2022, 4, 6), date(2026, 4, 5), DUE),
        (tax, &made, date(2022, 4, 5), date(2025, 4, 5), DUE),
    ] {
        assert_last_day(&rule, &[(trigger.clone(), start)], last, &outcome);
    }
}

fn looked_after(years_from_birth: u16, years_from_death: u16) -> Rule {
    Rule::If(Box::new(Condition {
        event: Trigger::DateOfDeath,
        limit: leaf(18, Trigger::DateOfBirth),
        then: after(years_from_death, Trigger::DateOfDeath),
        otherwise: after(years_from_birth, Trigger::DateOfBirth),
    }))
}

#[test]
fn story_4_looked_after_children() {
    let rule = looked_after(75, 15);
    let born = |date| (Trigger::DateOfBirth, date);
    let died = |date| (Trigger::DateOfDeath, date);
    assert_last_day(&rule, &[born(date(1951, 3, 9))], date(2026, 3, 9), &DUE);
    assert_last_day(
        &rule,
        &[born(date(2000, 2, 29)), died(date(2016, 6, 1))],
        date(2031, 6, 1),
        &Outcome::NotDue,
    );
    assert_last_day(
        &rule,
        &[born(date(1998, 1, 10)), died(date(2016, 1, 10))],
        date(2073, 1, 10),
        &Outcome::NotDue,
    );
    let unborn = of(&rule, &[died(date(2016, 1, 10))]);
    assert_eq!(unborn.outcome, Outcome::AwaitingTrigger { triggers: vec![Trigger::DateOfBirth] });
    assert_eq!(unborn.due, DueDate::Unknown);
}

#[test]
fn story_4_the_same_children_in_scotland() {
    let rule = looked_after(100, 25);
    let born = (Trigger::DateOfBirth, date(1951, 3, 9));
    assert_last_day(&rule, &[born], date(2051, 3, 9), &Outcome::NotDue);
}

#[test]
fn story_5_later_earlier_longest() {
    let allegation: Trigger = "event:allegation".parse().unwrap();
    let later = Rule::later_of(after(67, Trigger::DateOfBirth), after(10, allegation.clone()));
    let dates = [(Trigger::DateOfBirth, date(1966, 7, 4)), (allegation, date(2014, 10, 1))];
    assert_last_day(&later, &dates, date(2033, 7, 4), &Outcome::NotDue);

    let earlier = Rule::earlier_of(after(3, Trigger::DateOfDeath), after(80, Trigger::LastAction));
    let entry = (Trigger::LastAction, date(1990, 1, 15));
    let death = (Trigger::DateOfDeath, date(2023, 5, 2));
    assert_last_day(&earlier, &[death, entry.clone()], date(2026, 5, 2), &DUE);
    assert_last_day(&earlier, &[entry], date(2070, 1, 15), &Outcome::NotDue);
}

#[test]
fn story_5_the_longest_of_two_schedules_governs_and_is_named() {
    let six = destroy(Rule::After(
        leaf(6, Trigger::LastModified).from_end_of(Alignment::FinancialYearEnd),
    ));
    let birth = destroy(after(25, Trigger::DateOfBirth));
    let known = facts(&[
        (Trigger::LastModified, date(2019, 5, 14)),
        (Trigger::DateOfBirth, date(2006, 6, 30)),
    ]);
    let rules = [Bearing { code: "FIN-6", rule: &six }, Bearing { code: "CHILD-25", rule: &birth }];
    let evaluation = evaluate(&known, &rules, &[], &Calendar::default(), TODAY);
    assert_eq!(evaluation.outcome, Outcome::NotDue);
    assert_eq!(evaluation.due, DueDate::On(date(2031, 6, 30)));
    assert_eq!(evaluation.governing.as_deref(), Some("CHILD-25"));
}

/// The unit's facts: its members joined, then what is recorded of the whole.
#[test]
fn story_17_the_case_file_is_the_unit() {
    let rule = Rule::After(leaf(6, Trigger::CaseClosed).from_end_of(Alignment::FinancialYearEnd));
    let closed = (Trigger::CaseClosed, date(2019, 8, 12));
    assert_last_day(&rule, &[closed], date(2026, 3, 31), &DUE);

    let modified = destroy(Rule::After(
        leaf(6, Trigger::LastModified).from_end_of(Alignment::FinancialYearEnd),
    ));
    let mut unit = facts(&[(Trigger::LastModified, date(2019, 8, 12))]);
    for member in 0..64 {
        let changed = if member == 40 { date(2021, 1, 5) } else { date(2019, 8, 12) };
        unit.join(&facts(&[(Trigger::LastModified, changed)]));
    }
    let bearing = Bearing { code: "CASE", rule: &modified };
    let evaluation = evaluate(&unit, &[bearing], &[], &Calendar::default(), TODAY);
    assert!(unit.members_differ);
    assert_eq!(evaluation.due, DueDate::On(date(2027, 3, 31)));
    assert_eq!(evaluation.outcome, Outcome::NotDue);
}
