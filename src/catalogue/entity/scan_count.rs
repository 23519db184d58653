//! What a scan counted under one mapping, by outcome.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::CivilDate;
use crate::catalogue::words::OutcomeKind;

/// What a scan counted under one mapping, by outcome.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan_count")]
pub struct Model {
    /// By which scan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scan_id: Uuid,
    /// Under which mapping.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mapping_id: Uuid,
    /// With which outcome.
    #[sea_orm(primary_key, auto_increment = false)]
    pub outcome: OutcomeKind,
    /// Items and units.
    pub units: i64,
    /// Files or rows in them.
    pub members: i64,
    /// Their bytes.
    pub bytes: i64,
    /// The earliest due date among them.
    pub oldest_due: Option<CivilDate>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
