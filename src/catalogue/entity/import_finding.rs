//! Something an import found wrong, and what to do about it.

use sea_orm::entity::prelude::*;

use crate::catalogue::words::Severity;

/// Something an import found wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_finding")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which import.
    pub import_id: Uuid,
    /// On which sheet.
    pub sheet: String,
    /// In which row, counted as the spreadsheet counts.
    pub row: i64,
    /// In which column, by its heading.
    pub column: Option<String>,
    /// What the cell says.
    pub value: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
