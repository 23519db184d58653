//! A process that carries out batches.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;

/// A process that carries out batches.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "executor")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which machine.
    pub host: String,
    /// The file whose lock it holds while it lives.
    pub lock_file: String,
    /// Its version.
    pub version: String,
    /// Since when.
    pub started_at: Micros,
    /// When it ended, or was known to have.
    pub ended_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
