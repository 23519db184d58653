//! Destroys files by way of batches, beside the bare destruction of as many
//! files through the same connector.
//!
//! ```text
//! cargo bench --bench dispose -- [LINES [ROUNDS]]     100000 lines, 3 rounds
//! ```
//!
//! The bare destruction takes every file out of reach and then destroys it, in
//! chunks of [`CHUNK`]. It looks at each file before each act, for no permit is
//! granted without what was just seen; that is told apart from the acts. The
//! batch does the same, and judges, intends, records, stubs, audits and
//! certifies besides. Both take turns, each on a new folder; the medians are
//! printed, and how far the memory rose while the batch was carried out.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has failed")]
#![expect(dead_code, reason = "the tests' council can do more than is asked of it here")]

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use retaind::clock::{Clock, SystemClock};
use retaind::disposal::execution::{ChunkSize, Ran, run};
use retaind::scan::run::Scanner;
use retaind_connectors::contract::{ActOutcome, Connector, InQuarantine, Leash, Look};
use retaind_connectors::order::{DateOrder, DateSource, MappingOrder, Unit};
use retaind_connectors::store;
use retaind_schedules::batch::BatchState;
use retaind_schedules::ids::{BatchLineId, MappingId};
use retaind_schedules::permit::{Destroy, Quarantine};
use retaind_schedules::trigger::Trigger;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Database;
use crate::office::{OLD, Office};
use crate::permits::{line, permit};
use crate::share::Share;

#[path = "../tests/support/casework.rs"]
mod casework;
#[path = "../tests/support/catalogue.rs"]
mod catalogue;
#[path = "../tests/support/council.rs"]
mod council;
#[path = "../tests/support/office.rs"]
mod office;
#[path = "../connectors/tests/behaviour/permits.rs"]
mod permits;
#[path = "../tests/support/share.rs"]
mod share;

/// Lines the bare destruction hands to the connector at once.
const CHUNK: usize = 1_000;

/// Of every story of a batch: authorised, let go, and past its grace.
const PROPOSED: &str = "2026-10-30T09:00:00Z";
const LET_GO: &str = "2026-11-06T09:00:00Z";
const GRACE_OVER: &str = "2026-12-06T12:00:00Z";

fn main() {
    // Cargo says `--bench` first.
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let lines: usize = numbers.next().unwrap_or(100_000);
    let rounds: usize = numbers.next().unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (mut acts_took, mut looks_took, mut batch_took, mut rises) =
        (vec![], vec![], vec![], vec![]);
    for round in 1..=rounds {
        let Bare { acts, looks } = runtime.block_on(bare(lines));
        let (quarantined, destroyed, rise) = runtime.block_on(batch(lines));
        let batch = quarantined + destroyed;
        eprintln!(
            "round {round}: bare {acts:.3} s and {looks:.3} s of looks, batch {batch:.3} s \
             ({quarantined:.3} and {destroyed:.3}), +{rise} KiB"
        );
        acts_took.push(acts);
        looks_took.push(looks);
        batch_took.push(batch);
        rises.push(rise as f64);
    }
    let (acts, looks, batch) = (median(acts_took), median(looks_took), median(batch_took));
    println!("{lines} lines, {rounds} rounds");
    println!("bare destruction {acts:.3} s, and {looks:.3} s to look before each act");
    println!("batch            {batch:.3} s, memory +{:.0} KiB", median(rises));
    println!(
        "batch / bare     {:.2}x, and {:.2}x with its looks",
        batch / acts,
        batch / (acts + looks)
    );
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return numbers[middle];
    }
    (numbers[middle - 1] + numbers[middle]) / 2.0
}

fn since(begun: Timestamp) -> f64 {
    SystemClock.now().duration_since(begun).as_secs_f64()
}

fn mapping() -> MappingOrder {
    MappingOrder {
        id: MappingId("00000000-0000-0000-0000-000000000000".parse().unwrap()),
        location: "planning".to_owned(),
        pattern: None,
        unit: Unit::Item,
        dates: vec![DateOrder { trigger: Trigger::LastModified, source: DateSource::Modified }],
        reference: None,
        subject: None,
    }
}

/// How long the bare destruction takes, in seconds.
#[derive(Default)]
struct Bare {
    acts: f64,
    looks: f64,
}

