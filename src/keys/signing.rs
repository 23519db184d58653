//! The key the instance signs certificates and exports with (Ed25519).
//!
//! Made once and kept in the state directory; its public half, and that of
//! every key before it, stands in the catalogue and in [`PUBLIC_FILE`], which
//! is for publishing. A key is never made anew in silence: one that is missing
//! or another stops the program. [`rotate`] lets the old key introduce the new
//! one; [`replace_lost`] is for a key that is gone for good. What a retired key
//! signed stays verifiable. `docs/KEYS.md` says it for people.

mod public;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::Signer as _;
use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::{KeyError, file};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::signing_key::{self, Column};
use crate::catalogue::values::Micros;
use crate::catalogue::words::Retirement;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};

pub use public::{KeyStanding, PublicKey, PublishedKeys, Signature, SignatureError};

/// The private key's file in the state directory.
pub const FILE: &str = "signing.key";

/// The public keys' file in the state directory.
pub const PUBLIC_FILE: &str = "signing.pub";

/// A key that was made and may not be in force yet.
const NEXT: &str = "signing.key.next";

/// What an introduction is signed as.
const INTRODUCTION: &str = "retaind-signing-key-1";

/// The private key, never shown.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// There is no key to sign with, or none may be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The catalogue knows a key that is not there.
    #[error(
        "the signing key {} is missing, and certificates are signed with it (key {key}): restore \
         the file from the backup; where it is gone for good, run `retaind key replace --lost \
         --reason WHY`, and never copy a key from another instance", .path.display()
    )]
    Lost {
        /// Where it should be.
        path: PathBuf,
        /// Its fingerprint.
        key: String,
    },
    /// The catalogue knows another key.
    #[error(
        "the signing key {} is not key {key}, which this catalogue's certificates are signed with: \
         restore the file that belongs to this catalogue, or correct the state directory",
        .path.display()
    )]
    Another {
        /// Where it is.
        path: PathBuf,
        /// The fingerprint it should have.
        key: String,
    },
    /// A key that is there is not lost.
    #[error(
        "the signing key {} is there and is the right one: it is not lost. To exchange it, run \
         `retaind key rotate --reason WHY`", .0.display()
    )]
    NotLost(PathBuf),
    /// There is no key yet.
    #[error("this catalogue has no signing key yet, so none was lost: `retaind key show` makes it")]
    NoneYet,
    /// Why is not said.
    #[error("say why the signing key is exchanged: --reason WHY")]
    NoReason,
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] KeyError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for SigningKeyError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

impl SigningKey {
    /// The key in this state directory; for a catalogue that has none yet, a new
    /// one. The file of public keys is written where it is not as it should be.
    ///
    /// # Errors
    ///
    /// Where the catalogue's key is missing, another, unreadable, or open to others.
    pub async fn load(
        state: &Path,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<Self, SigningKeyError> {
        let key = match current(catalogue.read()).await? {
            Some(row) => in_force(state, &row)?,
            None => make_first(state, catalogue, now).await?,
        };
        publish(state, catalogue).await?;
        Ok(key)
    }

    /// A key of these bytes.
    #[must_use]
    pub fn from_bytes(key: [u8; file::LENGTH]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&key))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::of(self.0.verifying_key())
    }

    /// Signs these bytes as a thing of this kind, so that a signature of one
    /// kind of thing is never one of another.
    #[must_use]
    pub fn sign(&self, kind: &str, bytes: &[u8]) -> Signature {
        let signed = self.0.sign(&public::message(kind, bytes));
        Signature::new(&self.public(), &signed.to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, not shown)", self.public().fingerprint())
    }
}

/// Every key there was, oldest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(catalogue: &Catalogue) -> Result<Vec<signing_key::Model>, CatalogueError> {
    let all = signing_key::Entity::find().order_by_asc(Column::CreatedAt).all(catalogue.read());
    all.await.map_err(|error| catalogue.error(error))
}

/// Exchanges the key for a new one, which the old one introduces.
///
/// # Errors
///
/// Where there is no key to exchange, or the new one cannot be made.
pub async fn rotate(
    state: &Path,
    catalogue: &Catalogue,
    by: By,
    reason: &str,
    now: Timestamp,
) -> Result<SigningKey, SigningKeyError> {
    let reason = said(reason)?;
    let old = SigningKey::load(state, catalogue, now).await?;
    let tx = catalogue.write_tx().await?;
    audit::hold_head(&tx).await?;
    let row = current(&*tx).await?.ok_or(SigningKeyError::NoneYet)?;
    in_force(state, &row)?;
    let next = SigningKey::from_bytes(file::make(&state.join(NEXT))?);
    let introduction = introduction(&next, Some(&row), reason, now);
    let signature = old.sign(INTRODUCTION, introduction.as_bytes());
    retire(&tx, row, Retirement::Rotated, reason, now).await?;
    introduce(&tx, &next, Some((introduction.clone(), signature)), now).await?;
    let entry = entry(by, Action::KeyRotated, &next, Motive::typed(reason));
    audit::append(&tx, now, &entry.after(audit::digest::of_bytes(introduction.as_bytes()))).await?;
    tx.commit().await?;
    put_in_place(state)?;
    publish(state, catalogue).await?;
    Ok(next)
}

