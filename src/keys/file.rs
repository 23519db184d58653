//! The file of a key: 64 hexadecimal digits and a line feed, its owner's alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::KeyError;
use crate::audit::digest::hex;

/// Bytes in a key.
pub(super) const LENGTH: usize = 32;

/// The key in this file; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<[u8; LENGTH]>, KeyError> {
    let failed = |error| KeyError::Io(path.to_owned(), error);
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    let text = fs::read(path).map_err(failed)?;
    unhex(text.trim_ascii()).ok_or_else(|| KeyError::NotAKey(path.to_owned())).map(Some)
}

/// The bytes these hexadecimal digits stand for, if they are exactly as many.
pub(super) fn unhex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let all_digits = text.iter().all(u8::is_ascii_hexdigit);
    let text = str::from_utf8(text).ok().filter(|text| text.len() == N * 2 && all_digits)?;
    let mut bytes = [0; N];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A new key in this file.
pub(super) fn make(path: &Path) -> Result<[u8; LENGTH], KeyError> {
    let made = || {
        let mut key = [0; LENGTH];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        write(path, format!("{}\n", hex(&key)).as_bytes(), 0o600)?;
        Ok(key)
    };
    made().map_err(|error| KeyError::Io(path.to_owned(), error))
}

/// Written beside and renamed, so that no half of a file is ever at its place. Who
/// writes it at the same time waits, and writes it after.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(mode);
    loop {
        let mut file = options.open(&beside)?;
        file.lock()?;
        // Another may have put it at its place between the opening and the lock.
        let mine = file.metadata()?.ino();
        if !fs::metadata(&beside).is_ok_and(|there| there.ino() == mine) {
            continue;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.set_len(0)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        return sync_folder_of(path);
    }
}

/// Makes sure that the folder remembers what its files are called now.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
