//! A certificate of disposal, as it was signed.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::CertificateState;

/// A certificate of disposal, as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `C-2026-0001`.
    #[sea_orm(unique)]
    pub number: String,
    /// The batch it is for.
    #[sea_orm(unique)]
    pub batch_id: Uuid,
    /// The whole text, with its signature.
    pub json: String,
    /// The SHA-256 of that text.
    #[sea_orm(unique)]
    pub digest: String,
    /// The digest of the certificate before it.
    #[sea_orm(unique)]
    pub previous_digest: Option<String>,
    /// Whether copies may still be in backups.
    pub state: CertificateState,
    /// The day the last backup loses its copy; none where nobody knows.
    pub beyond_use_until: Option<CivilDate>,
    /// When it was signed.
    pub issued_at: Micros,
    /// When it was closed.
    pub closed_at: Option<Micros>,
    /// The SHA-256 of its sealed manifest.
    pub manifest_digest: String,
    /// The last day its manifest is kept.
    pub manifest_expires_on: Option<CivilDate>,
    /// When its manifest was destroyed.
    pub manifest_destroyed_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
