//! Disposal: from what is past its time to a list that two people approved.
//!
//! A batch is a closed list of items of one record type in one store, for one
//! action. People approve the digest of that list ([`list::digest_of`]), never
//! its title: nothing is added after it is proposed, and what the owner keeps is
//! marked as kept and makes another digest, which voids what was signed.
//!
//! Whatever is not known keeps the record: a stale scan, an unapproved mapping,
//! an unconfirmed irreplaceable record and a hold all leave the item where it is,
//! and silence ends in expiry, never in destruction.
//!
//! | module | what it holds |
//! |---|---|
//! | `agree` | what was signed, against what the chain says of it |
//! | [`approve`] | the two signatures, refusal and withdrawal |
//! | [`candidate`] | whether one item may be on a list today |
//! | [`error`] | why not, in words |
//! | [`execution`] | carrying out what was approved, and its certificate |
//! | [`expire`] | what nobody answered or carried out in time |
//! | [`forget`] | lists that are over no longer say where their items stand |
//! | [`jump`] | a store in which far more is due than before |
//! | [`list`] | the lines of a batch in order, and their digest |
//! | [`propose`] | the list, made of what is due and the guards allow |
//! | [`review`] | what people decided of single items |
//! | [`show`] | what an approver must see before they sign |
//! | [`standing`] | leave that two people signed for a short-lived class |
//! | [`verdict`] | what the owner keeps of a list |

mod agree;
pub mod approve;
pub mod candidate;
pub mod error;
pub mod execution;
pub mod expire;
pub mod forget;
pub mod jump;
pub mod list;
pub(crate) mod numbers;
pub mod propose;
pub mod review;
pub mod show;
pub mod standing;
pub mod verdict;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    Set,
};

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, batch, person, store};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::Clock;
use crate::config::Config;
use crate::people::{self, Actor, Role};

pub(crate) use agree::differing;
pub use error::ApprovalError;

/// What every act on a batch needs.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The time.
    pub clock: &'a dyn Clock,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("catalogue", &self.catalogue).finish_non_exhaustive()
    }
}

impl Desk<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn today(&self) -> Date {
        self.clock.today()
    }
}

/// The batch of this number, locked until the transaction ends.
pub(crate) async fn locked(tx: &WriteTx, number: &str) -> Result<batch::Model, ApprovalError> {
    let found = batch::Entity::find().filter(batch::Column::Number.eq(number.trim()));
    let found = found.lock_exclusive().one(&**tx).await?;
    found.ok_or_else(|| ApprovalError::NoSuchBatch(number.trim().to_owned()))
}

/// The person as the catalogue knows them now: one who has left may do nothing (I27).
pub(crate) async fn present(
    tx: &WriteTx,
    actor: &Actor,
    today: Date,
) -> Result<Actor, ApprovalError> {
    let row = person::Entity::find_by_id(actor.person.0).one(&**tx).await?;
    match row {
        Some(row) if people::may_act(&row, today) => Ok(people::roles_of(row)?),
        _ => Err(ApprovalError::Left(actor.name.clone())),
    }
}

/// Refuses anyone but the owner of the asset, who must hold the role today.
pub(crate) async fn owner_of(
    tx: &WriteTx,
    actor: &Actor,
    asset_id: uuid::Uuid,
) -> Result<asset::Model, ApprovalError> {
    let asset = asset::Entity::find_by_id(asset_id).one(&**tx).await?;
    let asset = asset.ok_or_else(|| CatalogueError::impossible("batch.asset_id", "no asset"))?;
    if asset.iao.is_none() {
        return Err(ApprovalError::NoOwner(asset.reference));
    }
    if asset.iao != Some(actor.person.0) || !actor.roles.contains(&Role::Iao) {
        return Err(ApprovalError::NotTheOwner {
            name: actor.name.clone(),
            asset: asset.reference,
        });
    }
    Ok(asset)
}

/// Refuses a blank reason; else the text without white space around it.
pub(crate) fn said(reason: &str) -> Result<String, ApprovalError> {
    match reason.trim() {
        "" => Err(ApprovalError::NoReason),
        reason => Ok(reason.to_owned()),
    }
}

/// A step of a batch from where it stands, where the step is allowed.
pub(crate) async fn step(
    tx: &WriteTx,
    row: &batch::Model,
    next: BatchState,
    now: Timestamp,
    change: batch::ActiveModel,
) -> Result<(), ApprovalError> {
    if row.state.0 != next && !row.state.0.may_become(next) {
        return Err(ApprovalError::NotNow { number: row.number.clone(), state: row.state.0 });
    }
    let change = match row.state.0 {
        BatchState::Halted => {
            batch::ActiveModel { halted_from: Set(None), halted_why: Set(None), ..change }
        }
        _ => change,
    };
    let changed = batch::ActiveModel {
        id: Set(row.id),
        state: Set(Text(next)),
        state_since: Set(Micros::from(now)),
        ..change
    };
    changed.update(&**tx).await?;
    Ok(())
}

/// One act on a batch, as the audit chain has it.
pub(crate) async fn enter(
    tx: &WriteTx,
    by: By,
    action: Action,
    row: &batch::Model,
    after: Option<String>,
    why: Motive,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let entry = Entry::new(by, action, Subject::new("batch", row.id))
        .before(row.digest.clone())
        .after(after)
        .under(row.schedule_version_id)
        .because(why);
    audit::append(tx, now, &entry).await.map(|_| ())
}

/// Whether what lies in this store can be offered to an archive, which is asked for
/// checksums of its copies.
pub(crate) fn is_for_archives(store: &store::Model) -> bool {
    retaind_connectors::store::capability(&store.kind).is_some_and(|can| can.checksum)
}

/// Refuses to send to an archive what could never be compared there.
fn for_archives(store: &store::Model, record_type: &str) -> Result<(), ApprovalError> {
    match is_for_archives(store) {
        true => Ok(()),
        false => Err(ApprovalError::NoChecksum {
            store: store.name.clone(),
            kind: store.kind.clone(),
            record_type: record_type.to_owned(),
        }),
    }
}
