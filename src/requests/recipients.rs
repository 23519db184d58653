//! Whom a decision is passed on to (UK GDPR Art. 19): those the register says
//! the records were shared with, each once. One that cannot or need not be told
//! is settled with the reason.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::hold::Scope;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::{Handling, ItemVerdict, RecipientState, RequestDecision, RequestError};
use super::{agree, enter, items, locked, said};
use crate::audit::Action;
use crate::catalogue::entity::{
    asset, hold_scope, mapping, record_type, rights_recipient, rights_request,
};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::keys::plain;

/// What became of telling a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// They were told on this day.
    Sent(Date),
    /// They acknowledged on this day.
    Acknowledged(Date),
    /// They cannot be told, for this reason.
    Impossible(String),
    /// To tell them would be disproportionate, for this reason.
    Disproportionate(String),
}

impl rights_recipient::Model {
    /// Whether nothing settled it.
    #[must_use]
    pub fn is_outstanding(&self) -> bool {
        self.state == RecipientState::Outstanding
    }
}

/// The recipients of a request, in the order in which they are numbered.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn of(
    database: &impl ConnectionTrait,
    request: Uuid,
) -> Result<Vec<rights_recipient::Model>, CatalogueError> {
    let of_request = rights_recipient::Column::RequestId.eq(request);
    let rows = rights_recipient::Entity::find().filter(of_request);
    Ok(rows.order_by_asc(rights_recipient::Column::Id).all(database).await?)
}

/// Those whom the register names are to be told from now on.
pub(super) async fn raise(
    tx: &WriteTx,
    request: &rights_request::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let mut known: BTreeSet<String> =
        of(&**tx, request.id).await?.iter().map(|one| plain(&one.name)).collect();
    for asset in assets(tx, request).await? {
        for name in asset.recipients() {
            if known.insert(plain(&name)) {
                insert(tx, request.id, Some(asset.id), name, now).await?;
            }
        }
    }
    Ok(())
}

async fn insert(
    tx: &WriteTx,
    request_id: Uuid,
    asset_id: Option<Uuid>,
    name: String,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let row = rights_recipient::Model {
        id: id_at(now),
        request_id,
        asset_id,
        name,
        raised_at: Micros::from(now),
        sent_on: None,
        state: RecipientState::Outstanding,
        settled_on: None,
        reason: None,
        settled_by: None,
        settled_at: None,
    };
    let insert = rights_recipient::Entity::insert(row.into_active_model());
    insert.exec_without_returning(&**tx).await?;
    Ok(())
}

/// The assets whose records the request is about: those of the places it names and
/// that are there; where it names none, those its hold and its service cover.
async fn assets(
    tx: &WriteTx,
    request: &rights_request::Model,
) -> Result<Vec<asset::Model>, CatalogueError> {
    let named = items::of(&**tx, request.id).await?;
    let in_part = request.decision == Some(RequestDecision::Partly);
    let is_told = |verdict: ItemVerdict| match verdict {
        ItemVerdict::Absent => false,
        ItemVerdict::MayGoEarly | ItemVerdict::Due => true,
        // What is kept though its erasure was asked: nobody is told to erase it.
        _ => !(in_part && request.kind.erases()),
    };
    let of_items: HashSet<Uuid> = named
        .iter()
        .filter(|item| is_told(item.verdict))
        .filter_map(|item| item.asset_id)
        .collect();
    let all = asset::Entity::find().order_by_asc(asset::Column::Reference).all(&**tx).await?;
    if !named.is_empty() {
        return Ok(all.into_iter().filter(|asset| of_items.contains(&asset.id)).collect());
    }
    let covered = covered(tx, request).await?;
    let area = request.service_area_id;
    let in_scope = |asset: &asset::Model| match area {
        Some(area) => {
            asset.service_area_id == area && covered.as_ref().is_none_or(|of| of.has(asset))
        }
        None => covered.as_ref().is_some_and(|of| of.has(asset)),
    };
    Ok(all.into_iter().filter(in_scope).collect())
}

/// What a hold covers of the register.
#[derive(Default)]
struct Covered {
    assets: HashSet<Uuid>,
    areas: HashSet<Uuid>,
    all: bool,
}

impl Covered {
    fn has(&self, asset: &asset::Model) -> bool {
        self.all || self.assets.contains(&asset.id) || self.areas.contains(&asset.service_area_id)
    }
}

