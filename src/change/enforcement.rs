//! How far the program may go for an asset: raised by its owner and a records
//! manager, lowered by either of them at once.
//!
//! Up to `destroy` only after a month of complete scans of the stores its
//! records lie in, in which people saw what would go; sooner than that the SIRO
//! signs too.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::error::ChangeError;
use super::impact::{Effect, Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::seat::Seat;
use super::{Asked, role_of, said};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, mapping, record_type, scan};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, Enforcement, ScanState};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::people::{Actor, Role};

/// How long people see what would go before anything does.
const DRY_RUN: SignedDuration = SignedDuration::from_hours(28 * 24);

const MAY_SET: &[Role] = &[Role::RecordsManager, Role::Iao];

/// Sets how far the program may go for an asset, by its ref. Going further
/// waits for signatures; going less far takes effect at once.
///
/// # Errors
///
/// Where the person may not, there is no such asset, it is so already, or the
/// catalogue fails.
pub async fn set(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    level: Enforcement,
    reason: &str,
    now: Timestamp,
) -> Result<Asked, ChangeError> {
    let reason = said(reason)?;
    let tx = catalogue.write_tx().await?;
    let asset = by_reference(&tx, reference.trim()).await?;
    let by = By::person(actor, role_on(actor, &asset)?);
    if level == asset.enforcement {
        return Err(ChangeError::SoAlready(format!("{} is at {level}", asset.reference)));
    }
    if level > asset.enforcement {
        let new = raised(&tx, &asset, level, reason, now).await?;
        let waits = request::propose(&tx, &by, new, now).await?;
        tx.commit().await?;
        return Ok(Asked::Waits(Box::new(waits)));
    }
    let about = (ChangeKind::Enforcement, asset.reference.as_str());
    request::withdraw(&tx, &by, about, "the level was lowered instead", now).await?;
    let entry = Entry::new(by, Action::EnforcementLowered, Subject::new("asset", asset.id))
        .before(digest(asset.enforcement))
        .after(digest(level))
        .because(Motive::own(format!("from {} to {level}", asset.enforcement)).and_typed(reason));
    store(&tx, asset, level).await?;
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(Asked::Done)
}

/// An owner acts on what is theirs, a records manager on everything.
fn role_on(actor: &Actor, asset: &asset::Model) -> Result<Role, ChangeError> {
    let act = "say how far the program may go for this asset";
    match role_of(actor, act, MAY_SET)? {
        Role::Iao if asset.iao != Some(actor.person.0) => Err(ChangeError::NotAllowed {
            name: actor.name.clone(),
            act,
            needs: &[Role::RecordsManager],
        }),
        role => Ok(role),
    }
}

async fn by_reference(tx: &WriteTx, reference: &str) -> Result<asset::Model, ChangeError> {
    let found = asset::Entity::find().filter(asset::Column::Reference.eq(reference));
    let found = found.lock_exclusive().one(&**tx).await?;
    found.ok_or_else(|| ChangeError::Unknown {
        what: "asset",
        name: reference.to_owned(),
        list: "`retaind enforcement list`",
    })
}

async fn raised(
    tx: &WriteTx,
    asset: &asset::Model,
    level: Enforcement,
    reason: String,
    now: Timestamp,
) -> Result<NewChange, ChangeError> {
    let mut seats = vec![Seat::RecordsManager, Seat::Owner(asset.reference.clone())];
    let mut notes = Vec::new();
    if level == Enforcement::Destroy && !was_rehearsed(tx, asset, now).await? {
        seats.push(Seat::Siro);
        notes.push(
            "fewer than 28 days of complete scans have shown what would go, so the SIRO signs too"
                .to_owned(),
        );
    }
    let line = ImpactLine {
        what: asset.reference.clone(),
        before: asset.enforcement.to_string(),
        after: level.to_string(),
        effect: Effect::None,
    };
    Ok(NewChange {
        kind: ChangeKind::Enforcement,
        subject: asset.reference.clone(),
        proposal: json!(level),
        impact: Impact { lines: vec![line], notes },
        seats,
        reason,
    })
}

/// Whether each store the asset's records lie in has had complete scans for 28
/// days. Where they lie nowhere, nobody has seen anything.
async fn was_rehearsed(
    tx: &WriteTx,
    asset: &asset::Model,
    now: Timestamp,
) -> Result<bool, CatalogueError> {
    let types = record_type::Entity::find().filter(record_type::Column::AssetId.eq(asset.id));
    let codes: Vec<String> = types.all(&**tx).await?.into_iter().map(|row| row.code).collect();
    let mappings = mapping::Entity::find()
        .filter(mapping::Column::Active.eq(true))
        .filter(mapping::Column::RecordTypeCode.is_in(codes))
        .all(&**tx)
        .await?;
    let stores: BTreeSet<Uuid> = mappings.into_iter().map(|row| row.store_id).collect();
    let since = Micros::from(now.saturating_sub(DRY_RUN).unwrap_or(Timestamp::MIN));
    for store in &stores {
        let first = scan::Entity::find()
            .filter(scan::Column::StoreId.eq(*store))
            .filter(scan::Column::State.eq(ScanState::Complete))
            .order_by_asc(scan::Column::StartedAt)
            .one(&**tx)
            .await?;
        if first.is_none_or(|first| first.started_at > since) {
            return Ok(false);
        }
    }
    Ok(!stores.is_empty())
}

pub(super) fn digest(level: Enforcement) -> String {
    audit::digest::of_json(&json!(level))
}

async fn store(
    tx: &WriteTx,
    asset: asset::Model,
    level: Enforcement,
) -> Result<(), CatalogueError> {
    let asset = asset::Model { enforcement: level, ..asset };
    asset.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

pub(super) async fn current(tx: &WriteTx, subject: &str) -> Result<Option<String>, ChangeError> {
    Ok(Some(digest(by_reference(tx, subject).await?.enforcement)))
}

pub(super) async fn apply(tx: &WriteTx, change: &Shown) -> Result<(), ChangeError> {
    let asset = by_reference(tx, &change.request.subject).await?;
    Ok(store(tx, asset, super::proposal(change)?).await?)
}
