//! The hold pack that a hold was placed from.

use sea_orm::entity::prelude::*;

/// The hold pack that a hold was placed from.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold_pack")]
pub struct Model {
    /// Which hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hold_id: Uuid,
    /// The pack's name.
    pub pack: String,
    /// Its version then.
    pub version: String,
    /// The digest of its file.
    pub digest: String,
    /// The codes of the record types that a person confirmed.
    #[sea_orm(column_type = "JsonBinary")]
    pub matched: Json,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
