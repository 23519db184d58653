//! Something that was done about a request.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::requests::StepKind;

/// Something that was done about a request.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_step")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which request.
    pub request_id: Uuid,
    /// What was done.
    pub kind: StepKind,
    /// In which store.
    pub store: Option<String>,
    /// How many items and case files were found there.
    pub copies: Option<i64>,
    /// Until when its backups would still hold what is erased that day.
    pub backups_until: Option<CivilDate>,
    /// What a person noted, or why it failed.
    pub note: Option<String>,
    /// Who did it.
    pub taken_by: Uuid,
    /// When.
    pub taken_at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
