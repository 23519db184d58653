//! One link of the audit chain.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;

/// One link of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// 1, 2, 3.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// When.
    pub at: Micros,
    /// Who: a person's id, or the name of a service.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which.
    pub subject_id: String,
    /// The digest of what it was.
    pub before_digest: Option<String>,
    /// The digest of what it became.
    pub after_digest: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The schedule in force.
    pub schedule_version: Option<String>,
    /// The hash of the entry before.
    pub prev_hash: String,
    /// The hash of this entry.
    #[sea_orm(unique)]
    pub hash: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
