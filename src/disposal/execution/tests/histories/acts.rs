//! From the scan to the certificate, as the program and those who sign do it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::batch::{BatchState, Verdict};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::history::{History, lines};
use super::world::Disk;
use crate::catalogue::entity::{batch, batch_line};
use crate::clock::Clock as _;
use crate::disposal::ApprovalError;
use crate::disposal::approve::{Approved, Approving, approve, withdraw};
use crate::disposal::execution::restore::{What, restore};
use crate::disposal::execution::settle;
use crate::disposal::execution::tests::office::{CLERK, LAWYER, MANAGER, OWNER, Office, SIRO};
use crate::disposal::execution::{ChunkSize, dry_run, resume, run};
use crate::disposal::propose::{Proposer, Run, Wanted, propose};
use crate::disposal::verdict::{self, Keeping, Which};

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    Right,
    Wrong,
}

impl History {
    // What the program does.

    pub(super) async fn scan(&mut self, office: &Office) {
        let met = self.world.items(&self.world.disk());
        let file = office.config.store("share").unwrap();
        let scan = self.scanner(office).scan(file, CancellationToken::new(), &|_| ()).await;
        self.note("scan", &scan);
        if scan.is_ok() {
            self.scanned = met;
        }
    }

    pub(super) async fn propose(&mut self, office: &Office) {
        self.scan(office).await;
        let desk = office.desk(&self.clock);
        let before: Vec<Uuid> = self.listed.keys().copied().collect();
        let all = Wanted::default();
        let proposed = propose(&desk, Proposer::Program, &all, Run::Real).await;
        for proposal in proposed.iter().flatten() {
            self.note("propose", &proposal.lists);
        }
        if proposed.is_err() {
            return;
        }
        let today = self.clock.today();
        let in_all: usize = self.scanned.values().map(|item| item.files.len()).sum();
        let mut on_lists = BTreeMap::<Uuid, usize>::new();
        for line in lines(office).await {
            if before.contains(&line.id) {
                continue;
            }
            let item = self.scanned.get(&line.locator);
            let item = item.unwrap_or_else(|| panic!("I9: {} was not met", line.locator)).clone();
            assert!(self.world.is_due(&item, today), "I1, I8, I9: {item:?} is on a list");
            assert!(!self.world.is_held(&item), "G1: {item:?} is held and on a list");
            *on_lists.entry(line.batch_id).or_default() += item.files.len();
            self.listed.insert(line.id, item);
        }
        let ceiling = usize::try_from(self.world.share_percent).unwrap();
        for members in on_lists.values() {
            assert!(members * 100 <= in_all * ceiling, "I15: {members} of {in_all} on a list");
        }
    }

    pub(super) async fn keep(&mut self, office: &Office) {
        let Some(batch) = self.some_batch(office, &[BatchState::Proposed]).await else { return };
        let owner = self.actors[OWNER].clone();
        let later = self.clock.today().saturating_add(jiff::Span::new().months(3));
        let (verdict, until) = match self.dice.once_in(2) {
            true => (Verdict::Exclude, None),
            false => (Verdict::Defer, Some(later)),
        };
        let which = Which::Numbers(vec![1]);
        let keeping = Keeping { which, verdict, until, reason: "still used" };
        let desk = office.desk(&self.clock);
        let kept = verdict::keep(&desk, &owner, &batch.number, &keeping).await;
        self.note("keep", &kept);
    }

    pub(super) async fn refresh(&mut self, office: &Office) {
        let waiting = [BatchState::Proposed, BatchState::IaoApproved];
        let Some(batch) = self.some_batch(office, &waiting).await else { return };
        let owner = self.actors[OWNER].clone();
        let fresh = verdict::refresh(&office.desk(&self.clock), &owner, &batch.number).await;
        self.note("refresh", &fresh);
    }

    /// A batch that waits for a signature, and whose.
    pub(super) async fn some_to_sign(
        &mut self,
        office: &Office,
    ) -> Option<(batch::Model, &'static str)> {
        if let Some(batch) = self.some_batch(office, &[BatchState::IaoApproved]).await {
            return Some((batch, MANAGER));
        }
        let batch = self.some_batch(office, &[BatchState::Proposed]).await?;
        Some((batch, OWNER))
    }

    /// Before when nothing may go of what is authorised now.
    pub(super) fn after_cooling_off(&self) -> Timestamp {
        self.clock.now().checked_add(SignedDuration::from_hours(24 * 7)).unwrap()
    }

    pub(super) async fn sign(&mut self, office: &Office, signer: Signer) {
        let Some((batch, right)) = self.some_to_sign(office).await else { return };
        let wrong: &[&str] =
            if right == MANAGER { &[OWNER, LAWYER, SIRO] } else { &[MANAGER, CLERK, LAWYER, SIRO] };
        let who: &str = match signer {
            Signer::Right => right,
            Signer::Wrong => self.dice.one(wrong).unwrap(),
        };
        let signed = self.signs(office, &batch, who).await;
        self.note(if signer == Signer::Right { "sign" } else { "sign wrongly" }, &signed);
        let may = signer == Signer::Right && !self.world.left.contains(who);
        assert!(may || signed.is_err(), "I27: {who} signed a batch that waits for {right}");
        if signed.is_ok_and(|signed| signed.state == BatchState::Authorised) {
            self.not_before.insert(batch.id, self.after_cooling_off());
        }
    }

