//! How facts come together: from several sources, from recorded events, and
//! from the members of a unit.

mod support;

use jiff::civil::{Date, date};
use retaind_schedules::action::DisposalAction::Destroy;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::evaluation::{DateNote, Doubt, DueDate, Facts, Outcome, Provenance};
use retaind_schedules::ids::EventId;
use retaind_schedules::trigger::{EventName, Trigger};
use support::{ask, facts, line};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 23);
const EARLY: Date = date(2010, 1, 1);
const LATE: Date = date(2012, 1, 1);

fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

fn event(number: u128, trigger: Trigger, date: Date, supersedes: Option<u128>) -> Event {
    Event { id: id(number), trigger, date, supersedes: supersedes.map(id) }
}

fn note(facts: &Facts, trigger: &Trigger) -> Option<DateNote> {
    facts.dates.get(trigger).map(|recorded| recorded.note)
}

/// What the events say of one trigger, in whichever order they come.
fn folded(trigger: &Trigger, events: &[Event]) -> Option<DateNote> {
    let read = |events: &[Event]| {
        let mut facts = Facts::default();
        facts.record_events(events);
        note(&facts, trigger)
    };
    let mut reversed = events.to_vec();
    reversed.reverse();
    assert_eq!(read(events), read(&reversed), "the order decides nothing");
    read(events)
}

#[test]
fn a_superseded_event_never_counts() {
    let closed = Trigger::CaseClosed;
    let corrected =
        [event(1, closed.clone(), LATE, None), event(2, closed.clone(), EARLY, Some(1))];
    assert_eq!(folded(&closed, &corrected), Some(DateNote::Known(EARLY)));
    let twice = [
        event(1, closed.clone(), LATE, None),
        event(2, closed.clone(), EARLY, Some(1)),
        event(3, closed.clone(), date(2011, 1, 1), Some(2)),
    ];
    assert_eq!(folded(&closed, &twice), Some(DateNote::Known(date(2011, 1, 1))));
    let moved =
        [event(1, Trigger::DateOfDeath, LATE, None), event(2, closed.clone(), LATE, Some(1))];
    assert_eq!(folded(&Trigger::DateOfDeath, &moved), None, "it was never a death");
    assert_eq!(folded(&closed, &moved), Some(DateNote::Known(LATE)));
}

#[test]
fn events_that_supersede_each_other_settle_nothing() {
    let closed = Trigger::CaseClosed;
    for events in [
        vec![event(1, closed.clone(), EARLY, Some(1))],
        vec![event(1, closed.clone(), EARLY, Some(2)), event(2, closed.clone(), EARLY, Some(1))],
        vec![
            event(1, closed.clone(), EARLY, Some(2)),
            event(2, closed.clone(), EARLY, Some(1)),
            event(3, closed.clone(), EARLY, None),
        ],
    ] {
        assert_eq!(folded(&closed, &events), Some(DateNote::Contradictory));
    }
    let mut known = Facts::default();
    known.record_events(&[event(1, closed.clone(), EARLY, Some(1))]);
    let evaluation = ask(&known, &[&line("P1Y after case-closed", Destroy)], &[], TODAY);
    let doubt = Doubt::DatesDisagree { trigger: closed };
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
}

#[test]
fn of_several_live_events_the_latest_date_counts_but_nobody_dies_twice() {
    let contact = Trigger::LastContact;
    let events = [event(1, contact.clone(), LATE, None), event(2, contact.clone(), EARLY, None)];
    assert_eq!(folded(&contact, &events), Some(DateNote::LatestOf(LATE)));
    for once in [Trigger::DateOfBirth, Trigger::DateOfDeath] {
        let events = [event(1, once.clone(), EARLY, None), event(2, once.clone(), LATE, None)];
        assert_eq!(folded(&once, &events), Some(DateNote::Contradictory));
        let same = [event(1, once.clone(), EARLY, None), event(2, once.clone(), EARLY, None)];
        assert_eq!(folded(&once, &same), Some(DateNote::Known(EARLY)));
    }
}

