//! The batches of a day: what falls due of a class under a standing authority,
//! as a list that cites it. Above its cap there is none: a list is never cut to
//! fit, and what is due then waits for two people as anything else does.

use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_midnight;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::valid::{Why, covers, usable};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{batch, record_type, standing_authority, store};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::AuthorityState;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::list::mappings_of;
use crate::disposal::propose::{self, Wanted};
use crate::disposal::{ApprovalError, Desk, enter, step};

/// What became of one authority today.
#[derive(Debug)]
pub struct Daily {
    /// Its number.
    pub authority: String,
    /// The lists that were made under it, or what stood against them.
    pub batches: Result<Vec<batch::Model>, ApprovalError>,
}

/// Makes the batches of today, one for each authority in force of whose class
/// anything is due and on no list yet.
///
/// # Errors
///
/// Where the catalogue fails. What stops one authority is in its [`Daily`].
pub async fn daily(desk: &Desk<'_>) -> Result<Vec<Daily>, ApprovalError> {
    let authorities = standing_authority::Entity::find()
        .filter(standing_authority::Column::State.eq(AuthorityState::InForce))
        .filter(standing_authority::Column::ExpiresOn.gte(CivilDate(desk.today())))
        .order_by_asc(standing_authority::Column::Number)
        .all(desk.catalogue.read())
        .await?;
    let mut days = Vec::with_capacity(authorities.len());
    for authority in authorities {
        let batches = match one(desk, &authority).await {
            Err(ApprovalError::Catalogue(fault)) => return Err(fault.into()),
            batches => batches,
        };
        days.push(Daily { authority: authority.number, batches });
    }
    Ok(days)
}

async fn one(
    desk: &Desk<'_>,
    authority: &standing_authority::Model,
) -> Result<Vec<batch::Model>, ApprovalError> {
    let read = desk.catalogue.read();
    let kind = record_type::Entity::find_by_id(authority.record_type_id).one(read).await?;
    let store = store::Entity::find_by_id(authority.store_id).one(read).await?;
    let (Some(kind), Some(store)) = (kind, store) else {
        return Err(Why::Other(authority.number.clone()).into());
    };
    let (record_type, store) = (Some(kind.code), Some(store.name));
    let wanted = Wanted { record_type, store, ..Wanted::default() };
    propose::under(desk, authority.id, &wanted).await
}

/// Takes lists that were just made to where two signatures take any other, where
/// the authority covers them. Else nothing of the transaction may stand.
pub(in crate::disposal) async fn authorise(
    desk: &Desk<'_>,
    tx: &WriteTx,
    authority: Uuid,
    lists: Vec<batch::Model>,
) -> Result<Vec<batch::Model>, ApprovalError> {
    // Locked, so that nobody takes it back meanwhile.
    let found = standing_authority::Entity::find_by_id(authority).lock_exclusive();
    let authority = found.one(&**tx).await?.ok_or(Why::None)?;
    usable(&**tx, &authority, desk.today()).await??;
    let mut lines = made_today(desk, tx, &authority).await?;
    let mut authorised = Vec::with_capacity(lists.len());
    for list in lists {
        lines += list.lines;
        if lines > authority.daily_cap {
            let cap = authority.daily_cap.unsigned_abs();
            return Err(Why::AboveTheCap(authority.number, cap).into());
        }
        if list.action.0 != DisposalAction::Destroy {
            return Err(Why::Other(authority.number).into());
        }
        covers(&authority, &list, &mappings_of(&list)?)?;
        authorised.push(advance(desk, tx, &authority, list).await?);
    }
    Ok(authorised)
}

/// Lines of the lists that were made under it today.
async fn made_today(
    desk: &Desk<'_>,
    tx: &WriteTx,
    authority: &standing_authority::Model,
) -> Result<i64, CatalogueError> {
    let midnight = london_midnight(desk.today()).map_or(Micros(0), Micros::from);
    let lines: Vec<i64> = batch::Entity::find()
        .select_only()
        .column(batch::Column::Lines)
        .filter(batch::Column::StandingAuthorityId.eq(authority.id))
        .filter(batch::Column::ProposedAt.gte(midnight))
        .into_tuple()
        .all(&**tx)
        .await?;
    Ok(lines.into_iter().sum())
}

/// Both steps that signatures make, on the strength of those under the authority.
/// People were heard before they signed it: there is no cooling-off.
async fn advance(
    desk: &Desk<'_>,
    tx: &WriteTx,
    authority: &standing_authority::Model,
    list: batch::Model,
) -> Result<batch::Model, ApprovalError> {
    let now = desk.now();
    step(tx, &list, BatchState::IaoApproved, now, batch::ActiveModel::default()).await?;
    let by_owner = batch::Model { state: Text(BatchState::IaoApproved), ..list };
    let change = batch::ActiveModel {
        standing_authority_id: Set(Some(authority.id)),
        not_before: Set(Some(Micros::from(now))),
        grace_days: Set(authority.grace_days),
        ..Default::default()
    };
    step(tx, &by_owner, BatchState::Authorised, now, change).await?;
    let said = Motive::own(format!("under standing authority {}", authority.number));
    let (by, action, digest) = (By::Service, Action::BatchAuthorised, by_owner.digest.clone());
    enter(tx, by, action, &by_owner, digest, said, now).await?;
    Ok(batch::Model {
        state: Text(BatchState::Authorised),
        standing_authority_id: Some(authority.id),
        not_before: Some(Micros::from(now)),
        grace_days: authority.grace_days,
        ..by_owner
    })
}
