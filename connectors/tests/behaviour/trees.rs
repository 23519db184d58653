//! Trees of files: made, and told to the last byte.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use tempfile::TempDir;

/// A folder with these files, each holding its own path.
pub(crate) fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.as_bytes()).unwrap();
    }
    folder
}

/// Every file, link and folder below a root but what is out of reach: where it
/// is, what it is, whose, since when, and what is in it. A folder's own time is
/// left out, since it tells only that a name in it came or went.
pub(crate) fn inventory(root: &Path) -> Vec<String> {
    let mut all = Vec::new();
    below(root, root, &mut all);
    all.retain(|one| !one.starts_with(".retaind-quarantine"));
    all
}

/// Every file, link and folder that is out of reach.
pub(crate) fn quarantined(root: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let folder = root.join(".retaind-quarantine");
    if folder.is_dir() {
        below(&folder, &folder, &mut all);
    }
    all
}

fn below(root: &Path, folder: &Path, all: &mut Vec<String>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let stat = fs::symlink_metadata(&path).unwrap();
        let place = path.strip_prefix(root).unwrap().as_os_str().as_bytes();
        let place = place.escape_ascii();
        let whose = format!("{place} {:o} {}:{}", stat.mode(), stat.uid(), stat.gid());
        if stat.is_dir() {
            all.push(whose);
            below(root, &path, all);
        } else if stat.is_file() {
            let content = fs::read(&path).unwrap();
            let since = (stat.mtime(), stat.mtime_nsec());
            all.push(format!("{whose} {since:?} {}", content.escape_ascii()));
        } else {
            all.push(format!("{whose} {:?}", fs::read_link(&path).ok()));
        }
    }
}
