//! Where a record type lies in a store: a mapping counts for destruction once a
//! records manager and the owner of the asset have signed what it says and what
//! the last scan counted under it.
//!
//! A mapping is known by the digest of what it says, so one that is changed in
//! its store file is another, and unapproved.

use jiff::Timestamp;
use retaind_schedules::ids::MappingId;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::error::ChangeError;
use super::impact::{Effect, Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::seat::Seat;
use super::{Asked, role_of, said};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, mapping, record_type, scan, scan_count, store};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, OutcomeKind, ScanState};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::holds::slip;
use crate::people::{Actor, Role};
use crate::scan::trial::Shift;

const MAY_ASK: &[Role] = &[Role::RecordsManager, Role::Iao];

/// Whether a person has said that a mapping is meant to cover most of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nobody said so: refused where it does.
    Part,
    /// It is meant.
    WholeStore,
}

/// Whether anything may be proposed for disposal from a mapping: it is in its
/// store file, and approved as it is.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn mapping_approved(
    read: &impl ConnectionTrait,
    id: MappingId,
) -> Result<bool, CatalogueError> {
    let found = mapping::Entity::find_by_id(id.0).one(read).await?;
    Ok(found.is_some_and(|row| row.active && row.approved_at.is_some()))
}

/// What approving a mapping would do, by the last complete scan of its store.
///
/// # Errors
///
/// Where there is no such mapping in use, or the catalogue fails.
pub async fn impact_of(read: &impl ConnectionTrait, id: MappingId) -> Result<Impact, ChangeError> {
    Ok(weigh(read, &in_use(read, id).await?).await?.impact)
}

/// Asks for a mapping to be approved. It waits for a records manager and the
/// owner of the asset; for the SIRO too, where much is due under it or nobody
/// knows how much.
///
/// # Errors
///
/// Where the person may not, there is no such mapping in use, it is approved,
/// it covers most of its store and nobody said that this is meant, or the
/// catalogue fails.
pub async fn approve(
    catalogue: &Catalogue,
    actor: &Actor,
    id: MappingId,
    extent: Extent,
    reason: &str,
    now: Timestamp,
) -> Result<Asked, ChangeError> {
    let by = By::person(actor, role_of(actor, "ask for a mapping to be approved", MAY_ASK)?);
    let reason = said(reason)?;
    let tx = catalogue.write_tx().await?;
    let row = in_use(&*tx, id).await?;
    if row.approved_at.is_some() {
        return Err(ChangeError::SoAlready(format!("mapping {id} is approved")));
    }
    // A later scan is no reason to void the signature of whoever came first.
    let waits = request::still_waits(&tx, ChangeKind::Mapping, &id.to_string(), now).await?;
    if let Some(waits) = waits {
        return Ok(Asked::Waits(Box::new(waits)));
    }
    let weighed = weigh(&*tx, &row).await?;
    keeps_holds(&tx, &row).await?;
    if let (Some(share), Extent::Part) = (&weighed.large_part, extent) {
        let store = store::Entity::find_by_id(row.store_id).one(&*tx).await?;
        let store = store.map(|store| store.name).unwrap_or_default();
        return Err(ChangeError::WholeStore { store, share: share.clone() });
    }
    let owner = Seat::Owner(owned_by(&tx, &row.record_type_code).await?.reference);
    let new = NewChange {
        kind: ChangeKind::Mapping,
        subject: id.to_string(),
        proposal: json!({ "digest": row.digest, "definition": row.definition }),
        seats: weighed.impact.seats(vec![Seat::RecordsManager, owner]),
        impact: weighed.impact,
        reason,
    };
    let waits = request::propose(&tx, &by, new, now).await?;
    tx.commit().await?;
    Ok(Asked::Waits(Box::new(waits)))
}

