//! Taking items out of reach: each is renamed into the quarantine folder, and
//! looked at before and after.
//!
//! What is not, to the inode and the nanosecond, what its permit says stays;
//! what turns out to be something else once it has been moved goes back. A file
//! with a second name stays too, since its content would outlive it.

use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use retaind_schedules::permit::{Permit, Quarantine as Take, Spent};
use rustix::fs::FileType;
use rustix::io::Errno;

use super::Settings;
use super::listing::split;
use super::look::is_file;
use super::plan::Plan;
use super::quarantine::{Quarantine, about_one, name, rename, sync, whole, writable};
use super::root::Root;
use super::scan;
use super::stat::{Fresh, Stat, problem};
use super::target::Target;
use super::unit::FirstProblem;
use crate::contract::{ActOutcome, ProblemKind, StoreError, StoreErrorKind};
use crate::sighting::Fingerprint;

/// Takes items of the plan's only mapping out of reach.
pub(super) fn take(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    permits: Vec<Permit<Take>>,
) -> Result<Vec<ActOutcome>, StoreError> {
    let before = root.identity(settings)?;
    scan::locations(settings, plan, root)?;
    writable(settings, root)?;
    // One that is no item here stops them all, before anything is done.
    let targets: Vec<Target> = permits
        .iter()
        .map(|permit| Target::of(plan, permit.locator()))
        .collect::<Result<_, _>>()?;
    let quarantine = Quarantine::opened_or_made(settings, root)?;
    let mut taking = Taking { settings, quarantine, folder: None };
    let mut outcomes = Vec::with_capacity(permits.len());
    for (permit, target) in permits.into_iter().zip(targets) {
        outcomes.push(taking.one(&permit.spend(), &target)?);
    }
    taking.leave()?;
    sync(settings, taking.quarantine.as_fd())?;
    scan::still_there(settings, plan, &before)?;
    Ok(outcomes)
}

struct Taking<'s> {
    settings: &'s Settings,
    quarantine: Quarantine<'s>,
    /// The folder the last item lay in; items mostly come folder by folder.
    folder: Option<(Vec<u8>, Arc<OwnedFd>)>,
}

/// An item in its folder, as it is before it is moved.
struct Source {
    folder: Arc<OwnedFd>,
    name: CString,
    stat: Stat,
}

