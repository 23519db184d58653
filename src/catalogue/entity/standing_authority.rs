//! Leave, signed by two people, to dispose of one short-lived class day by day.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AuthorityState;

/// Leave, signed by two people, to dispose of one short-lived class day by day.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing_authority")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its number, as people know it.
    #[sea_orm(unique)]
    pub number: String,
    /// For which record type.
    pub record_type_id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// Under which version of the schedule.
    pub schedule_version_id: Uuid,
    /// The rule it is bound to, in the notation.
    pub rule: String,
    /// The digests of the mappings it is bound to.
    #[sea_orm(column_type = "JsonBinary")]
    pub mappings: Json,
    /// How many lines a day at most.
    pub daily_cap: i64,
    /// Days out of reach before destruction.
    pub grace_days: i64,
    /// What was signed.
    pub digest: String,
    /// Its last day: at most twelve months ahead.
    pub expires_on: CivilDate,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// When.
    pub proposed_at: Micros,
    /// Where it stands.
    pub state: AuthorityState,
    /// Who revoked it.
    pub revoked_by: Option<Uuid>,
    /// When.
    pub revoked_at: Option<Micros>,
    /// Why.
    pub revoked_why: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
