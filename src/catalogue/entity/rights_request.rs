//! What a person asks under data protection law.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::requests::{RequestDecision, RequestKind};

/// What a person asks under data protection law.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_request")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its reference in the case system, which is all that is kept of the person.
    #[sea_orm(unique, column_name = "ref")]
    pub reference: String,
    /// What is asked.
    pub kind: RequestKind,
    /// On which grounds: their codes, apart by spaces.
    pub grounds: Option<String>,
    /// When it came in.
    pub received_on: CivilDate,
    /// When its time began: later where the person had to be identified first.
    pub clock_starts_on: CivilDate,
    /// By when it is to be answered.
    pub due_on: CivilDate,
    /// By when, where more time was taken.
    pub extended_to: Option<CivilDate>,
    /// Why more time was needed.
    pub extended_why: Option<String>,
    /// When the person was told so.
    pub extended_told_on: Option<CivilDate>,
    /// The service it is about.
    pub service_area_id: Option<Uuid>,
    /// The hold that keeps what it is about.
    pub hold_id: Option<Uuid>,
    /// Who opened it.
    pub opened_by: Uuid,
    /// When.
    pub opened_at: Micros,
    /// What was decided.
    pub decision: Option<RequestDecision>,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<Micros>,
    /// On which exceptions it was refused: their codes, apart by spaces.
    pub exceptions: Option<String>,
    /// Which compelling grounds override an objection.
    pub compelling: Option<String>,
    /// What follows for the service the person gets, and on which basis.
    pub consequence: Option<String>,
    /// What the person was told.
    pub explanation: Option<String>,
    /// When that was sent.
    pub explained_on: Option<CivilDate>,
    /// Who entered it.
    pub explained_by: Option<Uuid>,
    /// Who closed it.
    pub closed_by: Option<Uuid>,
    /// When.
    pub closed_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
