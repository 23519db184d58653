//! A unit whose destruction was begun, as a process leaves it that ends then.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Writes down what the unit out of reach consists of, and renames it for going;
/// where it stands then.
pub(crate) fn begin(unit: &Path) -> PathBuf {
    let mut marks = Vec::new();
    members(unit, unit, &mut marks);
    let named = |end: &str| PathBuf::from(format!("{}.{end}", unit.display()));
    fs::write(named("seen"), marks).unwrap();
    fs::rename(unit, named("going")).unwrap();
    named("going")
}

fn members(unit: &Path, folder: &Path, marks: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = fs::symlink_metadata(&path).unwrap();
        if found.is_dir() {
            members(unit, &path, marks);
            continue;
        }
        let nanoseconds =
            |seconds: i64, rest: i64| (seconds * 1_000_000_000 + rest).cast_unsigned();
        let modified = nanoseconds(found.mtime(), found.mtime_nsec());
        let changed = nanoseconds(found.ctime(), found.ctime_nsec());
        let mut hasher = blake3::Hasher::new();
        for number in [found.size(), found.ino(), modified, changed] {
            hasher.update(&number.to_le_bytes());
        }
        let unit = unit.as_os_str().as_bytes();
        hasher.update(&path.as_os_str().as_bytes()[unit.len()..]);
        marks.extend_from_slice(&hasher.finalize().as_bytes()[..24]);
    }
}
