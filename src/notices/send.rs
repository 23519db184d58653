//! Sending what waits.
//!
//! A mail is claimed before it is tried, for as long as an attempt may last, so
//! that of two senders one has it. It counts as one that a server may have
//! taken from before the attempt until a server has said no: only then may more
//! be added to it. So after a lost answer, or the end of the process, the very
//! same mail goes out again, under the same Message-ID.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::calendar::{london_date, zone};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use serde::Serialize;

use super::carrier::{Carrier, Refused, Setback};
use super::message::{self, Content, Posted};
use super::outbox::{self, Attachment};
use super::recipient::Directory;
use super::render::{Letter, Templates, Told};
use super::{NoticeError, Payload, failing, held, link, reroute};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{mail, notice, notice_attachment};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{MailState, NoticeState};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::Clock;
use crate::config::{Config, MailSettings};
use crate::keys::Keys;
use crate::working_days::WorkingDays;

/// For how long a sender has a mail to itself. Longer than an attempt lasts.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// How long to wait after a first failure; twice as long after each next.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// And never longer than this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);

/// The hour from which digests go out, in London.
const DIGESTS_FROM: i8 = 8;

/// What sending needs.
pub struct Post<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The key that signs the links.
    pub keys: &'a Keys,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// What became of what waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Mails that a server took.
    pub sent: u64,
    /// Mails that will be tried again.
    pub waiting: u64,
    /// Mails that no server takes for their recipient.
    pub refused: u64,
    /// Notices told to another, since their recipient cannot be reached.
    pub rerouted: u64,
    /// Notices that nobody can be told of; they wait for somebody.
    pub stuck: u64,
}

/// Makes a digest of what waits for each reader, or adds it to the one that no
/// server can have taken yet, on working days from eight o'clock in London; how
/// many were made or added to? Where nothing is configured, everything waits.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn compose_digests(post: &Post<'_>) -> Result<u64, NoticeError> {
    let now = post.clock.now();
    let Some(settings) = &post.config.mail else { return Ok(0) };
    if !is_digest_time(now, &post.config.working_days) {
        return Ok(0);
    }
    let tx = post.catalogue.write_tx().await?;
    failing::forgive(&tx, now).await?;
    reroute::reroute(&tx, now).await?;
    let domain = message::domain(&settings.from);
    let made = outbox::mail_digests(&tx, &domain, london_date(now), now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Sends what waits: what is urgent at once, digests that were made on working
/// days from eight o'clock in London. Where nothing is configured, everything waits.
///
/// # Errors
///
/// Where the templates or the way out cannot be used, or the catalogue fails.
/// A server that refuses is no error: its mails wait.
pub async fn send_due(post: &Post<'_>) -> Result<Summary, NoticeError> {
    let now = post.clock.now();
    let digests = match is_digest_time(now, &post.config.working_days) {
        true => Digests::GoOut,
        false => Digests::Wait,
    };
    send(post, digests).await
}

/// Sends what waits, and makes digests too whatever the hour, since a person asks for it.
/// Whoever has had a digest today still gets the next one tomorrow.
///
/// # Errors
///
/// As [`send_due`].
pub async fn send_now(post: &Post<'_>) -> Result<Summary, NoticeError> {
    send(post, Digests::AreMade).await
}

async fn send(post: &Post<'_>, digests: Digests) -> Result<Summary, NoticeError> {
    let Some(settings) = &post.config.mail else { return Ok(Summary::default()) };
    let sender = Sender {
        settings,
        templates: Templates::load(settings.templates.as_deref())?,
        carrier: Carrier::open(settings)?,
        digests,
        post,
    };
    let mut summary = Summary::default();
    // What a first round finds nobody at is told to others in a second.
    for _ in 0..2 {
        sender.prepare(&mut summary).await?;
        if sender.round(&mut summary).await? == 0 {
            break;
        }
    }
    Ok(summary)
}

/// Whether what is written now can still go out in a digest of this day.
pub(super) fn is_before_digest(now: Timestamp, working_days: &WorkingDays) -> bool {
    let local = now.to_zoned(zone());
    working_days.is_working_day(local.date()) && local.hour() < DIGESTS_FROM
}

/// Whether digests go out now.
#[must_use]
pub fn is_digest_time(now: Timestamp, working_days: &WorkingDays) -> bool {
    let local = now.to_zoned(zone());
    working_days.is_working_day(local.date()) && local.hour() >= DIGESTS_FROM
}

/// What becomes of digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digests {
    /// They are made of what waits, and go out.
    AreMade,
    /// Those that were made go out.
    GoOut,
    /// They wait for their hour.
    Wait,
}

