//! What one person signed of a batch.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::{Decision, Stage};

/// What one person signed of a batch.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which batch.
    pub batch_id: Uuid,
    /// Over what.
    pub digest: String,
    /// Who.
    pub person_id: Uuid,
    /// In which role.
    pub stage: Stage,
    /// Yes or no.
    pub decision: Decision,
    /// What they said.
    pub comment: Option<String>,
    /// When.
    pub at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
