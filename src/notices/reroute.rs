//! Telling another where a recipient cannot be reached.
//!
//! What would have gone to a leaver, to an address that no longer takes mail or
//! to a mailbox nobody configured goes to the service area's mailbox, else to
//! the records managers. Where there is none of these it waits: nothing is lost.

use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};

use super::held::held_ids;
use super::recipient::Directory;
use super::{Recipient, outbox};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{mail, notice, notice_attachment};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{MailState, NoticeState};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;

/// What was told to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Notices told to another.
    pub rerouted: u64,
    /// Notices that nobody can be told of.
    pub stuck: u64,
}

/// Gives every notice whose recipient cannot be reached to who is told instead.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn reroute(tx: &WriteTx, now: Timestamp) -> Result<Moved, CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let mut moved = Moved::default();
    let open = [NoticeState::Waiting, NoticeState::Failed, NoticeState::Bounced];
    let notices = notice::Entity::find()
        .filter(notice::Column::State.is_in(open))
        .filter(notice::Column::Id.not_in_subquery(held_ids()))
        .order_by_asc(notice::Column::Id)
        .all(&**tx)
        .await?;
    for notice in notices {
        let recipient = outbox::recipient(&notice.recipient)?;
        let is_lost = notice.state != NoticeState::Waiting;
        if directory.address(&recipient).is_some() {
            if is_lost {
                let again = NoticeState::Waiting;
                let row = notice::Model { state: again, mail_id: None, ..notice };
                row.into_active_model().reset_all().update(&**tx).await?;
            }
            continue;
        }
        let instead = directory.instead(&recipient, notice.service_area.as_deref());
        if instead.is_empty() {
            moved.stuck += 1;
            continue;
        }
        for other in instead {
            hand_over(tx, &notice, &other, now).await?;
        }
        close(tx, notice, now).await?;
        moved.rerouted += 1;
    }
    drop_empty(tx).await?;
    Ok(moved)
}

async fn hand_over(
    tx: &WriteTx,
    notice: &notice::Model,
    to: &Recipient,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let row = notice::Model {
        id: id_at(now),
        recipient: to.to_string(),
        state: NoticeState::Waiting,
        created_at: Micros::from(now),
        mail_id: None,
        ..notice.clone()
    };
    let id = row.id;
    if !outbox::insert_once(tx, row).await? {
        return Ok(());
    }
    let of = notice_attachment::Column::NoticeId.eq(notice.id);
    for file in notice_attachment::Entity::find().filter(of).all(&**tx).await? {
        let row = notice_attachment::Model { id: id_at(now), notice_id: id, ..file };
        let row = row.into_active_model();
        notice_attachment::Entity::insert(row).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

async fn close(tx: &WriteTx, notice: notice::Model, now: Timestamp) -> Result<(), CatalogueError> {
    let subject = Subject::new("notice", notice.id);
    let entry = Entry::new(By::Service, Action::NoticeRerouted, subject)
        .because(Motive::own(format!("{} could not be reached", notice.recipient)));
    // A mail that a server may have taken keeps what it told.
    let keeps = notice.state != NoticeState::Waiting;
    let mail_id = notice.mail_id.filter(|_| keeps);
    let row = notice::Model { state: NoticeState::Rerouted, mail_id, ..notice };
    row.into_active_model().reset_all().update(&**tx).await?;
    audit::append(tx, now, &entry).await.map(|_| ())
}

/// Removes mails that were never taken and tell nothing any more.
pub(super) async fn drop_empty(tx: &WriteTx) -> Result<(), CatalogueError> {
    let waiting = mail::Entity::find().filter(mail::Column::State.eq(MailState::Waiting));
    for mail in waiting.all(&**tx).await? {
        let told = notice::Entity::find().filter(notice::Column::MailId.eq(mail.id));
        if told.one(&**tx).await?.is_none() {
            mail::Entity::delete_by_id(mail.id).exec(&**tx).await?;
        }
    }
    Ok(())
}