#[test]
fn an_event_beside_a_store_date_wins_only_by_keeping_longer() {
    let trigger = Trigger::LastModified;
    for (stored, recorded, note_kept, from) in [
        (EARLY, LATE, DateNote::LatestOf(LATE), Provenance::Event(id(1))),
        (LATE, EARLY, DateNote::LatestOf(LATE), Provenance::FileTime),
        (LATE, LATE, DateNote::Known(LATE), Provenance::FileTime),
    ] {
        let mut known = Facts::default().with(trigger.clone(), stored, Provenance::FileTime);
        known.record_events(&[event(1, trigger.clone(), recorded, None)]);
        let kept = known.dates[&trigger];
        assert_eq!((kept.note, kept.from), (note_kept, from), "{stored} beside {recorded}");
    }
}

#[test]
fn a_recorded_event_mends_an_unreadable_column_in_either_order() {
    let closed = Trigger::CaseClosed;
    let mut before = Facts::default();
    before.record_unreadable(closed.clone(), Provenance::Column);
    before.record(closed.clone(), EARLY, Provenance::Event(id(1)));
    let mut after = Facts::default();
    after.record(closed.clone(), EARLY, Provenance::Event(id(1)));
    after.record_unreadable(closed.clone(), Provenance::Column);
    assert_eq!(before, after);
    assert_eq!(note(&before, &closed), Some(DateNote::Known(EARLY)));
}

#[test]
fn the_latest_of_several_dates_is_no_answer_to_an_if() {
    let paid = Trigger::Paid;
    let mut known = facts("created 2001-01-01");
    known.record(paid.clone(), EARLY, Provenance::Column);
    known.record(paid.clone(), LATE, Provenance::Sidecar);
    let rule = "if(paid before P10Y after created, P1Y after created, P20Y after created)";
    let evaluation = ask(&known, &[&line(rule, Destroy)], &[], TODAY);
    let doubt = Doubt::DatesDisagree { trigger: paid };
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
    let plain = ask(&known, &[&line("P1Y after paid", Destroy)], &[], TODAY);
    assert_eq!(plain.due, DueDate::On(date(2013, 1, 1)));
}

#[test]
fn a_unit_lacks_what_any_member_lacks_and_doubts_what_any_member_doubts() {
    let mut unit = facts("created 2001-01-01, case-closed 2002-01-01");
    unit.join(&facts("created 2003-01-01"));
    assert_eq!(note(&unit, &Trigger::Created), Some(DateNote::Known(date(2003, 1, 1))));
    let of_some = DateNote::OfSome(date(2002, 1, 1));
    assert_eq!(note(&unit, &Trigger::CaseClosed), Some(of_some));
    assert!(unit.members_differ);
    let closed = ask(&unit, &[&line("P1Y after case-closed", Destroy)], &[], TODAY);
    let triggers = vec![Trigger::CaseClosed];
    assert_eq!(closed.outcome, Outcome::AwaitingTrigger { triggers });

    let mut unreadable = Facts::default();
    unreadable.record_unreadable(Trigger::Created, Provenance::Column);
    unit.join(&unreadable);
    unit.join(&facts("created 2020-01-01"));
    assert_eq!(note(&unit, &Trigger::Created), Some(DateNote::Unreadable));

    let mut without = Facts::default();
    without.join(&unreadable);
    assert_eq!(note(&without, &Trigger::Created), Some(DateNote::Unreadable));
}

#[test]
fn a_member_with_an_impossible_date_is_not_hidden_by_a_later_one() {
    let file = |date| Facts::default().with(Trigger::LastModified, date, Provenance::FileTime);
    let mut unit = file(EARLY);
    unit.join(&file(date(1970, 1, 1)));
    unit.join(&file(LATE));
    let evaluation = ask(&unit, &[&line("P1Y after last-modified", Destroy)], &[], TODAY);
    let doubt = Doubt::ImplausibleDate { trigger: Trigger::LastModified, date: date(1970, 1, 1) };
    assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
}

#[test]
fn a_recorded_default_is_not_hidden_by_a_later_date_of_another_member() {
    for (trigger, default) in
        [(Trigger::CaseClosed, date(1970, 1, 1)), (Trigger::Paid, date(1900, 1, 1))]
    {
        let column = |date| Facts::default().with(trigger.clone(), date, Provenance::Column);
        let mut unit = column(default);
        unit.join(&column(LATE));
        let rule = line(&format!("P1Y after {trigger}"), Destroy);
        let doubt = Doubt::ImplausibleDate { trigger: trigger.clone(), date: default };
        let evaluation = ask(&unit, &[&rule], &[], TODAY);
        assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt });
    }
}

