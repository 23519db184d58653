//! What batches tell: asked of their owner (M2) and asked again, to be
//! authorised (M3), cooling off (M4), done (M5), halted (M13).
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
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};

use super::alarm::raise;
use super::batches::{self, thread_of};
use super::outbox::{Notice, enqueue};
use super::payload::{Alarm, AlarmKind, Ask, Authorise, BatchProposed, CoolingOff};
use super::recipient::{Directory, Recipient};
use super::send::Post;
use super::{Kind, NoticeError, Payload};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, batch, notice, service_area};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::NoticeState;
use crate::disposal::Desk;
use crate::disposal::show::{self, Shown};
use crate::people::Role;

/// Days after its proposal from which its owner is asked a second and a third
/// time, and from which the director and the records managers are told.
const ASKED_AGAIN: [i64; 2] = [7, 14];
const ESCALATED: i64 = 21;

/// How long after its end a batch's end is still told, where nobody could before.
const LATE: SignedDuration = SignedDuration::from_hours(24 * 60);

/// The first digits of a digest, which say which list is meant.
const DIGITS: usize = 12;

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
        let step = Step::of(&row, now);
        if !is_told(post, &step).await? {
            written += Telling::of(post, &desk, row, now).await?.tell(&step).await?;
        }
    }
    Ok(written)
}

/// Drops what no mail has told yet and the batch has moved on from, so that
/// nobody is asked for what is decided.
async fn supersede(post: &Post<'_>, now: Timestamp) -> Result<(), NoticeError> {
    let tx = post.catalogue.write_tx().await?;
    let waiting = notice::Entity::find()
        .filter(notice::Column::Kind.is_in([Kind::BatchProposed, Kind::Authorise]))
        .filter(notice::Column::State.eq(NoticeState::Waiting))
        .filter(notice::Column::MailId.is_null())
        .all(&*tx)
        .await?;
    for waiting in waiting {
        let said = serde_json::from_value(waiting.payload.clone())
            .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
        let batch = match said {
            Payload::BatchProposed(said) if said.ask != Ask::NotTheirs => said.batch.id,
            Payload::Authorise(said) => said.batch.id,
            _ => continue,
        };
        let row = batch::Entity::find_by_id(batch).one(&*tx).await?;
        if row.is_none_or(|row| Step::of(&row, now).key != waiting.period_key) {
            let state = NoticeState::Superseded;
            let row = notice::Model { state, ..waiting };
            row.into_active_model().reset_all().update(&*tx).await?;
        }
    }
    tx.commit().await?;
    Ok(())
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

async fn is_told(post: &Post<'_>, step: &Step) -> Result<bool, NoticeError> {
    let told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(step.kind))
        .filter(notice::Column::PeriodKey.eq(&step.key));
    Ok(told.count(post.catalogue.read()).await? > 0)
}

/// What a batch's state calls for today.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    kind: Kind,
    ask: Ask,
    key: String,
}

impl Step {
    fn of(row: &batch::Model, now: Timestamp) -> Self {
        let list: String = row.digest.iter().flat_map(|it| it.chars()).take(DIGITS).collect();
        let asked = |ask, word: &str| (Kind::BatchProposed, ask, format!("{word}:{list}"));
        let told = |kind, word: &str| (kind, Ask::Proposed, word.to_owned());
        let (kind, ask, word) = match row.state.0 {
            BatchState::Proposed => match days_since(row.proposed_at, now) {
                days if days >= ESCALATED => asked(Ask::Escalation, "escalated"),
                days if days >= ASKED_AGAIN[1] => asked(Ask::Reminder, "third"),
                days if days >= ASKED_AGAIN[0] => asked(Ask::Reminder, "second"),
                _ => asked(Ask::Proposed, "first"),
            },
            BatchState::IaoApproved => told(Kind::Authorise, &format!("authorise:{list}")),
            BatchState::Authorised => told(Kind::CoolingOff, &format!("cooling-off:{list}")),
            BatchState::Certified => told(Kind::Certified, "certified"),
            BatchState::Expired => (Kind::BatchProposed, Ask::Expired, "expired".to_owned()),
            _ => told(Kind::Alarm, &format!("halted:{}", row.state_since.0)),
        };
        Self { kind, ask, key: format!("batch:{}:{word}", row.id) }
    }
}

