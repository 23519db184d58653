//! Certificates and manifests on the disk. They outlive the catalogue: one that
//! was restored does not know what was certified since its backup, and these
//! files alone prove it. So none of them is ever written over.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait as _, QuerySelect as _};
use uuid::Uuid;

use super::verify::{self, KeyTrust};
use super::{CERTIFICATES, MANIFESTS, ProofError, Prover, Signed, issue, signing_key};
use crate::audit::digest;
use crate::catalogue::entity::certificate;
use crate::keys::file;
use crate::keys::signing::{self, PublishedKeys};

/// Writes the file of every certificate that has none; how many. A file that is
/// there and differs stays, and does not keep the others from being written.
///
/// # Errors
///
/// The first file that is another one, or cannot be read or written.
pub async fn publish(prover: &Prover<'_>) -> Result<u64, ProofError> {
    let (mut written, mut failed) = (0, None);
    for row in issue::list(prover.catalogue.read()).await? {
        match put(prover.certificate_file(&row.number), row) {
            Ok(new) => written += new,
            Err(fault) => failed = failed.or(Some(fault)),
        }
    }
    failed.map_or(Ok(written), Err)
}

fn put(path: PathBuf, row: certificate::Model) -> Result<u64, ProofError> {
    match fs::read(&path) {
        Ok(there) if there == row.json.as_bytes() => Ok(0),
        Ok(_) => Err(ProofError::AnotherThere { path, number: row.number }),
        Err(fault) if fault.kind() == ErrorKind::NotFound => {
            write(&path, &row.json).map_err(|fault| ProofError::Io(path, fault))?;
            Ok(1)
        }
        Err(fault) => Err(ProofError::Io(path, fault)),
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    file::write(path, text.as_bytes(), 0o644)
}

/// Every certificate that lies there and verifies, whether the catalogue knows
/// it or not.
///
/// # Errors
///
/// Where the folder or a file in it cannot be read.
pub fn certificates(state: &Path) -> Result<Vec<Signed>, ProofError> {
    let mut found = Vec::new();
    for path in files(state.join(CERTIFICATES), "json")? {
        let bytes = fs::read(&path).map_err(|fault| ProofError::Io(path, fault))?;
        let verified = str::from_utf8(&bytes).ok().map(|text| verify::verify(text, None));
        found.extend(verified.and_then(Result::ok).map(|verified| verified.signed));
    }
    Ok(found)
}

/// Those of them that the catalogue does not have: it was restored.
///
/// # Errors
///
/// Where the catalogue does not answer, or the folder or a file in it cannot be read.
pub async fn unknown(
    database: &impl ConnectionTrait,
    state: &Path,
) -> Result<Vec<Signed>, ProofError> {
    let known = certificate::Entity::find().select_only().column(certificate::Column::Digest);
    let known: Vec<String> = known.into_tuple().all(database).await?;
    let known: HashSet<String> = known.into_iter().collect();
    let mut found = certificates(state)?;
    found.retain(|signed| !known.contains(&signed.digest()));
    Ok(found)
}

/// Those of them that were signed with a key of this catalogue, or with the one in its
/// state directory where it was made after the backup.
///
/// # Errors
///
/// As [`unknown`], and where the key in the state directory is not the catalogue's.
pub async fn lost(prover: &Prover<'_>, now: Timestamp) -> Result<Vec<Signed>, ProofError> {
    let mut found = unknown(prover.catalogue.read(), prover.state).await?;
    if found.is_empty() {
        return Ok(found);
    }
    signing_key(prover, now).await?;
    let published = PublishedKeys::of(&signing::list(prover.catalogue).await?);
    found.retain(|signed| {
        let verified = verify::verify(&signed.text(), Some(&published));
        verified.is_ok_and(|verified| verified.key == KeyTrust::Published)
    });
    Ok(found)
}

/// Every sealed manifest that lies there, with the batch it was sealed for.
///
/// # Errors
///
/// Where the folder cannot be read.
pub fn manifests(state: &Path) -> Result<Vec<(Uuid, PathBuf)>, ProofError> {
    let files = files(state.join(MANIFESTS), "sealed")?.into_iter();
    let of_batch = |path: PathBuf| {
        let batch = path.file_name()?.to_str()?.get(..Uuid::nil().hyphenated().to_string().len());
        Some((batch?.parse().ok()?, path))
    };
    Ok(files.filter_map(of_batch).collect())
}

/// The same, by the digest that a certificate names it by.
///
/// # Errors
///
/// Where the folder or a file in it cannot be read.
pub fn manifests_by_digest(state: &Path) -> Result<HashMap<String, (Uuid, PathBuf)>, ProofError> {
    let mut found = HashMap::new();
    for (batch, path) in manifests(state)? {
        let bytes = fs::read(&path).map_err(|fault| ProofError::Io(path.clone(), fault))?;
        found.insert(digest::of_bytes(&bytes), (batch, path));
    }
    Ok(found)
}

/// Makes room for the manifest of a batch that the catalogue takes for
/// uncertified. Where a certificate that lies there names the manifest that is
/// in its place, that one is kept under the certificate's number.
///
/// # Errors
///
/// Where a file cannot be read or renamed.
pub fn set_aside(prover: &Prover<'_>, batch: Uuid) -> Result<(), ProofError> {
    let path = prover.manifest_file(batch);
    let failed = |fault| ProofError::Io(path.clone(), fault);
    let digest = match fs::read(&path) {
        Ok(there) => digest::of_bytes(&there),
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(()),
        Err(fault) => return Err(failed(fault)),
    };
    let all = certificates(prover.state)?.into_iter().map(|signed| signed.certificate);
    let Some(of) = all.into_iter().find(|one| one.manifest_digest == digest) else {
        return Ok(());
    };
    let aside = path.with_file_name(format!("{batch}.{}.sealed", of.number));
    fs::rename(&path, aside).and_then(|()| file::sync_folder_of(&path)).map_err(failed)
}

/// The files of this folder that end so, in order; none where it is not there.
fn files(folder: PathBuf, ending: &str) -> Result<Vec<PathBuf>, ProofError> {
    let found = match fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault),
    };
    let mut found: Vec<PathBuf> = found.map_err(|fault| ProofError::Io(folder, fault))?;
    found.retain(|path| path.extension().is_some_and(|it| it == ending) && path.is_file());
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests;
