//! What must be true of an asset, a store and its mappings before anything of
//! it is proposed (G1).

use retaind_schedules::action::DisposalAction;
use retaind_schedules::ids::ScheduleVersionId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::Group;
use crate::catalogue::WriteTx;
use crate::catalogue::entity::{scan, store};
use crate::catalogue::words::{AssetStatus, Enforcement, ScanState, StoreState};
use crate::change::{Ceilings, ceilings};
use crate::disposal::jump::{Jump, jumped};
use crate::disposal::{ApprovalError, Desk};
use crate::stores;
use crate::stores::accepted::rules_entered;

/// What the guards found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checked {
    /// The schedule in force.
    pub(super) version: ScheduleVersionId,
    /// How much may go at once.
    pub(super) ceilings: Ceilings,
    /// Files or rows in the store, at its last scan.
    pub(super) items: u64,
}

/// Refuses where anything stands against the whole of it.
pub(super) async fn check(
    desk: &Desk<'_>,
    tx: &WriteTx,
    group: &Group<'_>,
) -> Result<Checked, ApprovalError> {
    let rule = group.line.rule()?.rule;
    if rule.minimum.is_permanent() || rule.action == DisposalAction::Permanent {
        return Err(ApprovalError::Permanent(group.line.record_type.code.clone()));
    }
    asset(group)?;
    let version = version(tx, group).await?;
    let unapproved = group.mappings.iter().find(|mapping| mapping.approved_at.is_none());
    if let Some(mapping) = unapproved {
        return Err(ApprovalError::MappingNotApproved {
            record_type: group.line.record_type.code.clone(),
            store: group.store.name.clone(),
            id: mapping.id,
        });
    }
    let items = store_seen(desk, tx, group).await?;
    Ok(Checked { version, ceilings: ceilings(&**tx).await?, items })
}

/// Refuses lists of a store in which far more is due than before, until a person
/// has looked.
pub(super) async fn no_jump(tx: &WriteTx, group: &Group<'_>) -> Result<(), ApprovalError> {
    match jumped(&**tx, group.store.id).await? {
        Some(Jump { now, before }) => {
            Err(ApprovalError::DueJumped { store: group.store.name.clone(), now, before })
        }
        None => Ok(()),
    }
}

fn asset(group: &Group<'_>) -> Result<(), ApprovalError> {
    let asset = &group.line.asset;
    if asset.status != AssetStatus::Active || asset.enforcement < Enforcement::Propose {
        return Err(ApprovalError::NotPromoted {
            asset: asset.reference.clone(),
            level: asset.enforcement,
        });
    }
    if asset.iao.is_none() {
        return Err(ApprovalError::NoOwner(asset.reference.clone()));
    }
    Ok(())
}

/// The schedule is still the one that was read before the transaction.
async fn version(tx: &WriteTx, group: &Group<'_>) -> Result<ScheduleVersionId, ApprovalError> {
    let latest = stores::version_in_force(&**tx).await?;
    let latest = latest.ok_or(ApprovalError::ScheduleMoved)?;
    let id = ScheduleVersionId(latest.id);
    if group.schedule.version != Some(id) {
        return Err(ApprovalError::ScheduleMoved);
    }
    match rules_entered(&**tx, &latest).await? {
        true => Ok(id),
        false => Err(ApprovalError::RulesEdited),
    }
}

/// How many files or rows the last scan met, where it can be relied on.
async fn store_seen(
    desk: &Desk<'_>,
    tx: &WriteTx,
    group: &Group<'_>,
) -> Result<u64, ApprovalError> {
    let name = &group.store.name;
    let store = store::Entity::find_by_id(group.store.id).one(&**tx).await?;
    let state = store.map_or(StoreState::Unavailable, |row| row.state);
    if state != StoreState::Ok {
        return Err(ApprovalError::StoreNotOk { store: name.clone(), state });
    }
    let last = scan::Entity::find()
        .filter(scan::Column::StoreId.eq(group.store.id))
        .filter(scan::Column::State.ne(ScanState::Running))
        .order_by_desc(scan::Column::StartedAt)
        .order_by_desc(scan::Column::Id)
        .one(&**tx)
        .await?;
    let last = last.filter(|scan| scan.state == ScanState::Complete);
    let last = last.ok_or_else(|| ApprovalError::NotScanned(name.clone()))?;
    let days = (desk.today() - last.today.0).get_days();
    let limit = desk.config.disposal.scan_age.0;
    if days >= i32::from(limit) || days < 0 {
        let on = last.today.0;
        return Err(ApprovalError::StaleScan { store: name.clone(), on, days, limit });
    }
    Ok(last.items.unsigned_abs())
}
