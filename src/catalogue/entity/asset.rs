//! A line of the information asset register.

use sea_orm::entity::prelude::*;

use crate::catalogue::words::{AssetStatus, Enforcement};

/// A line of the information asset register.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its reference in the register.
    #[sea_orm(unique, column_name = "ref")]
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Who answers for it.
    pub service_area_id: Uuid,
    /// Its owner.
    pub iao: Option<Uuid>,
    /// How far the program may go.
    pub enforcement: Enforcement,
    /// Where the line stands.
    pub status: AssetStatus,
    /// The other columns of the register.
    #[sea_orm(column_type = "JsonBinary")]
    pub fields: Json,
    /// The import that last wrote it.
    pub import_id: Uuid,
    /// From which file.
    pub source_file: String,
    /// From which sheet.
    pub source_sheet: String,
    /// From which row.
    pub source_row: i64,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Those the register says the records are shared with.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        let said = self.fields.get("recipients").and_then(|said| said.as_str()).unwrap_or_default();
        let names = said.split(';').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }
}
