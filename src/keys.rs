//! The key behind every digest of a locator or of a person's reference.
//!
//! With it an officer who types a path or a reference can ask whether the
//! catalogue knows it; without it nobody can learn either from the catalogue.
//! It is a vital record: if it is lost, holds on people and proofs of
//! destruction can no longer be matched. So it is made once, its mark is kept
//! in the catalogue, and a missing or different key stops the program rather
//! than being made anew.

pub(crate) mod file;
pub mod signing;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::StoreId;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use sha2::Sha256;

use crate::audit::digest::hex;
use crate::catalogue::entity::setting;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};

/// The file's name in the state directory: 64 hexadecimal digits and a line feed.
pub const FILE: &str = "digest.key";

/// The setting by which the catalogue knows its key.
pub(crate) const MARK: &str = "keys.mark";

const LENGTH: usize = file::LENGTH;

/// The key, never shown.
#[derive(Clone)]
pub struct Keys {
    key: [u8; LENGTH],
}

/// There is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The catalogue was made with a key that is not there.
    #[error(
        "the key file {} is missing, and the catalogue was made with it: restore the file from the \
         backup; a new key would no longer match the holds on people that are in force",
        .0.display()
    )]
    Lost(PathBuf),
    /// The catalogue was made with another key.
    #[error(
        "the key file {} is not the one the catalogue was made with: restore the file that belongs \
         to this catalogue, or correct the state directory",
        .0.display()
    )]
    Another(PathBuf),
    /// What is in the file is no key.
    #[error(
        "the key file {} does not hold a key of 64 hexadecimal digits: restore it from the backup",
        .0.display()
    )]
    NotAKey(PathBuf),
    /// Others may read it.
    #[error("the key file {} may be read by others: run `chmod 600 {}`", .0.display(), .0.display())]
    Open(PathBuf),
    /// It cannot be read or made.
    #[error(
        "the key file {} cannot be read or made: see that the state directory is there and belongs \
         to the user that runs retaind", .0.display()
    )]
    Io(PathBuf, #[source] io::Error),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Keys {
    /// The key in this state directory; for a catalogue that has none yet, a new one.
    ///
    /// # Errors
    ///
    /// Where the catalogue's key is missing, another, unreadable, or open to others.
    pub async fn load(state: &Path, catalogue: &Catalogue) -> Result<Self, KeyError> {
        let path = state.join(FILE);
        let mark = setting::Entity::find_by_id(MARK).one(catalogue.read()).await;
        let mark = mark.map_err(|error| catalogue.error(error))?;
        match (file::read(&path)?.map(Self::from_bytes), mark) {
            (Some(keys), Some(mark)) if keys.mark() == mark.value => Ok(keys),
            (Some(_), Some(_)) => Err(KeyError::Another(path)),
            (None, Some(_)) => Err(KeyError::Lost(path)),
            (_, None) => adopt(&path, catalogue).await,
        }
    }

    /// Whether the key in this state directory is the catalogue's. Nothing is made.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub async fn check(state: &Path, catalogue: &Catalogue) -> Result<(), KeyError> {
        let path = state.join(FILE);
        let mark = setting::Entity::find_by_id(MARK).one(catalogue.read()).await;
        match (
            file::read(&path)?.map(Self::from_bytes),
            mark.map_err(|error| catalogue.error(error))?,
        ) {
            (None, Some(_)) => Err(KeyError::Lost(path)),
            (Some(keys), Some(mark)) if keys.mark() != mark.value => Err(KeyError::Another(path)),
            _ => Ok(()),
        }
    }

    /// A key of these bytes.
    #[must_use]
    pub const fn from_bytes(key: [u8; LENGTH]) -> Self {
        Self { key }
    }

    /// What stands for this locator of this store wherever the locator may not.
    #[must_use]
    pub fn locator_mac(&self, store: StoreId, locator: &str) -> String {
        self.mac(&[b"locator", store.0.as_bytes(), locator.as_bytes()])
    }

    /// What stands for this person's reference. Case and white space do not count.
    #[must_use]
    pub fn subject_key(&self, reference: &str) -> SubjectKey {
        SubjectKey(self.mac(&[b"subject", plain(reference).as_bytes()]))
    }

    /// What stands for the reference of a case. Case and white space do not count.
    #[must_use]
    pub fn reference_mac(&self, reference: &str) -> String {
        self.mac(&[b"reference", plain(reference).as_bytes()])
    }

    /// What stands for a folder of a store, as holds compare folders, where many
    /// are kept: 64 bits tell them apart.
    #[must_use]
    pub fn folder_trace(&self, store: StoreId, folder: &str) -> String {
        self.short(&[b"folder", store.0.as_bytes(), folder.as_bytes()])
    }

    /// What stands for a unit at this place of a store.
    #[must_use]
    pub fn unit_trace(&self, store: StoreId, folder: &str) -> String {
        self.short(&[b"unit", store.0.as_bytes(), folder.as_bytes()])
    }

    /// What stands for a name by which a hold finds a path, as holds compare names.
    #[must_use]
    pub fn name_trace(&self, name: &str) -> String {
        self.short(&[b"name", name.as_bytes()])
    }

    fn short(&self, parts: &[&[u8]]) -> String {
        hex(self.raw_mac(parts).split_at(8).0)
    }

    /// The key that seals one manifest and nothing else.
    pub(crate) fn sealing_key(&self, batch: &str, salt: &[u8]) -> [u8; LENGTH] {
        self.raw_mac(&[b"manifest", batch.as_bytes(), salt])
    }

    /// The signature of what a link lets a person answer; `purpose` keeps
    /// signatures of different things apart.
    #[must_use]
    pub fn link_mac(&self, purpose: &str, claim: &str) -> String {
        self.mac(&[b"link", purpose.as_bytes(), claim.as_bytes()])
    }

    /// The key in the content of a key file; none where there is none in it.
    pub(crate) fn parse(content: &[u8]) -> Option<Self> {
        file::unhex(content.trim_ascii()).map(Self::from_bytes)
    }

    /// By what a catalogue knows that the key is its own.
    pub(crate) fn mark(&self) -> String {
        self.mac(&[b"mark"])
    }

    fn mac(&self, parts: &[&[u8]]) -> String {
        hex(&self.raw_mac(parts))
    }

    /// Each part with its length before it, so that no two lists of parts are
    /// the same bytes.
    fn raw_mac(&self, parts: &[&[u8]]) -> [u8; LENGTH] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes any key");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(not shown)")
    }
}

