//! Proposing: what is due, judged anew today, as closed lists (G1).
//!
//! One list for each action, of one record type in one store. The whole of a
//! record type in a store is read in pages and written in one transaction: a
//! guard that stops one list stops all of it, and nothing is ever cut to fit:
//! who wants a shorter list asks for one.

mod draft;
mod early;
mod guards;
mod oldest;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::ids::{PersonId, StoreId};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::candidate::{Judge, Judged, Leave};
use super::{ApprovalError, Desk, present, review, standing};
use crate::audit::By;
use crate::catalogue::entity::{batch, batch_line, item, mapping, store};
use crate::catalogue::values::Text;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::list::due_items;
use crate::people::{Actor, Role};
use crate::stores::{self, RegisterLine, ScheduleInForce};

use draft::Drafts;
pub(super) use draft::notation;
pub use early::propose_early;
use guards::Checked;

/// What is wanted: each that is named narrows it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this asset, by its ref.
    pub asset: Option<String>,
    /// Of this record type, by its code.
    pub record_type: Option<String>,
    /// In this store, by its name.
    pub store: Option<String>,
    /// On each list, so many of the longest overdue.
    pub oldest: Option<NonZeroU64>,
}

/// Who proposes.
#[derive(Debug, Clone, Copy)]
pub enum Proposer<'a> {
    /// A person.
    Person(&'a Actor),
    /// The program, at its time.
    Program,
}

/// Whether it is done or only shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Lists are made.
    Real,
    /// The same is worked out, and nothing is written.
    Dry,
}

/// What became of one record type in one store.
#[derive(Debug)]
pub struct Proposal {
    /// The store's name.
    pub store: String,
    /// The record type's code.
    pub record_type: String,
    /// The lists that were made, or the guard that stopped it.
    pub lists: Result<Made, ApprovalError>,
}

/// The lists of one record type in one store, and what was left out of them.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// The batches, one an action.
    pub batches: Vec<batch::Model>,
    /// What was left where it is.
    pub left: Left,
}

/// Items that are due by the last scan, and on no list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Held.
    pub held: u64,
    /// On another list already.
    pub listed: u64,
    /// Kept by a person's decision.
    pub kept: u64,
    /// Irreplaceable, and no person has confirmed them.
    pub unconfirmed: u64,
    /// No longer due by the rule in force.
    pub not_due: u64,
    /// Due for less long than what was asked for.
    pub later: u64,
    /// To go early, and its rule yields to no request.
    pub protected: u64,
    /// To go early, and no longer there as it was.
    pub gone: u64,
}

impl Left {
    fn count(&mut self, judged: &Judged) {
        *match judged {
            Judged::May(_) => &mut self.listed,
            Judged::Held => &mut self.held,
            Judged::Kept => &mut self.kept,
            Judged::Unconfirmed => &mut self.unconfirmed,
            Judged::NotDue => &mut self.not_due,
            Judged::Protected => &mut self.protected,
        } += 1;
    }
}

/// Proposes what is due, or says what would be.
///
/// # Errors
///
/// Where what is wanted does not exist, the proposer may not, or the catalogue
/// fails. A guard that stops one record type in one store is in its [`Proposal`].
pub async fn propose(
    desk: &Desk<'_>,
    by: Proposer<'_>,
    wanted: &Wanted,
    run: Run,
) -> Result<Vec<Proposal>, ApprovalError> {
    let schedule = stores::schedule_in_force(desk.catalogue).await?;
    if schedule.version.is_none() {
        return Err(ApprovalError::NoSchedule);
    }
    let mut proposals = Vec::new();
    for (store, line, mappings) in groups(desk, &schedule, wanted).await? {
        let group = Group { store: &store, line, mappings: &mappings, schedule: &schedule };
        let lists = match one(desk, by, &group, wanted.oldest, run).await {
            Err(ApprovalError::Catalogue(error)) => return Err(error.into()),
            lists => lists,
        };
        let record_type = line.record_type.code.clone();
        proposals.push(Proposal { store: store.name.clone(), record_type, lists });
    }
    Ok(proposals)
}

/// The lists of what is wanted, as the standing authority of this id authorises
/// them; none where it does not cover them all.
pub(super) async fn under(
    desk: &Desk<'_>,
    authority: Uuid,
    wanted: &Wanted,
) -> Result<Vec<batch::Model>, ApprovalError> {
    let schedule = stores::schedule_in_force(desk.catalogue).await?;
    let mut authorised = Vec::new();
    for (store, line, mappings) in groups(desk, &schedule, wanted).await? {
        let group = Group { store: &store, line, mappings: &mappings, schedule: &schedule };
        let tx = desk.catalogue.write_tx().await?;
        let checked = guards::check(desk, &tx, &group).await?;
        let made = fill(desk, &tx, &group, &checked, wanted.oldest, &By::Service).await?;
        authorised.extend(standing::authorise(desk, &tx, authority, made.batches).await?);
        tx.commit().await?;
    }
    Ok(authorised)
}

