//! What an owner of assets signed for a year.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};

/// What an owner of assets signed for a year.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "owner_statement")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub owner: Uuid,
    /// The end of the year.
    pub year_end: CivilDate,
    /// The figures they were told and signed, as the notice holds them.
    #[sea_orm(column_type = "JsonBinary")]
    pub figures: Json,
    /// What they added, or nothing. It may name people, so it stands in no mail
    /// and no audit entry.
    pub words: String,
    /// When.
    pub signed_at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
