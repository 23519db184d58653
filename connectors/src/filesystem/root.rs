//! The root of a store: opened, never made, and told apart from others.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;

use super::Settings;
use super::locator;
use super::stat::{Fresh, Stat};
use crate::contract::{StoreError, StoreErrorKind, StoreIdentity};
use crate::sighting::Seen;

/// A sentinel says which store this is; it need not say more.
const SENTINEL_LIMIT: usize = 64 * 1024;

/// How often an opening is tried again while someone renames folders above.
const TRIES: usize = 8;

/// An open root.
#[derive(Debug)]
pub(super) struct Root {
    folder: OwnedFd,
    /// The mount everything has to be on.
    pub(super) mount: u64,
}

impl Root {
    /// Opens the root. One that is not there is unavailable, never made.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |error: Errno| root_failed(path, error);
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let stat = rustix::fs::statx(CWD, path, flags, StatxFlags::TYPE).map_err(failed)?;
        match FileType::from_raw_mode(stat.stx_mode.into()) {
            FileType::Directory => {}
            FileType::Symlink => {
                return Err(misconfigured(path, "is a link", "Set `root` to the folder itself"));
            }
            _ => return Err(misconfigured(path, "is not a folder", "Set `root` to a folder")),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
        let mount = Stat::of_folder(folder.as_fd(), Fresh::Asked).map_err(failed)?.mount;
        Ok(Self { folder, mount })
    }

    /// Opens a folder by its path below the root, on this mount, through no link.
    pub(super) fn folder(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path: &[u8] = if path.is_empty() { b"." } else { path };
        // Reading a folder should not mark it as read; only its owner may ask so.
        match self.beneath(path, flags | OFlags::NOATIME) {
            Err(Errno::PERM) => self.beneath(path, flags),
            opened => opened,
        }
    }

    /// Opens a file by its path below the root, on this mount, through no link.
    pub(super) fn file(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        // Not to wait for whoever might write into a pipe.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match self.beneath(path, flags | OFlags::NOATIME) {
            Err(Errno::PERM) => self.beneath(path, flags),
            opened => opened,
        }
    }

    fn beneath(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::BENEATH
            | ResolveFlags::NO_SYMLINKS
            | ResolveFlags::NO_MAGICLINKS
            | ResolveFlags::NO_XDEV;
        let open = || rustix::fs::openat2(&self.folder, path, flags, Mode::empty(), resolve);
        let mut opened = open();
        for _ in 1..TRIES {
            match opened {
                Err(Errno::AGAIN | Errno::INTR) => opened = open(),
                _ => break,
            }
        }
        opened
    }

    /// Which store this is: its sentinel's content where it has one, else the
    /// file system and the root folder on it.
    pub(super) fn identity(&self, settings: &Settings) -> Result<StoreIdentity, StoreError> {
        match &settings.sentinel {
            Some(sentinel) => self.sentinel(&settings.root, sentinel),
            None => self.file_system().map_err(|error| root_failed(&settings.root, error)),
        }
    }

    fn file_system(&self) -> Result<StoreIdentity, Errno> {
        let stat = Stat::of_folder(self.as_fd(), Fresh::Asked)?;
        let system = rustix::fs::fstatvfs(&self.folder)?.f_fsid;
        let born = match stat.born {
            Seen::At(second) => second.to_string(),
            _ => "-".to_owned(),
        };
        Ok(StoreIdentity(format!("filesystem:{system:x}:{:x}:{born}", stat.inode)))
    }

    fn sentinel(&self, root: &Path, sentinel: &str) -> Result<StoreIdentity, StoreError> {
        let failed = |error: Errno| sentinel_failed(root, sentinel, error);
        let path = locator::path(sentinel).unwrap_or_default();
        let file = self.file(&path).map_err(failed)?;
        let mut content = vec![0; SENTINEL_LIMIT + 1];
        let mut length = 0;
        while length < content.len() {
            match rustix::io::read(&file, &mut content[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        match length {
            0 => Err(unfit_sentinel(root, sentinel, "is empty")),
            1..=SENTINEL_LIMIT => {
                Ok(StoreIdentity(format!("sentinel:{}", blake3::hash(&content[..length]).to_hex())))
            }
            _ => Err(unfit_sentinel(root, sentinel, "is larger than 64 KiB")),
        }
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

fn misconfigured(path: &Path, what: &str, remedy: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("the root {} {what}", path.display()),
        remedy,
    )
}

fn root_failed(path: &Path, error: Errno) -> StoreError {
    let root = path.display();
    match error {
        Errno::ACCESS | Errno::PERM => StoreError::new(
            StoreErrorKind::AccessDenied,
            format!("the root {root} may not be read by this user"),
            "Let the user that runs retaind list the folder and enter it",
        ),
        Errno::NOENT | Errno::NOTDIR => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("the root {root} is not there"),
            "Is the share mounted? Mount it, or correct `root`",
        ),
        other => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("the root {root} cannot be read: {other}"),
            "Is the share mounted and its server up?",
        ),
    }
}

fn sentinel_failed(root: &Path, sentinel: &str, error: Errno) -> StoreError {
    let place = format!("the sentinel {sentinel} below {}", root.display());
    match error {
        Errno::NOENT | Errno::NOTDIR => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{place} is not there"),
            "Is the share mounted? If this is the right place, put the sentinel back",
        ),
        Errno::LOOP | Errno::XDEV | Errno::ISDIR | Errno::NXIO => {
            unfit_sentinel(root, sentinel, "is not a file of the store itself")
        }
        Errno::ACCESS | Errno::PERM => StoreError::new(
            StoreErrorKind::AccessDenied,
            format!("{place} may not be read by this user"),
            "Let the user that runs retaind read it",
        ),
        other => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{place} cannot be read: {other}"),
            "Is the share mounted and its server up?",
        ),
    }
}

fn unfit_sentinel(root: &Path, sentinel: &str, what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("the sentinel {sentinel} below {} {what}", root.display()),
        "Make it a small file with a line that names this store and no other",
    )
}
