//! Backups: whether there is one, how old the last is, and whether they would be
//! lost with what they save.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use async_trait::async_trait;
use jiff::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{Check, Patient, Said, ago, warning, well};
use crate::audit::Action;
use crate::catalogue::entity::{audit_entry, job};
use crate::catalogue::values::Micros;
use crate::config::Config;
use crate::upkeep::UpkeepError;
use crate::upkeep::backup::made;

pub(super) struct Backups;

/// Backups are made every night.
const OLD: i64 = 48;

#[async_trait]
impl Check for Backups {
    fn area(&self) -> &'static str {
        "backups"
    }

    /// By the audit chain, wherever they were written to.
    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let last = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq(Action::CatalogueBackedUp.to_string()))
            .order_by_desc(audit_entry::Column::Seq)
            .one(patient.catalogue.read())
            .await?;
        let config = patient.config;
        let folder = &config.backups;
        let here = if fs::exists(folder).unwrap_or(false) { made(folder)?.len() } else { 0 };
        let last = last.map(|entry| entry.at.timestamp());
        let mut said = match first_to_come(patient).await?.filter(|_| last.is_none()) {
            Some(at) => vec![well(format!("none yet; the first is made at {at}"))],
            None => vec![verdict(last, here, folder, patient.now)],
        };
        if is_beside(folder, &saved(config)).map_err(UpkeepError::file(folder, "is not known"))? {
            said.push(beside(folder, &config.path));
        }
        Ok(said)
    }
}

/// When the first backup will be made by itself, where none was due yet.
async fn first_to_come(patient: &Patient<'_>) -> Result<Option<Timestamp>, UpkeepError> {
    let job = job::Entity::find_by_id("backup").one(patient.catalogue.read()).await?;
    let never_ran = job.filter(|job| job.last_finished_at.is_none());
    let at = never_ran.and_then(|job| job.next_due_at).map(Micros::timestamp);
    Ok(at.filter(|at| *at > patient.now))
}

fn verdict(last: Option<Timestamp>, here: usize, folder: &Path, now: Timestamp) -> Said {
    let remedy = "Run `retaind backup`, and see why no job did: `retaind jobs list`";
    let Some(last) = last else { return warning("none was ever made", remedy) };
    let what = format!("the last was made {}; {here} lie in {}", ago(last, now), folder.display());
    if now.duration_since(last).as_hours() > OLD { warning(what, remedy) } else { well(what) }
}

/// What a backup saves: the state directory, and a catalogue that is a file.
fn saved(config: &Config) -> Vec<PathBuf> {
    let file = config.catalogue.url.strip_prefix("sqlite://").map(PathBuf::from);
    std::iter::once(config.state_directory.clone()).chain(file).collect()
}

/// Whether a folder, or where it will be made, is on one file system with any of
/// these.
fn is_beside(folder: &Path, saved: &[PathBuf]) -> io::Result<bool> {
    let disk = disk_of(folder)?;
    for one in saved {
        if disk_of(one)? == disk {
            return Ok(true);
        }
    }
    Ok(false)
}

fn disk_of(path: &Path) -> io::Result<u64> {
    let there = std::path::absolute(path)?;
    let there = there.ancestors().find(|path| path.exists());
    Ok(fs::metadata(there.unwrap_or(Path::new("/")))?.dev())
}

fn beside(folder: &Path, configuration: &Path) -> Said {
    let what = format!(
        "{} is on the same file system as the catalogue or its keys: what takes the one takes the \
         other",
        folder.display()
    );
    let remedy = format!(
        "Name a folder on another disk or machine with `backups` in {}, and open it to the service \
         with ReadWritePaths",
        configuration.display()
    );
    warning(what, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_beside_what_it_saves_is_told_from_one_on_another_file_system() {
        let state = tempfile::tempdir().unwrap();
        let saved = [state.path().to_owned(), state.path().join("catalogue.db")];
        assert!(is_beside(&state.path().join("backups/not/yet"), &saved).unwrap());
        // The kernel's own file system is always another.
        assert!(!is_beside(Path::new("/proc/self"), &saved).unwrap());
    }
}
