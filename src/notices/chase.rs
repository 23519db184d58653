//! What batches tell: asked of their owner (M2) and asked again, to be
//! authorised (M3), cooling off (M4), done (M5), offered to the archive (M10),
//! halted (M13). And changes that wait for signatures (`super::changes`).
//!
//! Each step is told once, found by its key, so that looking often costs little
//! and a day that was missed is made good. Another list has another digest, and
//! is asked of its owner anew.
//!
//! **Silence ends in expiry, never in destruction** ([`crate::disposal::expire`]).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};

use super::alarm::raise;
use super::batches::{self, thread_of};
use super::outbox::{self, Notice, enqueue};
use super::payload::{Alarm, AlarmKind, Ask, Authorise, BatchProposed, CoolingOff, TransferOffer};
use super::recipient::{Directory, Recipient};
use super::send::{Post, is_before_digest};
use super::step::Step;
use super::{Kind, NoticeError, Payload, changes, reroute, typed};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, batch, mail, notice, service_area};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{MailState, NoticeState, Urgency};
use crate::disposal::Desk;
use crate::disposal::show::{self, Shown};
use crate::people::Role;

const ALONE: &str = "the owner is the only records manager and cannot sign twice: nobody can \
                     authorise it until somebody else has that role";

/// Where to read the comment. It is free text that may name people, and so stands
/// in no mail unless it can name nobody.
const COMMENTED: &str = "the owner left a comment, which you should read first";

const WROTE: &str = "the owner wrote";

/// How long after its end a batch's end is still told, where nobody could before.
const LATE: SignedDuration = SignedDuration::from_hours(24 * 60);

/// Tells of each batch what its state calls for, and gives how many notices are
/// new. Twice changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn chase(post: &Post<'_>) -> Result<usize, NoticeError> {
    let desk = Desk { config: post.config, catalogue: post.catalogue, clock: post.clock };
    let mut written = 0;
    let now = post.clock.now();
    supersede(post, now).await?;
    for row in telling(post, now).await? {
        for step in [Some(Step::of(&row, now)), Step::offer(&row)].into_iter().flatten() {
            if !is_told(post, &row, &step).await? {
                let telling = Telling::of(post, &desk, row.clone(), now).await?;
                written += telling.tell(&step).await?;
            }
        }
    }
    Ok(written + changes::tell(post).await?)
}

/// Drops what no server may have taken yet and the batch has moved on from, so
/// that nobody is asked for what is decided, however long a server was away.
async fn supersede(post: &Post<'_>, now: Timestamp) -> Result<(), NoticeError> {
    let tx = post.catalogue.write_tx().await?;
    let waiting = notice::Entity::find()
        .filter(notice::Column::Kind.is_in([Kind::BatchProposed, Kind::Authorise]))
        .filter(notice::Column::State.eq(NoticeState::Waiting))
        .filter(untaken())
        .all(&*tx)
        .await?;
    for waiting in waiting {
        let said = serde_json::from_value(waiting.payload.clone())
            .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
        let batch = match said {
            Payload::BatchProposed(said) if !said.ask.is_answer() => said.batch.id,
            Payload::Authorise(said) => said.batch.id,
            _ => continue,
        };
        let row = batch::Entity::find_by_id(batch).one(&*tx).await?;
        if row.is_none_or(|row| Step::of(&row, now).key != outbox::own_key(&waiting)) {
            let state = NoticeState::Superseded;
            let row = notice::Model { state, mail_id: None, ..waiting };
            row.into_active_model().reset_all().update(&*tx).await?;
        }
    }
    reroute::drop_empty(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// In no mail yet, or in one that no server can have seen.
pub(super) fn untaken() -> Condition {
    let mails = Query::select()
        .column(mail::Column::Id)
        .from(mail::Entity)
        .and_where(mail::Column::State.eq(MailState::Waiting))
        .and_where(mail::Column::IsFixed.eq(false))
        .to_owned();
    let mail = notice::Column::MailId;
    Condition::any().add(mail.is_null()).add(mail.in_subquery(mails))
}

/// The batches there may be something to tell of.
async fn telling(post: &Post<'_>, now: Timestamp) -> Result<Vec<batch::Model>, NoticeError> {
    use BatchState::{Authorised, Certified, Expired, Halted, IaoApproved, Proposed};
    let under_way = [Proposed, IaoApproved, Authorised, Halted].map(Text);
    let ended = Condition::all()
        .add(batch::Column::State.is_in([Expired, Certified].map(Text)))
        .add(batch::Column::StateSince.gte(Micros::from(now - LATE)));
    let of_state = Condition::any().add(batch::Column::State.is_in(under_way)).add(ended);
    Ok(batch::Entity::find()
        .filter(batch::Column::Action.ne(Text(DisposalAction::Review)))
        .filter(of_state)
        .order_by_asc(batch::Column::Number)
        .all(post.catalogue.read())
        .await?)
}

/// Whether a step was told; of what is asked of an owner, whether it was of who is
/// the owner now.
async fn is_told(post: &Post<'_>, row: &batch::Model, step: &Step) -> Result<bool, NoticeError> {
    let read = post.catalogue.read();
    let mut told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(step.kind))
        .filter(notice::Column::PeriodKey.eq(&step.key));
    let asks_owner =
        step.kind == Kind::BatchProposed && matches!(step.ask, Ask::Proposed | Ask::Reminder);
    if asks_owner
        && let Some(asset) = asset::Entity::find_by_id(row.asset_id).one(read).await?
        && let Some(owner) = asset.iao
    {
        told = told.filter(notice::Column::Recipient.eq(Recipient::Person(owner).to_string()));
    }
    Ok(told.count(read).await? > 0)
}

/// One batch, and whom it concerns.
struct Telling<'a> {
    post: &'a Post<'a>,
    row: batch::Model,
    shown: Shown,
    area: String,
    owner: BTreeSet<Recipient>,
    directory: Directory,
    now: Timestamp,
}

