//! The names in one folder, and what each of them is.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use rustix::ffi::CStr;
use rustix::fs::{FileType, RawDir};
use rustix::io::Errno;

use super::root::Root;
use super::stat::{Fresh, Stat, problem};
use crate::contract::ProblemKind;

/// A folder by its place: the folder above, shared with its siblings, and its
/// name. A path is only put together when it is read.
#[derive(Debug, Clone)]
pub(super) struct Place {
    above: Arc<[u8]>,
    name: Box<[u8]>,
}

impl Place {
    pub(super) fn new(above: &Arc<[u8]>, name: &[u8]) -> Self {
        Self { above: Arc::clone(above), name: name.into() }
    }

    /// The folder at this path.
    pub(super) fn at(path: &[u8]) -> Self {
        Self { above: Arc::new([]), name: path.into() }
    }

    /// Puts the path below the root into `path`.
    pub(super) fn write(&self, path: &mut Vec<u8>) {
        path.clear();
        path.extend_from_slice(&self.above);
        append_name(path, &self.name);
    }
}

/// Appends a name to a path.
pub(super) fn append_name(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

/// The folder a path leads to, empty for the root, and the name in it.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&path[..0], path),
    }
}

/// What a name in a folder turned out to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Met {
    /// An ordinary file.
    File(Stat),
    /// A folder, not opened yet.
    Folder,
    /// Something that cannot be taken into account.
    Problem(ProblemKind),
}

/// A buffer for names, used again for each folder.
pub(super) fn buffer() -> Vec<u8> {
    Vec::with_capacity(64 * 1024)
}

/// Meets each name in an open folder, in no order. What vanishes meanwhile is
/// passed over.
pub(super) fn each(
    root: &Root,
    folder: &OwnedFd,
    buffer: &mut Vec<u8>,
    fresh: Fresh,
    mut meet: impl FnMut(&CStr, Met) -> ControlFlow<()>,
) -> Result<(), Errno> {
    let mut names = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(entry) = names.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(Errno::NOENT) => return Ok(()),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Some(met) = met(root, folder, name, entry.file_type(), fresh) else { continue };
        if meet(name, met).is_break() {
            break;
        }
    }
    Ok(())
}

fn met(
    root: &Root,
    folder: &OwnedFd,
    name: &CStr,
    listed_as: FileType,
    fresh: Fresh,
) -> Option<Met> {
    if !matches!(listed_as, FileType::RegularFile | FileType::Unknown) {
        return Some(by_type(listed_as));
    }
    match Stat::of(folder.as_fd(), name, fresh) {
        // What was listed as a file may be something else by now.
        Ok(stat) => match stat.file_type() {
            FileType::RegularFile if stat.mount == root.mount => Some(Met::File(stat)),
            FileType::RegularFile => Some(Met::Problem(ProblemKind::OtherFileSystem)),
            other => Some(by_type(other)),
        },
        Err(Errno::NOENT) => None,
        Err(error) => Some(Met::Problem(problem(error))),
    }
}

fn by_type(file_type: FileType) -> Met {
    match file_type {
        FileType::Directory => Met::Folder,
        FileType::Symlink => Met::Problem(ProblemKind::Link),
        _ => Met::Problem(ProblemKind::SpecialFile),
    }
}
