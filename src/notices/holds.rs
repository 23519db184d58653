//! What holds tell: placed (M6), released (M8), to be lifted (M15), in the
//! transaction of each; and to be looked at (M7).
//!
//! A scope is told by its record types, assets and areas. A location is told as
//! a part of its store, a reference as a case, a person as one person: which
//! ones, the register of holds says.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::{HoldKind, Scope};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{HoldFacts, HoldPlaced, HoldReleased, HoldReview, RestrictionLifting};
use super::recipient::Directory;
use super::{Payload, Recipient, batches, words};
use crate::catalogue::entity::{
    asset, hold, hold_scope, item, mapping, record_type, service_area, store,
};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::{AssetStatus, HoldState, OutcomeKind};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::Role;

/// Days before its review from which a hold is told of, and weeks between.
const REVIEW_NOTICE: i32 = 30;

/// Tells that a hold is in force.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn placed(
    tx: &WriteTx,
    hold: &hold::Model,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let reach = Reach::of(&**tx, scopes).await?;
    let due_now = reach.past_their_time(&**tx, None).await?;
    let batches = batches::touched(&**tx, scopes).await?;
    let said = HoldPlaced { hold: facts(hold, &reach), due_now, batches };
    tell_all(tx, hold, &reach, &said.into(), "placed", now).await
}

/// Tells that a hold was released.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn released(
    tx: &WriteTx,
    hold: &hold::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let scopes = scopes_of(&**tx, hold.id).await?;
    let reach = Reach::of(&**tx, &scopes).await?;
    let due_now = reach.past_their_time(&**tx, None).await?;
    let still_held = kept_by_others(tx, hold, &reach).await?;
    let said = HoldReleased { hold: facts(hold, &reach), due_now, still_held };
    tell_all(tx, hold, &reach, &said.into(), "released", now).await
}

/// How many of the records past their time in its reach other holds cover.
async fn kept_by_others(
    tx: &WriteTx,
    hold: &hold::Model,
    reach: &Reach,
) -> Result<u64, CatalogueError> {
    let others = hold::Entity::find()
        .filter(hold::Column::State.ne(HoldState::Released))
        .filter(hold::Column::Id.ne(hold.id))
        .all(&**tx)
        .await?;
    let mut scopes = Vec::new();
    for other in others {
        scopes.extend(scopes_of(&**tx, other.id).await?);
    }
    if scopes.is_empty() {
        return Ok(0);
    }
    let others = Reach::of(&**tx, &scopes).await?;
    Ok(reach.past().filter(others.items).count(&**tx).await?)
}

/// Tells the data protection officer that someone asks to lift a restriction.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn release_asked(
    tx: &WriteTx,
    hold: &hold::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    if hold.kind.0 != HoldKind::Restriction18 {
        return Ok(());
    }
    let scopes = scopes_of(&**tx, hold.id).await?;
    let reach = Reach::of(&**tx, &scopes).await?;
    let said = RestrictionLifting {
        hold: facts(hold, &reach),
        asked_on: london_date(now),
        informed_on: hold.subject_informed_on.map(|day| day.0),
    };
    let to = Directory::read(&**tx).await?.with_role(&[Role::Dpo]);
    let key = format!("hold:{}:asked:{}", hold.id, now.as_microsecond());
    enqueue(tx, now, &notice(hold, to, None, &said.into(), key)).await.map(|_| ())
}

/// Tells of every hold whose review is near: thirty days before, then weekly.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn reviews_due(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    let today = london_date(now);
    let until = today.saturating_add(jiff::Span::new().days(REVIEW_NOTICE));
    let near = hold::Entity::find()
        .filter(hold::Column::State.ne(HoldState::Released))
        .filter(hold::Column::ReviewOn.lte(CivilDate(until)))
        .all(&**tx)
        .await?;
    let directory = Directory::read(&**tx).await?;
    for hold in near {
        let scopes = scopes_of(&**tx, hold.id).await?;
        let reach = Reach::of(&**tx, &scopes).await?;
        let said = HoldReview {
            hold: facts(&hold, &reach),
            placed_on: london_date(hold.placed_at.timestamp()),
            review_on: hold.review_on.0,
            held: reach.past_their_time(&**tx, None).await?,
            past_maximum: reach.past_their_time(&**tx, Some(today)).await?,
        };
        let mut to = directory.with_role(&[Role::Legal, Role::RecordsManager]);
        to.insert(Recipient::Person(hold.placed_by));
        let first = hold.review_on.0.saturating_sub(jiff::Span::new().days(REVIEW_NOTICE));
        let week = today.duration_since(first).as_hours() / (24 * 7);
        let key = format!("hold:{}:review:{}:{week}", hold.id, hold.review_on);
        let to = directory.once(to);
        enqueue(tx, now, &notice(&hold, to, None, &said.into(), key)).await?;
    }
    Ok(())
}

