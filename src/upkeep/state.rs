//! What lies in the state directory and belongs into a backup: every key, and
//! the certificates that were issued with their sealed manifests. Locks, caches and the catalogue do not.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// The folder of issued certificates, below the state directory.
pub(super) use crate::proof::CERTIFICATES;
use crate::proof::MANIFESTS;

/// The paths of what is kept, below the state directory and in order.
pub(super) fn files(state: &Path) -> io::Result<Vec<String>> {
    let mut files = in_folder(state, "", "key")?;
    files.extend(in_folder(state, CERTIFICATES, "json")?);
    files.extend(in_folder(state, MANIFESTS, "sealed")?);
    Ok(files)
}

fn in_folder(state: &Path, folder: &str, ending: &str) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(state.join(folder)) {
        Ok(entries) => entries,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_kept = path.extension().is_some_and(|found| found == ending);
        if is_kept && entry.file_type()?.is_file() {
            files.extend(entry.file_name().to_str().map(|name| match folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            }));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Where such a path lies; none for one that would leave the state directory.
pub(super) fn place(state: &Path, path: &str) -> Option<PathBuf> {
    let is_below = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    is_below.then(|| state.join(path))
}

/// Whether it is a key, which may not be another.
pub(super) fn is_key(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "key")
}
