//! Holds against destruction, in every order of steps: two executors at one
//! batch of two lines, either of which may end at any step, and two people who
//! place holds. Each step is the program's own code on a real catalogue and a
//! real store; a step is one transaction, or one act on the store.
//!
//! Two who place holds take minutes (22,220 states, 74,802 steps): `RETAIND_PROTOCOL_WHOLE=1` has both, and one of them
//! places a hold on the whole table otherwise.
//!
//! ```console
//! $ RETAIND_PROTOCOL_WHOLE=1 cargo test -p retaind --lib in_any_order -- --nocapture
//! ```
//!
//! States that differ in nothing that could matter later are looked at once.
//! That the search would find a mistake is shown by making some.

mod must;
mod search;
mod steps;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use retaind_schedules::permit::{Destroy, Quarantine};
use sea_orm::EntityTrait as _;

use super::office::{Office, furnish};
use super::rewind::Rewind;
use crate::catalogue::CatalogueUrl;
use crate::catalogue::entity::batch;
use crate::catalogue::words::ActKind;
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::chunk::{self, Chunk, Opened};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::shift::Shift;
use crate::scan::run::Scanner;
use must::Found;
use search::{DEPTH, Model, Still};
use steps::{Hands, Placer, State};

/// Record types: of what is taken out of reach, and of what is destroyed.
pub(super) const TAKEN: &str = "T-01";
pub(super) const KEPT: &str = "K-01";

/// What changes while a batch is carried out.
const TABLES: &[&str] = &[
    "batch",
    "batch_line",
    "intent",
    "executor",
    "hold",
    "hold_scope",
    "stub",
    "audit_entry",
    "audit_words",
    "audit_head",
];

/// What is done otherwise than the program does it, to be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    /// Nothing.
    None,
    /// Who places a hold does not ask which chunks are open.
    AnswersAtOnce,
    /// Who places a hold takes an executor that lives for gone.
    SettlesTheLiving,
    /// An executor acts on what it never wrote down.
    IntendsNothing,
}

/// Who places holds where nobody asks for the whole search.
const ONE: [Placer; 2] = [Placer::Nobody, Placer::Before];

fn placers() -> [Placer; 2] {
    match std::env::var_os("RETAIND_PROTOCOL_WHOLE") {
        Some(_) => [Placer::Before, Placer::Before],
        None => ONE,
    }
}

/// The statements that make the store, and the store file: a table of two rows
/// to be taken out of reach, and one of two that are out of reach already.
pub(super) fn store(rows: &Path) -> (&'static str, String) {
    let statements = "create table taken (id integer primary key, changed date);
         insert into taken values (1, '2010-01-01'), (2, '2010-01-01');
         create table kept (id integer primary key, changed date);
         insert into kept values (1, '2010-01-01'), (2, '2010-01-01');";
    let mapping = |code: &str, table: &str| {
        format!(
            "[[mapping]]\nrecord_type = '{code}'\nlocation = '{table}'\n\
             [mapping.dates]\nlast-modified = {{ from = 'column', name = 'changed' }}\n"
        )
    };
    let settings = format!(
        "kind = 'sql'\nunleashed = true\n[settings]\nurl = 'sqlite://{}'\n{}{}",
        rows.display(),
        mapping(TAKEN, "taken"),
        mapping(KEPT, "kept"),
    );
    (statements, settings)
}

/// The batch of this code, signed by two and begun.
pub(super) async fn batch_of(office: &Office, scanner: &Scanner, code: &str) -> Shift {
    for row in batch::Entity::find().all(office.catalogue.read()).await.unwrap() {
        let mut shift = Shift::begin(scanner, row).await.unwrap();
        if shift.code == code {
            shift.step().await.unwrap();
            return shift;
        }
    }
    panic!("no batch of {code}")
}

/// Opens a chunk over the next lines, at most so many.
pub(super) async fn opened<A: Deed>(shift: &Shift, executor: &Executor, most: u64) -> Chunk<A> {
    let looked = chunk::look::<A>(shift, &Default::default(), most).await.unwrap().unwrap();
    match chunk::open::<A>(shift, executor, looked).await.unwrap() {
        Opened::Chunk(open) => open,
        other => panic!("nothing stands against it: {other:?}"),
    }
}

