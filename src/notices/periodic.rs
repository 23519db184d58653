//! What is told because of the date: coming due (M1), holds to be looked at
//! (M7), kept beyond the maximum (M11); and once a year (`super::yearly`).
//!
//! A day that was missed is made good on the next: what is told is keyed by its
//! period, not by the day it is told on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::{Calendar, london_date};
use retaind_schedules::evaluation::{DateNote, Facts};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{Class, Coming, ComingDue, OverRetention, Overdue, Payload};
use super::recipient::{Directory, Recipient};
use super::send::Post;
use super::{Kind, NoticeError, authorities, holds};
use crate::catalogue::entity::{forecast, item, mapping, notice, service_area, unmapped};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::OutcomeKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::Role;
use crate::stores::{self, RegisterLine, ScheduleInForce};
use crate::working_days::WorkingDays;

/// Years after which an event that nobody records is told of.
const LONG_WAIT: i32 = 10;

/// Items looked at in one go.
const PAGE: u64 = 1000;

/// Days before a month in which records fall due.
const COMING: [i32; 2] = [90, 30];

/// Writes what the date calls for. Twice on one day changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn periodic(post: &Post<'_>) -> Result<(), NoticeError> {
    let now = post.clock.now();
    let schedule = stores::schedule_in_force(post.catalogue).await?;
    let tx = post.catalogue.write_tx().await?;
    let calling = Calling {
        directory: Directory::read(&*tx).await?,
        schedule,
        areas: service_area::Entity::find().all(&*tx).await?,
        mappings: mapping::Entity::find()
            .filter(mapping::Column::Active.eq(true))
            .all(&*tx)
            .await?,
        calendar: &post.config.calendar,
        working_days: &post.config.working_days,
        today: london_date(now),
        now,
        tx: &tx,
    };
    calling.coming_due().await?;
    holds::reviews_due(&tx, now).await?;
    calling.over_retention().await?;
    calling.yearly().await?;
    authorities::expiring(&tx, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What is called for on one day.
pub(super) struct Calling<'a> {
    directory: Directory,
    pub(super) schedule: ScheduleInForce,
    areas: Vec<service_area::Model>,
    mappings: Vec<mapping::Model>,
    pub(super) calendar: &'a Calendar,
    working_days: &'a WorkingDays,
    pub(super) today: Date,
    now: Timestamp,
    pub(super) tx: &'a WriteTx,
}

/// What is beyond its maximum under one record type.
pub(super) struct Beyond {
    pub(super) said: Overdue,
    pub(super) owner: Option<Uuid>,
    area: String,
}

