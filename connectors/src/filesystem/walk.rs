//! One thread of a scan: takes a folder, tells its files, leaves its folders
//! for whoever is free.
//!
//! Nothing is allocated for a file: its locator, its dates and its place are
//! put together in buffers that are used again.

use std::ops::ControlFlow;
use std::sync::Arc;

use rustix::io::Errno;

use super::listing::{self, Met, Place, append_name};
use super::locator;
use super::outbox::Outbox;
use super::pattern::Readers;
use super::plan::{FileRule, Plan, Ruling};
use super::queue::Queue;
use super::root::Root;
use super::stat::{Fresh, Stat, problem};
use super::unit::{Follower, UnitWalk};
use crate::contract::ProblemKind;
use crate::sighting::{Seen, Sighting};

/// Names met between two looks at whether the scan is to end.
pub(super) const LOOK_UP: usize = 1024;

/// A folder to be read, and what holds in the folder above.
#[derive(Debug)]
pub(super) struct Task {
    place: Place,
    above: Arc<Ruling>,
    depth: usize,
}

impl Task {
    /// The root.
    pub(super) fn first(plan: &Plan) -> Self {
        Self { place: Place::at(b""), above: plan.top(), depth: 0 }
    }
}

/// One thread of a scan.
#[derive(Debug)]
pub(super) struct Walker<'q, 's> {
    root: &'s Root,
    plan: &'s Plan,
    queue: &'q Queue<Task>,
    outbox: Outbox<'s>,
    readers: Vec<Readers>,
    stack: Vec<Task>,
    path: Vec<u8>,
    locator: String,
    dates: Vec<Seen>,
}

/// One folder while its names are met.
struct Here {
    ruling: Arc<Ruling>,
    rule: FileRule,
    depth: usize,
    above: Option<Arc<[u8]>>,
    unmapped: (u64, u64),
    names: usize,
}

impl<'q, 's> Walker<'q, 's> {
    pub(super) fn new(
        root: &'s Root,
        plan: &'s Plan,
        queue: &'q Queue<Task>,
        outbox: Outbox<'s>,
    ) -> Self {
        let readers = plan.mappings.iter().map(|mapping| mapping.readers.clone()).collect();
        Self {
            root,
            plan,
            queue,
            outbox,
            readers,
            stack: Vec::new(),
            path: Vec::new(),
            locator: String::new(),
            dates: Vec::new(),
        }
    }

