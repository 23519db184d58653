//! Why a backup, a restore or a move was not made.

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::VerifyError;
use crate::catalogue::CatalogueError;
use crate::keys::KeyError;
use crate::proof::ProofError;

/// Why a backup, a restore or a move was not made.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The chain is not whole, or cannot be read.
    #[error("{0}. Nothing was changed; `retaind doctor` says what to do")]
    Chain(#[from] VerifyError),
    /// The key is missing or another.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file or folder cannot be read or written.
    #[error(
        "{}: {what}: {fault}. See that the folder is there, has room, and belongs to the user \
         that runs retaind", .file.display()
    )]
    File {
        /// Which.
        file: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        fault: io::Error,
    },
    /// Something has that name already.
    #[error("{} is there already: name a folder, or another file", .0.display())]
    AlreadyThere(PathBuf),
    /// Another process writes a backup there.
    #[error("another backup is being written to {}. Wait for it to end", .0.display())]
    UnderWay(PathBuf),
    /// The daemon runs.
    #[error(
        "the daemon runs on {}: stop it first, with `systemctl stop retaind`, and run this again. \
         Nothing was touched", .0.display()
    )]
    DaemonRuns(PathBuf),
    /// What needs the daemon stopped is under way.
    #[error(
        "the catalogue of {} is being restored or moved: start the daemon when that has ended",
        .0.display()
    )]
    Replacing(PathBuf),
    /// The file is no backup.
    #[error(
        "{} is not a backup of retaind: {why}. Name a file that `retaind backup` made; nothing \
         was changed", .file.display()
    )]
    Foreign {
        /// Which file.
        file: PathBuf,
        /// By what that is seen.
        why: String,
    },
    /// The file is a backup no longer.
    #[error(
        "the backup {} is damaged: {why}. Use another backup; nothing was changed",
        .file.display()
    )]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// By what that is seen.
        why: String,
    },
    /// The file is ahead of this program.
    #[error(
        "the backup {} was made by a newer version ({theirs}), and this is retaind {ours}: \
         install that version or a later one. Nothing was changed", .file.display()
    )]
    Newer {
        /// Which file.
        file: PathBuf,
        /// Who made it.
        theirs: String,
        /// This version.
        ours: &'static str,
    },
    /// There is a catalogue where one was to be made.
    #[error(
        "there is a catalogue with {entries} audited entries at {place} already. To put the \
         backup in its place, stop the daemon and say `--replace`: what is there is backed up first"
    )]
    NotEmpty {
        /// Where.
        place: String,
        /// How much was done with it.
        entries: i64,
    },
    /// What is there cannot be backed up before it is replaced.
    #[error(
        "what is at {place} could not be backed up first ({why}). If the backup is to take its \
         place all the same, move it away by hand and restore again without --replace; nothing \
         was changed"
    )]
    NotSaved {
        /// Where.
        place: String,
        /// What was wrong.
        why: String,
    },
    /// Another key is where a key was to be written.
    #[error(
        "{} is there already and is another than the backup holds. Correct state_directory, or \
         say `--replace`, which keeps the present file beside it", .0.display()
    )]
    AnotherKey(PathBuf),
    /// The target of a move holds something.
    #[error("the catalogue can only be moved to an empty place, and there is one at {0} already")]
    TargetNotEmpty(String),
    /// Someone else writes to the catalogue.
    #[error(
        "something else is writing to the catalogue at {place}: stop the daemon and every other \
         retaind, and try again. Nothing was changed"
    )]
    InUse {
        /// Where.
        place: String,
    },
    /// The copy is not the same.
    #[error(
        "the copy is not the same as what was copied ({0}). It was dropped, and the catalogue is \
         as it was: try again, and keep this message for those who look after retaind"
    )]
    Differs(String),
    /// A certificate or manifest beside the catalogue cannot be read.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl UpkeepError {
    pub(super) fn file(file: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |fault| Self::File { file, what, fault }
    }
}

impl From<sea_orm::DbErr> for UpkeepError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
