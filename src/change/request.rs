//! A change proposed, listed and looked at.
//!
//! A change that is proposed again while it waits, with another impact, keeps
//! its id and gets another digest: what was signed before counts no more.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::ChangeId;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::{Value, json};

use super::error::ChangeError;
use super::impact::Impact;
use super::seat::{Seat, Seats};
use super::waiting::{is_too_old, lapse};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{change_request, change_signature};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, ChangeState};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;

/// A change to be proposed.
#[derive(Debug)]
pub(super) struct NewChange {
    pub(super) kind: ChangeKind,
    pub(super) subject: String,
    pub(super) proposal: Value,
    pub(super) impact: Impact,
    pub(super) seats: Vec<Seat>,
    pub(super) reason: String,
}

/// A change with its signatures.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The change.
    pub request: change_request::Model,
    /// What it would do.
    pub impact: Impact,
    /// Those signatures that count: of the digest it has now.
    pub signatures: Vec<change_signature::Model>,
    /// The seats nobody has signed for.
    pub open: Vec<Seat>,
}

impl Shown {
    /// Which change.
    #[must_use]
    pub fn id(&self) -> ChangeId {
        ChangeId(self.request.id)
    }
}

/// Proposes a change, in the caller's transaction. Proposed again just as it
/// was, it stays as it is.
pub(super) async fn propose(
    tx: &WriteTx,
    by: &By,
    new: NewChange,
    now: Timestamp,
) -> Result<Shown, ChangeError> {
    let row = row(tx, by, new, now).await?;
    let pending = in_time(tx, row.kind, &row.subject, now).await?;
    let row = match pending {
        Some(before) if before.digest == row.digest => {
            return shown(&**tx, before, london_date(now)).await;
        }
        Some(before) => {
            let row = change_request::Model { id: before.id, ..row };
            row.clone().into_active_model().reset_all().update(&**tx).await?;
            enter(tx, by, Action::ChangeProposed, &row, Some(before.digest), now).await?;
            row
        }
        None => {
            let new = row.clone().into_active_model();
            change_request::Entity::insert(new).exec_without_returning(&**tx).await?;
            enter(tx, by, Action::ChangeProposed, &row, row.before_digest.clone(), now).await?;
            row
        }
    };
    shown(&**tx, row, london_date(now)).await
}

async fn row(
    tx: &WriteTx,
    by: &By,
    new: NewChange,
    now: Timestamp,
) -> Result<change_request::Model, ChangeError> {
    let NewChange { kind, subject, proposal, impact, seats, reason } = new;
    let before_digest = super::current(tx, kind, &subject).await?;
    let of = |value| CatalogueError::impossible("a change", value);
    let impact = serde_json::to_value(impact).map_err(of)?;
    let seats = serde_json::to_value(seats).map_err(of)?;
    let mut row = change_request::Model {
        id: id_at(now),
        kind,
        subject,
        before_digest,
        digest: String::new(),
        proposal,
        impact,
        seats,
        reason,
        proposed_by: match by {
            By::Person { id, .. } => Some(id.0),
            By::Service => None,
        },
        proposed_at: Micros::from(now),
        state: ChangeState::Pending,
        ended_by: None,
        ended_at: None,
        end_reason: None,
    };
    row.digest = digest(&row);
    Ok(row)
}

/// What people sign of a change.
pub(super) fn digest(row: &change_request::Model) -> String {
    audit::digest::of_json(&json!([
        row.kind,
        row.subject,
        row.before_digest,
        row.proposal,
        row.impact,
        row.seats
    ]))
}

async fn pending(
    tx: &WriteTx,
    kind: ChangeKind,
    subject: &str,
) -> Result<Option<change_request::Model>, CatalogueError> {
    let waiting = change_request::Entity::find()
        .filter(change_request::Column::Kind.eq(kind))
        .filter(change_request::Column::Subject.eq(subject))
        .filter(change_request::Column::State.eq(ChangeState::Pending));
    Ok(waiting.lock_exclusive().one(&**tx).await?)
}

/// What waits about a thing, and can be signed yet. What cannot ends here, with
/// its signatures: it is proposed anew.
async fn in_time(
    tx: &WriteTx,
    kind: ChangeKind,
    subject: &str,
    now: Timestamp,
) -> Result<Option<change_request::Model>, CatalogueError> {
    match pending(tx, kind, subject).await? {
        Some(request) if is_too_old(&request, now) => {
            lapse(tx, request, now).await?;
            Ok(None)
        }
        pending => Ok(pending),
    }
}

