//! An order that interrupts disposal.

use sea_orm::entity::prelude::*;

use retaind_schedules::hold::HoldKind;

use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::words::{Ground, HoldState};

/// An order that interrupts disposal.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its reference.
    #[sea_orm(unique, column_name = "ref")]
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: Text<HoldKind>,
    /// On which ground processing is restricted.
    pub ground: Option<Ground>,
    /// Who ordered it, and in which document.
    pub authority: String,
    /// What it stops besides destruction: a list of words.
    #[sea_orm(column_type = "JsonBinary")]
    pub blocks: Json,
    /// Who placed it.
    pub placed_by: Uuid,
    /// When.
    pub placed_at: Micros,
    /// By when someone looks whether it is still needed. It stays in force.
    pub review_on: CivilDate,
    /// Before which only the legal role may release it.
    pub earliest_release: Option<CivilDate>,
    /// When the person was told that a restriction will be lifted.
    pub subject_informed_on: Option<CivilDate>,
    /// Where it stands.
    pub state: HoldState,
    /// Who asked for its release.
    pub release_requested_by: Option<Uuid>,
    /// When.
    pub release_requested_at: Option<Micros>,
    /// Why.
    pub release_reason: Option<String>,
    /// On whose authority.
    pub release_authority: Option<String>,
    /// Who released it.
    pub released_by: Option<Uuid>,
    /// When.
    pub released_at: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
