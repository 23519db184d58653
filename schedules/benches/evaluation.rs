//! What a decision costs: evaluating an item against the worst rules a schedule
//! could hold, and comparing it with a cutoff instead of evaluating it.
//!
//! `cargo bench -p retaind-schedules`. Compare the rows of one group with each
//! other; the absolute figures belong to the machine.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::{Calendar, london_date};
use retaind_schedules::cutoff::{Ladder, Placement};
use retaind_schedules::evaluation::{Bearing, Facts, Outcome, Provenance, evaluate};
use retaind_schedules::period::Rounding;
use retaind_schedules::rule::{Leaf, MAX_DEPTH, Maximum, RetentionRule, Rule};
use retaind_schedules::trigger::Trigger;

const TODAY: Date = date(2026, 11, 23);
const ITEMS: usize = 100_000;

fn main() {
    divan::main();
}

fn line(minimum: Rule) -> RetentionRule {
    RetentionRule {
        minimum,
        maximum: Maximum::SameAsMinimum,
        action: DisposalAction::Destroy,
        basis: Vec::new(),
        justification: None,
    }
}

fn usual() -> Leaf {
    "P7Y after financial-year-end of last-modified".parse().expect("a leaf")
}

/// As deep as a text may be, and an `if` and both combinations on every level.
fn worst() -> Rule {
    let mut rule: Rule = "P1Y after created".parse().expect("a rule");
    for depth in 1..MAX_DEPTH {
        let text = match depth % 3 {
            0 => format!("later-of({rule}, P{depth}Y after last-modified, P2Y after paid)"),
            1 => format!("earlier-of({rule}, P30Y after tax-year-end of created to month-end)"),
            _ => format!("if(date-of-death before P18Y after date-of-birth, permanent, {rule})"),
        };
        rule = text.parse().expect("a rule within the depth");
    }
    rule
}

fn facts() -> Facts {
    [
        (Trigger::Created, date(2001, 5, 14)),
        (Trigger::LastModified, date(2004, 2, 29)),
        (Trigger::Paid, date(2003, 3, 31)),
        (Trigger::DateOfBirth, date(1960, 2, 29)),
    ]
    .into_iter()
    .fold(Facts::default(), |facts, (trigger, date)| facts.with(trigger, date, Provenance::Column))
}

#[divan::bench(args = [("usual", 1), ("worst", 1), ("worst", 4)], sample_count = 5, sample_size = 1)]
fn evaluations(bencher: Bencher<'_, '_>, (kind, rules): (&str, usize)) {
    let rule = line(if kind == "usual" { Rule::After(usual()) } else { worst() });
    let bearings = vec![Bearing { code: "FIN-7", rule: &rule }; rules];
    let (facts, calendar) = (facts(), Calendar::default());
    bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
        (0..ITEMS)
            .filter(|_| {
                let evaluation = evaluate(black_box(&facts), &bearings, &[], &calendar, TODAY);
                matches!(evaluation.outcome, Outcome::Due { .. })
            })
            .count()
    });
}

/// File times spread over thirty years.
fn instants() -> Vec<i64> {
    let first: Timestamp = "1997-01-01T00:00:00Z".parse().expect("an instant");
    (0..ITEMS as i64).map(|item| first.as_second() + item * 9_467).collect()
}

/// Whether each file is due, in three ways that agree.
mod due_or_not {
    use super::*;

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn evaluate_each(bencher: Bencher<'_, '_>) {
        let (instants, calendar, rule) = (instants(), Calendar::default(), line(usual_rule()));
        let bearing = [Bearing { code: "FIN-7", rule: &rule }];
        bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
            let due = |seconds: &i64| {
                let facts = Facts::default().with(
                    Trigger::LastModified,
                    london_date(timestamp(*seconds)),
                    Provenance::FileTime,
                );
                let evaluation = evaluate(&facts, &bearing, &[], &calendar, TODAY);
                matches!(evaluation.outcome, Outcome::Due { .. })
            };
            black_box(&instants).iter().filter(|seconds| due(seconds)).count()
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn add_on_the_calendar(bencher: Bencher<'_, '_>) {
        let (instants, calendar, leaf) = (instants(), Calendar::default(), usual());
        bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
            let due = |seconds: &i64| {
                let date = london_date(timestamp(*seconds));
                let last = leaf.last_day(date, &calendar, Rounding::Keep);
                last.is_ok_and(|last| TODAY > last)
            };
            black_box(&instants).iter().filter(|seconds| due(seconds)).count()
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 10)]
    fn compare_with_the_cutoff(bencher: Bencher<'_, '_>) {
        let instants = instants();
        let ladder = ladder();
        bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
            let due_before = black_box(&ladder).due_before_instant().unwrap_or(i64::MIN);
            black_box(&instants).iter().filter(|seconds| **seconds < due_before).count()
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 10)]
    fn place_on_the_ladder(bencher: Bencher<'_, '_>) {
        let instants = instants();
        let ladder = ladder();
        bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| {
            let due = |seconds: &&i64| ladder.place(**seconds) == Placement::Due;
            black_box(&instants).iter().filter(due).count()
        });
    }

    #[divan::bench]
    fn build_the_ladder() -> Ladder {
        ladder()
    }

    fn usual_rule() -> Rule {
        Rule::After(usual())
    }

    fn ladder() -> Ladder {
        Ladder::new(&black_box(usual_rule()), &Calendar::default(), TODAY, 24).expect("a ladder")
    }

    fn timestamp(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH.saturating_add(seconds.seconds()).expect("a span of seconds")
    }
}
