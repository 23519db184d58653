//! The content of one transferred item, here and at the archive.

use sea_orm::entity::prelude::*;

/// The content of one transferred item, here and at the archive.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer_checksum")]
pub struct Model {
    /// Which line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch_line_id: Uuid,
    /// The SHA-256 of our copy.
    pub ours: String,
    /// The archive's.
    pub theirs: Option<String>,
    /// What our copy looked like when it was read.
    pub fingerprint: String,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
