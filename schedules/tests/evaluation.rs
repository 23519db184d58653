//! What evaluation answers: the date rules, several rules at once, holds,
//! limits, and every way of not knowing.

mod support;

use jiff::civil::{Date, date};
use retaind_schedules::action::DisposalAction::{self, Anonymise, Destroy, Review, Transfer};
use retaind_schedules::calendar::{Alignment, Calendar};
use retaind_schedules::evaluation::{
    Bearing, Doubt, DueDate, EPOCH, Facts, Flag, HoldOn, Outcome, Provenance, Reason, Resolution,
    due_date, evaluate, is_plausible, plausible,
};
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::{EventId, HoldId};
use retaind_schedules::period::Rounding;
use retaind_schedules::rule::{Maximum, RetentionRule, Rule};
use retaind_schedules::trigger::{EventName, Trigger};
use support::{ask, facts, line};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 23);

fn foi() -> HoldOn {
    HoldOn { id: HoldId(Uuid::from_u128(7)), kind: HoldKind::Foi }
}

/// A rule with a maximum of its own.
fn limited(minimum: &str, maximum: &str, action: DisposalAction) -> RetentionRule {
    let maximum = Maximum::Rule(maximum.parse().expect(maximum));
    RetentionRule { maximum, ..line(minimum, action) }
}

fn on(text: &str) -> DueDate {
    DueDate::On(text.parse().expect(text))
}

/// The rule on these facts, as of today.
fn resolve(rule: &str, known: &Facts) -> Result<Resolution, Doubt> {
    let rule: Rule = rule.parse().expect(rule);
    due_date(&rule, known, &Calendar::default(), TODAY, Rounding::Keep)
}

/// A row for each line of the table of worked examples, and for what the lines
/// leave open.
#[test]
fn the_worked_examples_end_where_they_should() {
    for (rule, known, last) in [
        ("P6Y after financial-year-end of last-modified", "last-modified 2019-05-14", "2026-03-31"),
        ("P25Y after date-of-birth", "date-of-birth 2001-11-21", "2026-11-21"),
        ("P100Y after order-made", "order-made 1926-11-22", "2026-11-22"),
        (
            "earlier-of(P3Y after date-of-death, P80Y after last-action)",
            "date-of-death 2023-05-02, last-action 1990-01-15",
            "2026-05-02",
        ),
        (
            "earlier-of(P3Y after date-of-death, P80Y after last-action)",
            "last-action 1990-01-15",
            "2070-01-15",
        ),
        (
            "later-of(P18Y after date-of-birth, P3Y after last-action)",
            "date-of-birth 2000-02-29, last-action 2014-06-01",
            "2018-03-01",
        ),
        (
            "later-of(P18Y after date-of-birth, P3Y after last-action)",
            "date-of-birth 2000-02-29, last-action 2016-06-01",
            "2019-06-01",
        ),
        ("P1Y after academic-year-end of created", "created 2024-09-01", "2026-08-31"),
        ("P6Y after financial-year-end of created", "created 2020-04-01", "2027-03-31"),
        ("P6Y after calendar-year-end of created", "created 2020-04-01", "2026-12-31"),
        ("P35Y after last-contact", "last-contact 1991-11-23", "2026-11-23"),
        // The cut-off and the offset agree for whole years and differ for months.
        ("P6M after financial-year-end of created", "created 2019-05-14", "2020-10-01"),
        ("P6M after created to financial-year-end", "created 2019-05-14", "2020-03-31"),
        ("until superseded", "superseded 2026-02-01", "2026-02-01"),
        ("P0D after superseded", "superseded 2026-02-01", "2026-02-01"),
        ("P2W after case-closed", "case-closed 2026-11-09", "2026-11-23"),
    ] {
        let resolution = resolve(rule, &facts(known));
        assert_eq!(resolution, Ok(Resolution::Due(on(last))), "{rule} of {known}");
    }
}

#[test]
fn an_item_is_eligible_the_day_after_its_due_date_and_not_on_it() {
    let rule = line("P1Y after created", Destroy);
    let known = facts("created 2025-11-23");
    for (today, outcome) in
        [(TODAY, Outcome::NotDue), (date(2026, 11, 24), Outcome::Due { action: Destroy })]
    {
        assert_eq!(ask(&known, &[&rule], &[], today).outcome, outcome, "{today}");
    }
}

