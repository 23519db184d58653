//! One item or unit of a batch.

use sea_orm::Iterable as _;
use sea_orm::entity::prelude::*;

use retaind_schedules::batch::{LineState, Verdict};
use serde::Deserialize;

use crate::catalogue::packed::Packed;
use crate::catalogue::values::{CivilDate, JsonText, Micros, Text};

/// One item or unit of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "batch_line")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which batch.
    pub batch_id: Uuid,
    /// Its place in the list, from 0.
    pub position: i64,
    /// Under which mapping.
    pub mapping_id: Uuid,
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
    /// What it looked like when it was proposed.
    pub fingerprint: String,
    /// The last day it must be kept.
    pub due_on: Option<CivilDate>,
    /// The last day it may be kept.
    pub not_beyond: Option<CivilDate>,
    /// The code whose minimum governs.
    pub governing: Option<String>,
    /// What was known of it.
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: JsonText,
    /// What the store itself said of it when it was taken out of reach, where that
    /// is not what was known of it before.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub store_facts: Option<JsonText>,
    /// What its owner said of it.
    pub verdict: Text<Verdict>,
    /// Why.
    pub verdict_why: Option<String>,
    /// Until when it is deferred.
    pub verdict_until: Option<CivilDate>,
    /// Who said so.
    pub verdict_by: Option<Uuid>,
    /// Where it stands.
    pub state: Text<LineState>,
    /// Why it was left, or what failed: a word, never a name.
    pub why: Option<String>,
    /// What it looked like once it was out of reach.
    pub kept_fingerprint: Option<String>,
    /// When it was taken out of reach.
    pub quarantined_at: Option<Micros>,
    /// When its outcome was known.
    pub ended_at: Option<Micros>,
    /// The item of a request by which it goes early, where it does.
    pub rights_item_id: Option<Uuid>,
    /// Where its item is gone: how, when and why, once and for all. What it says is
    /// checked by the database against the columns that say so.
    pub ended_as: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Packed for Model {
    type Entity = Entity;

    fn columns() -> impl Iterator<Item = Column> {
        Column::iter()
    }
}
