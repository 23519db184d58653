//! What is told once a year: the look at one's assets (M12), by the review date
//! of each or else the end of the financial year, and the owner's statement (M16),
//! which the owner signs ([`sign_statement`]). Either lists the assets it is of.

mod statement;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;
use retaind_schedules::batch::LineState;
use retaind_schedules::calendar::{Alignment, london_midnight};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use super::Payload;
use super::payload::{AnnualStatement, AssetTold, Register, RegisterNews, StatementTold};
use super::periodic::{Calling, class};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, batch, batch_line};
use crate::catalogue::values::{Micros, Text};

pub use statement::{StatementError, asked, confirmation, may_sign, sign_statement, signed};

/// Days before a review date on which the owner is asked.
const STAGES: [i64; 3] = [0, 30, 60];

/// For how many days a stage that was missed is made good.
const LATE: i32 = 14;

/// The name of the review date among an asset's other columns.
const REVIEW_DUE: &str = "review-due";

impl Calling<'_> {
    /// The look at one's assets 60 days, 30 days and on the day before their
    /// review, the statement from the first day of the year's last month.
    pub(super) async fn yearly(&self) -> Result<(), CatalogueError> {
        for ((owner, by), assets) in self.reviews() {
            let left = by.duration_since(self.today).as_hours() / 24;
            let Some(stage) = STAGES.into_iter().find(|stage| left <= *stage) else { continue };
            if left < -i64::from(LATE) {
                continue;
            }
            let of = self.told_of(&assets);
            let news = RegisterNews::Review { by, assets: assets.len() as u64, of };
            let said: Payload = Register { news }.into();
            let (key, areas) = (format!("review:{by}:{stage}"), self.areas_of(owner));
            self.write_to_owner(owner, &areas, &key, said.clone(), said).await?;
        }
        self.statements().await
    }

    /// Each owner and review date, and the assets that are to be confirmed by then.
    fn reviews(&self) -> BTreeMap<(Uuid, Date), BTreeSet<Uuid>> {
        let mut reviews: BTreeMap<(Uuid, Date), BTreeSet<Uuid>> = BTreeMap::new();
        for (owner, asset) in self.owned() {
            // Soon after the end of a year both its end and the next are meant.
            let ends = [self.today.saturating_sub(Span::new().days(LATE)), self.today];
            let dates = match review_date(asset) {
                Some(date) => vec![date],
                None => ends.map(|day| self.year_end(day)).to_vec(),
            };
            for date in dates {
                reviews.entry((owner, date)).or_default().insert(asset.id);
            }
        }
        reviews
    }

    /// These assets, as their owner is told of them.
    fn told_of(&self, assets: &BTreeSet<Uuid>) -> Vec<AssetTold> {
        let mut told: BTreeMap<&str, AssetTold> = BTreeMap::new();
        for line in self.schedule.lines.values().filter(|line| assets.contains(&line.asset.id)) {
            let asset::Model { reference, name, .. } = &line.asset;
            let one = told.entry(reference).or_insert_with(|| AssetTold {
                reference: reference.clone(),
                name: name.clone(),
                kept: Vec::new(),
            });
            let class = class(line);
            one.kept.push(format!("{}: {}", class.code, class.rule));
        }
        let sorted = told.into_values().map(|mut asset| {
            asset.kept.sort_unstable();
            asset
        });
        sorted.collect()
    }

    /// By which key an owner is asked today for a statement of these assets: once,
    /// and again where they have others than they were asked for.
    async fn asks_for(
        &self,
        owner: Uuid,
        year_end: Date,
        of: &[AssetTold],
    ) -> Result<Option<String>, CatalogueError> {
        let Some(said) = asked(&**self.tx, owner, year_end).await? else {
            return Ok(Some(statement_key(year_end)));
        };
        let names = |of: &[AssetTold]| -> BTreeSet<String> {
            of.iter().map(|asset| asset.reference.clone()).collect()
        };
        let is_same = match &said.of[..] {
            // A notice of an earlier version.
            [] => said.assets == of.len() as u64,
            told => names(told) == names(of),
        };
        if is_same || signed(&**self.tx, owner, year_end).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(format!("{}:{}", statement_key(year_end), self.today)))
    }

    async fn statements(&self) -> Result<(), CatalogueError> {
        let year_end = self.year_end(self.today);
        if self.today < year_end.first_of_month() {
            return Ok(());
        }
        let beyond = self.beyond_maximum().await?;
        let mut owned: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for (owner, asset) in self.owned() {
            owned.entry(owner).or_default().insert(asset.id);
        }
        let mut awaited = Awaited::default();
        for (owner, assets) in owned {
            let of = self.told_of(&assets);
            let Some(key) = self.asks_for(owner, year_end, &of).await? else { continue };
            let mine = || beyond.iter().filter(|one| one.owner == Some(owner));
            let taken = [LineState::Destroyed, LineState::Transferred].map(Text);
            let taken = Condition::all().add(batch_line::Column::State.is_in(taken));
            let kept = Condition::all().add(batch_line::Column::VerdictUntil.is_not_null());
            let said = AnnualStatement {
                year_end,
                assets: assets.len() as u64,
                of,
                overdue: mine().map(|one| one.said.units).sum(),
                held: mine().map(|one| one.said.held).sum(),
                disposed: self.lines(&assets, taken, year_end).await?,
                kept: self.lines(&assets, kept, year_end).await?,
                told: StatementTold::Asked,
            };
            awaited.add(&said);
            let copy = AnnualStatement { told: StatementTold::Copied, ..said.clone() };
            let areas = self.areas_of(owner);
            self.write_to_owner(owner, &areas, &key, said.into(), copy.into()).await?;
        }
        self.awaited(year_end, awaited).await
    }

    /// Tells the senior information risk owner which statements to expect.
    async fn awaited(&self, year_end: Date, awaited: Awaited) -> Result<(), CatalogueError> {
        let Awaited { owners, assets, overdue, held, disposed, kept } = awaited;
        if owners == 0 {
            return Ok(());
        }
        let told = StatementTold::Awaited { owners };
        let of = Vec::new();
        let said = AnnualStatement { year_end, assets, of, overdue, held, disposed, kept, told };
        // Whoever comes to own assets later is asked, and told of, on that day.
        let key = format!("statements:{year_end}:{}", self.today);
        self.write(self.directory.risk_owners(), None, key, said.into()).await
    }

    /// Lines of batches of these assets that came to their end in this year.
    async fn lines(
        &self,
        assets: &BTreeSet<Uuid>,
        which: Condition,
        year_end: Date,
    ) -> Result<u64, CatalogueError> {
        let before = self.year_end(year_end.saturating_sub(Span::new().years(1)));
        let begin = before.saturating_add(Span::new().days(1));
        let begin = london_midnight(begin).map_or(Micros(0), Micros::from);
        let of_assets = Query::select()
            .column(batch::Column::Id)
            .from(batch::Entity)
            .and_where(batch::Column::AssetId.is_in(assets.iter().copied()))
            .to_owned();
        let lines = batch_line::Entity::find()
            .filter(which)
            .filter(batch_line::Column::EndedAt.gte(begin))
            .filter(batch_line::Column::BatchId.in_subquery(of_assets));
        Ok(lines.count(&**self.tx).await?)
    }

    /// Each asset that somebody owns, with its owner; one for each of its lines.
    fn owned(&self) -> impl Iterator<Item = (Uuid, &asset::Model)> {
        let lines = self.schedule.lines.values();
        lines.filter_map(|line| line.asset.iao.map(|owner| (owner, &line.asset)))
    }

    /// The service areas of an owner's assets.
    fn areas_of(&self, owner: Uuid) -> BTreeSet<String> {
        let lines = self.schedule.lines.values();
        let mine = lines.filter(|line| line.asset.iao == Some(owner));
        mine.map(|line| self.area(line).to_owned()).collect()
    }

    /// The end of the financial year of this day. Every calendar has one.
    fn year_end(&self, day: Date) -> Date {
        self.calendar.end_of(Alignment::FinancialYearEnd, day).unwrap_or(day)
    }
}

/// The statements that are asked for on a day, taken together.
#[derive(Debug, Default)]
struct Awaited {
    owners: u64,
    assets: u64,
    overdue: u64,
    held: u64,
    disposed: u64,
    kept: u64,
}

impl Awaited {
    fn add(&mut self, said: &AnnualStatement) {
        self.owners += 1;
        self.assets += said.assets;
        self.overdue += said.overdue;
        self.held += said.held;
        self.disposed += said.disposed;
        self.kept += said.kept;
    }
}

/// What makes an owner's statement the one of this year.
pub(super) fn statement_key(year_end: Date) -> String {
    format!("statement:{year_end}")
}

/// The day by which the register says that an asset is reviewed.
fn review_date(asset: &asset::Model) -> Option<Date> {
    asset.fields.get(REVIEW_DUE)?.as_str()?.parse().ok()
}
