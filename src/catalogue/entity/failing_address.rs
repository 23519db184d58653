//! An address that no longer takes mail.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;

/// An address that no longer takes mail.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failing_address")]
pub struct Model {
    /// The address, in lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    /// Since when.
    pub since_at: Micros,
    /// The status its server gave.
    pub why: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
