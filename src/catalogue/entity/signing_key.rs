//! A key the instance signs with, or signed with.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::Retirement;

/// A key the instance signs with, or signed with.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Its fingerprint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its public half, in hexadecimal.
    #[sea_orm(unique)]
    pub public_key: String,
    /// When it was made.
    pub created_at: Micros,
    /// What was signed to introduce it; none for the first.
    pub introduction: Option<String>,
    /// The fingerprint of the key that signed that.
    pub introduction_signed_by: Option<String>,
    /// The signature, in hexadecimal.
    pub introduction_signature: Option<String>,
    /// When it was last to be used.
    pub retired_at: Option<Micros>,
    /// How it went.
    pub retired_how: Option<Retirement>,
    /// Why.
    pub retired_why: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
