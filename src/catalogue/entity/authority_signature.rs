//! A signature under a standing authority.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::Stage;

/// A signature under a standing authority.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authority_signature")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Under which authority.
    pub authority_id: Uuid,
    /// Over what.
    pub digest: String,
    /// Whose.
    pub person_id: Uuid,
    /// In which role.
    pub role: Stage,
    /// When.
    pub at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