/// One record type in one store.
pub(super) struct Group<'a> {
    pub(super) store: &'a store::Model,
    pub(super) line: &'a RegisterLine,
    pub(super) mappings: &'a [mapping::Model],
    pub(super) schedule: &'a ScheduleInForce,
}

type Groups<'a> = Vec<(store::Model, &'a RegisterLine, Vec<mapping::Model>)>;

async fn groups<'a>(
    desk: &Desk<'_>,
    schedule: &'a ScheduleInForce,
    wanted: &Wanted,
) -> Result<Groups<'a>, ApprovalError> {
    let read = desk.catalogue.read();
    let mut wanted_stores = store::Entity::find().order_by_asc(store::Column::Name);
    if let Some(name) = &wanted.store {
        desk.config.store(name)?;
        wanted_stores = wanted_stores.filter(store::Column::Name.eq(name));
    }
    let found = wanted_stores.all(read).await?;
    if let (Some(name), true) = (&wanted.store, found.is_empty()) {
        return Err(ApprovalError::UnknownStore(name.clone()));
    }
    let lines = wanted_lines(schedule, wanted)?;
    let mut groups = Vec::new();
    for store in found {
        let mappings = mapping::Entity::find()
            .filter(mapping::Column::StoreId.eq(store.id))
            .filter(mapping::Column::Active.eq(true))
            .order_by_asc(mapping::Column::Id)
            .all(read)
            .await?;
        let mut by_code: HashMap<String, Vec<mapping::Model>> = HashMap::new();
        for mapping in mappings {
            by_code.entry(mapping.record_type_code.clone()).or_default().push(mapping);
        }
        groups.extend(
            lines
                .iter()
                .filter_map(|(code, line)| Some((store.clone(), *line, by_code.remove(*code)?))),
        );
    }
    Ok(groups)
}

fn wanted_lines<'a>(
    schedule: &'a ScheduleInForce,
    wanted: &Wanted,
) -> Result<BTreeMap<&'a str, &'a RegisterLine>, ApprovalError> {
    let all = schedule.lines.iter().map(|(code, line)| (code.as_str(), line));
    let of_asset = |line: &RegisterLine| {
        wanted.asset.as_ref().is_none_or(|asset| *asset == line.asset.reference)
    };
    let lines: BTreeMap<&str, &RegisterLine> = all
        .filter(|(code, _)| wanted.record_type.as_ref().is_none_or(|wanted| wanted == code))
        .filter(|(_, line)| of_asset(line))
        .collect();
    match (&wanted.record_type, &wanted.asset) {
        (Some(code), _) if !schedule.lines.contains_key(code) => {
            Err(ApprovalError::NoSuchRecordType(code.clone()))
        }
        (Some(code), _) if schedule.lines[code].rule()?.rule.minimum.is_permanent() => {
            Err(ApprovalError::Permanent(code.clone()))
        }
        (_, Some(asset)) if lines.is_empty() => Err(ApprovalError::NoSuchAsset(asset.clone())),
        _ => Ok(lines),
    }
}

async fn one(
    desk: &Desk<'_>,
    by: Proposer<'_>,
    group: &Group<'_>,
    oldest: Option<NonZeroU64>,
    run: Run,
) -> Result<Made, ApprovalError> {
    let tx = desk.catalogue.write_tx().await?;
    let by = proposer(&tx, by, group, desk.today()).await?;
    let checked = guards::check(desk, &tx, group).await?;
    let made = fill(desk, &tx, group, &checked, oldest, &by).await?;
    match run {
        Run::Real => tx.commit().await?,
        Run::Dry => tx.rollback().await?,
    }
    Ok(made)
}

/// Who proposes, where they may.
async fn proposer(
    tx: &WriteTx,
    by: Proposer<'_>,
    group: &Group<'_>,
    today: Date,
) -> Result<By, ApprovalError> {
    let Proposer::Person(actor) = by else { return Ok(By::Service) };
    let actor = present(tx, actor, today).await?;
    let owns = group.line.asset.iao == Some(actor.person.0);
    match actor.first_of(&[Role::RecordsManager, Role::Iao, Role::Iaa]) {
        Some(Role::Iao) if !owns => Err(ApprovalError::NotTheOwner {
            name: actor.name,
            asset: group.line.asset.reference.clone(),
        }),
        Some(role) => Ok(By::person(&actor, role)),
        None => Err(ApprovalError::MayNot {
            name: actor.name,
            act: "propose a batch",
            needs: "a records manager, an information asset administrator, or the owner of the \
                    asset",
        }),
    }
}