/// Takes the approval of a mapping away, at once: nothing more is proposed
/// from it. What waits for it to be approved is withdrawn.
///
/// # Errors
///
/// Where the person may not, there is no such mapping in use, or the catalogue
/// fails.
pub async fn unapprove(
    catalogue: &Catalogue,
    actor: &Actor,
    id: MappingId,
    reason: &str,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let by = By::person(actor, role_of(actor, "refuse a mapping", MAY_ASK)?);
    let reason = said(reason)?;
    let tx = catalogue.write_tx().await?;
    let row = in_use(&*tx, id).await?;
    request::withdraw(&tx, &by, (ChangeKind::Mapping, &id.to_string()), &reason, now).await?;
    let entry = Entry::new(by, Action::MappingRejected, Subject::new("mapping", id))
        .after(row.digest.clone())
        .because(Motive::typed(reason));
    let row = mapping::Model { approved_by: None, approved_at: None, ..row };
    row.into_active_model().reset_all().update(&*tx).await?;
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn in_use(read: &impl ConnectionTrait, id: MappingId) -> Result<mapping::Model, ChangeError> {
    let found = mapping::Entity::find_by_id(id.0).one(read).await?;
    found.filter(|row| row.active).ok_or_else(|| ChangeError::Unknown {
        what: "mapping in use",
        name: id.to_string(),
        list: "`retaind mapping list`",
    })
}

/// Refuses a mapping that would take what lay there from under a hold.
async fn keeps_holds(tx: &WriteTx, row: &mapping::Model) -> Result<(), ChangeError> {
    let slips = slip::by_mapping(tx, row).await?;
    match slips.is_empty() {
        true => Ok(()),
        false => Err(ChangeError::Slips { mapping: MappingId(row.id), slips }),
    }
}

/// The asset that a record type belongs to.
async fn owned_by(tx: &WriteTx, code: &str) -> Result<asset::Model, ChangeError> {
    let unknown = || ChangeError::Unknown {
        what: "record type",
        name: code.to_owned(),
        list: "`retaind schedule list`",
    };
    let kind = record_type::Entity::find().filter(record_type::Column::Code.eq(code));
    let kind = kind.one(&**tx).await?.ok_or_else(unknown)?;
    asset::Entity::find_by_id(kind.asset_id).one(&**tx).await?.ok_or_else(unknown)
}

struct Weighed {
    impact: Impact,
    /// How much of the store it covers, in words, where that is most of it.
    large_part: Option<String>,
}

async fn weigh(read: &impl ConnectionTrait, row: &mapping::Model) -> Result<Weighed, ChangeError> {
    let last = scan::Entity::find()
        .filter(scan::Column::StoreId.eq(row.store_id))
        .filter(scan::Column::State.eq(ScanState::Complete))
        .order_by_desc(scan::Column::StartedAt)
        .order_by_desc(scan::Column::Id)
        .one(read)
        .await?;
    let counts = match &last {
        None => Vec::new(),
        Some(last) => {
            scan_count::Entity::find()
                .filter(scan_count::Column::ScanId.eq(last.id))
                .filter(scan_count::Column::MappingId.eq(row.id))
                .all(read)
                .await?
        }
    };
    let shift = shift(&counts);
    let met = last.map_or(0, |last| last.items.unsigned_abs());
    let effect = match counts[..] {
        [] => Effect::NotKnown { why: "no complete scan has counted anything under it".to_owned() },
        _ => shift.into(),
    };
    let line = ImpactLine {
        what: row.record_type_code.clone(),
        before: "not approved".to_owned(),
        after: place(row),
        effect,
    };
    let large_part = large_part(&row.location, shift.items, met);
    let notes = large_part.iter().map(|share| format!("it covers {share} of the store"));
    let impact = Impact { lines: vec![line], notes: notes.collect() };
    Ok(Weighed { impact, large_part })
}

fn shift(counts: &[scan_count::Model]) -> Shift {
    let mut shift = Shift::default();
    for count in counts {
        let members = count.members.unsigned_abs();
        shift.items += members;
        if matches!(count.outcome, OutcomeKind::Due | OutcomeKind::Held) {
            shift.newly_due += members;
            shift.bytes += count.bytes.unsigned_abs();
        }
    }
    shift
}

/// A mapping on a store's root, or over more than half of what a scan met.
fn large_part(location: &str, items: u64, met: u64) -> Option<String> {
    if location.trim_matches(['/', '.']).is_empty() {
        return Some("the root".to_owned());
    }
    (items * 2 > met && met > 0).then(|| format!("{} %", super::impact::percent(items, met)))
}

fn place(row: &mapping::Model) -> String {
    let pattern = row.pattern.as_ref().map(|pattern| format!(" ({pattern})"));
    format!("{}{}", row.location, pattern.unwrap_or_default())
}

pub(super) async fn current(tx: &WriteTx, subject: &str) -> Result<Option<String>, ChangeError> {
    let row = mapping::Entity::find_by_id(of(subject)?.0).one(&**tx).await?;
    Ok(row.map(|row| audit::digest::of_json(&json!([row.digest, row.active, row.approved_at]))))
}

fn of(subject: &str) -> Result<MappingId, CatalogueError> {
    subject.parse().map_err(|why| CatalogueError::impossible("change_request.subject", why))
}

pub(super) async fn apply(
    tx: &WriteTx,
    change: &Shown,
    by: &By,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let id = of(&change.request.subject)?;
    let row = in_use(&**tx, id).await?;
    keeps_holds(tx, &row).await?;
    let last = change.signatures.last().map(|signature| signature.person_id);
    let entry = Entry::new(by.clone(), Action::MappingApproved, Subject::new("mapping", id))
        .after(row.digest.clone())
        .because(Motive::typed(change.request.reason.clone()));
    let row = mapping::Model { approved_by: last, approved_at: Some(Micros::from(now)), ..row };
    row.into_active_model().reset_all().update(&**tx).await?;
    audit::append(tx, now, &entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_or_more_than_half_is_the_whole_store() {
        for (location, items, met, said) in [
            ("", 1, 100, Some("the root")),
            ("/", 1, 100, Some("the root")),
            (".", 1, 100, Some("the root")),
            ("jobs", 50, 100, None),
            ("jobs", 51, 100, Some("51 %")),
            ("jobs", 0, 0, None),
        ] {
            assert_eq!(large_part(location, items, met).as_deref(), said, "{location} {items}");
        }
    }
}
