//! Writing notices, and making mails of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::held::{held_ids, held_mails};
use super::recipient::Directory;
use super::{Kind, Payload, Recipient};
use crate::catalogue::entity::{mail, notice, notice_attachment};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{MailState, NoticeState, Urgency};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;

/// Something people are to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Who is told.
    pub to: BTreeSet<Recipient>,
    /// On behalf of which service area, for who is told instead.
    pub service_area: Option<String>,
    /// What makes it this one and no other: of one kind, a recipient is told
    /// once of each key.
    pub period_key: String,
    /// What it says.
    pub payload: Payload,
    /// What it is about; mails about one thing stand in one thread.
    pub thread: String,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// What it is, such as `application/json`.
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Writes the notice for each of its recipients, in the caller's transaction.
/// Whoever has been told of it by this key is not told again. Gives how many
/// are new.
///
/// # Errors
///
/// Where the catalogue fails. Then the caller's work must fail too.
pub async fn enqueue(
    tx: &WriteTx,
    now: Timestamp,
    notice: &Notice,
) -> Result<usize, CatalogueError> {
    enqueue_as(tx, now, notice, notice.payload.kind().urgency()).await
}

/// The same, with how long it may wait where that is not as its kind has it.
///
/// # Errors
///
/// As [`enqueue`].
pub(super) async fn enqueue_as(
    tx: &WriteTx,
    now: Timestamp,
    notice: &Notice,
    urgency: Urgency,
) -> Result<usize, CatalogueError> {
    let mut written = 0;
    for recipient in &notice.to {
        let row = notice::Model { urgency, ..row(notice, recipient, now)? };
        let id = row.id;
        if insert_once(tx, row).await? {
            attach(tx, id, &notice.attachments, now).await?;
            written += 1;
        }
    }
    Ok(written)
}

fn row(
    notice: &Notice,
    recipient: &Recipient,
    now: Timestamp,
) -> Result<notice::Model, CatalogueError> {
    let kind = notice.payload.kind();
    Ok(notice::Model {
        id: id_at(now),
        kind,
        recipient: recipient.to_string(),
        meant_for: None,
        service_area: notice.service_area.clone(),
        period_key: notice.period_key.clone(),
        urgency: kind.urgency(),
        payload: serde_json::to_value(&notice.payload)
            .map_err(|why| CatalogueError::impossible("notice.payload", why))?,
        thread: notice.thread.clone(),
        state: NoticeState::Waiting,
        created_at: Micros::from(now),
        mail_id: None,
    })
}

/// Writes a row unless its recipient has one of this kind and key.
pub(super) async fn insert_once(tx: &WriteTx, row: notice::Model) -> Result<bool, CatalogueError> {
    use notice::Column::{Kind, PeriodKey, Recipient};
    let once = OnConflict::columns([Kind, Recipient, PeriodKey]).do_nothing().to_owned();
    let insert = notice::Entity::insert(row.into_active_model()).on_conflict(once);
    Ok(insert.exec_without_returning(&**tx).await? > 0)
}

/// Those who were not told of a thread for so many days, or never. It is counted
/// from the last notice of it, whatever became of that, and not on a grid: who was
/// told yesterday is not told today.
pub(super) async fn not_told_for(
    tx: &WriteTx,
    (kind, thread): (Kind, &str),
    to: BTreeSet<Recipient>,
    days: i32,
    today: Date,
) -> Result<BTreeSet<Recipient>, CatalogueError> {
    let told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(kind))
        .filter(notice::Column::Thread.eq(thread))
        .filter(notice::Column::MeantFor.is_null())
        .all(&**tx)
        .await?;
    let since = today.saturating_sub(jiff::Span::new().days(days));
    let lately = |it: &&notice::Model| london_date(it.created_at.timestamp()) > since;
    let lately: BTreeSet<&str> = told.iter().filter(lately).map(|it| &*it.recipient).collect();
    Ok(to.into_iter().filter(|it| !lately.contains(it.to_string().as_str())).collect())
}

/// The key by which whoever a notice was meant for is told of it, whoever reads it.
pub(super) fn own_key(notice: &notice::Model) -> &str {
    let own = notice.meant_for.as_deref().and_then(|whom| {
        let key = notice.period_key.strip_suffix(whom)?;
        key.strip_suffix(':')
    });
    own.unwrap_or(&notice.period_key)
}

async fn attach(
    tx: &WriteTx,
    notice_id: Uuid,
    attachments: &[Attachment],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    for Attachment { name, media_type, bytes } in attachments.iter().cloned() {
        let row = notice_attachment::Model { id: id_at(now), notice_id, name, media_type, bytes };
        let row = row.into_active_model();
        notice_attachment::Entity::insert(row).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// Makes a mail of every urgent notice that has none.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn mail_urgent(
    tx: &WriteTx,
    domain: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    for notice in unmailed(tx, Urgency::Now).await? {
        let slot = format!("now:{}", notice.id);
        let mail = new_mail(&notice, slot, domain, now);
        let id = mail.id;
        mail::Entity::insert(mail.into_active_model()).exec_without_returning(&**tx).await?;
        give(tx, [notice.id], id).await?;
    }
    Ok(())
}

/// Gathers what waits for each address into one digest, unless it has had one
/// today: four service areas with one mailbox are one reader. What a server may
/// have taken already stays as it is, and who is reached nowhere waits.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn mail_digests(
    tx: &WriteTx,
    domain: &str,
    today: Date,
    now: Timestamp,
) -> Result<u64, CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let slot = today.to_string();
    let mut by_address: BTreeMap<String, Vec<notice::Model>> = BTreeMap::new();
    for notice in unmailed(tx, Urgency::Digest).await? {
        if let Some(address) = directory.address(&recipient(&notice.recipient)?) {
            by_address.entry(address.to_lowercase()).or_default().push(notice);
        }
    }
    let digests = digests(tx, &directory, &slot).await?;
    let mut made = 0;
    for (address, notices) in by_address {
        let mine = || digests.iter().filter(|(to, _)| to.contains(&address)).map(|(_, mail)| mail);
        let open = mine().find(|mail| mail.state == MailState::Waiting);
        let id = match open {
            Some(open) if open.is_fixed => continue,
            Some(open) => open.id,
            None if mine().next().is_some() => continue,
            None => {
                let mail = new_mail(&notices[0], slot.clone(), domain, now);
                let id = mail.id;
                let row = mail.into_active_model();
                mail::Entity::insert(row).exec_without_returning(&**tx).await?;
                id
            }
        };
        give(tx, notices.iter().map(|notice| notice.id), id).await?;
        thread(tx, id).await?;
        made += 1;
    }
    Ok(made)
}

