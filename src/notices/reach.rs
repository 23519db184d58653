//! What a hold reaches, as far as notices tell it: which items, whose, and in
//! which words.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use retaind_schedules::hold::Scope;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::payload::Covered;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, item, mapping, record_type, service_area, store};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::{AssetStatus, OutcomeKind};
use crate::holds;

/// What a hold reaches: which items, of which areas and owners, and how that is
/// told.
pub(super) struct Reach {
    pub(super) items: Condition,
    /// The mappings that lie in it whole.
    whole: HashSet<Uuid>,
    /// Whether it covers single records beside those.
    is_narrow: bool,
    /// The scopes, in words that name no record and no person.
    pub(super) words: Vec<String>,
    /// Service areas by name, and the owners of the assets in them.
    pub(super) areas: BTreeMap<String, BTreeSet<Uuid>>,
}

impl Reach {
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        scopes: &[Scope],
    ) -> Result<Self, CatalogueError> {
        let register = Register::read(db).await?;
        let mut reach = Self {
            items: Condition::any(),
            whole: HashSet::new(),
            is_narrow: false,
            words: Vec::new(),
            areas: BTreeMap::new(),
        };
        let mut mappings: HashSet<Uuid> = HashSet::new();
        for scope in scopes {
            reach.words.push(register.words(scope));
            // Whoever may have records of those days is told.
            reach.is_narrow |= matches!(scope, Scope::Within { .. });
            let scope = scope.of_any_day();
            match scope {
                Scope::Everything => {
                    reach.items = reach.items.add(item::Column::Id.is_not_null());
                    mappings.extend(register.mappings.iter().map(|mapping| mapping.id));
                    reach.whole.extend(register.mappings.iter().map(|mapping| mapping.id));
                    register.assets.iter().for_each(|asset| reach.add(&register, asset));
                }
                Scope::Asset(_) | Scope::RecordType(_) | Scope::ServiceArea(_) => {
                    let under = register.under(scope);
                    mappings.extend(under.iter().copied());
                    reach.whole.extend(under.iter().copied());
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
                    mappings.extend(register.mapped_around(store.0, prefix));
                    reach.whole.extend(register.mapped_below(store.0, prefix));
                    reach.is_narrow = true;
                }
                Scope::Reference(reference) => {
                    reach.items = reach.items.add(item::Column::Reference.eq(reference));
                    reach.is_narrow = true;
                }
                Scope::Subject(key) => {
                    reach.items = reach.items.add(item::Column::SubjectKey.eq(&key.0));
                    reach.is_narrow = true;
                }
                Scope::Within { .. } => {}
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

    /// The records in it that are past their time, by the last scans.
    pub(super) fn past(&self) -> sea_orm::Select<item::Entity> {
        item::Entity::find()
            .filter(self.items.clone())
            .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
            .filter(item::Column::Missed.eq(0))
    }

    /// How many records it covers by the last scans: of mappings that lie in it
    /// whole what was counted, and of others what is known one by one.
    pub(super) async fn covered(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<Covered, CatalogueError> {
        let counted = holds::counted(db).await?.into_iter();
        let whole = counted.filter(|(mapping, _)| self.whole.contains(&mapping.id));
        let whole: u64 = whole.map(|(_, units)| units).sum();
        if !self.is_narrow {
            return Ok(Covered::Counted { records: whole });
        }
        let elsewhere = Condition::any()
            .add(item::Column::MappingId.is_null())
            .add(item::Column::MappingId.is_not_in(self.whole.iter().copied()));
        let single = item::Entity::find()
            .filter(self.items.clone())
            .filter(item::Column::Missed.eq(0))
            .filter(elsewhere);
        Ok(Covered::AtLeast { records: whole + single.count(db).await? })
    }

    /// How many records in it are past their time, by the last scans; beyond
    /// their maximum on a day where one is given.
    pub(super) async fn past_their_time(
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

    /// The mappings whose records may lie below this prefix, whether or not any
    /// of them is past its time: a young record must not be deleted by hand either.
    fn mapped_around(&self, store: Uuid, prefix: &str) -> impl Iterator<Item = Uuid> {
        let here = self.mappings.iter().filter(move |it| it.active && it.store_id == store);
        here.filter(move |it| overlap(&it.location, prefix)).map(|it| it.id)
    }

    /// The mappings all of whose records lie below this prefix.
    fn mapped_below(&self, store: Uuid, prefix: &str) -> impl Iterator<Item = Uuid> {
        let here = self.mappings.iter().filter(move |it| it.active && it.store_id == store);
        here.filter(move |it| it.location.starts_with(prefix)).map(|it| it.id)
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
            Scope::Within { what, days } => {
                format!("{}, as far as it may be of the days {days}", self.words(what))
            }
        }
    }
}

/// Whether anything can lie both in a mapped folder or table and below a prefix.
fn overlap(location: &str, prefix: &str) -> bool {
    let location = location.trim_matches('/');
    let below = prefix.strip_prefix(location);
    let is_below = below.is_some_and(|rest| location.is_empty() || !starts_with_name(rest));
    is_below || location.starts_with(prefix)
}

/// Whether the name before goes on, so that it is another.
fn starts_with_name(rest: &str) -> bool {
    rest.starts_with(|letter: char| letter.is_alphanumeric() || "-_. ".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn a_hold_on_a_place_reaches_what_is_mapped_above_it_and_below_it() {
        for (location, prefix, reaches) in [
            ("democratic/minutes", "democratic/minutes", true),
            ("democratic/minutes", "democratic/minutes/", true),
            ("democratic/minutes", "democratic/minutes/2019", true),
            ("democratic/minutes", "democratic", true),
            ("democratic/minutes", "dem", true),
            ("democratic/minutes", "", true),
            ("", "anything", true),
            ("democratic/minutes", "democratic/minutes-draft", false),
            ("democratic/minutes", "housing", false),
            ("tenancy", "tenancy/17", true),
            ("tenancy", "tenancy_notes/17", false),
        ] {
            assert_eq!(overlap(location, prefix), reaches, "{location} {prefix}");
        }
    }
}
