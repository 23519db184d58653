//! Making a backup while everything runs, and reading it back.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, Statement};

use super::archive::{Manifest, Reader, Writer};
use super::error::UpkeepError;
use super::file::{self, Partial};
use super::{chain, dump, state, table};
use crate::audit::{self, Action, By, Entry, Head, Subject, digest};
use crate::catalogue::entity::{audit_head, setting};
use crate::catalogue::{Catalogue, CatalogueError, Fault};
use crate::keys::{self, KeyError, Keys};

/// How the name of a backup in a folder ends.
pub const ENDING: &str = ".backup";

const BEGINNING: &str = "retaind-";

/// The folder for backups where none is named.
#[must_use]
pub fn default_folder(state: &Path) -> PathBuf {
    state.join("backups")
}

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into this folder, under a name that says when it was made; beside it so
    /// many of the latest stay, or all.
    Folder(PathBuf, Keep),
    /// To this file, which may not be there yet.
    File(PathBuf),
}

/// How many backups stay in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of them.
    All,
    /// The latest, this new one among them.
    Latest(std::num::NonZeroUsize),
}

/// What a backup is made of.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The state directory, where the keys are.
    pub state: &'a Path,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
}

/// A backup that was made and read back.
#[derive(Debug, Clone)]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// What it holds.
    pub manifest: Manifest,
    /// Older ones that made way.
    pub pruned: Vec<PathBuf>,
}

/// Backs the catalogue and its keys up as they are at one moment, reads the
/// backup back, enters it in the audit chain, and removes older ones where that
/// was asked for. Others may write meanwhile.
///
/// # Errors
///
/// Where anything cannot be read or written, the catalogue is damaged, a key is
/// missing, or what was written is not what was read: then there is no new file.
pub async fn backup(
    origin: Origin<'_>,
    to: &Destination,
    by: &By,
    now: Timestamp,
) -> Result<Backup, UpkeepError> {
    let (place, beside) = to.place(now)?;
    let (partial, open) = Partial::make(&place, &beside)?;
    let manifest = write(origin, Manifest::new(now, Vec::new(), Head::genesis()), open).await?;
    let written = partial.at().to_owned();
    let read_back = tokio::task::spawn_blocking(move || -> Result<(String, u64), UpkeepError> {
        verify(&written)?;
        let failed = || UpkeepError::file(&written, "cannot be read back");
        Ok((sha256(&written).map_err(failed())?, fs::metadata(&written).map_err(failed())?.len()))
    });
    let (sha256, bytes) = read_back.await.expect("reading a file back does not panic")?;
    partial.keep()?;
    enter(origin.catalogue, by, &sha256, now).await?;
    Ok(Backup { bytes, manifest, pruned: to.prune()?, file: place })
}

impl Destination {
    /// The file to make, and the name of the one that becomes it.
    fn place(&self, now: Timestamp) -> Result<(PathBuf, String), UpkeepError> {
        match self {
            Self::File(file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                Ok((file.clone(), format!(".{name}.partial")))
            }
            Self::Folder(folder, _) => {
                make_folder(folder).map_err(UpkeepError::file(folder, "cannot be made"))?;
                let stamp = now.strftime("%Y%m%dT%H%M%S.%6fZ");
                let name = format!("{BEGINNING}{stamp}{ENDING}");
                Ok((folder.join(name), ".retaind.backup.partial".to_owned()))
            }
        }
    }

    fn prune(&self) -> Result<Vec<PathBuf>, UpkeepError> {
        let Self::Folder(folder, Keep::Latest(keep)) = self else { return Ok(Vec::new()) };
        let mut old = made(folder)?;
        old.truncate(old.len().saturating_sub(keep.get()));
        for backup in &old {
            file::remove(backup).map_err(UpkeepError::file(backup, "cannot be removed"))?;
        }
        Ok(old)
    }
}