/// The digests that wait, and those of this day; each with the addresses it is
/// for and went to.
async fn digests(
    tx: &WriteTx,
    directory: &Directory,
    slot: &str,
) -> Result<Vec<(Vec<String>, mail::Model)>, CatalogueError> {
    let of_today = mail::Column::Slot.eq(slot);
    let waits = mail::Column::State
        .eq(MailState::Waiting)
        .and(mail::Column::Id.not_in_subquery(held_mails()));
    let digests = mail::Entity::find()
        .filter(mail::Column::IsDigest.eq(true))
        .filter(waits.or(of_today))
        .all(&**tx)
        .await?;
    let with_addresses = |mail: mail::Model| {
        let now = directory.place(&recipient(&mail.recipient)?);
        Ok((
            mail.address.as_deref().map(str::to_lowercase).into_iter().chain([now]).collect(),
            mail,
        ))
    };
    digests.into_iter().map(with_addresses).collect()
}

/// Whether a mail went to this address, or is on its way there.
pub(super) fn is_to(address: &str) -> SimpleExpr {
    Expr::expr(Func::lower(Expr::col(mail::Column::Address))).eq(address.to_lowercase())
}

/// A recipient, as a row says it.
pub(super) fn recipient(text: &str) -> Result<Recipient, CatalogueError> {
    text.parse().map_err(|why| CatalogueError::impossible("notice.recipient", why))
}

async fn unmailed(tx: &WriteTx, urgency: Urgency) -> Result<Vec<notice::Model>, CatalogueError> {
    let waiting = notice::Entity::find()
        .filter(notice::Column::State.eq(NoticeState::Waiting))
        .filter(notice::Column::Urgency.eq(urgency))
        .filter(notice::Column::MailId.is_null())
        .filter(notice::Column::Id.not_in_subquery(held_ids()))
        .order_by_asc(notice::Column::Id)
        .all(&**tx)
        .await?;
    Ok(waiting)
}

/// The Message-ID is made of the row's id, so that whoever tries it again says
/// the same.
fn new_mail(notice: &notice::Model, slot: String, domain: &str, now: Timestamp) -> mail::Model {
    let id = id_at(now);
    mail::Model {
        id,
        recipient: notice.recipient.clone(),
        slot,
        is_digest: notice.urgency == Urgency::Digest,
        state: MailState::Waiting,
        message_id: format!("{}@{domain}", id.simple()),
        thread: notice.thread.clone(),
        is_fixed: false,
        attempts: 0,
        created_at: Micros::from(now),
        next_attempt_at: Micros::from(now),
        leased_until: None,
        sent_at: None,
        address: None,
        body_digest: None,
        last_fault: None,
    }
}

/// A mail that is in no outbox, to try the way out with.
pub(super) fn test_mail(domain: &str, now: Timestamp) -> mail::Model {
    let id = id_at(now);
    mail::Model {
        id,
        recipient: "test".to_owned(),
        slot: "test".to_owned(),
        is_digest: false,
        state: MailState::Waiting,
        message_id: format!("{}@{domain}", id.simple()),
        thread: "test".to_owned(),
        is_fixed: true,
        attempts: 1,
        created_at: Micros::from(now),
        next_attempt_at: Micros::from(now),
        leased_until: None,
        sent_at: None,
        address: None,
        body_digest: None,
        last_fault: None,
    }
}

/// Gives notices to a mail.
async fn give(
    tx: &WriteTx,
    notices: impl IntoIterator<Item = Uuid>,
    mail: Uuid,
) -> Result<(), CatalogueError> {
    notice::Entity::update_many()
        .col_expr(notice::Column::MailId, Expr::value(mail))
        .filter(notice::Column::Id.is_in(notices))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// A digest about one thing stands in that thing's thread, any other in the
/// recipient's own.
async fn thread(tx: &WriteTx, id: Uuid) -> Result<(), CatalogueError> {
    let threads: Vec<String> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Thread)
        .distinct()
        .filter(notice::Column::MailId.eq(id))
        .into_tuple()
        .all(&**tx)
        .await?;
    let thread = match &threads[..] {
        [one] => one.clone(),
        _ => "digest".to_owned(),
    };
    let row = mail::ActiveModel {
        id: sea_orm::Set(id),
        thread: sea_orm::Set(thread),
        ..Default::default()
    };
    row.update(&**tx).await?;
    Ok(())
}
