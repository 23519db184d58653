//! The checksum of an item's content, which is read to the end.
//!
//! A file's is that of its bytes. A unit's is that of the list that `sha256sum`
//! would print of its files, by their places in it, in the order of their bytes:
//! so it can be worked out wherever a copy lies.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fmt::Write as _;
use std::os::fd::AsFd as _;

use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::Settings;
use super::listing::split;
use super::look::is_file;
use super::plan::Plan;
use super::quarantine::{WholeFollower, whole};
use super::root::Root;
use super::scan;
use super::stat::{Fresh, Stat, problem};
use super::target::{Target, foreign};
use super::unit::Follower;
use crate::contract::{ProblemKind, StoreError, StoreErrorKind};
use crate::sighting::Fingerprint;

/// Works out the checksum of one item of the plan's only mapping.
pub(super) fn checksum(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    locator: &str,
) -> Result<String, StoreError> {
    scan::locations(settings, plan, root)?;
    let read = match Target::of(plan, locator)? {
        Target::PassedOver => return Err(foreign(locator)),
        Target::File(path) => file(root, &path),
        Target::Unit(path) => unit(root, &path),
    };
    read.map_err(|kind| unread(locator, kind))
}

fn file(root: &Root, path: &[u8]) -> Result<String, ProblemKind> {
    let (folder, name) = split(path);
    let folder = root.folder(folder).map_err(problem)?;
    let name = CString::new(name).map_err(|_| ProblemKind::ReadFailed)?;
    let stat = || Stat::of(folder.as_fd(), &name, Fresh::Asked).map_err(problem);
    let before = stat()?;
    is_file(root, &before)?;
    let digest = content(root, path).map_err(problem)?;
    if stat()?.fingerprint() != before.fingerprint() {
        return Err(ProblemKind::InUse);
    }
    Ok(digest)
}

fn content(root: &Root, path: &[u8]) -> Result<String, Errno> {
    let file = root.file(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match rustix::io::read(&file, &mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn unit(root: &Root, path: &[u8]) -> Result<String, ProblemKind> {
    let mut members = Members::default();
    let before = whole(root, path, &mut members)?;
    let mut hasher = Sha256::new();
    for place in &members.places {
        let digest = file(root, &[path, place].concat())?;
        hasher.update(format!("{digest}  ./"));
        hasher.update(&place[1..]);
        hasher.update("\n");
    }
    if whole(root, path, &mut Members::default())? != before {
        return Err(ProblemKind::InUse);
    }
    Ok(hex(&hasher.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The places of a unit's members, each with a slash in front, in order.
#[derive(Debug, Default)]
struct Members {
    places: BTreeSet<Vec<u8>>,
    first: Option<ProblemKind>,
}

impl Follower for Members {
    fn problem(&mut self, _path: &[u8], kind: ProblemKind) {
        self.first.get_or_insert(kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.first.is_some()
    }

    fn member(&mut self, place: &[u8], _fingerprint: Fingerprint) {
        self.places.insert(place.to_vec());
    }
}

impl WholeFollower for Members {
    fn first(&self) -> Option<ProblemKind> {
        self.first
    }
}

fn unread(locator: &str, kind: ProblemKind) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("`{locator}` could not be read to its end: {}", kind.name()),
        "See that it is there, may be read by this user and that nobody works on it",
    )
}
