//! A place in a store that a request names, and what is to become of it.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::{CivilDate, Micros};
use crate::requests::ItemVerdict;

/// A place in a store that a request names, and what is to become of it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_item")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which request.
    pub request_id: Uuid,
    /// In which store.
    pub store_id: Uuid,
    /// Where in the store; forgotten when the request is closed.
    pub locator: Option<String>,
    /// The keyed digest of it, which stays.
    pub locator_mac: String,
    /// The asset it belongs to.
    pub asset_id: Option<Uuid>,
    /// The code of its record type.
    pub record_type: Option<String>,
    /// The title of its record type.
    pub title: Option<String>,
    /// What is to become of it.
    pub verdict: ItemVerdict,
    /// The last day it is kept, where there is one.
    pub kept_until: Option<CivilDate>,
    /// The rule that says so, in words.
    pub rule_words: Option<String>,
    /// On what that rests.
    pub basis: Option<String>,
    /// Why, in words for the person.
    pub because: String,
    /// Who asked.
    pub judged_by: Uuid,
    /// When it was evaluated.
    pub judged_at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