/// Tells the organisation's own and, by service area, owners and contacts.
async fn tell_all(
    tx: &WriteTx,
    hold: &hold::Model,
    reach: &Reach,
    said: &Payload,
    what: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let key = format!("hold:{}:{what}", hold.id);
    let mut told = BTreeSet::new();
    let organisation = directory.with_role(&[Role::RecordsManager, Role::Operator]);
    let areas = reach.areas.iter().map(|(name, owners)| {
        let mut to = directory.of_area(name);
        to.extend(owners.iter().copied().map(Recipient::Person));
        (Some(name.clone()), to)
    });
    for (area, to) in areas.chain([(None, organisation)]) {
        let to = directory.once(to).into_iter().filter(|it| told.insert(it.clone())).collect();
        enqueue(tx, now, &notice(hold, to, area, said, key.clone())).await?;
    }
    Ok(())
}

fn notice(
    hold: &hold::Model,
    to: BTreeSet<Recipient>,
    service_area: Option<String>,
    payload: &Payload,
    period_key: String,
) -> Notice {
    let thread = format!("hold:{}", hold.id);
    let (payload, attachments) = (payload.clone(), Vec::new());
    Notice { to, service_area, period_key, payload, thread, attachments }
}

fn facts(hold: &hold::Model, reach: &Reach) -> HoldFacts {
    HoldFacts {
        id: hold.id,
        reference: hold.reference.clone(),
        kind: words::hold_kind(hold.kind.0).to_owned(),
        authority: hold.authority.clone(),
        scope: reach.words.clone(),
    }
}

async fn scopes_of(db: &impl ConnectionTrait, hold: Uuid) -> Result<Vec<Scope>, CatalogueError> {
    let rows = hold_scope::Entity::find().filter(hold_scope::Column::HoldId.eq(hold)).all(db);
    let scope = |row: hold_scope::Model| {
        serde_json::from_value(row.value)
            .map_err(|why| CatalogueError::impossible("hold_scope.value", why))
    };
    rows.await?.into_iter().map(scope).collect()
}

/// What a hold reaches: which items, of which areas and owners, and how that is
/// told.
struct Reach {
    items: Condition,
    words: Vec<String>,
    /// Service areas by name, and the owners of the assets in them.
    areas: BTreeMap<String, BTreeSet<Uuid>>,
}

impl Reach {
    async fn of(db: &impl ConnectionTrait, scopes: &[Scope]) -> Result<Self, CatalogueError> {
        let register = Register::read(db).await?;
        let mut reach = Self { items: Condition::any(), words: Vec::new(), areas: BTreeMap::new() };
        let mut mappings: HashSet<Uuid> = HashSet::new();
        for scope in scopes {
            reach.words.push(register.words(scope));
            match scope {
                Scope::Everything => {
                    reach.items = reach.items.add(item::Column::Id.is_not_null());
                    mappings.extend(register.mappings.iter().map(|mapping| mapping.id));
                    register.assets.iter().for_each(|asset| reach.add(&register, asset));
                }
                Scope::Asset(_) | Scope::RecordType(_) | Scope::ServiceArea(_) => {
                    let under = register.under(scope);
                    mappings.extend(under.iter().copied());
                    reach.items = reach.items.add(item::Column::MappingId.is_in(under));
                    register
                        .assets
                        .iter()
                        .filter(|asset| register.is_of(asset, scope))
                        .for_each(|asset| reach.add(&register, asset));
                }
                Scope::Location { store, prefix } => {
                    let here = item::Column::StoreId.eq(store.0);
                    let below = item::Column::Locator.starts_with(prefix.as_str());
                    reach.items = reach.items.add(Condition::all().add(here).add(below));
                }
                Scope::Reference(reference) => {
                    reach.items = reach.items.add(item::Column::Reference.eq(reference));
                }
                Scope::Subject(key) => {
                    reach.items = reach.items.add(item::Column::SubjectKey.eq(&key.0));
                }
            }
        }
        let met: Vec<Option<Uuid>> = reach
            .past()
            .select_only()
            .column(item::Column::MappingId)
            .distinct()
            .into_tuple()
            .all(db)
            .await?;
        mappings.extend(met.into_iter().flatten());
        for asset in register.assets_of(&mappings) {
            reach.add(&register, asset);
        }
        Ok(reach)
    }

