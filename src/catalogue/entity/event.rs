//! A recorded fact with a date, which starts a retention period.

use sea_orm::entity::prelude::*;

use retaind_schedules::trigger::Trigger;

use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::KeyKind;

/// A recorded fact with a date, which starts a retention period.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 1, 2, 3, in the order they were recorded.
    #[sea_orm(unique)]
    pub seq: i64,
    /// In which store; in any where there is none.
    pub store_id: Option<Uuid>,
    /// What the key names.
    pub key_kind: KeyKind,
    /// The key. A person's is a keyed digest.
    pub key: String,
    /// What happened.
    pub trigger: Text<Trigger>,
    /// When it happened.
    pub date: CivilDate,
    /// Where it was recorded from: a person, a file.
    pub source: String,
    /// By whom.
    pub recorded_by: Uuid,
    /// When.
    pub recorded_at: Micros,
    /// The event it takes the place of.
    #[sea_orm(unique)]
    pub supersedes: Option<Uuid>,
    /// What else was said.
    pub note: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
