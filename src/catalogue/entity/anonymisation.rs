//! A batch that people make anonymous.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};

/// A batch that people make anonymous.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "anonymisation")]
pub struct Model {
    /// Which batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch_id: Uuid,
    /// Who asked for the list last.
    pub ordered_by: Uuid,
    /// When.
    pub ordered_at: Micros,
    /// When it was done.
    pub done_on: Option<CivilDate>,
    /// How.
    pub method: Option<String>,
    /// Who attests that.
    pub attested_by: Option<Uuid>,
    /// When.
    pub attested_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
