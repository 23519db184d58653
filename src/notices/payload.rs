//! What each kind of notice says: counts, classes, dates, ids.
//!
//! There is no field for a record's name, path, title or reference, nor for
//! what a person the records are about is called. Words here are the
//! register's, the schedule's and the program's own.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;

/// Payloads, with the kind each belongs to.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        /// What a notice says.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum Payload { $($(#[$doc])* $name($name),)* }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

            impl From<$name> for Payload {
                fn from(payload: $name) -> Self { Self::$name(payload) }
            }
        )*

        impl Payload {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }
        }
    };
}

/// A class of records, as the register and the schedule put it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The code of the record type.
    pub code: String,
    /// Its title in the register.
    pub title: String,
    /// The rule in words.
    pub rule: String,
    /// On what the rule rests; empty where nothing is recorded.
    pub basis: String,
}

/// Records of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Which class.
    pub class: Class,
    /// How many items and case files.
    pub units: u64,
    /// Their size.
    pub bytes: u64,
}

/// Records of one class that fall due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coming {
    /// Which class.
    pub class: Class,
    /// How many items and case files.
    pub units: u64,
    /// Their size.
    pub bytes: u64,
    /// The oldest date that any of them is kept from, where the last scan knew.
    pub oldest: Option<Date>,
}

/// A disposal batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Which.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// What is to be done.
    pub action: String,
    /// Of what, and how much.
    pub of: Amount,
    /// Its share of the store, in hundredths of a per cent.
    pub share: u64,
    /// The earliest of the last days on which its items had to be kept.
    pub first: Option<Date>,
    /// The latest of them.
    pub last: Option<Date>,
    /// Up to ten references to its lines, which mean nothing outside.
    pub samples: Vec<String>,
    /// How many holds were consulted.
    pub holds_checked: u64,
}

/// How many, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Why.
    pub why: String,
    /// How many.
    pub count: u64,
}

/// Records of one type beyond their maximum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// Which class.
    pub class: Class,
    /// How many items and case files.
    pub units: u64,
    /// How many of them are held.
    pub held: u64,
    /// How many of the others a person decided to keep, with a reason.
    #[serde(default)]
    pub kept: u64,
    /// Days since the longest overdue had to go.
    pub days: u64,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// A store has not answered for a day.
    StoreUnavailable,
    /// Another store answers in a store's place.
    StoreChanged,
    /// The audit chain is broken.
    ChainBroken,
    /// More is due at once than may be proposed.
    Breaker,
    /// A guard halted a batch.
    Halted,
    /// The clock went back or far ahead.
    ClockJump,
    /// Records are gone, and not by us.
    Missing,
    /// Records that were destroyed are there again.
    Resurrected,
}

/// A clock that cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockTold {
    /// What it was last seen to say, in London.
    pub last: String,
    /// What it said when it was found.
    pub now: String,
}