/// Takes both lines of a batch out of reach, by the same steps, and goes on to
/// destroy them.
pub(super) async fn take_out_of_reach(shift: &mut Shift) {
    let executor = Executor::begin(&shift.scanner).await.unwrap();
    let mut open = opened::<Quarantine>(shift, &executor, 2).await;
    let came = chunk::act(shift, &executor, &mut open).await.unwrap();
    chunk::close(shift, executor.id, open, &came).await.unwrap();
    executor.end(&shift.scanner).await.unwrap();
    shift.step().await.unwrap();
    shift.step().await.unwrap();
}

/// Tries every order from a batch that is being taken out of reach, or from one
/// that is out of reach and is being destroyed.
async fn explore<A: Deed>(mistake: Mistake, placers: [Placer; 2]) -> (Found, String) {
    let shared = Path::new("/dev/shm");
    let folder = match shared.is_dir() {
        true => tempfile::tempdir_in(shared),
        false => tempfile::tempdir(),
    };
    let folder = folder.unwrap();
    let (rows, file) = (folder.path().join("casework.db"), folder.path().join("catalogue.db"));
    let (statements, settings) = store(&rows);
    let made = Rewind::of_new(&rows, statements).await;
    let address = format!("sqlite://{}", file.display());
    let config = furnish(folder.path(), &address, &[("casework", settings)]);
    let clock =
        Still { now: "2026-11-23T20:00:00Z".parse().unwrap(), ids: Arc::new(AtomicU64::new(1)) };
    let office = Office::found(&config, &CatalogueUrl::Sqlite(file.clone()), &clock).await;
    office.register(folder.path(), &[TAKEN, KEPT], &clock).await;
    office.scan("casework", &clock).await;
    office.allow().await;
    office.scan("casework", &clock).await;
    office.propose_signed(2, &clock).await;
    let scanner = office.scanner(&clock);
    let mut kept = batch_of(&office, &scanner, KEPT).await;
    take_out_of_reach(&mut kept).await;
    let (shift, table) = match A::KIND {
        ActKind::Destroy => (kept, "kept"),
        _ => (batch_of(&office, &scanner, TAKEN).await, "taken"),
    };
    let executors =
        [Executor::begin(&scanner).await.unwrap(), Executor::begin(&scanner).await.unwrap()];
    let executors = executors.map(|executor| executor.id);
    made.close().await;
    let mut model = Model {
        office: &office,
        shift,
        clock: &clock,
        executors,
        catalogue: Rewind::of(&file, TABLES, DEPTH).await,
        store: Rewind::of(&rows, &[], DEPTH).await,
        table,
        mistake,
        seen: HashSet::new(),
        edges: 0,
        endings: 0,
        path: Vec::new(),
    };
    let ids = clock.ids.load(Ordering::Relaxed);
    let state = State { hands: [Hands::Empty, Hands::Empty], placers, ids };
    let stands = model.stands().await;
    let found = model.explore::<A>(0, &state, stands).await;
    let (states, steps, endings) = (model.seen.len(), model.edges, model.endings);
    (found, format!("{}: {states} states, {steps} steps, {endings} endings", A::KIND))
}

#[tokio::test]
async fn nothing_is_taken_out_of_reach_under_a_hold_in_force_in_any_order_of_steps() {
    let (found, tally) = explore::<Quarantine>(Mistake::None, placers()).await;
    println!("{tally}");
    assert_eq!(found, Ok(()), "{tally}");
}

#[tokio::test]
async fn nothing_is_destroyed_under_a_hold_in_force_in_any_order_of_steps() {
    let (found, tally) = explore::<Destroy>(Mistake::None, placers()).await;
    println!("{tally}");
    assert_eq!(found, Ok(()), "{tally}");
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_found_out() {
    let mistakes = [
        (Mistake::AnswersAtOnce, "went under a hold in force"),
        (Mistake::SettlesTheLiving, "a line is quarantined and Gone"),
        (Mistake::IntendsNothing, "a line is quarantined and Gone"),
    ];
    for (mistake, expected) in mistakes {
        let (found, tally) = explore::<Destroy>(mistake, ONE).await;
        println!("{mistake:?}: {tally}");
        let wrong = found.expect_err("it goes wrong");
        assert!(wrong.contains(expected), "{mistake:?}: {wrong}");
    }
}
