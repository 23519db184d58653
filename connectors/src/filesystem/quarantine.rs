//! The folder for what is out of reach: in the store itself, on the same mount,
//! and open to nobody but the user that runs retaind.
//!
//! What was taken for a line stands there under the line's id, and is put there
//! and away by renaming alone, so that it is never in two places. A unit whose
//! destruction has begun stands under the id with `.going` behind it; what it
//! consisted of then stands beside it under the id with `.seen` behind it.

use std::collections::HashSet;
use std::ffi::CString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use retaind_schedules::ids::BatchLineId;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, StatVfsMountFlags};
use rustix::io::Errno;

use super::Settings;
use super::listing::{self, append_name, split};
use super::locator;
use super::look::is_file;
use super::pattern::Readers;
use super::root::Root;
use super::stat::{Fresh, Stat, problem};
use super::unit::{FirstProblem, Follower, UnitWalk};
use crate::contract::{InQuarantine, ProblemKind, StoreError, StoreErrorKind};
use crate::fold::member_mark;
use crate::sighting::Fingerprint;

/// The folder, open.
#[derive(Debug)]
pub(super) struct Quarantine<'r> {
    pub(super) root: &'r Root,
    folder: OwnedFd,
    path: Vec<u8>,
}

/// What stands in the quarantine for one line.
#[derive(Debug)]
pub(super) struct Standing {
    /// Under which name.
    pub(super) name: CString,
    pub(super) stat: Stat,
    pub(super) progress: Progress,
}

/// How far its destruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not begun.
    Whole,
    /// Begun, and cut short.
    Begun,
}

/// A unit read whole, as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) fingerprint: Fingerprint,
    /// Whether any member has another name that would keep it.
    pub(super) other_names: bool,
}

impl<'r> Quarantine<'r> {
    /// Opens the folder. One that is not there says nothing of what it held.
    pub(super) fn open(settings: &Settings, root: &'r Root) -> Result<Self, StoreError> {
        let path = settings.quarantine_path();
        let folder = root.folder(&path).map_err(|error| failed(settings, error))?;
        let stat = Stat::of_folder(folder.as_fd(), Fresh::Asked);
        let stat = stat.map_err(|error| failed(settings, error))?;
        if stat.permissions().intersects(Mode::RWXG | Mode::RWXO) {
            return Err(unfit(settings, "may be used by others", "Give it the mode 0700"));
        }
        Ok(Self { root, folder, path })
    }

    /// Opens the folder, and makes it where this is its first use.
    pub(super) fn opened_or_made(settings: &Settings, root: &'r Root) -> Result<Self, StoreError> {
        let path = settings.quarantine_path();
        if let Err(Errno::NOENT) = root.folder(&path) {
            make(root, &path).map_err(|error| failed(settings, error))?;
        }
        Self::open(settings, root)
    }

