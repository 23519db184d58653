//! Checking a certificate with nothing but its file, and the organisation's
//! public keys where they are at hand.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::certificate::{Authority, Certificate, FORM, Signed, canonical};
use crate::keys::signing::{KeyStanding, PublicKey, PublishedKeys, SignatureError};

/// A certificate that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it certifies.
    pub signed: Signed,
    /// What is known of its key.
    pub key: KeyTrust,
}

/// What is known of the key that signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTrust {
    /// Nothing: only the certificate itself names it.
    NotCompared,
    /// The organisation has published it.
    Published,
    /// The organisation has published it, and says it was lost later: whoever
    /// found it may have signed this, unless the audit chain has its digest.
    LostLater,
}

/// A text that is not a sound certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// It is no certificate.
    #[error("this is not a certificate of retaind: {0}")]
    NotACertificate(String),
    /// It is of another version.
    #[error(
        "this certificate has the form `{0}`, and this program knows `{FORM}`: verify it with the \
         version of retaind that signed it, or a later one"
    )]
    OtherForm(String),
    /// It was rewritten.
    #[error(
        "this file is not as it was issued: its layout was changed. Ask for the file itself, not \
         for what another program saved of it"
    )]
    Rewritten,
    /// The signature does not hold.
    #[error("the signature does not hold: {0}. Do not rely on this certificate")]
    Signature(#[from] SignatureError),
    /// It contradicts itself.
    #[error("the signature holds, and the certificate contradicts itself: {0}")]
    Unsound(#[from] Unsound),
    /// The key is not the organisation's.
    #[error(
        "this certificate is signed with key {0}, which is not one of the published keys given. \
         Do not rely on it: anyone can sign with a key of their own"
    )]
    NotPublished(String),
    /// The key was no longer used.
    #[error(
        "this certificate says it was signed at {signed}, and key {key} was retired at {retired}: \
         do not rely on it"
    )]
    AfterRetirement {
        /// Which key.
        key: String,
        /// When the certificate says it was signed.
        signed: jiff::Timestamp,
        /// When the key was retired.
        retired: jiff::Timestamp,
    },
}

/// What does not agree within a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// The lines do not add up.
    #[error(
        "{lines} lines were approved, but {count} done, {withheld} withheld and {failed} failed \
         do not make as many"
    )]
    Sum {
        /// Lines approved.
        lines: u64,
        /// Disposed of.
        count: u64,
        /// Withheld.
        withheld: u64,
        /// Failed.
        failed: u64,
    },
    /// A reason is given twice, or befell nothing.
    #[error("the reason `{0}` is counted twice, or for no line")]
    Reason(String),
    /// It ended before it began, or was signed before it ended.
    #[error("its instants are out of order")]
    Instants,
    /// Its days are.
    #[error("a first day is after its last day")]
    Days,
    /// Not two different people.
    #[error("it names no two different people who approved it before it began")]
    Approvals,
    /// Its number is not one.
    #[error("`{0}` is not the number of a certificate")]
    Number(String),
    /// A digest is not one.
    #[error("the {0} digest is not 64 hexadecimal digits")]
    Digest(&'static str),
    /// It names no store, or not the same ones among the copies.
    #[error("its stores and the stores of its copies are not the same")]
    Stores,
}

/// Checks the text of a certificate: form, signature, sums, and its key against
/// those published, where they are given.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn verify(text: &str, published: Option<&PublishedKeys>) -> Result<Verified, NotVerified> {
    let form = form(text)?;
    if form != FORM {
        return Err(NotVerified::OtherForm(form));
    }
    let signed: Signed = serde_json::from_str(text)
        .map_err(|fault| NotVerified::NotACertificate(fault.to_string()))?;
    let bytes = canonical(&signed.certificate);
    let key = signed.signature.verify(FORM, bytes.as_bytes())?;
    if signed.text() != text {
        return Err(NotVerified::Rewritten);
    }
    sound(&signed.certificate)?;
    let key = trust(&signed.certificate, &key, published)?;
    Ok(Verified { signed, key })
}

fn form(text: &str) -> Result<String, NotVerified> {
    #[derive(Deserialize)]
    struct Outer {
        certificate: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        form: String,
    }
    let outer: Result<Outer, _> = serde_json::from_str(text);
    let outer = outer.map_err(|fault| NotVerified::NotACertificate(fault.to_string()))?;
    Ok(outer.certificate.form)
}

