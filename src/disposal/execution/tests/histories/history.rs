//! One history: each step, done as a person or the program does it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::batch::BatchState;
use retaind_schedules::ids::ChangeId;
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::acts::Signer;
use super::dice::Dice;
use super::must::Moment;
use super::steps::Step;
use super::world::{Held, Item, World};
use crate::audit::{self, By};
use crate::catalogue::entity::{batch, batch_line};
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::clock;
use crate::disposal::execution::open::UnderWay;
use crate::disposal::execution::tests::office::Office;
use crate::disposal::expire::expire;
use crate::people::Actor;
use crate::scan::run::Scanner;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// And the process goes on.
    Well,
    /// With the process.
    Killed,
}

/// What a process was at when it ended. Whether it was done shows in the catalogue
/// once the next has begun.
#[derive(Debug, Default)]
pub(super) enum Unsure {
    /// Nothing that people would remember.
    #[default]
    Nothing,
    /// A scan, what it met, and how many had come to their end before.
    Scan(BTreeMap<String, Item>, u64),
    /// A signature of this person, and before when nothing may go if it was the last.
    Signed(Uuid, &'static str, Timestamp),
    /// A hold.
    Held(Held),
}

/// One history, across the processes of which it is made.
pub(super) struct History {
    pub(super) clock: FixedClock,
    pub(super) world: World,
    pub(super) dice: Dice,
    /// What each line stood for when it was listed.
    pub(super) listed: BTreeMap<Uuid, Item>,
    /// Lines whose item was held since it was listed.
    pub(super) held_since: BTreeSet<Uuid>,
    /// What the last scan met.
    pub(super) scanned: BTreeMap<String, Item>,
    /// Before when nothing of a batch may go, since two have signed.
    pub(super) not_before: BTreeMap<Uuid, Timestamp>,
    /// Since when a batch is out of reach.
    pub(super) taken: BTreeMap<Uuid, Timestamp>,
    /// The people, as they signed in at the beginning.
    pub(super) actors: BTreeMap<&'static str, Actor>,
    /// Changes that would keep everything for so many years only.
    pub(super) shorter: BTreeMap<ChangeId, i16>,
    /// What was tried, and what came of it.
    pub(super) tried: BTreeMap<String, u64>,
    /// What a process was at when it ended, and whether it came to it.
    pub(super) unsure: Unsure,
    /// Whether a process ended since what it left open was last settled.
    pub(super) killed: bool,
    pub(super) head: audit::From,
}

impl History {
    pub(super) async fn step(&mut self, office: &Office, step: Step) -> Ended {
        // No two scans, signatures or batches are of one instant.
        self.at(SignedDuration::from_mins(1));
        match step {
            Step::Add => self.add(),
            Step::Change => self.change(),
            Step::Remove => self.remove(),
            Step::TakePlace => self.take_place(),
            Step::Event => self.event(office).await,
            Step::Scan => self.scan(office).await,
            Step::Propose => self.propose(office).await,
            Step::Keep => self.keep(office).await,
            Step::Refresh => self.refresh(office).await,
            Step::SignWrongly => self.sign(office, Signer::Wrong).await,
            Step::Sign => self.sign(office, Signer::Right).await,
            Step::Withdraw => self.withdraw(office).await,
            Step::Expire => drop(expire(&office.desk(&self.clock)).await.unwrap()),
            Step::Run => self.run(office).await,
            Step::RunCutShort => return self.run_cut_short(office).await,
            Step::ScanCutShort => return self.scan_cut_short(office).await,
            Step::SignCutShort => return self.sign_cut_short(office).await,
            Step::PlaceCutShort => return self.place_cut_short(office).await,
            Step::RestoreCutShort => return self.restore_cut_short(office).await,
            Step::SettleCutShort => return self.settle_cut_short(office).await,
            Step::Settle => self.settle(office).await,
            Step::Restore => self.restore(office).await,
            Step::Resume => self.resume(office).await,
            Step::Place => self.place(office).await,
            Step::Release => self.release(office).await,
            Step::Tell => self.tell(office).await,
            Step::Ahead => self.ahead(office, 8).await,
            Step::AheadFar => self.ahead(office, 31).await,
            Step::Leap => self.at(SignedDuration::from_hours(24 * 400)),
            Step::Back => self.at(SignedDuration::from_hours(-24 * 60)),
            Step::Unmount => self.unmounted(office).await,
            Step::Unfit => self.unfit(office).await,
            Step::Longer => self.longer(office).await,
            Step::Shorter => self.shorter(office).await,
            Step::SignChange => self.sign_change(office).await,
            Step::Ceiling => self.ceiling(office).await,
            Step::Leaves => self.leaves(office).await,
            Step::Erase => self.erase(office).await,
            Step::Retract => self.retract(office).await,
        }
        Ended::Well
    }

    /// Counts what came of something.
    pub(super) fn note<T, E: std::fmt::Display>(&mut self, what: &str, came: &Result<T, E>) {
        let said = match came {
            Ok(_) => "done".to_owned(),
            Err(why) => {
                why.to_string().chars().filter(|sign| !sign.is_numeric()).take(90).collect()
            }
        };
        *self.tried.entry(format!("{what}: {said}")).or_default() += 1;
    }

    pub(super) fn scanner(&self, office: &Office) -> Scanner {
        office.scanner(&self.clock)
    }

    // The clock.

    pub(super) async fn ahead(&mut self, office: &Office, days: i64) {
        self.at(SignedDuration::from_hours(24 * days));
        let now = self.clock.now();
        clock::confirm(&office.catalogue, By::Service, "days went by", now).await.unwrap();
        self.scan(office).await;
    }

    pub(super) fn at(&self, later: SignedDuration) {
        self.clock.set(self.clock.now().checked_add(later).unwrap());
    }

    pub(super) async fn some_batch(
        &mut self,
        office: &Office,
        states: &[BatchState],
    ) -> Option<batch::Model> {
        let all = batch::Entity::find().all(office.catalogue.read()).await.unwrap();
        let mut all: Vec<_> =
            all.into_iter().filter(|batch| states.contains(&batch.state.0)).collect();
        all.sort_by(|one, other| one.number.cmp(&other.number));
        self.dice.one(&all).cloned()
    }

    /// Everything as it is now.
    pub(super) async fn moment(&self, office: &Office) -> Moment {
        Moment::of(office, self.world.disk(), self.clock.now()).await
    }
}

/// Every line, as people are shown it.
pub(super) async fn lines(office: &Office) -> Vec<batch_line::Model> {
    let read = office.catalogue.read();
    let mut lines = batch_line::Entity::find().all(read).await.unwrap();
    lines.sort_by_key(|line| (line.batch_id, line.position));
    let mut shown = Vec::new();
    for of_batch in lines.chunk_by(|one, next| one.batch_id == next.batch_id) {
        let open = UnderWay::of(read, of_batch[0].batch_id).await.unwrap();
        shown.extend(of_batch.iter().cloned().map(|line| open.shown(line)));
    }
    shown
}
