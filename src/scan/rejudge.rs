//! What scans have listed, judged anew where rules, holds, year ends, events or
//! the day have changed since. No store is asked: what is newly due of what no
//! scan has listed is for the next scan to find.
//!
//! What is no longer due stays listed, as kept, until a scan has looked at it.

use std::collections::HashMap;

use jiff::civil::Date;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::{Facts, Provenance, evaluate};
use retaind_schedules::hold::{Hold, Place, SubjectKey};
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::audit::digest;
use crate::catalogue::entity::{event, item, mapping, setting, store};
use crate::catalogue::{Catalogue, CatalogueError, settings};
use crate::events::{self, ItemKeys};
use crate::holds;
use crate::scan::judgement::Judgement;
use crate::scan::plan::Line;
use crate::scan::run::Scanner;
use crate::scan::sift::holds_on;
use crate::stores::{self, ScheduleInForce};

/// Rows judged in one go.
const PAGE: u64 = 500;

/// What judging a store's items anew came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rejudged {
    /// Items that were judged.
    pub judged: u64,
    /// Those of which something else is said now.
    pub changed: u64,
}

/// Judges what is listed of a store, unless nothing has changed since that was
/// last done: then there is no answer. Whoever calls holds the store's lock.
///
/// # Errors
///
/// Where the catalogue fails. What was judged until then is kept.
pub async fn rejudge(
    scanner: &Scanner,
    store: &store::Model,
    cancel: &CancellationToken,
    moved: &(dyn Fn() + Sync),
) -> Result<Option<Rejudged>, CatalogueError> {
    let catalogue = &scanner.catalogue;
    let schedule = stores::schedule_in_force(catalogue).await?;
    let bench = Bench::new(scanner, store, schedule).await?;
    let (key, basis) = (format!("evaluation.basis:{}", store.id), bench.basis(catalogue).await?);
    let before = setting::Entity::find_by_id(&key).one(catalogue.read()).await?;
    if before.is_some_and(|before| before.value == basis) {
        return Ok(None);
    }
    let (mut rejudged, mut after) = (Rejudged::default(), Uuid::nil());
    while !cancel.is_cancelled() {
        let rows = page(catalogue, store.id, after).await?;
        let Some(last) = rows.last() else {
            let tx = catalogue.write_tx().await?;
            settings::keep(&tx, &key, basis).await?;
            tx.commit().await?;
            break;
        };
        after = last.id;
        rejudged.judged += rows.len() as u64;
        rejudged.changed += bench.judge(catalogue, rows).await?;
        moved();
    }
    Ok(Some(rejudged))
}

async fn page(
    catalogue: &Catalogue,
    store: Uuid,
    after: Uuid,
) -> Result<Vec<item::Model>, CatalogueError> {
    let rows = item::Entity::find()
        .filter(item::Column::StoreId.eq(store))
        .filter(item::Column::Id.gt(after))
        .order_by_asc(item::Column::Id)
        .limit(PAGE);
    Ok(rows.all(catalogue.read()).await?)
}

/// What the items of one store are judged by.
struct Bench {
    store: StoreId,
    version: Option<Uuid>,
    /// By mapping, where its items stand and the rule of their record type.
    lines: HashMap<Uuid, (Place<'static>, Line)>,
    calendar: Calendar,
    holds: Vec<Hold>,
    today: Date,
}

impl Bench {
    async fn new(
        scanner: &Scanner,
        store: &store::Model,
        schedule: ScheduleInForce,
    ) -> Result<Self, CatalogueError> {
        let read = scanner.catalogue.read();
        let mappings = mapping::Entity::find()
            .filter(mapping::Column::StoreId.eq(store.id))
            .filter(mapping::Column::Active.eq(true))
            .all(read)
            .await?;
        let line = |mapping: mapping::Model| {
            let line = schedule.lines.get(&mapping.record_type_code)?;
            Some(line.rule().map(|rule| (mapping.id, (line.place(StoreId(store.id)), rule))))
        };
        Ok(Self {
            store: StoreId(store.id),
            version: schedule.version.map(|version| version.0),
            lines: mappings.into_iter().filter_map(line).collect::<Result<_, _>>()?,
            calendar: schedule.calendar.clone(),
            holds: holds::active(read).await?,
            today: scanner.clock.today(),
        })
    }

