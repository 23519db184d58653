//! A folder that is one unit, walked by one thread from start to end.

use std::ops::ControlFlow;
use std::sync::Arc;

use rustix::io::Errno;

use super::listing::{self, Met, Place, append_name};
use super::locator;
use super::pattern::Readers;
use super::root::Root;
use super::stat::{Fresh, Stat, problem};
use super::walk::LOOK_UP;
use crate::contract::ProblemKind;
use crate::fold::{Fold, Folded};
use crate::sighting::{Fingerprint, Seen};

/// What walking a unit needs, used again for each.
#[derive(Debug)]
pub(super) struct UnitWalk<'a> {
    pub(super) root: &'a Root,
    pub(super) readers: &'a mut Readers,
    pub(super) buffer: &'a mut Vec<u8>,
    pub(super) fresh: Fresh,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Walked {
    /// The unit, if it could be read whole: with any doubt there is none, so
    /// that what was not seen is not taken to be due.
    pub(super) whole: Option<Folded>,
    /// Files met.
    pub(super) items: u64,
    /// Their size.
    pub(super) bytes: u64,
    /// Folders read.
    pub(super) containers: u64,
    /// Whether any member has another name that would keep it.
    pub(super) other_names: bool,
}

/// Whoever follows the walk: is told of problems, and says when to stop.
pub(super) trait Follower {
    fn problem(&mut self, path: &[u8], kind: ProblemKind);
    fn is_stopped(&mut self) -> bool;
    /// A folder of the unit, by its path below the root, before what is in it.
    fn folder(&mut self, _path: &[u8]) {}
    /// A member, by its place within the unit.
    fn member(&mut self, _place: &[u8], _fingerprint: Fingerprint) {}
}

/// Stops at the first problem and remembers it.
#[derive(Debug, Default)]
pub(super) struct FirstProblem(pub(super) Option<ProblemKind>);

impl Follower for FirstProblem {
    fn problem(&mut self, _path: &[u8], kind: ProblemKind) {
        self.0.get_or_insert(kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.0.is_some()
    }
}

struct Walk<'f> {
    unit: usize,
    fold: Fold,
    walked: Walked,
    doubt: bool,
    follower: &'f mut dyn Follower,
    fixed: Vec<Option<Seen>>,
    dates: Vec<Seen>,
    path: Vec<u8>,
    locator: String,
    stack: Vec<Place>,
    names: usize,
}

impl UnitWalk<'_> {
    /// Walks the unit at a path.
    pub(super) fn walk(&mut self, unit: &[u8], follower: &mut dyn Follower) -> Walked {
        let mut walk = Walk {
            unit: unit.len(),
            fold: Fold::new(self.readers.dates.len()),
            walked: Walked { whole: None, items: 0, bytes: 0, containers: 0, other_names: false },
            doubt: false,
            follower,
            fixed: self.readers.unit_dates(&locator::text(unit)),
            dates: Vec::new(),
            path: Vec::new(),
            locator: String::new(),
            stack: vec![Place::at(unit)],
            names: 0,
        };
        while let Some(place) = walk.stack.pop() {
            if walk.follower.is_stopped() {
                walk.doubt = true;
                break;
            }
            place.write(&mut walk.path);
            self.folder(&mut walk);
        }
        let Walk { fold, mut walked, doubt, fixed, .. } = walk;
        walked.whole = (!doubt).then(|| folded(fold, &fixed));
        walked
    }

    fn folder(&mut self, walk: &mut Walk<'_>) {
        let opened = match self.root.folder(&walk.path) {
            Ok(opened) => opened,
            // A folder of the unit that vanished is a change; the unit itself is gone.
            Err(Errno::NOENT) if walk.path.len() == walk.unit => {
                walk.doubt = true;
                return;
            }
            Err(Errno::NOENT) => return,
            Err(error) => return walk.problem(None, problem(error)),
        };
        walk.walked.containers += 1;
        walk.follower.folder(&walk.path);
        walk.locator.clear();
        locator::append(&mut walk.locator, &walk.path);
        walk.locator.push('/');
        let above: Arc<[u8]> = walk.path[..].into();
        let readers = &mut *self.readers;
        let read = listing::each(self.root, &opened, self.buffer, self.fresh, |name, met| {
            let name = name.to_bytes();
            match met {
                Met::File(stat) => walk.file(readers, name, &stat),
                Met::Folder => walk.stack.push(Place::new(&above, name)),
                Met::Problem(kind) => walk.problem(Some(name), kind),
            }
            walk.go_on()
        });
        if let Err(error) = read {
            walk.problem(None, problem(error));
        }
    }
}

impl Walk<'_> {
    fn go_on(&mut self) -> ControlFlow<()> {
        self.names += 1;
        if self.names.is_multiple_of(LOOK_UP) && self.follower.is_stopped() {
            self.doubt = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn file(&mut self, readers: &mut Readers, name: &[u8], stat: &Stat) {
        let folder = (self.path.len(), self.locator.len());
        append_name(&mut self.path, name);
        locator::append(&mut self.locator, name);
        readers.dates(stat, &self.locator, &mut self.dates);
        for (date, fixed) in self.dates.iter_mut().zip(&self.fixed) {
            *date = fixed.unwrap_or(*date);
        }
        let place = &self.path[self.unit..];
        self.fold.add(place, stat.fingerprint(), &self.dates);
        self.follower.member(place, stat.fingerprint());
        self.walked.other_names |= stat.has_other_name();
        self.walked.items += 1;
        self.walked.bytes = self.walked.bytes.saturating_add(stat.size);
        self.path.truncate(folder.0);
        self.locator.truncate(folder.1);
    }

    fn problem(&mut self, name: Option<&[u8]>, kind: ProblemKind) {
        self.doubt = true;
        let folder = self.path.len();
        if let Some(name) = name {
            append_name(&mut self.path, name);
        }
        self.follower.problem(&self.path, kind);
        self.path.truncate(folder);
    }
}

/// The unit, where a date in its own path stands even if it has no members.
fn folded(fold: Fold, fixed: &[Option<Seen>]) -> Folded {
    let mut folded = fold.finish();
    for (date, fixed) in folded.dates.iter_mut().zip(fixed) {
        *date = fixed.unwrap_or(*date);
    }
    folded
}
