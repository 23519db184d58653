//! What would slip from under a hold because the register or a store file names
//! it otherwise: that waits until someone has widened the hold.
//!
//! A hold on an asset, a record type or a service area follows the register, and
//! one on a person or a case follows what a mapping says of where to read them.
//! A service area that is renamed, an asset that is renumbered or a mapping that
//! points elsewhere would free what nobody released.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use retaind_schedules::hold::{Hold, Place, Scope, folders};
use retaind_schedules::ids::{AssetId, RecordTypeId, ServiceAreaId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::list::{Listed, Which, listed};
use crate::catalogue::entity::{asset, mapping, record_type};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::stores;

/// How many are named; the rest is counted.
const NAMED: usize = 3;

/// Something that a hold would cover no more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// A line of the register.
    Line {
        /// The hold's reference.
        hold: String,
        /// The record type's code, as it will be.
        code: String,
    },
    /// The dates by which the hold finds what it covers are read from elsewhere.
    Redated {
        /// The hold's reference.
        hold: String,
        /// The location of the mapping.
        location: String,
    },
    /// Whom or what the hold names is read no more.
    Unread {
        /// The hold's reference.
        hold: String,
        /// The setting of the mapping that is gone.
        setting: &'static str,
    },
}

/// All that would slip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slips(BTreeSet<Slip>);

impl Slips {
    /// Whether nothing would.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Slips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("would take records from under a hold, so nothing was changed.")?;
        for slip in self.0.iter().take(NAMED) {
            write!(f, " {slip}.")?;
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " There are {more} more."),
        }
    }
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { hold, code } => write!(
                f,
                "{hold} would not cover {code} any more: widen it first, with `retaind hold widen \
                 {hold} --record-type {code}`"
            ),
            Self::Redated { hold, location } => write!(
                f,
                "{hold} is on records of certain days, and the dates of `{location}` would be read \
                 from elsewhere: put them back into the store file, or widen the hold to all days \
                 first, with `retaind hold widen {hold}`"
            ),
            Self::Unread { hold, setting } => write!(
                f,
                "{hold} is found by `{setting}`, which the mapping that lay there before reads and \
                 this one does not: put it back into the store file"
            ),
        }
    }
}

/// Where each line of the register stands, and the holds on them.
pub(crate) struct Standing {
    holds: Vec<Listed>,
    places: Places,
}

/// Code and place of each record type, by its id.
type Places = BTreeMap<Uuid, (String, Place<'static>)>;

impl Standing {
    /// As the caller's transaction sees it.
    pub(crate) async fn read(tx: &WriteTx) -> Result<Self, CatalogueError> {
        let holds = listed(&**tx, Which::InForce).await?;
        Ok(Self { holds, places: places(&**tx).await? })
    }

    /// What has slipped since.
    pub(crate) async fn slips(&self, tx: &WriteTx) -> Result<Slips, CatalogueError> {
        let now = places(&**tx).await?;
        let kept = self.places.iter().filter_map(|(id, (_, before))| Some((before, now.get(id)?)));
        let mut slips = Slips::default();
        for (before, (code, after)) in kept {
            slips.0.extend(self.lost(before, after, code));
        }
        Ok(slips)
    }

    /// The holds that cover what stands there, and not what stands here.
    fn lost<'a>(
        &'a self,
        before: &'a Place<'static>,
        after: &'a Place<'static>,
        code: &'a str,
    ) -> impl Iterator<Item = Slip> + 'a {
        let frees = |hold: &Hold| hold.covers(before) && !hold.covers(after);
        self.holds
            .iter()
            .filter(move |listed| frees(&listed.plain()))
            .map(|listed| Slip::Line { hold: listed.hold.reference.clone(), code: code.to_owned() })
    }

    /// The holds on certain days that may cover what stands there: by other dates
    /// they may not.
    fn dated<'a>(
        &'a self,
        place: &'a Place<'static>,
        location: &'a str,
    ) -> impl Iterator<Item = Slip> + 'a {
        let by_place = |scope: &Scope| {
            let narrow = matches!(
                scope.of_any_day(),
                Scope::Location { .. } | Scope::Reference(_) | Scope::Subject(_)
            );
            narrow || scope.of_any_day().covers(place)
        };
        let dated = move |scope: &Scope| matches!(scope, Scope::Within { .. }) && by_place(scope);
        self.holds.iter().filter(move |listed| listed.scopes.iter().any(dated)).map(|listed| {
            Slip::Redated { hold: listed.hold.reference.clone(), location: location.to_owned() }
        })
    }

    /// The holds with a scope of this sort, where its setting is gone.
    fn unread(
        &self,
        setting: &'static str,
        is_by: impl Fn(&Scope) -> bool,
    ) -> impl Iterator<Item = Slip> {
        self.holds
            .iter()
            .filter(move |listed| listed.scopes.iter().any(&is_by))
            .map(move |listed| Slip::Unread { hold: listed.hold.reference.clone(), setting })
    }
}

