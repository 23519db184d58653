//! The files of a backup: a whole one at its place or none, for its owner alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::UpkeepError;
use crate::keys::file::sync_folder_of;

/// A file that is being written beside the place it is for. Dropped, it goes.
#[derive(Debug)]
pub(super) struct Partial {
    at: PathBuf,
    place: PathBuf,
    _lock: File,
    kept: bool,
}

impl Partial {
    /// Makes the file. One that a dead process left is taken over; one that a
    /// living process writes is not.
    pub(super) fn make(place: &Path, beside: &str) -> Result<(Self, File), UpkeepError> {
        if place.exists() {
            return Err(UpkeepError::AlreadyThere(place.to_owned()));
        }
        let at = place.with_file_name(beside);
        let failed = |what| UpkeepError::file(&at, what);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&at).map_err(failed("cannot be made"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(UpkeepError::UnderWay(place.to_owned())),
            Err(TryLockError::Error(fault)) => return Err(failed("cannot be locked")(fault)),
        }
        // Another may have put it at its place between the opening and the lock.
        let [here, there] =
            [file.metadata(), fs::metadata(&at)].map(|found| found.map(|f| f.ino()));
        if here.ok() != there.ok() {
            return Err(UpkeepError::UnderWay(place.to_owned()));
        }
        let only_mine = fs::Permissions::from_mode(0o600);
        file.set_permissions(only_mine).map_err(failed("cannot be made ours alone"))?;
        file.set_len(0).map_err(failed("cannot be emptied"))?;
        let _lock = file.try_clone().map_err(failed("cannot be locked"))?;
        Ok((Self { at, place: place.to_owned(), _lock, kept: false }, file))
    }

    /// Where it is until it is kept.
    pub(super) fn at(&self) -> &Path {
        &self.at
    }

    /// Puts it at its place, to stay there when the power fails.
    pub(super) fn keep(mut self) -> Result<(), UpkeepError> {
        let failed = |what| UpkeepError::file(&self.place, what);
        fs::rename(&self.at, &self.place).map_err(failed("cannot be put at its place"))?;
        self.kept = true;
        let failed = UpkeepError::file(&self.place, "its folder cannot be written");
        sync_folder_of(&self.place).map_err(failed)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Where it cannot be removed, the next backup takes it over.
            drop(remove(&self.at));
        }
    }
}

/// Removes a file that this program itself wrote in the course of its upkeep.
#[expect(clippy::disallowed_methods, reason = "a backup of our own, and never a thing in a store")]
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}
