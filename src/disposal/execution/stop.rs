//! Why a run stops: one sentence for each guard, with the way out.

use retaind_connectors::contract::StoreError;
use retaind_schedules::batch::BatchState;

use crate::catalogue::CatalogueError;
use crate::disposal::execution::executor::ExecutorError;
use crate::proof::ProofError;
use crate::scan::plan::PlanError;
use crate::stores::ConnectError;
use crate::working_days::WhyNot;

/// A guard that stopped a run, before anything more was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The batch is not in a state to be carried out.
    #[error("it is {0}. Only an authorised batch is carried out{more}", more = if_halted(.0))]
    NotAuthorised(String),
    /// Two people have not approved this list.
    #[error(
        "the list is not the one that was approved. Withdraw the batch and propose it again; \
         nothing of it goes"
    )]
    NotThisList,
    /// An approver may no longer act.
    #[error(
        "{0} approved it and may no longer act. Withdraw the batch and propose it again, so that \
         someone who answers for it today approves"
    )]
    ApproverGone(String),
    /// Too few have signed.
    #[error("it has not been approved by two different people. Have it approved first")]
    NotApproved,
    /// It was let go, and the chain does not say by whom.
    #[error(
        "the audit chain has no entry of its approval, so somebody wrote that into the database. \
         Withdraw the batch, find out who may write to the database, and propose it again"
    )]
    NotEntered,
    /// The cooling-off or the grace is not over.
    #[error("nothing of it goes before {0}, so that people may object")]
    TooEarly(String),
    /// It was approved too long ago.
    #[error(
        "it was to be begun by {0}, and was not: its approval is over. What is still due is \
         proposed anew once it has expired"
    )]
    Late(String),
    /// Not at this hour or on this day.
    #[error("{0}. It goes on by itself when the hours of execution begin")]
    Hours(WhyNot),
    /// The clock went back.
    #[error(
        "the clock says {now}, and was at {last} before: it went back. Set the clock right; \
         nothing is destroyed until it has passed that time"
    )]
    ClockBehind {
        /// What it says.
        now: String,
        /// What it said before.
        last: String,
    },
    /// The clock leapt ahead.
    #[error(
        "the clock says {now}, more than two days after {last}, when it was last seen. If the \
         machine was off and the clock is right, confirm it with `retaind dispose confirm-clock`"
    )]
    ClockAhead {
        /// What it says.
        now: String,
        /// What it said before.
        last: String,
    },
    /// The catalogue knows nothing of the holds placed since its backup.
    #[error(
        "the catalogue was restored to what it was at {0}, and what was held since is not in it. \
         Enter it again; nothing is destroyed until a records manager confirms that with \
         `retaind dispose confirm-restore`"
    )]
    Restored(String),
    /// It was carried out after the catalogue's backup was made.
    #[error(
        "certificate {certificate}, which lies among the certificates and is not in the restored \
         catalogue, says that batch {batch} was carried out after the backup was made, and its \
         sealed list is not there or cannot be read. Put the list back under `manifests` and run \
         `retaind dispose confirm-restore` again, which takes over what became of each line; \
         nothing more is done with the batch until then"
    )]
    CertifiedSince {
        /// Which batch.
        batch: String,
        /// Its certificate.
        certificate: String,
    },
    /// The catalogue does not go on from where it was.
    #[error(
        "{0}. That is by the end of the chain that was kept in `audit.head` of the state \
         directory: the catalogue is an older copy, or was edited, and holds may be missing from \
         it. Put the one back that goes on from there. Where there is none, `retaind backup` and \
         `retaind restore` take this one for a backup, and ask for what came after it"
    )]
    ChainBroken(String),
    /// Somebody let more go in the database.
    #[error(
        "{0}: somebody changed the database behind the program's back. `retaind audit verify` says \
         all that differs. Set it again as it is to be, with signatures where that lets more go"
    )]
    Edited(String),
    /// The list of open requests was not read today.
    #[error(
        "the list of open requests {file} was not read to its end today ({last}), and a request \
         in it may ask for what would go. `retaind jobs run hold-feed` reads it, and `retaind \
         hold feed {file} --dry-run` says what is in its way. It goes on by itself then"
    )]
    FeedNotRead {
        /// Which list.
        file: String,
        /// When it last was.
        last: String,
    },
    /// No complete recent scan.
    #[error(
        "store `{0}` has not been scanned to its end in the last {1} days. Scan it first: \
         `retaind scan {0}`"
    )]
    NotScanned(String, i64),
    /// The store is not well.
    #[error("store `{0}` is {1}. Nothing is taken from it until a scan finds it well")]
    StoreNotWell(String, String),
    /// The store is leashed, or cannot.
    #[error("store `{store}` may not be changed: {why}")]
    Leashed {
        /// Which store.
        store: String,
        /// Why.
        why: String,
    },
    /// Too many lines.
    #[error(
        "it has {lines} lines, and the ceiling is {ceiling}. Propose smaller batches, or have the \
         ceiling raised with `retaind ceiling set`"
    )]
    TooMany {
        /// Lines of the batch.
        lines: u64,
        /// What is allowed.
        ceiling: u64,
    },
    /// Too large a share of the store.
    #[error(
        "it is {share} % of what the last scan found in store `{store}`, and the ceiling is \
         {ceiling} %. Look whether the rule is right; if it is, have the ceiling raised with \
         `retaind ceiling set`"
    )]
    TooLargeAShare {
        /// Which store.
        store: String,
        /// In per cent, rounded up.
        share: u64,
        /// What is allowed.
        ceiling: u64,
    },
    /// Far more is due than before.
    #[error(
        "{now} items are due where {before} were within the month before: a rule, a mapping or the \
         store has changed. Look at `retaind due`; if it is right, resume the batch with \
         `retaind dispose resume`"
    )]
    DueJumped {
        /// Due items of the last scan.
        now: u64,
        /// The least of the month before.
        before: u64,
    },
    /// Too much fails.
    #[error(
        "{failed} of {tried} lines failed. Look at `retaind batch show {batch} --lines`, mend the \
         cause, and resume the batch"
    )]
    TooManyFailures {
        /// Which batch.
        batch: String,
        /// That failed.
        failed: u64,
        /// That were tried.
        tried: u64,
    },
    /// What is to be put back cannot be: something stands there.
    #[error(
        "{lines} of its lines are to be put back, and something stands where they were. `retaind \
         batch show {batch} --lines` says which: move what stands there aside, and resume the \
         batch with `retaind dispose resume`; they are put back then, and not destroyed"
    )]
    PlaceTaken {
        /// Which batch.
        batch: String,
        /// How many.
        lines: u64,
    },
    /// What is out of reach can be neither destroyed nor put back.
    #[error(
        "{lines} of its lines are out of reach, and could be neither destroyed nor put back. \
         `retaind batch show {batch} --lines` says why: mend the cause, and resume the batch with \
         `retaind dispose resume`"
    )]
    LeftOutOfReach {
        /// Which batch.
        batch: String,
        /// How many.
        lines: u64,
    },
    /// The store does not say what is out of reach.
    #[error(
        "{0} of its lines are out of reach, and the store cannot say what is there. They are looked \
         at again at the next run"
    )]
    NotLookedAt(u64),
    /// Another version of the schedule is in force.
    #[error(
        "another version of the schedule is in force than the one it was approved under. Withdraw \
         the batch and propose it again"
    )]
    ScheduleChanged,
    /// The rules in force are not those that were accepted.
    #[error(
        "the rules in force are not those that the audit chain says were accepted: somebody \
         changed the database behind the program's back. `retaind audit verify` says what differs; \
         restore the last backup that agrees"
    )]
    RulesEdited,
    /// A mapping is gone, changed or unapproved.
    #[error(
        "a mapping it rests on has changed, or is no longer approved. Withdraw the batch and \
         propose it again once the mapping is approved"
    )]
    MappingChanged,
    /// The store has a store file of another name.
    #[error(
        "its store file was `{before}` when it was approved and is `{now}` now, with mappings of \
         its own. `retaind dispose restore {batch}` puts back what it took and withdraws it; \
         where it took nothing, `retaind batch withdraw {batch}` does. What is still due is \
         proposed anew"
    )]
    StoreRenamed {
        /// Which batch.
        batch: String,
        /// Its store's name then.
        before: String,
        /// And now.
        now: String,
    },
    /// The asset may not be destroyed from.
    #[error("asset `{0}` is at level `{1}`, which lets nothing go. It must be at `destroy`")]
    Enforcement(String, String),
    /// Everything is held.
    #[error("hold `{0}` covers everything. Nothing goes while it is in force")]
    Frozen(String),
    /// The standing authority no longer covers it.
    #[error("its standing authority no longer covers it: {0}")]
    Authority(String),
    /// The archive has not taken the items.
    #[error(
        "the archive has not accepted it. Record its acceptance with `retaind transfer accept` \
         before any local copy goes"
    )]
    NotAccepted,
    /// People do it.
    #[error(
        "its items are made anonymous by people, in the system itself. `retaind anonymise list \
         {0}` names those that may be done today, and `retaind anonymise attest {0}` records that \
         they are"
    )]
    Attested(String),
    /// A hand-off.
    #[error(
        "its action is {0}, which the program does not carry out. What is for review is decided \
         with `retaind review decide`; anything else a person does in the system itself, and \
         withdraws the batch"
    )]
    ByHand(String),
}

