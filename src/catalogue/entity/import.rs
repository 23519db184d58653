//! One reading of one register file.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::ImportState;

/// One reading of one register file.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The file's name, without its folder.
    pub file_name: String,
    /// The digest of its bytes, in hexadecimal.
    pub file_sha256: String,
    /// The profile its columns were read by.
    pub profile: String,
    /// What it has come to.
    pub state: ImportState,
    /// Rows met: the sum of the next four.
    pub rows_read: i64,
    /// Rows taken.
    pub accepted: i64,
    /// Rows not taken.
    pub rejected: i64,
    /// Rows with nothing in them.
    pub blank: i64,
    /// Rows that head a section.
    pub section: i64,
    /// Lines that are new.
    pub added: i64,
    /// Lines that differ.
    pub changed: i64,
    /// Lines that are as they were.
    pub unchanged: i64,
    /// Lines no longer in the file.
    pub removed: i64,
    /// Who read it in.
    pub imported_by: Uuid,
    /// When.
    pub imported_at: Micros,
    /// Who accepted it.
    pub accepted_by: Option<Uuid>,
    /// When.
    pub accepted_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
