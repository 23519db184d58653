//! What must be so after every step. What moved is seen on the disk, and
//! whether it might is worked out from what people did; the catalogue is then
//! held against both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::batch::{BatchState, LineState, Verdict};
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::history::{History, lines};
use super::world::{Disk, Item};
use crate::audit;
use crate::catalogue::entity::{approval, batch, batch_line, certificate, intent, stub};
use crate::catalogue::words::Decision;
use crate::disposal::execution::clock;
use crate::disposal::execution::tests::office::Office;
use crate::disposal::list::digest_of;
use crate::stores::{self, calls};

/// Everything as it is at one moment.
pub(super) struct Moment {
    now: Timestamp,
    disk: Disk,
    lines: Vec<batch_line::Model>,
    batches: BTreeMap<Uuid, batch::Model>,
    /// Whether the clock can be relied on.
    sane: bool,
    version: Option<Uuid>,
}

/// What became of an item between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    OutOfReach,
    ForGood,
}

impl Moment {
    pub(super) async fn of(office: &Office, disk: Disk, now: Timestamp) -> Self {
        let read = office.catalogue.read();
        let batches = batch::Entity::find().all(read).await.unwrap();
        Self {
            now,
            disk,
            lines: lines(office).await,
            batches: batches.into_iter().map(|batch| (batch.id, batch)).collect(),
            sane: clock::sane(read, now).await.unwrap().is_ok(),
            version: stores::version_in_force(read).await.unwrap().map(|version| version.id),
        }
    }

    /// What became of the item of a line since the moment before.
    fn went(&self, before: &Self, line: Uuid) -> Option<Went> {
        match (before.disk.out.get(&line), self.disk.out.get(&line)) {
            (None, Some(_)) => Some(Went::OutOfReach),
            (Some(was), None) if !self.is_there(was) => Some(Went::ForGood),
            _ => None,
        }
    }

    fn is_there(&self, contents: &BTreeSet<String>) -> bool {
        contents.iter().all(|content| self.disk.there.values().any(|there| there == content))
    }
}

impl History {
    /// Looks at everything once a step is done.
    pub(super) async fn check(&mut self, office: &Office, before: &Moment) -> Moment {
        let now = self.moment(office).await;
        for line in &now.lines {
            let item = self.listed.get(&line.id).cloned();
            let item = item.unwrap_or_else(|| panic!("I5: line {} was added", line.id));
            if let Some(went) = now.went(before, line.id) {
                self.might_go(office, before, &now, line, &item, went).await;
                if went == Went::ForGood {
                    if self.world.early.contains_key(&line.id) {
                        self.note::<(), String>("went early", &Ok(()));
                    }
                    let contents = item.contents().into_iter().map(str::to_owned);
                    self.world.gone.extend(contents.map(|content| (content, line.id)));
                }
            }
            self.says_what_is_so(&now, line, &item);
        }
        for batch in now.batches.values().filter(|batch| batch.quarantined_at.is_some()) {
            self.taken.entry(batch.id).or_insert(now.now);
        }
        self.nothing_held_is_asked_for();
        self.everything_is_in_one_place(&now.disk);
        self.lists_are_as_signed(office, &now).await;
        self.proof_is_there(office, &now).await;
        let verified = audit::verify(&office.catalogue, self.head.clone()).await;
        let head = verified.unwrap_or_else(|broken| panic!("I20: {broken}")).head;
        self.head = audit::From::Head(head);
        now
    }

    /// The store was asked for nothing that is held: neither for what is in it, nor
    /// to take it or to destroy it. So it is for what is restricted, whatever became
    /// of it there.
    fn nothing_held_is_asked_for(&self) {
        for (call, locator) in calls::heard() {
            let item = Item { locator, files: Vec::new() };
            let place = &item.locator;
            assert!(!self.world.is_held(&item), "I2, I16: {call:?} of {place}, which is held");
        }
    }

