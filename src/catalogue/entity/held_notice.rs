//! A notice that goes out only once a person says so.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;

/// A notice that goes out only once a person says so.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "held_notice")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: Uuid,
    /// Since when.
    pub since_at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