/// What waits about a thing that is still as it was then.
pub(super) async fn still_waits(
    tx: &WriteTx,
    kind: ChangeKind,
    subject: &str,
    now: Timestamp,
) -> Result<Option<Shown>, ChangeError> {
    let is = super::current(tx, kind, subject).await?;
    match in_time(tx, kind, subject, now).await?.filter(|request| request.before_digest == is) {
        Some(request) => Ok(Some(shown(&**tx, request, london_date(now)).await?)),
        None => Ok(None),
    }
}

/// Withdraws what waits about this thing, since it has moved on.
pub(super) async fn withdraw(
    tx: &WriteTx,
    by: &By,
    (kind, subject): (ChangeKind, &str),
    why: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    match pending(tx, kind, subject).await? {
        Some(request) => end(tx, by, request, ChangeState::Withdrawn, Some(why), now).await,
        None => Ok(()),
    }
}

/// Ends a change that waits.
pub(super) async fn end(
    tx: &WriteTx,
    by: &By,
    request: change_request::Model,
    state: ChangeState,
    why: Option<&str>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let action = match state {
        ChangeState::InForce => Action::ChangeInForce,
        ChangeState::Rejected => Action::ChangeRejected,
        ChangeState::Withdrawn | ChangeState::Pending => Action::ChangeWithdrawn,
    };
    let ended = change_request::Model {
        state,
        ended_by: match by {
            By::Person { id, .. } => Some(id.0),
            By::Service => None,
        },
        ended_at: Some(Micros::from(now)),
        end_reason: why.map(str::to_owned),
        ..request
    };
    ended.clone().into_active_model().reset_all().update(&**tx).await?;
    enter(tx, by, action, &ended, ended.before_digest.clone(), now).await
}

/// Enters an act on a change in the audit chain.
pub(super) async fn enter(
    tx: &WriteTx,
    by: &By,
    action: Action,
    request: &change_request::Model,
    before: Option<String>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let reason = request.end_reason.as_ref().unwrap_or(&request.reason);
    let why = Motive::own(format!("{} {}", request.kind, request.subject));
    let entry = Entry::new(by.clone(), action, Subject::new("change", request.id))
        .before(before)
        .after(request.digest.clone())
        .because(why.and_typed(reason));
    audit::append(tx, now, &entry).await.map(|_| ())
}

/// A change that waits, locked until the transaction ends.
pub(super) async fn waiting(
    tx: &WriteTx,
    id: ChangeId,
) -> Result<change_request::Model, ChangeError> {
    let found = change_request::Entity::find_by_id(id.0).lock_exclusive().one(&**tx).await?;
    let found = found.ok_or(ChangeError::NoSuchChange(id))?;
    match found.state {
        ChangeState::Pending => Ok(found),
        state => Err(ChangeError::Ended { id, state }),
    }
}

/// The changes, newest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(
    read: &impl ConnectionTrait,
    state: Option<ChangeState>,
) -> Result<Vec<change_request::Model>, CatalogueError> {
    let mut wanted = change_request::Entity::find();
    if let Some(state) = state {
        wanted = wanted.filter(change_request::Column::State.eq(state));
    }
    let newest_first = wanted
        .order_by_desc(change_request::Column::ProposedAt)
        .order_by_desc(change_request::Column::Id);
    Ok(newest_first.all(read).await?)
}

/// One change with its impact and the signatures that count on this day.
///
/// # Errors
///
/// Where there is none, or the catalogue fails.
pub async fn show(
    read: &impl ConnectionTrait,
    id: ChangeId,
    today: Date,
) -> Result<Shown, ChangeError> {
    let found = change_request::Entity::find_by_id(id.0).one(read).await?;
    shown(read, found.ok_or(ChangeError::NoSuchChange(id))?, today).await
}

pub(super) async fn shown(
    read: &impl ConnectionTrait,
    request: change_request::Model,
    today: Date,
) -> Result<Shown, ChangeError> {
    let impact = serde_json::from_value(request.impact.clone())
        .map_err(|why| CatalogueError::impossible("change_request.impact", why))?;
    let signatures = change_signature::Entity::find()
        .filter(change_signature::Column::ChangeId.eq(request.id))
        .filter(change_signature::Column::Digest.eq(&request.digest))
        .order_by_asc(change_signature::Column::SignedAt)
        .all(read)
        .await?;
    let open = Seats::of(read, &request).await?.open(read, &signatures, today).await?;
    Ok(Shown { request, impact, signatures, open })
}
