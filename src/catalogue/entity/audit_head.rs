//! The last link of the audit chain: one row.

use sea_orm::entity::prelude::*;

/// The last link of the audit chain: one row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The last entry's number; 0 before the first.
    pub seq: i64,
    /// Its hash; zeros before the first.
    pub hash: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
