//! An accepted, immutable set of rules.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};

/// An accepted, immutable set of rules.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_version")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 1, 2, 3, in the order they were accepted.
    #[sea_orm(unique)]
    pub number: i64,
    /// What people call it.
    pub label: String,
    /// The import it came with.
    pub import_id: Uuid,
    /// The digest of the file it came from.
    pub source_file_sha256: String,
    /// Who accepted it.
    pub accepted_by: Uuid,
    /// When.
    pub accepted_at: Micros,
    /// From which day it is in force.
    pub effective_from: CivilDate,
    /// When the organisation's years end under it; none where nobody has said.
    pub calendar: Option<Json>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