    /// Whether an item that went might go.
    async fn might_go(
        &self,
        office: &Office,
        before: &Moment,
        now: &Moment,
        line: &batch_line::Model,
        item: &Item,
        went: Went,
    ) {
        let place = &item.locator;
        let batch = &now.batches[&line.batch_id];
        let today = london_date(now.now);
        assert_ne!(item.code(), "P-01", "I8: {place} went {went:?}");
        let (is_due, early) =
            (self.world.is_due(item, today), self.may_go_early(line.id, item.code()));
        assert!(is_due || early, "I1, I12: {place} went {went:?} and is not due");
        let named = self.world.early.contains_key(&line.id);
        assert!(early || !named, "G8: {place} went {went:?} by a decision that does not stand");
        assert!(!self.world.is_held(item), "I2, I3: {place} went {went:?} and is held");
        let case = place.strip_suffix('/').map(|_| place.as_str());
        let joined = case.is_some_and(|case| {
            let is_in = |disk: &Disk| disk.there.keys().any(|path| path.starts_with(case));
            went == Went::ForGood && is_in(&before.disk) && is_in(&now.disk)
        });
        assert!(!joined, "I12: {place} went for good, and more had come to it");
        let was_held = self.held_since.contains(&line.id);
        assert!(!was_held, "G5, I7: {place} went {went:?} and was held since it was listed");
        assert!(before.sane, "I14: {place} went {went:?} by a clock that is wrong");
        assert_eq!(before.version, Some(batch.schedule_version_id), "I6: {place} went {went:?}");
        assert_eq!(line.verdict.0, Verdict::Include, "{place} went, and its owner keeps it");
        let kept = [&now.disk, &before.disk].into_iter().find_map(|disk| disk.out.get(&line.id));
        let kept: BTreeSet<&str> = kept.into_iter().flatten().map(String::as_str).collect();
        assert_eq!(kept, item.contents(), "I25: {place} is not what was approved");
        let (from, wait) = match went {
            Went::OutOfReach => (self.not_before.get(&batch.id).copied(), "cooling-off"),
            Went::ForGood => {
                let grace = SignedDuration::from_hours(24 * 30);
                let taken = self.taken.get(&batch.id);
                (taken.map(|taken| taken.checked_add(grace).unwrap()), "grace")
            }
        };
        assert!(from.is_some_and(|from| now.now >= from), "{place} went {went:?} in its {wait}");
        let signed = approval::Entity::find()
            .filter(approval::Column::BatchId.eq(batch.id))
            .filter(approval::Column::Decision.eq(Decision::Approve))
            .filter(approval::Column::Digest.eq(batch.digest.clone().unwrap_or_default()));
        let signed = signed.all(office.catalogue.read()).await.unwrap();
        let people: BTreeSet<Uuid> = signed.iter().map(|signed| signed.person_id).collect();
        assert_eq!(people.len(), 2, "I4: {place} went {went:?}, signed by {}", people.len());
        let left = self.world.left.iter().map(|who| self.actors[who].person.0);
        assert!(left.clone().all(|who| !people.contains(&who)), "I27: who signed {place} has left");
    }

    /// The catalogue says of a line what is so on the disk. What an owner kept, or
    /// was withdrawn, may go under a later list: that is said there.
    fn says_what_is_so(&self, now: &Moment, line: &batch_line::Model, item: &Item) {
        let is_out = now.disk.out.contains_key(&line.id);
        let gone_by = |content: &&str| self.world.gone.get(*content) == Some(&line.id);
        let is_gone = item.contents().iter().all(gone_by);
        let state = line.state.0;
        let agrees = match state {
            LineState::Quarantined => is_out && !is_gone,
            LineState::Destroyed => is_gone && !is_out,
            LineState::Acting => self.killed,
            LineState::Failed => !is_gone,
            _ => !is_out && !is_gone,
        };
        let place = &item.locator;
        assert!(agrees, "I19: {place} is {state}, out of reach: {is_out}, gone: {is_gone}");
    }

    fn everything_is_in_one_place(&self, disk: &Disk) {
        for file in &self.world.files {
            let is_there = disk.there.get(&file.path) == Some(&file.content);
            let is_out = disk.out.values().any(|kept| kept.contains(&file.content));
            let is_gone = self.world.gone.contains_key(&file.content);
            let places = [is_there, is_out, is_gone].into_iter().filter(|place| *place).count();
            let path = &file.path;
            assert_eq!(places, 1, "I19: {path} there {is_there}, out {is_out}, gone {is_gone}");
        }
        for line in disk.out.keys() {
            assert!(self.listed.contains_key(line), "I5: {line} is out of reach and on no list");
        }
    }

    async fn lists_are_as_signed(&self, office: &Office, now: &Moment) {
        for batch in now.batches.values().filter(|batch| !batch.state.0.is_over()) {
            let digest = digest_of(office.catalogue.read(), batch).await.unwrap();
            let number = &batch.number;
            assert_eq!(Some(digest.0), batch.digest, "I5: the list of {number} is another");
        }
    }

    /// A stub for each line that is gone, and one certificate for a batch that is over.
    async fn proof_is_there(&self, office: &Office, now: &Moment) {
        let read = office.catalogue.read();
        let destroyed = now.lines.iter().filter(|line| line.state.0 == LineState::Destroyed);
        let mut destroyed: Vec<Uuid> = destroyed.map(|line| line.id).collect();
        let stubs = stub::Entity::find().select_only().column(stub::Column::Id);
        let mut stubs: Vec<Uuid> = stubs.into_tuple().all(read).await.unwrap();
        destroyed.sort_unstable();
        stubs.sort_unstable();
        assert_eq!(stubs, destroyed, "I4: a stub for each that is destroyed, and for no other");
        let given = certificate::Entity::find().select_only().column(certificate::Column::BatchId);
        let mut given: Vec<Uuid> = given.into_tuple().all(read).await.unwrap();
        given.sort_unstable();
        let over = now.batches.values().filter(|batch| batch.state.0 == BatchState::Certified);
        let over: Vec<Uuid> = over.map(|batch| batch.id).collect();
        assert_eq!(given, over, "I4: one certificate for each that is over");
    }

    /// When the history ends nothing stays open, and the chain is whole.
    pub(super) async fn finish(&mut self, office: &Office) {
        let read = office.catalogue.read();
        let open = intent::Entity::find().filter(intent::Column::ClosedAt.is_null());
        assert_eq!(open.all(read).await.unwrap(), [], "I19: a chunk stays open");
        let verified = audit::verify(&office.catalogue, audit::From::Genesis).await;
        verified.unwrap_or_else(|broken| panic!("I20: {broken}"));
    }
}