impl Stop {
    /// Whether it is over by itself or by an answer that is awaited, so that
    /// nobody need look.
    #[must_use]
    pub const fn only_waits(&self) -> bool {
        matches!(
            self,
            Self::TooEarly(_)
                | Self::Hours(_)
                | Self::Late(_)
                | Self::Frozen(_)
                | Self::FeedNotRead { .. }
                | Self::NotAccepted
                | Self::NotLookedAt(_)
                | Self::Attested(_)
        )
    }
}

/// Why a batch was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum DisposalError {
    /// There is no such batch.
    #[error("there is no batch `{0}`. `retaind batch list` shows them all")]
    NoSuchBatch(String),
    /// There is no such line.
    #[error("batch `{batch}` has no line {line}. `retaind batch show {batch} --lines` shows them")]
    NoSuchLine {
        /// Which batch.
        batch: String,
        /// Which line.
        line: String,
    },
    /// There is nothing of it to put back.
    #[error("line {line} of batch `{batch}` is not out of reach: {stands}")]
    NotOutOfReach {
        /// Which batch.
        batch: String,
        /// Which line, from 1.
        line: i64,
        /// Where its item is.
        stands: String,
    },
    /// Nobody who may.
    #[error("{0} may not do this. It takes the role {1}")]
    MayNot(String, &'static str),
    /// A guard stopped it.
    #[error("batch `{batch}` does not go on: {stop}")]
    Stopped {
        /// Which batch.
        batch: String,
        /// Which guard.
        stop: Stop,
    },
    /// A step that does not follow from where the batch stands.
    #[error("batch `{batch}` is {state}; {what} is not possible then")]
    NotNow {
        /// Which batch.
        batch: String,
        /// Where it stands.
        state: String,
        /// What was asked.
        what: &'static str,
    },
    /// A batch that a guard halted has waited too long for a person.
    #[error(
        "batch `{0}` was halted more than thirty days ago, and its approval is over. What is still \
         due is proposed anew once it has expired"
    )]
    Late(String),
    /// Its store is not among the store files.
    #[error(
        "no store file reaches the store `{store}` of batch `{batch}` any more. Put one back, \
         under that name or another: what the batch took can be put back then. A batch that took \
         nothing can be withdrawn without it"
    )]
    NoStoreFile {
        /// Which batch.
        batch: String,
        /// Which store.
        store: String,
    },
    /// The store failed as a whole.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be relied on.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Its mappings cannot be made ready.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// This process cannot act.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// Its certificate cannot be given.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for DisposalError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// The way on from a halt, where there is one.
fn if_halted(state: &str) -> &'static str {
    if state == BatchState::Halted.name() {
        "; once what halted it is mended, `retaind dispose resume` lets it go on"
    } else {
        ""
    }
}
