//! A batch offered to an archive.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};

/// A batch offered to an archive.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    /// Which batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch_id: Uuid,
    /// To whom.
    pub archive: String,
    /// Who offered it.
    pub offered_by: Uuid,
    /// When.
    pub offered_at: Micros,
    /// The archive's reference of acceptance.
    pub accepted_ref: Option<String>,
    /// When it accepted.
    pub accepted_on: Option<CivilDate>,
    /// Who recorded that.
    pub recorded_by: Option<Uuid>,
    /// When.
    pub recorded_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
