//! What somebody answered to a batch from their mail.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AnswerKind;

/// What somebody answered to a batch from their mail.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answer")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which link: it answers once.
    #[sea_orm(unique)]
    pub nonce: String,
    /// Of which batch.
    pub batch_id: Uuid,
    /// Its number.
    pub batch_number: String,
    /// Who.
    pub person_id: Uuid,
    /// What.
    pub answer: AnswerKind,
    /// Why it is kept.
    pub reason: Option<String>,
    /// Until when it is kept.
    pub keep_until: Option<CivilDate>,
    /// Whose it is instead.
    pub named_address: Option<String>,
    /// When.
    pub at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
