//! What somebody replied from a mail that asks for no approval.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::ReplyKind;

/// What somebody replied from a mail that asks for no approval.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_reply")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What may be replied once.
    #[sea_orm(unique)]
    pub once: String,
    /// To which notice.
    pub notice_id: Uuid,
    /// Who was told by it: a person, or the mailbox or director of a service area.
    pub recipient: String,
    /// What.
    pub reply: ReplyKind,
    /// Which batch is to stop.
    pub batch_id: Option<Uuid>,
    /// Its number.
    pub batch_number: Option<String>,
    /// The code of the record type that is to be held.
    pub record_type: Option<String>,
    /// Why. It may name people, so it stands in no mail and no audit entry.
    pub reason: String,
    /// When.
    pub at: Micros,
    /// The person whose link it was, or who has the name and the address that were
    /// typed at a mailbox.
    pub person_id: Option<Uuid>,
    /// At a mailbox, the name that was typed.
    pub said_name: Option<String>,
    /// And the address.
    pub said_address: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
