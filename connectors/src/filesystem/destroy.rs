//! Destroying what is out of reach, and nothing else: every name that is
//! removed is one in the quarantine folder.
//!
//! A file goes in one step. Of a unit it is first written down what it consists
//! of; then it is renamed to what says that it is going, which is the point of no
//! return, and is taken apart: each file only while it is one of those that were
//! seen, each folder only once it is empty. Nothing is entered but folders of the store's own mount.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::os::fd::AsFd as _;

use retaind_schedules::permit::{Destroy, Permit, Spent};
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;

use super::Settings;
use super::listing::{self, Met, split};
use super::plan::Plan;
use super::quarantine::{
    Progress, Quarantine, Standing, WholeFollower, about_one, going, rename, sync, whole, writable,
};
use super::root::Root;
use super::stat::{Fresh, problem};
use super::unit::Follower;
use crate::contract::{ActOutcome, ProblemKind, StoreError};
use crate::fold::member_mark;
use crate::sighting::Fingerprint;

/// Destroys items that are out of reach.
pub(super) fn destroy(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    permits: Vec<Permit<Destroy>>,
) -> Result<Vec<ActOutcome>, StoreError> {
    let before = root.identity(settings)?;
    writable(settings, root)?;
    let quarantine = Quarantine::open(settings, root)?;
    let mut outcomes = Vec::with_capacity(permits.len());
    for permit in permits {
        outcomes.push(one(settings, &quarantine, &permit.spend())?);
    }
    sync(settings, quarantine.as_fd())?;
    super::scan::still_there(settings, plan, &before)?;
    Ok(outcomes)
}

fn one(
    settings: &Settings,
    quarantine: &Quarantine<'_>,
    spent: &Spent,
) -> Result<ActOutcome, StoreError> {
    let Ok(expected) = spent.mark.parse::<Fingerprint>() else { return Ok(ActOutcome::Changed) };
    match quarantine.standing(spent.line) {
        Ok(Some(standing)) if standing.stat.file_type() == FileType::Directory => {
            unit(settings, quarantine, spent, &standing, expected)
        }
        Ok(Some(standing)) => file(settings, quarantine, &standing, expected),
        Ok(None) => Ok(ActOutcome::Absent),
        Err(error) => Ok(ActOutcome::Failed(problem(error))),
    }
}

fn file(
    settings: &Settings,
    quarantine: &Quarantine<'_>,
    standing: &Standing,
    expected: Fingerprint,
) -> Result<ActOutcome, StoreError> {
    match quarantine.whole(standing) {
        Ok(whole) if whole.fingerprint != expected => return Ok(ActOutcome::Changed),
        Ok(whole) if whole.other_names => return Ok(ActOutcome::Failed(ProblemKind::OtherName)),
        Ok(_) => {}
        Err(kind) => return Ok(ActOutcome::Failed(kind)),
    }
    match rustix::fs::unlinkat(quarantine, standing.name.as_c_str(), AtFlags::empty()) {
        Ok(()) => Ok(ActOutcome::Done(expected)),
        Err(Errno::NOENT) => Ok(ActOutcome::Absent),
        Err(error) => about_one(settings, error).map(ActOutcome::Failed),
    }
}

