//! The process ends at some point of what it is at. Whether that was done shows once
//! the next has begun.

use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use tokio_util::sync::CancellationToken;

use super::history::{Ended, History, Unsure};
use crate::catalogue::entity::{batch, hold, scan};
use crate::catalogue::words::ScanState;
use crate::cut_short::cut_short;
use crate::disposal::execution::restore::restore;
use crate::disposal::execution::run::{ChunkSize, run};
use crate::disposal::execution::settle;
use crate::disposal::execution::tests::office::{MANAGER, Office};

impl History {
    /// How often it waits before it ends.
    fn polls(&mut self) -> u64 {
        let most = 4 << self.dice.below(8);
        self.dice.below(most)
    }

    fn is_killed(&mut self, at: &str, unsure: Unsure) -> Ended {
        (self.unsure, self.killed) = (unsure, true);
        *self.tried.entry(format!("cut short: {at}")).or_default() += 1;
        Ended::Killed
    }

    pub(super) async fn run_cut_short(&mut self, office: &Office) -> Ended {
        let Some(batch) = self.under_way(office).await else { return Ended::Well };
        let size = ChunkSize::Lines(1 + self.dice.below(3));
        let polls = self.polls();
        let (scanner, cancel) = (self.scanner(office), CancellationToken::new());
        cut_short(run(&scanner, &batch.number, size, &cancel), polls).await;
        self.is_killed("run", Unsure::Nothing)
    }

    pub(super) async fn scan_cut_short(&mut self, office: &Office) -> Ended {
        let met = self.world.items(&self.world.disk());
        let polls = self.polls();
        let file = office.config.store("share").unwrap();
        let before = complete_scans(office).await;
        let scanner = self.scanner(office);
        cut_short(scanner.scan(file, CancellationToken::new(), &|_| ()), polls).await;
        self.is_killed("scan", Unsure::Scan(met, before))
    }

    pub(super) async fn sign_cut_short(&mut self, office: &Office) -> Ended {
        let Some((batch, who)) = self.some_to_sign(office).await else { return Ended::Well };
        let polls = self.polls();
        cut_short(self.signs(office, &batch, who), polls).await;
        let from = self.after_cooling_off();
        self.is_killed("sign", Unsure::Signed(batch.id, who, from))
    }

    pub(super) async fn place_cut_short(&mut self, office: &Office) -> Ended {
        let (new, held) = self.some_hold();
        let polls = self.polls();
        cut_short(self.places(office, &new), polls).await;
        self.is_killed("place", Unsure::Held(held))
    }

    pub(super) async fn restore_cut_short(&mut self, office: &Office) -> Ended {
        let Some((batch, what)) = self.some_to_restore(office).await else { return Ended::Well };
        let (polls, manager) = (self.polls(), self.actors[MANAGER].clone());
        let scanner = self.scanner(office);
        cut_short(restore(&scanner, &manager, &batch.number, &what, "asked for"), polls).await;
        self.is_killed("restore", Unsure::Nothing)
    }

    pub(super) async fn settle_cut_short(&mut self, office: &Office) -> Ended {
        let polls = self.polls();
        cut_short(settle::settle_all(&self.scanner(office)), polls).await;
        self.is_killed("settle", Unsure::Nothing)
    }

    /// What the process that ended was at was done, or it was not.
    pub(super) async fn finds_out(&mut self, office: &Office) {
        let read = office.catalogue.read();
        match std::mem::take(&mut self.unsure) {
            Unsure::Nothing => {}
            Unsure::Scan(met, before) => {
                if complete_scans(office).await > before {
                    self.scanned = met;
                }
            }
            Unsure::Signed(id, who, from) => {
                let row = batch::Entity::find_by_id(id).one(read).await.unwrap().unwrap();
                let signed = match row.state.0 {
                    BatchState::IaoApproved => who != MANAGER,
                    state => state == BatchState::Authorised,
                };
                assert!(!signed || !self.world.left.contains(who), "I27: {who} has left");
                if row.state.0 == BatchState::Authorised {
                    self.not_before.insert(id, from);
                }
            }
            Unsure::Held(held) => {
                let placed = hold::Column::Reference.eq(&held.reference);
                let placed = hold::Entity::find().filter(placed).one(read).await.unwrap();
                if placed.is_some() {
                    self.is_held_now(held);
                }
            }
        }
    }
}

async fn complete_scans(office: &Office) -> u64 {
    let complete = scan::Entity::find().filter(scan::Column::State.eq(ScanState::Complete));
    complete.count(office.catalogue.read()).await.unwrap()
}
