//! What every connector does, and the words it answers in.
//!
//! A connector is leashed unless its store file says otherwise: then it reads
//! and refuses to take out of reach, put back or destroy. Leashed or not, it
//! moves and destroys nothing without a permit for that one item.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{Destroy, Permit, Quarantine};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::order::{MappingOrder, ScanOrder};
use crate::sighting::{Fingerprint, Seen, Sighting, SightingBatch};

/// What a kind of store can do, declared so that it is checked before anything
/// is tried, and shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// It can say everything it holds.
    pub list: bool,
    /// It knows when an item last changed.
    pub modified: bool,
    /// It knows when an item was made.
    pub born: bool,
    /// Dates can be read from an item's path.
    pub path: bool,
    /// Dates can be read from columns.
    pub columns: bool,
    /// A whole folder can be one unit.
    pub folder_units: bool,
    /// Rows that share a key can be one unit.
    pub key_units: bool,
    /// When it says that an item is not there, it is not there.
    pub proves_absence: bool,
    /// It can take an item out of reach and put it back.
    pub quarantine: bool,
    /// It can destroy what it took out of reach.
    pub destroy: bool,
    /// It can read an item's content, to compare it with the archive's copy.
    pub checksum: bool,
}

/// Which store this is, so that an unmounted share or another database under
/// the same name is never taken for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreIdentity(pub String);

impl fmt::Display for StoreIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a scan sends while it runs.
#[derive(Debug)]
pub enum ScanEvent {
    /// Items and units under one mapping.
    Batch(SightingBatch),
    /// Something that is there and could not be taken into account.
    Problem(Problem),
    /// What lies under no mapping, for one part of the store.
    Unmapped(Unmapped),
    /// The scan saw everything it was asked to. A stream that ends without
    /// this was cut short, and nothing may be concluded from what is missing.
    Finished(ScanTotals),
}

/// Something that could not be taken into account, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The position of the mapping in the order, where it lies under one.
    pub mapping: Option<usize>,
    /// Where in the store.
    pub locator: String,
    /// What is the matter.
    pub kind: ProblemKind,
}

/// Why something could not be taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The system would not let it be read.
    AccessDenied,
    /// Reading it failed.
    ReadFailed,
    /// A symbolic link, which is never followed.
    Link,
    /// A device, socket or pipe.
    SpecialFile,
    /// Another file system is mounted here; it is not entered.
    OtherFileSystem,
    /// It lies deeper than paths can be followed.
    TooDeep,
    /// A row without a key cannot be named again.
    NoKey,
    /// Something else stands in the place to put it back to.
    Occupied,
    /// Other rows refer to it.
    ReferredTo,
    /// It has another name that would keep it.
    OtherName,
    /// The store has no room for it out of reach.
    NoRoom,
    /// Something is using it.
    InUse,
}

impl ProblemKind {
    /// The word for it in tables and `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "access-denied",
            Self::ReadFailed => "read-failed",
            Self::Link => "link",
            Self::SpecialFile => "special-file",
            Self::OtherFileSystem => "other-file-system",
            Self::TooDeep => "too-deep",
            Self::NoKey => "no-key",
            Self::Occupied => "occupied",
            Self::ReferredTo => "referred-to",
            Self::OtherName => "other-name",
            Self::NoRoom => "no-room",
            Self::InUse => "in-use",
        }
    }
}

/// A part of the store that no mapping covers. One part may be told in several
/// pieces, so that none has to be remembered until the end: they add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Where: a folder at most two levels below the root, or a table.
    pub location: String,
    /// Files or rows; what belongs to a mapping is not counted.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
}

/// What a finished scan saw in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScanTotals {
    /// Files or rows met, mapped and unmapped, members of units each.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
    /// Folders or tables read.
    pub containers: u64,
}

/// What stands at one place now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It is there.
    Present(Found),
    /// The store was asked and has no such thing.
    Absent,
    /// It is not what the mapping takes there, by its pattern.
    Unmapped,
    /// It cannot be said, and why.
    Unknown(ProblemKind),
}

/// One item or unit, by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As in [`crate::sighting::Sighting`].
    pub locator: String,
    /// As in [`crate::sighting::Sighting`].
    pub reference: Option<String>,
    /// As in [`crate::sighting::Sighting`].
    pub subject: Option<String>,
    /// As in [`crate::sighting::Sighting`].
    pub members: u64,
    /// As in [`crate::sighting::Sighting`].
    pub fingerprint: Fingerprint,
    /// As in [`crate::sighting::Sighting`].
    pub dates: Vec<Seen>,
    /// As in [`crate::sighting::Sighting`].
    pub members_differ: bool,
    /// As in [`crate::sighting::Sighting`].
    pub keys_differ: bool,
}

