//! A link of a mail that has done its work.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::notices::link::Topic;

/// A link of a mail that has done its work.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_use")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which link; with what it was used for, where it may do more than one thing.
    #[sea_orm(unique)]
    pub nonce: String,
    /// What it asked.
    pub topic: Topic,
    /// By which notice.
    pub notice_id: Uuid,
    /// To whom it was written, as `notices::Recipient` writes itself.
    pub recipient: String,
    /// The person whose link it was, or who has the name and the address that were
    /// typed at a mailbox.
    pub person_id: Option<Uuid>,
    /// At a mailbox, the name that was typed.
    pub said_name: Option<String>,
    /// And the address.
    pub said_address: Option<String>,
    /// What was answered, in a word.
    pub answer: String,
    /// Of what: the number of a batch or a hold, a record type, the end of a year.
    pub subject: String,
    /// When.
    pub at: Micros,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
