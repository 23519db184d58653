//! Why a batch is not handed over to an archive, in words.

use std::path::PathBuf;

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;

use crate::catalogue::CatalogueError;
use crate::disposal::ApprovalError;
use crate::disposal::execution::stop::DisposalError;

/// Why a batch is not handed over.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Another action.
    #[error(
        "batch `{0}` is for {1}, and only a batch for transfer is offered to an archive. What goes \
         to one is decided with `retaind review decide`, or by the rule"
    )]
    OtherAction(String, DisposalAction),
    /// Offered before.
    #[error(
        "batch `{0}` was offered to {1} already. Record its answer with `retaind transfer accept` \
         or `retaind transfer decline`"
    )]
    Offered(String, String),
    /// Not offered yet.
    #[error("batch `{0}` was not offered to an archive. Offer it with `retaind transfer offer`")]
    NotOffered(String),
    /// Accepted before.
    #[error("the archive accepted batch `{0}` already, as `{1}`: that stands")]
    Accepted(String, String),
    /// Nothing of it may go.
    #[error(
        "nothing of batch `{0}` may go today, so there is nothing to offer. \
         `retaind dispose dry-run {0}` says why"
    )]
    NothingToOffer(String),
    /// A day that cannot be.
    #[error("{0} cannot be the day of acceptance: the offer was made on {1}, and today is {2}")]
    Day(Date, Date, Date),
    /// The wrong file, most likely.
    #[error(
        "none of the archive's checksums is ours for batch `{0}`. See that {1} is the answer to \
         this offer; nothing was recorded"
    )]
    NoneMatch(String, String),
    /// A row that cannot be taken.
    #[error(
        "{file}, row {row}: {fault}. Each row has `line`, as the offer numbers it, and `sha256`, \
         64 hexadecimal digits; nothing was recorded"
    )]
    Row {
        /// Which file, or what was sent.
        file: String,
        /// Which row, the headings being the first.
        row: u64,
        /// What is wrong.
        fault: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {file}: {fault}", file = .file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        fault: csv::Error,
    },
    /// The list for the archive cannot be written.
    #[error(
        "cannot write the list for the archive, {file}: {fault}. Name a file that does not exist \
         yet, in a folder that may be written",
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

impl From<sea_orm::DbErr> for TransferError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
