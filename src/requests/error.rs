//! Why something could not be done about a request.

use jiff::civil::Date;

use super::{RequestDecision, RequestKind};
use crate::catalogue::CatalogueError;
use crate::explain::ExplainError;
use crate::holds::HoldError;
use crate::plural::counted;

/// Why something could not be done about a request. Nothing was written, unless
/// it says so.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The actor has no role that lets them.
    #[error(
        "{0} has no role that may handle requests of people: ask the data protection officer or an \
         information requests officer"
    )]
    MayNot(String),
    /// Something that must be said was left out.
    #[error("the request has no {0}: say it in a few words")]
    Blank(&'static str),
    /// There is one of this reference.
    #[error("there is a request with the reference `{0}` already: see `retaind request show {0}`")]
    ReferenceTaken(String),
    /// There is none of this reference.
    #[error("there is no request with the reference `{0}`: see `retaind request list --all`")]
    NoSuchRequest(String),
    /// It is closed.
    #[error("the request `{0}` is closed: what it says is never changed")]
    Closed(String),
    /// A day outside the life of the request.
    #[error(
        "the day {day} lies outside the life of the request, from {received} to {today}: give the \
         day on which it happened"
    )]
    Day {
        /// As given.
        day: Date,
        /// The day it came in.
        received: Date,
        /// Today.
        today: Date,
    },
    /// A code that does not fit.
    #[error("`{word}` is no {what} for this kind of request ({kind}): use one of {known}")]
    NoSuchCode {
        /// As given.
        word: String,
        /// A ground or an exception.
        what: &'static str,
        /// The kind of the request.
        kind: RequestKind,
        /// Those that fit.
        known: String,
    },
    /// A ground is needed.
    #[error(
        "the request `{reference}` names no ground, and without one it cannot be decided: name one \
         with --ground, of {known}"
    )]
    NoGround {
        /// Which request.
        reference: String,
        /// Those that fit.
        known: String,
    },
    /// A restriction rests on one ground, which its hold names.
    #[error("a restriction is placed on one ground of Art. 18(1): name one of {0} with --ground")]
    OneGround(String),
    /// No such service area.
    #[error("there is no service area `{0}`: write it as the register does")]
    NoSuchArea(String),
    /// The hold of the same reference is another matter.
    #[error(
        "there is a hold with the reference `{reference}` already, for another matter ({found}, and \
         not {wanted}): open the request under another reference"
    )]
    OtherHold {
        /// Of which reference.
        reference: String,
        /// What the hold is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The hold of the same reference is released, or about to be.
    #[error(
        "the hold `{0}` is released, or its release has been asked for: open the request under \
         another reference, so that a new hold is placed"
    )]
    HoldOver(String),
    /// It was decided already.
    #[error("the request `{0}` was {words}: what was decided stands", words = .1.words())]
    Decided(String, RequestDecision),
    /// It was not decided.
    #[error("the request `{0}` is not decided: decide it first, with `retaind request decide`")]
    NotDecided(String),
    /// Time was taken already.
    #[error("the request `{0}` was extended already, to {1}: it is extended once")]
    Extended(String, Date),
    /// The person was told of the extension too late.
    #[error(
        "the person was told on {told_on} that more time is needed, and that must be within the \
         first month, by {due_on} (UK GDPR Art. 12(3))"
    )]
    ToldTooLate {
        /// When they were.
        told_on: Date,
        /// By when they should have been.
        due_on: Date,
    },
    /// The clock cannot start then.
    #[error(
        "the clock of a request starts when it came in, on {received}, or later: not on {from}"
    )]
    ClockBefore {
        /// As given.
        from: Date,
        /// The day it came in.
        received: Date,
    },
    /// Exceptions of a request that refuses nothing.
    #[error(
        "what is {} is refused on nothing: leave the exceptions out, or decide otherwise", .0.words()
    )]
    NothingRefused(RequestDecision),
    /// An objection overridden without the grounds.
    #[error(
        "an objection is overridden on compelling grounds alone (UK GDPR Art. 21(1)): say which, \
         with --compelling"
    )]
    NotCompelling,
    /// Grounds that nothing needs.
    #[error("only an objection that is overridden has compelling grounds: leave --compelling out")]
    CompellingNotWanted,
    /// An objection to direct marketing.
    #[error("an objection to direct marketing is never overridden (UK GDPR Art. 21(3)): grant it")]
    Marketing,
    /// I18: it cannot be closed as refused yet.
    #[error(
        "the request `{reference}` was {}, and cannot be closed without {missing}: enter that with \
         `retaind request explain {reference}`", .decision.words()
    )]
    Unexplained {
        /// Which request.
        reference: String,
        /// What was decided.
        decision: RequestDecision,
        /// What is missing.
        missing: String,
    },
    /// I18: it cannot be closed as granted yet.
    #[error(
        "the request `{reference}` is incomplete: of those the records were shared with, {} not \
         settled. Record what they answered, or why they need not be told, with `retaind request \
         recipient {reference} NUMBER`", counted(*.outstanding as u64, "is", "are")
    )]
    RecipientsOutstanding {
        /// Which request.
        reference: String,
        /// How many.
        outstanding: usize,
    },
    /// No recipient of this number.
    #[error("the request `{reference}` has no recipient {number}: see `retaind request show`")]
    NoSuchRecipient {
        /// Which request.
        reference: String,
        /// As given.
        number: usize,
    },
    /// The recipient is settled.
    #[error("recipient {number} of the request `{reference}` is settled ({state}): that stands")]
    RecipientSettled {
        /// Which request.
        reference: String,
        /// Its number.
        number: usize,
        /// As what.
        state: &'static str,
    },
    /// Nothing to search by.
    #[error(
        "the request `{0}` has no hold in force that says what it is about, so nothing can be \
         searched for: note what was done by hand, with --note"
    )]
    NothingToSearch(String),
    /// An item of another service.
    #[error(
        "what stands there belongs to {found}, and the request is about {wanted}: name the places \
         of that service, or open another request"
    )]
    OtherService {
        /// The item's.
        found: String,
        /// The request's.
        wanted: String,
    },
    /// Nothing of it may go early.
    #[error(
        "nothing of the request `{0}` may go early: it must be a request for erasure that was granted, \
         and name items that nothing but your own need keeps, with `retaind request item`"
    )]
    NothingEarly(String),
    /// Another digest than is shown now.
    #[error(
        "that is not what is to be signed of the request `{0}` now: see `retaind request show {0}`, and \
         give at least twelve digits of a digest it shows"
    )]
    OtherErasure(String),
    /// The actor signed already.
    #[error("{0} has signed that already, and it takes two people: another signs next")]
    SignedBefore(String),
    /// The actor may not sign in any seat that is free.
    #[error(
        "{name} may not sign in any place that is still free: it takes the data protection officer, \
         the owner of asset {asset}, and where historical value keeps an item the archivist"
    )]
    NoSeat {
        /// Who.
        name: String,
        /// The asset's ref.
        asset: String,
    },
    /// The actor has left (I27).
    #[error("{0} may no longer act, and signs nothing")]
    MaySignNothing(String),
    /// Nobody signed that anything goes early.
    #[error(
        "nobody has signed that anything of the request `{0}` goes early: there is nothing to take back"
    )]
    NothingSigned(String),
    /// Items that are to go early stand on no list, and closing forgets where they are.
    #[error(
        "the request `{reference}` lets {items} go early that stand on no list, or were left by one, \
         and closing it forgets where they are: sign for them with `retaind request sign`, propose \
         them with `retaind batch propose --request {reference}`, name one again that is to stay, or \
         take the decision back with `retaind request retract {reference} --reason ...`"
    )]
    NotListed {
        /// Which request.
        reference: String,
        /// How many, in words.
        items: String,
    },
    /// The hold was not placed, changed, or asked for.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// A place could not be evaluated.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for RequestError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
