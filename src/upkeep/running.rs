//! Whether the daemon runs on a state directory: it keeps a lock there for as
//! long as it lives, which nobody has to take away after it.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::UpkeepError;

/// The lock's name in the state directory.
pub const FILE: &str = "daemon.lock";

/// Held for as long as the daemon runs, or for as long as it may not start.
#[derive(Debug)]
#[must_use = "it holds for as long as it is kept"]
pub struct Held {
    _file: Option<File>,
}

/// The daemon runs from here on. Several may.
///
/// # Errors
///
/// Where what needs it stopped is under way, or the lock cannot be made.
pub fn begin(state: &Path) -> Result<Held, UpkeepError> {
    lock(state, File::try_lock_shared, UpkeepError::Replacing)
}

/// No daemon runs here, and none starts for as long as this is kept.
///
/// # Errors
///
/// Where one runs, or the lock cannot be made.
pub fn stopped(state: &Path) -> Result<Held, UpkeepError> {
    lock(state, File::try_lock, UpkeepError::DaemonRuns)
}

fn lock(
    state: &Path,
    how: fn(&File) -> Result<(), TryLockError>,
    taken: fn(PathBuf) -> UpkeepError,
) -> Result<Held, UpkeepError> {
    if !state.exists() {
        // Nothing was ever started there.
        return Ok(Held { _file: None });
    }
    let path = state.join(FILE);
    let failed = |what| UpkeepError::file(&path, what);
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(failed("cannot be made"))?;
    match how(&file) {
        Ok(()) => Ok(Held { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(taken(state.to_owned())),
        Err(TryLockError::Error(fault)) => Err(failed("cannot be locked")(fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_the_daemon_stopped_and_the_daemon_keep_each_other_out() {
        let folder = tempfile::tempdir().unwrap();
        let (state, said) = (folder.path(), folder.path().display());
        let one = begin(state).unwrap();
        let other = begin(state).unwrap();
        assert_eq!(
            stopped(state).unwrap_err().to_string(),
            format!(
                "the daemon runs on {said}: stop it first, with `systemctl stop retaind`, and run \
                 this again. Nothing was touched"
            )
        );
        drop((one, other));
        let alone = stopped(state).unwrap();
        assert_eq!(
            begin(state).unwrap_err().to_string(),
            format!(
                "the catalogue of {said} is being restored or moved: start the daemon when that \
                 has ended"
            )
        );
        drop(alone);
        drop(begin(state).unwrap());
    }
}
