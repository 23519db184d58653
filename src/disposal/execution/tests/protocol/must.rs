//! What must be so after every step, and when nobody can do anything more.

use retaind_schedules::batch::LineState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::search::Model;
use super::steps::{Placer, State};
use crate::catalogue::entity::{batch_line, executor, intent};
use crate::disposal::execution::act::Deed;
use crate::disposal::execution::chunk::{self, Opened};
use crate::disposal::execution::executor::Executor;
use crate::disposal::execution::{restore, settle};

/// Where the item of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    There,
    OutOfReach,
    Gone,
}

/// A line, and where its item is.
#[derive(Debug)]
pub(super) struct Stands {
    pub(super) line: batch_line::Model,
    pub(super) place: Place,
    /// The open chunk it is in.
    pub(super) open: Option<Uuid>,
}

/// What is wrong, and after which steps.
pub(super) type Found<T = ()> = Result<T, String>;

impl Model<'_> {
    /// Each line of the batch, and where its item is.
    pub(super) async fn stands(&mut self) -> Vec<Stands> {
        let lines = batch_line::Entity::find()
            .filter(batch_line::Column::BatchId.eq(self.shift.batch.id))
            .order_by_asc(batch_line::Column::Position)
            .all(self.office.catalogue.read())
            .await
            .unwrap();
        let open = intent::Entity::find().filter(intent::Column::ClosedAt.is_null());
        let open = open.all(self.office.catalogue.read()).await.unwrap();
        let there = format!("select '{0}/' || id from {0}", self.table);
        let there = self.store.column(&there).await;
        let kept = self.store.column("select cast(line as text) from retaind_quarantine").await;
        let place = |line: batch_line::Model| {
            let kept = kept.iter().any(|kept| kept.parse() == Ok(line.id));
            let place = match (there.contains(&line.locator), kept) {
                (true, false) => Place::There,
                (false, true) => Place::OutOfReach,
                (false, false) => Place::Gone,
                (true, true) => panic!("{} is in two places", line.locator),
            };
            let named = open.iter().filter(|open| {
                open.batch_id == line.batch_id && open.positions.0.has(line.position)
            });
            let named: Vec<Uuid> = named.map(|open| open.id).collect();
            assert!(named.len() < 2, "{} is in two open chunks", line.locator);
            Stands { line, place, open: named.first().copied() }
        };
        lines.into_iter().map(place).collect()
    }

    /// What must hold after every step, however it came to it.
    pub(super) async fn check(&mut self, before: &[Stands], state: &State) -> Found<Vec<Stands>> {
        let now = self.stands().await;
        for (before, after) in before.iter().zip(&now) {
            let line = &after.line;
            let agrees = match line.state.0 {
                LineState::Pending | LineState::Quarantined if after.open.is_some() => after.place,
                LineState::Pending | LineState::Withheld | LineState::Restored => Place::There,
                LineState::Quarantined => Place::OutOfReach,
                LineState::Destroyed => Place::Gone,
                other => return self.wrong(&format!("a line became {other}")),
            };
            if agrees != after.place {
                return self.wrong(&format!("a line is {} and {:?}", line.state.0, after.place));
            }
            if after.place <= before.place {
                continue;
            }
            for placer in &state.placers {
                let Placer::Answered(hold, open) = placer else { continue };
                let named = open.iter().any(|open| Some(open.intent) == before.open);
                if hold.covers(&self.place_of(line)) && !named {
                    return self.wrong(&format!("{} went under a hold in force", line.locator));
                }
            }
        }
        Ok(now)
    }

    fn place_of<'l>(&self, line: &'l batch_line::Model) -> retaind_schedules::hold::Place<'l> {
        retaind_schedules::hold::Place {
            store: Some(self.shift.store),
            locator: &line.locator,
            ..Default::default()
        }
    }

    /// When nobody can do anything more: what was left open is settled, the next
    /// run ends the batch, every line has one outcome, and what two people were
    /// told is so.
    pub(super) async fn finish<A: Deed>(&mut self, state: &State) -> Found {
        let scanner = &self.shift.scanner.clone();
        self.unlock();
        let before = self.stands().await;
        settle::settle_all(scanner).await.unwrap();
        let mut before = self.check(&before, state).await?;
        let next = Executor::begin(scanner).await.unwrap();
        while let Some(looked) =
            chunk::look::<A>(&self.shift, &Default::default(), 2).await.unwrap()
        {
            match self.open::<A>(&next, &looked).await {
                Opened::NoneGranted => {}
                Opened::Held(lines) => {
                    restore::held(&self.shift, &next, lines).await.unwrap();
                }
                Opened::Chunk(mut open) => {
                    let came = chunk::act(&self.shift, &next, &mut open).await.unwrap();
                    chunk::close(&self.shift, next.id, open, &came).await.unwrap();
                }
            }
            before = self.check(&before, state).await?;
        }
        next.end(scanner).await.unwrap();
        let open = intent::Entity::find().filter(intent::Column::ClosedAt.is_null());
        let open = open.all(self.office.catalogue.read()).await.unwrap();
        let alive = executor::Entity::find().filter(executor::Column::EndedAt.is_null());
        let alive = alive.all(self.office.catalogue.read()).await.unwrap();
        let done = A::FROM == LineState::Quarantined;
        let over = |line: &batch_line::Model| {
            line.state.0.is_settled() || (!done && line.state.0 == LineState::Quarantined)
        };
        match before.iter().all(|stands| over(&stands.line)) {
            true if open.is_empty() && alive.is_empty() => Ok(()),
            _ => self.wrong("something stays open for ever"),
        }
    }

    fn wrong<T>(&self, what: &str) -> Found<T> {
        Err(format!("{what}, after {:?}", self.path))
    }
}
