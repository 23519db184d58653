//! Notices that wait for a person's word.
//!
//! What waits in a backup may have been sent since the backup was made, and the
//! catalogue that came back cannot tell. So it is held back when it is restored:
//! it is in no mail, is told to nobody else, and goes out, or is dropped, when a
//! person says so. A mail that a server may have taken before the backup goes out
//! word for word under its old Message-ID, unless only a part of it is let go:
//! then what it told is told in new mails.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::{Kind, reroute};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{held_notice, mail, notice};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{MailState, NoticeState};
use crate::catalogue::{CatalogueError, WriteTx};

/// The states in which a notice may still go out.
const OPEN: [NoticeState; 3] = [NoticeState::Waiting, NoticeState::Failed, NoticeState::Bounced];

/// Notices in one statement.
const ROWS: usize = 500;

/// How many notices of each kind.
pub type Counts = BTreeMap<Kind, u64>;

/// What becomes of notices that are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// They go out.
    Send,
    /// They are told to nobody.
    Drop,
}

/// The ids of those that are held back, for a condition.
pub(super) fn held_ids() -> SelectStatement {
    Query::select().column(held_notice::Column::NoticeId).from(held_notice::Entity).to_owned()
}

/// The mails that tell any of them.
pub(super) fn held_mails() -> SelectStatement {
    Query::select()
        .column(notice::Column::MailId)
        .from(notice::Entity)
        .and_where(notice::Column::Id.in_subquery(held_ids()))
        .and_where(notice::Column::MailId.is_not_null())
        .to_owned()
}

/// Holds back everything that may still go out, and gives how much of what.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn hold_back(tx: &WriteTx, now: Timestamp) -> Result<Counts, CatalogueError> {
    let open = notice::Entity::find().filter(notice::Column::State.is_in(OPEN)).all(&**tx).await?;
    // A restore of a restore: who was held back is so anew.
    held_notice::Entity::delete_many().exec(&**tx).await?;
    let since_at = Micros::from(now);
    for part in open.chunks(ROWS) {
        let row = |notice: &notice::Model| held_notice::Model { notice_id: notice.id, since_at };
        let rows = part.iter().map(|notice| row(notice).into_active_model());
        held_notice::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    }
    // What no server can have seen is gathered anew when it goes out.
    let unseen = mail::Entity::find()
        .filter(mail::Column::State.eq(MailState::Waiting))
        .filter(mail::Column::IsFixed.eq(false));
    for mail in unseen.all(&**tx).await? {
        detach(tx, mail.id).await?;
    }
    Ok(counted(&open))
}

/// What is held back now.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn held(read: &impl ConnectionTrait) -> Result<Vec<notice::Model>, CatalogueError> {
    let held = notice::Entity::find()
        .filter(notice::Column::Id.in_subquery(held_ids()))
        .filter(notice::Column::State.is_in(OPEN))
        .order_by_asc(notice::Column::Id);
    Ok(held.all(read).await?)
}

/// How many of each kind.
#[must_use]
pub fn counted(notices: &[notice::Model]) -> Counts {
    let mut counts = Counts::new();
    for notice in notices {
        *counts.entry(notice.kind).or_default() += 1;
    }
    counts
}

/// `2 hold-placed, 1 alarm`.
#[must_use]
pub fn words(counts: &Counts) -> String {
    let each = counts.iter().map(|(kind, count)| format!("{count} {kind}"));
    each.collect::<Vec<_>>().join(", ")
}

/// Lets what is held back of these kinds go out, or drops it; of all kinds where
/// none is named. Gives how much of what.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn settle(
    tx: &WriteTx,
    kinds: &BTreeSet<Kind>,
    fate: Fate,
    by: By,
    now: Timestamp,
) -> Result<Counts, CatalogueError> {
    let mut chosen = held(&**tx).await?;
    chosen.retain(|notice| kinds.is_empty() || kinds.contains(&notice.kind));
    let ids: BTreeSet<Uuid> = chosen.iter().map(|notice| notice.id).collect();
    let mails: BTreeSet<Uuid> = chosen.iter().filter_map(|notice| notice.mail_id).collect();
    for mail in mails {
        let told = notice::Entity::find().filter(notice::Column::MailId.eq(mail));
        let is_all = told.all(&**tx).await?.iter().all(|notice| ids.contains(&notice.id));
        if !is_all {
            detach(tx, mail).await?;
        }
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    for part in ids.chunks(ROWS) {
        let of = held_notice::Column::NoticeId.is_in(part.iter().copied());
        held_notice::Entity::delete_many().filter(of).exec(&**tx).await?;
        if fate == Fate::Drop {
            notice::Entity::update_many()
                .col_expr(notice::Column::State, Expr::value(NoticeState::Superseded))
                .col_expr(notice::Column::MailId, Expr::value(None::<Uuid>))
                .filter(notice::Column::Id.is_in(part.iter().copied()))
                .exec(&**tx)
                .await?;
        }
    }
    reroute::drop_empty(tx).await?;
    let counts = counted(&chosen);
    if !counts.is_empty() {
        let action = match fate {
            Fate::Send => Action::NoticeReleased,
            Fate::Drop => Action::NoticeDropped,
        };
        let entry = Entry::new(by, action, Subject::new("held-notices", "all"));
        audit::append(tx, now, &entry.because(Motive::own(words(&counts)))).await?;
    }
    Ok(counts)
}

/// Takes what a waiting mail tells out of it, and removes the mail.
async fn detach(tx: &WriteTx, mail: Uuid) -> Result<(), CatalogueError> {
    let waits = mail::Entity::find_by_id(mail).filter(mail::Column::State.eq(MailState::Waiting));
    if waits.one(&**tx).await?.is_none() {
        return Ok(());
    }
    notice::Entity::update_many()
        .col_expr(notice::Column::MailId, Expr::value(None::<Uuid>))
        .filter(notice::Column::MailId.eq(mail))
        .exec(&**tx)
        .await?;
    mail::Entity::delete_by_id(mail).exec(&**tx).await?;
    Ok(())
}