    /// This person signs what they are shown of a batch.
    pub(super) async fn signs(
        &self,
        office: &Office,
        batch: &batch::Model,
        who: &str,
    ) -> Result<Approved, ApprovalError> {
        let going = lines(office).await.into_iter();
        let going = going.filter(|line| line.batch_id == batch.id);
        let going = going.filter(|line| line.verdict.0 == Verdict::Include).count();
        let confirmation = format!("{} {going}", batch.number);
        let digest = batch.digest.as_deref().unwrap_or_default();
        let asked =
            Approving { number: &batch.number, digest, confirmation: &confirmation, comment: None };
        approve(&office.desk(&self.clock), &self.actors[who], asked).await
    }

    pub(super) async fn withdraw(&mut self, office: &Office) {
        let early = [BatchState::Proposed, BatchState::IaoApproved, BatchState::Authorised];
        let Some(batch) = self.some_batch(office, &early).await else { return };
        let manager = self.actors[MANAGER].clone();
        let desk = office.desk(&self.clock);
        let withdrawn = withdraw(&desk, &manager, &batch.number, "not this year").await;
        self.note("withdraw", &withdrawn);
    }

    pub(super) async fn under_way(&mut self, office: &Office) -> Option<batch::Model> {
        use BatchState::{Authorised, Destroying, Executed, Quarantined, Quarantining};
        let states = [Destroying, Quarantined, Quarantining, Authorised, Executed];
        self.some_batch(office, &states).await
    }

    pub(super) async fn run(&mut self, office: &Office) {
        let Some(batch) = self.under_way(office).await else { return };
        let size = ChunkSize::Lines(1 + self.dice.below(3));
        let scanner = self.scanner(office);
        let before = self.world.disk();
        let rehearsed = dry_run(&scanner, &batch.number).await;
        assert_eq!(before, self.world.disk(), "I28: a dry run wrote to the store");
        let ran = run(&scanner, &batch.number, size, &CancellationToken::new()).await;
        match &ran {
            Ok(ran) => {
                let came = ran.waits.as_ref().map_or(Ok(()), Err);
                self.note(&format!("run to {}", ran.state), &came);
            }
            Err(why) => self.note::<(), _>("run", &Err(why)),
        }
        let phase = matches!(
            batch.state.0,
            BatchState::Authorised | BatchState::Quarantined | BatchState::Destroying
        );
        if let (true, Ok(rehearsed), Ok(_)) = (phase && !self.killed, rehearsed, ran)
            && rehearsed.stops.is_empty()
        {
            let went = moved(&before, &self.world.disk(), &lines(office).await);
            let mut would = rehearsed.would_go.clone();
            would.sort_unstable();
            assert_eq!(would, went, "I28: what goes is what was rehearsed");
        }
        self.killed = false;
    }

    pub(super) async fn settle(&mut self, office: &Office) {
        let settled = settle::settle_all(&self.scanner(office)).await.unwrap();
        assert_eq!(settled.open + settled.unanswered, 0, "I19: what is open can be settled");
        self.killed = false;
    }

    /// A batch with something out of reach, and what of it is to be put back.
    pub(super) async fn some_to_restore(
        &mut self,
        office: &Office,
    ) -> Option<(batch::Model, What)> {
        let states = [BatchState::Quarantined, BatchState::Destroying];
        let batch = self.some_batch(office, &states).await?;
        let out = lines(office).await.into_iter();
        let out = out.filter(|line| line.batch_id == batch.id && line.kept_fingerprint.is_some());
        let out: Vec<Uuid> = out.map(|line| line.id).collect();
        let what = match (self.dice.once_in(2), self.dice.one(&out)) {
            (true, Some(line)) => What::Line(*line),
            _ => What::All,
        };
        Some((batch, what))
    }

    pub(super) async fn restore(&mut self, office: &Office) {
        let Some((batch, what)) = self.some_to_restore(office).await else { return };
        let manager = self.actors[MANAGER].clone();
        let scanner = self.scanner(office);
        let restored = restore(&scanner, &manager, &batch.number, &what, "asked for").await;
        self.note("restore", &restored);
        self.killed = false;
    }

    pub(super) async fn resume(&mut self, office: &Office) {
        let Some(batch) = self.some_batch(office, &[BatchState::Halted]).await else { return };
        let manager = self.actors[MANAGER].clone();
        let resumed = resume(&self.scanner(office), &manager, &batch.number, "looked").await;
        self.note("resume", &resumed);
    }
}

/// The lines whose items were taken or destroyed between, by id.
fn moved(before: &Disk, after: &Disk, lines: &[batch_line::Model]) -> Vec<Uuid> {
    let went = |id: &Uuid| match (before.out.get(id), after.out.get(id)) {
        (None, Some(_)) => true,
        (Some(was), None) => !after.there.values().any(|content| was.contains(content)),
        _ => false,
    };
    let mut moved: Vec<Uuid> = lines.iter().map(|line| line.id).filter(went).collect();
    moved.sort_unstable();
    moved
}
