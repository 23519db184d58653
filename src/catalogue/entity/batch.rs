//! A list of items proposed together for one action.

use sea_orm::entity::prelude::*;

use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;

use crate::catalogue::values::{CivilDate, Micros, Text};

/// A list of items proposed together for one action.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its number, as people know it: `B-2026-0017`.
    #[sea_orm(unique)]
    pub number: String,
    /// What is to be done.
    pub action: Text<DisposalAction>,
    /// Of which asset.
    pub asset_id: Uuid,
    /// Of which record type.
    pub record_type_id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// Under which version of the schedule.
    pub schedule_version_id: Uuid,
    /// The rule, in the notation.
    pub rule: String,
    /// The rule in plain English.
    pub rule_words: String,
    /// The mappings of its lines, as a list of digests, sorted.
    #[sea_orm(column_type = "JsonBinary")]
    pub mappings: Json,
    /// How many lines.
    pub lines: i64,
    /// Files or rows in them.
    pub members: i64,
    /// Their bytes.
    pub bytes: i64,
    /// The earliest due date among them.
    pub oldest_due: Option<CivilDate>,
    /// The latest.
    pub newest_due: Option<CivilDate>,
    /// What is approved: none while the list is being written.
    pub digest: Option<String>,
    /// Where it stands.
    pub state: Text<BatchState>,
    /// Since when.
    pub state_since: Micros,
    /// Who proposed it; none where the program did.
    pub proposed_by: Option<Uuid>,
    /// When.
    pub proposed_at: Micros,
    /// By when it must be approved.
    pub expires_at: Micros,
    /// When its cooling-off ends.
    pub not_before: Option<Micros>,
    /// When the last of it was taken out of reach.
    pub quarantined_at: Option<Micros>,
    /// Days out of reach before destruction.
    pub grace_days: i64,
    /// Where it stood when a guard stopped it.
    pub halted_from: Option<Text<BatchState>>,
    /// Which guard, and why.
    pub halted_why: Option<String>,
    /// The standing authority it cites in place of approvals.
    pub standing_authority_id: Option<Uuid>,
    /// When its lines forgot where their items stood.
    pub forgotten_at: Option<Micros>,
    /// The request under which its items go early, where they do.
    pub erasure_request_id: Option<Uuid>,
    /// What was signed of that request when the list was proposed.
    pub erasure_digest: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