payloads! {
    /// M1: items fall due in a coming month.
    ComingDue {
        /// Of which service area; none in a notice of an earlier version.
        #[serde(default)]
        area: Option<String>,
        /// The first day of the month.
        month: Date,
        /// What falls due.
        lines: Vec<Coming>,
    }
    /// M2: a batch waits for its owner's answer.
    BatchProposed {
        /// The batch.
        batch: Batch,
        /// How often was asked.
        ask: Ask,
        /// When it was proposed.
        proposed_on: Date,
        /// When it expires.
        expires_on: Date,
        /// What differs from the last batch of its kind.
        since_last: Option<String>,
    }
    /// M3: a batch waits for the records manager.
    Authorise {
        /// The batch.
        batch: Batch,
        /// When the owner approved it.
        approved_on: Date,
        /// What the guards read.
        readings: Vec<String>,
        /// When it expires.
        expires_on: Date,
    }
    /// M4: a batch is authorised, and cools off.
    CoolingOff {
        /// The batch.
        batch: Batch,
        /// The first day on which anything happens.
        acts_on: Date,
        /// From when what is out of reach is destroyed.
        destroyed_from: Option<Date>,
    }
    /// M5: a batch is done, and certified.
    Certified {
        /// The batch.
        batch: Batch,
        /// The certificate's number.
        certificate: String,
        /// How many items were disposed of.
        done: u64,
        /// How many were withheld, by reason.
        withheld: Vec<Counted>,
        /// How many were not there when they were to go.
        #[serde(default)]
        missing: u64,
        /// Of how many some was destroyed, and the rest put back.
        #[serde(default)]
        in_part: u64,
        /// How many could not be disposed of for another reason.
        failed: u64,
        /// When the last backup has lost them.
        backups_until: Option<Date>,
    }
    /// M6: a hold is in force.
    HoldPlaced {
        /// The hold.
        hold: HoldFacts,
        /// How many records it covers, by the last scans.
        #[serde(default)]
        covers: Covered,
        /// How many records that are past their time it covers now.
        due_now: u64,
        /// How many pending batches it touches.
        batches: u64,
    }
    /// M7: a hold is to be looked at.
    HoldReview {
        /// The hold.
        hold: HoldFacts,
        /// When it was placed.
        placed_on: Date,
        /// By when it is to be looked at.
        review_on: Date,
        /// How many records are past their time and held by it.
        held: u64,
        /// How many of those are beyond their maximum.
        past_maximum: u64,
        /// Whether that day is over.
        #[serde(default)]
        is_late: bool,
    }
    /// M8: a hold was released.
    HoldReleased {
        /// The hold.
        hold: HoldFacts,
        /// How many records it covered are past their time.
        due_now: u64,
        /// How many of those other holds in force cover.
        #[serde(default)]
        still_held: u64,
    }
    /// M9: records are to be reviewed.
    ReviewDue {
        /// What.
        of: Amount,
        /// Since when.
        due_on: Date,
    }
    /// M10: records are offered to the archive.
    TransferOffer {
        /// The number of the batch.
        #[serde(default)]
        batch: Option<String>,
        /// What.
        of: Amount,
        /// The earliest of the last days on which it had to be kept.
        first: Option<Date>,
        /// The latest of them.
        last: Option<Date>,
        /// In what form they are.
        format: String,
    }
    /// M11: records are kept beyond their maximum.
    OverRetention {
        /// The month told of.
        month: Date,
        /// What is beyond its maximum.
        lines: Vec<Overdue>,
        /// Places in stores that no register line covers: in all stores, or in those
        /// where the owner's records lie.
        unmapped: u64,
        /// Items in those places.
        #[serde(default)]
        unmapped_items: u64,
        /// Items that have waited for an event for more than ten years.
        awaiting: u64,
        /// All that wait for one.
        #[serde(default)]
        waiting: u64,
    }
    /// M12: the register: an import, or a yearly look at it.
    Register {
        /// What of it.
        news: RegisterNews,
    }
    /// M13: something is wrong.
    Alarm {
        /// What.
        what: AlarmKind,
        /// Which store.
        store: Option<String>,
        /// The number of the batch.
        batch: Option<String>,
        /// The number of the standing authority.
        #[serde(default)]
        authority: Option<String>,
        /// Since when.
        since: Date,
        /// How many, where that can be said.
        count: Option<u64>,
        /// Of a clock, what it was last seen to say and what it says now.
        #[serde(default)]
        clock: Option<ClockTold>,
    }
    /// M14: a person's request.
    RightsRequest {
        /// Its reference in the case system where that is a case number, else the
        /// number of its hold.
        reference: String,
        /// Where it stands.
        stage: RequestStage,
        /// When the answer is due.
        due_on: Date,
        /// The number of its hold, where it is known by that alone.
        #[serde(default)]
        hold: Option<String>,
        /// What is asked, as the first words of a sentence; none in a notice of an
        /// earlier version.
        #[serde(default)]
        asked: Option<String>,
    }
    /// M15: someone asks to lift a restriction.
    RestrictionLifting {
        /// The hold.
        hold: HoldFacts,
        /// When the release was asked for.
        asked_on: Date,
        /// When the person was told, where they were.
        informed_on: Option<Date>,
    }
    /// M16: the owner's yearly statement.
    AnnualStatement {
        /// The end of the year.
        year_end: Date,
        /// How many assets.
        assets: u64,
        /// Which; none where it is of all owners, or of an earlier version.
        #[serde(default)]
        of: Vec<AssetTold>,
        /// How many records are beyond their maximum.
        overdue: u64,
        /// How many of those are held.
        held: u64,
        /// How many were disposed of in the year.
        #[serde(default)]
        disposed: u64,
        /// How many the owner kept in the year though they were due.
        #[serde(default)]
        kept: u64,
        /// To whom it is told, and for what.
        #[serde(default)]
        told: StatementTold,
    }
    /// The end of the audit chain, to be kept where nobody can change it.
    AuditHead {
        /// The day on which the chain was found whole.
        on: Date,
        /// How many entries it has.
        entries: u64,
        /// Its end, as `SEQ:HASH`.
        head: String,
    }
    /// Changes wait for signatures, or did in vain.
    ChangesWait {
        /// Which.
        lines: Vec<ChangeTold>,
    }
    /// A service says that records which fall due are needed.
    HoldAsked {
        /// Which service.
        area: String,
        /// The code of the record type.
        record_type: String,
        /// The first day of the month in which they fall due.
        month: Option<Date>,
        /// What they are needed for, in one word or two of ours.
        matter: String,
    }
}

mod ask;
mod asset;
mod changes;
mod hold;
mod news;
mod period;
mod request;
pub(crate) mod samples;
mod statement;

pub use ask::Ask;
pub use asset::AssetTold;
pub use changes::{Asking, ChangeTold};
pub use hold::{Covered, HoldFacts};
pub use news::RegisterNews;
pub use period::{PeriodEffect, PeriodTold};
pub use request::RequestStage;
pub use statement::{Adds, StatementTold};