#[test]
fn what_is_not_recorded_is_awaited_by_name() {
    for (rule, known, awaited) in [
        ("P6Y after case-closed", "", "case-closed"),
        ("until superseded", "created 2001-01-01", "superseded"),
        ("later-of(P1Y after created, P1Y after case-closed)", "created 2001-01-01", "case-closed"),
        (
            "earlier-of(P1Y after paid, P1Y after date-of-death, P2Y after paid)",
            "",
            "date-of-death paid",
        ),
        (
            "if(date-of-death before P18Y after date-of-birth, P1Y after created, P1Y after created)",
            "created 2001-01-01",
            "date-of-birth",
        ),
    ] {
        let mut triggers: Vec<Trigger> =
            awaited.split(' ').map(|name| name.parse().expect(name)).collect();
        triggers.sort();
        let evaluation = ask(&facts(known), &[&line(rule, Destroy)], &[], TODAY);
        assert_eq!(evaluation.outcome, Outcome::AwaitingTrigger { triggers }, "{rule}");
        assert_eq!(evaluation.due, DueDate::Unknown, "{rule}");
    }
}

#[test]
fn permanent_absorbs_whatever_stands_beside_it() {
    let mut known = facts("created 1999-01-01");
    known.record_unreadable(Trigger::CaseClosed, Provenance::Column);
    let past = line("P1Y after created", Destroy);
    for minimum in [
        "permanent",
        "later-of(P1Y after created, permanent)",
        "later-of(permanent, P1Y after case-closed, P1Y after paid)",
        "earlier-of(permanent, P3Y after date-of-death)",
    ] {
        let evaluation = ask(&known, &[&past, &line(minimum, Destroy)], &[], TODAY);
        assert_eq!(evaluation.outcome, Outcome::Permanent, "{minimum}");
        assert_eq!(evaluation.due, DueDate::Never, "{minimum}");
        assert_eq!(evaluation.governing.as_deref(), Some("B"), "{minimum}");
    }
    let by_action = line("P1Y after created", DisposalAction::Permanent);
    let evaluation = ask(&known, &[&past, &by_action], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::Permanent);
}

#[test]
fn an_unreadable_date_is_a_doubt_even_where_another_branch_is_known() {
    let mut known = facts("created 1999-01-01");
    known.record_unreadable(Trigger::DateOfDeath, Provenance::Sidecar);
    for rule in [
        "P3Y after date-of-death",
        "earlier-of(P1Y after created, P3Y after date-of-death)",
        "later-of(P1Y after created, P3Y after date-of-death)",
        "if(date-of-death before P1Y after created, P1Y after created, P1Y after created)",
    ] {
        let doubt = Doubt::UnreadableDate { trigger: Trigger::DateOfDeath };
        let evaluation = ask(&known, &[&line(rule, Destroy)], &[], TODAY);
        assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt }, "{rule}");
    }
    let unasked = ask(&known, &[&line("P1Y after created", Destroy)], &[], TODAY);
    assert_eq!(unasked.outcome, Outcome::Due { action: Destroy }, "a date nobody asks for");
}

#[test]
fn the_epoch_is_in_doubt_but_as_a_birthday_or_where_a_person_recorded_it() {
    let event = Provenance::Event(EventId(Uuid::nil()));
    for (trigger, from, believed) in [
        (Trigger::CaseClosed, Provenance::Column, false),
        (Trigger::Created, Provenance::Path, false),
        (Trigger::DateOfBirth, Provenance::Column, true),
        (Trigger::DateOfDeath, Provenance::Sidecar, true),
        (Trigger::CaseClosed, event, true),
    ] {
        assert_eq!(is_plausible(&trigger, from, EPOCH, TODAY), believed, "{trigger}");
        let the_day_after = EPOCH.tomorrow().expect("a day");
        assert!(is_plausible(&trigger, from, the_day_after, TODAY), "{trigger}");
    }
}

