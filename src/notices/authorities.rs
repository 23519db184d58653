//! What standing authorities tell: a day on which more is due than one covers
//! (M13), and that one comes to its end, to those who signed it and the owner.

use std::collections::BTreeSet;

use jiff::{Span, Timestamp};
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::alarm::raise_weekly;
use super::outbox::{Notice, enqueue};
use super::payload::{Alarm, AlarmKind, Register, RegisterNews};
use super::recipient::{Directory, Recipient};
use crate::catalogue::entity::{
    asset, authority_signature, record_type, service_area, standing_authority,
};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::AuthorityState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::disposal::ApprovalError;
use crate::disposal::standing::{Daily, Why};

/// Days before its end on which an authority is told of.
const STAGES: [i32; 2] = [7, 30];

/// Raises an alarm for each authority that covers less than is due today, once a
/// week; gives how many notices are new.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn above_caps(
    catalogue: &Catalogue,
    days: &[Daily],
    now: Timestamp,
) -> Result<usize, CatalogueError> {
    let above = days.iter().filter_map(|Daily { authority, batches }| {
        let Err(ApprovalError::Standing(Why::AboveTheCap(..))) = batches else { return None };
        let said = Alarm {
            what: AlarmKind::Breaker,
            store: None,
            batch: None,
            authority: Some(authority.clone()),
            since: london_date(now),
            count: None,
            clock: None,
        };
        Some((authority.clone(), said))
    });
    raise_weekly(catalogue, above.collect(), now).await
}

/// Tells of every authority whose last day is near. One that ends in between is
/// told of no more: what falls due then waits for two people.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn expiring(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    let today = london_date(now);
    let until = today.saturating_add(Span::new().days(STAGES[1]));
    let near = standing_authority::Entity::find()
        .filter(standing_authority::Column::State.eq(AuthorityState::InForce))
        .filter(standing_authority::Column::ExpiresOn.gte(CivilDate(today)))
        .filter(standing_authority::Column::ExpiresOn.lte(CivilDate(until)))
        .all(&**tx)
        .await?;
    let directory = Directory::read(&**tx).await?;
    for authority in near {
        let left = authority.expires_on.0.duration_since(today).as_hours() / 24;
        let stage = if left <= i64::from(STAGES[0]) { STAGES[0] } else { STAGES[1] };
        let kind = record_type::Entity::find_by_id(authority.record_type_id).one(&**tx).await?;
        let asset = match &kind {
            Some(kind) => asset::Entity::find_by_id(kind.asset_id).one(&**tx).await?,
            None => None,
        };
        let area = match &asset {
            Some(asset) => {
                service_area::Entity::find_by_id(asset.service_area_id).one(&**tx).await?
            }
            None => None,
        };
        let signed = authority_signature::Column::AuthorityId.eq(authority.id);
        let signed = authority_signature::Entity::find().filter(signed).all(&**tx).await?;
        let to: BTreeSet<Recipient> = signed
            .iter()
            .map(|signature| signature.person_id)
            .chain(asset.and_then(|asset| asset.iao))
            .map(Recipient::Person)
            .collect();
        let news = RegisterNews::AuthorityEnds {
            authority: authority.number,
            record_type: kind.map(|kind| kind.code).unwrap_or_default(),
            on: authority.expires_on.0,
        };
        let notice = Notice {
            to: directory.once(to),
            service_area: area.map(|area| area.name),
            period_key: format!("authority:{}:{stage}", authority.id),
            payload: Register { news }.into(),
            thread: format!("authority:{}", authority.id),
            attachments: Vec::new(),
        };
        enqueue(tx, now, &notice).await?;
    }
    Ok(())
}
