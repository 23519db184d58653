//! What each of them may do next, and doing it with the program's own code.

use std::sync::atomic::Ordering;

use retaind_connectors::contract::ActOutcome;
use retaind_schedules::hold::{Hold, HoldKind};
use uuid::Uuid;

use super::Mistake;
use super::search::Model;
use crate::catalogue::entity::batch_line;
use crate::clock::Clock as _;
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::chunk::{self, Chunk, Looked, Opened};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::tests::office::{LAWYER, Office};
use crate::disposal::execution::under::{self, OpenChunk};
use crate::disposal::execution::{restore, settle};
use crate::holds::{self, NewHold, NewScope};

/// How many lines each executor takes into one chunk.
const SIZES: [u64; 2] = [2, 1];

/// What an executor has in its hands. A chunk's permits cannot be copied: to
/// have it again one goes back to before it was opened, and opens it again.
#[derive(Debug, Clone)]
pub(super) enum Hands {
    Empty,
    Looked(Looked),
    Open { before: usize, id: u64, looked: Looked },
    Acted { intent: Uuid, mapping: Uuid, lines: Vec<batch_line::Model>, came: Vec<ActOutcome> },
    Held(Vec<batch_line::Model>),
    Nothing,
    Gone,
}

/// How far someone is who places a hold.
#[derive(Debug, Clone)]
pub(super) enum Placer {
    /// Places none.
    Nobody,
    Before,
    Placed(Hold),
    Waits(Hold, Vec<OpenChunk>),
    Sure(Hold, Vec<OpenChunk>),
    /// The hold is in force, but for these chunks.
    Answered(Hold, Vec<OpenChunk>),
}

/// How far everyone is.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) hands: [Hands; 2],
    pub(super) placers: [Placer; 2],
    pub(super) ids: u64,
}

/// What one of them does, by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Look(usize),
    Open(usize),
    Act(usize),
    /// It ends when the store has done with the first line of the chunk.
    ActInPart(usize),
    Close(usize),
    PutBack(usize),
    End(usize),
    Place(usize),
    Ask(usize),
    Settle(usize),
    GiveUp(usize),
    Tell(usize),
}

