//! Why a hold was not placed, changed or released.

use jiff::civil::Date;

use crate::catalogue::CatalogueError;

/// Why a hold was not placed, changed or released. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The actor has no role that lets them.
    #[error(
        "{0} has no role that may place or change holds: ask an officer who has, or have the role \
         added to the people list"
    )]
    MayNot(String),
    /// Something that must be said was left out.
    #[error("the hold has no {0}: a hold is a record of its own, so say it in a few words")]
    Blank(&'static str),
    /// The reference is another hold's.
    #[error(
        "there is a hold with the reference `{0}` already: holds are never placed anew over an old \
         one, so choose another reference"
    )]
    ReferenceTaken(String),
    /// A restriction without its ground.
    #[error(
        "a restriction needs its ground under Article 18(1): a (accuracy), b (unlawful), c (legal \
         claim) or d (objection)"
    )]
    GroundMissing,
    /// A ground that restricts nothing.
    #[error(
        "a ground belongs to a restriction only: leave it out, or choose the kind restriction18"
    )]
    GroundNotWanted,
    /// The review is too early or too late.
    #[error(
        "the review on {review_on} must be after today and no later than {latest}, twelve months \
         ahead: a hold stays in force past its review, which only brings it before someone"
    )]
    Review {
        /// As given.
        review_on: Date,
        /// The last day it may be.
        latest: Date,
    },
    /// Nothing to cover.
    #[error(
        "the hold covers nothing: name an asset, a record type, a service area, a location, a case \
         reference or a person, or say that it covers everything"
    )]
    NoScope,
    /// The days it is narrowed to are none.
    #[error("the days of the hold end before they begin: write the earlier day as the first")]
    Days,
    /// Something to cover that is not known.
    #[error("there is no {what} `{name}`: {remedy}")]
    NoSuchTarget {
        /// What it should be.
        what: &'static str,
        /// The name given.
        name: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A location that leaves the store.
    #[error(
        "the location `{0}` has a `..` in it, which no item's place has: write it from the store's \
         root down"
    )]
    Location(String),
    /// No hold of this reference.
    #[error("there is no hold with the reference `{0}`: see `retaind hold list --all`")]
    NoSuchHold(String),
    /// The hold is released.
    #[error("the hold `{0}` was released already: it cannot be changed; place a new one if needed")]
    Released(String),
    /// Release was asked for already.
    #[error(
        "the release of the hold `{0}` has been asked for already: it waits for a second person"
    )]
    AlreadyRequested(String),
    /// Nobody asked for the release.
    #[error(
        "nobody has asked for the release of the hold `{0}`: two people release a hold, the first \
         asks with a reason and an authority"
    )]
    NotRequested(String),
    /// The second person is the first.
    #[error(
        "{0} asked for the release, so another person must release the hold: it takes two people"
    )]
    SamePerson(String),
    /// Neither of the two has the role.
    #[error(
        "one of the two people who release a hold must be legal, data protection officer or \
         records manager, and neither {first} nor {second} is"
    )]
    NeitherMay {
        /// Who asked.
        first: String,
        /// Who would release.
        second: String,
    },
    /// The request may still be reviewed or complained about.
    #[error(
        "the hold `{reference}` is not to be released before {earliest}, while a review or a \
         complaint may follow: wait, or have one of the two people be legal"
    )]
    TooEarly {
        /// Which hold.
        reference: String,
        /// From which day.
        earliest: Date,
    },
    /// Nothing says that the request was ever answered.
    #[error(
        "no answer to the request of the hold `{reference}`, which came in on {received}, is \
         recorded, so its release has no day yet: record the day of the answer with `retaind hold \
         progress {reference} --answered DATE`, or of the last letter with `retaind hold \
         corresponded {reference} --on DATE`; the time it stays counts from then"
    )]
    Unanswered {
        /// Which hold.
        reference: String,
        /// When the request came in.
        received: Date,
    },
    /// The person does not know yet.
    #[error(
        "the restriction `{0}` cannot be lifted before the person has been told (Article 18(3)): \
         tell them, and record the day"
    )]
    SubjectNotInformed(String),
    /// Only a restriction needs it.
    #[error("the hold `{0}` is not a restriction: nobody has to be told before it is released")]
    NotARestriction(String),
    /// A day that has not come, or is before the hold.
    #[error(
        "the day {day} lies outside the life of the hold, from {placed} to today: give the day on \
         which it happened"
    )]
    Day {
        /// As given.
        day: Date,
        /// The day the hold was placed.
        placed: Date,
    },
    /// The kind has no correspondence to wait for.
    #[error("the hold `{0}` is not for a request for information: no correspondence counts for it")]
    NotARequest(String),
    /// A complaint has not been decided.
    #[error(
        "the hold `{0}` waits for the decision on a complaint: record its day with `retaind hold \
         decision`; six weeks after that it may be released"
    )]
    ComplaintOpen(String),
    /// There is nothing to decide.
    #[error(
        "no complaint about the request `{0}` is open: record it first, with `retaind hold \
         complaint`"
    )]
    NoComplaint(String),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for HoldError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