const DEATH_OR_LONG: &str = "earlier-of(P3Y after date-of-death, P1Y after last-action)";

#[test]
fn members_that_differ_only_in_when_they_changed_are_due_with_the_last() {
    let mut unit = facts("last-action 2001-01-01");
    unit.join(&facts("last-action 2002-01-01"));
    let evaluation = ask(&unit, &[&line(DEATH_OR_LONG, Destroy)], &[], TODAY);
    assert_eq!(evaluation.outcome, Outcome::Due { action: Destroy });
    assert_eq!(evaluation.due, DueDate::On(date(2003, 1, 1)));
}

#[test]
fn a_date_of_only_some_members_is_passed_over_where_it_can_be_true_and_else_doubted() {
    let unit_of = |death: &str| {
        let mut unit = facts("last-action 2001-01-01");
        unit.join(&facts(&format!("last-action 2002-01-01, date-of-death {death}")));
        unit.join(&facts("last-action 2001-01-01"));
        ask(&unit, &[&line(DEATH_OR_LONG, Destroy)], &[], TODAY)
    };
    assert_eq!(unit_of("2020-01-01").due, DueDate::On(date(2003, 1, 1)));
    for cannot_be in ["2031-01-01", "1899-12-31"] {
        let date = cannot_be.parse().expect("a date");
        let doubt = Doubt::ImplausibleDate { trigger: Trigger::DateOfDeath, date };
        assert_eq!(unit_of(cannot_be).outcome, Outcome::CannotEvaluate { doubt });
    }
}

#[test]
fn a_date_of_only_some_members_stands_with_what_other_sources_say() {
    let recorded = |trigger: &Trigger, notes: &[fn(&mut Facts, Trigger)]| {
        let mut facts = Facts::default();
        notes.iter().for_each(|add| add(&mut facts, trigger.clone()));
        note(&facts, trigger)
    };
    let some: fn(&mut Facts, Trigger) =
        |facts, trigger| facts.record_of_some(trigger, LATE, Provenance::Column);
    let early_some: fn(&mut Facts, Trigger) =
        |facts, trigger| facts.record_of_some(trigger, EARLY, Provenance::Path);
    let early: fn(&mut Facts, Trigger) =
        |facts, trigger| facts.record(trigger, EARLY, Provenance::Sidecar);
    let same: fn(&mut Facts, Trigger) =
        |facts, trigger| facts.record(trigger, LATE, Provenance::Sidecar);
    let unreadable: fn(&mut Facts, Trigger) =
        |facts, trigger| facts.record_unreadable(trigger, Provenance::Sidecar);
    for (one, other, ongoing, once) in [
        (some, early_some, DateNote::OfSome(LATE), DateNote::OfSome(LATE)),
        (some, early, DateNote::LatestOf(LATE), DateNote::Contradictory),
        (some, same, DateNote::Known(LATE), DateNote::Known(LATE)),
        (some, unreadable, DateNote::Unreadable, DateNote::Unreadable),
    ] {
        for (trigger, stands) in [(Trigger::LastContact, ongoing), (Trigger::DateOfDeath, once)] {
            assert_eq!(recorded(&trigger, &[one, other]), Some(stands));
            assert_eq!(recorded(&trigger, &[other, one]), Some(stands));
        }
    }
}

#[test]
fn linked_items_kept_for_ever_do_not_settle_the_doubt_of_another_member() {
    let relation = EventName::slug("consent form").expect("a name");
    let mut unit = facts("created 2001-01-01");
    unit.related.insert(relation.clone(), DueDate::Never);
    let mut member = facts("created 2001-01-01");
    member.related.insert(relation.clone(), DueDate::On(EARLY));
    member.record_unreadable(Trigger::CaseClosed, Provenance::Column);
    let linked = format!("later-of(with {relation}, P1Y after case-closed)");
    let rule = line(&format!("earlier-of({linked}, P1Y after created)"), Destroy);
    unit.join(&member);
    let doubt = Doubt::UnreadableDate { trigger: Trigger::CaseClosed };
    for facts in [&member, &unit] {
        let evaluation = ask(facts, &[&rule], &[], TODAY);
        assert_eq!(evaluation.outcome, Outcome::CannotEvaluate { doubt: doubt.clone() });
    }
}
