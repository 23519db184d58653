//! Requests as people are shown them, and the register of them that an auditor
//! asks for.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _};
use serde::Serialize;
use uuid::Uuid;

use super::RequestError;
use super::codes::{self, Code, EXCEPTIONS, GROUNDS};
use super::{ItemVerdict, RecipientState, RequestDecision, RequestKind, StepKind};
use super::{close, find, items, last_day, number, recipients, steps};
use crate::catalogue::entity::{
    hold, rights_item, rights_recipient, rights_request, rights_step, service_area, store,
};
use crate::catalogue::{Catalogue, CatalogueError};

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
    let names = Names::read(catalogue.read()).await?;
    Ok(names.shown(catalogue.read(), request, today).await?)
}

/// Every request, oldest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn shown(catalogue: &Catalogue, today: Date) -> Result<Vec<Shown>, CatalogueError> {
    let read = catalogue.read();
    let names = Names::read(read).await?;
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
}

impl Names {
    async fn read(database: &impl ConnectionTrait) -> Result<Self, CatalogueError> {
        let areas = service_area::Entity::find().all(database).await?.into_iter();
        let holds = hold::Entity::find().all(database).await?.into_iter();
        let stores = store::Entity::find().all(database).await?.into_iter();
        Ok(Self {
            areas: areas.map(|row| (row.id, row.name)).collect(),
            holds: holds.map(|row| (row.id, row.reference)).collect(),
            stores: stores.map(|row| (row.id, row.name)).collect(),
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
        let items = items::of(database, row.id).await?.into_iter();
        Ok(Shown {
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
            items: items.map(|item| self.item(item)).collect(),
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

    fn item(&self, row: rights_item::Model) -> Item {
        Item {
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