    fn add(&mut self, register: &Register, asset: &asset::Model) {
        let area = register.area(asset.service_area_id).to_owned();
        self.areas.entry(area).or_default().extend(asset.iao);
    }

    fn past(&self) -> sea_orm::Select<item::Entity> {
        item::Entity::find()
            .filter(self.items.clone())
            .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
            .filter(item::Column::Missed.eq(0))
    }

    /// How many records in it are past their time, by the last scans; beyond
    /// their maximum on a day where one is given.
    async fn past_their_time(
        &self,
        db: &impl ConnectionTrait,
        beyond_on: Option<Date>,
    ) -> Result<u64, CatalogueError> {
        let past = match beyond_on {
            None => self.past(),
            Some(day) => self.past().filter(item::Column::NotBeyond.lt(CivilDate(day))),
        };
        Ok(past.count(db).await?)
    }
}

/// The register, as scopes name it.
struct Register {
    assets: Vec<asset::Model>,
    types: Vec<record_type::Model>,
    areas: Vec<service_area::Model>,
    stores: Vec<store::Model>,
    mappings: Vec<mapping::Model>,
}

impl Register {
    async fn read(db: &impl ConnectionTrait) -> Result<Self, CatalogueError> {
        let active = asset::Column::Status.eq(AssetStatus::Active);
        Ok(Self {
            assets: asset::Entity::find().filter(active).all(db).await?,
            types: record_type::Entity::find().all(db).await?,
            areas: service_area::Entity::find().all(db).await?,
            stores: store::Entity::find().all(db).await?,
            mappings: mapping::Entity::find().all(db).await?,
        })
    }

    fn area(&self, id: Uuid) -> &str {
        self.areas.iter().find(|area| area.id == id).map_or("", |area| &area.name)
    }

    fn is_of(&self, asset: &asset::Model, scope: &Scope) -> bool {
        match scope {
            Scope::Asset(id) => asset.id == id.0,
            Scope::ServiceArea(id) => asset.service_area_id == id.0,
            Scope::RecordType(id) => {
                self.types.iter().any(|one| one.id == id.0 && one.asset_id == asset.id)
            }
            _ => false,
        }
    }

    /// The mappings of the record types in a scope of the register.
    fn under(&self, scope: &Scope) -> Vec<Uuid> {
        let assets: HashSet<Uuid> =
            self.assets.iter().filter(|asset| self.is_of(asset, scope)).map(|it| it.id).collect();
        let is_in = |one: &&record_type::Model| match scope {
            Scope::RecordType(id) => one.id == id.0,
            _ => assets.contains(&one.asset_id),
        };
        let codes: HashSet<&str> =
            self.types.iter().filter(is_in).map(|one| one.code.as_str()).collect();
        let mapped = self.mappings.iter();
        mapped.filter(|it| codes.contains(it.record_type_code.as_str())).map(|it| it.id).collect()
    }

    fn assets_of(&self, mappings: &HashSet<Uuid>) -> impl Iterator<Item = &asset::Model> {
        let codes: HashSet<&str> = self
            .mappings
            .iter()
            .filter(|mapping| mappings.contains(&mapping.id))
            .map(|mapping| mapping.record_type_code.as_str())
            .collect();
        let types = self.types.iter().filter(move |one| codes.contains(one.code.as_str()));
        let assets: HashSet<Uuid> = types.map(|one| one.asset_id).collect();
        self.assets.iter().filter(move |asset| assets.contains(&asset.id))
    }

    fn words(&self, scope: &Scope) -> String {
        match scope {
            Scope::Everything => "everything".to_owned(),
            Scope::Asset(id) => {
                let found = self.assets.iter().find(|asset| asset.id == id.0);
                let name = found.map(|it| format!("{} {}", it.reference, it.name));
                format!("the asset {}", name.unwrap_or_default())
            }
            Scope::RecordType(id) => {
                let found = self.types.iter().find(|one| one.id == id.0);
                let name = found.map(|it| format!("{} {}", it.code, it.title));
                format!("the record type {}", name.unwrap_or_default())
            }
            Scope::ServiceArea(id) => format!("everything of {}", self.area(id.0)),
            Scope::Location { store, prefix } => {
                let found = self.stores.iter().find(|one| one.id == store.0);
                let part = if prefix.is_empty() { "all" } else { "a part" };
                format!("{part} of the store {}", found.map_or("", |one| one.name.as_str()))
            }
            Scope::Reference(_) => "one case, in every store".to_owned(),
            Scope::Subject(_) => "what concerns one person, in every store".to_owned(),
        }
    }
}
