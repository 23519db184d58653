//! The rules in force, against what the audit chain says was accepted: a rule
//! that was edited in the database lets nothing go.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::schedule::version_in_force;
use crate::audit::{self, Action, Differs, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{record_type, schedule_line, schedule_version};

/// The digest of the rules and year ends of a version of the schedule, with what
/// the register says of the record types that asks a person first.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn rules_digest(
    read: &impl ConnectionTrait,
    version: &schedule_version::Model,
) -> Result<String, CatalogueError> {
    let types = record_type::Entity::find().all(read).await?.into_iter();
    let types: HashMap<Uuid, record_type::Model> = types.map(|kind| (kind.id, kind)).collect();
    let lines = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(version.id))
        .all(read)
        .await?;
    let mut rules: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let kind = types.get(&line.record_type_id);
            let kind = kind.map(|kind| (&kind.code, kind.asset_id, kind.irreplaceable));
            (line.record_type_id, kind, line.rule, line.minimum, line.action)
        })
        .collect();
    rules.sort_by_key(|(kind, ..)| *kind);
    Ok(audit::digest::of_json(&json!([version.number, version.calendar, rules])))
}

/// Whether the chain says that just these rules were accepted.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn rules_entered(
    read: &impl ConnectionTrait,
    version: &schedule_version::Model,
) -> Result<bool, CatalogueError> {
    let (about, digest) = (("schedule-version", version.id), rules_digest(read, version).await?);
    audit::is_entered(read, about, Action::ScheduleAccepted, &digest, None).await
}

pub(crate) async fn differing(read: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let Some(version) = version_in_force(read).await? else { return Ok(Vec::new()) };
    if rules_entered(read, &version).await? {
        return Ok(Vec::new());
    }
    let what = format!("a rule of schedule version {}", version.label);
    Ok(vec![Differs::new(what, Odd::NeverEntered)])
}
