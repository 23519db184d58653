//! One line of an import: what it holds and what it would change.

use sea_orm::entity::prelude::*;

use crate::catalogue::words::Change;

/// One line of an import: what it holds and what it would change.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_line")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which import.
    pub import_id: Uuid,
    /// On which sheet.
    pub sheet: String,
    /// In which row.
    pub row: i64,
    /// What the line is: an asset, a record type.
    pub kind: String,
    /// By what it is matched with the register: a ref, a code.
    pub key: String,
    /// What it holds.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// What it would change.
    pub change: Change,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
