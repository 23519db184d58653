//! Placing a hold.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::hold::{Days, Hold, HoldKind, Scope};
use retaind_schedules::ids::{AssetId, HoldId, RecordTypeId, ServiceAreaId, StoreId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use super::agree::digest_in;
use super::change::in_force;
use super::pack::PackUse;
use super::request::{self, Request};
use super::{Act, HoldError, MAY_PLACE, NewHold, NewScope, said};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{
    asset, hold, hold_pack, hold_request, hold_scope, record_type, service_area, store,
};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::execution::under;
use crate::keys::Keys;
use crate::notices;
use crate::people::Actor;

/// Where a hold comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A person orders it. A request for information counts as received today.
    Person,
    /// A request of which more is known.
    Request(Request),
    /// A hold pack, whose record types a person confirmed.
    Pack(PackUse),
}

impl Source {
    fn request(&self, kind: HoldKind, today: Date) -> Option<Request> {
        match self {
            _ if !request::is_request(kind) => None,
            Self::Request(request) => Some(request.clone()),
            Self::Person | Self::Pack(_) => Some(Request::received(today)),
        }
    }
}

/// A hold that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub id: HoldId,
    /// What it covers.
    pub scopes: Vec<Scope>,
    /// Before which day only the legal role may release it.
    pub earliest_release: Option<Date>,
}

/// Places the hold. When this returns it covers whatever no chunk has open;
/// [`under::meet`] waits for those, and says what the hold met.
///
/// # Errors
///
/// Where the actor may not, or the hold is not as it must be; then it is not placed.
pub async fn place(
    catalogue: &Catalogue,
    keys: &Keys,
    actor: &Actor,
    new: &NewHold,
    now: Timestamp,
    today: Date,
) -> Result<Placed, HoldError> {
    place_from(catalogue, keys, actor, new, &Source::Person, now, today).await
}

/// Places a hold that comes from somewhere. Every hold is placed by this.
///
/// # Errors
///
/// As [`place`].
pub async fn place_from(
    catalogue: &Catalogue,
    keys: &Keys,
    actor: &Actor,
    new: &NewHold,
    source: &Source,
    now: Timestamp,
    today: Date,
) -> Result<Placed, HoldError> {
    let role = super::role_of(actor, MAY_PLACE)?;
    let reason = said("reason", &new.reason)?;
    let request = source.request(new.kind, today);
    let row = checked(actor, new, request.as_ref(), now, today)?;

    let tx = covering(catalogue).await?;
    let same = hold::Column::Reference.eq(&row.reference);
    if hold::Entity::find().filter(same).one(&*tx).await?.is_some() {
        return Err(HoldError::ReferenceTaken(row.reference));
    }
    let mut scopes = Vec::with_capacity(new.scopes.len());
    for scope in &new.scopes {
        scopes.push(resolve(&*tx, keys, scope).await?);
    }
    hold::Entity::insert(row.clone().into_active_model()).exec_without_returning(&*tx).await?;
    insert_scopes(&tx, &row, &scopes, now).await?;
    if let Some(request) = request {
        let request = request.row(row.id).into_active_model();
        hold_request::Entity::insert(request).exec_without_returning(&*tx).await?;
    }
    if let Source::Pack(used) = source {
        let used = used.row(row.id).into_active_model();
        hold_pack::Entity::insert(used).exec_without_returning(&*tx).await?;
    }
    let act = Act {
        by: By::person(actor, role),
        action: Action::HoldPlaced,
        why: Motive::typed(reason),
        now,
    };
    act.enter(&tx, None, &row).await?;
    notices::holds::placed(&tx, &row, &scopes, now).await?;
    tx.commit().await?;
    let earliest_release = row.earliest_release.map(|day| day.0);
    Ok(Placed { id: HoldId(row.id), scopes, earliest_release })
}

/// Adds to what a hold in force covers, and gives the hold with what it did not
/// cover yet.
///
/// # Errors
///
/// Where the actor may not, the hold is not in force, or a scope is not known.
pub async fn widen(
    catalogue: &Catalogue,
    keys: &Keys,
    actor: &Actor,
    reference: &str,
    scopes: &[NewScope],
    reason: &str,
    now: Timestamp,
) -> Result<Hold, HoldError> {
    let role = super::role_of(actor, MAY_PLACE)?;
    let reason = said("reason", reason)?;
    let tx = covering(catalogue).await?;
    let hold = in_force(&tx, reference).await?;
    let mut known = scopes_of(&tx, &hold).await?;
    let mut added = Vec::new();
    for scope in scopes {
        let scope = resolve(&*tx, keys, scope).await?;
        if !known.contains(&scope) {
            known.push(scope.clone());
            added.push(scope);
        }
    }
    let more = Hold { id: HoldId(hold.id), kind: hold.kind.0, scopes: added };
    if more.scopes.is_empty() {
        return Ok(more);
    }
    let was = digest_in(&*tx, &hold).await?;
    insert_scopes(&tx, &hold, &more.scopes, now).await?;
    let by = By::person(actor, role);
    let act = Act { by, action: Action::HoldWidened, why: Motive::typed(reason), now };
    act.enter(&tx, Some(was), &hold).await?;
    tx.commit().await?;
    Ok(more)
}

