//! One part of what a hold covers.

use sea_orm::entity::prelude::*;

/// One part of what a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold_scope")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which hold.
    pub hold_id: Uuid,
    /// The word of the scope, whatever days it is narrowed to.
    pub kind: String,
    /// The scope, as `retaind_schedules::hold::Scope` writes itself.
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Json,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
