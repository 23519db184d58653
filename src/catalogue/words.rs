//! The closed lists of the catalogue. Each is repeated as a CHECK of its column;
//! a test holds the two together.

use super::values::words;

words! {
    /// What an import has come to.
    ImportState, "the state of an import" {
        /// Read and judged; nothing of it is in force.
        Checked = "checked",
        /// Accepted, and the register as it stands.
        Live = "live",
        /// Another took its place, in force or before it ever was.
        Superseded = "superseded",
        /// Looked at and dropped.
        Discarded = "discarded",
    }

    /// How bad a finding is.
    Severity, "the severity of a finding" {
        /// The line is not taken.
        Error = "error",
        /// The line is taken; someone should look.
        Warning = "warning",
    }

    /// What an import would do to a line.
    Change, "a change" {
        /// It is new.
        Added = "added",
        /// It differs.
        Changed = "changed",
        /// It is as it was.
        Unchanged = "unchanged",
        /// It is in the register and no longer in the file.
        Removed = "removed",
    }

    /// How far the program may go for an asset.
    Enforcement, "a level of enforcement" {
        /// It is listed and no more.
        Register = "register",
        /// What is due is shown.
        Flag = "flag",
        /// What is due is proposed for disposal.
        Propose = "propose",
        /// What is approved is destroyed.
        Destroy = "destroy",
    }

    /// Where an asset's line stands.
    AssetStatus, "the status of an asset" {
        /// Not yet in force.
        Draft = "draft",
        /// In force.
        Active = "active",
        /// Another line took its place.
        Superseded = "superseded",
        /// No longer kept.
        Closed = "closed",
    }

    /// Whether a store can be relied on.
    StoreState, "the state of a store" {
        /// As it should be.
        Ok = "ok",
        /// Not to be reached.
        Unavailable = "unavailable",
        /// Reached, and not the store it was.
        Changed = "changed",
        /// Stopped by a person or an incident.
        Frozen = "frozen",
    }

    /// Where a scan stands.
    ScanState, "the state of a scan" {
        /// Under way, or left so by a process that died.
        Running = "running",
        /// It saw everything.
        Complete = "complete",
        /// Stopped by a person or a shutdown.
        Cancelled = "cancelled",
        /// It could not go on.
        Failed = "failed",
    }

    /// What the evaluation of an item came to, without its details.
    OutcomeKind, "an outcome" {
        /// Past its time.
        Due = "due",
        /// Past its time, and held.
        Held = "held",
        /// Kept.
        NotDue = "not-due",
        /// Kept: a needed event has not been recorded.
        AwaitingTrigger = "awaiting-trigger",
        /// Kept: a person must mend something first.
        CannotEvaluate = "cannot-evaluate",
        /// Kept for ever.
        Permanent = "permanent",
    }

    /// What an event's key names.
    KeyKind, "a kind of key" {
        /// One item or unit of a store.
        Locator = "locator",
        /// A case.
        Reference = "reference",
        /// A person, by keyed digest.
        Subject = "subject",
    }

    /// On which ground of Art. 18(1) processing is restricted.
    Ground, "a ground for restriction" {
        /// Its accuracy is contested.
        Accuracy = "a",
        /// Its processing is unlawful, and the person wants it kept.
        Unlawful = "b",
        /// The person needs it for a legal claim.
        LegalClaim = "c",
        /// An objection is being considered.
        Objection = "d",
    }

    /// Where a hold stands. There is no expired.
    HoldState, "the state of a hold" {
        /// In force.
        Active = "active",
        /// In force; one person has asked for its release.
        ReleaseRequested = "release-requested",
        /// Released by two people.
        Released = "released",
    }

    /// What kind of thing a change request changes.
    ChangeKind, "a kind of change" {
        /// The rules in force.
        Schedule = "schedule",
        /// Where a record type lies in a store.
        Mapping = "mapping",
        /// How much may go at once.
        Ceiling = "ceiling",
        /// How far the program may go for an asset.
        Enforcement = "enforcement",
        /// What a person may be.
        Roles = "roles",
    }

    /// What a change request has come to.
    ChangeState, "the state of a change" {
        /// It waits for signatures, and has no effect.
        Pending = "pending",
        /// It was signed by all, and took effect.
        InForce = "in-force",
        /// A person refused it.
        Rejected = "rejected",
        /// What it was about has moved on, or its proposer took it back.
        Withdrawn = "withdrawn",
    }

    /// In which role a batch is approved.
    Stage, "a stage of approval" {
        /// The owner of the asset.
        Iao = "iao",
        /// The records manager.
        RecordsManager = "records-manager",
        /// The senior information risk owner.
        Siro = "siro",
    }

    /// Yes or no.
    Decision, "a decision" {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }

    /// What a chunk does.
    ActKind, "an act" {
        /// Takes items out of reach.
        Quarantine = "quarantine",
        /// Destroys what is out of reach.
        Destroy = "destroy",
        /// Puts back what is out of reach.
        Restore = "restore",
    }

    /// What a person decided of one item.
    ItemDecision, "a decision on an item" {
        /// It may be destroyed.
        Destroy = "destroy",
        /// It goes to the archive.
        Transfer = "transfer",
        /// It is kept until a day.
        Keep = "keep",
    }

    /// Where a standing authority stands.
    AuthorityState, "the state of a standing authority" {
        /// Two people have not signed it yet.
        Proposed = "proposed",
        /// In force until it expires.
        InForce = "in-force",
        /// Taken back.
        Revoked = "revoked",
    }

    /// How a signing key came to its end.
    Retirement, "the end of a signing key" {
        /// It introduced the next one.
        Rotated = "rotated",
        /// It is gone, and nobody knows where.
        Lost = "lost",
    }

    /// Where a certificate stands.
    CertificateState, "the state of a certificate" {
        /// Copies may still be in backups.
        Open = "open",
        /// The last backup has lost its copy.
        Closed = "closed",
    }

    /// What became of an item.
    Disposed, "what became of an item" {
        /// It was destroyed.
        Destroyed = "destroyed",
        /// It was handed over, and the copy here destroyed.
        Transferred = "transferred",
        /// It no longer says whom it is about.
        Anonymised = "anonymised",
    }

    /// How a run of a job ended.
    RunResult, "the result of a run" {
        /// It did what it is for.
        Ok = "ok",
        /// It did not.
        Failed = "failed",
        /// It was stopped, or its time was missed by too much.
        Skipped = "skipped",
    }

    /// Why a job ran.
    RunCause, "the cause of a run" {
        /// Its time had come.
        Due = "due",
        /// Its time had passed while no daemon ran.
        Missed = "missed",
        /// Somebody asked for it.
        Asked = "asked",
    }

    /// Where a notice stands.
    NoticeState, "the state of a notice" {
        /// To be told.
        Waiting = "waiting",
        /// A server took the mail that tells it.
        Sent = "sent",
        /// No server takes it for this recipient.
        Failed = "failed",
        /// It was taken, and came back.
        Bounced = "bounced",
        /// It came to nothing here, and is told to another instead.
        Rerouted = "rerouted",
        /// A later one says what it would have said.
        Superseded = "superseded",
    }

    /// Whether a notice can wait for the day's digest.
    Urgency, "an urgency" {
        /// At once, whatever the hour.
        Now = "now",
        /// With the rest of the day.
        Digest = "digest",
    }

    /// Where a mail stands.
    MailState, "the state of a mail" {
        /// To be sent.
        Waiting = "waiting",
        /// A server took it.
        Sent = "sent",
        /// No server takes it.
        Failed = "failed",
        /// It came back.
        Bounced = "bounced",
    }

    /// As what an address is written to for a service area.
    RouteRole, "a part in a service area" {
        /// The team's mailbox.
        Mailbox = "mailbox",
        /// The director, when nobody answers.
        Director = "director",
        /// A person of the team.
        Contact = "contact",
    }

    /// What somebody replies to a mail that asks for no approval.
    ReplyKind, "a reply" {
        /// The batch must not go on.
        Stop = "stop",
        /// The records are needed, so a hold is wanted.
        Hold = "hold",
    }

    /// What the owner of a batch answers.
    AnswerKind, "an answer" {
        /// It may go.
        Agree = "agree",
        /// It is kept, for a reason, until a date.
        Keep = "keep",
        /// Somebody else answers for it.
        NotMine = "not-mine",
    }
}
