//! Something one recipient is to be told.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::{NoticeState, Urgency};
use crate::notices::Kind;

/// Something one recipient is to be told.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it tells.
    pub kind: Kind,
    /// To whom, as `notices::Recipient` writes itself.
    pub recipient: String,
    /// For whom it was meant, where it is told to another since they could not be
    /// reached; written as `recipient` is.
    pub meant_for: Option<String>,
    /// On whose behalf.
    pub service_area: Option<String>,
    /// Of one kind and key, a recipient is told once.
    pub period_key: String,
    /// Whether it can wait.
    pub urgency: Urgency,
    /// What it says: counts, classes, dates, ids.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// What it is about, for threading.
    pub thread: String,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was decided.
    pub created_at: Micros,
    /// The mail that tells it.
    pub mail_id: Option<Uuid>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
