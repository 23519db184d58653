//! Somebody the records were shared with, who is to be told of a decision.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::requests::RecipientState;

/// Somebody the records were shared with, who is to be told of a decision.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_recipient")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which request.
    pub request_id: Uuid,
    /// The asset whose recipient it is, where the register says so.
    pub asset_id: Option<Uuid>,
    /// Who, as the register calls them.
    pub name: String,
    /// When it became due to tell them.
    pub raised_at: Micros,
    /// When they were told.
    pub sent_on: Option<CivilDate>,
    /// Where it stands.
    pub state: RecipientState,
    /// When they acknowledged, or it was decided that they need not.
    pub settled_on: Option<CivilDate>,
    /// Why they cannot or need not be told.
    pub reason: Option<String>,
    /// Who entered that.
    pub settled_by: Option<Uuid>,
    /// When.
    pub settled_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
