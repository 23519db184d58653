//! A person's signature under a change.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::people::Role;

/// A person's signature under a change.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_signature")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Under which change.
    pub change_id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// In which role.
    pub role: Role,
    /// The digest they signed. It counts only while the change still has it.
    pub digest: String,
    /// When.
    pub signed_at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
