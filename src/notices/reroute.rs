//! Telling another where a recipient cannot be reached.
//!
//! What would have gone to a leaver, to an address that no longer takes mail or
//! to a mailbox nobody configured goes to the service area's mailbox, else to
//! the records managers. Where there is none of these it waits: nothing is lost.
//!
//! Whoever is told instead is told for whom it was meant, and asked nothing that
//! only those could answer (`super::link`). Its key has whom it was meant for, so
//! that several who cannot be reached are told of each by one reader.

use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::held::held_ids;
use super::payload::RegisterNews;
use super::recipient::Directory;
use super::{Payload, Recipient, outbox};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, mail, notice, notice_attachment};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{AssetStatus, MailState, NoticeState};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;

/// As many assets of an owner are named.
const NAMED: usize = 5;

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
    if knows(tx, notice, to).await? {
        return Ok(());
    }
    // One that was handed over before has it in its key already.
    let period_key = match notice.meant_for {
        None => format!("{}:{}", notice.period_key, notice.recipient),
        Some(_) => notice.period_key.clone(),
    };
    let meant_for = notice.meant_for.as_ref().unwrap_or(&notice.recipient);
    let row = notice::Model {
        id: id_at(now),
        recipient: to.to_string(),
        meant_for: Some(meant_for.clone()),
        period_key,
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

/// Whether who is told instead was told the very same already, of the same thing.
async fn knows(
    tx: &WriteTx,
    notice: &notice::Model,
    to: &Recipient,
) -> Result<bool, CatalogueError> {
    let said = serde_json::from_value(notice.payload.clone())
        .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
    if is_of_reader(&said) {
        return Ok(false);
    }
    let gone = [NoticeState::Superseded, NoticeState::Rerouted];
    let told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(notice.kind))
        .filter(notice::Column::Recipient.eq(to.to_string()))
        .filter(notice::Column::Thread.eq(&notice.thread))
        .filter(notice::Column::State.is_not_in(gone))
        .all(&**tx)
        .await?;
    let is_it = |one: &notice::Model| {
        outbox::own_key(one) == outbox::own_key(notice) && one.payload == notice.payload
    };
    Ok(told.iter().any(is_it))
}

/// Whether it tells a reader of what is theirs, so that the same words to another
/// are another thing.
const fn is_of_reader(said: &Payload) -> bool {
    match said {
        Payload::OverRetention(_) | Payload::AnnualStatement(_) | Payload::ChangesWait(_) => true,
        Payload::Register(said) => matches!(said.news, RegisterNews::Review { .. }),
        _ => false,
    }
}

/// For whom a notice was meant that another reads, and what is to be done about it,
/// without a name; nothing where it was meant for its reader.
pub(super) async fn meant_for(
    db: &impl ConnectionTrait,
    directory: &Directory,
    notice: &notice::Model,
) -> Result<Option<String>, CatalogueError> {
    let Some(whom) = &notice.meant_for else { return Ok(None) };
    let whom = outbox::recipient(whom)?;
    let mend = match whom {
        Recipient::Person(_) => {
            "Name another in the register and on the people list, or correct the address there."
        }
        Recipient::Mailbox(_) | Recipient::Director(_) => {
            "The operator corrects the address under [[service_area]] in retaind.toml."
        }
    };
    let who = match whom {
        Recipient::Person(id) => match owned(db, id).await? {
            Some(assets) => format!("the owner of {assets}"),
            None => directory.roles(id),
        },
        Recipient::Mailbox(area) => format!("the mailbox of {area}"),
        Recipient::Director(area) => format!("the director of {area}"),
    };
    Ok(Some(format!("Meant for {who}, who cannot be reached, so you are told. {mend}")))
}

/// The assets whose owner a person is, by reference.
async fn owned(db: &impl ConnectionTrait, owner: Uuid) -> Result<Option<String>, CatalogueError> {
    let assets = asset::Entity::find()
        .filter(asset::Column::Iao.eq(owner))
        .filter(asset::Column::Status.eq(AssetStatus::Active))
        .order_by_asc(asset::Column::Reference)
        .all(db)
        .await?;
    let named: Vec<&str> = assets.iter().take(NAMED).map(|asset| &*asset.reference).collect();
    let more = if assets.len() > NAMED { " and more" } else { "" };
    Ok((!named.is_empty()).then(|| named.join(", ") + more))
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
