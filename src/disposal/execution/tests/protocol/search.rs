//! Every step from every state, and from where that leads, each state once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::Mistake;
use super::must::{Found, Stands};
use super::steps::{Hands, Placer, State, Step};
use crate::catalogue::entity::{batch_line, executor, intent};
use crate::clock::Clock;
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::shift::Shift;
use crate::disposal::execution::tests::office::Office;
use crate::disposal::execution::tests::rewind::Rewind;
use crate::disposal::execution::under::OpenChunk;

/// More steps than any order has.
pub(super) const DEPTH: usize = 48;

/// A clock that stands still and gives the same ids again after going back. Its
/// copies count them together.
#[derive(Debug, Clone)]
pub(super) struct Still {
    pub(super) now: Timestamp,
    pub(super) ids: Arc<AtomicU64>,
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn new_id(&self) -> Uuid {
        Uuid::from_u128(0x7000 << 64 | u128::from(self.ids.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Everything the steps need, and the way back.
pub(super) struct Model<'a> {
    pub(super) office: &'a Office,
    pub(super) shift: Shift,
    pub(super) clock: &'a Still,
    pub(super) executors: [Uuid; 2],
    pub(super) catalogue: Rewind,
    pub(super) store: Rewind,
    pub(super) table: &'a str,
    pub(super) mistake: Mistake,
    pub(super) seen: HashSet<String>,
    pub(super) edges: u64,
    pub(super) endings: u64,
    pub(super) path: Vec<Step>,
}

impl Model<'_> {
    /// Tries every step from here, and every step from there.
    pub(super) async fn explore<A: Deed>(
        &mut self,
        depth: usize,
        state: &State,
        stands: Vec<Stands>,
    ) -> Found {
        assert!(depth + 1 < DEPTH, "an order without end: {:?}", self.path);
        let brief = self.brief(state, &stands).await;
        if !self.seen.insert(brief) {
            return Ok(());
        }
        self.catalogue.keep(depth).await;
        self.store.keep(depth).await;
        let steps = self.steps(state);
        for (at, step) in steps.iter().enumerate() {
            if at > 0 {
                self.back_to(depth, state).await;
            }
            let lives = self.living(state);
            let mut after = state.clone();
            self.path.push(*step);
            self.edges += 1;
            self.take::<A>(depth, *step, &mut after, &lives).await;
            drop(lives);
            after.ids = self.clock.ids.load(Ordering::Relaxed);
            let stands = self.check(&stands, state).await?;
            Box::pin(self.explore::<A>(depth + 1, &after, stands)).await?;
            self.path.pop();
        }
        if steps.is_empty() {
            self.endings += 1;
            self.finish::<A>(state).await?;
        }
        Ok(())
    }

    /// Everything as it was in this state.
    pub(super) async fn back_to(&mut self, depth: usize, state: &State) {
        self.catalogue.back_to(depth).await;
        self.store.back_to(depth).await;
        self.clock.ids.store(state.ids, Ordering::Relaxed);
    }

    /// The executors: those that live hold their locks, and the others' are free.
    fn living(&self, state: &State) -> Vec<Option<Executor>> {
        let folder = &self.office.config.state_directory;
        let alive = |(id, hands): (&Uuid, &Hands)| {
            let executor = Executor::again(folder, *id);
            (!matches!(hands, Hands::Gone)).then_some(executor)
        };
        self.executors.iter().zip(&state.hands).map(alive).collect()
    }

    /// As if all executors had ended.
    pub(super) fn unlock(&self) {
        for id in self.executors {
            drop(Executor::again(&self.office.config.state_directory, id));
        }
    }

    /// Everything of a state that could matter later.
    async fn brief(&self, state: &State, stands: &[Stands]) -> String {
        let intents = intent::Entity::find().filter(intent::Column::ClosedAt.is_null());
        let intents = intents.all(self.office.catalogue.read()).await.unwrap();
        let ended = executor::Entity::find().filter(executor::Column::EndedAt.is_not_null());
        let ended = ended.all(self.office.catalogue.read()).await.unwrap();
        let executors = self.executors;
        let who = |id: Uuid| executors.iter().position(|known| *known == id);
        let whose = |id: Uuid| {
            let found = intents.iter().find(|intent| intent.id == id);
            found.map(|intent| (who(intent.executor_id), intent.act))
        };
        let ended: Vec<_> = ended.iter().map(|row| who(row.id)).collect();
        let named = |open: &[OpenChunk]| -> Vec<_> {
            open.iter().map(|open| (whose(open.intent), open.lines)).collect()
        };
        let numbers = |lines: &[batch_line::Model]| -> Vec<_> {
            lines.iter().map(|line| (line.position, line.kept_fingerprint.is_some())).collect()
        };
        let hands = state.hands.iter().map(|hands| match hands {
            Hands::Empty => "empty".to_owned(),
            Hands::Looked(looked) => format!("looked {:?}", numbers(looked.lines())),
            Hands::Open { .. } => "open".to_owned(),
            Hands::Acted { intent, .. } => format!("acted {:?}", whose(*intent)),
            Hands::Held(lines) => format!("held {:?}", numbers(lines)),
            Hands::Nothing => "nothing".to_owned(),
            Hands::Gone => "gone".to_owned(),
        });
        let placers = state.placers.iter().map(|placer| match placer {
            Placer::Nobody => "nobody".to_owned(),
            Placer::Before => "before".to_owned(),
            Placer::Placed(_) => "placed".to_owned(),
            Placer::Waits(_, open) => format!("waits {:?}", named(open)),
            Placer::Sure(_, open) => format!("sure {:?}", named(open)),
            Placer::Answered(_, open) => format!("answered {:?}", named(open)),
        });
        let (hands, placers): (Vec<_>, Vec<_>) = (hands.collect(), placers.collect());
        let lines: Vec<_> = stands
            .iter()
            .map(|Stands { line, place, open }| (line.state.0.name(), *place, open.map(whose)))
            .collect();
        format!("{hands:?} {placers:?} {lines:?} {ended:?}")
    }
}
