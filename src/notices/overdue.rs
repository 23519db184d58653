//! What is kept beyond its maximum (M11): told to each owner monthly and to the
//! senior information risk owner quarterly, from the first working day; for assets
//! without an owner to the service and the records managers. With it goes what no
//! rule can reach: places that no line of the register covers, and items that wait
//! for an event nobody has recorded.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Span;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::evaluation::{DateNote, Facts};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::Kind;
use super::payload::{OverRetention, Overdue};
use super::periodic::{Calling, class, told};
use super::recipient::Recipient;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{item, item_decision, unmapped};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::OutcomeKind;
use crate::people::Role;
use crate::stores::RegisterLine;

/// Years after which an event that nobody records is told of.
const LONG_WAIT: i32 = 10;

/// Items looked at in one go.
const PAGE: u64 = 1000;

/// What is beyond its maximum under one record type.
pub(super) struct Beyond {
    pub(super) said: Overdue,
    pub(super) owner: Option<Uuid>,
    area: String,
}

/// What no rule can reach, of one owner or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Unreached {
    /// Places that no line of the register covers, and the items in them.
    places: u64,
    items: u64,
    /// Items that wait for an event, and those of them that waited for ten years.
    waiting: u64,
    for_long: u64,
}

impl Unreached {
    fn add(&mut self, other: Self) {
        self.places += other.places;
        self.items += other.items;
        self.waiting += other.waiting;
        self.for_long += other.for_long;
    }

    fn said(self, month: Date, lines: Vec<Overdue>) -> OverRetention {
        let Self { places, items, waiting, for_long } = self;
        let (unmapped, unmapped_items, awaiting) = (places, items, for_long);
        OverRetention { month, lines, unmapped, unmapped_items, awaiting, waiting }
    }
}

