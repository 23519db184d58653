//! Requests as people are shown them, and the register of them that an auditor
//! asks for.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use retaind_schedules::batch::LineState;
use retaind_schedules::calendar::london_date;
use retaind_schedules::erasure::{NotGranted, needs_archivist};
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _};
use serde::Serialize;
use uuid::Uuid;

use super::RequestError;
use super::codes::{self, Code, EXCEPTIONS, GROUNDS};
use super::erasure::{self, Decision, Part};
use super::{ItemVerdict, RecipientState, RequestDecision, RequestKind, Seat, StepKind};
use super::{close, find, items, last_day, number, recipients, steps};
use crate::catalogue::entity::{
    asset, hold, person, rights_item, rights_recipient, rights_request, rights_step, service_area,
    store,
};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::stores;

/// A request, with all that is known of it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Its reference.
    pub request: String,
    /// Its number, as mails may give it.
    pub number: String,
    /// What is asked.
    pub kind: RequestKind,
    /// On which grounds.
    pub grounds: Vec<Cited>,
    /// When it came in.
    pub received: Date,
    /// When its time began.
    pub clock_starts: Date,
    /// By when it is to be answered, more time included.
    pub due: Date,
    /// By when it was, before more time was taken.
    pub extended_from: Option<Date>,
    /// The service it is about.
    pub service_area: Option<String>,
    /// The reference of its hold.
    pub hold: Option<String>,
    /// What was decided.
    pub decision: Option<RequestDecision>,
    /// On which day.
    pub decided: Option<Date>,
    /// On which exceptions anything was refused.
    pub exceptions: Vec<Cited>,
    /// Which compelling grounds override an objection.
    pub compelling: Option<String>,
    /// What follows for the service the person gets.
    pub consequence: Option<String>,
    /// When the person was told.
    pub explained: Option<Date>,
    /// What an explanation still misses.
    pub explanation_misses: Vec<&'static str>,
    /// The places it names.
    pub items: Vec<Item>,
    /// Whom the decision is passed on to.
    pub recipients: Vec<Recipient>,
    /// What goes early of it, by asset: who signed that, and who is still to.
    pub early: Vec<Early>,
    /// Whether anything of it goes before its minimum ends, as all who must have signed.
    pub overrides_minimum: bool,
    /// What was done.
    pub steps: Vec<Step>,
    /// Stores that were never searched for it; the connected ones are for the
    /// caller to say.
    #[serde(skip)]
    pub searched: BTreeSet<String>,
    /// When it was closed.
    pub closed: Option<Date>,
    /// Whether it was closed after its last day, or is open past it.
    pub late: bool,
    /// Days it took, or has taken so far.
    pub days: i64,
}

/// A ground or an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// Its code.
    pub code: &'static str,
    /// What it says.
    pub words: &'static str,
    /// The provision.
    pub source: &'static str,
}

/// A place that a request names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// In which store.
    pub store: String,
    /// Where; nothing once the request is closed.
    pub locator: Option<String>,
    /// The title of its record type.
    pub title: Option<String>,
    /// What is to become of it.
    pub verdict: ItemVerdict,
    /// The last day it is kept.
    pub kept_until: Option<Date>,
    /// The rule, in words.
    pub rule: Option<String>,
    /// On what that rests.
    pub basis: Option<String>,
    /// Why.
    pub because: String,
    /// Where it stands that is to go early.
    pub early: Option<Fate>,
}

/// Where an item stands that a request lets go early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "stands")]
pub enum Fate {
    /// It was signed that it goes, and it is on no list.
    Agreed,
    /// It is on a list.
    Listed {
        /// The number of the batch.
        batch: String,
        /// By when it is expected to be destroyed, once two people approved the list.
        expected: Option<Date>,
    },
    /// It was destroyed.
    Destroyed {
        /// In which batch.
        batch: String,
        /// When.
        on: Date,
    },
}

/// What goes early of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Early {
    /// The asset's ref.
    pub asset: String,
    /// How many items.
    pub items: usize,
    /// What is signed.
    pub digest: String,
    /// Who signed, and in whose place.
    pub signed: Vec<SignedBy>,
    /// Who is still to.
    pub wants: Vec<Seat>,
}

/// Somebody who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    /// Who.
    pub name: String,
    /// In whose place.
    pub seat: Seat,
    /// On which day.
    pub on: Date,
    /// Whether they may still act: else it counts for nothing.
    pub counts: bool,
}