    /// Works until nothing is left, and gives back what is not sent yet.
    pub(super) fn run(mut self) -> Outbox<'s> {
        let mut buffer = listing::buffer();
        while let Some(task) = self.queue.take(&mut self.stack) {
            if self.outbox.is_over() {
                self.queue.stop();
                break;
            }
            self.visit(&task, &mut buffer);
            self.queue.share(&mut self.stack);
        }
        self.outbox.flush();
        self.outbox
    }

    fn visit(&mut self, task: &Task, buffer: &mut Vec<u8>) {
        task.place.write(&mut self.path);
        if self.plan.is_quarantine(&self.path) {
            return;
        }
        let ruling = self.plan.ruling(&self.path, task.depth, &task.above);
        match self.plan.unit(&ruling, &self.path, task.depth) {
            Some(mapping) => self.unit(mapping, buffer),
            None => self.folder(ruling, task.depth, buffer),
        }
    }

    fn folder(&mut self, ruling: Arc<Ruling>, depth: usize, buffer: &mut Vec<u8>) {
        let rule = self.plan.file_rule(&ruling, depth);
        let mut here = Here { ruling, rule, depth, above: None, unmapped: (0, 0), names: 0 };
        let opened = match self.root.folder(&self.path) {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return,
            Err(error) => return self.folder_problem(&here, problem(error)),
        };
        self.outbox.totals.containers += 1;
        self.locator.clear();
        locator::append(&mut self.locator, &self.path);
        if depth > 0 {
            self.locator.push('/');
        }
        let root = self.root;
        let read = listing::each(root, &opened, buffer, Fresh::AtHand, |name, met| {
            self.meet(&mut here, name.to_bytes(), met);
            here.names += 1;
            self.go_on(here.names)
        });
        if let Err(error) = read {
            self.folder_problem(&here, problem(error));
        }
        if here.unmapped.0 > 0 {
            self.outbox.unmapped(&self.path, here.unmapped.0, here.unmapped.1);
        }
    }

    /// Looks up now and then in a folder that may hold millions.
    fn go_on(&self, names: usize) -> ControlFlow<()> {
        if names.is_multiple_of(LOOK_UP) && self.outbox.is_over() {
            self.queue.stop();
        }
        if self.queue.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn meet(&mut self, here: &mut Here, name: &[u8], met: Met) {
        match met {
            Met::File(stat) => self.file(here, name, &stat),
            Met::Problem(kind) => {
                let folder = self.path.len();
                append_name(&mut self.path, name);
                let mapping = self.plan.taker(&here.rule, &self.path);
                self.outbox.problem(mapping, &self.path, kind);
                self.path.truncate(folder);
            }
            Met::Folder => {
                let above = here.above.get_or_insert_with(|| self.path[..].into());
                self.stack.push(Task {
                    place: Place::new(above, name),
                    above: Arc::clone(&here.ruling),
                    depth: here.depth + 1,
                });
            }
        }
    }

    fn file(&mut self, here: &mut Here, name: &[u8], stat: &Stat) {
        let Some(mapping) = self.taker(here, name) else { return };
        self.outbox.count(1, stat.size);
        let Some(mapping) = mapping else {
            here.unmapped.0 += 1;
            here.unmapped.1 = here.unmapped.1.saturating_add(stat.size);
            return;
        };
        let folder = self.locator.len();
        locator::append(&mut self.locator, name);
        let readers = &mut self.readers[mapping];
        readers.dates(stat, &self.locator, &mut self.dates);
        let sighting = Sighting {
            locator: &self.locator,
            reference: readers.reference(&self.locator),
            subject: readers.subject(&self.locator),
            members: 1,
            fingerprint: stat.fingerprint(),
            dates: &self.dates,
            members_differ: false,
            keys_differ: false,
        };
        self.outbox.sighting(mapping, &sighting);
        self.locator.truncate(folder);
    }

    /// The mapping that takes a file, if any; nothing for the sentinel.
    fn taker(&mut self, here: &Here, name: &[u8]) -> Option<Option<usize>> {
        let by_name = matches!(here.rule, FileRule::First(_));
        let sentinel = self.plan.sentinel.as_deref();
        let may_be_sentinel = sentinel.is_some_and(|sentinel| sentinel.ends_with(name));
        let folder = self.path.len();
        if by_name || may_be_sentinel {
            append_name(&mut self.path, name);
        }
        let is_sentinel = may_be_sentinel && sentinel == Some(&self.path);
        let taker = self.plan.taker(&here.rule, &self.path);
        self.path.truncate(folder);
        (!is_sentinel).then_some(taker)
    }

    /// A folder that cannot be read may hold items of any mapping that holds
    /// there; it is told for the most specific.
    fn folder_problem(&mut self, here: &Here, kind: ProblemKind) {
        self.outbox.problem(here.ruling.first(), &self.path, kind);
    }

    fn unit(&mut self, mapping: usize, buffer: &mut Vec<u8>) {
        let readers = &mut self.readers[mapping];
        let mut walk = UnitWalk { root: self.root, readers, buffer, fresh: Fresh::AtHand };
        let mut follower = UnitFollower { mapping, outbox: &mut self.outbox };
        let walked = walk.walk(&self.path, &mut follower);
        self.outbox.count(walked.items, walked.bytes);
        self.outbox.totals.containers += walked.containers;
        let Some(folded) = walked.whole else { return };
        self.locator.clear();
        locator::append(&mut self.locator, &self.path);
        self.locator.push('/');
        let readers = &mut self.readers[mapping];
        let sighting = Sighting {
            locator: &self.locator,
            reference: readers.reference(&self.locator),
            subject: readers.subject(&self.locator),
            members: folded.members,
            fingerprint: folded.fingerprint,
            dates: &folded.dates,
            members_differ: folded.members_differ,
            keys_differ: false,
        };
        self.outbox.sighting(mapping, &sighting);
    }
}

struct UnitFollower<'w, 's> {
    mapping: usize,
    outbox: &'w mut Outbox<'s>,
}

impl Follower for UnitFollower<'_, '_> {
    fn problem(&mut self, path: &[u8], kind: ProblemKind) {
        self.outbox.problem(Some(self.mapping), path, kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.outbox.is_over()
    }
}