impl Calling<'_> {
    /// Every owner monthly, for assets without one the service and the records
    /// managers, and the senior information risk owner quarterly, from the first
    /// working day.
    pub(super) async fn over_retention(&self) -> Result<(), CatalogueError> {
        let month = self.today.first_of_month();
        if self.today < self.first_working_day(month) {
            return Ok(());
        }
        let beyond = self.beyond_maximum().await?;
        self.tell_owners(month, &beyond).await?;
        self.tell_where_nobody_owns(month, &beyond).await?;
        let quarter = (month.month() - 1) / 3 + 1;
        let key = format!("{}-Q{quarter}", month.year());
        if self.is_told(Kind::OverRetention, &key).await? {
            return Ok(());
        }
        let mut all = Unreached::default();
        self.waiting().await?.into_values().for_each(|one| all.add(one));
        self.unmapped().await?.into_values().for_each(|one| all.add(one));
        if beyond.is_empty() && all == Unreached::default() {
            return Ok(());
        }
        let lines = beyond.into_iter().map(|one| one.said).collect();
        let to = self.directory.with_role(&[Role::Siro]);
        self.write(to, None, key, all.said(month, lines).into()).await
    }

    /// Each owner once a month, with what no rule reaches among their own. Later in
    /// a month only those are told of whom something is newly beyond its maximum: to
    /// count what waits every night would cost too much.
    async fn tell_owners(&self, month: Date, beyond: &[Beyond]) -> Result<(), CatalogueError> {
        let key = month.to_string();
        let told: HashSet<String> = told(Kind::OverRetention, &key)
            .all(&**self.tx)
            .await?
            .into_iter()
            .map(|notice| notice.recipient)
            .collect();
        let untold = |owner: &Uuid| !told.contains(&Recipient::Person(*owner).to_string());
        let with_lines: BTreeSet<Uuid> = beyond.iter().filter_map(|one| one.owner).collect();
        let owners: BTreeSet<Uuid> = match told.is_empty() {
            true => self.schedule.lines.values().filter_map(|line| line.asset.iao).collect(),
            false => with_lines.iter().copied().filter(untold).collect(),
        };
        if owners.is_empty() {
            return Ok(());
        }
        let (waiting, unmapped) = (self.waiting().await?, self.unmapped().await?);
        for owner in owners {
            let mine: Vec<&Beyond> = beyond.iter().filter(|one| one.owner == Some(owner)).collect();
            let unreached = self.unreached(owner, &waiting, &unmapped);
            if mine.is_empty() && unreached.for_long == 0 {
                continue;
            }
            let areas: BTreeSet<String> = match mine.is_empty() {
                true => self.lines_of(owner).map(|line| self.area(line).to_owned()).collect(),
                false => mine.iter().map(|one| one.area.clone()).collect(),
            };
            let lines = mine.into_iter().map(|one| one.said.clone()).collect();
            let said = unreached.said(month, lines);
            self.write_to_owner(owner, &areas, &key, said.clone().into(), said.into()).await?;
        }
        Ok(())
    }

    async fn tell_where_nobody_owns(
        &self,
        month: Date,
        beyond: &[Beyond],
    ) -> Result<(), CatalogueError> {
        let mut ownerless: BTreeMap<&str, Vec<Overdue>> = BTreeMap::new();
        for one in beyond.iter().filter(|one| one.owner.is_none()) {
            // Of what is all held nothing is asked of a service.
            if one.said.held < one.said.units {
                ownerless.entry(&one.area).or_default().push(one.said.clone());
            }
        }
        for (area, lines) in ownerless {
            let said = Unreached::default().said(month, lines);
            let mut to = self.directory.of_area(area);
            to.extend(self.directory.with_role(&[Role::RecordsManager]));
            self.write(to, Some(area.to_owned()), format!("{month}:{area}"), said.into()).await?;
        }
        Ok(())
    }

    fn lines_of(&self, owner: Uuid) -> impl Iterator<Item = &RegisterLine> {
        self.schedule.lines.values().filter(move |line| line.asset.iao == Some(owner))
    }

    /// What waits under the owner's mappings, and what is unmapped in the stores
    /// where those lie.
    fn unreached(
        &self,
        owner: Uuid,
        waiting: &HashMap<Uuid, Unreached>,
        unmapped: &HashMap<Uuid, Unreached>,
    ) -> Unreached {
        let (mut all, mut stores) = (Unreached::default(), BTreeSet::new());
        for mapping in &self.mappings {
            if self.line(mapping.id).is_some_and(|line| line.asset.iao == Some(owner)) {
                stores.insert(mapping.store_id);
                all.add(waiting.get(&mapping.id).copied().unwrap_or_default());
            }
        }
        for store in stores {
            all.add(unmapped.get(&store).copied().unwrap_or_default());
        }
        all
    }

    pub(super) async fn beyond_maximum(&self) -> Result<Vec<Beyond>, CatalogueError> {
        let rows: Vec<(Option<Uuid>, i64, Option<CivilDate>)> = self
            .past()
            .select_only()
            .column(item::Column::MappingId)
            .column_as(item::Column::Id.count(), "units")
            .column_as(item::Column::NotBeyond.min(), "oldest")
            .group_by(item::Column::MappingId)
            .into_tuple()
            .all(&**self.tx)
            .await?;
        let held = self.past().filter(item::Column::Outcome.eq(OutcomeKind::Held));
        let (held, kept) = (self.by_mapping(held).await?, self.kept().await?);
        let of = |counts: &HashMap<Option<Uuid>, u64>, mapping| {
            counts.get(&mapping).copied().unwrap_or_default()
        };
        let mut beyond: Vec<Beyond> = rows
            .into_iter()
            .filter_map(|(mapping, units, oldest)| {
                let line = self.line(mapping?)?;
                let hours = self.today.duration_since(oldest?.0).as_hours();
                let said = Overdue {
                    class: class(line),
                    units: units.unsigned_abs(),
                    held: of(&held, mapping),
                    kept: of(&kept, mapping),
                    days: hours.unsigned_abs() / 24,
                };
                Some(Beyond { said, owner: line.asset.iao, area: self.area(line).to_owned() })
            })
            .collect();
        beyond.sort_by(|one, other| one.said.class.code.cmp(&other.said.class.code));
        Ok(beyond)
    }

    /// What is past its maximum today, by the last scans.
    fn past(&self) -> sea_orm::Select<item::Entity> {
        item::Entity::find()
            .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
            .filter(item::Column::Missed.eq(0))
            .filter(item::Column::NotBeyond.lt(CivilDate(self.today)))
    }

    /// What of it is held by nothing, and kept because a person decided so with a
    /// reason.
    async fn kept(&self) -> Result<HashMap<Option<Uuid>, u64>, CatalogueError> {
        let store = (item_decision::Entity, item_decision::Column::StoreId);
        let locator = (item_decision::Entity, item_decision::Column::Locator);
        let decided = Query::select()
            .expr(Expr::val(1))
            .from(item_decision::Entity)
            .and_where(Expr::col(store).equals((item::Entity, item::Column::StoreId)))
            .and_where(Expr::col(locator).equals((item::Entity, item::Column::Locator)))
            .and_where(item_decision::Column::KeepUntil.gte(CivilDate(self.today)))
            .to_owned();
        let due = self.past().filter(item::Column::Outcome.eq(OutcomeKind::Due));
        self.by_mapping(due.filter(Expr::exists(decided))).await
    }

    async fn by_mapping(
        &self,
        which: sea_orm::Select<item::Entity>,
    ) -> Result<HashMap<Option<Uuid>, u64>, CatalogueError> {
        let counts: Vec<(Option<Uuid>, i64)> = which
            .select_only()
            .column(item::Column::MappingId)
            .column_as(item::Column::Id.count(), "units")
            .group_by(item::Column::MappingId)
            .into_tuple()
            .all(&**self.tx)
            .await?;
        Ok(counts.into_iter().map(|(of, count)| (of, count.unsigned_abs())).collect())
    }

    /// By store.
    async fn unmapped(&self) -> Result<HashMap<Uuid, Unreached>, CatalogueError> {
        let mut by_store: HashMap<Uuid, Unreached> = HashMap::new();
        for row in unmapped::Entity::find().all(&**self.tx).await? {
            let items = row.items.unsigned_abs();
            let place = Unreached { places: 1, items, ..Unreached::default() };
            by_store.entry(row.store_id).or_default().add(place);
        }
        Ok(by_store)
    }

    /// Items that wait for an event, by mapping, and how many of them have waited for
    /// more than ten years: since the latest date that is known of each, or since it
    /// was first met.
    async fn waiting(&self) -> Result<HashMap<Uuid, Unreached>, CatalogueError> {
        let long_ago = self.today.saturating_sub(Span::new().years(LONG_WAIT));
        let (mut by_mapping, mut after) = (HashMap::<Uuid, Unreached>::new(), Uuid::nil());
        loop {
            let page: Vec<(Uuid, Option<Uuid>, serde_json::Value, Micros)> = item::Entity::find()
                .select_only()
                .columns([item::Column::Id, item::Column::MappingId, item::Column::Facts])
                .column(item::Column::FirstSeenAt)
                .filter(item::Column::Outcome.eq(OutcomeKind::AwaitingTrigger))
                .filter(item::Column::Id.gt(after))
                .order_by_asc(item::Column::Id)
                .limit(PAGE)
                .into_tuple()
                .all(&**self.tx)
                .await?;
            let Some((last, ..)) = page.last() else { return Ok(by_mapping) };
            after = *last;
            for (_, mapping, facts, first_seen) in page {
                let facts: Facts = serde_json::from_value(facts)
                    .map_err(|why| CatalogueError::impossible("item.facts", why))?;
                let since = latest(&facts).unwrap_or_else(|| london_date(first_seen.timestamp()));
                let for_long = u64::from(since < long_ago);
                let one = Unreached { waiting: 1, for_long, ..Unreached::default() };
                by_mapping.entry(mapping.unwrap_or_default()).or_default().add(one);
            }
        }
    }
}

/// The latest date that is known of an item.
fn latest(facts: &Facts) -> Option<Date> {
    let dates = facts.dates.values().filter_map(|recorded| match recorded.note {
        DateNote::Known(date) | DateNote::LatestOf(date) | DateNote::OfSome(date) => Some(date),
        DateNote::Unreadable | DateNote::Contradictory => None,
    });
    dates.max()
}
