//! What is left of an item: when it went and under what, and no name.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::Disposed;

/// What is left of an item: when it went and under what, and no name.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stub")]
pub struct Model {
    /// Says nothing of the item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its record type.
    pub record_type_code: String,
    /// The version of the schedule it went under.
    pub schedule_version: String,
    /// The rule, in the notation.
    pub rule: String,
    /// The last day it had to be kept.
    pub due_on: Option<CivilDate>,
    /// When it went.
    pub disposed_at: Micros,
    /// How it went.
    pub action: Disposed,
    /// In which batch. Its certificate, once there is one, is that of the stub.
    pub batch_id: Uuid,
    /// The number of that batch.
    pub batch: String,
    /// From which store.
    pub store_id: Uuid,
    /// Where it was, by keyed digest.
    pub locator_mac: String,
    /// The case it belonged to, by keyed digest.
    pub reference_mac: Option<String>,
    /// The person it was about, by keyed digest.
    pub subject_key: Option<String>,
    /// The folders it stood in and the names it could be asked for by, by short
    /// keyed digests between spaces; none where that was not kept yet.
    pub traces: Option<String>,
    /// Whether only some of it went, and the rest was kept.
    pub partly: bool,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