/// Leave to write in which something comes under a hold: no chunk of a run of
/// disposal opens meanwhile.
async fn covering(catalogue: &Catalogue) -> Result<WriteTx, CatalogueError> {
    let tx = catalogue.write_tx().await?;
    under::close_gate(&tx).await?;
    Ok(tx)
}

async fn scopes_of(tx: &WriteTx, hold: &hold::Model) -> Result<Vec<Scope>, HoldError> {
    let of_hold = hold_scope::Entity::find().filter(hold_scope::Column::HoldId.eq(hold.id));
    let rows = of_hold.all(&**tx).await?.into_iter();
    let read = rows.map(|row| serde_json::from_value(row.value)).collect::<Result<_, _>>();
    Ok(read.map_err(|error| CatalogueError::impossible("a hold's scope", error))?)
}

fn checked(
    actor: &Actor,
    new: &NewHold,
    request: Option<&Request>,
    now: Timestamp,
    today: Date,
) -> Result<hold::Model, HoldError> {
    match (new.kind == HoldKind::Restriction18, new.ground) {
        (true, None) => return Err(HoldError::GroundMissing),
        (false, Some(_)) => return Err(HoldError::GroundNotWanted),
        _ => {}
    }
    super::check_review(new.review_on, today)?;
    if new.scopes.is_empty() {
        return Err(HoldError::NoScope);
    }
    Ok(hold::Model {
        id: id_at(now),
        reference: said("reference", &new.reference)?,
        title: said("title", &new.title)?,
        kind: Text(new.kind),
        ground: new.ground,
        authority: said("authority", &new.authority)?,
        blocks: super::blocks(new.kind).into(),
        placed_by: actor.person.0,
        placed_at: Micros::from(now),
        review_on: CivilDate(new.review_on),
        earliest_release: request.map(|request| CivilDate(request.earliest_release())),
        subject_informed_on: None,
        state: HoldState::Active,
        release_requested_by: None,
        release_requested_at: None,
        release_reason: None,
        release_authority: None,
        released_by: None,
        released_at: None,
    })
}

/// What the names mean.
pub(super) async fn resolve(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    scope: &NewScope,
) -> Result<Scope, HoldError> {
    Ok(match scope {
        NewScope::Everything => Scope::Everything,
        NewScope::Asset(name) => {
            let found = asset::Entity::find().filter(asset::Column::Reference.eq(name));
            let found = found.one(tx).await?.map(|row| AssetId(row.id));
            Scope::Asset(found.ok_or_else(|| unknown("asset with the ref", name, IN_REGISTER))?)
        }
        NewScope::RecordType(name) => {
            let found = record_type::Entity::find().filter(record_type::Column::Code.eq(name));
            let found = found.one(tx).await?.map(|row| RecordTypeId(row.id));
            let found =
                found.ok_or_else(|| unknown("record type with the code", name, IN_REGISTER));
            Scope::RecordType(found?)
        }
        NewScope::ServiceArea(name) => {
            let found = service_area::Entity::find().filter(service_area::Column::Name.eq(name));
            let found = found.one(tx).await?.map(|row| ServiceAreaId(row.id));
            Scope::ServiceArea(found.ok_or_else(|| unknown("service area", name, IN_REGISTER))?)
        }
        NewScope::Location { store, prefix } => location(tx, store, prefix).await?,
        NewScope::Reference(reference) => Scope::Reference(said("case reference", reference)?),
        NewScope::Subject(person) => {
            Scope::Subject(keys.subject_key(&said("reference of the person", person)?))
        }
        NewScope::Within { what, from, to } => {
            let days = Days::new(*from, *to).ok_or(HoldError::Days)?;
            Scope::Within { what: Box::new(Box::pin(resolve(tx, keys, what)).await?), days }
        }
    })
}

const IN_REGISTER: &str = "write it as the register does";
const IN_STORES: &str = "write it as its store file does";

fn unknown(what: &'static str, name: &str, remedy: &'static str) -> HoldError {
    HoldError::NoSuchTarget { what, name: name.to_owned(), remedy }
}

async fn location(tx: &impl ConnectionTrait, name: &str, prefix: &str) -> Result<Scope, HoldError> {
    if prefix.split(['/', '\\']).any(|part| part.trim() == "..") {
        return Err(HoldError::Location(prefix.to_owned()));
    }
    let found = store::Entity::find().filter(store::Column::Name.eq(name)).one(tx).await?;
    let found = found.ok_or_else(|| unknown("store", name, IN_STORES))?;
    Ok(Scope::Location { store: StoreId(found.id), prefix: prefix.to_owned() })
}

async fn insert_scopes(
    tx: &WriteTx,
    hold: &hold::Model,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<(), HoldError> {
    for scope in scopes {
        let value = serde_json::to_value(scope)
            .map_err(|error| CatalogueError::impossible("a hold's scope", error))?;
        let kind = scope.of_any_day().name().to_owned();
        let row = hold_scope::Model { id: id_at(now), hold_id: hold.id, kind, value };
        hold_scope::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    }
    Ok(())
}
