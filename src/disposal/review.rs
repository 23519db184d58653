//! Review: people decide of single items what their rule, or the loss they would
//! be, leaves to a person. A decision is on the item as it looked then.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::candidate::{Judge, Judged, is_kept};
use super::list::Pages;
use super::{
    ApprovalError, Desk, enter, for_archives, is_for_archives, owner_of, present, said, step,
};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{batch, item, item_decision, mapping, store};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::ItemDecision;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::list::due_items;
use crate::people::{Actor, Role};
use crate::stores::{self, RegisterLine, ScheduleInForce};

/// The last decision on each of these places, by place.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn latest(
    read: &impl ConnectionTrait,
    store: StoreId,
    locators: &[String],
) -> Result<HashMap<String, item_decision::Model>, CatalogueError> {
    // What was decided under another name of the store is decided.
    let stores = stores::twins(read).await?.of(store.0);
    let rows = item_decision::Entity::find()
        .filter(item_decision::Column::StoreId.is_in(stores))
        .filter(item_decision::Column::Locator.is_in(locators))
        .order_by_asc(item_decision::Column::At)
        .order_by_asc(item_decision::Column::Id)
        .all(read)
        .await?;
    Ok(rows.into_iter().map(|row| (row.locator.clone(), row)).collect())
}

/// An item that waits for a person's decision.
#[derive(Debug, Clone, Serialize)]
pub struct Awaiting {
    /// Its store.
    pub store: String,
    /// Its place there.
    pub locator: String,
    /// The code of its record type.
    pub record_type: String,
    /// Its size.
    pub bytes: u64,
    /// The last day it had to be kept.
    pub due_on: Option<Date>,
    /// Why a person decides.
    pub why: Because,
    /// What it looks like.
    #[serde(skip)]
    pub fingerprint: String,
    /// Whether it can go to an archive.
    #[serde(skip)]
    pub for_archive: bool,
}

/// Why a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// Its rule says review.
    Rule,
    /// Its loss could not be made good.
    Irreplaceable,
}

/// What a person decides of one item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ruling {
    /// The store's name.
    pub store: String,
    /// The item's place there.
    pub locator: String,
    /// What is to be done.
    #[serde(deserialize_with = "word")]
    pub decision: ItemDecision,
    /// Until when it is kept, where it is.
    pub until: Option<Date>,
    /// Why.
    pub reason: String,
    /// What it looked like when it was decided on, where that was seen: of another
    /// nothing is decided.
    #[serde(skip)]
    pub seen: Option<String>,
}

fn word<'de, D: serde::Deserializer<'de>>(from: D) -> Result<ItemDecision, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

/// Hears of the items that wait for a decision, by store and place.
///
/// # Errors
///
/// Where the catalogue fails, or the hearer does.
pub async fn each<E: From<CatalogueError>>(
    desk: &Desk<'_>,
    mut hear: impl FnMut(Awaiting) -> Result<(), E>,
) -> Result<(), E> {
    let bench = Bench::read(desk).await?;
    let read = desk.catalogue.read();
    for store in bench.stores.values() {
        let of_store = Condition::all().add(item::Column::StoreId.eq(store.id));
        let mut after = String::new();
        loop {
            let items = due_items(read, of_store.clone(), &after).await?;
            let Some(last) = items.last() else { break };
            after.clone_from(&last.locator);
            let places: Vec<String> = items.iter().map(|item| item.locator.clone()).collect();
            let decided = latest(read, StoreId(store.id), &places).await?;
            for item in &items {
                if let Some(awaiting) = bench.awaiting(item, store, decided.get(&item.locator)) {
                    hear(awaiting)?;
                }
            }
        }
    }
    Ok(())
}

/// The register, as decisions need it.
struct Bench<'a> {
    desk: &'a Desk<'a>,
    schedule: ScheduleInForce,
    codes: HashMap<Uuid, String>,
    stores: BTreeMap<String, store::Model>,
}

impl<'a> Bench<'a> {
    async fn read(desk: &'a Desk<'a>) -> Result<Self, CatalogueError> {
        let schedule = stores::schedule_in_force(desk.catalogue).await?;
        let read = desk.catalogue.read();
        let mappings = mapping::Entity::find().filter(mapping::Column::Active.eq(true));
        let mappings = mappings.all(read).await?;
        let stores = store::Entity::find().all(read).await?;
        Ok(Self {
            desk,
            schedule,
            codes: mappings.into_iter().map(|row| (row.id, row.record_type_code)).collect(),
            stores: stores.into_iter().map(|row| (row.name.clone(), row)).collect(),
        })
    }

    fn line(&self, item: &item::Model) -> Option<&RegisterLine> {
        self.schedule.lines.get(self.codes.get(&item.mapping_id?)?)
    }

    /// Why a person decides on this item, where one does.
    fn because(
        &self,
        item: &item::Model,
        decided: Option<&item_decision::Model>,
    ) -> Option<(Because, Option<Date>)> {
        let (line, store) = (self.line(item)?, StoreId(item.store_id));
        let (calendar, today) = (&self.schedule.calendar, self.desk.today());
        let judge = Judge::without_holds(line, store, calendar, today).ok()?;
        match judge.leave(item, decided) {
            Judged::May(leave) if leave.action == DisposalAction::Review => {
                Some((Because::Rule, leave.due_on))
            }
            Judged::Unconfirmed => Some((Because::Irreplaceable, item.due_on.map(|day| day.0))),
            _ => None,
        }
    }

