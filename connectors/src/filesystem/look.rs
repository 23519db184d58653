//! What stands at one place now, asked of the store itself and not of what the
//! system remembers.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Settings;
use super::listing;
use super::locator;
use super::pattern::{Level, Mapping, depth};
use super::plan::Plan;
use super::root::Root;
use super::scan;
use super::stat::{Fresh, Stat, problem};
use super::unit::{Follower, UnitWalk};
use crate::contract::{Found, Look, ProblemKind, StoreError, StoreErrorKind};

/// Looks at one locator under the plan's only mapping.
pub(super) fn look(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    locator: &str,
) -> Result<Look, StoreError> {
    let before = root.identity(settings)?;
    scan::locations(settings, plan, root)?;
    let Some(mapping) = plan.mappings.first() else { return Err(foreign(locator)) };
    if is_passed_over(mapping, locator) {
        return Ok(Look::Unmapped);
    }
    let looked = match target(mapping, locator).ok_or_else(|| foreign(locator))? {
        Target::File(path) if plan.sentinel.as_ref() == Some(&path) => {
            return Err(foreign(locator));
        }
        Target::File(path) => file(root, mapping, &path, locator),
        Target::Unit(path) => unit(root, mapping, &path, locator),
    };
    // Absence is only proved by the store that was asked about.
    let after = Root::open(&settings.root)?;
    if after.identity(settings)? != before {
        return Err(scan::other_store(settings));
    }
    scan::locations(settings, plan, &after)?;
    Ok(looked)
}

/// Whether it lies where the mapping does, and the pattern leaves it out.
fn is_passed_over(mapping: &Mapping, locator: &str) -> bool {
    let path = locator::path(locator.strip_suffix('/').unwrap_or(locator));
    path.is_some_and(|path| {
        locator::is_plain(&path) && mapping.covers(&path) && !mapping.matches(&path)
    })
}

enum Target {
    File(Vec<u8>),
    Unit(Vec<u8>),
}

/// What a locator names, if it is something this mapping takes.
fn target(mapping: &Mapping, locator: &str) -> Option<Target> {
    let path = locator::path(locator.strip_suffix('/').unwrap_or(locator))?;
    if !locator::is_plain(&path) || !mapping.covers(&path) || !mapping.matches(&path) {
        return None;
    }
    match mapping.level {
        Level::Folder(level) if locator.ends_with('/') => {
            (depth(&path) == level).then_some(Target::Unit(path))
        }
        _ if locator.ends_with('/') => None,
        Level::Folder(level) => (depth(&path) <= level).then_some(Target::File(path)),
        Level::Item => Some(Target::File(path)),
    }
}

fn foreign(locator: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("`{locator}` is no item of this mapping"),
        "Scan again; the mapping may have changed",
    )
}

fn file(root: &Root, mapping: &Mapping, path: &[u8], locator: &str) -> Look {
    let stat = match stat(root, path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Look::Absent,
        Err(error) => return Look::Unknown(problem(error)),
    };
    match stat.file_type() {
        FileType::RegularFile if stat.mount == root.mount => {}
        FileType::RegularFile => return Look::Unknown(ProblemKind::OtherFileSystem),
        FileType::Symlink => return Look::Unknown(ProblemKind::Link),
        _ => return Look::Unknown(ProblemKind::SpecialFile),
    }
    let mut readers = mapping.readers.clone();
    let mut dates = Vec::new();
    readers.dates(&stat, locator, &mut dates);
    Look::Present(Found {
        locator: locator.to_owned(),
        reference: readers.reference(locator).map(str::to_owned),
        subject: readers.subject(locator).map(str::to_owned),
        members: 1,
        fingerprint: stat.fingerprint(),
        dates,
        members_differ: false,
    })
}

fn stat(root: &Root, path: &[u8]) -> Result<Stat, Errno> {
    let (folder, name) = match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&path[..0], path),
    };
    let folder: OwnedFd = root.folder(folder)?;
    let name = std::ffi::CString::new(name).map_err(|_| Errno::INVAL)?;
    Stat::of(folder.as_fd(), &name, Fresh::Asked)
}

fn unit(root: &Root, mapping: &Mapping, path: &[u8], locator: &str) -> Look {
    match root.folder(path) {
        Ok(_) => {}
        Err(Errno::NOENT) => return Look::Absent,
        Err(error) => return Look::Unknown(problem(error)),
    }
    let mut readers = mapping.readers.clone();
    let mut buffer = listing::buffer();
    let mut first = FirstProblem(None);
    let walked = UnitWalk { root, readers: &mut readers, buffer: &mut buffer, fresh: Fresh::Asked }
        .walk(path, &mut first);
    let Some(folded) = walked.whole else {
        return Look::Unknown(first.0.unwrap_or(ProblemKind::ReadFailed));
    };
    Look::Present(Found {
        locator: locator.to_owned(),
        reference: readers.reference(locator).map(str::to_owned),
        subject: readers.subject(locator).map(str::to_owned),
        members: folded.members,
        fingerprint: folded.fingerprint,
        dates: folded.dates,
        members_differ: folded.members_differ,
    })
}

struct FirstProblem(Option<ProblemKind>);

impl Follower for FirstProblem {
    fn problem(&mut self, _path: &[u8], kind: ProblemKind) {
        self.0.get_or_insert(kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.0.is_some()
    }
}
