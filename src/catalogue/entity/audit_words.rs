//! What a person typed with an entry of the audit chain.

use sea_orm::entity::prelude::*;

/// What a person typed with an entry of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_words")]
pub struct Model {
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The key of the digest that the entry has, in hexadecimal.
    pub key: String,
    /// The words.
    pub words: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
