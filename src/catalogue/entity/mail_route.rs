//! Who is written to for a service area.

use sea_orm::entity::prelude::*;

use crate::catalogue::words::RouteRole;

/// Who is written to for a service area.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_route")]
pub struct Model {
    /// The service area, in lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area: String,
    /// As what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: RouteRole,
    /// The address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