#[test]
fn dates_that_cannot_be_true_are_in_doubt_at_either_end() {
    let event = Provenance::Event(EventId(Uuid::nil()));
    for (trigger, from, first, last) in [
        (Trigger::DateOfBirth, Provenance::Column, date(1900, 1, 1), date(2026, 11, 24)),
        (Trigger::DateOfBirth, event, date(1900, 1, 1), date(2026, 11, 24)),
        (Trigger::LastModified, Provenance::FileTime, date(1970, 1, 2), date(2026, 11, 24)),
        (Trigger::CaseClosed, Provenance::Column, date(1900, 1, 2), date(2026, 11, 24)),
        (Trigger::OrderMade, event, Date::MIN, date(2026, 11, 24)),
        (Trigger::ContractEnded, Provenance::Column, date(1900, 1, 2), Date::MAX),
        (Trigger::EndOfTerm, event, Date::MIN, Date::MAX),
        (Trigger::Expired, Provenance::Sidecar, date(1900, 1, 2), Date::MAX),
    ] {
        assert_eq!(plausible(&trigger, from, TODAY), first..=last, "{trigger}");
        let rule = line(&format!("P1Y after {trigger}"), Destroy);
        let outcome = |date| {
            let known = Facts::default().with(trigger.clone(), date, from);
            ask(&known, &[&rule], &[], TODAY).outcome
        };
        assert_eq!(outcome(first), Outcome::Due { action: Destroy }, "{trigger} {first}");
        assert_eq!(outcome(last), Outcome::NotDue, "{trigger} {last}");
        for date in [first.yesterday(), last.tomorrow()].into_iter().flatten() {
            let doubt = Doubt::ImplausibleDate { trigger: trigger.clone(), date };
            assert_eq!(outcome(date), Outcome::CannotEvaluate { doubt }, "{trigger} {date}");
        }
    }
}

#[test]
fn a_year_nobody_has_set_is_a_doubt() {
    let rule = line("P6Y after current-year-end of created", Destroy);
    for known in ["created 2001-01-01", ""] {
        let evaluation = ask(&facts(known), &[&rule], &[], TODAY);
        let doubt = Doubt::YearUnset { alignment: Alignment::CurrentYearEnd };
        assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt }, "{known}");
    }
}

#[test]
fn without_a_rule_nothing_is_decided() {
    let evaluation = ask(&facts("created 2001-01-01"), &[], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt: Doubt::NoRule });
}

#[test]
fn linked_items_keep_a_record_as_long_as_they_are_kept() {
    let relation = EventName::slug("consent form").expect("a name");
    let resolved = |due: Option<DueDate>| {
        let mut known = Facts::default();
        known.related.extend(due.map(|due| (relation.clone(), due)));
        resolve("with consent-form", &known)
    };
    let unknown = Err(Doubt::RelatedUnknown { relation: relation.clone() });
    assert_eq!(resolved(Some(on("2030-01-01"))), Ok(Resolution::Due(on("2030-01-01"))));
    assert_eq!(resolved(Some(DueDate::Never)), Ok(Resolution::Due(DueDate::Never)));
    assert_eq!(resolved(Some(DueDate::Unknown)), unknown);
    assert_eq!(resolved(None), unknown);
}

#[test]
fn the_longest_minimum_and_the_most_protective_action_govern() {
    let known = facts("created 2015-01-01, case-closed 2019-01-01");
    let short = line("P1Y after created", Review);
    let long = line("P3Y after case-closed", Destroy);
    let equal = line("P36M after case-closed", Anonymise);
    let evaluation = ask(&known, &[&short, &long, &equal], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::Due { action: Review });
    assert_eq!(evaluation.due, on("2022-01-01"));
    assert_eq!(evaluation.governing.as_deref(), Some("B"), "the first of two equals");
    assert_eq!(evaluation.flags, [Flag::PastMaximum { days: 1787 }]);
}

#[test]
fn a_maximum_before_a_minimum_is_for_a_person_to_settle() {
    let known = facts("created 2015-01-01, date-of-birth 1990-01-01");
    let limit = limited("P1Y after created", "P2Y after created", Destroy);
    let child = line("P30Y after date-of-birth", Destroy);
    let evaluation = ask(&known, &[&child, &limit], &[], TODAY);
    let doubt = Doubt::MaximumBeforeMinimum { maximum_of: "B".into(), minimum_of: "A".into() };
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
    assert_eq!(evaluation.due, on("2020-01-01"));
    assert_eq!(evaluation.not_beyond, on("2017-01-01"));
    assert_eq!(evaluation.flags, [Flag::MaxBeforeMinConflict, Flag::PastMaximum { days: 3613 }]);
    let kept = ask(&known, &[&limit, &line("permanent", Destroy)], &[], TODAY);
    assert_eq!(kept.outcome, Outcome::Permanent);
    assert!(kept.flags.contains(&Flag::MaxBeforeMinConflict));
}