/// A reference without what people write differently.
pub(crate) fn plain(reference: &str) -> String {
    reference.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Takes or makes the key of a catalogue that has none, under its write lock,
/// so that of two processes one does.
async fn adopt(path: &Path, catalogue: &Catalogue) -> Result<Keys, KeyError> {
    let tx = catalogue.write_tx().await?;
    let keys = match file::read(path)? {
        Some(key) => Keys::from_bytes(key),
        None => Keys::from_bytes(file::make(path)?),
    };
    match note_mark(&tx, &keys).await.map_err(|error| catalogue.error(error))? {
        mark if mark == keys.mark() => tx.commit().await?,
        _ => return Err(KeyError::Another(path.to_owned())),
    }
    Ok(keys)
}

/// The catalogue's mark: the one another process noted first, or this key's.
async fn note_mark(tx: &WriteTx, keys: &Keys) -> Result<String, sea_orm::DbErr> {
    if let Some(noted) = setting::Entity::find_by_id(MARK).one(&**tx).await? {
        return Ok(noted.value);
    }
    let mark = setting::ActiveModel { key: Set(MARK.to_owned()), value: Set(keys.mark()) };
    setting::Entity::insert(mark).exec_without_returning(&**tx).await?;
    Ok(keys.mark())
}

#[cfg(test)]
mod tests;