impl Calling<'_> {
    fn line(&self, mapping: Uuid) -> Option<&RegisterLine> {
        let found = self.mappings.iter().find(|row| row.id == mapping)?;
        self.schedule.lines.get(&found.record_type_code)
    }

    fn area(&self, line: &RegisterLine) -> &str {
        let found = self.areas.iter().find(|area| area.id == line.asset.service_area_id);
        found.map_or("", |area| area.name.as_str())
    }

    pub(super) async fn write(
        &self,
        to: BTreeSet<Recipient>,
        service_area: Option<String>,
        period_key: String,
        payload: Payload,
    ) -> Result<(), CatalogueError> {
        let thread = format!("{}:{period_key}", payload.kind());
        let (to, attachments) = (self.directory.once(to), Vec::new());
        let notice = Notice { to, service_area, period_key, payload, thread, attachments };
        enqueue(self.tx, self.now, &notice).await.map(|_| ())
    }

    /// Ninety and thirty days before the month.
    async fn coming_due(&self) -> Result<(), CatalogueError> {
        let until = self.today.saturating_add(Span::new().days(COMING[0]));
        let months = forecast::Entity::find()
            .filter(forecast::Column::Month.gt(CivilDate(self.today)))
            .filter(forecast::Column::Month.lte(CivilDate(until)))
            .all(&**self.tx)
            .await?;
        let mut coming: BTreeMap<(Date, String), Vec<Coming>> = BTreeMap::new();
        for row in months.into_iter().filter(|row| row.units > 0) {
            let Some(line) = self.line(row.mapping_id) else { continue };
            let amount = Coming {
                class: class(line),
                units: row.units.unsigned_abs(),
                bytes: row.bytes.unsigned_abs(),
                oldest: row.oldest.map(|day| day.0),
            };
            coming.entry((row.month.0, self.area(line).to_owned())).or_default().push(amount);
        }
        for ((month, area), mut lines) in coming {
            lines.sort_by(|one, other| one.class.code.cmp(&other.class.code));
            let near = self.today >= month.saturating_sub(Span::new().days(COMING[1]));
            let stage = if near { COMING[1] } else { COMING[0] };
            let key = format!("{month}:{stage}:{area}");
            let to = self.directory.of_area_or_above(&area);
            self.write(to, Some(area), key, ComingDue { month, lines }.into()).await?;
        }
        Ok(())
    }

    /// Every owner monthly, for assets without one the service and the records
    /// managers, and the senior information risk owner quarterly,
    /// from the first working day.
    async fn over_retention(&self) -> Result<(), CatalogueError> {
        let month = self.today.first_of_month();
        if self.today < self.first_working_day(month) {
            return Ok(());
        }
        let beyond = self.beyond_maximum().await?;
        let mut owned: BTreeMap<Uuid, Vec<Overdue>> = BTreeMap::new();
        let mut ownerless: BTreeMap<&str, Vec<Overdue>> = BTreeMap::new();
        for one in &beyond {
            let lines = match one.owner {
                Some(owner) => owned.entry(owner).or_default(),
                // Of what is all held nothing is asked of a service.
                None if one.said.held >= one.said.units => continue,
                None => ownerless.entry(&one.area).or_default(),
            };
            lines.push(one.said.clone());
        }
        for (owner, lines) in owned {
            let said = OverRetention { month, lines, unmapped: 0, awaiting: 0, waiting: 0 };
            let to = [Recipient::Person(owner)].into();
            self.write(to, self.area_of(owner), month.to_string(), said.into()).await?;
        }
        for (area, lines) in ownerless {
            let said = OverRetention { month, lines, unmapped: 0, awaiting: 0, waiting: 0 };
            let mut to = self.directory.of_area(area);
            to.extend(self.directory.with_role(&[Role::RecordsManager]));
            self.write(to, Some(area.to_owned()), format!("{month}:{area}"), said.into()).await?;
        }
        let quarter = (month.month() - 1) / 3 + 1;
        let key = format!("{}-Q{quarter}", month.year());
        if self.is_told(Kind::OverRetention, &key).await? {
            return Ok(());
        }
        let (unmapped, (waiting, awaiting)) = (self.unmapped().await?, self.awaiting().await?);
        if beyond.is_empty() && unmapped == 0 && waiting == 0 {
            return Ok(());
        }
        let lines = beyond.into_iter().map(|one| one.said).collect();
        let said = OverRetention { month, lines, unmapped, awaiting, waiting };
        self.write(self.directory.with_role(&[Role::Siro]), None, key, said.into()).await
    }

    /// Whether anybody was told of this, so that it need not be counted again.
    async fn is_told(&self, kind: Kind, key: &str) -> Result<bool, CatalogueError> {
        Ok(told(kind, key).count(&**self.tx).await? > 0)
    }

    /// Whether this person was.
    pub(super) async fn was_written(
        &self,
        kind: Kind,
        person: Uuid,
        key: &str,
    ) -> Result<bool, CatalogueError> {
        let person = Recipient::Person(person).to_string();
        let told = told(kind, key).filter(notice::Column::Recipient.eq(person));
        Ok(told.count(&**self.tx).await? > 0)
    }

    pub(super) async fn beyond_maximum(&self) -> Result<Vec<Beyond>, CatalogueError> {
        let past = || {
            item::Entity::find()
                .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
                .filter(item::Column::Missed.eq(0))
                .filter(item::Column::NotBeyond.lt(CivilDate(self.today)))
        };
        let rows: Vec<(Option<Uuid>, i64, Option<CivilDate>)> = past()
            .select_only()
            .column(item::Column::MappingId)
            .column_as(item::Column::Id.count(), "units")
            .column_as(item::Column::NotBeyond.min(), "oldest")
            .group_by(item::Column::MappingId)
            .into_tuple()
            .all(&**self.tx)
            .await?;
        let held: Vec<(Option<Uuid>, i64)> = past()
            .filter(item::Column::Outcome.eq(OutcomeKind::Held))
            .select_only()
            .column(item::Column::MappingId)
            .column_as(Expr::col(item::Column::Id).count(), "held")
            .group_by(item::Column::MappingId)
            .into_tuple()
            .all(&**self.tx)
            .await?;
        let held: HashMap<Option<Uuid>, i64> = held.into_iter().collect();
        let mut beyond: Vec<Beyond> = rows
            .into_iter()
            .filter_map(|(mapping, units, oldest)| {
                let line = self.line(mapping?)?;
                let hours = self.today.duration_since(oldest?.0).as_hours();
                let said = Overdue {
                    class: class(line),
                    units: units.unsigned_abs(),
                    held: held.get(&mapping).map_or(0, |held| held.unsigned_abs()),
                    days: hours.unsigned_abs() / 24,
                };
                Some(Beyond { said, owner: line.asset.iao, area: self.area(line).to_owned() })
            })
            .collect();
        beyond.sort_by(|one, other| one.said.class.code.cmp(&other.said.class.code));
        Ok(beyond)
    }

    async fn unmapped(&self) -> Result<u64, CatalogueError> {
        Ok(unmapped::Entity::find().count(&**self.tx).await?)
    }

    /// Items that wait for an event, and how many of them have waited for more
    /// than ten years: since the latest date that is known of each, or since it
    /// was first met.
    async fn awaiting(&self) -> Result<(u64, u64), CatalogueError> {
        let long_ago = self.today.saturating_sub(Span::new().years(LONG_WAIT));
        let (mut waiting, mut for_long, mut after) = (0, 0, Uuid::nil());
        loop {
            let page: Vec<(Uuid, serde_json::Value, Micros)> = item::Entity::find()
                .select_only()
                .columns([item::Column::Id, item::Column::Facts, item::Column::FirstSeenAt])
                .filter(item::Column::Outcome.eq(OutcomeKind::AwaitingTrigger))
                .filter(item::Column::Id.gt(after))
                .order_by_asc(item::Column::Id)
                .limit(PAGE)
                .into_tuple()
                .all(&**self.tx)
                .await?;
            let Some((last, ..)) = page.last() else { return Ok((waiting, for_long)) };
            after = *last;
            for (_, facts, first_seen) in page {
                let facts: Facts = serde_json::from_value(facts)
                    .map_err(|why| CatalogueError::impossible("item.facts", why))?;
                let since = latest(&facts).unwrap_or_else(|| london_date(first_seen.timestamp()));
                waiting += 1;
                for_long += u64::from(since < long_ago);
            }
        }
    }

    /// The service area of an owner, where all their assets are of one.
    pub(super) fn area_of(&self, owner: Uuid) -> Option<String> {
        let mine = self.schedule.lines.values().filter(|line| line.asset.iao == Some(owner));
        let areas: BTreeSet<&str> = mine.map(|line| self.area(line)).collect();
        let mut areas = areas.into_iter();
        areas.next().filter(|_| areas.next().is_none()).map(str::to_owned)
    }

    fn first_working_day(&self, month: Date) -> Date {
        let mut days = month.series(Span::new().days(1)).take(14);
        days.find(|day| self.working_days.is_working_day(*day)).unwrap_or(month)
    }
}

pub(super) fn class(line: &RegisterLine) -> Class {
    let rule = line.rule().map(|line| line.rule.minimum.to_string());
    Class {
        code: line.record_type.code.clone(),
        title: line.record_type.title.clone(),
        rule: match line.line.period_text.trim() {
            "" => rule.unwrap_or_default(),
            words => words.to_owned(),
        },
        basis: line.line.basis_text.clone(),
    }
}

fn told(kind: Kind, key: &str) -> sea_orm::Select<notice::Entity> {
    notice::Entity::find()
        .filter(notice::Column::Kind.eq(kind))
        .filter(notice::Column::PeriodKey.eq(key))
}

/// The latest date that is known of an item.
fn latest(facts: &Facts) -> Option<Date> {
    let dates = facts.dates.values().filter_map(|recorded| match recorded.note {
        DateNote::Known(date) | DateNote::LatestOf(date) | DateNote::OfSome(date) => Some(date),
        DateNote::Unreadable | DateNote::Contradictory => None,
    });
    dates.max()
}