#[test]
fn a_leap_day_alone_makes_no_conflict_and_the_minimum_keeps_its_day() {
    let rule = limited("P25Y after date-of-birth", "P300M after date-of-birth", Destroy);
    let evaluation = ask(&facts("date-of-birth 2000-02-29"), &[&rule], &[], date(2025, 3, 2));
    assert_eq!(evaluation.outcome, Outcome::Due { action: Destroy });
    assert_eq!(evaluation.not_beyond, on("2025-03-01"));
    let longer = limited("P24Y after date-of-birth", "P25Y after date-of-birth", Destroy);
    let evaluation = ask(&facts("date-of-birth 2000-02-29"), &[&longer], &[], TODAY);
    assert_eq!(evaluation.not_beyond, on("2025-02-28"), "a maximum gains no day");
}

#[test]
fn minimum_and_maximum_take_the_same_branch_on_a_leap_day() {
    let rule: Rule =
        "if(date-of-death before P18Y after date-of-birth, P1Y after date-of-death, permanent)"
            .parse()
            .expect("a rule");
    let known = facts("date-of-birth 2000-02-29, date-of-death 2018-02-28");
    for rounding in [Rounding::Keep, Rounding::Release] {
        let resolution = due_date(&rule, &known, &Calendar::default(), TODAY, rounding);
        assert_eq!(resolution, Ok(Resolution::Due(on("2019-02-28"))), "{rounding:?}");
    }
}

#[test]
fn the_overdue_clock_starts_the_day_after_the_maximum() {
    let rule = limited("P1Y after created", "P2Y after created", Destroy);
    let known = facts("created 2024-11-22");
    for (today, flags) in [
        (date(2026, 11, 22), vec![]),
        (TODAY, vec![Flag::PastMaximum { days: 1 }]),
        (date(2027, 11, 22), vec![Flag::PastMaximum { days: 365 }]),
    ] {
        assert_eq!(ask(&known, &[&rule], &[], today).flags, flags, "{today}");
    }
}

#[test]
fn a_maximum_nobody_can_tell_yet_limits_nothing_and_one_in_doubt_stops_it() {
    let rule = limited("P1Y after created", "P2Y after case-closed", Destroy);
    let open = ask(&facts("created 2001-01-01"), &[&rule], &[], TODAY);
    assert_eq!(open.outcome, Outcome::Due { action: Destroy });
    assert_eq!(open.not_beyond, DueDate::Unknown);
    let mut known = facts("created 2001-01-01");
    known.record_unreadable(Trigger::CaseClosed, Provenance::Column);
    let doubt = Doubt::UnreadableDate { trigger: Trigger::CaseClosed };
    let evaluation = ask(&known, &[&rule], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
    let unlimited = RetentionRule {
        maximum: Maximum::None { reason: "history".to_owned() },
        ..line("P1Y after created", Transfer)
    };
    let evaluation = ask(&known, &[&unlimited], &[], TODAY);
    assert_eq!(evaluation.not_beyond, DueDate::Never);
    assert_eq!(evaluation.outcome, Outcome::Due { action: Transfer });
}

#[test]
fn a_hold_beats_every_rule_and_is_shown_where_nothing_is_due() {
    let rule = limited("P1Y after created", "P2Y after created", Destroy);
    let due = ask(&facts("created 2001-01-01"), &[&rule], &[foi()], TODAY);
    assert_eq!(due.outcome, Outcome::Held { holds: vec![foi()], action: Destroy });
    assert_eq!(due.flags, [Flag::HeldPastMaximum { days: 8727 }]);
    let held = [Flag::HeldNotDue { holds: vec![foi()] }];
    let not_due = ask(&facts("created 2026-01-01"), &[&rule], &[foi()], TODAY);
    assert_eq!((&not_due.outcome, not_due.flags.as_slice()), (&Outcome::NotDue, &held[..]));
    assert!(not_due.reasons.contains(&Reason::HeldBy { hold: foi() }));
    let awaiting = ask(&facts(""), &[&rule], &[foi()], TODAY);
    assert_eq!(awaiting.flags, held);
}

#[test]
fn the_prohibited_is_due_at_once_unless_another_rule_keeps_it_or_a_hold_does() {
    let prohibited = line("prohibited", Destroy);
    let known = facts("created 2026-01-01");
    let alone = ask(&known, &[&prohibited], &[], TODAY);
    assert_eq!(alone.outcome, Outcome::Due { action: Destroy });
    assert_eq!((alone.due, alone.not_beyond), (DueDate::AtOnce, DueDate::AtOnce));
    assert_eq!(alone.flags, [Flag::Prohibited]);
    let held = ask(&known, &[&prohibited], &[foi()], TODAY);
    assert_eq!(held.outcome, Outcome::Held { holds: vec![foi()], action: Destroy });
    let kept = ask(&known, &[&prohibited, &line("P6Y after created", Destroy)], &[], TODAY);
    let doubt = Doubt::MaximumBeforeMinimum { maximum_of: "A".into(), minimum_of: "B".into() };
    assert_eq!(kept.outcome, Outcome::CannotEvaluate { doubt });
    assert_eq!(kept.flags, [Flag::MaxBeforeMinConflict, Flag::Prohibited]);
}

#[test]
fn members_that_differ_are_in_doubt_only_under_an_if() {
    let mut unit = facts("created 2001-01-01, date-of-birth 1950-01-01");
    unit.join(&facts("created 2002-01-01, date-of-birth 1950-01-01"));
    let plain = ask(&unit, &[&line("P1Y after created", Destroy)], &[], TODAY);
    assert_eq!(plain.outcome, Outcome::Due { action: Destroy });
    let rule =
        "if(date-of-death before P18Y after date-of-birth, P1Y after created, P2Y after created)";
    let evaluation = ask(&unit, &[&line(rule, Destroy)], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt: Doubt::MembersDisagree });
}