/// Somebody who is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// Its number, from 1.
    pub number: usize,
    /// Who.
    pub name: String,
    /// Where it stands.
    pub state: RecipientState,
    /// When they were told.
    pub sent: Option<Date>,
    /// When it was settled.
    pub settled: Option<Date>,
    /// Why they are not told.
    pub reason: Option<String>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// On which day.
    pub on: Date,
    /// What.
    pub kind: StepKind,
    /// In which store.
    pub store: Option<String>,
    /// How many items and case files were found.
    pub copies: Option<i64>,
    /// Until when its backups would hold what was erased that day.
    pub backups_until: Option<Date>,
    /// A note, or why it failed.
    pub note: Option<String>,
}

impl From<&'static Code> for Cited {
    fn from(code: &'static Code) -> Self {
        Self { code: code.code, words: code.words, source: code.source }
    }
}

impl Shown {
    /// Whether it is closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Where it stands, in a word or two.
    #[must_use]
    pub fn state(&self) -> String {
        let outstanding =
            self.recipients.iter().any(|one| one.state == RecipientState::Outstanding);
        match (self.closed, self.decision) {
            (Some(_), Some(decision)) => format!("closed, {}", decision.words()),
            (Some(_), None) => "closed".to_owned(),
            (None, None) => "open".to_owned(),
            (None, Some(decision)) if !self.explanation_misses.is_empty() => {
                format!("{}, not explained", decision.words())
            }
            (None, Some(decision)) if outstanding => format!("{}, incomplete", decision.words()),
            (None, Some(decision)) => format!("{}, not closed", decision.words()),
        }
    }
}

/// One request.
///
/// # Errors
///
/// Where there is none of this reference or number.
pub async fn show(
    catalogue: &Catalogue,
    reference: &str,
    today: Date,
) -> Result<Shown, RequestError> {
    let request = find(catalogue.read(), reference).await?;
    let names = Names::read(catalogue).await?;
    Ok(names.shown(catalogue.read(), request, today).await?)
}

/// Every request, oldest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn shown(catalogue: &Catalogue, today: Date) -> Result<Vec<Shown>, CatalogueError> {
    let read = catalogue.read();
    let names = Names::read(catalogue).await?;
    let rows = rights_request::Entity::find().order_by_asc(rights_request::Column::Id);
    let mut all = Vec::new();
    for request in rows.all(read).await? {
        all.push(names.shown(read, request, today).await?);
    }
    Ok(all)
}

/// The names of what requests point at.
struct Names {
    areas: HashMap<Uuid, String>,
    holds: HashMap<Uuid, String>,
    stores: HashMap<Uuid, String>,
    assets: HashMap<Uuid, String>,
    people: HashMap<Uuid, String>,
    /// The record types that historical value keeps.
    historical: HashSet<String>,
}

impl Names {
    async fn read(catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let database = catalogue.read();
        let schedule = stores::schedule_in_force(catalogue).await?;
        let mut historical = HashSet::new();
        for (code, line) in schedule.lines {
            if needs_archivist(&line.rule()?.rule) {
                historical.insert(code);
            }
        }
        let assets = asset::Entity::find().all(database).await?.into_iter();
        let people = person::Entity::find().all(database).await?.into_iter();
        let areas = service_area::Entity::find().all(database).await?.into_iter();
        let holds = hold::Entity::find().all(database).await?.into_iter();
        let stores = store::Entity::find().all(database).await?.into_iter();
        Ok(Self {
            areas: areas.map(|row| (row.id, row.name)).collect(),
            holds: holds.map(|row| (row.id, row.reference)).collect(),
            stores: stores.map(|row| (row.id, row.name)).collect(),
            assets: assets.map(|row| (row.id, row.reference)).collect(),
            people: people.map(|row| (row.id, row.name)).collect(),
            historical,
        })
    }

