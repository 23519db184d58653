//! What stands at some places now, asked of the store itself and not of what
//! the system remembers.

use std::os::fd::AsFd as _;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Settings;
use super::listing::{self, split};
use super::pattern::Mapping;
use super::plan::Plan;
use super::root::Root;
use super::scan;
use super::stat::{Fresh, Stat, problem};
use super::target::Target;
use super::unit::{FirstProblem, UnitWalk};
use crate::contract::{Found, Look, ProblemKind, StoreError};

/// Looks at locators under the plan's only mapping.
pub(super) fn look_all(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    locators: &[String],
) -> Result<Vec<Look>, StoreError> {
    let before = root.identity(settings)?;
    scan::locations(settings, plan, root)?;
    let mut looks = Vec::with_capacity(locators.len());
    for locator in locators {
        let target = Target::of(plan, locator)?;
        let mapping = plan.mappings.first();
        looks.push(mapping.map_or(Look::Unmapped, |mapping| look(root, mapping, target, locator)));
    }
    // Absence is only proved by the store that was asked about.
    scan::still_there(settings, plan, &before)?;
    Ok(looks)
}

fn look(root: &Root, mapping: &Mapping, target: Target, locator: &str) -> Look {
    match target {
        Target::PassedOver => Look::Unmapped,
        Target::File(path) => file(root, mapping, &path, locator),
        Target::Unit(path) => unit(root, mapping, &path, locator),
    }
}

fn file(root: &Root, mapping: &Mapping, path: &[u8], locator: &str) -> Look {
    let stat = match stat(root, path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Look::Absent,
        Err(error) => return Look::Unknown(problem(error)),
    };
    if let Err(kind) = is_file(root, &stat) {
        return Look::Unknown(kind);
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
        keys_differ: false,
    })
}

fn stat(root: &Root, path: &[u8]) -> Result<Stat, Errno> {
    let (folder, name) = split(path);
    let folder = root.folder(folder)?;
    let name = std::ffi::CString::new(name).map_err(|_| Errno::INVAL)?;
    Stat::of(folder.as_fd(), &name, Fresh::Asked)
}

/// Whether it is an ordinary file of the store itself, or why not.
pub(super) fn is_file(root: &Root, stat: &Stat) -> Result<(), ProblemKind> {
    match stat.file_type() {
        FileType::RegularFile if stat.mount == root.mount => Ok(()),
        FileType::RegularFile => Err(ProblemKind::OtherFileSystem),
        FileType::Symlink => Err(ProblemKind::Link),
        _ => Err(ProblemKind::SpecialFile),
    }
}

fn unit(root: &Root, mapping: &Mapping, path: &[u8], locator: &str) -> Look {
    match root.folder(path) {
        Ok(_) => {}
        Err(Errno::NOENT) => return Look::Absent,
        Err(error) => return Look::Unknown(problem(error)),
    }
    let mut readers = mapping.readers.clone();
    let mut buffer = listing::buffer();
    let mut first = FirstProblem::default();
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
        keys_differ: false,
    })
}
