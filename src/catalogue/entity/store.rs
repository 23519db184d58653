//! A connected place where items live.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::StoreState;

/// A connected place where items live.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name in its store file.
    #[sea_orm(unique)]
    pub name: String,
    /// Which connector reaches it.
    pub kind: String,
    /// By what it is known to be the same store.
    pub identity: Option<String>,
    /// Whether it can be relied on.
    pub state: StoreState,
    /// Since when.
    pub state_since: Micros,
    /// Why.
    pub state_why: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
