//! Histories of an office, made up from a seed: files come, change and go,
//! holds are placed and released, lists are proposed and signed by the right and
//! the wrong people, the clock jumps, the store goes away, the schedule changes,
//! and the process ends at any point where it waits. After every step what must
//! always be so is so (invariants I1 with its one exception G8, I2 to I9, I12 to I17, I19, I20, I24, I25, I27
//! and I28 of the retention rules; and G5: what was held once goes under no
//! signature from before).
//!
//! ```console
//! $ RETAIND_HISTORIES=10000 ./tests/run -E 'test(in_every_history)' --no-capture
//! $ RETAIND_TEST_SEED=4711 ./tests/run -E 'test(in_every_history)'
//! ```
//!
//! The first tries so many, nine of ten on SQLite and the others on PostgreSQL,
//! from the seed that `RETAIND_HISTORIES_FROM` names; the second repeats the one
//! that failed.

#![expect(clippy::disallowed_methods, reason = "people, who may remove what is theirs")]

mod acts;
mod cut;
pub(crate) mod dice;
mod early;
mod history;
mod mistakes;
mod must;
mod rules;
mod steps;
mod store;
mod template;
mod world;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::office::{CLERK, LAWYER, MANAGER, OWNER, Office, SIRO};
use crate::audit;
use crate::catalogue::testing::Database;
use crate::clock::FixedClock;
use crate::disposal::execution::executor::Executor;
use crate::stores::calls;
use dice::Dice;
use history::{Ended, History, Unsure};
use mistakes::Mistake;
use steps::{Step, steps_of};
use template::{Copy, Template};
use world::World;

/// How many histories are tried where nobody says.
const HISTORIES: u64 = 120;

/// A Monday evening.
const BEGIN: &str = "2026-11-23T20:00:00Z";

/// How long everything is kept at the beginning.
const YEARS: i16 = 6;

/// What came of histories.
#[derive(Debug, Default)]
struct Tally {
    histories: usize,
    steps: usize,
    destroyed: usize,
    kills: usize,
    /// What was tried, and what came of it.
    tried: BTreeMap<String, u64>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.destroyed += other.destroyed;
        self.kills += other.kills;
        for (what, times) in other.tried {
            *self.tried.entry(what).or_default() += times;
        }
    }
}

/// A process: what it has open ends with it.
struct Process {
    office: Office,
    runtime: Runtime,
}

impl Process {
    fn begin(template: &Template, copy: &Copy) -> Self {
        let runtime = runtime();
        let office = runtime.block_on(template.open(copy));
        Self { office, runtime }
    }

    /// It ends where it stands. What the store was at is done, as by a machine
    /// that is cut off after its last order; the system gives its locks back.
    fn end(self) {
        let Self { office, runtime } = self;
        let state = office.config.state_directory.clone();
        drop(runtime);
        drop(office);
        let Ok(locks) = fs::read_dir(state.join("executors")) else { return };
        for lock in locks {
            let path = lock.unwrap().path();
            let id = path.file_stem().and_then(|name| name.to_str()).map(str::parse::<Uuid>);
            let Some(Ok(id)) = id else { continue };
            drop(Executor::again(&state, id));
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Carries out one history.
fn carry_out(
    template: &Template,
    copy: &Copy,
    (seed, steps): (u64, &[Step]),
    mistake: Option<Mistake>,
    tally: &mut Tally,
) {
    let mut process = Process::begin(template, copy);
    let mut actors = BTreeMap::new();
    for who in [OWNER, MANAGER, LAWYER, CLERK, SIRO] {
        actors.insert(who, process.runtime.block_on(process.office.person(who)));
    }
    let mut history = History {
        clock: FixedClock::at(BEGIN.parse::<Timestamp>().unwrap()),
        world: World::new(template.share(), YEARS),
        dice: Dice::of(seed ^ 0x5eed),
        listed: BTreeMap::new(),
        held_since: BTreeSet::new(),
        scanned: BTreeMap::new(),
        not_before: BTreeMap::new(),
        taken: BTreeMap::new(),
        actors,
        shorter: BTreeMap::new(),
        tried: BTreeMap::new(),
        unsure: Unsure::Nothing,
        killed: false,
        head: audit::From::Genesis,
    };
    for _ in 0..3 + history.dice.below(4) {
        history.add();
    }
    let mut before = process.runtime.block_on(history.moment(&process.office));
    drop(calls::heard());
    for step in steps {
        let Process { office, runtime } = &process;
        if runtime.block_on(history.step(office, *step)) == Ended::Killed {
            process.end();
            process = Process::begin(template, copy);
            tally.kills += 1;
            let Process { office, runtime } = &process;
            runtime.block_on(history.finds_out(office));
        }
        let Process { office, runtime } = &process;
        if let Some(mistake) = mistake {
            runtime.block_on(mistake.make(office, &template.share()));
        }
        before = runtime.block_on(history.check(office, &before));
        tally.steps += 1;
    }
    let Process { office, runtime } = &process;
    runtime.block_on(async {
        history.step(office, Step::Settle).await;
        history.check(office, &before).await;
        history.finish(office).await;
        office.catalogue.clone().close().await.unwrap();
    });
    tally.destroyed += history.world.gone.len();
    tally.histories += 1;
    tally.add(Tally { tried: history.tried, ..Tally::default() });
}

thread_local! {
    /// Whether this thread is trying something that may go wrong.
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// What goes wrong is said once, and not for each history that shows it.
fn quietly(trying: impl FnOnce()) -> thread::Result<()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !TRYING.get() {
                hook(panic);
            }
        }));
    });
    TRYING.set(true);
    let tried = catch_unwind(AssertUnwindSafe(trying));
    TRYING.set(false);
    tried
}

