//! One scan of a store at a time, on one machine: a lock on a file that the
//! system gives back when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Why a store's lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another scan of store `{0}` is under way. Wait for it, or stop it")]
    Held(String),
    /// The lock file cannot be made.
    #[error("cannot write {}: {fault}. The state directory must be writable", .file.display())]
    Unwritable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        fault: std::io::Error,
    },
}

/// Held for the length of a scan.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock of this store.
    ///
    /// # Errors
    ///
    /// Where another scan holds it, or the state directory cannot be written.
    pub fn take(state_directory: &Path, store: &str) -> Result<Self, LockError> {
        let path = state_directory.join(format!("scan-{store}.lock"));
        let unwritable = |fault| LockError::Unwritable { file: path.clone(), fault };
        let file = File::create(&path).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(store.to_owned())),
            Err(TryLockError::Error(fault)) => Err(unwritable(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_locked_until_its_scan_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = StoreLock::take(folder.path(), "share").expect("the lock");
        let said = StoreLock::take(folder.path(), "share").expect_err("held").to_string();
        assert_eq!(said, "another scan of store `share` is under way. Wait for it, or stop it");
        StoreLock::take(folder.path(), "other").expect("another store's lock");
        drop(first);
        StoreLock::take(folder.path(), "share").expect("free again");
    }
}
