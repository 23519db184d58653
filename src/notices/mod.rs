//! What people are told: the outbox, the mails that tell it, and what comes back.
//!
//! A notice is written in the transaction that decides what it tells
//! ([`enqueue`]), once for each recipient and period. It is sent ([`send_due`]) at
//! once where it is urgent, else in the recipient's digest ([`compose_digests`]),
//! of which there is one a working day at most. A mail has its Message-ID
//! before it is first tried and is tried until a server takes it.
//!
//! **A notice holds counts, classes, dates and ids.** No name, path, title or
//! reference of a record ever stands in one (invariant I21): the payloads have
//! no field for it. **Nothing here decides anything**: nobody's silence and no
//! server's refusal destroys a record (invariant I26).
//!
//! | module | what it holds |
//! |---|---|
//! | [`kind`], [`payload`], `typed` | the kinds, what each one says, and what it may have of what people typed |
//! | [`recipient`] | who is told, and where they are reached |
//! | [`outbox`] | writing notices, and making mails of them |
//! | [`send`](mod@send), [`message`], [`carrier`], [`trial`] | sending the mails |
//! | [`render`] | templates, and their text as plain text and as HTML |
//! | [`bounce`], `failing` | what comes back, and addresses that take no mail |
//! | [`reroute`](mod@reroute) | telling another where a recipient cannot be reached |
//! | [`held`] | what waits for a person's word after a restore |
//! | [`link`] | the signed links by which a person answers |
//! | [`holds`] (with `reach`), [`register`], [`alarm`], [`mod@periodic`] (with `overdue` and [`yearly`]), [`mod@chase`] | what becomes a notice |
//! | [`batches`], [`authorities`], [`chain`], [`reviews`], `changes` (with `unsigned`) | what is told of a batch, of a standing authority, of the audit chain, of what people review, of changes and authorities that wait |
//! | [`requests`], `cases` | what is told of requests of people, and of cases on the list of open requests |

pub mod alarm;
pub mod authorities;
pub mod batches;
pub mod bounce;
pub mod carrier;
mod cases;
pub mod chain;
mod changes;
pub mod chase;
mod failing;
pub mod held;
pub mod holds;
pub mod kind;
pub mod link;
pub mod list;
pub mod message;
pub mod outbox;
mod overdue;
pub mod payload;
pub mod periodic;
mod reach;
pub mod recipient;
pub mod register;
pub mod render;
pub mod requests;
pub mod reroute;
pub mod reviews;
pub mod send;
mod step;
pub mod trial;
mod typed;
mod unsigned;
pub mod words;
pub mod yearly;

#[cfg(test)]
mod tests;

pub use alarm::{above_ceilings, alarms};
pub use authorities::above_caps;
pub use bounce::read_bounces;
pub use chase::chase;
pub use holds::hold_reviews;
pub use kind::Kind;
pub use outbox::{Notice, enqueue};
pub use payload::Payload;
pub use periodic::{Reported, over_retention, periodic};
pub use recipient::{Recipient, sync_routes};
pub use send::{Post, Summary, compose_digests, send_due, send_now};
pub(crate) use typed::reference as harmless_reference;

/// A notice that was not written, or mails that were not sent.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The configuration says nothing of mail.
    #[error("nobody can be written to: retaind.toml has no [mail] section; add one")]
    NoMail,
    /// A template is wrong.
    #[error("the template {name}: {why}. Mend it, or remove it so that the built-in one is used")]
    Template {
        /// Its file name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// An address cannot be written to. It is told without it: an address is
    /// personal data, and this may end up in a log.
    #[error("the address cannot be written to: {0}. Correct it where it is configured")]
    Address(String),
    /// The carrier cannot be set up.
    #[error("mails cannot be sent: {0}")]
    Carrier(String),
    /// A file or folder cannot be used.
    #[error("{}: {why}", .path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// What came back cannot be read, or not be moved once it is read.
    #[error(
        "failed deliveries cannot be read from {}: {why}. Mails go out all the same; `bounces` in \
         [mail] names a Maildir, or an mbox file in a folder in which files may be renamed, and \
         under systemd ReadWritePaths opens it",
        .path.display()
    )]
    Bounces {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A batch could not be read or ended.
    #[error(transparent)]
    Batch(#[from] crate::disposal::ApprovalError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] crate::catalogue::CatalogueError),
}

impl From<sea_orm::DbErr> for NoticeError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
