//! Putting a catalogue back from a backup.
//!
//! The backup is read from end to end before anything is touched. Then the
//! whole of it is one transaction, on either database: whoever looks sees what
//! was there before or all of the backup, and a restore that dies half way has
//! done nothing.
//!
//! What was destroyed after the backup was made is gone from its store, and the
//! catalogue that came back knows nothing of it. So the moment is marked
//! ([`Restored`]), and scans speak of such items by their own word
//! ([`super::gone`]) instead of raising an alarm.
//!
//! Nor does it know which mails went out since. So what waits in it is held back
//! until a person says what becomes of it ([`held`]).
//!
//! Nor does it know the holds that were placed after the backup was made. So
//! nothing is destroyed until a records manager has said that they are entered
//! again ([`confirm`]).

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};

use super::archive::{FilePart, Manifest, Reader};
use super::backup::{self, Backup, Destination, Keep, Origin};
use super::error::UpkeepError;
use super::load::{self, Filling};
use super::{dump, kept_head, running, state, table};
use crate::audit::{self, Action, By, Entry, From, Head, Motive, Subject};
use crate::catalogue::entity::{person, setting};
use crate::catalogue::{Catalogue, CatalogueError, CatalogueUrl, Fault, Found, WriteTx};
use crate::disposal::numbers;
use crate::keys::file;
use crate::notices::held;
use crate::people::{Role, roles_of};
use crate::proof::certificate::Authority;
use crate::proof::folder;

const MARK: &str = "catalogue.restored";

/// What to do about a catalogue that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// Leave it and restore nothing.
    Refuse,
    /// Back it up, and put the backup in its place.
    Replace,
}

/// Where a backup is restored to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The catalogue's place.
    pub url: &'a CatalogueUrl,
    /// The state directory, for the keys.
    pub state: &'a Path,
    /// Where the backup of what is replaced goes.
    pub backups: &'a Path,
}

/// When the catalogue was last restored, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When.
    pub at: Timestamp,
    /// When the backup had been made.
    pub taken_at: Timestamp,
    /// The end of the audit chain as it came back.
    pub head: Head,
    /// Whether what was held since is in the catalogue again.
    #[serde(default)]
    pub since: Since,
}

/// Whether the holds that were placed after the backup was made are in the
/// catalogue that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// Nobody has said.
    #[default]
    Unknown,
    /// A records manager has said that they are.
    Entered,
}

/// What a restore did.
#[derive(Debug)]
pub struct Done {
    /// What was restored.
    pub manifest: Manifest,
    /// Of what was there before, where anything was.
    pub saved: Option<Backup>,
    /// Keys and certificates that were written.
    pub files: Vec<PathBuf>,
    /// Entries of the audit chain that were known here and are not in the backup.
    pub lost_entries: i64,
    /// Notices that waited in it, which may have been sent since.
    pub held_back: held::Counts,
}

/// Restores a backup.
///
/// # Errors
///
/// What is wrong with the backup, or with the place; then nothing was changed.
pub async fn restore(
    backup: &Path,
    target: Target<'_>,
    present: Present,
    os_user: &str,
    now: Timestamp,
) -> Result<Done, UpkeepError> {
    let _nobody_runs = running::stopped(target.state)?;
    let manifest = backup::verify(backup)?;
    let mut reader = Reader::open(backup)?;
    let files = files_to_write(&mut reader, target.state, present)?;
    let known = kept_head::read(target.state);
    let (catalogue, saved) = make_room(target, present, now).await?;
    let tx = catalogue.write_tx().await?;
    fill(&tx, &mut reader).await.map_err(|error| at_its_place(error, target.url))?;
    tx.bring_up().await?;
    let taken_at = manifest.taken_at;
    let restored =
        Restored { at: now, taken_at, head: manifest.audit_head.clone(), since: Since::Unknown };
    let before = known.map_or(0, |head| head.seq).max(saved.as_ref().map_or(0, head_of));
    let lost_entries = (before - restored.head.seq).max(0);
    let held_back = held::hold_back(&tx, now).await?;
    let head = mark(&tx, &restored, lost_entries, os_user).await?;
    let written = write_files(files, now)?;
    pass_numbers(&tx, target.state).await?;
    tx.commit().await?;
    kept_head::write(target.state, &head)?;
    Ok(Done { manifest, saved, files: written, lost_entries, held_back })
}

