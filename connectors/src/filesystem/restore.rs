//! Putting items back where they were: renamed from the quarantine folder, and
//! never over anything that stands there meanwhile.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Settings;
use super::listing::split;
use super::locator;
use super::plan::Plan;
use super::quarantine::{Quarantine, about_one, rename, sync, whole, writable};
use super::root::Root;
use super::stat::{Fresh, Stat, problem};
use super::target::foreign;
use super::unit::FirstProblem;
use crate::contract::{ActOutcome, Kept, StoreError};

/// Puts items of the plan's only mapping back.
pub(super) fn restore(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    kept: &[Kept],
) -> Result<Vec<ActOutcome>, StoreError> {
    let before = root.identity(settings)?;
    writable(settings, root)?;
    let paths: Vec<Vec<u8>> = kept.iter().map(|one| place(plan, one)).collect::<Result<_, _>>()?;
    let quarantine = Quarantine::open(settings, root)?;
    let mut outcomes = Vec::with_capacity(kept.len());
    let mut touched = BTreeSet::new();
    for (kept, path) in kept.iter().zip(&paths) {
        let outcome = one(settings, &quarantine, kept, path)?;
        if matches!(outcome, ActOutcome::Done(_)) {
            touched.insert(split(path).0);
        }
        outcomes.push(outcome);
    }
    for folder in touched {
        // One that is gone again has nothing to be written down.
        if let Ok(folder) = root.folder(folder) {
            sync(settings, folder.as_fd())?;
        }
    }
    sync(settings, quarantine.as_fd())?;
    if Root::open(&settings.root)?.identity(settings)? != before {
        return Err(super::scan::other_store(settings));
    }
    Ok(outcomes)
}

/// Where an item was. A pattern that would not take it any more keeps nobody
/// from getting it back.
fn place(plan: &Plan, kept: &Kept) -> Result<Vec<u8>, StoreError> {
    let text = kept.locator.strip_suffix('/').unwrap_or(&kept.locator);
    let below = |path: &Vec<u8>| {
        locator::is_plain(path)
            && !plan.is_quarantine(path)
            && plan.mappings.iter().any(|mapping| mapping.covers(path))
    };
    locator::path(text).filter(below).ok_or_else(|| foreign(&kept.locator))
}

fn one(
    settings: &Settings,
    quarantine: &Quarantine<'_>,
    kept: &Kept,
    path: &[u8],
) -> Result<ActOutcome, StoreError> {
    let standing = match quarantine.standing(kept.line) {
        Ok(Some(standing)) => standing,
        Ok(None) => return Ok(ActOutcome::Absent),
        Err(error) => return Ok(ActOutcome::Failed(problem(error))),
    };
    let is_folder = standing.stat.file_type() == FileType::Directory;
    match quarantine.whole(&standing) {
        Ok(whole) if whole.fingerprint != kept.fingerprint => return Ok(ActOutcome::Changed),
        Ok(_) if is_folder != kept.locator.ends_with('/') => return Ok(ActOutcome::Changed),
        Ok(_) => {}
        Err(kind) => return Ok(ActOutcome::Failed(kind)),
    }
    let (folder, name) = split(path);
    let Ok(name) = CString::new(name) else { return Err(foreign(&kept.locator)) };
    let moved = opened_or_made(quarantine.root, folder).and_then(|folder| {
        rename(quarantine.as_fd(), &standing.name, folder.as_fd(), &name)?;
        Stat::of(folder.as_fd(), &name, Fresh::Asked)
    });
    let now = match moved {
        Ok(now) => now,
        Err(error) => return about_one(settings, error).map(ActOutcome::Failed),
    };
    if !is_folder {
        return Ok(ActOutcome::Done(now.fingerprint()));
    }
    quarantine.forget(kept.line);
    let now = whole(quarantine.root, path, &mut FirstProblem::default());
    Ok(ActOutcome::Done(now.map_or(kept.fingerprint, |now| now.fingerprint)))
}

/// Opens a folder, and makes it again, with those above it, where it is gone;
/// one made again lets in whom the folder above it lets in.
fn opened_or_made(root: &Root, path: &[u8]) -> Result<OwnedFd, Errno> {
    match root.folder(path) {
        Err(Errno::NOENT) if !path.is_empty() => {}
        opened => return opened,
    }
    let (above, name) = split(path);
    let above = opened_or_made(root, above)?;
    let mode = Stat::of_folder(above.as_fd(), Fresh::Asked)?.permissions();
    match rustix::fs::mkdirat(&above, name, mode) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error),
    }
    rustix::fs::fsync(&above).or(Ok::<_, Errno>(()))?;
    root.folder(path)
}
