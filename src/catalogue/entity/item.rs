//! A found item or unit that is due, held while due, or unexplained.

use sea_orm::entity::prelude::*;

use retaind_schedules::action::DisposalAction;

use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::OutcomeKind;

/// A found item or unit that is due, held while due, or unexplained.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// Under which mapping.
    pub mapping_id: Option<Uuid>,
    /// Where in the store.
    pub locator: String,
    /// Whether it stands for members below it.
    pub is_unit: bool,
    /// The case it belongs to.
    pub reference: Option<String>,
    /// The person it is about, by keyed digest.
    pub subject_key: Option<String>,
    /// Files or rows in it.
    pub members: i64,
    /// Their bytes.
    pub bytes: i64,
    /// What it looked like, as `retaind_connectors::sighting::Fingerprint` prints.
    pub fingerprint: String,
    /// What its evaluation came to.
    pub outcome: OutcomeKind,
    /// What would be done with it.
    pub action: Option<Text<DisposalAction>>,
    /// The last day it must be kept.
    pub due_on: Option<CivilDate>,
    /// The last day it may be kept.
    pub not_beyond: Option<CivilDate>,
    /// The code whose minimum governs.
    pub governing: Option<String>,
    /// Why it cannot be evaluated.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub doubt: Option<Json>,
    /// What is known of it, as `retaind_schedules::evaluation::Facts`.
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: Json,
    /// When it was first met.
    pub first_seen_at: Micros,
    /// The scan that last met it.
    pub last_scan_id: Uuid,
    /// Complete scans since that did not meet it.
    pub missed: i64,
    /// When it was met though it had been disposed of.
    pub resurrected_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