    fn awaiting(
        &self,
        item: &item::Model,
        store: &store::Model,
        decided: Option<&item_decision::Model>,
    ) -> Option<Awaiting> {
        if decided.is_some_and(|decided| is_kept(decided, self.desk.today())) {
            return None;
        }
        let (why, due_on) = self.because(item, decided)?;
        Some(Awaiting {
            store: store.name.clone(),
            locator: item.locator.clone(),
            record_type: self.line(item)?.record_type.code.clone(),
            bytes: item.bytes.unsigned_abs(),
            due_on,
            why,
            fingerprint: item.fingerprint.clone(),
            for_archive: is_for_archives(store),
        })
    }
}

/// Records what a person decided of items that wait for it: all of them, or none.
///
/// # Errors
///
/// Where one of them does not wait for a decision, the person may not decide on
/// it, or a reason or a day is missing.
pub async fn decide(
    desk: &Desk<'_>,
    actor: &Actor,
    rulings: &[Ruling],
) -> Result<(), ApprovalError> {
    let bench = Bench::read(desk).await?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    for (ruling, number) in rulings.iter().zip(1..) {
        one(&bench, &tx, &actor, ruling, number).await?;
    }
    close_decided(desk, &tx).await?;
    Ok(tx.commit().await?)
}

async fn one(
    bench: &Bench<'_>,
    tx: &WriteTx,
    actor: &Actor,
    ruling: &Ruling,
    number: u64,
) -> Result<(), ApprovalError> {
    let reason = said(&ruling.reason)?;
    let nothing = || ApprovalError::NotForReview(number);
    let store = bench.stores.get(&ruling.store).ok_or_else(nothing)?;
    let found = item::Entity::find()
        .filter(item::Column::StoreId.eq(store.id))
        .filter(item::Column::Locator.eq(&ruling.locator));
    let item = found.one(&**tx).await?.ok_or_else(nothing)?;
    if ruling.seen.as_ref().is_some_and(|seen| *seen != item.fingerprint) {
        return Err(nothing());
    }
    // What was decided before is decided anew, so that a decision can be changed.
    bench.because(&item, None).ok_or_else(nothing)?;
    let line = bench.line(&item).ok_or_else(nothing)?;
    if ruling.decision == ItemDecision::Transfer {
        for_archives(store, &line.record_type.code)?;
    }
    let role = role_for(tx, actor, line, ruling.decision).await?;
    let keep_until = until(ruling, bench.desk.today())?;
    let now = bench.desk.now();
    let row = item_decision::Model {
        id: id_at(now),
        store_id: store.id,
        locator: item.locator,
        fingerprint: item.fingerprint,
        decision: ruling.decision,
        keep_until: keep_until.map(CivilDate),
        reason: reason.clone(),
        person_id: actor.person.0,
        role: role.to_string(),
        at: Micros::from(now),
        batch_line_id: None,
    };
    let said = serde_json::json!([row.store_id, row.locator, row.fingerprint, row.decision.name()]);
    let subject = Subject::new("item-decision", row.id);
    let entry = Entry::new(By::person(actor, role), Action::ReviewDecided, subject)
        .after(audit::digest::of_json(&said))
        .because(Motive::typed(reason));
    let row = row.into_active_model();
    item_decision::Entity::insert(row).exec_without_returning(&**tx).await?;
    audit::append(tx, now, &entry).await?;
    Ok(())
}

/// The owner decides; that something goes to the archive, the archivist may too.
async fn role_for(
    tx: &WriteTx,
    actor: &Actor,
    line: &RegisterLine,
    decision: ItemDecision,
) -> Result<Role, ApprovalError> {
    if decision == ItemDecision::Transfer && actor.roles.contains(&Role::Archivist) {
        return Ok(Role::Archivist);
    }
    owner_of(tx, actor, line.asset.id).await.map(|_| Role::Iao)
}

fn until(ruling: &Ruling, today: Date) -> Result<Option<Date>, ApprovalError> {
    match (ruling.decision, ruling.until) {
        (ItemDecision::Keep, None) => Err(ApprovalError::NoDay),
        (ItemDecision::Keep, Some(until)) => super::verdict::ahead(until, today).map(Some),
        _ => Ok(None),
    }
}

/// A list for review ends once every item on it is decided.
async fn close_decided(desk: &Desk<'_>, tx: &WriteTx) -> Result<(), ApprovalError> {
    let lists = batch::Entity::find()
        .filter(batch::Column::Action.eq(Text(DisposalAction::Review)))
        .filter(batch::Column::State.eq(Text(BatchState::Proposed)));
    for row in lists.all(&**tx).await? {
        let mut pages = Pages::of(row.id);
        let mut open = false;
        while let Some(lines) = pages.next(&**tx).await? {
            let places: Vec<String> = lines.iter().map(|line| line.locator.clone()).collect();
            let decided = latest(&**tx, StoreId(row.store_id), &places).await?;
            open |= lines.iter().any(|line| {
                let decided = decided.get(&line.locator);
                decided.is_none_or(|decided| decided.fingerprint != line.fingerprint)
            });
        }
        if !open {
            let now = desk.now();
            step(tx, &row, BatchState::Withdrawn, now, batch::ActiveModel::default()).await?;
            let (digest, why) = (row.digest.clone(), Motive::own("every item on it is decided"));
            enter(tx, By::Service, Action::BatchWithdrawn, &row, digest, why, now).await?;
        }
    }
    Ok(())
}
