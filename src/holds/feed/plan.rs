//! What a list of cases means for the holds there are: found out whole before
//! anything is done, so that a dry run shows what a run would do.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::{HoldKind, Scope};
use sea_orm::EntityTrait as _;
use serde::Serialize;
use uuid::Uuid;

use super::Feeding;
use super::file::{Case, FeedFile, Finding, Standing};
use crate::catalogue::entity::{hold_request, record_type, service_area, store};
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::holds::place::resolve;
use crate::holds::request::{KnownFrom, is_request, is_suspended};
use crate::holds::{
    HoldError, Listed, NewHold, NewScope, Progress, Request, Which, list, months_after,
};
use crate::keys::plain;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Place a hold.
    Place {
        /// The hold.
        new: NewHold,
        /// Its request.
        request: Request,
    },
    /// Cover more.
    Widen {
        /// Which hold.
        reference: String,
        /// What it does not cover yet.
        scopes: Vec<NewScope>,
    },
    /// Move the earliest release.
    Correspondence {
        /// Of which hold.
        reference: String,
        /// The last day.
        on: Date,
    },
    /// Note how the request stands with those it concerns.
    Progress {
        /// Of which hold.
        reference: String,
        /// How.
        stands: Progress,
    },
    /// Ask for the release, which another person gives.
    AskRelease {
        /// Of which hold.
        reference: String,
    },
}

/// What a list comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Plan {
    /// Cases on the list.
    pub cases: u64,
    /// Those that get a hold.
    pub placed: Vec<String>,
    /// Those whose hold covers more than before.
    pub widened: Vec<String>,
    /// Those that were written about again.
    pub corresponded: Vec<String>,
    /// Those of which more is known: when they are due, were answered or refused,
    /// or were explained.
    pub progressed: Vec<String>,
    /// Those that are over, and whose release is asked for.
    pub release_asked: Vec<String>,
    /// Those that are over, and are held until a day or a decision.
    pub waiting: BTreeMap<String, Option<Date>>,
    /// Holds of earlier lists whose case is not on this one. They stay in force.
    pub missing: Vec<String>,
    /// What a person must look at.
    pub findings: Vec<Finding>,
    /// What is to be done, in order.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

/// Compares a list with the holds there are, and writes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn plan(feeding: &Feeding<'_>, file: &FeedFile) -> Result<Plan, HoldError> {
    let known = Known::read(feeding.catalogue).await?;
    let findings = file.findings.clone();
    let mut plan = Plan { cases: file.cases.len() as u64, findings, ..Plan::default() };
    for case in &file.cases {
        let scopes = known.scopes(feeding, case, &mut plan.findings).await?;
        let planning = Planning { feeding, file, case, scopes };
        match known.holds.get(&plain(&case.reference)) {
            None => planning.unheld(&mut plan),
            Some((listed, request)) => planning.held(&mut plan, listed, request.as_ref()),
        }
    }
    plan.missing = known.missing(file);
    Ok(plan)
}

/// The names of the register and the holds there are.
struct Known {
    types: HashMap<String, String>,
    areas: HashMap<String, String>,
    stores: HashMap<String, String>,
    holds: BTreeMap<String, (Listed, Option<hold_request::Model>)>,
}

impl Known {
    async fn read(catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let read = catalogue.read();
        let by_plain = |name: String| (plain(&name), name);
        let types = record_type::Entity::find().all(read).await?.into_iter();
        let areas = service_area::Entity::find().all(read).await?.into_iter();
        let stores = store::Entity::find().all(read).await?.into_iter();
        let requests = hold_request::Entity::find().all(read).await?.into_iter();
        let mut requests: HashMap<Uuid, _> = requests.map(|row| (row.hold_id, row)).collect();
        let holds = list(catalogue, Which::All).await?.into_iter().map(|listed| {
            let request = requests.remove(&listed.hold.id);
            (plain(&listed.hold.reference), (listed, request))
        });
        Ok(Self {
            types: types.map(|row| by_plain(row.code)).collect(),
            areas: areas.map(|row| by_plain(row.name)).collect(),
            stores: stores.map(|row| by_plain(row.name)).collect(),
            holds: holds.collect(),
        })
    }