/// Judges every item the last scan called due, and writes those that may go
/// onto their lists.
async fn fill(
    desk: &Desk<'_>,
    tx: &WriteTx,
    group: &Group<'_>,
    checked: &Checked,
    most: Option<NonZeroU64>,
    by: &By,
) -> Result<Made, ApprovalError> {
    let store = StoreId(group.store.id);
    let calendar = &group.schedule.calendar;
    let judge = Judge::new(&**tx, group.line, store, calendar, desk.today()).await?;
    let chosen = match most {
        Some(most) => Some(oldest::oldest(tx, group, &judge, most).await?),
        None => None,
    };
    let mut drafts = Drafts::new(desk, group, judge.rule(), checked, by, None);
    let mut left = Left::default();
    let mut due = Due::of(tx, group, &judge);
    while let Some(page) = due.next(&mut left).await? {
        for (item, leave) in page {
            match &chosen {
                Some(chosen) if !chosen.contains(&item.locator) => left.later += 1,
                _ => drafts.add(tx, item, &leave).await?,
            }
        }
    }
    let batches = drafts.close(tx).await?;
    if !batches.is_empty() {
        guards::no_jump(tx, group).await?;
    }
    Ok(Made { batches, left })
}

/// What may go onto a list, page by page in the order of places.
struct Due<'a> {
    tx: &'a WriteTx,
    store: StoreId,
    judge: &'a Judge<'a>,
    of_group: Condition,
    after: String,
}

impl<'a> Due<'a> {
    fn of(tx: &'a WriteTx, group: &Group<'_>, judge: &'a Judge<'a>) -> Self {
        let mappings = group.mappings.iter().map(|mapping| mapping.id);
        let of_group = Condition::all()
            .add(item::Column::StoreId.eq(group.store.id))
            .add(item::Column::MappingId.is_in(mappings));
        Self { tx, store: StoreId(group.store.id), judge, of_group, after: String::new() }
    }

    /// Those of the next page; what is left out of it is counted.
    async fn next(
        &mut self,
        left: &mut Left,
    ) -> Result<Option<Vec<(item::Model, Box<Leave>)>>, CatalogueError> {
        let read = &**self.tx;
        let items = due_items(read, self.of_group.clone(), &self.after).await?;
        let Some(last) = items.last() else { return Ok(None) };
        self.after.clone_from(&last.locator);
        let places: Vec<String> = items.iter().map(|item| item.locator.clone()).collect();
        let listed = listed(read, self.store, &places).await?;
        let decided = review::latest(read, self.store, &places).await?;
        let mut may = Vec::with_capacity(items.len());
        for item in items {
            match self.judge.of(&item, decided.get(&item.locator)) {
                Judged::May(leave) if !listed.blocks(&item.locator, leave.action) => {
                    may.push((item, leave));
                }
                other => left.count(&other),
            }
        }
        Ok(Some(may))
    }
}

/// Which places stand on a list that is not over.
#[derive(Debug, Default)]
struct Listed {
    for_review: BTreeSet<String>,
    for_disposal: BTreeSet<String>,
}

impl Listed {
    /// A list for review stands in the way of another list for review only: what
    /// was decided on it goes onto a list of its own.
    fn blocks(&self, place: &str, action: DisposalAction) -> bool {
        let for_review = action == DisposalAction::Review && self.for_review.contains(place);
        for_review || self.for_disposal.contains(place)
    }
}

async fn listed(
    read: &impl ConnectionTrait,
    store: StoreId,
    places: &[String],
) -> Result<Listed, CatalogueError> {
    let open = BatchState::ALL.iter().filter(|state| !state.is_over());
    let open: Vec<Text<BatchState>> = open.map(|state| Text(*state)).collect();
    let batches: Vec<(Uuid, Text<DisposalAction>)> = batch::Entity::find()
        .select_only()
        .column(batch::Column::Id)
        .column(batch::Column::Action)
        .filter(batch::Column::StoreId.eq(store.0))
        .filter(batch::Column::State.is_in(open))
        .into_tuple()
        .all(read)
        .await?;
    let actions: HashMap<Uuid, DisposalAction> =
        batches.into_iter().map(|(id, action)| (id, action.0)).collect();
    let lines: Vec<(Uuid, String)> = batch_line::Entity::find()
        .select_only()
        .column(batch_line::Column::BatchId)
        .column(batch_line::Column::Locator)
        .filter(batch_line::Column::Locator.is_in(places))
        .into_tuple()
        .all(read)
        .await?;
    let mut listed = Listed::default();
    for (batch, place) in lines {
        match actions.get(&batch) {
            Some(DisposalAction::Review) => listed.for_review.insert(place),
            Some(_) => listed.for_disposal.insert(place),
            None => false,
        };
    }
    Ok(listed)
}

/// The person behind an act, where there is one.
pub(super) const fn person_of(by: &By) -> Option<PersonId> {
    match by {
        By::Person { id, .. } => Some(*id),
        By::Service => None,
    }
}
