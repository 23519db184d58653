//! The signed links by which a person answers.
//!
//! A link says which batch, who, until when, and a nonce that answers once. It
//! is signed with the instance's key under a purpose of its own, so it can
//! neither be made nor changed elsewhere. It is made anew from the notice each
//! time, so a mail that is sent again says the same.

use jiff::Timestamp;
use uuid::Uuid;

use super::Recipient;
use super::payload::{Ask, Payload};
use crate::catalogue::entity::notice;
use crate::config::MailSettings;
use crate::keys::Keys;

/// For how many days a link may be used.
const DAYS: i64 = 14;

const ANSWER: &str = "answer";
const NONCE: &str = "answer-nonce";
const FORM: &str = "answer-form";

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
        "this link was good for 14 days and they are over. The next reminder has a new one; until \
         someone answers, nothing is destroyed"
    )]
    Expired,
}

impl Claim {
    /// The claim, signed, as it stands in a link.
    #[must_use]
    pub fn sign(&self, keys: &Keys) -> String {
        let said = self.said();
        let mac = keys.link_mac(ANSWER, &said);
        format!("{said}.{mac}")
    }

    /// The claim of a link, where it was signed here and its time is not over.
    ///
    /// # Errors
    ///
    /// Where it was not, or is.
    pub fn read(token: &str, keys: &Keys, now: Timestamp) -> Result<Self, LinkError> {
        let (said, mac) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        if !same(&keys.link_mac(ANSWER, said), mac) {
            return Err(LinkError::Forged);
        }
        let parts: Vec<&str> = said.split('.').collect();
        let [batch, person, until, nonce] = parts[..] else { return Err(LinkError::Forged) };
        let claim = Self {
            batch: batch.parse().map_err(|_| LinkError::Forged)?,
            person: person.parse().map_err(|_| LinkError::Forged)?,
            until: until.parse().map_err(|_| LinkError::Forged)?,
            nonce: nonce.to_owned(),
        };
        if now.as_second() > claim.until { Err(LinkError::Expired) } else { Ok(claim) }
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

/// The link by which this notice is answered, where it asks a person and there
/// is a page to answer on.
#[must_use]
pub fn of_notice(
    settings: &MailSettings,
    keys: &Keys,
    notice: &notice::Model,
    payload: &Payload,
) -> Option<String> {
    let base = &settings.base_url.as_ref()?.0;
    let Payload::BatchProposed(asked) = payload else { return None };
    let Ok(Recipient::Person(person)) = notice.recipient.parse() else { return None };
    if !matches!(asked.ask, Ask::Proposed | Ask::Reminder) {
        return None;
    }
    let nonce = keys.link_mac(NONCE, &notice.id.to_string())[..32].to_owned();
    let until = notice.created_at.timestamp().as_second() + DAYS * 24 * 60 * 60;
    let claim = Claim { batch: asked.batch.id, person, until, nonce };
    Some(format!("{base}/answer/{}", claim.sign(keys)))
}

/// Compares in a time that does not depend on where they differ.
fn same(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}
