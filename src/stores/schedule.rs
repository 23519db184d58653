//! The schedule in force, and where its lines stand in the register.

use std::collections::HashMap;

use retaind_schedules::calendar::Calendar;
use retaind_schedules::hold::Place;
use retaind_schedules::ids::{AssetId, RecordTypeId, ScheduleVersionId, ServiceAreaId, StoreId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::catalogue::entity::{asset, record_type, schedule_line, schedule_version};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::scan::plan::Line;

/// The schedule in force, by record type's code.
#[derive(Debug)]
pub struct ScheduleInForce {
    /// Which version; none where none has been accepted.
    pub version: Option<ScheduleVersionId>,
    /// Its lines, and where they stand in the register.
    pub lines: HashMap<String, RegisterLine>,
    /// When the organisation's years end, as it was accepted with it.
    pub calendar: Calendar,
}

/// A line of the schedule and its place in the register.
#[derive(Debug)]
pub struct RegisterLine {
    /// The line.
    pub line: schedule_line::Model,
    /// Its record type.
    pub record_type: record_type::Model,
    /// Its asset.
    pub asset: asset::Model,
}

/// The version of the schedule in force: the latest accepted.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn version_in_force(
    read: &impl ConnectionTrait,
) -> Result<Option<schedule_version::Model>, CatalogueError> {
    let latest = schedule_version::Entity::find().order_by_desc(schedule_version::Column::Number);
    Ok(latest.one(read).await?)
}

/// Reads the latest accepted version of the schedule.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn schedule_in_force(catalogue: &Catalogue) -> Result<ScheduleInForce, CatalogueError> {
    schedule_within(&catalogue.read_tx().await?).await
}

/// As [`schedule_in_force`], as the caller's transaction sees it.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn schedule_within(tx: &DatabaseTransaction) -> Result<ScheduleInForce, CatalogueError> {
    let Some(version) = version_in_force(tx).await? else {
        let (lines, calendar) = (HashMap::new(), Calendar::UNSAID);
        return Ok(ScheduleInForce { version: None, lines, calendar });
    };
    let calendar = calendar_of(&version)?;
    let assets: HashMap<Uuid, asset::Model> =
        asset::Entity::find().all(tx).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut types: HashMap<Uuid, record_type::Model> =
        record_type::Entity::find().all(tx).await?.into_iter().map(|row| (row.id, row)).collect();
    let lines = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(version.id))
        .all(tx)
        .await?;
    let placed = lines.into_iter().filter_map(|line| {
        let record_type = types.remove(&line.record_type_id)?;
        let asset = assets.get(&record_type.asset_id)?.clone();
        Some((record_type.code.clone(), RegisterLine { line, record_type, asset }))
    });
    let (version, lines) = (Some(ScheduleVersionId(version.id)), placed.collect());
    Ok(ScheduleInForce { version, lines, calendar })
}

/// When the organisation's years end under this version of the schedule. Where
/// nobody has said, no such end is known.
///
/// # Errors
///
/// Where the catalogue holds what is no calendar.
pub fn calendar_of(version: &schedule_version::Model) -> Result<Calendar, CatalogueError> {
    let Some(said) = version.calendar.clone() else { return Ok(Calendar::UNSAID) };
    serde_json::from_value(said)
        .map_err(|why| CatalogueError::impossible("schedule_version.calendar", why))
}

impl RegisterLine {
    /// Where items of this record type in this store stand.
    #[must_use]
    pub fn place(&self, store: StoreId) -> Place<'static> {
        Place {
            asset: Some(AssetId(self.asset.id)),
            record_types: vec![RecordTypeId(self.record_type.id)],
            service_area: Some(ServiceAreaId(self.asset.service_area_id)),
            store: Some(store),
            ..Place::default()
        }
    }

    /// Where the line stands: file, sheet, row and column.
    #[must_use]
    pub fn source(&self) -> String {
        let row = &self.line;
        let column = row.source_column.as_ref().map(|column| format!(", column {column}"));
        format!(
            "{}, sheet {}, row {}{}",
            row.source_file,
            row.source_sheet,
            row.source_row,
            column.unwrap_or_default()
        )
    }

    /// The rule as evaluation takes it.
    ///
    /// # Errors
    ///
    /// Where the catalogue holds what is no rule.
    pub fn rule(&self) -> Result<Line, CatalogueError> {
        let rule = serde_json::from_value(self.line.rule.clone()).map_err(|fault| {
            sea_orm::DbErr::Json(format!("rule of {}: {fault}", self.record_type.code))
        })?;
        Ok(Line { code: self.record_type.code.clone(), rule })
    }
}