/// A mail as it was written, where it could be, and what came of it.
type Attempt = (Option<Letter>, Result<(), Refused>);

struct Sender<'a> {
    settings: &'a MailSettings,
    templates: Templates,
    carrier: Carrier,
    digests: Digests,
    post: &'a Post<'a>,
}

impl Sender<'_> {
    /// Makes mails of what waits.
    async fn prepare(&self, summary: &mut Summary) -> Result<(), NoticeError> {
        let now = self.post.clock.now();
        let tx = self.post.catalogue.write_tx().await?;
        failing::forgive(&tx, now).await?;
        let moved = reroute::reroute(&tx, now).await?;
        summary.rerouted += moved.rerouted;
        summary.stuck = moved.stuck;
        let domain = message::domain(&self.settings.from);
        outbox::mail_urgent(&tx, &domain, now).await?;
        if self.digests == Digests::AreMade {
            outbox::mail_digests(&tx, &domain, london_date(now), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Tries every mail whose time has come, for as long as the server answers;
    /// gives how many of them are to be told to another now. What is wrong with
    /// one mail keeps no other from going out.
    async fn round(&self, summary: &mut Summary) -> Result<u64, NoticeError> {
        let mut refused = 0;
        let mut unclear = Vec::new();
        let mut ripe = self.ripe().await?.into_iter();
        for row in ripe.by_ref() {
            let Some(address) = self.address(&row).await? else { continue };
            let Some(row) = self.claim(row, &address).await? else { continue };
            let (letter, tried) = self.try_one(&row, &address).await?;
            if tried.as_ref().is_err_and(|refused| refused.how == Setback::MayBeAddress) {
                unclear.push((row, address, letter, tried));
                continue;
            }
            match self.settle(row, &address, letter.as_ref(), tried).await? {
                None => summary.sent += 1,
                Some(Setback::NoSuchAddress) => refused += 1,
                Some(Setback::NotReached | Setback::Unclear) => {
                    summary.waiting += 1;
                    break;
                }
                Some(_) => summary.waiting += 1,
            }
        }
        // A server that passes on for nobody refuses everyone with these words:
        // only where it took another's mail it is this address.
        for (row, address, letter, tried) in unclear {
            let how = if summary.sent > 0 { Setback::NoSuchAddress } else { Setback::ForGood };
            let tried = tried.map_err(|refused| Refused { how, ..refused });
            match self.settle(row, &address, letter.as_ref(), tried).await? {
                Some(Setback::NoSuchAddress) => refused += 1,
                _ => summary.waiting += 1,
            }
        }
        summary.waiting += ripe.len() as u64;
        summary.refused += refused;
        Ok(if ripe.len() == 0 { refused } else { 0 })
    }

    /// Writes one mail and sends it.
    #[tracing::instrument(name = "mail", skip_all, fields(mail = %row.id))]
    async fn try_one(&self, row: &mail::Model, address: &str) -> Result<Attempt, NoticeError> {
        let refused = |how, why: String| Ok((None, Err(Refused { how, why })));
        match self.written(row, address).await {
            Ok((letter, posted)) => {
                let tried = self.carrier.send(&row.id.simple().to_string(), &posted).await;
                Ok((Some(letter), tried))
            }
            Err(NoticeError::Catalogue(fault)) => Err(fault.into()),
            Err(why @ NoticeError::Address(_)) => refused(Setback::NoSuchAddress, why.to_string()),
            Err(why) => refused(Setback::NotTaken, why.to_string()),
        }
    }

    async fn ripe(&self) -> Result<Vec<mail::Model>, NoticeError> {
        let now = self.post.clock.now();
        let free = Condition::any()
            .add(mail::Column::LeasedUntil.is_null())
            .add(mail::Column::LeasedUntil.lt(Micros::from(now)));
        let mut ripe = mail::Entity::find()
            .filter(mail::Column::State.eq(MailState::Waiting))
            .filter(mail::Column::NextAttemptAt.lte(Micros::from(now)))
            .filter(mail::Column::Id.not_in_subquery(held::held_mails()))
            .filter(free);
        if self.digests == Digests::Wait {
            ripe = ripe.filter(mail::Column::IsDigest.eq(false));
        }
        Ok(ripe.order_by_asc(mail::Column::Id).all(self.post.catalogue.read()).await?)
    }

    /// Has the mail to itself, unless another was quicker. A digest becomes
    /// today's; where its address has had today's, it waits for tomorrow.
    async fn claim(
        &self,
        row: mail::Model,
        address: &str,
    ) -> Result<Option<mail::Model>, NoticeError> {
        let now = self.post.clock.now();
        let tx = self.post.catalogue.write_tx().await?;
        let slot = match row.is_digest {
            true => london_date(now).to_string(),
            false => row.slot.clone(),
        };
        let same = mail::Column::Recipient.eq(&row.recipient);
        let taken = mail::Entity::find()
            .filter(Condition::any().add(same).add(outbox::is_to(address)))
            .filter(mail::Column::Slot.eq(&slot))
            .filter(mail::Column::Id.ne(row.id));
        if taken.one(&*tx).await?.is_some() {
            tx.rollback().await?;
            return Ok(None);
        }
        let claimed = mail::Entity::update_many()
            .col_expr(mail::Column::LeasedUntil, Expr::value(Micros::from(now + LEASE).0))
            .col_expr(mail::Column::IsFixed, Expr::value(true))
            .col_expr(mail::Column::Slot, Expr::value(slot.clone()))
            .col_expr(mail::Column::Address, Expr::value(address))
            .col_expr(mail::Column::Attempts, Expr::value(row.attempts + 1))
            .filter(mail::Column::Id.eq(row.id))
            .filter(mail::Column::State.eq(MailState::Waiting))
            .filter(mail::Column::Attempts.eq(row.attempts))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        let attempts = row.attempts + 1;
        let address = Some(address.to_owned());
        let row = mail::Model { slot, attempts, address, is_fixed: true, ..row };
        Ok((claimed.rows_affected == 1).then_some(row))
    }

    async fn address(&self, row: &mail::Model) -> Result<Option<String>, NoticeError> {
        let directory = Directory::read(self.post.catalogue.read()).await?;
        Ok(directory.address(&outbox::recipient(&row.recipient)?).map(str::to_owned))
    }

    async fn written(
        &self,
        row: &mail::Model,
        address: &str,
    ) -> Result<(Letter, Posted), NoticeError> {
        let read = self.post.catalogue.read();
        let mut notices = notice::Entity::find()
            .filter(notice::Column::MailId.eq(row.id))
            .order_by_asc(notice::Column::Id)
            .all(read)
            .await?;
        // What one mailbox is told for several service areas stands area by area.
        notices.sort_by(|one, other| one.service_area.cmp(&other.service_area));
        let ids: Vec<_> = notices.iter().map(|notice| notice.id).collect();
        let attachments = notice_attachment::Entity::find()
            .filter(notice_attachment::Column::NoticeId.is_in(ids))
            .order_by_asc(notice_attachment::Column::Id)
            .all(read)
            .await?;
        let attachments: Vec<Attachment> = attachments
            .into_iter()
            .map(|it| Attachment { name: it.name, media_type: it.media_type, bytes: it.bytes })
            .collect();
        let directory = Directory::read(read).await?;
        let mut said = Vec::with_capacity(notices.len());
        for notice in &notices {
            let payload: Payload = serde_json::from_value(notice.payload.clone())
                .map_err(|why| NoticeError::Carrier(format!("a notice cannot be read: {why}")))?;
            let link = link::of_notice(self.settings, self.post.keys, notice, &payload);
            let meant_for = reroute::meant_for(read, &directory, notice).await?;
            said.push(Told { payload, link, meant_for });
        }
        let organisation = &self.post.config.organisation.name;
        let letter = self.templates.letter(organisation, &said)?;
        let threads: BTreeSet<String> =
            notices.iter().map(|notice| notice.thread.clone()).collect();
        let threads = Vec::from_iter(threads);
        let previous = self.previous(row, &threads, address).await?;
        let content = Content {
            mail: row,
            letter: &letter,
            threads: &threads,
            attachments: &attachments,
            previous: previous.as_deref(),
            to: address,
            organisation,
        };
        let posted = message::post(self.settings, &content)?;
        Ok((letter, posted))
    }

    /// The last mail before this one in its thread, or that told anything of one of
    /// these.
    async fn previous(
        &self,
        row: &mail::Model,
        threads: &[String],
        address: &str,
    ) -> Result<Option<String>, NoticeError> {
        let told = Query::select()
            .column(notice::Column::MailId)
            .from(notice::Entity)
            .and_where(notice::Column::Thread.is_in(threads))
            .and_where(notice::Column::MailId.is_not_null())
            .to_owned();
        let of_threads = Condition::any()
            .add(mail::Column::Thread.eq(&row.thread))
            .add(mail::Column::Id.in_subquery(told));
        let before = mail::Entity::find()
            .filter(of_threads)
            .filter(outbox::is_to(address))
            .filter(mail::Column::State.eq(MailState::Sent))
            .filter(mail::Column::Id.lt(row.id))
            .order_by_desc(mail::Column::Id)
            .one(self.post.catalogue.read())
            .await?;
        Ok(before.map(|mail| mail.message_id))
    }

    /// Writes down what came of a mail, and gives what it came to.
    async fn settle(
        &self,
        row: mail::Model,
        address: &str,
        letter: Option<&Letter>,
        tried: Result<(), Refused>,
    ) -> Result<Option<Setback>, NoticeError> {
        let now = self.post.clock.now();
        let id = row.id;
        let digest = letter.map(|letter| audit::digest::of_bytes(letter.plain.as_bytes()));
        let attempts = row.attempts;
        let after = mail::Model { leased_until: None, body_digest: digest.clone(), ..row };
        let tx = self.post.catalogue.write_tx().await?;
        let tried = failing::by_now(&tx, tried, &after, address, now).await?;
        let came_to = tried.as_ref().err().map(|refused| refused.how);
        let after = match tried {
            Ok(()) => {
                tell(&tx, &after, NoticeState::Sent).await?;
                mail::Model { state: MailState::Sent, sent_at: Some(now.into()), ..after }
            }
            Err(Refused { how: Setback::NoSuchAddress, why }) => {
                failing::note(&tx, address, &why, now).await?;
                tell(&tx, &after, NoticeState::Failed).await?;
                mail::Model { state: MailState::Failed, last_fault: Some(why), ..after }
            }
            Err(Refused { how, why }) => {
                tracing::warn!(mail = %id, attempts, why, "a mail waits for its server");
                let next_attempt_at = Micros::from(now + wait(attempts));
                let is_fixed = how == Setback::Unclear;
                mail::Model { next_attempt_at, is_fixed, last_fault: Some(why), ..after }
            }
        };
        after.into_active_model().reset_all().update(&*tx).await?;
        if came_to.is_none() {
            let subject = Subject::new("mail", id);
            let entry = Entry::new(By::Service, Action::NoticeSent, subject).after(digest);
            audit::append(&tx, now, &entry).await?;
        }
        tx.commit().await?;
        Ok(came_to)
    }
}

/// What the notices of a mail have come to.
pub(super) async fn tell(
    tx: &WriteTx,
    mail: &mail::Model,
    state: NoticeState,
) -> Result<(), CatalogueError> {
    notice::Entity::update_many()
        .col_expr(notice::Column::State, Expr::value(state))
        .filter(notice::Column::MailId.eq(mail.id))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn wait(attempts: i64) -> SignedDuration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(8);
    (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT)
}
