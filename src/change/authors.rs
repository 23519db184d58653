//! Who made a rule or a mapping in the last day: they approve nothing under it
//! (G2), so that nobody widens a rule and lets its harvest go in one sitting.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::ids::{MappingId, PersonId, ScheduleVersionId};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{change_request, import, mapping, schedule_version};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, ChangeState};

/// How long an author stays one.
pub const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// The people who in the 24 hours before `now` imported, proposed or accepted
/// this version of the schedule, or proposed or approved this mapping.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn author_of(
    read: &impl ConnectionTrait,
    version: ScheduleVersionId,
    of: MappingId,
    now: Timestamp,
) -> Result<BTreeSet<PersonId>, CatalogueError> {
    let since = Micros::from(now.saturating_sub(FRESH).unwrap_or(Timestamp::MIN));
    let mut acts: Vec<(Option<Uuid>, Option<Micros>)> = Vec::new();
    let version = schedule_version::Entity::find_by_id(version.0).one(read).await?;
    if let Some(version) = &version {
        acts.push((Some(version.accepted_by), Some(version.accepted_at)));
        let import = import::Entity::find_by_id(version.import_id).one(read).await?;
        acts.extend(import.map(|row| (Some(row.imported_by), Some(row.imported_at))));
    }
    let mapping = mapping::Entity::find_by_id(of.0).one(read).await?;
    acts.extend(mapping.map(|row| (row.approved_by, row.approved_at)));
    // A version accepted by change control came into force long after it was proposed.
    let proposals = proposals(read, version.map(|row| row.import_id), of).await?;
    acts.extend(proposals.into_iter().map(|row| (row.proposed_by, row.ended_at)));
    let fresh = acts.into_iter().filter(|(_, at)| at.is_some_and(|at| at >= since));
    Ok(fresh.filter_map(|(who, _)| who.map(PersonId)).collect())
}

async fn proposals(
    read: &impl ConnectionTrait,
    import: Option<Uuid>,
    of: MappingId,
) -> Result<Vec<change_request::Model>, CatalogueError> {
    let about = |kind: ChangeKind, subject: String| {
        Condition::all()
            .add(change_request::Column::Kind.eq(kind))
            .add(change_request::Column::Subject.eq(subject))
    };
    let mut either = Condition::any().add(about(ChangeKind::Mapping, of.to_string()));
    if let Some(import) = import {
        either = either.add(about(ChangeKind::Schedule, import.to_string()));
    }
    let in_force = change_request::Column::State.eq(ChangeState::InForce);
    Ok(change_request::Entity::find().filter(either).filter(in_force).all(read).await?)
}
