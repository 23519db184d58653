//! What the system says of one name in a folder.

use std::os::fd::BorrowedFd;

use rustix::ffi::CStr;
use rustix::fs::{AtFlags, FileType, Mode, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno;

use crate::contract::ProblemKind;
use crate::sighting::{Fingerprint, Seen};

/// How fresh an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fresh {
    /// What the system has at hand will do: enough to find.
    AtHand,
    /// A network share has to be asked: needed to decide.
    Asked,
}

impl Fresh {
    fn flag(self) -> AtFlags {
        match self {
            Self::AtHand => AtFlags::STATX_DONT_SYNC,
            Self::Asked => AtFlags::STATX_FORCE_SYNC,
        }
    }
}

/// What stands under a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stat {
    mode: u16,
    /// Which mount this is on; on a kernel too old to say, which device.
    pub(super) mount: u64,
    pub(super) inode: u64,
    pub(super) size: u64,
    names: u32,
    modified: StatxTimestamp,
    changed: StatxTimestamp,
    pub(super) born: Seen,
}

impl Stat {
    /// Asks for a name in an open folder; a link is not followed.
    pub(super) fn of(folder: BorrowedFd<'_>, name: &CStr, fresh: Fresh) -> Result<Self, Errno> {
        let wanted = StatxFlags::TYPE
            | StatxFlags::SIZE
            | StatxFlags::INO
            | StatxFlags::NLINK
            | StatxFlags::MTIME
            | StatxFlags::CTIME
            | StatxFlags::BTIME
            | StatxFlags::MNT_ID;
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT | fresh.flag();
        rustix::fs::statx(folder, name, flags, wanted).map(|stat| Self::from(&stat))
    }

    /// Asks for an open folder itself.
    pub(super) fn of_folder(folder: BorrowedFd<'_>, fresh: Fresh) -> Result<Self, Errno> {
        Self::of(folder, c".", fresh)
    }

    pub(super) fn file_type(&self) -> FileType {
        FileType::from_raw_mode(self.mode.into())
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mark = [self.inode, nanoseconds(self.modified), nanoseconds(self.changed)];
        Fingerprint { size: self.size, mark }
    }

    /// Who may read, write and enter it.
    pub(super) fn permissions(&self) -> Mode {
        Mode::from_raw_mode(self.mode.into())
    }

    /// Whether the file has another name that would keep it.
    pub(super) fn has_other_name(&self) -> bool {
        self.names > 1
    }

    /// Whether it is the same file with the same content, though it may have
    /// been renamed in between.
    pub(super) fn is_still(&self, before: &Self) -> bool {
        let what = |stat: &Self| (stat.mode, stat.mount, stat.inode, stat.size);
        what(self) == what(before) && nanoseconds(self.modified) == nanoseconds(before.modified)
    }

    pub(super) fn modified(&self) -> Seen {
        Seen::At(self.modified.tv_sec)
    }

    pub(super) fn changed(&self) -> Seen {
        Seen::At(self.changed.tv_sec)
    }
}

impl From<&Statx> for Stat {
    fn from(stat: &Statx) -> Self {
        let has = |what: StatxFlags| stat.stx_mask & what.bits() != 0;
        let device = (u64::from(stat.stx_dev_major) << 32) | u64::from(stat.stx_dev_minor);
        Self {
            mode: stat.stx_mode,
            mount: if has(StatxFlags::MNT_ID) { stat.stx_mnt_id } else { device },
            inode: stat.stx_ino,
            size: stat.stx_size,
            names: stat.stx_nlink,
            modified: stat.stx_mtime,
            changed: stat.stx_ctime,
            born: if has(StatxFlags::BTIME) {
                Seen::At(stat.stx_btime.tv_sec)
            } else {
                Seen::Missing
            },
        }
    }
}

/// Wraps in the year 2554 and before 1970, which does no harm to a mark.
fn nanoseconds(time: StatxTimestamp) -> u64 {
    time.tv_sec.wrapping_mul(1_000_000_000).wrapping_add(i64::from(time.tv_nsec)).cast_unsigned()
}

/// What a failure to open, read, move or remove means.
pub(super) fn problem(error: Errno) -> ProblemKind {
    match error {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => ProblemKind::AccessDenied,
        Errno::BUSY | Errno::TXTBSY => ProblemKind::InUse,
        Errno::EXIST | Errno::NOTEMPTY => ProblemKind::Occupied,
        Errno::NOSPC | Errno::DQUOT => ProblemKind::NoRoom,
        Errno::LOOP => ProblemKind::Link,
        Errno::XDEV => ProblemKind::OtherFileSystem,
        Errno::NAMETOOLONG => ProblemKind::TooDeep,
        _ => ProblemKind::ReadFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_its_reason() {
        // Tests may run as a user whom nothing is refused.
        for (error, kind) in [
            (Errno::ACCESS, ProblemKind::AccessDenied),
            (Errno::PERM, ProblemKind::AccessDenied),
            (Errno::ROFS, ProblemKind::AccessDenied),
            (Errno::BUSY, ProblemKind::InUse),
            (Errno::EXIST, ProblemKind::Occupied),
            (Errno::NOSPC, ProblemKind::NoRoom),
            (Errno::DQUOT, ProblemKind::NoRoom),
            (Errno::LOOP, ProblemKind::Link),
            (Errno::XDEV, ProblemKind::OtherFileSystem),
            (Errno::NAMETOOLONG, ProblemKind::TooDeep),
            (Errno::IO, ProblemKind::ReadFailed),
            (Errno::STALE, ProblemKind::ReadFailed),
        ] {
            assert_eq!(problem(error), kind);
        }
    }
}
