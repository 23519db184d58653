//! What is told because of the date: coming due (M1), holds to be looked at
//! (M7), requests of people and cases of the list of open ones (M14), kept beyond the maximum (`super::overdue`);
//! and once a year (`super::yearly`).
//!
//! A day that was missed is made good on the next: what is told is keyed by its
//! period, not by the day it is told on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::{Calendar, london_date};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{Class, Coming, ComingDue, Payload};
use super::recipient::{Directory, Recipient};
use super::send::Post;
use super::{Kind, NoticeError, authorities, cases, requests};
use crate::catalogue::entity::{forecast, mapping, notice, service_area};
use crate::catalogue::values::CivilDate;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::register::column::Column;
use crate::stores::{self, RegisterLine, ScheduleInForce};
use crate::working_days::WorkingDays;

/// Days before a month in which records fall due.
const COMING: [i32; 2] = [90, 30];

/// Writes what the date calls for. Twice on one day changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn periodic(post: &Post<'_>) -> Result<(), NoticeError> {
    let now = post.clock.now();
    let tx = post.catalogue.write_tx().await?;
    let calling = Calling::on(post, &tx).await?;
    calling.coming_due().await?;
    cases::due(&tx, &post.config.working_days, now).await?;
    calling.yearly().await?;
    authorities::expiring(&tx, now).await?;
    requests::due(&tx, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What a report of over-retention came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// Record types of which something is kept beyond its maximum.
    pub beyond: usize,
    /// Notices that were not written before.
    pub written: u64,
}

/// Writes what is kept beyond its maximum, from the first working day of a
/// month. Twice in a month changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn over_retention(post: &Post<'_>) -> Result<Reported, NoticeError> {
    let tx = post.catalogue.write_tx().await?;
    let of_kind = || notice::Entity::find().filter(notice::Column::Kind.eq(Kind::OverRetention));
    let before = of_kind().count(&*tx).await?;
    let calling = Calling::on(post, &tx).await?;
    calling.over_retention().await?;
    let beyond = calling.beyond_maximum().await?.len();
    let written = of_kind().count(&*tx).await?.saturating_sub(before);
    tx.commit().await?;
    Ok(Reported { beyond, written })
}

/// What falls due of one service area in one month.
#[derive(Default)]
struct Month {
    lines: Vec<Coming>,
    administrators: BTreeSet<Recipient>,
}

/// What is called for on one day.
pub(super) struct Calling<'a> {
    pub(super) directory: Directory,
    pub(super) schedule: ScheduleInForce,
    areas: Vec<service_area::Model>,
    pub(super) mappings: Vec<mapping::Model>,
    pub(super) calendar: &'a Calendar,
    working_days: &'a WorkingDays,
    pub(super) today: Date,
    now: Timestamp,
    pub(super) tx: &'a WriteTx,
}

impl<'a> Calling<'a> {
    async fn on(post: &'a Post<'_>, tx: &'a WriteTx) -> Result<Self, NoticeError> {
        let now = post.clock.now();
        Ok(Self {
            directory: Directory::read(&**tx).await?,
            schedule: stores::schedule_in_force(post.catalogue).await?,
            areas: service_area::Entity::find().all(&**tx).await?,
            mappings: mapping::Entity::find()
                .filter(mapping::Column::Active.eq(true))
                .all(&**tx)
                .await?,
            calendar: &post.config.calendar,
            working_days: &post.config.working_days,
            today: london_date(now),
            now,
            tx,
        })
    }

    pub(super) fn line(&self, mapping: Uuid) -> Option<&RegisterLine> {
        let found = self.mappings.iter().find(|row| row.id == mapping)?;
        self.schedule.lines.get(&found.record_type_code)
    }

    pub(super) fn area(&self, line: &RegisterLine) -> &str {
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
        let mut coming: BTreeMap<(Date, String), Month> = BTreeMap::new();
        for row in months.into_iter().filter(|row| row.units > 0) {
            let Some(line) = self.line(row.mapping_id) else { continue };
            let amount = Coming {
                class: class(line),
                units: row.units.unsigned_abs(),
                bytes: row.bytes.unsigned_abs(),
                oldest: row.oldest.map(|day| day.0),
            };
            let month = coming.entry((row.month.0, self.area(line).to_owned())).or_default();
            month.lines.push(amount);
            month.administrators.extend(self.administrators(line));
        }
        for ((month, area), Month { mut lines, administrators }) in coming {
            lines.sort_by(|one, other| one.class.code.cmp(&other.class.code));
            let near = self.today >= month.saturating_sub(Span::new().days(COMING[1]));
            let stage = if near { COMING[1] } else { COMING[0] };
            let key = format!("{month}:{stage}:{area}");
            let mut to = self.directory.of_area_or_above(&area);
            to.extend(administrators);
            let said = ComingDue { area: Some(area.clone()), month, lines };
            self.write(to, Some(area), key, said.into()).await?;
        }
        Ok(())
    }

    /// The information asset administrators whom the register names for the asset of
    /// a line.
    fn administrators(&self, line: &RegisterLine) -> BTreeSet<Recipient> {
        let cell = line.asset.fields.get(Column::Administrator.name());
        cell.and_then(|cell| cell.as_str())
            .map_or_else(BTreeSet::new, |it| self.directory.named(it))
    }

    /// Tells an owner, and the mailboxes of these service areas what the owner is
    /// told. A mailbox may be that of several owners, so its key has whose it is.
    pub(super) async fn write_to_owner(
        &self,
        owner: Uuid,
        areas: &BTreeSet<String>,
        key: &str,
        said: Payload,
        copy: Payload,
    ) -> Result<(), CatalogueError> {
        let person = Recipient::Person(owner);
        let place = self.directory.place(&person);
        self.write([person].into(), self.area_of(owner), key.to_owned(), said).await?;
        let mut told = BTreeSet::from([place]);
        for area in areas {
            let to = self.directory.unless_told(self.directory.mailbox(area), &mut told);
            self.write(to, Some(area.clone()), format!("{key}:{owner}"), copy.clone()).await?;
        }
        Ok(())
    }

    /// Whether anybody was told of this, so that it need not be counted again.
    pub(super) async fn is_told(&self, kind: Kind, key: &str) -> Result<bool, CatalogueError> {
        Ok(told(kind, key).count(&**self.tx).await? > 0)
    }

    /// The service area of an owner, where all their assets are of one.
    pub(super) fn area_of(&self, owner: Uuid) -> Option<String> {
        let mine = self.schedule.lines.values().filter(|line| line.asset.iao == Some(owner));
        let areas: BTreeSet<&str> = mine.map(|line| self.area(line)).collect();
        let mut areas = areas.into_iter();
        areas.next().filter(|_| areas.next().is_none()).map(str::to_owned)
    }

    pub(super) fn first_working_day(&self, month: Date) -> Date {
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

pub(super) fn told(kind: Kind, key: &str) -> sea_orm::Select<notice::Entity> {
    notice::Entity::find()
        .filter(notice::Column::Kind.eq(kind))
        .filter(notice::Column::PeriodKey.eq(key))
}
