//! What a scan met that no mapping covers.

use sea_orm::entity::prelude::*;

/// What a scan met that no mapping covers.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unmapped")]
pub struct Model {
    /// In which store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub location: String,
    /// How many.
    pub items: i64,
    /// Their bytes.
    pub bytes: i64,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
