//! The daemon is killed at random instants while it carries out a batch, and
//! begun again, until the batch has its certificate.
//!
//! `RETAIND_TEST_KILLS=200` has as many kills as that, spread over as many
//! batches as it takes; `RETAIND_TEST_SEED` repeats the instants, as far as a
//! machine repeats itself.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use retaind::catalogue::entity::{certificate, stub};
use retaind::clock::{Clock as _, SystemClock};
use retaind::jobs::book;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use sea_orm::EntityTrait as _;

use super::stories::reachable;
use crate::casework::{Casework, execute};
use crate::catalogue::Database;
use crate::office::{FILES, OLD, Office};

/// The jobs that take things out of reach, and destroy them.
const CARRIES_OUT: [&str; 2] = ["execute", "quarantine-expiry"];

/// Kills where nobody says how many.
const KILLS: u64 = 10;

const LINES: usize = 900;

/// A daemon that has not come further by now never does.
const STUCK: SignedDuration = SignedDuration::from_mins(4);

const TENANCY: &str = "[[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'tenancy'\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

/// A number of the environment, or this.
fn number(name: &str, else_this: u64) -> u64 {
    std::env::var(name).map_or(else_this, |text| text.parse().expect("a number"))
}

/// `SplitMix64`: what comes next depends on nothing but the seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn days_ago(days: i64) -> Timestamp {
    SystemClock.now() - SignedDuration::from_hours(24 * days)
}

/// Where the records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Files,
    Rows,
}

/// The store file of rows that may be changed, under this head.
pub(super) fn store_file(head: &str) -> String {
    head.replace("'sql'\n", "'sql'\nunleashed = true\n") + TENANCY
}

/// A batch whose cooling-off is over by the real clock.
pub(super) struct Approved {
    pub(super) office: Office,
    pub(super) casework: Option<Casework>,
    pub(super) number: String,
}

impl Approved {
    pub(super) async fn of(database: Database, store: Store, lines: usize) -> Self {
        let mut office = Office::found(database, &days_ago(20).to_string()).await;
        let casework = match store {
            Store::Rows => {
                let rows: Vec<String> =
                    (1..=lines).map(|id| format!("({id}, '2015-06-01')")).collect();
                let table = "create table tenancy (id integer primary key, ended date); \
                             insert into tenancy values ";
                let casework =
                    Casework::make(Database::Postgres, &(table.to_owned() + &rows.join(","))).await;
                office.council.store("share", &store_file(&casework.settings()));
                Some(casework)
            }
            Store::Files => {
                office.share.files("planning", lines, OLD);
                office.council.store("share", FILES);
                None
            }
        };
        office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
        office.clock().set(days_ago(18));
        let number = office.authorised().await;
        office.at_time(SystemClock.now()).await;
        office.council.scan("share").await;
        Self { office, casework, number }
    }

    /// What the daemon does is carrying out, and nothing beside it.
    pub(super) async fn only_execute(&mut self) {
        let path = self.office.council.path("retaind.toml");
        let mut settings = std::fs::read_to_string(&path).unwrap();
        settings += "[jobs.schedule]\n";
        for job in retaind::jobs::TABLE {
            let is_on = CARRIES_OUT.contains(&job.name);
            let timing = if is_on { "* * * * *" } else { "off" };
            settings += &format!("{} = '{timing}'\n", job.name);
        }
        std::fs::write(path, settings).unwrap();
        self.office.open = self.office.council.open().await;
        let open = &self.office.open;
        book::sync(&open.catalogue, &open.config, SystemClock.now()).await.unwrap();
    }