/// When the catalogue was last restored; never, for most.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn last(database: &impl ConnectionTrait) -> Result<Option<Restored>, CatalogueError> {
    let row = setting::Entity::find_by_id(MARK).one(database).await?;
    row.map(|row| {
        serde_json::from_str(&row.value).map_err(|fault| CatalogueError::impossible(MARK, fault))
    })
    .transpose()
}

/// The restore after which nobody has said yet that what was held since is
/// entered again.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn unconfirmed(
    database: &impl ConnectionTrait,
) -> Result<Option<Restored>, CatalogueError> {
    Ok(last(database).await?.filter(|restored| restored.since == Since::Unknown))
}

/// Takes what was held since the backup for entered, as a person says. Answers
/// with the restore that this was about; none where none waited for it.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn confirm(
    catalogue: &Catalogue,
    by: By,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Restored>, CatalogueError> {
    let tx = catalogue.write_tx().await?;
    let Some(restored) = unconfirmed(&*tx).await? else { return Ok(None) };
    write_mark(&tx, &Restored { since: Since::Entered, ..restored.clone() }).await?;
    let subject = Subject::new("audit-entry", restored.head.seq);
    let entry = Entry::new(by, Action::RestoreConfirmed, subject);
    audit::append(&tx, now, &entry.because(Motive::typed(reason))).await?;
    tx.commit().await?;
    Ok(Some(restored))
}

fn head_of(saved: &Backup) -> i64 {
    saved.manifest.audit_head.seq
}

/// A catalogue to restore into: a new one, or the one that is there once it is
/// saved.
async fn make_room(
    target: Target<'_>,
    present: Present,
    now: Timestamp,
) -> Result<(Catalogue, Option<Backup>), UpkeepError> {
    let (catalogue, found) = Catalogue::to_fill(target.url).await?;
    if found == Found::Nothing {
        return Ok((catalogue, None));
    }
    let head = backup::head(catalogue.read()).await?;
    if present == Present::Refuse && head.seq > 0 {
        return Err(UpkeepError::NotEmpty { place: catalogue.place(), entries: head.seq });
    }
    let origin = Origin { state: target.state, catalogue: &catalogue };
    let to = Destination::Folder(target.backups.to_owned(), Keep::All);
    let saved = backup::backup(origin, &to, &By::Service, now).await;
    let saved = saved
        .map_err(|why| UpkeepError::NotSaved { place: catalogue.place(), why: why.to_string() })?;
    Ok((catalogue, Some(saved)))
}

/// The keys and certificates that are not there yet, read before anything is
/// changed.
fn files_to_write(
    reader: &mut Reader<'_>,
    state: &Path,
    present: Present,
) -> Result<Vec<ToWrite>, UpkeepError> {
    let mut files = Vec::new();
    for part in reader.manifest.files.clone() {
        let content = reader.state_file(&part)?;
        let place = state::place(state, &part.path).ok_or_else(|| {
            reader.damaged(format!("{} lies outside the state directory", part.path))
        })?;
        let there = match fs::read(&place) {
            Ok(there) => Some(there),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => None,
            Err(fault) => return Err(UpkeepError::file(&place, "cannot be read")(fault)),
        };
        match there {
            Some(there) if there == content => {}
            Some(_) if !state::is_key(&part.path) => {}
            Some(_) if present == Present::Refuse => return Err(UpkeepError::AnotherKey(place)),
            there => files.push(ToWrite { part, place, content, in_the_way: there.is_some() }),
        }
    }
    Ok(files)
}

struct ToWrite {
    part: FilePart,
    place: PathBuf,
    content: Vec<u8>,
    in_the_way: bool,
}

/// A key that is replaced stays beside the new one.
fn write_files(files: Vec<ToWrite>, now: Timestamp) -> Result<Vec<PathBuf>, UpkeepError> {
    let mut written = Vec::new();
    for ToWrite { part, place, content, in_the_way } in files {
        let failed = || UpkeepError::file(&place, "cannot be written");
        if in_the_way {
            let aside = format!("{}.replaced-{}", part.path, now.strftime("%Y%m%dT%H%M%SZ"));
            fs::copy(&place, place.with_file_name(aside)).map_err(failed())?;
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(failed())?;
        }
        file::write(&place, &content, 0o600).map_err(failed())?;
        written.push(place);
    }
    Ok(written)
}

