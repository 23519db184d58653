//! A job: when it is due, whose turn it is, and what the last run came to.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::RunResult;

/// A job: when it is due, whose turn it is, and what the last run came to.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Its name in the table of jobs.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it runs, as the configuration writes it.
    pub cron: String,
    /// When it is next due; nothing where it is off.
    pub next_due_at: Option<Micros>,
    /// When the last run began.
    pub last_started_at: Option<Micros>,
    /// When the last run that ended did.
    pub last_finished_at: Option<Micros>,
    /// How it ended.
    pub last_result: Option<RunResult>,
    /// What it came to, in counts and the names of stores: no personal data.
    pub last_message: Option<String>,
    /// Who runs it now.
    pub lease_owner: Option<String>,
    /// Until when that is believed without a sign of progress.
    pub lease_until: Option<Micros>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
