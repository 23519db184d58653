//! One run of a job. The last hundred of each job are kept.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::{RunCause, RunResult};

/// One run of a job.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    /// Which run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which job.
    pub job: String,
    /// Why it ran.
    pub cause: RunCause,
    /// When it began.
    pub started_at: Micros,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// How it ended.
    pub result: Option<RunResult>,
    /// What it came to: no personal data.
    pub message: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
