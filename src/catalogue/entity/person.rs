//! Someone who owns, approves, places or releases.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::CivilDate;

/// Someone who owns, approves, places or releases.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    #[sea_orm(unique)]
    pub email: String,
    /// The operating-system user they act as, where they use this machine.
    #[sea_orm(unique)]
    pub os_user: Option<String>,
    /// Whether they may act.
    pub active: bool,
    /// Since when they no longer may.
    pub left_on: Option<CivilDate>,
    /// A list of role names.
    #[sea_orm(column_type = "JsonBinary")]
    pub roles: Json,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
