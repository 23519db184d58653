//! A change that waits for signatures, or what came of it.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, ChangeState};

/// A change that waits for signatures, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_request")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What kind of thing it changes.
    pub kind: ChangeKind,
    /// Which thing: an import's or a mapping's id, a ceiling's name, an asset's
    /// ref, or a person's id.
    pub subject: String,
    /// The digest of what it was, where there was any.
    pub before_digest: Option<String>,
    /// The digest of what is proposed and of what is said of it: what is signed.
    pub digest: String,
    /// What it would become.
    #[sea_orm(column_type = "JsonBinary")]
    pub proposal: Json,
    /// What that would do.
    #[sea_orm(column_type = "JsonBinary")]
    pub impact: Json,
    /// Whose signatures it needs: a list of words.
    #[sea_orm(column_type = "JsonBinary")]
    pub seats: Json,
    /// Why.
    pub reason: String,
    /// Who proposed it; nobody where a file did.
    pub proposed_by: Option<Uuid>,
    /// When.
    pub proposed_at: Micros,
    /// What it has come to.
    pub state: ChangeState,
    /// Whose act ended it; nobody where the program did.
    pub ended_by: Option<Uuid>,
    /// When.
    pub ended_at: Option<Micros>,
    /// Why, where it was rejected or withdrawn.
    pub end_reason: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