/// Makes a new key in the place of one that is gone. What the old one signed
/// up to now is vouched for by the audit chain, whose head the new key signs.
///
/// # Errors
///
/// Where the key is not lost, or the new one cannot be made.
pub async fn replace_lost(
    state: &Path,
    catalogue: &Catalogue,
    by: By,
    reason: &str,
    now: Timestamp,
) -> Result<SigningKey, SigningKeyError> {
    let reason = said(reason)?;
    let tx = catalogue.write_tx().await?;
    let head = audit::hold_head(&tx).await?;
    let row = current(&*tx).await?.ok_or(SigningKeyError::NoneYet)?;
    match in_force(state, &row) {
        Err(SigningKeyError::Lost { .. }) => {}
        Ok(_) => return Err(SigningKeyError::NotLost(state.join(FILE))),
        Err(other) => return Err(other),
    }
    let next = SigningKey::from_bytes(file::make(&state.join(NEXT))?);
    let vouched = format!(
        "what key {} signed up to entry {} is vouched for by this chain, and nothing after it",
        row.id, head.seq
    );
    let why = Motive::own(&vouched).and_typed(reason);
    let reason = format!("{reason} ({vouched})");
    let introduction = introduction(&next, Some(&row), &reason, now);
    let signature = next.sign(INTRODUCTION, introduction.as_bytes());
    retire(&tx, row, Retirement::Lost, &reason, now).await?;
    introduce(&tx, &next, Some((introduction.clone(), signature)), now).await?;
    let entry = entry(by, Action::KeyLost, &next, why);
    audit::append(&tx, now, &entry.after(audit::digest::of_bytes(introduction.as_bytes()))).await?;
    tx.commit().await?;
    put_in_place(state)?;
    publish(state, catalogue).await?;
    Ok(next)
}

fn said(reason: &str) -> Result<&str, SigningKeyError> {
    Some(reason.trim()).filter(|reason| !reason.is_empty()).ok_or(SigningKeyError::NoReason)
}

async fn current(
    database: &impl ConnectionTrait,
) -> Result<Option<signing_key::Model>, CatalogueError> {
    let current = signing_key::Entity::find().filter(Column::RetiredAt.is_null());
    Ok(current.one(database).await?)
}

/// The key in the file, which must be the one the catalogue knows. One that an
/// interrupted exchange had not yet put in its place is put there.
fn in_force(state: &Path, row: &signing_key::Model) -> Result<SigningKey, SigningKeyError> {
    let path = state.join(FILE);
    let is_it = |key: &SigningKey| key.public().to_string() == row.public_key;
    let read = |path: &Path| Ok::<_, KeyError>(file::read(path)?.map(SigningKey::from_bytes));
    let found = read(&path)?;
    if let Some(key) = found.clone().filter(is_it) {
        return Ok(key);
    }
    if let Some(key) = read(&state.join(NEXT))?.filter(is_it) {
        put_in_place(state)?;
        return Ok(key);
    }
    let key = row.id.clone();
    Err(match found {
        None => SigningKeyError::Lost { path, key },
        Some(_) => SigningKeyError::Another { path, key },
    })
}

async fn make_first(
    state: &Path,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<SigningKey, SigningKeyError> {
    let tx = catalogue.write_tx().await?;
    audit::hold_head(&tx).await?;
    // Another process may have been quicker.
    if let Some(row) = current(&*tx).await? {
        return in_force(state, &row);
    }
    let path = state.join(FILE);
    let key = match file::read(&path)? {
        Some(key) => SigningKey::from_bytes(key),
        None => SigningKey::from_bytes(file::make(&path)?),
    };
    introduce(&tx, &key, None, now).await?;
    let made = Entry::new(By::Service, Action::KeyMade, subject(&key)).after(digest(&key));
    audit::append(&tx, now, &made).await?;
    tx.commit().await?;
    Ok(key)
}

fn entry(by: By, action: Action, key: &SigningKey, why: Motive) -> Entry {
    Entry::new(by, action, subject(key)).because(why)
}

fn subject(key: &SigningKey) -> Subject {
    Subject::new("signing-key", key.public().fingerprint())
}

fn digest(key: &SigningKey) -> String {
    audit::digest::of_bytes(key.public().to_string().as_bytes())
}

fn introduction(
    key: &SigningKey,
    replaces: Option<&signing_key::Model>,
    reason: &str,
    now: Timestamp,
) -> String {
    json!({
        "at": now.to_string(),
        "key": key.public().fingerprint(),
        "public_key": key.public().to_string(),
        "reason": reason,
        "replaces": replaces.map(|row| &row.id),
    })
    .to_string()
}

async fn introduce(
    tx: &WriteTx,
    key: &SigningKey,
    introduction: Option<(String, Signature)>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let (introduction, signature) = introduction.unzip();
    let row = signing_key::Model {
        id: key.public().fingerprint(),
        public_key: key.public().to_string(),
        created_at: Micros::from(now),
        introduction,
        introduction_signed_by: signature.as_ref().map(|signature| signature.key.clone()),
        introduction_signature: signature.map(|signature| signature.value),
        retired_at: None,
        retired_how: None,
        retired_why: None,
    };
    signing_key::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

async fn retire(
    tx: &WriteTx,
    row: signing_key::Model,
    how: Retirement,
    why: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let retired = signing_key::Model {
        retired_at: Some(Micros::from(now)),
        retired_how: Some(how),
        retired_why: Some(why.to_owned()),
        ..row
    };
    retired.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

fn put_in_place(state: &Path) -> Result<(), SigningKeyError> {
    let path = state.join(FILE);
    let moved = fs::rename(state.join(NEXT), &path).and_then(|()| file::sync_folder_of(&path));
    moved.map_err(|error| KeyError::Io(path, error).into())
}

async fn publish(state: &Path, catalogue: &Catalogue) -> Result<(), SigningKeyError> {
    let text = PublishedKeys::of(&list(catalogue).await?).to_string();
    let path = state.join(PUBLIC_FILE);
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let written = file::write(&path, text.as_bytes(), 0o644);
    written.map_err(|error| KeyError::Io(path, error).into())
}
