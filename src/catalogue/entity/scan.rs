//! One pass over one store.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::ScanState;

/// One pass over one store.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Over which store.
    pub store_id: Uuid,
    /// By which rules.
    pub schedule_version_id: Uuid,
    /// For which day.
    pub today: CivilDate,
    /// When it began.
    pub started_at: Micros,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// Where it stands.
    pub state: ScanState,
    /// Items met.
    pub items: i64,
    /// Their bytes.
    pub bytes: i64,
    /// Folders or tables met.
    pub containers: i64,
    /// Why it could not go on.
    pub failure: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
