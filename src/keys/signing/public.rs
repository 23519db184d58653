//! What anyone may have: public keys, the list of them, and signatures.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::digest::{self, hex};
use crate::catalogue::entity::signing_key;
use crate::catalogue::values::Micros;
use crate::catalogue::words::Retirement;
use crate::keys::file::unhex;

/// The public half of a signing key; prints as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    pub(super) fn of(key: VerifyingKey) -> Self {
        Self(key)
    }

    /// The first 16 digits of the SHA-256 of the key's 32 bytes: what people
    /// read to each other.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut digest = digest::of_bytes(self.0.as_bytes());
        digest.truncate(16);
        digest
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let key = unhex(text.as_bytes()).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        // A key of small order verifies what nobody signed.
        key.filter(|key| !key.is_weak()).map(Self).ok_or(SignatureError::NotAKey)
    }
}

/// A signature, and the key it was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The key's fingerprint.
    pub key: String,
    /// The public key.
    pub public_key: String,
    /// The signature: 128 hexadecimal digits.
    pub value: String,
}

/// A signature that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The public key is none.
    #[error("its public key is not a key")]
    NotAKey,
    /// The fingerprint is of another key.
    #[error("its fingerprint is not that of its public key")]
    OtherFingerprint,
    /// The signature is not one of these bytes by this key.
    #[error("the signature is not one of this text: the text or the signature was changed")]
    NotOfThis,
}

impl Signature {
    pub(super) fn new(key: &PublicKey, value: &[u8]) -> Self {
        Self { key: key.fingerprint(), public_key: key.to_string(), value: hex(value) }
    }

    /// The key that signed these bytes as a thing of this kind.
    ///
    /// # Errors
    ///
    /// Where it did not.
    pub fn verify(&self, kind: &str, bytes: &[u8]) -> Result<PublicKey, SignatureError> {
        let key: PublicKey = self.public_key.parse()?;
        if key.fingerprint() != self.key || key.to_string() != self.public_key {
            return Err(SignatureError::OtherFingerprint);
        }
        let value = unhex::<64>(self.value.as_bytes()).filter(|value| hex(value) == self.value);
        let value = value.ok_or(SignatureError::NotOfThis)?;
        let signature = ed25519_dalek::Signature::from_bytes(&value);
        match key.0.verify_strict(&message(kind, bytes), &signature) {
            Ok(()) => Ok(key),
            Err(_) => Err(SignatureError::NotOfThis),
        }
    }
}

/// What is signed: the kind of thing, a line feed, and its bytes.
pub(super) fn message(kind: &str, bytes: &[u8]) -> Vec<u8> {
    [kind.as_bytes(), b"\n", bytes].concat()
}

/// Every key an instance has signed with, as it publishes them: a line each.
///
/// ```text
/// ed25519 FINGERPRINT PUBLIC_KEY in-use
/// ed25519 FINGERPRINT PUBLIC_KEY rotated 2027-01-04T09:00:00Z
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKeys(Vec<(PublicKey, KeyStanding)>);

/// Whether a key is still used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing", content = "at")]
pub enum KeyStanding {
    /// It is.
    InUse,
    /// It introduced the next one then.
    Rotated(Timestamp),
    /// It was found to be lost then.
    Lost(Timestamp),
}

impl PublishedKeys {
    pub(crate) fn of(rows: &[signing_key::Model]) -> Self {
        let keys = rows.iter().filter_map(|row| {
            let standing = match row.retired_at.map(Micros::timestamp).zip(row.retired_how) {
                None => KeyStanding::InUse,
                Some((at, Retirement::Rotated)) => KeyStanding::Rotated(at),
                Some((at, Retirement::Lost)) => KeyStanding::Lost(at),
            };
            Some((row.public_key.parse().ok()?, standing))
        });
        Self(keys.collect())
    }

    /// How this key stands; nothing where it is not on the list.
    #[must_use]
    pub fn standing(&self, key: &PublicKey) -> Option<KeyStanding> {
        self.0.iter().find(|(listed, _)| listed == key).map(|(_, standing)| *standing)
    }
}

impl fmt::Display for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, standing) in &self.0 {
            write!(f, "ed25519 {} {key} ", key.fingerprint())?;
            match standing {
                KeyStanding::InUse => writeln!(f, "in-use")?,
                KeyStanding::Rotated(at) => writeln!(f, "rotated {at}")?,
                KeyStanding::Lost(at) => writeln!(f, "lost {at}")?,
            }
        }
        Ok(())
    }
}

/// A line that is none of a list of public keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {0} is not a public key: a line is `ed25519 FINGERPRINT PUBLIC_KEY in-use`, as in the \
     signing.pub that the organisation publishes"
)]
pub struct NotPublished(usize);

impl FromStr for PublishedKeys {
    type Err = NotPublished;

    fn from_str(text: &str) -> Result<Self, NotPublished> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let keys = lines.map(|(at, line)| published(line).ok_or(NotPublished(at + 1)));
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(NotPublished(1)) } else { Ok(Self(keys)) }
    }
}

fn published(line: &str) -> Option<(PublicKey, KeyStanding)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let standing = match words.get(3..)? {
        ["in-use"] => KeyStanding::InUse,
        ["rotated", at] => KeyStanding::Rotated(at.parse().ok()?),
        ["lost", at] => KeyStanding::Lost(at.parse().ok()?),
        _ => return None,
    };
    let key: PublicKey = words[2].parse().ok()?;
    (words[0] == "ed25519" && words[1] == key.fingerprint()).then_some((key, standing))
}