    /// The name as the register has it, however the list writes it.
    fn named(&self, scope: &NewScope) -> NewScope {
        let exact = |names: &HashMap<String, String>, name: &String| {
            names.get(&plain(name)).unwrap_or(name).clone()
        };
        match scope {
            NewScope::RecordType(name) => NewScope::RecordType(exact(&self.types, name)),
            NewScope::ServiceArea(name) => NewScope::ServiceArea(exact(&self.areas, name)),
            NewScope::Location { store, prefix } => {
                NewScope::Location { store: exact(&self.stores, store), prefix: prefix.clone() }
            }
            other => other.clone(),
        }
    }

    /// What the case asks for, once each; what cannot be made out is found.
    async fn scopes(
        &self,
        feeding: &Feeding<'_>,
        case: &Case,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<(NewScope, Scope)>, HoldError> {
        let mut scopes: Vec<(NewScope, Scope)> = Vec::new();
        for (row, column, named) in &case.scopes {
            let named = self.named(named);
            match resolve(feeding.catalogue.read(), feeding.keys, &named).await {
                Ok(scope) if scopes.iter().all(|(_, known)| *known != scope) => {
                    scopes.push((named, scope));
                }
                Ok(_) => {}
                Err(HoldError::Catalogue(error)) => return Err(error.into()),
                Err(error) => findings.push(Finding {
                    row: *row,
                    column: column.clone(),
                    value: value(&named),
                    reason: error.to_string(),
                    remedy: "correct it, and feed the list again".to_owned(),
                }),
            }
        }
        Ok(scopes)
    }

    fn missing(&self, file: &FeedFile) -> Vec<String> {
        let cases = file.cases.iter().map(|case| plain(&case.reference));
        let named: HashSet<String> = cases.chain(file.named.iter().cloned()).collect();
        let of_feed = self.holds.iter().filter(|(key, (listed, request))| {
            let fed = request.as_ref().is_some_and(|request| request.fed);
            fed && listed.hold.state == HoldState::Active && !named.contains(*key)
        });
        of_feed.map(|(_, (listed, _))| listed.hold.reference.clone()).collect()
    }
}

/// What a cell named, for the person who wrote it; never a person.
fn value(scope: &NewScope) -> String {
    match scope {
        NewScope::RecordType(name) | NewScope::ServiceArea(name) | NewScope::Asset(name) => {
            name.clone()
        }
        NewScope::Location { store, prefix } => format!("{store}={prefix}"),
        NewScope::Everything
        | NewScope::Reference(_)
        | NewScope::Subject(_)
        | NewScope::Within { .. } => String::new(),
    }
}

/// One case, compared with its hold.
struct Planning<'a> {
    feeding: &'a Feeding<'a>,
    file: &'a FeedFile,
    case: &'a Case,
    scopes: Vec<(NewScope, Scope)>,
}

