//! A location in a store, tied to a record type.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;

/// A location in a store, tied to a record type.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mapping")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// The code of what is kept there.
    pub record_type_code: String,
    /// A folder below the store's root, or a table.
    pub location: String,
    /// A glob below the location.
    pub pattern: Option<String>,
    /// The whole mapping, as its store file gives it.
    #[sea_orm(column_type = "JsonBinary")]
    pub definition: Json,
    /// The digest of the definition: what an approval is bound to.
    pub digest: String,
    /// Whether the store file still has it.
    pub active: bool,
    /// Who approved it.
    pub approved_by: Option<Uuid>,
    /// When.
    pub approved_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