/// A hold on one of the people its rows name would not be seen to cover the unit.
#[test]
fn a_unit_whose_members_name_different_people_is_in_doubt_whatever_its_rule() {
    let mut unit = facts("created 2001-01-01");
    unit.join(&Facts { keys_differ: true, ..facts("created 2001-01-01") });
    let doubt = Outcome::CannotEvaluate { doubt: Doubt::KeysDisagree };
    for (rule, outcome) in [
        ("P1Y after created", doubt.clone()),
        ("P1Y after last-modified", doubt.clone()),
        ("prohibited", doubt),
        ("permanent", Outcome::Permanent),
    ] {
        assert_eq!(ask(&unit, &[&line(rule, Destroy)], &[], TODAY).outcome, outcome, "{rule}");
    }
}

#[test]
fn the_reasons_are_told_in_the_order_they_were_taken() {
    let known = facts("date-of-birth 1951-03-09, created 2001-01-01");
    let child = line(
        "if(date-of-death before P18Y after date-of-birth, P15Y after date-of-death, P75Y after date-of-birth)",
        Review,
    );
    let file = limited("P6Y after created", "P100Y after created", Destroy);
    let evaluation = ask(&known, &[&child, &file], &[foi()], TODAY);
    insta::assert_snapshot!(serde_json::to_string_pretty(&evaluation).expect("serialisable"));
}

#[test]
fn an_evaluation_reads_back_from_its_json() {
    let known = facts("created 2001-01-01");
    let rule = line("P6Y after created", Destroy);
    let mut cases = vec![
        ask(&known, &[&rule], &[foi()], TODAY),
        ask(&facts(""), &[&rule], &[foi()], TODAY),
        ask(&facts("created 1899-12-30"), &[&rule], &[], TODAY),
        ask(&known, &[&line("prohibited", Destroy), &rule], &[], TODAY),
    ];
    let event = Facts::default().with(
        Trigger::Created,
        date(2001, 1, 1),
        Provenance::Event(EventId(Uuid::nil())),
    );
    let bearing = Bearing { code: "A", rule: &rule };
    cases.push(evaluate(&event, &[bearing], &[], &Calendar::default(), TODAY));
    for evaluation in cases {
        let json = serde_json::to_string(&evaluation).expect("serialisable");
        assert_eq!(serde_json::from_str(&json).ok(), Some(evaluation), "{json}");
    }
}
