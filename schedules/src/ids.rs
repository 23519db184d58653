//! One typed id for each noun, so that a hold's id is never passed for a batch's.
//!
//! Append in alphabetical order. Ids are UUIDv7 made where there is a clock;
//! here they are only carried.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

typed_ids! {
    /// A line of the information asset register.
    AssetId;
    /// A list of items proposed together for one action.
    BatchId;
    /// One item or unit of a batch.
    BatchLineId;
    /// A change that waits for signatures, or what came of it.
    ChangeId;
    /// A recorded fact with a date, which starts a retention period.
    EventId;
    /// An order that interrupts disposal.
    HoldId;
    /// One reading of one register file.
    ImportId;
    /// A found item or unit the catalogue keeps a row for.
    ItemId;
    /// A location in a store, tied to a record type.
    MappingId;
    /// Someone who owns, approves, places or releases.
    PersonId;
    /// A line of the retention schedule.
    RecordTypeId;
    /// A place that a person's request names.
    RequestItemId;
    /// One pass over one store.
    ScanId;
    /// An approved, immutable set of rules.
    ScheduleVersionId;
    /// A part of the organisation that answers for assets.
    ServiceAreaId;
    /// A connected place where items live.
    StoreId;
}