/// What the hold of a request covers of the register; nothing, where it has none
/// or covers only cases or people, which no line of the register names.
async fn covered(
    tx: &WriteTx,
    request: &rights_request::Model,
) -> Result<Option<Covered>, CatalogueError> {
    let Some(hold) = request.hold_id else { return Ok(None) };
    let of_hold = hold_scope::Column::HoldId.eq(hold);
    let types = record_type::Entity::find().all(&**tx).await?;
    let mappings = mapping::Entity::find().filter(mapping::Column::Active.eq(true));
    let mappings = mappings.all(&**tx).await?;
    let asset_of = |code: &str| types.iter().find(|one| one.code == code).map(|one| one.asset_id);
    let (mut covered, mut any) = (Covered::default(), false);
    for row in hold_scope::Entity::find().filter(of_hold).all(&**tx).await? {
        let scope: Scope = serde_json::from_value(row.value)
            .map_err(|why| CatalogueError::impossible("hold_scope.value", why))?;
        let scope = scope.of_any_day().clone();
        any |= !matches!(scope, Scope::Reference(_) | Scope::Subject(_));
        match scope {
            Scope::Everything => covered.all = true,
            Scope::Asset(id) => drop(covered.assets.insert(id.0)),
            Scope::ServiceArea(id) => drop(covered.areas.insert(id.0)),
            Scope::RecordType(id) => {
                let found = types.iter().filter(|one| one.id == id.0).map(|one| one.asset_id);
                covered.assets.extend(found);
            }
            Scope::Location { store, prefix } => {
                let here = mappings.iter().filter(|one| one.store_id == store.0);
                let here = here.filter(|one| {
                    one.location.starts_with(&prefix) || prefix.starts_with(&one.location)
                });
                covered.assets.extend(here.filter_map(|one| asset_of(&one.record_type_code)));
            }
            Scope::Reference(_) | Scope::Subject(_) | Scope::Within { .. } => {}
        }
    }
    Ok(any.then_some(covered))
}

/// Names somebody else who is to be told.
///
/// # Errors
///
/// Where the actor may not, the request is closed, or the name is blank.
pub async fn add(handling: &Handling<'_>, reference: &str, name: &str) -> Result<(), RequestError> {
    let (by, name) = (handling.by()?, said("name of the recipient", name)?);
    let tx = handling.catalogue.write_tx().await?;
    let request = locked(&tx, reference).await?;
    let was = agree::digest_in(&*tx, &request).await?;
    insert(&tx, request.id, None, name, handling.now).await?;
    let why = "another recipient";
    let added = Action::RequestRecipientAdded;
    enter(&tx, by, added, Some(was), &request, why, handling.now).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes what became of telling the recipient of this number, from 1.
///
/// # Errors
///
/// Where the actor may not, the request is closed or has no such recipient, it is
/// settled already, or the day or the reason will not do.
pub async fn note(
    handling: &Handling<'_>,
    reference: &str,
    number: usize,
    told: &Told,
) -> Result<(), RequestError> {
    let by = handling.by()?;
    let tx = handling.catalogue.write_tx().await?;
    let request = locked(&tx, reference).await?;
    let was = agree::digest_in(&*tx, &request).await?;
    let rows = of(&*tx, request.id).await?;
    let row = number.checked_sub(1).and_then(|at| rows.into_iter().nth(at));
    let reference = || request.reference.clone();
    let row =
        row.ok_or_else(|| RequestError::NoSuchRecipient { reference: reference(), number })?;
    if !row.is_outstanding() {
        let state = row.state.name();
        return Err(RequestError::RecipientSettled { reference: reference(), number, state });
    }
    let after = noted(handling, &request, row, told)?;
    let why = format!("recipient {number}: {}", word(told));
    after.into_active_model().reset_all().update(&*tx).await?;
    let noted = Action::RequestRecipientNoted;
    enter(&tx, by, noted, Some(was), &request, &why, handling.now).await?;
    tx.commit().await?;
    Ok(())
}

const fn word(told: &Told) -> &'static str {
    match told {
        Told::Sent(_) => "sent",
        Told::Acknowledged(_) => RecipientState::Acknowledged.name(),
        Told::Impossible(_) => RecipientState::Impossible.name(),
        Told::Disproportionate(_) => RecipientState::Disproportionate.name(),
    }
}

fn noted(
    handling: &Handling<'_>,
    request: &rights_request::Model,
    row: rights_recipient::Model,
    told: &Told,
) -> Result<rights_recipient::Model, RequestError> {
    let (state, on, reason) = match told {
        Told::Sent(on) => {
            let sent_on = Some(CivilDate(handling.day(*on, request)?));
            return Ok(rights_recipient::Model { sent_on, ..row });
        }
        Told::Acknowledged(on) => (RecipientState::Acknowledged, handling.day(*on, request)?, None),
        Told::Impossible(why) => (RecipientState::Impossible, handling.today(), Some(why)),
        Told::Disproportionate(why) => {
            (RecipientState::Disproportionate, handling.today(), Some(why))
        }
    };
    let reason = reason.map(|why| said("reason why the recipient is not told", why)).transpose()?;
    Ok(rights_recipient::Model {
        state,
        settled_on: Some(CivilDate(on)),
        reason,
        settled_by: Some(handling.actor.person.0),
        settled_at: Some(Micros::from(handling.now)),
        ..row
    })
}
