//! One message to one recipient.

use sea_orm::entity::prelude::*;

use crate::catalogue::values::Micros;
use crate::catalogue::words::MailState;

/// One message to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To whom, as `notices::Recipient` writes itself.
    pub recipient: String,
    /// What the recipient gets one of: a day for a digest, a notice for the others.
    pub slot: String,
    /// Whether it gathers what can wait.
    pub is_digest: bool,
    /// Where it stands.
    pub state: MailState,
    /// Its Message-ID, fixed before the first attempt.
    #[sea_orm(unique)]
    pub message_id: String,
    /// What it is about, for threading.
    pub thread: String,
    /// Whether a server may have taken it already, so that its content may not change.
    pub is_fixed: bool,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was made.
    pub created_at: Micros,
    /// Before which it is not tried.
    pub next_attempt_at: Micros,
    /// Until when a sender has it to itself.
    pub leased_until: Option<Micros>,
    /// When a server took it.
    pub sent_at: Option<Micros>,
    /// To which address it was last sent.
    pub address: Option<String>,
    /// The SHA-256 of its plain text as sent.
    pub body_digest: Option<String>,
    /// What went wrong last, without any address.
    pub last_fault: Option<String>,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