impl Found {
    /// The same as a scan would bring it.
    #[must_use]
    pub fn sighting(&self) -> Sighting<'_> {
        Sighting {
            locator: &self.locator,
            reference: self.reference.as_deref(),
            subject: self.subject.as_deref(),
            members: self.members,
            fingerprint: self.fingerprint,
            dates: &self.dates,
            members_differ: self.members_differ,
            keys_differ: self.keys_differ,
        }
    }
}

/// An item that was taken out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The line it was taken for, which names the place where it is kept.
    pub line: BatchLineId,
    /// Where it was.
    pub locator: String,
    /// What it looked like once it was out of reach.
    pub fingerprint: Fingerprint,
}

/// What became of one item that was to be taken out of reach, put back or
/// destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActOutcome {
    /// It was done, and it now looks like this: out of reach, or back in its
    /// place. What was destroyed looks as it did before.
    Done(Fingerprint),
    /// It is not what it was; nothing was done.
    Changed,
    /// It is not there; nothing was done.
    Absent,
    /// It could not be done, and it is where it was.
    Failed(ProblemKind),
}

/// What is kept out of reach for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InQuarantine {
    /// It is there, and looks like this.
    There(Fingerprint),
    /// It is a unit whose destruction was begun and cut short, and this is what is
    /// left of it: destroyed under a permit for just that, or put back. Some of
    /// its members may be gone for good.
    Begun {
        /// What is left looks like this.
        left: Fingerprint,
        /// Whether all that is left was part of the unit when its destruction
        /// began. What came since was never approved.
        all_seen: bool,
    },
    /// The store was asked, and keeps nothing for this line.
    Absent,
    /// It cannot be said, and why.
    Unknown(ProblemKind),
}

/// Whether a connector may take out of reach, put back and destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leash {
    /// It reads and nothing else.
    #[default]
    Leashed,
    /// Its store file let it go.
    Unleashed,
}

impl Leash {
    /// The word for it in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leashed => "leashed",
            Self::Unleashed => "unleashed",
        }
    }

    /// Passes where the store file let the connector go.
    ///
    /// # Errors
    ///
    /// Where it did not; nothing may be changed then.
    pub fn let_go(self) -> Result<(), StoreError> {
        match self {
            Self::Unleashed => Ok(()),
            Self::Leashed => Err(StoreError::new(
                StoreErrorKind::Leashed,
                "its store file does not let retaind change anything here",
                "Once you trust what it finds, write `unleashed = true` at the top of the \
                 store file, above `[settings]`",
            )),
        }
    }
}

/// Why a store did not answer. Says the store's own name for the place and the
/// way out; holds no password.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {context}. {remedy}.")]
pub struct StoreError {
    /// What is the matter.
    pub kind: StoreErrorKind,
    /// Which place, and what the system said.
    pub context: String,
    /// What to do.
    pub remedy: String,
}

impl StoreError {
    /// What is the matter, where and what the system said, and the way out;
    /// neither text ends in a full stop.
    #[must_use]
    pub fn new(
        kind: StoreErrorKind,
        context: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { kind, context: context.into(), remedy: remedy.into() }
    }
}

/// What is the matter with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreErrorKind {
    /// Nobody can reach it now; nothing is concluded of what it holds.
    #[error("store unavailable")]
    Unavailable,
    /// The settings or a mapping cannot be right.
    #[error("store misconfigured")]
    Misconfigured,
    /// The system will not let it be read.
    #[error("access denied")]
    AccessDenied,
    /// Asked of a kind of store that cannot.
    #[error("not supported by this kind of store")]
    Unsupported,
    /// Asked to change a store whose file does not let it.
    #[error("store leashed")]
    Leashed,
    /// It was told to stop.
    #[error("cancelled")]
    Cancelled,
}

/// A running scan: batches as they come, at most a few ahead of their reader.
pub type ScanStream = mpsc::Receiver<Result<ScanEvent, StoreError>>;

/// A connected store.
#[async_trait]
pub trait Connector: Send + Sync + fmt::Debug {
    /// What it can do.
    fn capability(&self) -> Capability;

    /// Whether it may change anything.
    fn leash(&self) -> Leash;

    /// Reaches the store and says which one it is.
    async fn identify(&self) -> Result<StoreIdentity, StoreError>;

    /// Checks an order against the store without scanning: locations inside
    /// the root, patterns that parse, tables and columns that exist.
    async fn check(&self, order: &ScanOrder) -> Result<(), StoreError>;

    /// Starts a scan. Memory is bounded whatever the store holds; a reader
    /// that stops reading stops the scan; `cancel` ends it at the next batch.
    fn scan(self: Arc<Self>, order: ScanOrder, cancel: CancellationToken) -> ScanStream;

