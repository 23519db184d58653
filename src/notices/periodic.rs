//! What is told because of the date: coming due (M1), holds to be looked at
//! (M7), kept beyond the maximum (M11), the register's yearly look (M12) and
//! the owner's statement (M16).
//!
//! A day that was missed is made good on the next: what is told is keyed by its
//! period, not by the day it is told on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::{Alignment, london_date};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{
    Amount, AnnualStatement, Class, ComingDue, OverRetention, Overdue, Payload, Register,
    RegisterNews,
};
use super::recipient::{Directory, Recipient};
use super::send::Post;
use super::{NoticeError, holds};
use crate::catalogue::entity::{forecast, item, mapping, service_area, unmapped};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::OutcomeKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::Role;
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
        year_end: year_end(post, now),
        working_days: &post.config.working_days,
        today: london_date(now),
        now,
        tx: &tx,
    };
    calling.coming_due().await?;
    holds::reviews_due(&tx, now).await?;
    calling.over_retention().await?;
    calling.yearly().await?;
    tx.commit().await?;
    Ok(())
}

struct Calling<'a> {
    directory: Directory,
    schedule: ScheduleInForce,
    areas: Vec<service_area::Model>,
    mappings: Vec<mapping::Model>,
    year_end: Date,
    working_days: &'a WorkingDays,
    today: Date,
    now: Timestamp,
    tx: &'a WriteTx,
}

/// What is beyond its maximum under one record type.
struct Beyond {
    said: Overdue,
    owner: Option<Uuid>,
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

    async fn write(
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
        let mut coming: BTreeMap<(Date, String), Vec<Amount>> = BTreeMap::new();
        for row in months.into_iter().filter(|row| row.units > 0) {
            let Some(line) = self.line(row.mapping_id) else { continue };
            let amount = Amount {
                class: class(line),
                units: row.units.unsigned_abs(),
                bytes: row.bytes.unsigned_abs(),
            };
            coming.entry((row.month.0, self.area(line).to_owned())).or_default().push(amount);
        }
        for ((month, area), mut lines) in coming {
            lines.sort_by(|one, other| one.class.code.cmp(&other.class.code));
            let near = self.today >= month.saturating_sub(Span::new().days(COMING[1]));
            let stage = if near { COMING[1] } else { COMING[0] };
            let key = format!("{month}:{stage}:{area}");
            let to = self.directory.of_area(&area);
            self.write(to, Some(area), key, ComingDue { month, lines }.into()).await?;
        }
        Ok(())
    }

    /// Every owner monthly, and the senior information risk owner quarterly,
    /// from the first working day.
    async fn over_retention(&self) -> Result<(), CatalogueError> {
        let month = self.today.first_of_month();
        if self.today < self.first_working_day(month) {
            return Ok(());
        }
        let beyond = self.beyond_maximum().await?;
        let (unmapped, awaiting) = (self.unmapped().await?, self.awaiting().await?);
        let mut owners: BTreeMap<Uuid, Vec<Overdue>> = BTreeMap::new();
        for one in &beyond {
            if let Some(owner) = one.owner {
                owners.entry(owner).or_default().push(one.said.clone());
            }
        }
        for (owner, lines) in owners {
            let said = OverRetention { month, lines, unmapped: 0, awaiting: 0 };
            let to = [Recipient::Person(owner)].into();
            self.write(to, self.area_of(owner), month.to_string(), said.into()).await?;
        }
        let quarter = (month.month() - 1) / 3 + 1;
        if beyond.is_empty() && unmapped == 0 && awaiting == 0 {
            return Ok(());
        }
        let lines = beyond.into_iter().map(|one| one.said).collect();
        let said = OverRetention { month, lines, unmapped, awaiting };
        let key = format!("{}-Q{quarter}", month.year());
        self.write(self.directory.with_role(&[Role::Siro]), None, key, said.into()).await
    }

    async fn beyond_maximum(&self) -> Result<Vec<Beyond>, CatalogueError> {
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
                Some(Beyond { said, owner: line.asset.iao })
            })
            .collect();
        beyond.sort_by(|one, other| one.said.class.code.cmp(&other.said.class.code));
        Ok(beyond)
    }

    async fn unmapped(&self) -> Result<u64, CatalogueError> {
        Ok(unmapped::Entity::find().count(&**self.tx).await?)
    }

    async fn awaiting(&self) -> Result<u64, CatalogueError> {
        let waiting = item::Column::Outcome.eq(OutcomeKind::AwaitingTrigger);
        Ok(item::Entity::find().filter(waiting).count(&**self.tx).await?)
    }

    /// The service area of an owner, where all their assets are of one.
    fn area_of(&self, owner: Uuid) -> Option<String> {
        let mine = self.schedule.lines.values().filter(|line| line.asset.iao == Some(owner));
        let areas: BTreeSet<&str> = mine.map(|line| self.area(line)).collect();
        let mut areas = areas.into_iter();
        areas.next().filter(|_| areas.next().is_none()).map(str::to_owned)
    }

    /// Before the end of the financial year: the look at one's assets 60 days,
    /// 30 days and on the day before, the statement from the first day of its
    /// last month.
    async fn yearly(&self) -> Result<(), CatalogueError> {
        let left = self.year_end.duration_since(self.today).as_hours() / 24;
        let stage = match left {
            0 => Some(0),
            1..=30 => Some(30),
            31..=60 => Some(60),
            _ => None,
        };
        let beyond = self.beyond_maximum().await?;
        for (owner, assets) in self.owners() {
            let to: BTreeSet<Recipient> = [Recipient::Person(owner)].into();
            if let Some(stage) = stage {
                let news = RegisterNews::Review { by: self.year_end, assets };
                let key = format!("review:{}:{stage}", self.year_end);
                let said = Register { news }.into();
                self.write(to.clone(), self.area_of(owner), key, said).await?;
            }
            if self.today >= self.year_end.first_of_month() {
                let mine = || beyond.iter().filter(|one| one.owner == Some(owner));
                let said = AnnualStatement {
                    year_end: self.year_end,
                    assets,
                    overdue: mine().map(|one| one.said.units).sum(),
                    held: mine().map(|one| one.said.held).sum(),
                };
                let key = format!("statement:{}", self.year_end);
                self.write(to, self.area_of(owner), key, said.into()).await?;
            }
        }
        Ok(())
    }

    fn first_working_day(&self, month: Date) -> Date {
        let mut days = month.series(Span::new().days(1)).take(14);
        days.find(|day| self.working_days.is_working_day(*day)).unwrap_or(month)
    }

    /// Each owner and how many assets are theirs.
    fn owners(&self) -> BTreeMap<Uuid, u64> {
        let mut assets: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for line in self.schedule.lines.values() {
            if let Some(owner) = line.asset.iao {
                assets.entry(owner).or_default().insert(line.asset.id);
            }
        }
        assets.into_iter().map(|(owner, assets)| (owner, assets.len() as u64)).collect()
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

/// The end of the financial year of this day. Every calendar has one.
fn year_end(post: &Post<'_>, now: Timestamp) -> Date {
    let today = london_date(now);
    post.config.calendar.end_of(Alignment::FinancialYearEnd, today).unwrap_or(today)
}
