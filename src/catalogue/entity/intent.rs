//! An open chunk: lines that are about to be acted on.

use sea_orm::entity::prelude::*;

use crate::catalogue::positions::Positions;
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::ActKind;

/// An open chunk: lines that are about to be acted on.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "intent")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub executor_id: Uuid,
    /// Of which batch.
    pub batch_id: Uuid,
    /// What is done.
    pub act: ActKind,
    /// To how many lines.
    pub lines: i64,
    /// The first of them, by its position in the list.
    pub first_line: Option<i64>,
    /// The last of them.
    pub last_line: Option<i64>,
    /// Which they are, by their positions: empty only where an earlier version closed it.
    pub positions: Text<Positions>,
    /// Since when.
    pub opened_at: Micros,
    /// How many holds were in force then.
    pub holds: Option<i64>,
    /// The digest of every hold that its lines were weighed against.
    pub holds_digest: Option<String>,
    /// When every outcome was known.
    pub closed_at: Option<Micros>,
    /// Who closed it: its executor, or one that knows it gone.
    pub closed_by: Option<Uuid>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