    /// What stands here for a line, if anything.
    pub(super) fn standing(&self, line: BatchLineId) -> Result<Option<Standing>, Errno> {
        for (name, progress) in [(name(line), Progress::Whole), (going(line), Progress::Begun)] {
            match Stat::of(self.as_fd(), &name, Fresh::Asked) {
                Ok(stat) => return Ok(Some(Standing { name, stat, progress })),
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// What it looks like.
    pub(super) fn whole(&self, standing: &Standing) -> Result<Whole, ProblemKind> {
        if standing.stat.file_type() == FileType::Directory {
            return whole(self.root, &self.path_of(&standing.name), &mut FirstProblem::default());
        }
        is_file(self.root, &standing.stat)?;
        Ok(Whole {
            fingerprint: standing.stat.fingerprint(),
            other_names: standing.stat.has_other_name(),
        })
    }

    /// The path below the root of what stands here under a name.
    pub(super) fn path_of(&self, name: &CString) -> Vec<u8> {
        let mut path = self.path.clone();
        append_name(&mut path, name.as_bytes());
        path
    }

    /// What is kept for a line.
    pub(super) fn look(&self, line: BatchLineId) -> InQuarantine {
        let standing = match self.standing(line) {
            Ok(Some(standing)) => standing,
            Ok(None) => return InQuarantine::Absent,
            Err(error) => return InQuarantine::Unknown(problem(error)),
        };
        match standing.progress {
            Progress::Whole => match self.whole(&standing) {
                Ok(whole) => InQuarantine::There(whole.fingerprint),
                Err(kind) => InQuarantine::Unknown(kind),
            },
            Progress::Begun => self.begun(line, &standing),
        }
    }

    /// What is left of a unit whose destruction was begun.
    fn begun(&self, line: BatchLineId, standing: &Standing) -> InQuarantine {
        let seen = match self.seen(line) {
            Ok(seen) => seen,
            Err(error) => return InQuarantine::Unknown(problem(error)),
        };
        let mut left = Left { seen: &seen, all_seen: true, first: FirstProblem::default() };
        match whole(self.root, &self.path_of(&standing.name), &mut left) {
            Ok(whole) => InQuarantine::Begun { left: whole.fingerprint, all_seen: left.all_seen },
            Err(kind) => InQuarantine::Unknown(kind),
        }
    }

    /// Writes down for good what a unit consists of whose destruction begins.
    pub(super) fn remember(
        &self,
        line: BatchLineId,
        members: &HashSet<[u64; 3]>,
    ) -> Result<(), Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        let flags = flags | OFlags::CLOEXEC;
        let file = rustix::fs::openat(self, seen(line), flags, Mode::RUSR | Mode::WUSR)?;
        let marks: Vec<u8> = members.iter().flatten().flat_map(|lane| lane.to_le_bytes()).collect();
        let mut file = File::from(file);
        file.write_all(&marks).and_then(|()| file.sync_all()).map_err(|error| errno(&error))
    }

    /// What a unit consisted of when its destruction began; nothing where that
    /// was not written down, so that all that is left is strange.
    fn seen(&self, line: BatchLineId) -> Result<HashSet<[u64; 3]>, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(self, seen(line), flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(HashSet::new()),
            Err(error) => return Err(error),
        };
        let mut marks = Vec::new();
        File::from(file).read_to_end(&mut marks).map_err(|error| errno(&error))?;
        let (marks, _) = marks.as_chunks::<24>();
        Ok(marks.iter().map(lanes_of).collect())
    }

    /// Forgets what a unit consisted of that is gone, or back.
    pub(super) fn forget(&self, line: BatchLineId) {
        // What is left of it says nothing of any other line.
        let _ = rustix::fs::unlinkat(self, seen(line), AtFlags::empty());
    }
}

/// Whether all that is left of a unit is of what was seen of it.
struct Left<'s> {
    seen: &'s HashSet<[u64; 3]>,
    all_seen: bool,
    first: FirstProblem,
}

impl Follower for Left<'_> {
    fn problem(&mut self, path: &[u8], kind: ProblemKind) {
        self.first.problem(path, kind);
    }

    fn is_stopped(&mut self) -> bool {
        self.first.is_stopped()
    }

    fn member(&mut self, place: &[u8], fingerprint: Fingerprint) {
        self.all_seen &= self.seen.contains(&member_mark(place, fingerprint));
    }
}

impl WholeFollower for Left<'_> {
    fn first(&self) -> Option<ProblemKind> {
        self.first.0
    }
}