    async fn shown(
        &self,
        database: &impl ConnectionTrait,
        row: rights_request::Model,
        today: Date,
    ) -> Result<Shown, CatalogueError> {
        let cited = |table, column: &Option<String>| {
            codes::read(table, row.kind, column.as_deref()).into_iter().map(Cited::from).collect()
        };
        let closed = row.closed_at.map(|at| london_date(at.timestamp()));
        let (received, due, until) = (row.received_on.0, last_day(&row), closed.unwrap_or(today));
        let steps = steps::of(database, row.id).await?;
        let searched = |step: &&rights_step::Model| step.kind != StepKind::Noted;
        let recipients = recipients::of(database, row.id).await?.into_iter().enumerate();
        let items = items::of(database, row.id).await?;
        let decided = erasure::decisions(database, &row, today).await?;
        let fates = fates(database, &items, &decided).await?;
        Ok(Shown {
            overrides_minimum: decided.iter().any(|(_, stands)| stands.is_ok()),
            early: decided.into_iter().map(|(part, _)| self.early(part)).collect(),
            number: number(row.id),
            kind: row.kind,
            grounds: cited(GROUNDS, &row.grounds),
            received,
            clock_starts: row.clock_starts_on.0,
            due,
            extended_from: row.extended_to.map(|_| row.due_on.0),
            service_area: row.service_area_id.and_then(|id| self.areas.get(&id).cloned()),
            hold: row.hold_id.and_then(|id| self.holds.get(&id).cloned()),
            decision: row.decision,
            decided: row.decided_at.map(|at| london_date(at.timestamp())),
            exceptions: cited(EXCEPTIONS, &row.exceptions),
            explained: row.explained_on.map(|day| day.0),
            explanation_misses: close::missing(&row),
            items: items.into_iter().map(|item| self.item(item, &fates)).collect(),
            recipients: recipients.map(Recipient::from).collect(),
            searched: steps.iter().filter(searched).filter_map(|one| one.store.clone()).collect(),
            steps: steps.into_iter().map(Step::from).collect(),
            closed,
            late: until > due,
            days: until.duration_since(received).as_hours() / 24,
            request: row.reference,
            compelling: row.compelling,
            consequence: row.consequence,
        })
    }

    fn early(&self, part: Part) -> Early {
        let of_history = |item: &rights_item::Model| {
            item.record_type.as_ref().is_some_and(|code| self.historical.contains(code))
        };
        let mut wants = vec![Seat::Dpo, Seat::Owner];
        wants.extend(part.items.iter().any(of_history).then_some(Seat::Archivist));
        wants.retain(|seat| !part.signed.iter().any(|(row, counts)| *counts && row.seat == *seat));
        let signed = part.signed.iter().map(|(row, counts)| SignedBy {
            name: self.people.get(&row.person_id).cloned().unwrap_or_default(),
            seat: row.seat,
            on: london_date(row.at.timestamp()),
            counts: *counts,
        });
        Early {
            asset: self.assets.get(&part.asset).cloned().unwrap_or_default(),
            items: part.items.len(),
            signed: signed.collect(),
            digest: part.digest,
            wants,
        }
    }

    fn item(&self, row: rights_item::Model, fates: &HashMap<Uuid, Fate>) -> Item {
        Item {
            early: fates.get(&row.id).cloned(),
            store: self.stores.get(&row.store_id).cloned().unwrap_or_default(),
            locator: row.locator,
            title: row.title,
            verdict: row.verdict,
            kept_until: row.kept_until.map(|day| day.0),
            rule: row.rule_words,
            basis: row.basis,
            because: row.because,
        }
    }
}

/// Where the items stand that go early: by the last list each is on that is not over,
/// or by which it went.
async fn fates(
    database: &impl ConnectionTrait,
    items: &[rights_item::Model],
    decided: &[(Part, Result<Decision, NotGranted>)],
) -> Result<HashMap<Uuid, Fate>, CatalogueError> {
    let agreed = decided.iter().filter(|(_, stands)| stands.is_ok());
    let agreed = agreed.flat_map(|(part, _)| &part.items).map(|item| (item.id, Fate::Agreed));
    let mut fates: HashMap<Uuid, Fate> = agreed.collect();
    for (line, list) in erasure::lines(database, items.iter().map(|item| item.id)).await? {
        let Some(item) = line.rights_item_id else { continue };
        let batch = list.number.clone();
        let ended = line.ended_at.map(|at| london_date(at.timestamp()));
        match (line.state.0, ended) {
            (LineState::Destroyed, Some(on)) => {
                fates.insert(item, Fate::Destroyed { batch, on });
            }
            (state, _) if !state.is_settled() && fates.contains_key(&item) => {
                let expected = erasure::expected(&list).map(london_date);
                fates.insert(item, Fate::Listed { batch, expected });
            }
            _ => {}
        }
    }
    Ok(fates)
}

impl From<(usize, rights_recipient::Model)> for Recipient {
    fn from((at, row): (usize, rights_recipient::Model)) -> Self {
        Self {
            number: at + 1,
            name: row.name,
            state: row.state,
            sent: row.sent_on.map(|day| day.0),
            settled: row.settled_on.map(|day| day.0),
            reason: row.reason,
        }
    }
}

impl From<rights_step::Model> for Step {
    fn from(row: rights_step::Model) -> Self {
        Self {
            on: london_date(row.taken_at.timestamp()),
            kind: row.kind,
            store: row.store,
            copies: row.copies,
            backups_until: row.backups_until.map(|day| day.0),
            note: row.note,
        }
    }
}
