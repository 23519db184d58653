//! Why a batch is not made anonymous, or not recorded as such, in words.

use std::path::PathBuf;

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;

use crate::catalogue::CatalogueError;
use crate::disposal::ApprovalError;
use crate::disposal::execution::stop::DisposalError;

/// Why it is not.
#[derive(Debug, thiserror::Error)]
pub enum AnonymiseError {
    /// Another action.
    #[error("batch `{0}` is for {1}: only a batch whose rule says anonymise is made anonymous")]
    OtherAction(String, DisposalAction),
    /// No list was asked for.
    #[error(
        "nobody has asked what of batch `{0}` may be made anonymous. Do that first, with `retaind \
         anonymise list {0}`: what is held must not be touched"
    )]
    NotOrdered(String),
    /// Attested before.
    #[error("that batch `{0}` was made anonymous is attested already: that stands")]
    Attested(String),
    /// A hold came meanwhile.
    #[error("a hold was placed or released while the list of batch `{0}` was made: ask again")]
    HoldsMoved(String),
    /// Nothing of it may be done.
    #[error(
        "nothing of batch `{0}` may be made anonymous today. `retaind dispose dry-run {0}` says why"
    )]
    NothingToDo(String),
    /// Nothing of it was done.
    #[error(
        "nothing of batch `{0}` is said to be anonymous. If nothing was done, withdraw it with \
         `retaind batch withdraw {0}`"
    )]
    NothingDone(String),
    /// A day that cannot be.
    #[error("{0} cannot be the day it was done: the list was made on {1}, and today is {2}")]
    Day(Date, Date, Date),
    /// Another count.
    #[error(
        "{said} lines are said to be done, and {may} of batch `{number}` are left that may be. Name \
         those that were not done with `--not-done`. If lines were held since the list was made, \
         make it again with `retaind anonymise list {number}`; where one of them is anonymous \
         already, tell whoever placed the hold. Nothing was recorded"
    )]
    Count {
        /// The batch.
        number: String,
        /// As attested.
        said: u64,
        /// Lines that may be done and are not said to be left.
        may: u64,
    },
    /// A line that is not on the list.
    #[error(
        "line {1} is none of those of batch `{0}` that may be made anonymous, so it cannot be one \
         that was not done. Nothing was recorded"
    )]
    NoSuchLine(String, u64),
    /// A file that cannot be read.
    #[error(
        "cannot read {file}: {fault}. Each row has `line`, as the list numbers it; nothing was \
         recorded",
        file = .file.display()
    )]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        fault: csv::Error,
    },
    /// The list cannot be written.
    #[error(
        "cannot write the list {file}: {fault}. Name a file that does not exist yet, in a folder \
         that may be written",
        file = .file.display()
    )]
    Unwritable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        fault: std::io::Error,
    },
    /// As approving would refuse it.
    #[error(transparent)]
    Refused(#[from] ApprovalError),
    /// As carrying it out would stop.
    #[error(transparent)]
    Stopped(#[from] DisposalError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for AnonymiseError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