/// Takes files out of reach and destroys them, and no more.
async fn bare(lines: usize) -> Bare {
    let folder = tempfile::tempdir().unwrap();
    let share = Share::make(folder.path().join("share"));
    share.files("planning", lines, OLD);
    let settings = format!("root = {:?}\nthreads = 2", share.root());
    let settings = settings.parse().unwrap();
    let connector = store::open("filesystem", settings, Path::new("/"), Leash::Unleashed).unwrap();
    let places: Vec<String> =
        (0..lines).map(|number| format!("planning/record-{number:05}")).collect();
    let mut took = Bare::default();
    bare_quarantine(&connector, &places, &mut took).await;
    bare_destroy(&connector, &places, &mut took).await;
    took
}

async fn bare_quarantine(connector: &Arc<dyn Connector>, places: &[String], took: &mut Bare) {
    let mapping = mapping();
    for (chunk, places) in places.chunks(CHUNK).enumerate() {
        let begun = SystemClock.now();
        let looks = connector.look_all(&mapping, places).await.unwrap();
        took.looks += since(begun);
        let permits = places.iter().zip(looks).enumerate().map(|(at, (place, look))| {
            let Look::Present(found) = look else { panic!("{place} is not there") };
            permit::<Quarantine>((chunk * CHUNK + at) as u64, place, found.fingerprint)
        });
        let permits = permits.collect();
        let begun = SystemClock.now();
        all_done(&connector.quarantine(&mapping, permits).await.unwrap());
        took.acts += since(begun);
    }
}

async fn bare_destroy(connector: &Arc<dyn Connector>, places: &[String], took: &mut Bare) {
    let mapping = mapping();
    for (chunk, places) in places.chunks(CHUNK).enumerate() {
        let numbers = (chunk * CHUNK) as u64..;
        let ids: Vec<BatchLineId> = numbers.clone().take(places.len()).map(line).collect();
        let begun = SystemClock.now();
        let looks = connector.look_quarantined(&mapping, &ids).await.unwrap();
        took.looks += since(begun);
        let permits = numbers.zip(places).zip(looks).map(|((number, place), look)| {
            let InQuarantine::There(looks) = look else { panic!("{place} is not kept") };
            permit::<Destroy>(number, place, looks)
        });
        let permits = permits.collect();
        let begun = SystemClock.now();
        all_done(&connector.destroy(&mapping, permits).await.unwrap());
        took.acts += since(begun);
    }
}

fn all_done(outcomes: &[ActOutcome]) {
    assert!(outcomes.iter().all(|outcome| matches!(outcome, ActOutcome::Done(_))));
}

/// How long it takes to carry out a batch of so many files, until they are out of
/// reach and from then to the certificate, and how many KiB the memory rose meanwhile.
async fn batch(lines: usize) -> (f64, f64, u64) {
    let office = Office::with_files(Database::Sqlite, PROPOSED, lines).await;
    office.set("ceiling.max-lines", &lines.to_string()).await;
    let number = office.authorised().await;
    office.at(LET_GO).await;
    let (ran, quarantined, first_rise) = carried_out(&office, &number, LET_GO).await;
    assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, lines as u64));
    office.at(GRACE_OVER).await;
    office.council.scan("share").await;
    let (ran, destroyed, second_rise) = carried_out(&office, &number, GRACE_OVER).await;
    assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, lines as u64));
    (quarantined, destroyed, first_rise.max(second_rise))
}

/// How a run ended, how long it took, and how many KiB the memory rose meanwhile.
async fn carried_out(office: &Office, number: &str, from: &str) -> (Ran, f64, u64) {
    // The highest mark is set back to what is in use now.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory_kib("VmRSS:");
    let begun = SystemClock.now();
    let from: Timestamp = from.parse().unwrap();
    let clock = Running { ahead: from.duration_since(begun) };
    let scanner = Scanner { clock: Arc::new(clock), ..office.open.scanner(office.clock()) };
    let ran = run(&scanner, number, ChunkSize::ByTime, &CancellationToken::new()).await.unwrap();
    (ran, since(begun), memory_kib("VmHWM:").saturating_sub(before))
}

/// A clock that runs, so that chunks are sized as they are in service.
struct Running {
    ahead: SignedDuration,
}

impl Clock for Running {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(self.ahead).unwrap()
    }
}

fn memory_kib(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
