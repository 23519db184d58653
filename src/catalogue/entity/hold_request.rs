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
    /// By when it is to be answered, where somebody has said.
    pub due_on: Option<CivilDate>,
    /// When it was answered.
    pub answered_on: Option<CivilDate>,
    /// When it was refused, whole or in part.
    pub refused_on: Option<CivilDate>,
    /// When the refusal was explained.
    pub explained_on: Option<CivilDate>,
    /// When those who had the records from us were told of the decision.
    pub told_on: Option<CivilDate>,
    /// When they had all acknowledged it.
    pub acknowledged_on: Option<CivilDate>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