fn trust(
    certificate: &Certificate,
    key: &PublicKey,
    published: Option<&PublishedKeys>,
) -> Result<KeyTrust, NotVerified> {
    let Some(published) = published else { return Ok(KeyTrust::NotCompared) };
    let (trusted, retired) = match published.standing(key) {
        None => return Err(NotVerified::NotPublished(key.fingerprint())),
        Some(KeyStanding::InUse) => return Ok(KeyTrust::Published),
        Some(KeyStanding::Rotated(at)) => (KeyTrust::Published, at),
        Some(KeyStanding::Lost(at)) => (KeyTrust::LostLater, at),
    };
    let signed = certificate.issued_at;
    if signed > retired {
        return Err(NotVerified::AfterRetirement { key: key.fingerprint(), signed, retired });
    }
    Ok(trusted)
}

/// Whether a certificate agrees with itself.
///
/// # Errors
///
/// The first thing that does not.
pub fn sound(certificate: &Certificate) -> Result<(), Unsound> {
    sums(certificate)?;
    if !is_number(&certificate.number) {
        return Err(Unsound::Number(certificate.number.clone()));
    }
    let Certificate { started_at, finished_at, issued_at, hold_check, .. } = certificate;
    if started_at > finished_at || finished_at > issued_at || hold_check.at > *finished_at {
        return Err(Unsound::Instants);
    }
    let ranges = [certificate.triggers, certificate.due];
    if ranges.into_iter().flatten().any(|range| range.first > range.last) {
        return Err(Unsound::Days);
    }
    digests(certificate)?;
    approved(certificate)?;
    stores(certificate)
}

fn sums(certificate: &Certificate) -> Result<(), Unsound> {
    let mut reasons = BTreeSet::new();
    let (mut withheld, mut failed) = (0_u64, 0_u64);
    let lists = [(&certificate.withheld, &mut withheld), (&certificate.failures, &mut failed)];
    for (list, sum) in lists {
        for counted in list {
            if counted.count == 0 || !reasons.insert(&counted.reason) {
                return Err(Unsound::Reason(counted.reason.clone()));
            }
            *sum = sum.saturating_add(counted.count);
        }
    }
    let (lines, count) = (certificate.lines, certificate.count);
    match count.checked_add(withheld).and_then(|sum| sum.checked_add(failed)) {
        Some(sum) if sum == lines => Ok(()),
        _ => Err(Unsound::Sum { lines, count, withheld, failed }),
    }
}

fn is_number(number: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = number.strip_prefix("C-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, serial)| {
        year.len() == 4 && serial.len() >= 4 && digits(year) && digits(serial)
    })
}

fn digests(certificate: &Certificate) -> Result<(), Unsound> {
    let all = [
        ("hold register's", Some(&certificate.hold_check.digest)),
        ("manifest's", Some(&certificate.manifest_digest)),
        ("previous certificate's", certificate.previous_digest.as_ref()),
        ("batch's", Some(&certificate.batch.digest)),
        ("audit chain's", Some(&certificate.audit_head.hash)),
    ];
    let is_one = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wrong = all.into_iter().find(|(_, digest)| digest.is_some_and(|digest| !is_one(digest)));
    wrong.map_or(Ok(()), |(which, _)| Err(Unsound::Digest(which)))
}

fn approved(certificate: &Certificate) -> Result<(), Unsound> {
    let by = match &certificate.authority {
        Authority::Approvals(by) => by,
        Authority::Standing(standing) => &standing.signed_by,
    };
    let named = by.iter().all(|approval| !approval.name.trim().is_empty());
    let people: BTreeSet<Uuid> = by.iter().filter_map(|approval| approval.person).collect();
    let names: BTreeSet<&str> = by.iter().map(|approval| approval.name.trim()).collect();
    let before = by.iter().all(|approval| approval.at <= certificate.started_at);
    // Two people may have one name; where nobody says who they are, they may not.
    let different = people.len() == by.len() || people.is_empty() && names.len() == by.len();
    let enough = named && different && by.len() >= 2;
    if enough && before { Ok(()) } else { Err(Unsound::Approvals) }
}

fn stores(certificate: &Certificate) -> Result<(), Unsound> {
    let stores: BTreeSet<&String> = certificate.stores.iter().collect();
    let copies: BTreeSet<&String> = certificate.copies.iter().map(|copies| &copies.store).collect();
    let once = copies.len() == certificate.copies.len() && stores.len() == certificate.stores.len();
    if once && !stores.is_empty() && stores == copies { Ok(()) } else { Err(Unsound::Stores) }
}