fn lanes_of(mark: &[u8; 24]) -> [u64; 3] {
    let (lanes, _) = mark.as_chunks::<8>();
    [0, 1, 2].map(|lane| u64::from_le_bytes(lanes[lane]))
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

impl AsFd for Quarantine<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// Where what was taken for a line stands.
pub(super) fn name(line: BatchLineId) -> CString {
    named(line, "")
}

/// Where a unit stands once its destruction has begun.
pub(super) fn going(line: BatchLineId) -> CString {
    named(line, ".going")
}

/// Where it is written what such a unit consisted of.
fn seen(line: BatchLineId) -> CString {
    named(line, ".seen")
}

fn named(line: BatchLineId, end: &str) -> CString {
    CString::new(format!("{line}{end}")).expect("an id holds no zero byte")
}

/// Reads the unit at a path whole, or says what stands against it.
pub(super) fn whole(
    root: &Root,
    path: &[u8],
    follower: &mut impl WholeFollower,
) -> Result<Whole, ProblemKind> {
    let mut readers = Readers::default();
    let mut buffer = listing::buffer();
    let walk = UnitWalk { root, readers: &mut readers, buffer: &mut buffer, fresh: Fresh::Asked };
    let walked = { walk }.walk(path, follower);
    let folded = walked.whole.ok_or_else(|| follower.first().unwrap_or(ProblemKind::ReadFailed))?;
    Ok(Whole { fingerprint: folded.fingerprint, other_names: walked.other_names })
}

/// A follower that knows the first problem it was told of.
pub(super) trait WholeFollower: Follower {
    fn first(&self) -> Option<ProblemKind>;
}

impl WholeFollower for FirstProblem {
    fn first(&self) -> Option<ProblemKind> {
        self.0
    }
}

/// Renames within the store; what stands there already is never replaced.
pub(super) fn rename(
    from: BorrowedFd<'_>,
    name: &CString,
    to: BorrowedFd<'_>,
    new_name: &CString,
) -> Result<(), Errno> {
    rustix::fs::renameat_with(
        from,
        name.as_c_str(),
        to,
        new_name.as_c_str(),
        RenameFlags::NOREPLACE,
    )
}

/// Has the names in a folder written down for good.
pub(super) fn sync(settings: &Settings, folder: BorrowedFd<'_>) -> Result<(), StoreError> {
    match rustix::fs::fsync(folder) {
        // Some shares have no such thing for a folder: the server sees to it.
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        Err(error) => Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!("a folder of {} could not be written down: {error}", settings.place()),
            "Look after the disk or the share before anything else is done",
        )),
    }
}

/// That the store can be changed at all.
pub(super) fn writable(settings: &Settings, root: &Root) -> Result<(), StoreError> {
    let system = rustix::fs::fstatvfs(root).map_err(|error| failed(settings, error))?;
    if !system.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(());
    }
    Err(StoreError::new(
        StoreErrorKind::AccessDenied,
        format!("{} is mounted read-only", settings.place()),
        "Mount it so that it can be written, and let systemd's unit write there",
    ))
}

/// Fails where the file system cannot do what is asked of it at all; what is
/// left is about one item.
pub(super) fn about_one(settings: &Settings, error: Errno) -> Result<ProblemKind, StoreError> {
    match error {
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => Err(StoreError::new(
            StoreErrorKind::Unsupported,
            format!("the file system of {} cannot move without replacing", settings.place()),
            "Run retaind on the server the share is on, or take the items out by hand",
        )),
        Errno::ROFS | Errno::IO | Errno::STALE => Err(failed(settings, error)),
        error => Ok(problem(error)),
    }
}

fn make(root: &Root, path: &[u8]) -> Result<(), Errno> {
    let (above, name) = split(path);
    let above = root.folder(above)?;
    match rustix::fs::mkdirat(&above, name, Mode::RWXU) {
        Ok(()) => rustix::fs::fsync(&above).or(Ok(())),
        Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error),
    }
}

fn place(settings: &Settings) -> String {
    let path = settings.quarantine_path();
    format!("the quarantine folder {} below {}", locator::text(&path), settings.place())
}

fn unfit(settings: &Settings, what: &str, remedy: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured, format!("{} {what}", place(settings)), remedy)
}

fn failed(settings: &Settings, error: Errno) -> StoreError {
    match error {
        Errno::NOENT => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{} is not there", place(settings)),
            "If anything was ever taken out of reach here, put the folder back; if nothing was, \
             make it, with the mode 0700",
        ),
        Errno::LOOP | Errno::XDEV | Errno::NOTDIR => unfit(
            settings,
            "is not a folder of the store itself",
            "Take away what stands there; links are never followed, nor mounts entered",
        ),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => StoreError::new(
            StoreErrorKind::AccessDenied,
            format!("{} may not be used by this user: {error}", place(settings)),
            "Let the user that runs retaind write in the root",
        ),
        other => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{} cannot be used: {other}", place(settings)),
            "Is the share mounted, its server up, and the disk well?",
        ),
    }
}
