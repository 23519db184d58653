//! One rule of one version, with the words it came from.

use sea_orm::entity::prelude::*;

use retaind_schedules::action::DisposalAction;

use crate::catalogue::values::Text;

/// One rule of one version, with the words it came from.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_line")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which version.
    pub schedule_version_id: Uuid,
    /// For which record type.
    pub record_type_id: Uuid,
    /// The whole rule, as `retaind_schedules::rule::RetentionRule` writes itself.
    #[sea_orm(column_type = "JsonBinary")]
    pub rule: Json,
    /// The minimum in the rules' notation.
    pub minimum: String,
    /// What happens after it.
    pub action: Text<DisposalAction>,
    /// The cell that says how long.
    pub period_text: String,
    /// The cell that says from when.
    pub trigger_text: String,
    /// The cell that says what then.
    pub action_text: String,
    /// The cell that says on whose authority.
    pub basis_text: String,
    /// From which file.
    pub source_file: String,
    /// From which sheet.
    pub source_sheet: String,
    /// From which row.
    pub source_row: i64,
    /// From which column.
    pub source_column: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