/// Whole days in London between a moment and now.
fn days_since(at: Micros, now: Timestamp) -> i64 {
    london_date(now).duration_since(london_date(at.timestamp())).as_hours() / 24
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
        let notice = Notice {
            to: self.directory.once(to),
            service_area: Some(self.area.clone()),
            period_key: step.key.clone(),
            payload,
            thread: thread_of(self.row.id),
            attachments,
        };
        let tx = self.post.catalogue.write_tx().await?;
        let written = enqueue(&tx, self.now, &notice).await?;
        tx.commit().await?;
        Ok(written)
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
            Ask::Expired => self.owner.union(&above).cloned().collect(),
            _ => self.owner.clone(),
        }
    }

    async fn ask(&self, ask: Ask) -> Result<Payload, NoticeError> {
        let said = BatchProposed {
            batch: self.facts().await?,
            ask,
            proposed_on: london_date(self.shown.proposed_at),
            expires_on: london_date(self.row.expires_at.timestamp()),
            since_last: self.shown.since_last.as_ref().map(batches::since_last),
        };
        Ok(said.into())
    }

    /// The records managers, without the owner, who cannot sign twice.
    fn authorising(&self) -> BTreeSet<Recipient> {
        let mut managers = self.directory.with_role(&[Role::RecordsManager]);
        managers.retain(|it| !self.owner.contains(it));
        managers
    }

    async fn authorise(&self) -> Result<Payload, NoticeError> {
        let said = Authorise {
            batch: self.facts().await?,
            approved_on: london_date(self.row.state_since.timestamp()),
            readings: batches::readings(&self.shown),
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
            since: london_date(self.row.state_since.timestamp()),
            count: None,
        };
        let tx = self.post.catalogue.write_tx().await?;
        let written = raise(&tx, self.now, alarm, step.key.clone()).await?;
        tx.commit().await?;
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn proposed() -> batch::Model {
        let at = Micros::from("2026-11-02T09:00:00Z".parse::<Timestamp>().unwrap());
        batch::Model {
            id: uuid::Uuid::from_u128(17),
            number: "B-2026-0017".to_owned(),
            action: Text(DisposalAction::Destroy),
            asset_id: uuid::Uuid::nil(),
            record_type_id: uuid::Uuid::nil(),
            store_id: uuid::Uuid::nil(),
            schedule_version_id: uuid::Uuid::nil(),
            rule: String::new(),
            rule_words: String::new(),
            mappings: serde_json::json!([]),
            lines: 1,
            members: 1,
            bytes: 1,
            oldest_due: None,
            newest_due: None,
            digest: Some("0123456789abcdef".to_owned()),
            state: Text(BatchState::Proposed),
            state_since: at,
            proposed_by: None,
            proposed_at: at,
            expires_at: at,
            not_before: None,
            quarantined_at: None,
            grace_days: 30,
            halted_from: None,
            halted_why: None,
            standing_authority_id: None,
        }
    }

    #[test]
    fn an_owner_is_asked_at_once_and_after_one_and_two_weeks_and_those_above_after_three() {
        let row = proposed();
        let cases = [
            (0, Ask::Proposed, "first"),
            (6, Ask::Proposed, "first"),
            (7, Ask::Reminder, "second"),
            (13, Ask::Reminder, "second"),
            (14, Ask::Reminder, "third"),
            (20, Ask::Reminder, "third"),
            (21, Ask::Escalation, "escalated"),
            (29, Ask::Escalation, "escalated"),
        ];
        for (days, ask, word) in cases {
            let now = row.proposed_at.timestamp() + (days * 24).hours();
            let step = Step::of(&row, now);
            assert_eq!((step.kind, step.ask), (Kind::BatchProposed, ask), "day {days}");
            assert_eq!(step.key, format!("batch:{}:{word}:0123456789ab", row.id), "day {days}");
        }
    }

    #[test]
    fn another_list_is_another_question_and_a_halt_another_alarm() {
        let (row, now) = (proposed(), proposed().proposed_at.timestamp());
        let another = batch::Model { digest: Some("fedcba9876543210".to_owned()), ..row.clone() };
        assert_ne!(Step::of(&row, now).key, Step::of(&another, now).key);
        let halted = batch::Model { state: Text(BatchState::Halted), ..row };
        let again = batch::Model { state_since: Micros(1), ..halted.clone() };
        assert_eq!(Step::of(&halted, now).kind, Kind::Alarm);
        assert_ne!(Step::of(&halted, now).key, Step::of(&again, now).key);
    }
}
