//! What falls due under one mapping in one month.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::CivilDate;

/// What falls due under one mapping in one month.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "forecast")]
pub struct Model {
    /// Under which mapping.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mapping_id: Uuid,
    /// The first day of the month.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: CivilDate,
    /// Items and units.
    pub units: i64,
    /// Their bytes.
    pub bytes: i64,
    /// The oldest date that any of them is kept from.
    pub oldest: Option<CivilDate>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