fn unit(
    settings: &Settings,
    quarantine: &Quarantine<'_>,
    spent: &Spent,
    standing: &Standing,
    expected: Fingerprint,
) -> Result<ActOutcome, StoreError> {
    let mut members = Members::default();
    let path = quarantine.path_of(&standing.name);
    match whole(quarantine.root, &path, &mut members) {
        Ok(whole) if whole.fingerprint != expected => return Ok(ActOutcome::Changed),
        Ok(whole) if whole.other_names => return Ok(ActOutcome::Failed(ProblemKind::OtherName)),
        Ok(_) => {}
        Err(kind) => return Ok(ActOutcome::Failed(kind)),
    }
    let gone = going(spent.line);
    if standing.progress == Progress::Whole {
        let folder = quarantine.as_fd();
        let begun = quarantine
            .remember(spent.line, &members.marks)
            .and_then(|()| rename(folder, &standing.name, folder, &gone));
        if let Err(error) = begun {
            return about_one(settings, error).map(ActOutcome::Failed);
        }
        sync(settings, folder)?;
    }
    let from = path.len();
    let path = quarantine.path_of(&gone);
    let folders = members.folders.iter().map(|folder| [&path[..], &folder[from..]].concat());
    let apart = TakenApart { root: quarantine.root, members: &members.marks, unit: path.len() };
    Ok(match apart.run(&folders.collect::<Vec<_>>()) {
        Ok(()) => {
            quarantine.forget(spent.line);
            ActOutcome::Done(expected)
        }
        Err(Kept::Unseen) => ActOutcome::Changed,
        Err(Kept::Because(kind)) => ActOutcome::Failed(kind),
    })
}

/// What a unit was seen to consist of.
#[derive(Debug, Default)]
struct Members {
    folders: Vec<Vec<u8>>,
    marks: HashSet<[u64; 3]>,
    first: Option<ProblemKind>,
}

impl Follower for Members {
    fn problem(&mut self, _path: &[u8], kind: ProblemKind) {
        self.first.get_or_insert(kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.first.is_some()
    }

    fn folder(&mut self, path: &[u8]) {
        self.folders.push(path.to_vec());
    }

    fn member(&mut self, place: &[u8], fingerprint: Fingerprint) {
        self.marks.insert(member_mark(place, fingerprint));
    }
}

impl WholeFollower for Members {
    fn first(&self) -> Option<ProblemKind> {
        self.first
    }
}

/// Why something of a unit is left.
enum Kept {
    /// It was not there when the unit was read.
    Unseen,
    Because(ProblemKind),
}

impl From<Errno> for Kept {
    fn from(error: Errno) -> Self {
        match error {
            // Only what nobody had seen keeps a folder from being empty.
            Errno::NOTEMPTY | Errno::EXIST => Self::Unseen,
            error => Self::Because(problem(error)),
        }
    }
}

struct TakenApart<'m> {
    root: &'m Root,
    members: &'m HashSet<[u64; 3]>,
    unit: usize,
}

impl TakenApart<'_> {
    /// Removes the files of these folders, each told after the one it is in,
    /// and then the folders.
    fn run(&self, folders: &[Vec<u8>]) -> Result<(), Kept> {
        let mut buffer = listing::buffer();
        for folder in folders {
            // A folder that shrinks while it is listed may hide some names.
            while self.emptied(folder, &mut buffer)? > 0 {}
        }
        for folder in folders.iter().rev() {
            let (above, name) = split(folder);
            rustix::fs::unlinkat(self.root.folder(above)?, name, AtFlags::REMOVEDIR)?;
        }
        Ok(())
    }

    /// Removes the files of one folder that were seen, and says how many.
    fn emptied(&self, path: &[u8], buffer: &mut Vec<u8>) -> Result<u64, Kept> {
        let folder = self.root.folder(path)?;
        let (mut removed, mut kept) = (0, None);
        listing::each(self.root, &folder, buffer, Fresh::Asked, |name, met| {
            let done = match met {
                Met::Folder => return ControlFlow::Continue(()),
                Met::Problem(kind) => Err(Kept::Because(kind)),
                Met::File(stat) => {
                    let mut place = path[self.unit..].to_vec();
                    place.push(b'/');
                    place.extend_from_slice(name.to_bytes());
                    if self.members.contains(&member_mark(&place, stat.fingerprint())) {
                        rustix::fs::unlinkat(&folder, name, AtFlags::empty()).map_err(Kept::from)
                    } else {
                        Err(Kept::Unseen)
                    }
                }
            };
            match done {
                Ok(()) => removed += 1,
                Err(why) => kept = Some(why),
            }
            if kept.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        kept.map_or(Ok(removed), Err)
    }
}