impl Model<'_> {
    /// The steps that can be taken.
    pub(super) fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        for (who, hands) in state.hands.iter().enumerate() {
            steps.extend(match hands {
                Hands::Empty => vec![Step::Look(who)],
                Hands::Looked(_) => vec![Step::Open(who), Step::End(who)],
                Hands::Open { looked, .. } if looked.lines().len() > 1 => {
                    vec![Step::Act(who), Step::ActInPart(who), Step::End(who)]
                }
                Hands::Open { .. } => vec![Step::Act(who), Step::End(who)],
                Hands::Acted { .. } => vec![Step::Close(who), Step::End(who)],
                Hands::Held(_) => vec![Step::PutBack(who), Step::End(who)],
                Hands::Nothing | Hands::Gone => vec![],
            });
        }
        for (who, placer) in state.placers.iter().enumerate() {
            steps.extend(match placer {
                Placer::Before => vec![Step::Place(who)],
                Placer::Placed(_) => vec![Step::Ask(who)],
                Placer::Waits(..) => vec![Step::Settle(who), Step::GiveUp(who)],
                Placer::Sure(..) => vec![Step::Tell(who)],
                Placer::Nobody | Placer::Answered(..) => vec![],
            });
        }
        steps
    }

    pub(super) async fn take<A: Deed>(
        &mut self,
        depth: usize,
        step: Step,
        state: &mut State,
        lives: &[Option<Executor>],
    ) {
        let alive = |who: usize| lives[who].as_ref().expect("an executor that lives");
        match step {
            Step::Look(who) => {
                let looked =
                    chunk::look::<A>(&self.shift, &Default::default(), SIZES[who]).await.unwrap();
                state.hands[who] = looked.map_or(Hands::Nothing, Hands::Looked);
            }
            Step::Open(who) => {
                let Hands::Looked(looked) = &state.hands[who] else { unreachable!() };
                let opened = self.open::<A>(alive(who), looked).await;
                if self.mistake == Mistake::IntendsNothing {
                    self.catalogue.back_to(depth).await;
                }
                state.hands[who] = match opened {
                    Opened::NoneGranted => Hands::Empty,
                    Opened::Held(lines) => Hands::Held(lines),
                    Opened::Chunk(_) => {
                        Hands::Open { before: depth, id: state.ids, looked: looked.clone() }
                    }
                };
            }
            Step::Act(who) => {
                let mut open = self.again::<A>(depth, who, state, alive(who)).await;
                let came = chunk::act(&self.shift, alive(who), &mut open).await.unwrap();
                let Chunk { intent, mapping, lines, .. } = open;
                state.hands[who] = Hands::Acted { intent, mapping, lines, came };
            }
            Step::ActInPart(who) => {
                let mut open = self.again::<A>(depth, who, state, alive(who)).await;
                open.permits.truncate(1);
                chunk::act(&self.shift, alive(who), &mut open).await.unwrap();
                state.hands[who] = Hands::Gone;
            }
            Step::Close(who) => {
                let Hands::Acted { intent, mapping, lines, came } =
                    std::mem::replace(&mut state.hands[who], Hands::Empty)
                else {
                    unreachable!()
                };
                let begun = std::collections::HashSet::new();
                let chunk = Chunk::<A> { intent, mapping, lines, permits: Vec::new(), begun };
                chunk::close(&self.shift, alive(who).id, chunk, &came).await.unwrap();
            }
            Step::PutBack(who) => {
                let Hands::Held(lines) = std::mem::replace(&mut state.hands[who], Hands::Empty)
                else {
                    unreachable!()
                };
                restore::held(&self.shift, alive(who), lines).await.unwrap();
            }
            Step::End(who) => state.hands[who] = Hands::Gone,
            Step::Place(who)
            | Step::Ask(who)
            | Step::Settle(who)
            | Step::GiveUp(who)
            | Step::Tell(who) => self.go_on_with_hold(who, step, state).await,
        }
    }

    /// The next step of one who places a hold.
    async fn go_on_with_hold(&self, who: usize, step: Step, state: &mut State) {
        let scanner = &self.shift.scanner.clone();
        state.placers[who] = match (step, state.placers[who].clone()) {
            (Step::Place(_), Placer::Before) => Placer::Placed(self.place(who).await),
            (Step::Ask(_), Placer::Placed(hold)) => {
                let open = match self.mistake {
                    Mistake::AnswersAtOnce => Ok(vec![]),
                    _ => under::open_under(scanner.catalogue.read(), &hold).await,
                };
                match open.unwrap() {
                    open if open.is_empty() => Placer::Sure(hold, open),
                    open => Placer::Waits(hold, open),
                }
            }
            (Step::Settle(_), Placer::Waits(hold, _)) => {
                if self.mistake == Mistake::SettlesTheLiving {
                    self.unlock();
                }
                settle::settle_all(scanner).await.unwrap();
                Placer::Placed(hold)
            }
            (Step::GiveUp(_), Placer::Waits(hold, open)) => Placer::Sure(hold, open),
            (Step::Tell(_), Placer::Sure(hold, open)) => {
                let met =
                    under::take_stock(scanner, std::slice::from_ref(&hold), open).await.unwrap();
                Placer::Answered(hold, met.open)
            }
            (step, placer) => unreachable!("{step:?} by one who is {placer:?}"),
        };
    }

    pub(super) async fn open<A: Deed>(&self, executor: &Executor, looked: &Looked) -> Opened<A> {
        chunk::open::<A>(&self.shift, executor, looked.clone()).await.unwrap()
    }

    /// The chunk that was opened earlier, while everything else is as it is now.
    async fn again<A: Deed>(
        &mut self,
        depth: usize,
        who: usize,
        state: &State,
        executor: &Executor,
    ) -> Chunk<A> {
        let Hands::Open { before, id, looked } = &state.hands[who] else { unreachable!() };
        self.catalogue.back_to(*before).await;
        self.store.back_to(*before).await;
        self.clock.ids.store(*id, Ordering::Relaxed);
        let Opened::Chunk(chunk) = self.open::<A>(executor, looked).await else {
            panic!("what was opened is opened again")
        };
        self.catalogue.back_to(depth).await;
        self.store.back_to(depth).await;
        self.clock.ids.store(state.ids, Ordering::Relaxed);
        chunk
    }

    /// The first covers one item, the second all of the table.
    async fn place(&self, who: usize) -> Hold {
        let prefix = [format!("{}/1", self.table), self.table.to_owned()][who].clone();
        let new = NewHold {
            reference: format!("H-{who}"),
            title: "A claim".to_owned(),
            kind: HoldKind::LegalHold,
            ground: None,
            authority: "County court".to_owned(),
            scopes: vec![NewScope::Location { store: "casework".to_owned(), prefix }],
            review_on: self.clock.today().saturating_add(jiff::Span::new().months(6)),
            reason: "A claim was made".to_owned(),
        };
        let Office { catalogue, keys, .. } = self.office;
        let lawyer = self.office.person(LAWYER).await;
        let (now, today) = (self.clock.now(), self.clock.today());
        let placed = holds::place(catalogue, keys, &lawyer, &new, now, today).await.unwrap();
        Hold { id: placed.id, kind: new.kind, scopes: placed.scopes }
    }
}
