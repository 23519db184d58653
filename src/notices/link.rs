//! The signed links by which people answer and reply.
//!
//! An answer's link says which batch, who, until when, and a nonce that answers
//! once; a reply's says which notice, and until when, and approves nothing. Each
//! is signed with the instance's key under a purpose of its own, so it can
//! neither be made nor changed elsewhere, nor pass for the other. It is made anew
//! from the notice each time, so a mail that is sent again says the same.
//!
//! **A link lives as long as the question it answers**: until the batch expires,
//! the records are gone, or the month in which they fall due is over.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::zone;
use uuid::Uuid;

use super::Recipient;
use super::payload::{Ask, BatchProposed, Payload};
use crate::catalogue::entity::notice;
use crate::config::MailSettings;
use crate::keys::Keys;

/// Days beyond the one on which a batch is done at the earliest, since it may
/// wait: for as long it may still be stopped by the link.
const LATER: i32 = 30;

const ANSWER: &str = "answer";
const NONCE: &str = "answer-nonce";
const FORM: &str = "answer-form";
const REPLY: &str = "reply";
const REPLY_FORM: &str = "reply-form";

/// A link as a mail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// The last day on which it may be used.
    pub until: Date,
}

/// What a link lets one person do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Answer for this batch.
    pub batch: Uuid,
    /// As this person.
    pub person: Uuid,
    /// Until then, in seconds since 1970.
    pub until: i64,
    /// Once.
    pub nonce: String,
}

/// A link that lets nobody do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was not made here, or not whole.
    #[error(
        "this link is not whole, or was not made by this system. Copy it whole from the mail, or \
         ask the records manager"
    )]
    Forged,
    /// Its time is over.
    #[error(
        "this link's time is over, since what it asked about is closed. The newest mail about it \
         says how it stands; a hold stops everything at once, and any records manager places one"
    )]
    Expired,
}

impl Claim {
    /// The claim, signed, as it stands in a link.
    #[must_use]
    pub fn sign(&self, keys: &Keys) -> String {
        signed(keys, ANSWER, &self.said())
    }

    /// The claim of a link, where it was signed here and its time is not over.
    ///
    /// # Errors
    ///
    /// Where it was not, or is.
    pub fn read(token: &str, keys: &Keys, now: Timestamp) -> Result<Self, LinkError> {
        let said = said_in(token, keys, ANSWER)?;
        let parts: Vec<&str> = said.split('.').collect();
        let [batch, person, until, nonce] = parts[..] else { return Err(LinkError::Forged) };
        let claim = Self {
            batch: batch.parse().map_err(|_| LinkError::Forged)?,
            person: person.parse().map_err(|_| LinkError::Forged)?,
            until: until.parse().map_err(|_| LinkError::Forged)?,
            nonce: nonce.to_owned(),
        };
        in_time(claim.until, now).map(|()| claim)
    }

    /// What a form of this link's page must send back.
    #[must_use]
    pub fn form_token(&self, keys: &Keys) -> String {
        keys.link_mac(FORM, &self.said())
    }

    /// Whether a form came from this link's page.
    #[must_use]
    pub fn is_form_token(&self, keys: &Keys, sent: &str) -> bool {
        same(&self.form_token(keys), sent)
    }

    fn said(&self) -> String {
        let Self { batch, person, until, nonce } = self;
        format!("{}.{}.{until}.{nonce}", batch.simple(), person.simple())
    }
}

/// What a link lets whoever was told by a notice do: reply to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// To which notice.
    pub notice: Uuid,
    /// Until then, in seconds since 1970.
    pub until: i64,
}

impl Reply {
    /// The claim, signed, as it stands in a link.
    #[must_use]
    pub fn sign(&self, keys: &Keys) -> String {
        signed(keys, REPLY, &self.said())
    }

    /// The claim of a link, where it was signed here and its time is not over.
    ///
    /// # Errors
    ///
    /// Where it was not, or is.
    pub fn read(token: &str, keys: &Keys, now: Timestamp) -> Result<Self, LinkError> {
        let said = said_in(token, keys, REPLY)?;
        let (notice, until) = said.split_once('.').ok_or(LinkError::Forged)?;
        let reply = Self {
            notice: notice.parse().map_err(|_| LinkError::Forged)?,
            until: until.parse().map_err(|_| LinkError::Forged)?,
        };
        in_time(reply.until, now).map(|()| reply)
    }

    /// What a form of this link's page must send back.
    #[must_use]
    pub fn form_token(&self, keys: &Keys) -> String {
        keys.link_mac(REPLY_FORM, &self.said())
    }

    /// Whether a form came from this link's page.
    #[must_use]
    pub fn is_form_token(&self, keys: &Keys, sent: &str) -> bool {
        same(&self.form_token(keys), sent)
    }

    fn said(&self) -> String {
        format!("{}.{}", self.notice.simple(), self.until)
    }
}

fn signed(keys: &Keys, purpose: &str, said: &str) -> String {
    format!("{said}.{}", keys.link_mac(purpose, said))
}

/// What a link says, where it was signed here for this.
fn said_in<'a>(token: &'a str, keys: &Keys, purpose: &str) -> Result<&'a str, LinkError> {
    let (said, mac) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
    if same(&keys.link_mac(purpose, said), mac) { Ok(said) } else { Err(LinkError::Forged) }
}

fn in_time(until: i64, now: Timestamp) -> Result<(), LinkError> {
    if now.as_second() > until { Err(LinkError::Expired) } else { Ok(()) }
}

/// The link by which this notice is answered or replied to, where it asks
/// anything that a page takes and there is one.
#[must_use]
pub fn of_notice(
    settings: &MailSettings,
    keys: &Keys,
    notice: &notice::Model,
    payload: &Payload,
) -> Option<Link> {
    let base = &settings.base_url.as_ref()?.0;
    let reply = |until: Date| {
        let token = Reply { notice: notice.id, until: end_of(until) }.sign(keys);
        Some(Link { url: format!("{base}/reply/{token}"), until })
    };
    match payload {
        Payload::BatchProposed(asked) => {
            let until = asked.expires_on;
            let token = answer(keys, notice, asked)?.sign(keys);
            Some(Link { url: format!("{base}/answer/{token}"), until })
        }
        Payload::CoolingOff(said) => {
            let done = said.destroyed_from.unwrap_or(said.acts_on);
            reply(done.saturating_add(Span::new().days(LATER)))
        }
        Payload::ComingDue(said) => reply(said.month.last_of_month()),
        _ => None,
    }
}

fn answer(keys: &Keys, notice: &notice::Model, asked: &BatchProposed) -> Option<Claim> {
    let Ok(Recipient::Person(person)) = notice.recipient.parse() else { return None };
    if !matches!(asked.ask, Ask::Proposed | Ask::Reminder) {
        return None;
    }
    let nonce = keys.link_mac(NONCE, &notice.id.to_string())[..32].to_owned();
    Some(Claim { batch: asked.batch.id, person, until: end_of(asked.expires_on), nonce })
}

/// The last second of a day in London.
fn end_of(day: Date) -> i64 {
    let next = day.saturating_add(Span::new().days(1)).to_zoned(zone());
    next.map_or(i64::MAX, |next| next.timestamp().as_second() - 1)
}

/// Compares in a time that does not depend on where they differ.
fn same(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}
