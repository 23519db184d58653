//! Somebody's signature that items which a request names go early.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::requests::Seat;

/// Somebody's signature that items which a request names go early.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure_signature")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which request.
    pub request_id: Uuid,
    /// For the items of which asset.
    pub asset_id: Uuid,
    /// Over which decision and which items.
    pub digest: String,
    /// Who signed.
    pub person_id: Uuid,
    /// In whose place.
    pub seat: Seat,
    /// When.
    pub at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