impl<'a> Telling<'a> {
    async fn of(
        post: &'a Post<'_>,
        desk: &Desk<'_>,
        row: batch::Model,
        now: Timestamp,
    ) -> Result<Self, NoticeError> {
        let read = post.catalogue.read();
        let shown = show::show(desk, &row.number).await?;
        let asset = asset::Entity::find_by_id(row.asset_id).one(read).await?;
        let asset =
            asset.ok_or_else(|| CatalogueError::impossible("batch.asset_id", "no asset"))?;
        let area = service_area::Entity::find_by_id(asset.service_area_id).one(read).await?;
        let directory = Directory::read(read).await?;
        let owner = match asset.iao {
            Some(owner) => [Recipient::Person(owner)].into(),
            None => directory.with_role(&[Role::RecordsManager]),
        };
        let area = area.map(|area| area.name).unwrap_or_default();
        Ok(Self { post, row, shown, area, owner, directory, now })
    }

    async fn tell(&self, step: &Step) -> Result<usize, NoticeError> {
        let mut attachments = Vec::new();
        let (to, payload) = match step.kind {
            Kind::BatchProposed => (self.asked(step.ask), self.ask(step.ask).await?),
            Kind::Authorise => (self.authorising(), self.authorise().await?),
            Kind::CoolingOff => (self.everyone(), self.cooling_off().await?),
            Kind::TransferOffer => (self.archive(), self.offer().await?),
            Kind::Certified => {
                let batch = self.facts().await?;
                let Some((payload, file)) =
                    batches::certified(self.post.catalogue, &self.row, batch).await?
                else {
                    return Ok(0);
                };
                attachments.push(file);
                (self.concerned(), payload)
            }
            _ => return self.halted(step).await,
        };
        let mut told = BTreeSet::new();
        let notice = Notice {
            to: self.directory.unless_told(to, &mut told),
            service_area: Some(self.area.clone()),
            period_key: step.key.clone(),
            payload,
            thread: thread_of(self.row.id),
            attachments,
        };
        let tx = self.post.catalogue.write_tx().await?;
        let mut written =
            outbox::enqueue_as(&tx, self.now, &notice, self.urgency(step.kind)).await?;
        if let Payload::BatchProposed(asked) = &notice.payload
            && matches!(asked.ask, Ask::Proposed | Ask::Reminder)
        {
            let to = self.directory.unless_told(self.mailbox(), &mut told);
            let payload = BatchProposed { ask: Ask::Copied, ..asked.clone() }.into();
            written += enqueue(&tx, self.now, &Notice { to, payload, ..notice }).await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// A batch that cools off is told at once where no digest goes out any more that
    /// day: its days run from the authorisation, and a holiday would eat them. What
    /// goes day by day under a standing authority does not cool off.
    fn urgency(&self, kind: Kind) -> Urgency {
        let cools_off = kind == Kind::CoolingOff && self.row.standing_authority_id.is_none();
        let waits = is_before_digest(self.now, &self.post.config.working_days);
        if cools_off && !waits { Urgency::Now } else { kind.urgency() }
    }

    /// That of the service whose records they are.
    fn mailbox(&self) -> BTreeSet<Recipient> {
        self.directory.mailbox(&self.area)
    }

    async fn facts(&self) -> Result<super::payload::Batch, NoticeError> {
        batches::facts(self.post.catalogue, &self.row, &self.shown).await
    }

    /// The owner; where they let three weeks pass, those above them; and all of
    /// them of its expiry.
    fn asked(&self, ask: Ask) -> BTreeSet<Recipient> {
        let mut above = self.directory.with_role(&[Role::RecordsManager]);
        above.insert(Recipient::Director(self.area.to_lowercase()));
        match ask {
            Ask::Escalation => above,
            Ask::Expired => &(&self.owner | &above) | &self.mailbox(),
            _ => self.owner.clone(),
        }
    }

    async fn ask(&self, ask: Ask) -> Result<Payload, NoticeError> {
        let said = BatchProposed {
            batch: self.facts().await?,
            ask,
            proposed_on: london_date(self.shown.proposed_at),
            expires_on: match ask {
                Ask::Expired => london_date(self.row.state_since.timestamp()),
                _ => london_date(self.row.expires_at.timestamp()),
            },
            since_last: self.shown.since_last.as_ref().map(batches::since_last),
        };
        Ok(said.into())
    }

    /// The records managers, without the owner, who cannot sign twice.
    fn managers(&self) -> BTreeSet<Recipient> {
        let mut managers = self.directory.with_role(&[Role::RecordsManager]);
        managers.retain(|it| !self.owner.contains(it));
        managers
    }

    /// Where the owner is the only records manager, those who can see to it that
    /// there is another, and the owner.
    fn authorising(&self) -> BTreeSet<Recipient> {
        let managers = self.managers();
        if !managers.is_empty() {
            return managers;
        }
        let mut to = self.directory.with_role(&[Role::Siro, Role::Dpo, Role::Operator]);
        to.extend(self.owner.iter().cloned());
        to
    }

    async fn authorise(&self) -> Result<Payload, NoticeError> {
        let mut readings = batches::readings(&self.shown);
        readings.extend(batches::breakers(self.post, &self.row, &self.shown).await?);
        if self.managers().is_empty() {
            readings.push(ALONE.to_owned());
        }
        let counting = self.shown.signatures.iter().filter(|signed| signed.counts);
        for comment in counting.filter_map(|signed| signed.comment.as_deref()) {
            readings.push(match typed::phrase(comment) {
                Some(comment) => format!("{WROTE}: \u{201c}{comment}\u{201d}"),
                None => format!("{COMMENTED}: `retaind batch show {}`", self.row.number),
            });
        }
        let said = Authorise {
            batch: self.facts().await?,
            approved_on: london_date(self.row.state_since.timestamp()),
            readings,
            expires_on: london_date(self.row.expires_at.timestamp()),
        };
        Ok(said.into())
    }

    /// The service, the owner, and those who may know of a reason to stop it.
    fn everyone(&self) -> BTreeSet<Recipient> {
        let mut to = self.directory.of_area(&self.area);
        to.extend(self.owner.iter().cloned());
        to.extend(self.directory.with_role(&[Role::Dpo, Role::Legal, Role::InformationRequests]));
        to
    }

    async fn cooling_off(&self) -> Result<Payload, NoticeError> {
        let not_before = self.row.not_before.map_or(self.now, Micros::timestamp);
        let acts_on = london_date(not_before);
        let grace = jiff::Span::new().days(self.row.grace_days);
        let destroys = self.row.action.0 == DisposalAction::Destroy;
        let destroyed_from = destroys.then(|| acts_on.saturating_add(grace));
        Ok(CoolingOff { batch: self.facts().await?, acts_on, destroyed_from }.into())
    }

    /// The archivists; where there is none, the records managers.
    fn archive(&self) -> BTreeSet<Recipient> {
        let archivists = self.directory.with_role(&[Role::Archivist]);
        match archivists.is_empty() {
            true => self.directory.with_role(&[Role::RecordsManager]),
            false => archivists,
        }
    }

    async fn offer(&self) -> Result<Payload, NoticeError> {
        let super::payload::Batch { number, of, first, last, .. } = self.facts().await?;
        let format = format!("as they are in the store {}", self.shown.listed.store);
        Ok(TransferOffer { batch: Some(number), of, first, last, format }.into())
    }

    /// The owner, the records managers and the service.
    fn concerned(&self) -> BTreeSet<Recipient> {
        let mut to = self.directory.of_area(&self.area);
        to.extend(self.owner.iter().cloned());
        to.extend(self.directory.with_role(&[Role::RecordsManager]));
        to
    }

    async fn halted(&self, step: &Step) -> Result<usize, NoticeError> {
        let alarm = Alarm {
            what: AlarmKind::Halted,
            store: Some(self.shown.listed.store.clone()),
            batch: Some(self.row.number.clone()),
            authority: None,
            since: london_date(self.row.state_since.timestamp()),
            count: None,
            clock: None,
        };
        let tx = self.post.catalogue.write_tx().await?;
        let written = raise(&tx, self.now, alarm, step.key.clone()).await?;
        tx.commit().await?;
        Ok(written)
    }
}
