//! An answer that was not taken: why, in a sentence, and the status of its page.

use axum::http::StatusCode;
use axum::response::Response;

use super::page::page;
use crate::catalogue::CatalogueError;
use crate::disposal::ApprovalError;
use crate::disposal::execution::DisposalError;
use crate::disposal::execution::transfer::TransferError;
use crate::holds::HoldError;
use crate::notices::NoticeError;
use crate::notices::link::LinkError;
use crate::notices::yearly::StatementError;

pub(super) const OTHER_LIST: &str = "the list has changed since the page was shown. Open the link in your \
                          mail again and look at it as it is now";

/// An answer that was not taken. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(
        "this link belongs to somebody who is not written to any more, or may no longer answer. \
         Ask a records manager; a hold stops everything at once"
    )]
    NotYours,
    #[error(
        "this link has done its work: it was answered already, on {0}. To change what was said, \
         write to the records manager; a hold stops everything at once"
    )]
    Used(String),
    #[error("what this link asked about is not known any more")]
    Gone,
    #[error("this form was not sent from the page itself. Open the link in your mail again")]
    Form,
    #[error("say it in {most} characters at most; whatever is longer is for a letter")]
    TooLong { most: usize },
    #[error("that is more than a page takes. Use the command for it, or ask a records manager")]
    TooLarge,
    /// Something is missing, or not as it must be.
    #[error("{0}")]
    Wrong(String),
    /// It is not asked any more, or another thing is.
    #[error("{0}")]
    Closed(String),
    /// Not by this person.
    #[error("{0}")]
    MayNot(String),
    /// Something failed that the reader can do nothing about.
    #[error("this cannot be done from here just now. Ask a records manager")]
    Fault(Box<dyn std::error::Error + Send + Sync>),
    #[error("the catalogue does not answer. Open the link in your mail again later")]
    Catalogue(#[from] CatalogueError),
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Link(LinkError::Forged) | Self::NotYours | Self::Form | Self::MayNot(_) => {
                StatusCode::FORBIDDEN
            }
            Self::Link(LinkError::Expired) => StatusCode::GONE,
            Self::Gone => StatusCode::NOT_FOUND,
            Self::Used(_) | Self::Closed(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooLong { .. } | Self::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Fault(_) | Self::Catalogue(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn shown(&self) -> Response {
        if let Self::Catalogue(_) | Self::Fault(_) = self {
            tracing::error!(fault = ?self, "an answer could not be read or written");
        }
        page(self.status(), "refused.html", serde_json::json!({ "why": self.to_string() }))
    }
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

impl From<NoticeError> for Refusal {
    fn from(refused: NoticeError) -> Self {
        match refused {
            NoticeError::Catalogue(fault) => Self::Catalogue(fault),
            NoticeError::Batch(refused) => refused.into(),
            refused => Self::Fault(refused.into()),
        }
    }
}

impl From<ApprovalError> for Refusal {
    fn from(refused: ApprovalError) -> Self {
        use ApprovalError::{
            Author, Catalogue, Changed, Expired, Left, MayNot, NoOwner, NotForReview, NotNow,
            NotTheOwner, OtherDigest, SamePerson, ShortDigest,
        };
        match refused {
            Catalogue(fault) => Self::Catalogue(fault),
            OtherDigest(_) | ShortDigest | NotForReview(_) => Self::Closed(OTHER_LIST.to_owned()),
            Changed { changed, .. } => Self::Closed(format!(
                "{changed} of the items have changed since they were proposed, so the list cannot \
                 be agreed to as it is. The records manager takes them out of it, and you are \
                 asked again"
            )),
            NotNow { .. } | Expired { .. } => Self::Closed(refused.to_string()),
            Author { .. }
            | Left(_)
            | MayNot { .. }
            | NotTheOwner { .. }
            | SamePerson { .. }
            | NoOwner(_) => Self::MayNot(refused.to_string()),
            refused => Self::Wrong(refused.to_string()),
        }
    }
}

impl From<DisposalError> for Refusal {
    fn from(refused: DisposalError) -> Self {
        match refused {
            DisposalError::Catalogue(fault) => Self::Catalogue(fault),
            DisposalError::NotNow { .. } => Self::Closed(refused.to_string()),
            refused => Self::Fault(refused.into()),
        }
    }
}

impl From<HoldError> for Refusal {
    fn from(refused: HoldError) -> Self {
        use HoldError::{AlreadyRequested, Catalogue, MayNot, NoSuchHold, Released};
        match refused {
            Catalogue(fault) => Self::Catalogue(fault),
            MayNot(_) => Self::MayNot(refused.to_string()),
            // Neither names the hold, whose reference people wrote.
            Released(_) | NoSuchHold(_) => {
                Self::Closed("the hold was released, so nothing is asked of it any more".to_owned())
            }
            AlreadyRequested(_) => Self::Closed(
                "its release has been asked for already, and waits for a second person".to_owned(),
            ),
            refused => Self::Wrong(refused.to_string()),
        }
    }
}

impl From<TransferError> for Refusal {
    fn from(refused: TransferError) -> Self {
        use TransferError::{
            Accepted, Catalogue, Day, NoneMatch, NotOffered, OtherAction, Refused, Row, Stopped,
        };
        match refused {
            Catalogue(fault) => Self::Catalogue(fault),
            Refused(refused) => refused.into(),
            Stopped(refused) => refused.into(),
            NotOffered(_) | Accepted(..) | OtherAction(..) => Self::Closed(refused.to_string()),
            Day(..) | NoneMatch(..) | Row { .. } => Self::Wrong(refused.to_string()),
            refused => Self::Fault(refused.into()),
        }
    }
}

impl From<StatementError> for Refusal {
    fn from(refused: StatementError) -> Self {
        match refused {
            StatementError::Catalogue(fault) => Self::Catalogue(fault),
            StatementError::Left(_) | StatementError::NotTheirs { .. } => {
                Self::MayNot(refused.to_string())
            }
            refused => Self::Closed(refused.to_string()),
        }
    }
}
