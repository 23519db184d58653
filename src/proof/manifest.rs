//! The list of items behind a certificate, sealed.
//!
//! It alone says which paths went. It is encrypted with a key of its own that
//! is derived from `digest.key`, the batch and a random salt, and is read only
//! by those who may, with a reason, until it expires; then only its digest is
//! left, in the certificate.
//!
//! The file: [`FORM`] and a line feed, 32 bytes of salt, then parts of at most
//! `PART` bytes of text, each with its 16-byte tag (ChaCha20-Poly1305). A
//! part's nonce is its number; the last part says so, so that a file that was
//! cut short does not open. The text is a line of JSON for each item.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::replay::WentBy;
use crate::audit::digest::hex;
use crate::keys::Keys;
use crate::keys::file::sync_folder_of;

/// How a sealed manifest begins.
pub const FORM: &str = "retaind-manifest-1";

/// Bytes of text in a part.
const PART: usize = 64 * 1024;
const TAG: usize = 16;
const SALT: usize = 32;

/// One item of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestLine {
    /// The store's name.
    pub store: String,
    /// Where in the store.
    pub locator: String,
    /// What became of it, such as `destroyed` or `withheld: held`.
    pub outcome: String,
    /// Its stub, where there is one.
    pub stub: Option<Uuid>,
    /// What it went by, where it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went_by: Option<WentBy>,
}

/// A manifest cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read or written.
    #[error(
        "the manifest {} cannot be read or written: see that its folder is there and belongs to \
         the user that runs retaind", .0.display()
    )]
    Io(PathBuf, #[source] io::Error),
    /// It was changed, cut short, or sealed with another key.
    #[error(
        "the manifest {} does not open: it was changed or cut short, or `digest.key` is not the \
         key it was sealed with. Restore both from one backup", .0.display()
    )]
    NotOurs(PathBuf),
    /// It is gone, as it should be.
    #[error(
        "the manifest of certificate {number} was destroyed on {on}, at its time: its digest is in the certificate"
    )]
    Expired {
        /// Of which certificate.
        number: String,
        /// When.
        on: jiff::civil::Date,
    },
}

/// A manifest while it is written: a part at a time in memory.
#[derive(Debug)]
#[must_use = "what is not finished is not sealed"]
pub struct Sealer {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    key: LessSafeKey,
    digest: Sha256,
    text: Vec<u8>,
    part: u64,
}

/// A manifest that is sealed and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The SHA-256 of its file.
    pub digest: String,
}

impl Sealer {
    /// Begins the manifest of this batch in this file, which is put in its
    /// place when it is finished.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn begin(path: &Path, keys: &Keys, batch: Uuid) -> Result<Self, ManifestError> {
        let beside = path.with_added_extension("new");
        let begun = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut options = File::options();
            let file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            let mut salt = [0; SALT];
            File::open("/dev/urandom")?.read_exact(&mut salt)?;
            Ok((file, salt))
        };
        let (file, salt) = begun().map_err(|error| ManifestError::Io(path.to_owned(), error))?;
        let key = part_key(keys, batch, &salt);
        let (path, digest, text) = (path.to_owned(), Sha256::new(), Vec::with_capacity(PART * 2));
        let mut sealer = Self { path, beside, file, key, digest, text, part: 0 };
        sealer.put(format!("{FORM}\n").as_bytes())?;
        sealer.put(&salt)?;
        Ok(sealer)
    }

    /// Adds an item.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn line(&mut self, line: &ManifestLine) -> Result<(), ManifestError> {
        serde_json::to_writer(&mut self.text, line).map_err(|fault| self.failed(fault.into()))?;
        self.text.push(b'\n');
        // The last part is sealed at the end, since it says that it is the last.
        while self.text.len() > PART {
            let rest = self.text.split_off(PART);
            let part = std::mem::replace(&mut self.text, rest);
            self.seal(part, false)?;
        }
        Ok(())
    }

    /// Seals the last part and puts the file in its place.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<Sealed, ManifestError> {
        let last = std::mem::take(&mut self.text);
        self.seal(last, true)?;
        let placed = self
            .file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.beside, &self.path))
            .and_then(|()| sync_folder_of(&self.path));
        placed.map_err(|error| self.failed(error))?;
        Ok(Sealed { digest: hex(&self.digest.finalize()) })
    }

    fn seal(&mut self, mut part: Vec<u8>, last: bool) -> Result<(), ManifestError> {
        let nonce = nonce(self.part, last);
        self.key
            .seal_in_place_append_tag(nonce, Aad::from(FORM.as_bytes()), &mut part)
            .expect("a part is far shorter than the cipher's limit");
        self.part += 1;
        self.put(&part)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ManifestError> {
        self.digest.update(bytes);
        self.file.write_all(bytes).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> ManifestError {
        ManifestError::Io(self.path.clone(), error)
    }
}

/// The lines of a sealed manifest.
///
/// # Errors
///
/// Where it is not whole, or was sealed for another batch or with another key.
pub fn open(path: &Path, keys: &Keys, batch: Uuid) -> Result<Vec<ManifestLine>, ManifestError> {
    let bytes = std::fs::read(path).map_err(|error| ManifestError::Io(path.to_owned(), error))?;
    let lines = text(&bytes, keys, batch).and_then(|text| {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).ok()).collect::<Option<Vec<_>>>()
    });
    lines.ok_or_else(|| ManifestError::NotOurs(path.to_owned()))
}

fn text(bytes: &[u8], keys: &Keys, batch: Uuid) -> Option<Vec<u8>> {
    let sealed = bytes.strip_prefix(FORM.as_bytes())?.strip_prefix(b"\n")?;
    let (salt, sealed) = sealed.split_at_checked(SALT)?;
    let key = part_key(keys, batch, salt);
    let mut parts = sealed.chunks(PART + TAG).peekable();
    let (mut text, mut number) = (Vec::with_capacity(sealed.len()), 0);
    loop {
        let mut part = parts.next()?.to_vec();
        let last = parts.peek().is_none();
        let aad = Aad::from(FORM.as_bytes());
        text.extend_from_slice(key.open_in_place(nonce(number, last), aad, &mut part).ok()?);
        number += 1;
        if last {
            return Some(text);
        }
    }
}

fn part_key(keys: &Keys, batch: Uuid, salt: &[u8]) -> LessSafeKey {
    let key = keys.sealing_key(&batch.to_string(), salt);
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key).expect("the key has the cipher's length");
    LessSafeKey::new(key)
}

/// The number of the part, and whether it is the last: never twice under a key.
fn nonce(part: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&part.to_be_bytes());
    nonce[11] = u8::from(last);
    Nonce::assume_unique_for_key(nonce)
}