/// What a certificate names that was issued since the backup is never the number
/// of another batch or authority.
async fn pass_numbers(tx: &WriteTx, state: &Path) -> Result<(), UpkeepError> {
    for signed in folder::certificates(state)? {
        let certificate = signed.certificate;
        numbers::pass(tx, &certificate.batch.number).await?;
        if let Authority::Standing(standing) = certificate.authority {
            numbers::pass(tx, &standing.reference).await?;
        }
    }
    Ok(())
}

/// Puts the backup's rows into tables as they were when it was made, and sees
/// that what is there now is what is in the backup.
async fn fill(tx: &WriteTx, reader: &mut Reader<'_>) -> Result<(), UpkeepError> {
    if !table::all(&**tx).await?.is_empty() {
        load::take_down(tx).await?;
    }
    tx.lay_out(&reader.manifest.changes).await?;
    let tables = table::all(&**tx).await?;
    let parts = reader.manifest.tables.clone();
    let matches = tables.len() == parts.len()
        && tables
            .iter()
            .zip(&parts)
            .all(|(table, part)| table.name == part.name && table.columns() == part.columns);
    if !matches {
        return Err(reader.damaged("its tables are not those of the version it names"));
    }
    let filling = Filling::begin(tx, &tables).await?;
    for (table, part) in tables.iter().zip(&parts) {
        let mut rows = filling.table(table);
        let mut lines = reader.table(part)?;
        while let Some(line) = lines.next()? {
            rows.add(line).await?;
        }
        rows.end().await?;
    }
    filling.end().await?;
    for (table, part) in tables.iter().zip(&parts) {
        if dump::sum(tx, table).await? != part.sum {
            return Err(UpkeepError::Differs(format!("table {}", table.name)));
        }
    }
    audit::verify_in(&**tx, From::Genesis).await?;
    Ok(())
}

/// Marks the catalogue as restored, and enters it in the chain.
async fn mark(
    tx: &WriteTx,
    restored: &Restored,
    lost_entries: i64,
    os_user: &str,
) -> Result<Head, UpkeepError> {
    write_mark(tx, restored).await?;
    let Restored { taken_at, head, .. } = restored;
    let why = format!(
        "restored to the backup of {taken_at}, whose chain ended at entry {}; {lost_entries} later \
         entries were known here",
        head.seq
    );
    let subject = Subject::new("audit-entry", head.seq);
    let by = acting(tx, os_user).await?;
    let entry = Entry::new(by, Action::CatalogueRestored, subject);
    let entry = entry.after(head.hash.clone()).because(Motive::own(why));
    Ok(audit::append(tx, restored.at, &entry).await?)
}

async fn write_mark(tx: &WriteTx, restored: &Restored) -> Result<(), CatalogueError> {
    let value = serde_json::to_string(restored);
    let value = value.map_err(|fault| CatalogueError::impossible(MARK, fault))?;
    setting::Entity::delete_by_id(MARK).exec(&**tx).await?;
    let row = setting::ActiveModel { key: Set(MARK.to_owned()), value: Set(value) };
    setting::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The person tied to this user in the catalogue that came back, if any.
async fn acting(tx: &WriteTx, os_user: &str) -> Result<By, UpkeepError> {
    let known = person::Entity::find().filter(person::Column::OsUser.eq(os_user));
    let known = known.filter(person::Column::Active.eq(true)).one(&**tx).await?;
    let Some(actor) = known.map(roles_of).transpose()? else { return Ok(By::Service) };
    let role = actor.first_of(&[Role::Operator]).or_else(|| actor.roles.first().copied());
    Ok(role.map_or(By::Service, |role| By::person(&actor, role)))
}

fn at_its_place(error: UpkeepError, url: &CatalogueUrl) -> UpkeepError {
    match error {
        UpkeepError::Catalogue(error) if error.fault == Fault::Busy => {
            UpkeepError::InUse { place: url.to_string() }
        }
        UpkeepError::Catalogue(error) => error.at(url).into(),
        other => other,
    }
}