async fn places(read: &impl ConnectionTrait) -> Result<Places, CatalogueError> {
    let assets = asset::Entity::find().all(read).await?.into_iter();
    let areas: BTreeMap<Uuid, Uuid> =
        assets.map(|asset| (asset.id, asset.service_area_id)).collect();
    let types = record_type::Entity::find().all(read).await?.into_iter();
    let placed = types.map(|kind| {
        let place = Place {
            asset: Some(AssetId(kind.asset_id)),
            record_types: vec![RecordTypeId(kind.id)],
            service_area: areas.get(&kind.asset_id).copied().map(ServiceAreaId),
            ..Place::default()
        };
        (kind.id, (kind.code, place))
    });
    Ok(placed.collect())
}

/// What would slip if this mapping took the place of those that lay there before
/// it, under whatever name the store had then.
pub(crate) async fn by_mapping(
    tx: &WriteTx,
    new: &mapping::Model,
) -> Result<Slips, CatalogueError> {
    let standing = Standing::read(tx).await?;
    let place_of = |code: &str| {
        let mut places = standing.places.values();
        places.find(|(of, _)| of.eq_ignore_ascii_case(code)).map(|(_, place)| place)
    };
    let mut slips = Slips::default();
    // What stands nowhere in the register has no rule, and is kept.
    let Some(after) = place_of(&new.record_type_code) else { return Ok(slips) };
    let same_store = stores::twins(&**tx).await?.of(new.store_id);
    let there = mapping::Entity::find()
        .filter(mapping::Column::StoreId.is_in(same_store))
        .filter(mapping::Column::Id.ne(new.id));
    for before in there.all(&**tx).await?.iter().filter(|before| gives_way(before, new)) {
        if let Some(place) = place_of(&before.record_type_code) {
            slips.0.extend(standing.lost(place, after, &new.record_type_code));
        }
        let read = |setting: &str| {
            !before.definition[setting].is_null() && new.definition[setting].is_null()
        };
        if read("subject") {
            slips.0.extend(
                standing.unread("subject", |scope| matches!(scope.of_any_day(), Scope::Subject(_))),
            );
        }
        if before.definition["dates"] != new.definition["dates"]
            && let Some(place) = place_of(&before.record_type_code)
        {
            slips.0.extend(standing.dated(place, &new.location));
        }
        if read("reference") {
            let is_case = |scope: &Scope| matches!(scope.of_any_day(), Scope::Reference(_));
            slips.0.extend(standing.unread("reference", is_case));
        }
    }
    Ok(slips)
}

/// Whether anything that lay under the one may lie under the other now.
fn gives_way(before: &mapping::Model, new: &mapping::Model) -> bool {
    let (outer, inner) = (folders(&before.location), folders(&new.location));
    let below = outer.last().is_none_or(|root| inner.contains(root));
    let above = inner.last().is_none_or(|root| outer.contains(root));
    match before.active {
        true => below && before.pattern == new.pattern,
        false => below || above,
    }
}