impl Taking<'_> {
    fn one(&mut self, spent: &Spent, target: &Target) -> Result<ActOutcome, StoreError> {
        let Ok(expected) = spent.mark.parse::<Fingerprint>() else {
            return Ok(ActOutcome::Changed);
        };
        match target {
            Target::PassedOver => Ok(ActOutcome::Changed),
            Target::File(path) => self.file(spent, path, expected),
            Target::Unit(path) => self.unit(spent, path, expected),
        }
    }

    fn file(
        &mut self,
        spent: &Spent,
        path: &[u8],
        expected: Fingerprint,
    ) -> Result<ActOutcome, StoreError> {
        let source = match self.source(path)? {
            Ok(source) => source,
            Err(outcome) => return Ok(outcome),
        };
        let stat = source.stat;
        if let Err(kind) = is_file(self.quarantine.root, &stat) {
            return Ok(ActOutcome::Failed(kind));
        }
        let is_same = stat.fingerprint() == expected;
        if let Some(outcome) = refusal(is_same, stat.has_other_name()) {
            return Ok(outcome);
        }
        self.moved(spent, path, |_, now| {
            let is_same = now.is_still(&stat) && !now.has_other_name();
            is_same.then(|| now.fingerprint())
        })
    }

    fn unit(
        &mut self,
        spent: &Spent,
        path: &[u8],
        expected: Fingerprint,
    ) -> Result<ActOutcome, StoreError> {
        let inode = match self.source(path)? {
            Ok(source) if source.stat.file_type() != FileType::Directory => {
                return Ok(ActOutcome::Changed);
            }
            Ok(source) => source.stat.inode,
            Err(outcome) => return Ok(outcome),
        };
        let before = match whole(self.quarantine.root, path, &mut FirstProblem::default()) {
            Ok(before) => before,
            Err(kind) => return Ok(ActOutcome::Failed(kind)),
        };
        if let Some(outcome) = refusal(before.fingerprint == expected, before.other_names) {
            return Ok(outcome);
        }
        self.moved(spent, path, |quarantine, now| {
            let path = quarantine.path_of(&name(spent.line));
            let after = whole(quarantine.root, &path, &mut FirstProblem::default());
            let is_same = now.inode == inode && after == Ok(before);
            is_same.then_some(before.fingerprint)
        })
    }

    /// Moves what lies at a path, and puts it back if it is not what was meant.
    fn moved(
        &mut self,
        spent: &Spent,
        path: &[u8],
        check: impl FnOnce(&Quarantine<'_>, &Stat) -> Option<Fingerprint>,
    ) -> Result<ActOutcome, StoreError> {
        let source = match self.source(path)? {
            Ok(source) => source,
            Err(outcome) => return Ok(outcome),
        };
        let there = name(spent.line);
        let folder = source.folder.as_fd();
        match rename(folder, &source.name, self.quarantine.as_fd(), &there) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(ActOutcome::Absent),
            Err(error) => return about_one(self.settings, error).map(ActOutcome::Failed),
        }
        let now = Stat::of(self.quarantine.as_fd(), &there, Fresh::Asked);
        let outcome = match now {
            Ok(now) => match check(&self.quarantine, &now) {
                Some(fingerprint) => return Ok(ActOutcome::Done(fingerprint)),
                None => ActOutcome::Changed,
            },
            Err(error) => ActOutcome::Failed(problem(error)),
        };
        rename(self.quarantine.as_fd(), &there, folder, &source.name)
            .map_err(|error| astray(self.settings, spent, error))?;
        Ok(outcome)
    }

    /// Finds an item in its folder, or says that it cannot be had.
    fn source(&mut self, path: &[u8]) -> Result<Result<Source, ActOutcome>, StoreError> {
        let (folder, name) = split(path);
        let Ok(name) = CString::new(name) else { return Ok(Err(ActOutcome::Absent)) };
        if self.folder.as_ref().is_none_or(|(open, _)| open != folder) {
            self.leave()?;
            match self.quarantine.root.folder(folder) {
                Ok(open) => self.folder = Some((folder.to_vec(), Arc::new(open))),
                Err(error) => return Ok(Err(not_had(error))),
            }
        }
        let Some((_, folder)) = &self.folder else { return Ok(Err(ActOutcome::Absent)) };
        let folder = Arc::clone(folder);
        Ok(match Stat::of(folder.as_fd(), &name, Fresh::Asked) {
            Ok(stat) => Ok(Source { folder, name, stat }),
            Err(error) => Err(not_had(error)),
        })
    }

    /// Leaves the last folder, once what was taken from it is taken for good.
    fn leave(&mut self) -> Result<(), StoreError> {
        match self.folder.take() {
            Some((_, folder)) => sync(self.settings, folder.as_fd()),
            None => Ok(()),
        }
    }
}

fn refusal(is_same: bool, has_other_names: bool) -> Option<ActOutcome> {
    match (is_same, has_other_names) {
        (false, _) => Some(ActOutcome::Changed),
        (true, true) => Some(ActOutcome::Failed(ProblemKind::OtherName)),
        (true, false) => None,
    }
}

fn not_had(error: Errno) -> ActOutcome {
    match error {
        Errno::NOENT => ActOutcome::Absent,
        error => ActOutcome::Failed(problem(error)),
    }
}

/// Something else was moved, and its place was taken before it could go back.
fn astray(settings: &Settings, spent: &Spent, error: Errno) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!(
            "what was moved out of reach for line {} in {} was not what was approved, and could \
             not be put back: {error}",
            spent.line,
            settings.place()
        ),
        "It is kept in the quarantine folder under the line's id; put it back by hand",
    )
}