    /// What stands at `locator` under `mapping` now.
    async fn look(&self, mapping: &MappingOrder, locator: &str) -> Result<Look, StoreError>;

    /// What stands at each of these places now, in their order.
    async fn look_all(
        &self,
        mapping: &MappingOrder,
        locators: &[String],
    ) -> Result<Vec<Look>, StoreError> {
        let mut looks = Vec::with_capacity(locators.len());
        for locator in locators {
            looks.push(self.look(mapping, locator).await?);
        }
        Ok(looks)
    }

    /// Takes items out of reach, to where [`restore`](Self::restore) finds
    /// them. Each is taken only while it looks as its permit says. The outcomes
    /// are in the order of the permits; what is [`ActOutcome::Done`] outlasts a
    /// crash.
    ///
    /// # Errors
    ///
    /// Where the store as a whole refuses or does not answer, or a permit is
    /// for no item of the mapping: then nothing was done. Otherwise what had
    /// been done by then shows when it is looked at.
    async fn quarantine(
        &self,
        _mapping: &MappingOrder,
        _permits: Vec<Permit<Quarantine>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash().let_go()?;
        Err(cannot("take items out of reach"))
    }

    /// What is kept out of reach for each of these lines, in their order.
    ///
    /// To settle an intent to take something out of reach,
    /// [wait](Self::wait_for_acts) for what is under way, and look at its place
    /// first: where it stands there as approved, nothing was done.
    ///
    /// # Errors
    ///
    /// Where the store does not answer, or has no place for what is out of
    /// reach: it has if ever anything was taken, and without it nobody can say
    /// what it held.
    async fn look_quarantined(
        &self,
        _mapping: &MappingOrder,
        _lines: &[BatchLineId],
    ) -> Result<Vec<InQuarantine>, StoreError> {
        Err(cannot("keep items out of reach"))
    }

    /// Waits until no act under this mapping is still on its way into the store,
    /// though the process that began it has ended. Whoever settles an intent asks
    /// this before looking: what is looked at after is what became of it.
    ///
    /// Where an act ends with its process there is nothing to wait for. A server
    /// goes on without the one who asked: its commit may be under way still.
    ///
    /// # Errors
    ///
    /// Where one has not ended after a few seconds, or the store does not answer:
    /// then nobody knows yet what becomes of it.
    async fn wait_for_acts(&self, _mapping: &MappingOrder) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether what is kept out of reach is what was approved, as far as two marks
    /// can tell: of a process that ended while it took something, nobody knows
    /// what it saw last.
    fn is_what_was_approved(&self, approved: Fingerprint, kept: Fingerprint, is_unit: bool)
    -> bool;

    /// Puts items back where they were. What stands there meanwhile is never
    /// replaced; what only joined a unit may stay beside what comes back.
    ///
    /// # Errors
    ///
    /// As [`quarantine`](Self::quarantine).
    async fn restore(
        &self,
        _mapping: &MappingOrder,
        _kept: &[Kept],
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash().let_go()?;
        Err(cannot("put items back"))
    }

    /// Destroys items that are out of reach, each only while it looks as its
    /// permit says. To destroy what is not there is [`ActOutcome::Absent`].
    ///
    /// A unit of many members may not go in one step. Where it was cut short,
    /// [`look_quarantined`](Self::look_quarantined) says
    /// [`InQuarantine::Begun`] with what is left. (So it does where something
    /// nobody had seen turned up in the unit: that is left, and the outcome is
    /// [`ActOutcome::Changed`] or failed.) Where all of that was seen when the
    /// destruction began, a permit is asked for anew, with what is left as both
    /// what is expected and what is seen; a hold placed meanwhile keeps what
    /// is left. An intent whose item is [`InQuarantine::Absent`] was carried
    /// out; one whose item is [`InQuarantine::There`] was not begun.
    ///
    /// # Errors
    ///
    /// As [`quarantine`](Self::quarantine).
    async fn destroy(
        &self,
        _mapping: &MappingOrder,
        _permits: Vec<Permit<Destroy>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash().let_go()?;
        Err(cannot("destroy items"))
    }

    /// The SHA-256 of an item's content, as 64 hexadecimal digits; a unit's is
    /// over its members' in an order of the connector's. This reads content.
    ///
    /// # Errors
    ///
    /// Where it cannot be read as a whole.
    async fn checksum(
        &self,
        _mapping: &MappingOrder,
        _locator: &str,
    ) -> Result<String, StoreError> {
        Err(cannot("read the content of items"))
    }
}

/// What a kind of store without the capability answers.
fn cannot(what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unsupported,
        format!("this kind of store cannot {what}"),
        "A person must do it in the system itself",
    )
}
