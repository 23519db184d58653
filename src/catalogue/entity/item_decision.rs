//! What a person decided of one item.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::ItemDecision;

/// What a person decided of one item.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item_decision")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// Where in the store.
    pub locator: String,
    /// What it looked like then.
    pub fingerprint: String,
    /// What was decided.
    pub decision: ItemDecision,
    /// Until when it is kept.
    pub keep_until: Option<CivilDate>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub person_id: Uuid,
    /// In which role.
    pub role: String,
    /// When.
    pub at: Micros,
    /// The line of a batch it was decided on.
    pub batch_line_id: Option<Uuid>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
