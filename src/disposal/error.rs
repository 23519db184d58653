//! Why a batch was not proposed, approved or changed. Nothing was written.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use retaind_schedules::erasure::NotGranted;

use crate::catalogue::CatalogueError;
use crate::catalogue::words::{AuthorityState, Enforcement, StoreState};
use crate::config::ConfigError;
use crate::disposal::standing::Why;
use crate::explain::ExplainError;
use crate::requests::RequestError;

/// Why a batch was not proposed, approved or changed.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// No batch of this number.
    #[error("there is no batch {0}: see `retaind batch list --all`")]
    NoSuchBatch(String),
    /// No record type of this code in the schedule in force.
    #[error(
        "the schedule in force has no record type `{0}`: write the code as the register does, or \
         see `retaind schedule list`"
    )]
    NoSuchRecordType(String),
    /// No asset of this reference.
    #[error("there is no asset `{0}` in the register: write its ref as the register does")]
    NoSuchAsset(String),
    /// The store was never scanned.
    #[error("the catalogue does not know the store {0}: run `retaind scan {0}` first")]
    UnknownStore(String),
    /// Nothing has jumped there.
    #[error(
        "no more is due in store `{0}` than the month before, or it was confirmed already: there \
         is nothing to confirm"
    )]
    NoJump(String),
    /// Far more is due than before.
    #[error(
        "{now} items are due in store `{store}` where {before} were within the month before: a \
         rule, a mapping or the store has changed, and nothing is proposed of it. Look at `retaind \
         due`; if it is right, a records manager says so with `retaind dispose confirm-jump {store}`"
    )]
    DueJumped {
        /// The store's name.
        store: String,
        /// Due items of the last scan.
        now: u64,
        /// The least of the month before.
        before: u64,
    },
    /// No schedule is in force.
    #[error("no schedule is in force: import a register and accept it first")]
    NoSchedule,
    /// The schedule changed while the list was made.
    #[error("another schedule came into force just now: run the command again")]
    ScheduleMoved,
    /// The rules in force are not those that were accepted.
    #[error(
        "the rules in force are not those that the audit chain says were accepted: somebody \
         changed the database behind the program's back, so nothing is proposed. `retaind audit \
         verify` says what differs; restore the last backup that agrees"
    )]
    RulesEdited,
    /// The rule keeps it for ever (I8).
    #[error(
        "`{0}` is kept permanently under the schedule in force: nothing of it is ever proposed for \
         disposal"
    )]
    Permanent(String),
    /// Nobody could compare the archive's copies with ours (G6).
    #[error(
        "store {store} is of the kind `{kind}`, which cannot read the content of items: an archive \
         could not show that it has them whole, so nothing of `{record_type}` there goes to one. \
         Let its rule say review or destroy, decide to destroy or to keep with `retaind review \
         decide`, or hand the records over by hand in the system itself"
    )]
    NoChecksum {
        /// The store's name.
        store: String,
        /// Its kind.
        kind: String,
        /// The code.
        record_type: String,
    },
    /// The asset is not open to disposal.
    #[error(
        "asset {asset} is at the level `{level}`, and nothing is proposed below `propose`: raise \
         it with `retaind enforcement set {asset} propose --reason ...`, which two people sign"
    )]
    NotPromoted {
        /// The asset's ref.
        asset: String,
        /// Its level.
        level: Enforcement,
    },
    /// The asset has no owner.
    #[error(
        "asset {0} has no owner, so nobody can approve: name its information asset owner in the \
         register"
    )]
    NoOwner(String),
    /// The store is not as it should be.
    #[error(
        "store {store} is {state}: nothing is proposed from a store that cannot be relied on; see \
         `retaind store list`"
    )]
    StoreNotOk {
        /// Its name.
        store: String,
        /// Its state.
        state: StoreState,
    },
    /// The store was not seen whole.
    #[error(
        "the last scan of store {0} did not see all of it: run `retaind scan {0}` to its end first"
    )]
    NotScanned(String),
    /// The scan is too old.
    #[error(
        "the last scan of store {store} is of {on}, {days} days ago: nothing is proposed from a \
         scan of {limit} days or more; run `retaind scan {store}`"
    )]
    StaleScan {
        /// The store's name.
        store: String,
        /// The day of the scan.
        on: Date,
        /// Its age.
        days: i32,
        /// The age that is too old.
        limit: u16,
    },
    /// A mapping nobody approved.
    #[error(
        "the mapping of `{record_type}` in store {store} is not approved: look at it and run \
         `retaind mapping approve {store} {id}`"
    )]
    MappingNotApproved {
        /// The code.
        record_type: String,
        /// The store's name.
        store: String,
        /// The mapping's id.
        id: uuid::Uuid,
    },
    /// More lines than a batch may have (I15).
    #[error(
        "{lines} items of `{record_type}` are due in store {store}, and a batch may have {most}: \
         nothing was proposed. Look why so many are due. Where it is a backlog, take the \
         longest overdue of it first with `retaind batch propose --record-type {record_type} \
         --store {store} --oldest {most}`; the ceiling is raised with `retaind ceiling set \
         max-lines`, which the SIRO signs too"
    )]
    TooMany {
        /// The code.
        record_type: String,
        /// The store's name.
        store: String,
        /// How many are due.
        lines: u64,
        /// The ceiling.
        most: u64,
    },
    /// Too great a share of the store (I15).
    #[error(
        "{members} of the {of} items in store {store} would go ({percent} %), and a batch may \
         take {most} %: nothing was proposed of `{record_type}`. Look why so many are due. Where it \
         is a backlog, take the longest overdue of it first with `retaind batch propose --oldest \
         LINES`; the ceiling is raised with `retaind ceiling set max-share-percent`, which the \
         SIRO signs too"
    )]
    TooGreatAShare {
        /// The code.
        record_type: String,
        /// The store's name.
        store: String,
        /// Files or rows on the list.
        members: u64,
        /// Files or rows at the last scan.
        of: u64,
        /// The share, in per cent, rounded up.
        percent: u64,
        /// The ceiling, in per cent.
        most: u64,
    },
    /// The actor may not do this.
    #[error("{name} may not {act}: it takes {needs}")]
    MayNot {
        /// Who.
        name: String,
        /// What.
        act: &'static str,
        /// Whom it takes.
        needs: &'static str,
    },
    /// The actor is not the owner of the asset.
    #[error(
        "{name} is not the information asset owner of {asset}: the first approval, and what is \
         kept of the list, is its owner's alone"
    )]
    NotTheOwner {
        /// Who.
        name: String,
        /// The asset's ref.
        asset: String,
    },
    /// The actor has left (I27).
    #[error("{0} may no longer act, and approves nothing")]
    Left(String),
    /// The same person twice.
    #[error(
        "{name} approved {number} as the owner: the second approval is another person's, whatever \
         roles one person holds"
    )]
    SamePerson {
        /// Who.
        name: String,
        /// The batch.
        number: String,
    },
    /// The actor made the rule or the mapping within a day.
    #[error(
        "{name} made the rule or the mapping behind {number} within the last 24 hours: another \
         person approves, or the same person a day later"
    )]
    Author {
        /// Who.
        name: String,
        /// The batch.
        number: String,
    },
    /// The batch is elsewhere.
    #[error("batch {number} is {state}: that can no longer, or not yet, be done to it")]
    NotNow {
        /// The batch.
        number: String,
        /// Its state.
        state: BatchState,
    },
    /// Something of it is out of reach or gone.
    #[error(
        "batch {number} has taken items out of reach: `retaind dispose restore {number}` puts back \
         what can be, and withdraws it where all of it is back"
    )]
    Taken {
        /// The batch.
        number: String,
    },
    /// The batch expired.
    #[error("batch {number} expired on {at}: what is still due is proposed anew")]
    Expired {
        /// The batch.
        number: String,
        /// When.
        at: Timestamp,
    },
    /// A list for review.
    #[error(
        "batch {0} is a list for review: nothing is approved on it; decide its items with `retaind \
         review decide` or `retaind review file`"
    )]
    ForReview(String),
    /// Another digest than was shown.
    #[error(
        "the list of {0} is not the one that was shown: see `retaind batch show {0}` and approve \
         the digest it shows now"
    )]
    OtherDigest(String),
    /// The rows are not those the digest is of.
    #[error(
        "the lines of {0} in the catalogue are not those its digest was made of: someone changed \
         them past the program. Approve nothing, and tell whoever runs the catalogue"
    )]
    Tampered(String),
    /// Too little of the digest.
    #[error("give at least the first 12 digits of the digest that was shown")]
    ShortDigest,
    /// The typed confirmation is not right.
    #[error("to approve, type the number of the batch and how many lines go: `{number} {lines}`")]
    NotConfirmed {
        /// The batch.
        number: String,
        /// Lines that go.
        lines: u64,
    },
    /// Items changed since they were proposed.
    #[error(
        "{changed} of the items on {number} changed since they were proposed, or are no longer \
         due: run `retaind batch refresh {number}`, which leaves them out, and look at the list \
         again"
    )]
    Changed {
        /// The batch.
        number: String,
        /// How many.
        changed: u64,
    },
    /// Nothing changed.
    #[error("nothing on {0} changed since it was proposed: the list stands as it is")]
    NothingChanged(String),
    /// Every line is kept.
    #[error("nothing is left on {0}: every line of it is kept, so there is nothing to approve")]
    NothingLeft(String),
    /// No line answers.
    #[error("no line of {0} that still goes answers to that: see `retaind batch show {0} --lines`")]
    NoSuchLine(String),
    /// A decision without a reason.
    #[error("a reason is needed: say in a few words why")]
    NoReason,
    /// A date that is not ahead.
    #[error("{0} is not after today: give a day on which it is looked at again")]
    NotAhead(Date),
    /// Kept for longer than anybody should without looking at it again.
    #[error(
        "{0} is too far ahead: keep it until {1} at the latest, and decide again then. What must \
         stay for longer needs a longer period in the register, or a hold"
    )]
    TooFarAhead(Date, Date),
    /// Kept without a day.
    #[error("what is kept needs the day on which it is looked at again: give `--until`")]
    NoDay,
    /// No authority of this number.
    #[error("there is no standing authority {0}: see `retaind authority list`")]
    NoSuchAuthority(String),
    /// The authority is elsewhere.
    #[error("standing authority {number} is {state} or past: that can no longer be done to it")]
    AuthorityNotNow {
        /// Its number.
        number: String,
        /// Its state.
        state: AuthorityState,
    },
    /// Its terms are not right.
    #[error(
        "a standing authority covers one line a day at least, and its last day ({expires_on}) lies \
         ahead and no later than {latest}, twelve months from now"
    )]
    AuthorityTerms {
        /// As given.
        expires_on: Date,
        /// The last day it may be.
        latest: Date,
    },
    /// A class that never goes by standing authority.
    #[error(
        "records of `{code}` {why}: they never go by standing authority; propose them as batches, \
         which two people approve"
    )]
    NeverStanding {
        /// The code.
        code: String,
        /// Why.
        why: &'static str,
    },
    /// A standing authority is no leave for what would be made under it.
    #[error(
        "{0}. Nothing is made under it; what is due is proposed as a batch, which two people \
         approve"
    )]
    Standing(#[from] Why),
    /// No due item there.
    #[error(
        "nothing that is due for review lies at one of the places given (number {0}): see `retaind review list`"
    )]
    NotForReview(u64),
    /// The request is closed.
    #[error(
        "the request `{0}` is closed, and where the items it named are is forgotten: nothing can be \
         proposed under it any more"
    )]
    RequestClosed(String),
    /// The request lets nothing go early.
    #[error(
        "nothing of the request `{0}` may go early: it must be a request for erasure that was granted, \
         and name items that nothing but your own need keeps, with `retaind request item`"
    )]
    NothingEarly(String),
    /// The decision is not signed by all who must.
    #[error(
        "nothing goes early under the request `{0}`: {1}. See `retaind request show {0}` for who is \
         still to sign, with `retaind request sign {0}`"
    )]
    EarlyNotSigned(String, NotGranted),
    /// The decision is not the one that the list was proposed under.
    #[error(
        "the decision by which the items on {0} were to go early does not stand any more, or not as it \
         did: it was taken back, or a signature or an item changed. Withdraw the list; where the items \
         are to go early all the same, it takes new signatures and a new list"
    )]
    EarlyVoid(String),
    /// What a request names could not be looked at.
    #[error(transparent)]
    Look(#[from] Box<ExplainError>),
    /// The request could not be found or written.
    #[error(transparent)]
    Request(#[from] Box<RequestError>),
    /// The configuration is not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for ApprovalError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}
