//! A class of records, which one line of the schedule rules.

use sea_orm::entity::prelude::*;

/// A class of records, which one line of the schedule rules.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_type")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its code, as people know it.
    #[sea_orm(unique)]
    pub code: String,
    /// Its title.
    pub title: String,
    /// The asset it belongs to.
    pub asset_id: Uuid,
    /// Whether its loss could not be made good.
    pub irreplaceable: bool,
    /// Whether titles in it never name people.
    pub titles_nonpersonal: bool,
    /// The code that took its place.
    pub superseded_by: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