    /// Begins a daemon to which the batch is due.
    pub(super) async fn daemon(&self) -> Daemon {
        let url = self.office.council.url();
        execute(url, "update job set next_due_at = 1 where next_due_at is not null").await;
        let mut command = self.office.council.command(&["serve"]);
        Daemon(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// A month goes by for what is out of reach.
    pub(super) async fn let_the_grace_pass(&self) {
        if self.office.batch(&self.number).await.state.0 == BatchState::Quarantined {
            let month = 31 * 24 * 3_600 * 1_000_000_i64;
            let aged = format!("update batch set quarantined_at = quarantined_at - {month}");
            self.office.as_if(&aged).await;
        }
    }

    /// The chunks that are closed, and where the batch stands.
    async fn progress(&self) -> (u64, BatchState) {
        let intents = self.office.intents().await;
        let closed = intents.iter().filter(|intent| intent.closed_at.is_some()).count() as u64;
        (closed, self.office.batch(&self.number).await.state.0)
    }

    /// The items that are where they belong, by their locators.
    async fn there(&self) -> BTreeSet<String> {
        match &self.casework {
            Some(casework) => {
                let ids = casework.texts("select id::text from tenancy").await;
                ids.into_iter().map(|id| format!("tenancy/{id}")).collect()
            }
            None => {
                let names = reachable(&self.office, "planning").into_iter();
                names.map(|name| format!("planning/{name}")).collect()
            }
        }
    }

    /// What the catalogue says of each line is so, but of those in an open chunk. Rows
    /// are in their table, out of reach, or gone, and in no two of these.
    async fn says_what_is_so(&self) {
        let lines = self.office.lines(&self.number).await;
        let there = self.there().await;
        let kept = match &self.casework {
            Some(casework) => Some(casework.out_of_reach().await),
            None => None,
        };
        for line in lines {
            let (place, state) = (line.locator, line.state.0);
            let is_kept = kept.as_ref().map(|kept| kept.contains(&place));
            let (in_place, out_of_reach) = match state {
                LineState::Pending => (true, false),
                LineState::Quarantined => (false, true),
                LineState::Destroyed => (false, false),
                _ => continue,
            };
            assert_eq!(there.contains(&place), in_place, "{place} is {state}");
            assert_eq!(is_kept.unwrap_or(out_of_reach), out_of_reach, "{place} is {state}");
        }
    }

    /// Everything that must be so once it is over.
    async fn is_over(&self, what: &str) {
        let office = &self.office;
        let lines = office.lines(&self.number).await;
        assert_eq!(lines.len(), LINES, "{what}");
        let gone = lines.iter().filter(|line| line.state.0 == LineState::Destroyed).count();
        assert_eq!(gone, LINES, "{what}");
        assert_eq!(self.there().await, BTreeSet::new(), "{what}");
        if let Some(casework) = &self.casework {
            assert_eq!(casework.out_of_reach().await, BTreeSet::new(), "{what}");
        }
        let read = office.open.catalogue.read();
        let certificates = certificate::Entity::find().all(read).await.unwrap();
        assert_eq!(certificates.len(), 1, "{what}");
        let verified = verify::verify(&certificates[0].json, None).unwrap();
        assert_eq!(verified.signed.certificate.count, LINES as u64, "{what}");
        assert_eq!(stub::Entity::find().all(read).await.unwrap().len(), LINES, "{what}");
        assert!(office.intents().await.iter().all(|intent| intent.closed_at.is_some()), "{what}");
        let again = office.council.run(&["--json", "dispose", "run", &self.number]);
        assert_eq!(again.code, 0, "{what}: {again:?}");
        let said = &again.json()[0];
        assert_eq!((&said["quarantined"], &said["destroyed"]), (&0.into(), &0.into()), "{what}");
        assert!(office.certificate(&certificates[0].number).exists(), "{what}");
        office.council.audit().await;
    }
}

/// A daemon; it is killed where it is dropped.
pub(super) struct Daemon(pub(super) Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills the daemon at most so often, and then lets it be; how often it was
/// killed, and how often a chunk was open then.
async fn kill_until_certified(batch: &Approved, dice: &mut Dice, kills: u64) -> (u64, u64) {
    let (mut left, mut torn) = (kills, 0);
    while batch.progress().await.1 != BatchState::Certified {
        batch.let_the_grace_pass().await;
        let (closed, state) = batch.progress().await;
        let mut daemon = batch.daemon().await;
        // Some are killed while they begin, most when they have come a little further.
        let goal = if left > 0 { closed + dice.below(3) } else { u64::MAX };
        let begun = SystemClock.now();
        while let (now, still) = batch.progress().await
            && now < goal
            && still == state
        {
            assert_eq!(daemon.0.try_wait().unwrap(), None, "the daemon ends by itself");
            let waited = SystemClock.now().duration_since(begun);
            assert!(waited < STUCK, "the daemon does nothing: {state:?}, {closed} chunks closed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The instant of the kill is the test: it may be any.
        tokio::time::sleep(Duration::from_micros(dice.below(150_000))).await;
        drop(daemon);
        left = left.saturating_sub(1);
        let intents = batch.office.intents().await;
        torn += u64::from(intents.iter().any(|intent| intent.closed_at.is_none()));
        batch.says_what_is_so().await;
    }
    (kills - left, torn)
}

#[tokio::test]
async fn story_16_killed_at_any_instant_each_line_still_has_one_outcome() {
    let seed = number("RETAIND_TEST_SEED", u64::from(std::process::id()));
    let wanted = number("RETAIND_TEST_KILLS", KILLS);
    println!("RETAIND_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    // After so many a batch is let be.
    let most = (wanted / 8).clamp(5, 25);
    let (mut kills, mut torn, mut batches) = (0, 0, 0);
    let settings = [
        (Database::Sqlite, Store::Files),
        (Database::Postgres, Store::Rows),
        (Database::Postgres, Store::Files),
        (Database::Sqlite, Store::Rows),
    ];
    for (database, store) in settings.into_iter().cycle() {
        let mut batch = Approved::of(database, store, LINES).await;
        batch.only_execute().await;
        let (killed, open) = kill_until_certified(&batch, &mut dice, most).await;
        (kills, torn, batches) = (kills + killed, torn + open, batches + 1);
        batch.is_over(&format!("seed {seed}, {database:?}, {store:?}")).await;
        // Where none has met an open chunk yet, one more batch is tried, and another.
        if kills >= wanted && (torn > 0 || kills >= wanted + 4 * most) {
            break;
        }
    }
    assert!(torn > 0, "no kill met an open chunk, so nothing was shown: seed {seed}");
    println!("{kills} kills in {batches} batches of {LINES} lines; a chunk was open at {torn}");
}
