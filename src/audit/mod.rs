//! The audit chain: what was done, by whom, in which role, to what, and why.
//!
//! Each entry is hashed over the one before it and written in the transaction
//! of what it records: there is no act without its entry and no entry without
//! its act. The tables refuse UPDATE and DELETE; [`verify`] finds what someone
//! did who got past that; a head kept elsewhere shows a chain cut short. What is in
//! force and is not as its last entry says, [`differing`] finds.
//!
//! **No name, path or title of a record stands here.** A locator appears only
//! as the keyed digest that [`crate::keys`] makes; what a person types, as a keyed
//! digest too, with the words beside the chain.
//!
//! The encoding that is hashed is in [`link`], for outsiders to recompute.

mod agree;
pub mod digest;
pub mod export;
mod last;
pub mod link;
mod list;
mod looked;
mod typed;
mod verify;

#[cfg(test)]
mod tests;

use std::fmt::Display;

use jiff::Timestamp;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, QuerySelect as _};

use crate::catalogue::entity::{audit_entry, audit_head};
use crate::catalogue::values::{Micros, words};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::{Actor, Role};

pub use agree::{REMEDY, differing};
pub use last::{Differs, Odd};
pub(crate) use last::{Entered, entered, is_entered, last_of_each, times};
pub use link::Head;
pub use list::{Filter, list};
pub use looked::{Found, Looked, last_look, note_look};
pub use typed::{Motive, shown, words_of};
pub use verify::{Break, Broken, From, Verified, VerifyError, verify};
pub(crate) use verify::{step, verify_in};

