//! What is known of the request that a hold is for.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::CivilDate;

/// What is known of the request that a hold is for.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold_request")]
pub struct Model {
    /// Of which hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hold_id: Uuid,
    /// When the request came in.
    pub received_on: CivilDate,
    /// When it was last written about.
    pub last_correspondence: CivilDate,
    /// How long the hold stays after that, as `holds::Tail` writes itself.
    pub tail: String,
    /// Whether a feed placed the hold, and is to name its case each time.
    pub fed: bool,
    /// When somebody last complained to the regulator.
    pub complained_on: Option<CivilDate>,
    /// When that complaint was decided.
    pub decided_on: Option<CivilDate>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