/// The backups in a folder, the oldest first.
///
/// # Errors
///
/// Where the folder cannot be read.
pub fn made(folder: &Path) -> Result<Vec<PathBuf>, UpkeepError> {
    let failed = || UpkeepError::file(folder, "cannot be read");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(BEGINNING) && name.ends_with(ENDING) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads a backup from end to end: its sums, its audit chain, and whether its
/// key belongs to it.
///
/// # Errors
///
/// What is wrong with it, in a sentence.
pub fn verify(file: &Path) -> Result<Manifest, UpkeepError> {
    let mut reader = Reader::open(file)?;
    let manifest = reader.manifest.clone();
    let mut chain = chain::Follower::default();
    let mut mark = None;
    for table in &manifest.tables {
        let mut lines = reader.table(table)?;
        while let Some(line) = lines.next()? {
            if table.name == "setting" {
                mark = chain::setting(&line, keys::MARK).or(mark);
            }
            chain.hear(file, table, &line)?;
        }
    }
    chain.end(file, &manifest.audit_head)?;
    let mut key = None;
    for part in &manifest.files {
        let content = reader.state_file(part)?;
        if part.path == keys::FILE {
            key = Keys::parse(&content);
        }
    }
    match (mark, key) {
        (Some(mark), Some(key)) if key.mark() == mark => Ok(manifest),
        (None, _) => Ok(manifest),
        (Some(_), _) => Err(reader.damaged("the key in it does not belong to its catalogue")),
    }
}

async fn write(
    Origin { state, catalogue }: Origin<'_>,
    manifest: Manifest,
    file: fs::File,
) -> Result<Manifest, UpkeepError> {
    let snapshot = catalogue.read_tx().await?;
    see_that_it_is_sound(catalogue, &snapshot).await?;
    let changes = catalogue.changes(&snapshot).await?;
    let audit_head = head(&snapshot).await?;
    let mut writer = Writer::new(file, Manifest { changes, audit_head, ..manifest });
    let failed = || UpkeepError::file(state, "the backup cannot be written");
    for table in table::all(&snapshot).await? {
        let mut part = writer.table(&table).map_err(failed())?;
        let mut lines = std::pin::pin!(dump::lines(&snapshot, &table).await?);
        while let Some(line) = lines.try_next().await? {
            part.add(&line).map_err(failed())?;
        }
        part.end();
    }
    let is_marked = setting::Entity::find_by_id(keys::MARK).one(&snapshot).await?.is_some();
    snapshot.rollback().await?;
    let read = || UpkeepError::file(state, "the keys cannot be read");
    let files = state::files(state).map_err(read())?;
    if is_marked && !files.iter().any(|file| file == keys::FILE) {
        return Err(KeyError::Lost(state.join(keys::FILE)).into());
    }
    for path in files {
        let content = fs::read(state.join(&path)).map_err(read())?;
        writer.file(path, &content).map_err(failed())?;
    }
    writer.end().map_err(failed())
}

/// A damaged file is not to be copied over the good copies of it.
async fn see_that_it_is_sound(
    catalogue: &Catalogue,
    snapshot: &DatabaseTransaction,
) -> Result<(), UpkeepError> {
    if snapshot.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let check = Statement::from_string(DbBackend::Sqlite, "pragma quick_check(1)");
    let said = snapshot.query_one_raw(check).await?;
    let said: Option<String> = said.map(|row| row.try_get_by_index(0)).transpose()?;
    match said.as_deref() {
        Some("ok") => Ok(()),
        _ => Err(CatalogueError::new(Fault::Corrupt, catalogue.url()).into()),
    }
}

/// The recorded end of the chain.
pub(super) async fn head(database: &impl sea_orm::ConnectionTrait) -> Result<Head, UpkeepError> {
    let row = audit_head::Entity::find_by_id(1).one(database).await?;
    let row = row.ok_or_else(|| CatalogueError::impossible("audit_head", "it has no row"))?;
    Ok(Head { seq: row.seq, hash: row.hash })
}

async fn enter(
    catalogue: &Catalogue,
    by: &By,
    sha256: &str,
    now: Timestamp,
) -> Result<(), UpkeepError> {
    let tx = catalogue.write_tx().await?;
    let entry = Entry::new(by.clone(), Action::CatalogueBackedUp, Subject::new("backup", sha256));
    audit::append(&tx, now, &entry.after(sha256.to_owned())).await?;
    Ok(tx.commit().await?)
}

fn sha256(file: &Path) -> std::io::Result<String> {
    use sha2::{Digest as _, Sha256};
    use std::io::Read as _;
    let (mut file, mut hash) = (fs::File::open(file)?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digest::hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
