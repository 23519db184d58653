//! The signed links by which people answer from a mail.
//!
//! A link is one question to one reader: it says what is asked ([`Topic`]), by
//! which notice, whom that was written to, until when, and a nonce that answers
//! once. It is signed with the instance's key under the purpose of its topic, so
//! it can neither be made nor changed elsewhere, nor pass for a link of another
//! kind. What was meant for another, who cannot be reached, carries a link only
//! where its answer keeps records. It is made anew from the notice each time, so a mail that is sent again
//! says the same.
//!
//! **A link lives as long as the question it answers**: until the batch expires,
//! the records are gone, the month in which they fall due is over, or somewhat
//! longer than it takes until the question is asked again.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::{london_date, zone};
use uuid::Uuid;

use super::Recipient;
use super::payload::{Ask, Payload, StatementTold};
use crate::audit::digest::hex;
use crate::catalogue::entity::notice;
use crate::catalogue::values::words;
use crate::config::MailSettings;
use crate::keys::Keys;

/// Days beyond the one on which a batch is done at the earliest, since it may
/// wait: for as long it may still be stopped by the link.
const LATER: i32 = 30;

/// Days after which what is asked again every week or every four weeks has been
/// asked again, by a link of its own.
const ASKED_AGAIN: i32 = 35;

/// Days in which an archive answers an offer: the batch expires in thirty where
/// nobody approves it, and else cools off and waits for the archive.
const OFFERED: i32 = 120;

/// Months after the end of a year in which its statement may still be signed.
const SIGNED: i32 = 3;

/// Beneath which all pages of links are, so that a server before this one need
/// pass on nothing else.
pub const PAGES: &str = "/answer";

const FORM: &str = "form";
const NONCE: &str = "nonce";

words! {
    /// What a link's page asks, by the name of the page.
    Topic, "what a link asks" {
        /// May the records of a batch go (M2)?
        Batch = "batch",
        /// May a batch be carried out that its owner approved (M3)?
        Authorise = "authorise",
        /// Must an approved batch stop (M4)?
        Stop = "stop",
        /// Are records needed that fall due (M1)?
        Needed = "needed",
        /// Does a hold stay (M7)?
        Hold = "hold",
        /// What becomes of records that wait for a person (M9)?
        Review = "review",
        /// Does the archive take what it was offered (M10)?
        Transfer = "transfer",
        /// Does the owner sign their yearly statement (M16)?
        Statement = "statement",
    }
}

impl Topic {
    /// What a notice asks that a page takes the answer to, and the last day on
    /// which it may be answered.
    fn of(said: &Payload, told: Date) -> Option<(Self, Date)> {
        let after = |day: Date, days: i32| day.saturating_add(Span::new().days(days));
        match said {
            Payload::BatchProposed(asked) if matches!(asked.ask, Ask::Proposed | Ask::Reminder) => {
                Some((Self::Batch, asked.expires_on))
            }
            Payload::Authorise(said) => Some((Self::Authorise, said.expires_on)),
            Payload::CoolingOff(said) => {
                Some((Self::Stop, after(said.destroyed_from.unwrap_or(said.acts_on), LATER)))
            }
            Payload::ComingDue(said) => Some((Self::Needed, said.month.last_of_month())),
            Payload::HoldReview(_) => Some((Self::Hold, after(told, ASKED_AGAIN))),
            Payload::ReviewDue(_) => Some((Self::Review, after(told, ASKED_AGAIN))),
            Payload::TransferOffer(said) if said.batch.is_some() => {
                Some((Self::Transfer, after(told, OFFERED)))
            }
            Payload::AnnualStatement(said) if said.told == StatementTold::Asked => {
                let until = said.year_end.saturating_add(Span::new().months(SIGNED));
                Some((Self::Statement, until))
            }
            _ => None,
        }
    }

    /// Who may be asked. A mailbox that several read approves, decides and signs
    /// nothing: it only keeps records.
    const fn is_for(self, reader: &Recipient) -> bool {
        self.only_keeps() || matches!(reader, Recipient::Person(_))
    }

    /// Whether its answer only keeps records, for which nobody needs a right.
    const fn only_keeps(self) -> bool {
        match self {
            Self::Stop | Self::Needed => true,
            Self::Batch
            | Self::Authorise
            | Self::Hold
            | Self::Review
            | Self::Transfer
            | Self::Statement => false,
        }
    }
}

/// A link as a mail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// The last day on which it may be used.
    pub until: Date,
}