impl Planning<'_> {
    fn find(&self, plan: &mut Plan, reason: String, remedy: &str) {
        plan.findings.push(Finding {
            row: self.case.row,
            column: String::new(),
            value: self.case.reference.clone(),
            reason,
            remedy: remedy.to_owned(),
        });
    }

    fn request(&self) -> Request {
        let case = self.case;
        let received = case.received.or(case.last_correspondence).unwrap_or(self.feeding.today);
        let closed = match case.standing {
            Standing::Closed(on) => on,
            Standing::Open => None,
        };
        let last = case.last_correspondence.max(closed).max(Some(received));
        Request {
            received,
            last_correspondence: last.unwrap_or(received),
            tail: self.feeding.tail,
            known_from: KnownFrom::Feed,
            progress: self.progress(Progress::default()),
        }
    }

    /// How the request stands, with what was known of it. A case without the day of
    /// its end was answered when a list first said so.
    fn progress(&self, known: Progress) -> Progress {
        let today = self.feeding.today;
        match self.case.standing {
            Standing::Open => known.reopened().and(self.case.progress),
            Standing::Closed(on) => {
                let answered = Some(on.unwrap_or(today));
                known.and(Progress { answered, ..self.case.progress })
            }
        }
    }

    fn unheld(&self, plan: &mut Plan) {
        let (case, today) = (self.case, self.feeding.today);
        let request = self.request();
        let over = matches!(case.standing, Standing::Closed(_));
        if over && request.earliest_release() <= today {
            return;
        }
        if self.scopes.is_empty() {
            let reason = "nothing says which records are asked for, so nothing is held".to_owned();
            let remedy = "fill one of subject_ref, case_reference, record_type, service_area and \
                          store, or place the hold by hand with `retaind hold place`";
            self.find(plan, reason, remedy);
            return;
        }
        if case.received.is_none() {
            let reason = "the list does not say when the request came in".to_owned();
            self.find(plan, reason, "fill the column received: its answer is due from then");
        }
        let new = NewHold {
            reference: case.reference.clone(),
            title: format!("{} {}", sentence(case.kind), case.reference),
            kind: case.kind,
            ground: None,
            authority: format!("request {} of {}", case.reference, request.received),
            scopes: self.scopes.iter().map(|(named, _)| named.clone()).collect(),
            review_on: months_after(today, 12),
            reason: format!("on the list of cases {}", self.file.name),
        };
        plan.placed.push(case.reference.clone());
        plan.steps.push(Step::Place { new, request });
    }

    fn held(&self, plan: &mut Plan, listed: &Listed, request: Option<&hold_request::Model>) {
        let hold = &listed.hold;
        let is_open = self.case.standing == Standing::Open;
        if !is_request(hold.kind.0) {
            let reason = format!("the hold of this reference is a {}", hold.kind.0.words());
            self.find(plan, reason, "it is another matter: place the hold by hand");
            return;
        }
        match (hold.state, is_open) {
            (HoldState::Released, false) => return,
            (HoldState::Released, true) => {
                let reason = "its hold was released, and the case is open".to_owned();
                self.find(plan, reason, "place another by hand, under another reference");
                return;
            }
            (HoldState::ReleaseRequested, true) => {
                let reason = "its release has been asked for, and the case is open".to_owned();
                self.find(plan, reason, "do not release it until the case is over");
            }
            _ => {}
        }
        self.widen(plan, listed);
        let known = request.map(Progress::of).unwrap_or_default();
        let stands = self.progress(known);
        if stands != known {
            let reference = hold.reference.clone();
            plan.progressed.push(reference.clone());
            plan.steps.push(Step::Progress { reference, stands });
        }
        let earliest = self.correspond(plan, listed, request);
        if is_open || hold.state != HoldState::Active {
            return;
        }
        let reference = hold.reference.clone();
        if request.is_some_and(is_suspended) {
            plan.waiting.insert(reference, None);
        } else if earliest > self.feeding.today {
            plan.waiting.insert(reference, Some(earliest));
        } else {
            plan.release_asked.push(reference.clone());
            plan.steps.push(Step::AskRelease { reference });
        }
    }

    fn widen(&self, plan: &mut Plan, listed: &Listed) {
        let hold = &listed.hold;
        let new = self.scopes.iter().filter(|(_, scope)| !listed.scopes.contains(scope));
        let scopes: Vec<NewScope> = new.map(|(named, _)| named.clone()).collect();
        if scopes.is_empty() {
            return;
        }
        let reference = hold.reference.clone();
        plan.widened.push(reference.clone());
        plan.steps.push(Step::Widen { reference, scopes });
    }

    /// Notes what was written since, and gives the day before which the hold
    /// stays then.
    fn correspond(
        &self,
        plan: &mut Plan,
        listed: &Listed,
        request: Option<&hold_request::Model>,
    ) -> Date {
        let stood = listed.hold.earliest_release.map_or(Date::MIN, |day| day.0);
        let seen = self.request();
        let case = self.case;
        let is_dated = case.received.is_some()
            || case.last_correspondence.is_some()
            || matches!(case.standing, Standing::Closed(Some(_)));
        let placed = london_date(listed.hold.placed_at.timestamp());
        let known = request.map_or(placed, |request| request.last_correspondence.0);
        if seen.last_correspondence <= known || !is_dated {
            return stood;
        }
        let reference = listed.hold.reference.clone();
        plan.corresponded.push(reference.clone());
        let on = seen.last_correspondence;
        plan.steps.push(Step::Correspondence { reference, on });
        let tail = request.and_then(|request| request.tail.parse().ok());
        stood.max(tail.unwrap_or(self.feeding.tail).after(on))
    }
}

fn sentence(kind: HoldKind) -> String {
    let words = kind.words();
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