words! {
    /// What can be done and is entered in the chain. Append a line for more.
    Action, "an audited action" {
        /// People attested what they made anonymous.
        AnonymiseAttested = "anonymise.attested",
        /// People were told what they may make anonymous.
        AnonymiseOrdered = "anonymise.ordered",
        /// A second person said that the machine of a run is lost: what it had open
        /// was settled by looking.
        ExecutorGone = "executor.gone",
        /// A person said that the machine of a run is lost.
        ExecutorGoneSaid = "executor.gone-said",
        /// Part of the chain was written into a file.
        AuditExported = "audit.exported",
        /// A standing authority was put before those who must sign it.
        AuthorityProposed = "authority.proposed",
        /// A standing authority was taken back.
        AuthorityRevoked = "authority.revoked",
        /// A person signed a standing authority.
        AuthoritySigned = "authority.signed",
        /// The owner of the asset approved a batch.
        BatchApproved = "batch.approved",
        /// A second person approved a batch: it may be carried out.
        BatchAuthorised = "batch.authorised",
        /// Nobody answered a batch in time.
        BatchExpired = "batch.expired",
        /// A list that was over for long no longer says where its items stood.
        BatchForgotten = "batch.forgotten",
        /// A list was closed and put before the owner of the asset.
        BatchProposed = "batch.proposed",
        /// Lines that had changed were taken out of a batch.
        BatchRefreshed = "batch.refreshed",
        /// An approver refused a batch.
        BatchRejected = "batch.rejected",
        /// A batch was taken back before anything was touched.
        BatchWithdrawn = "batch.withdrawn",
        /// The owner keeps lines of a batch.
        BatchVerdict = "batch.verdict",
        /// A copy of the catalogue and its keys was made.
        CatalogueBackedUp = "catalogue.backed-up",
        /// The catalogue was moved to another database.
        CatalogueMoved = "catalogue.moved",
        /// The catalogue was restored from a copy.
        CatalogueRestored = "catalogue.restored",
        /// The last backup lost its copy of what a certificate is for.
        CertificateClosed = "certificate.closed",
        /// A certificate was signed.
        CertificateIssued = "certificate.issued",
        /// A ceiling was lowered.
        CeilingLowered = "ceiling.lowered",
        /// A change took effect: it was signed by all it needed.
        ChangeInForce = "change.in-force",
        /// A change was proposed, or proposed anew with another impact.
        ChangeProposed = "change.proposed",
        /// A change was refused.
        ChangeRejected = "change.rejected",
        /// A person signed a change.
        ChangeSigned = "change.signed",
        /// A change was taken back, or what it was about moved on.
        ChangeWithdrawn = "change.withdrawn",
        /// The program may do less for an asset than before.
        EnforcementLowered = "enforcement.lowered",
        /// What was signed of a request was taken back: nothing more goes early.
        ErasureRetracted = "erasure.retracted",
        /// A person signed that items which a request names go early.
        ErasureSigned = "erasure.signed",
        /// A batch went from one state to another.
        BatchMoved = "batch.moved",
        /// Lines were intended for an act.
        ChunkOpened = "chunk.opened",
        /// What became of the lines of a chunk.
        ChunkClosed = "chunk.closed",
        /// A person took the clock for right.
        ClockConfirmed = "clock.confirmed",
        /// Lines of a batch were left where they are.
        LinesWithheld = "lines.withheld",
        /// Somebody answered to a batch from their mail.
        BatchAnswered = "batch.answered",
        /// Events were recorded.
        EventRecorded = "event.recorded",
        /// A file of events was recorded.
        EventFileRecorded = "event.file-recorded",
        /// Somebody complained to the regulator about a request.
        HoldComplaint = "hold.complaint",
        /// The last correspondence about a request was noted.
        HoldCorresponded = "hold.corresponded",
        /// The regulator decided on a complaint about a request.
        HoldDecision = "hold.decision",
        /// A service said from its mail that records are needed.
        HoldAsked = "hold.asked",
        /// A hold was placed.
        HoldPlaced = "hold.placed",
        /// How a request stands with those it concerns was noted.
        HoldProgressed = "hold.progressed",
        /// A hold was released by a second person.
        HoldReleased = "hold.released",
        /// A person asked for the release of a hold.
        HoldReleaseRequested = "hold.release-requested",
        /// A hold was looked at and stays.
        HoldReviewed = "hold.reviewed",
        /// The person was told that a restriction will be lifted.
        HoldSubjectInformed = "hold.subject-informed",
        /// A hold covers more than before.
        HoldWidened = "hold.widened",
        /// A register file was accepted.
        ImportAccepted = "import.accepted",
        /// A register file was read and judged.
        ImportChecked = "import.checked",
        /// A register file was dropped.
        ImportDiscarded = "import.discarded",
        /// An item is gone that was last met before the catalogue was restored.
        ItemGoneSinceRestore = "item.gone-since-restore",
        /// An item is gone from its store, and not by us.
        ItemMissing = "item.missing",
        /// An item that was disposed of stands in its store again.
        ItemResurrected = "item.resurrected",
        /// A person said that far more than before is rightly due in a store.
        JumpConfirmed = "jump.confirmed",
        /// The signing key is lost, and another took its place.
        KeyLost = "key.lost",
        /// The first signing key was made.
        KeyMade = "key.made",
        /// The signing key introduced the next one.
        KeyRotated = "key.rotated",
        /// Someone asked what became of a record.
        LookupMade = "lookup.made",
        /// A sealed manifest was destroyed at its time.
        ManifestExpired = "manifest.expired",
        /// A sealed manifest was opened.
        ManifestOpened = "manifest.opened",
        /// An address no longer takes mail.
        MailAddressFailing = "mail.address-failing",
        /// Who is written to for the service areas changed.
        MailRoutesChanged = "mail.routes-changed",
        /// A mapping was approved.
        MappingApproved = "mapping.approved",
        /// A mapping is new, or differs and is unapproved again.
        MappingChanged = "mapping.changed",
        /// A mapping was refused, and is unapproved.
        MappingRejected = "mapping.rejected",
        /// A mapping is no longer in its store file.
        MappingRemoved = "mapping.removed",
        /// Notices that were held back were dropped.
        NoticeDropped = "notice.dropped",
        /// Notices that were held back may go out.
        NoticeReleased = "notice.released",
        /// A notice was told to another, since its recipient cannot be reached.
        NoticeRerouted = "notice.rerouted",
        /// Notices went out in a mail.
        NoticeSent = "notice.sent",
        /// A person came onto the people list.
        PersonAdded = "person.added",
        /// A person's line on the people list changed.
        PersonChanged = "person.changed",
        /// A person left.
        PersonLeft = "person.left",
        /// A request of a person was closed.
        RequestClosed = "request.closed",
        /// A request of a person was decided.
        RequestDecided = "request.decided",
        /// What a person was told about their request was entered.
        RequestExplained = "request.explained",
        /// More time was taken for a request of a person.
        RequestExtended = "request.extended",
        /// A place that a request names was evaluated.
        RequestItemJudged = "request.item-judged",
        /// A request of a person was opened.
        RequestOpened = "request.opened",
        /// Somebody was named who is to be told of what is decided on a request.
        RequestRecipientAdded = "request.recipient-added",
        /// What became of telling a recipient of the records.
        RequestRecipientNoted = "request.recipient-noted",
        /// The time of a request began later, once the person was identified.
        RequestRestarted = "request.restarted",
        /// Something was done about a request.
        RequestStepTaken = "request.step-taken",
        /// A person said that what was held since a backup is entered again.
        RestoreConfirmed = "restore.confirmed",
        /// A person decided what becomes of an item.
        ReviewDecided = "review.decided",
        /// A scan ended.
        ScanFinished = "scan.finished",
        /// A version of the schedule came into force.
        ScheduleAccepted = "schedule.accepted",
        /// An owner signed their yearly statement.
        StatementSigned = "statement.signed",
        /// A store's state changed.
        StoreChanged = "store.changed",
        /// An archive took the items of a batch, and gave its checksums.
        TransferAccepted = "transfer.accepted",
        /// An archive will not take a batch.
        TransferDeclined = "transfer.declined",
        /// A batch was offered to an archive.
        TransferOffered = "transfer.offered",
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A person, in one of their roles.
    Person {
        /// Their id.
        id: retaind_schedules::ids::PersonId,
        /// The role that let them.
        role: Role,
    },
    /// The program by itself.
    Service,
}

impl By {
    /// This actor, in this role.
    #[must_use]
    pub fn person(actor: &Actor, role: Role) -> Self {
        Self::Person { id: actor.person, role }
    }

    fn words(&self) -> (String, String) {
        match self {
            Self::Person { id, role } => (id.to_string(), role.to_string()),
            Self::Service => ("retaind".to_owned(), "service".to_owned()),
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    kind: &'static str,
    id: String,
}

impl Subject {
    /// A kind of thing, and which. Never a locator, a title or a person's
    /// reference.
    #[must_use]
    pub fn new(kind: &'static str, id: impl Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

/// An entry before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    by: By,
    action: Action,
    subject: Subject,
    before: Option<String>,
    after: Option<String>,
    why: Motive,
    schedule_version: Option<String>,
}

impl Entry {
    /// Who did what to what.
    #[must_use]
    pub fn new(by: By, action: Action, subject: Subject) -> Self {
        let (before, after, schedule_version) = (None, None, None);
        Self { by, action, subject, before, after, why: Motive::default(), schedule_version }
    }

    /// The digest of what the subject was.
    #[must_use]
    pub fn before(self, digest: impl Into<Option<String>>) -> Self {
        Self { before: digest.into(), ..self }
    }

    /// The digest of what the subject became.
    #[must_use]
    pub fn after(self, digest: impl Into<Option<String>>) -> Self {
        Self { after: digest.into(), ..self }
    }

    /// Why.
    #[must_use]
    pub fn because(self, why: Motive) -> Self {
        Self { why, ..self }
    }

    /// Under which version of the schedule.
    #[must_use]
    pub fn under(self, schedule_version: impl Display) -> Self {
        Self { schedule_version: Some(schedule_version.to_string()), ..self }
    }
}

/// Adds the entry to the chain, in the caller's transaction. From here to the
/// end of the transaction no other can append: do the work first.
///
/// # Errors
///
/// Where the catalogue fails. Then the caller's work must fail too.
pub async fn append(tx: &WriteTx, now: Timestamp, entry: &Entry) -> Result<Head, CatalogueError> {
    let row = head_row(tx).await?;
    let before = Head { seq: row.seq, hash: row.hash.clone() };
    let (reason, sealed) = typed::seal(&entry.why)?;
    let link = linked(&before, now, entry, reason);
    let head = Head { seq: link.seq, hash: link.hash.clone() };
    audit_entry::Entity::insert(link.into_active_model()).exec_without_returning(&**tx).await?;
    if let Some(sealed) = sealed {
        typed::keep(tx, head.seq, sealed).await?;
    }
    let moved = audit_head::Model { seq: head.seq, hash: head.hash.clone(), ..row };
    moved.into_active_model().reset_all().update(&**tx).await?;
    Ok(head)
}

/// The end of the chain, which no other can move until the transaction ends.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn hold_head(tx: &WriteTx) -> Result<Head, CatalogueError> {
    let row = head_row(tx).await?;
    Ok(Head { seq: row.seq, hash: row.hash })
}

async fn head_row(tx: &WriteTx) -> Result<audit_head::Model, CatalogueError> {
    let row = audit_head::Entity::find_by_id(1).lock_exclusive().one(&**tx).await?;
    row.ok_or_else(|| CatalogueError::impossible("audit_head", "it has no row"))
}

fn linked(
    before: &Head,
    now: Timestamp,
    entry: &Entry,
    reason: Option<String>,
) -> audit_entry::Model {
    let (actor, role) = entry.by.words();
    let mut link = audit_entry::Model {
        seq: before.seq + 1,
        at: Micros::from(now),
        actor,
        role,
        action: entry.action.to_string(),
        subject_kind: entry.subject.kind.to_owned(),
        subject_id: entry.subject.id.clone(),
        before_digest: entry.before.clone(),
        after_digest: entry.after.clone(),
        reason,
        schedule_version: entry.schedule_version.clone(),
        prev_hash: before.hash.clone(),
        hash: String::new(),
    };
    link.hash = link::hash(&link);
    link
}