/// Whether a history holds, or what is wrong with it.
fn holds_up(
    template: &mut Template,
    history: (u64, &[Step]),
    mistake: Option<Mistake>,
    tally: &mut Tally,
) -> Result<(), String> {
    let outer = runtime();
    let copy = outer.block_on(template.copy());
    let tried = quietly(|| carry_out(template, &copy, history, mistake, tally));
    template.tidy();
    outer.block_on(copy.leave());
    tried.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

/// The fewest of the steps, leaving out one at a time, that still go wrong.
fn shrunk(
    template: &mut Template,
    seed: u64,
    mut steps: Vec<Step>,
    mut wrong: String,
) -> (Vec<Step>, String) {
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        match holds_up(template, (seed, &fewer), None, &mut Tally::default()) {
            Err(still) => (steps, wrong) = (fewer, still),
            Ok(()) => at += 1,
        }
    }
    (steps, wrong)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

fn template(database: Database) -> Template {
    runtime().block_on(Template::make(database, BEGIN.parse().unwrap(), YEARS))
}

/// One after the other, until one of any lane goes wrong.
fn try_in_turn(
    database: Database,
    seeds: impl Iterator<Item = u64>,
    stop: &AtomicBool,
) -> Result<Tally, String> {
    let (mut template, mut tally) = (template(database), Tally::default());
    for seed in seeds {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let steps = steps_of(&mut Dice::of(seed));
        if let Err(wrong) = holds_up(&mut template, (seed, &steps), None, &mut tally) {
            stop.store(true, Ordering::Relaxed);
            let (steps, wrong) = shrunk(&mut template, seed, steps, wrong);
            return Err(format!("RETAIND_TEST_SEED={seed} on {database:?}: {steps:?}: {wrong}"));
        }
    }
    Ok(tally)
}

/// Tries as many histories as are wanted, each with a seed of its own, as many
/// at a time as the machine has processors.
fn try_all(database: Database, wanted: u64) {
    let first = number("RETAIND_HISTORIES_FROM").unwrap_or(0);
    let seeds = number("RETAIND_TEST_SEED").map_or(first..first + wanted, |seed| seed..seed + 1);
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let (stop, mut tally) = (AtomicBool::new(false), Tally::default());
    let lane = |lane| try_in_turn(database, seeds.clone().skip(lane).step_by(lanes), &stop);
    let tried: Vec<_> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|at| scope.spawn(move || lane(at))).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane that is set up")).collect()
    });
    for tried in tried {
        tally.add(tried.unwrap_or_else(|wrong| panic!("{wrong}")));
    }
    println!("{database:?}: {tally:#?}");
    let cut = |what: &str| tally.tried.contains_key(&format!("cut short: {what}"));
    let all_cut = ["run", "scan", "sign", "place", "restore", "settle"].into_iter().all(cut);
    assert!(tally.histories <= 50 || all_cut, "nothing was cut short there: {tally:?}");
    let early = tally.tried.contains_key("went early: done");
    assert!(tally.histories <= 50 || early, "nothing went early under a request: {tally:?}");
    let idle = tally.histories > 50 && (tally.destroyed == 0 || tally.kills == 0);
    assert!(!idle, "histories in which nothing happens show nothing: {tally:?}");
}

fn wanted() -> u64 {
    number("RETAIND_HISTORIES").unwrap_or(HISTORIES)
}

#[test]
fn in_every_history_on_sqlite_what_must_always_be_so_is_so() {
    try_all(Database::Sqlite, wanted() - wanted() / 10);
}

#[test]
fn in_every_history_on_postgres_what_must_always_be_so_is_so() {
    try_all(Database::Postgres, wanted() / 10);
}

#[test]
fn a_history_in_which_the_program_goes_wrong_is_found_out() {
    let mut template = template(Database::Sqlite);
    let mut unseen: BTreeSet<String> = BTreeSet::new();
    for (mistake, expected, way) in Mistake::ALL {
        let found = (0..40).find(|seed| {
            let tried = holds_up(&mut template, (*seed, way), Some(mistake), &mut Tally::default());
            let Err(wrong) = tried else { return false };
            assert!(wrong.contains(expected), "{mistake:?} is taken for another: {wrong}");
            true
        });
        match found {
            Some(seed) => println!("{mistake:?}: found with seed {seed}"),
            None => drop(unseen.insert(format!("{mistake:?}"))),
        }
    }
    assert_eq!(unseen, BTreeSet::new());
}