    /// A digest of everything that an answer hangs on, but for the items.
    async fn basis(&self, catalogue: &Catalogue) -> Result<String, CatalogueError> {
        let events: Option<Option<i64>> = event::Entity::find()
            .select_only()
            .column_as(event::Column::Seq.max(), "last")
            .into_tuple()
            .one(catalogue.read())
            .await?;
        let mut mappings: Vec<&Uuid> = self.lines.keys().collect();
        mappings.sort_unstable();
        let said = format!(
            "{:?} {:?} {:?} {:?} {:?} {mappings:?}",
            self.today, self.version, self.calendar, self.holds, events
        );
        Ok(digest::of_bytes(said.as_bytes()))
    }

    /// Judges these, and writes those of which something else is to be said.
    async fn judge(
        &self,
        catalogue: &Catalogue,
        rows: Vec<item::Model>,
    ) -> Result<u64, CatalogueError> {
        let subjects: Vec<Option<SubjectKey>> =
            rows.iter().map(|row| row.subject_key.clone().map(SubjectKey)).collect();
        let keys: Vec<ItemKeys<'_>> = rows
            .iter()
            .zip(&subjects)
            .map(|(row, subject)| ItemKeys {
                locator: &row.locator,
                reference: row.reference.as_deref(),
                subject: subject.as_ref(),
            })
            .collect();
        let events = events::for_items(catalogue.read(), self.store, &keys).await?;
        let mut changed = Vec::new();
        for ((row, subject), events) in rows.iter().zip(&subjects).zip(events) {
            let Some(mut facts) = facts(row) else { continue };
            facts.record_events(&events);
            let Some(judgement) = self.judgement(row, subject.as_ref(), &facts) else { continue };
            if judgement != Judgement::from(row) {
                changed.push(now_said(row, judgement, &facts));
            }
        }
        let count = changed.len() as u64;
        let tx = catalogue.write_tx().await?;
        for row in changed {
            row.update(&*tx).await?;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Nothing where no rule says anything of it: the next scan does.
    fn judgement(
        &self,
        row: &item::Model,
        subject: Option<&SubjectKey>,
        facts: &Facts,
    ) -> Option<Judgement> {
        let (stands, rule) = self.lines.get(&row.mapping_id?)?;
        let place = Place {
            locator: &row.locator,
            is_unit: row.is_unit,
            references: row.reference.as_deref().into_iter().collect(),
            subjects: subject.cloned().into_iter().collect(),
            life: facts.life(),
            ..stands.clone()
        };
        let holds = holds_on(&self.holds, &place);
        let evaluation = evaluate(facts, &[rule.bearing()], &holds, &self.calendar, self.today);
        Some(Judgement::from(&evaluation))
    }
}

/// What the scan knew of an item, but for what was recorded of it, which may have
/// been corrected. Nothing of what the scan could not take into account.
fn facts(row: &item::Model) -> Option<Facts> {
    if row.doubt.as_ref().is_some_and(|doubt| doubt.get("problem").is_some()) {
        return None;
    }
    let mut facts: Facts = serde_json::from_value(row.facts.clone()).ok()?;
    facts.dates.retain(|_, recorded| !matches!(recorded.from, Provenance::Event(_)));
    Some(facts)
}

fn now_said(row: &item::Model, judgement: Judgement, facts: &Facts) -> item::ActiveModel {
    let Judgement { outcome, action, due_on, not_beyond, governing, doubt } = judgement;
    item::ActiveModel {
        id: Set(row.id),
        outcome: Set(outcome),
        action: Set(action),
        due_on: Set(due_on),
        not_beyond: Set(not_beyond),
        governing: Set(governing),
        doubt: Set(doubt),
        facts: Set(serde_json::json!(facts)),
        ..Default::default()
    }
}