/// What a link lets one reader do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Answer this.
    pub topic: Topic,
    /// As this notice asked it.
    pub notice: Uuid,
    /// As whom it was written to.
    pub to: Recipient,
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
    /// What this notice asks of its reader, and the last day on which it may be
    /// answered; nothing where it asks nothing that a page takes from them.
    #[must_use]
    pub fn of(keys: &Keys, notice: &notice::Model, said: &Payload) -> Option<(Self, Date)> {
        let to: Recipient = notice.recipient.parse().ok()?;
        let (topic, last) = Topic::of(said, london_date(notice.created_at.timestamp()))?;
        let nonce = keys.link_mac(NONCE, &notice.id.to_string())[..32].to_owned();
        let claim = Self { topic, notice: notice.id, to, until: end_of(last), nonce };
        // Who is told instead of another has no right of theirs.
        let is_asked = notice.meant_for.is_none() || claim.topic.only_keeps();
        (is_asked && claim.topic.is_for(&claim.to)).then_some((claim, last))
    }

    /// The page of the link, and the claim, signed.
    #[must_use]
    pub fn path(&self, keys: &Keys) -> String {
        let said = self.said();
        format!("{PAGES}/{}/{said}.{}", self.topic, keys.link_mac(self.topic.name(), &said))
    }

    /// The claim of a link to the page of this topic, where it was signed here
    /// and its time is not over.
    ///
    /// # Errors
    ///
    /// Where it was not, or is.
    pub fn read(topic: Topic, token: &str, keys: &Keys, now: Timestamp) -> Result<Self, LinkError> {
        let (said, mac) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        if !same(&keys.link_mac(topic.name(), said), mac) {
            return Err(LinkError::Forged);
        }
        let parts: Vec<&str> = said.split('.').collect();
        let [notice, to, until, nonce] = parts[..] else { return Err(LinkError::Forged) };
        let claim = Self {
            topic,
            notice: notice.parse().map_err(|_| LinkError::Forged)?,
            to: reader(to).ok_or(LinkError::Forged)?,
            until: until.parse().map_err(|_| LinkError::Forged)?,
            nonce: nonce.to_owned(),
        };
        if now.as_second() > claim.until { Err(LinkError::Expired) } else { Ok(claim) }
    }

    /// What a form of this link's page must send back.
    #[must_use]
    pub fn form_token(&self, keys: &Keys) -> String {
        keys.link_mac(FORM, &format!("{}.{}", self.topic, self.said()))
    }

    /// Whether a form came from this link's page.
    #[must_use]
    pub fn is_form_token(&self, keys: &Keys, sent: &str) -> bool {
        same(&self.form_token(keys), sent)
    }

    fn said(&self) -> String {
        let Self { notice, until, nonce, .. } = self;
        let to = match &self.to {
            Recipient::Person(id) => format!("p{}", id.simple()),
            Recipient::Mailbox(area) => format!("m{}", hex(area.as_bytes())),
            Recipient::Director(area) => format!("d{}", hex(area.as_bytes())),
        };
        format!("{}.{to}.{until}.{nonce}", notice.simple())
    }
}

/// Whom a link was written to.
fn reader(said: &str) -> Option<Recipient> {
    let (kind, rest) = said.split_at_checked(1)?;
    let area = || {
        let byte = |at: usize| u8::from_str_radix(rest.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..rest.len()).step_by(2).map(byte).collect();
        String::from_utf8(bytes?).ok()
    };
    match kind {
        "p" => rest.parse().ok().map(Recipient::Person),
        "m" => area().map(Recipient::Mailbox),
        "d" => area().map(Recipient::Director),
        _ => None,
    }
}

/// The link by which this notice is answered, where it asks anything that a page
/// takes from its reader and there is one.
#[must_use]
pub fn of_notice(
    settings: &MailSettings,
    keys: &Keys,
    notice: &notice::Model,
    payload: &Payload,
) -> Option<Link> {
    let base = &settings.base_url.as_ref()?.0;
    let (claim, until) = Claim::of(keys, notice, payload)?;
    Some(Link { url: format!("{base}{}", claim.path(keys)), until })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recipients() -> impl Strategy<Value = Recipient> {
        prop_oneof![
            any::<u128>().prop_map(|id| Recipient::Person(Uuid::from_u128(id))),
            ".{0,40}".prop_map(Recipient::Mailbox),
            ".{0,40}".prop_map(Recipient::Director),
        ]
    }

    fn topics() -> impl Strategy<Value = Topic> {
        proptest::sample::select(Topic::ALL)
    }

    proptest! {
        #[test]
        fn a_link_says_what_was_signed_and_nothing_else_is_believed(
            to in recipients(),
            topic in topics(),
            other in topics(),
            notice in any::<u128>(),
            at in any::<prop::sample::Index>(),
            byte in proptest::char::range('!', '~'),
        ) {
            let keys = Keys::from_bytes([7; 32]);
            let (notice, nonce) = (Uuid::from_u128(notice), "0f".repeat(16));
            let claim = Claim { topic, notice, to, until: 1000, nonce };
            let path = claim.path(&keys);
            let token = path.strip_prefix(&format!("/answer/{topic}/")).expect("its page");
            let [early, late] = [1000, 1001].map(|s| Timestamp::from_second(s).unwrap());
            prop_assert_eq!(Claim::read(topic, token, &keys, early), Ok(claim.clone()));
            prop_assert_eq!(Claim::read(topic, token, &keys, late), Err(LinkError::Expired));
            if other != topic {
                let read = Claim::read(other, token, &keys, early);
                prop_assert_eq!(read, Err(LinkError::Forged));
            }
            let mut edited: Vec<char> = token.chars().collect();
            let at = at.index(edited.len());
            if edited[at] != byte {
                edited[at] = byte;
                let edited: String = edited.into_iter().collect();
                let read = Claim::read(topic, &edited, &keys, early);
                prop_assert_eq!(read, Err(LinkError::Forged));
            }
            let form = claim.form_token(&keys);
            prop_assert!(claim.is_form_token(&keys, &form));
            let another = Claim { nonce: "1e".repeat(16), ..claim };
            prop_assert!(!another.is_form_token(&keys, &form), "another link's form");
        }
    }
}
