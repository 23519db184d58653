//! Change control: what makes destruction reach further waits for the people
//! who answer for it, and takes effect only on what they signed.
//!
//! A change of the schedule, of a mapping, of a ceiling, of how far the program
//! may go for an asset, or of what a person may be, that could let records go
//! sooner is a *change request*: what it is, what it would do, worked out on
//! the stores as they are, and the seats that must sign the digest of both
//! (G7, I15, I24, I27). Until the last has signed nothing is different. What
//! keeps records longer, or lowers a limit, needs no second person.
//!
//! Deliberately absent: any way to sign for another, to sign twice, or to
//! change what was signed.
//!
//! | module | what it holds |
//! |---|---|
//! | `agree` | levels, ceilings and mappings against what the chain says of them |
//! | [`calendar`] | when the organisation's years end |
//! | [`authors`](mod@authors) | who made a rule or a mapping in the last day |
//! | [`ceilings`](mod@ceilings) | how much may go at once, before a run stops and asks |
//! | `enforcement` | how far the program may go for an asset |
//! | [`error`], [`impact`], [`seat`] | why not; what it would do; whose signatures |
//! | `mapping` | where a record type lies in a store |
//! | `request`, `sign` | a change proposed, looked at, signed and refused |
//! | `roles` | what a person may be |
//! | `schedule` | a register that lets records go sooner |
//! | `waiting` | who can still sign what waits, and what nobody signed in time |

mod agree;
pub mod authors;
pub mod calendar;
pub mod ceilings;
mod enforcement;
pub mod error;
pub mod impact;
mod mapping;
mod request;
pub(crate) mod roles;
pub(crate) mod schedule;
pub mod seat;
mod sign;
pub(crate) mod waiting;

use jiff::Timestamp;

use crate::audit::By;
use crate::catalogue::words::ChangeKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::{Actor, Role};

pub(crate) use agree::{InForce, differing, edited};
pub use authors::author_of;
pub use ceilings::{Ceiling, Ceilings, ceilings, set as set_ceiling};
pub use enforcement::set as set_enforcement;
pub use error::ChangeError;
pub use impact::{Effect, Impact, ImpactLine};
pub use mapping::{
    Extent, approve as approve_mapping, impact_of as mapping_impact, mapping_approved,
    unapprove as unapprove_mapping,
};
pub use request::{Shown, list, show};
pub use schedule::{Answer, accept_import};
pub use seat::{Seat, named};
pub use sign::{DIGITS, Signed, reject, sign};
pub use waiting::expire;

/// What became of a change that a person asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// It needed nobody else, and is in force.
    Done,
    /// It waits for signatures.
    Waits(Box<Shown>),
}

/// Withdraws what waits about a thing that has moved on by itself.
pub(crate) async fn moved_on(
    tx: &WriteTx,
    kind: ChangeKind,
    subject: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    request::withdraw(tx, &By::Service, (kind, subject), "what it was about has moved on", now)
        .await
}

/// The digest of what a thing is now, where there is anything.
async fn current(
    tx: &WriteTx,
    kind: ChangeKind,
    subject: &str,
) -> Result<Option<String>, ChangeError> {
    match kind {
        ChangeKind::Schedule => schedule::current(tx).await,
        ChangeKind::Mapping => mapping::current(tx, subject).await,
        ChangeKind::Ceiling => ceilings::current(tx, subject).await,
        ChangeKind::Enforcement => enforcement::current(tx, subject).await,
        ChangeKind::Roles => roles::current(tx, subject).await,
    }
}

/// Makes a change that all have signed.
async fn apply(tx: &WriteTx, change: &Shown, by: &By, now: Timestamp) -> Result<(), ChangeError> {
    match change.request.kind {
        ChangeKind::Schedule if change.request.subject == calendar::SUBJECT => {
            calendar::apply(tx, change, now).await
        }
        ChangeKind::Schedule => schedule::apply(tx, change, now).await,
        ChangeKind::Mapping => mapping::apply(tx, change, by, now).await,
        ChangeKind::Ceiling => ceilings::apply(tx, change).await,
        ChangeKind::Enforcement => enforcement::apply(tx, change).await,
        ChangeKind::Roles => roles::apply(tx, change, now).await,
    }
}

/// The proposal of a change, as its kind wrote it.
fn proposal<T: serde::de::DeserializeOwned>(change: &Shown) -> Result<T, CatalogueError> {
    serde_json::from_value(change.request.proposal.clone())
        .map_err(|why| CatalogueError::impossible("change_request.proposal", why))
}

/// Refuses an actor who may not; else the role in which they act.
fn role_of(actor: &Actor, act: &'static str, needs: &'static [Role]) -> Result<Role, ChangeError> {
    let refused = || ChangeError::NotAllowed { name: actor.name.clone(), act, needs };
    actor.first_of(needs).ok_or_else(refused)
}

/// Refuses a blank reason; else the text without white space around it.
fn said(reason: &str) -> Result<String, ChangeError> {
    match reason.trim() {
        "" => Err(ChangeError::NoReason),
        reason => Ok(reason.to_owned()),
    }
}
