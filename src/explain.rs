//! Why an item is kept or due: the one answer that every door gives.
//!
//! The item is looked at in its store now, so the answer is of this moment
//! and not of the last scan.

use std::borrow::Cow;

use retaind_connectors::contract::{Connector, Found, Look, StoreError, StoreErrorKind};
use retaind_connectors::order::Unit;
use retaind_schedules::batch::LineState;
use retaind_schedules::calendar::london_date;
use retaind_schedules::evaluation::{Evaluation, Outcome, Reason};
use retaind_schedules::hold::{Hold, Place};
use retaind_schedules::ids::{RequestItemId, StoreId};
use retaind_schedules::readback;
use retaind_schedules::rule::RetentionRule;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};
use serde::Serialize;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch, batch_line, item, rights_item};
use crate::catalogue::words::Disposed;
use crate::config::{MappingEntry, StoreFile};
use crate::disposal::execution::left;
use crate::disposal::execution::open::UnderWay;
use crate::events::{self, ItemKeys};
use crate::holds;
use crate::proof::lookup::with_folders;
use crate::proof::{self, ProofError};
use crate::reports::words;
use crate::requests::erasure;
use crate::scan::plan::{self, MappingPlan, PlanError};
use crate::scan::run::Scanner;
use crate::scan::sift::{self, Bench};
use crate::stores::{self, ConnectError, Reached, RegisterLine, ScheduleInForce};
use crate::upkeep::gone::Lost;

/// The whole answer.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The store.
    pub store: String,
    /// The item, or the unit it belongs to.
    pub locator: String,
    /// What is to become of it, in one line.
    pub answer: String,
    /// The line of the register, where a mapping ties it to one.
    pub register: Option<FromRegister>,
    /// How the answer was reached, in words.
    pub because: Vec<String>,
    /// That what stood there had gone before, and is there again.
    pub back: Option<String>,
    /// The references of the holds that cover it.
    pub held_by: Vec<String>,
    /// What happens next, and who must do it.
    pub next: String,
    /// The evaluation itself.
    pub evaluation: Option<Evaluation>,
}

/// The line of the register that governs.
#[derive(Debug, Clone, Serialize)]
pub struct FromRegister {
    /// The code of the record type.
    pub record_type: String,
    /// Its title.
    pub title: String,
    /// The file, sheet, row and column it stands in.
    pub source: String,
    /// The words of the cells: period, trigger, action, basis.
    pub words: [String; 4],
    /// The rule in the notation.
    pub rule: String,
    /// The rule in plain English.
    pub readback: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The store has no such thing.
    #[error("store `{store}` has no item or unit at {locator}. Write it as `retaind due` shows it")]
    Absent {
        /// Which store.
        store: String,
        /// What was asked for.
        locator: String,
    },
    /// A batch has taken it.
    #[error(
        "{locator} is out of reach: batch {batch} has taken it from store `{store}`, and not \
         destroyed it. {how}: `retaind dispose restore {batch} --line {line} \
         --reason ...`. See `retaind batch show {batch}` for when it is to be destroyed"
    )]
    OutOfReach {
        /// From which store.
        store: String,
        /// What was asked for.
        locator: String,
        /// The batch's number.
        batch: String,
        /// The number of its line, from 1.
        line: i64,
        /// That it can be put back, and what is in its way.
        how: String,
    },
    /// It was disposed of.
    #[error(
        "store `{store}` has no item or unit at {locator}: it was disposed of. `retaind lookup \
         {store} LOCATOR` says when, by which rule and under which certificate"
    )]
    Gone {
        /// From which store.
        store: String,
        /// What was asked for.
        locator: String,
    },
    /// The store cannot say.
    #[error("store `{store}` cannot say what is at {locator}: {why}. It is kept")]
    Unknown {
        /// Which store.
        store: String,
        /// What was asked for.
        locator: String,
        /// Why.
        why: String,
    },
    /// The store did not answer, or not as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be relied on.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Its mappings cannot be made ready.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What certificates say cannot be read.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Explains what stands at `locator`.
///
/// # Errors
///
/// Where the store or the catalogue cannot be asked, or there is no such thing.
pub async fn explain(
    scanner: &Scanner,
    store: &StoreFile,
    locator: &str,
) -> Result<Explanation, ExplainError> {
    let Reached { connector, id, .. } =
        stores::connect(&scanner.catalogue, store, &*scanner.clock).await?;
    let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
    let plans = plan::of_store(scanner, store, id, &schedule).await?;
    let found = match find(&*connector, store, &plans, locator).await {
        Err(ExplainError::Absent { .. }) => return Err(absent(scanner, store, id, locator).await?),
        found => found?,
    };
    let Some((plan, found)) = found else {
        return unmapped(scanner, store, id, locator).await;
    };
    explain_found(scanner, store, id, (plan, &schedule), &found).await
}

/// Why the store has nothing there: a batch has taken it, it went, or it never was.
async fn absent(
    scanner: &Scanner,
    store: &StoreFile,
    id: StoreId,
    locator: &str,
) -> Result<ExplainError, ExplainError> {
    let read = scanner.catalogue.read();
    let same_store = stores::twins(read).await?.of(id.0);
    let places: Vec<String> = with_folders(locator).map(Cow::into_owned).collect();
    let (name, locator) = (store.name.clone(), locator.to_owned());
    let of_store = batch::Entity::find().filter(batch::Column::StoreId.is_in(same_store));
    let of_store = of_store.select_only().column(batch::Column::Id).into_query();
    let taken = batch_line::Entity::find()
        .filter(batch_line::Column::Locator.is_in(&places))
        .filter(left::still_held())
        .filter(batch_line::Column::BatchId.in_subquery(of_store));
    for line in taken.all(read).await.map_err(CatalogueError::from)? {
        let open = UnderWay::of(read, line.batch_id).await?;
        // Its chunk may have been closed meanwhile.
        let line = batch_line::Entity::find_by_id(line.id).filter(left::still_held()).one(read);
        let line = line.await.map_err(CatalogueError::from)?;
        let Some(line) = line.filter(|line| open.or_held(line)) else { continue };
        let batch = batch::Entity::find_by_id(line.batch_id).one(read).await;
        let batch = batch.map_err(CatalogueError::from)?;
        let batch = batch.map(|row| row.number).unwrap_or_default();
        let how = match (line.state.0, &line.why) {
            (LineState::Failed, why) => format!(
                "It failed when last tried ({}): {}, and it can be put back",
                why.as_deref().unwrap_or("not known why"),
                left::mend(why.as_deref())
            ),
            _ => "It can be put back".to_owned(),
        };
        let line = line.position + 1;
        return Ok(ExplainError::OutOfReach { store: name, locator, batch, line, how });
    }
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let went = !proof::stubs_for(read, &scanner.keys, id, &places).await?.is_empty()
        || since_backup(scanner, id, &locator).await?;
    Ok(match went {
        true => ExplainError::Gone { store: name, locator },
        false => ExplainError::Absent { store: name, locator },
    })
}

/// Whether it went after the backup was made that the catalogue was restored from.
async fn since_backup(
    scanner: &Scanner,
    store: StoreId,
    locator: &str,
) -> Result<bool, ExplainError> {
    let lost = Lost::of(&scanner.prover()).await?;
    Ok(lost.covers(store.0, locator).is_some())
}

/// The most specific mapping under which the store has this, and what it has.
pub(crate) async fn find<'plan>(
    connector: &dyn Connector,
    store: &StoreFile,
    plans: &'plan [MappingPlan],
    locator: &str,
) -> Result<Option<(&'plan MappingPlan, Found)>, ExplainError> {
    let mut covering: Vec<_> = plans
        .iter()
        .flat_map(|plan| units_of(&plan.mapping, locator).into_iter().map(move |unit| (plan, unit)))
        .collect();
    covering.sort_by_key(|(plan, _)| {
        std::cmp::Reverse((plan.mapping.location.len(), plan.mapping.pattern.is_some()))
    });
    let (mut absent, mut unknown) = (false, None);
    for (plan, unit) in covering {
        match connector.look(&plan.order(), &unit).await {
            Ok(Look::Present(found)) => return Ok(Some((plan, found))),
            Ok(Look::Absent) => absent = true,
            Ok(Look::Unmapped) => {}
            Ok(Look::Unknown(why)) => unknown = Some(why),
            Err(fault) if fault.kind == StoreErrorKind::Misconfigured => absent = true,
            Err(fault) => return Err(fault.into()),
        }
    }
    let (store, locator) = (store.name.clone(), locator.to_owned());
    match unknown {
        Some(why) => {
            let why = why.name().replace('-', " ");
            Err(ExplainError::Unknown { store, locator, why })
        }
        None if absent => Err(ExplainError::Absent { store, locator }),
        None => Ok(None),
    }
}

/// What `locator` may stand for under this mapping: itself, or the folder that
/// is disposed of as one with it; nothing where it lies outside its location.
fn units_of(mapping: &MappingEntry, locator: &str) -> Vec<String> {
    let location = mapping.location.trim_matches('/');
    let location = if location == "." { "" } else { location };
    let Some(below) = locator.strip_prefix(location) else { return Vec::new() };
    if !location.is_empty() && !below.starts_with('/') {
        return Vec::new();
    }
    let Unit::Folder { depth } = mapping.unit else { return vec![locator.to_owned()] };
    let parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
    let unit = parts.get(..usize::from(depth)).map(|folders| folders.join("/"));
    let unit = unit.map(|unit| format!("{location}/{unit}/").trim_start_matches('/').to_owned());
    let may_be_item =
        (parts.len() <= usize::from(depth) && !locator.ends_with('/')).then(|| locator.to_owned());
    let stands_above = unit.is_none() && may_be_item.is_none();
    may_be_item.into_iter().chain(unit).chain(stands_above.then(|| locator.to_owned())).collect()
}

async fn explain_found(
    scanner: &Scanner,
    store: &StoreFile,
    id: StoreId,
    (plan, schedule): (&MappingPlan, &ScheduleInForce),
    found: &Found,
) -> Result<Explanation, ExplainError> {
    let line = schedule.lines.get(&plan.mapping.record_type);
    let sighting = found.sighting();
    let subject = found.subject.as_deref().map(|person| scanner.keys.subject_key(person));
    let keyed = ItemKeys {
        locator: sighting.locator,
        reference: sighting.reference,
        subject: subject.as_ref(),
    };
    let events = events::for_items(scanner.catalogue.read(), id, &[keyed]).await?;
    let facts = sift::facts(plan, &sighting, events.first().map_or(&[], Vec::as_slice));
    let named = holds::active_by_reference(&scanner.catalogue).await?;
    let active: Vec<Hold> = named.iter().map(|(_, hold)| hold.clone()).collect();
    let bench =
        Bench { calendar: &schedule.calendar, today: scanner.clock.today(), holds: &active };
    let evaluation = sift::judge(plan, &sighting, subject, facts, &bench).evaluation;
    let held_by = named
        .iter()
        .filter(|(_, hold)| evaluation.reasons.iter().any(|reason| names(reason, hold)))
        .map(|(reference, _)| reference.clone())
        .collect();
    let early = early(scanner, id, &found.locator).await?;
    let next = match early.is_empty() {
        true => next_step(&evaluation.outcome),
        false => {
            "It goes early, by a list that two people approve, unless another hold, a law or a \
                  contract keeps it by then"
        }
    };
    let reasons = evaluation.reasons.iter().map(words::reason);
    Ok(Explanation {
        store: store.name.clone(),
        locator: found.locator.clone(),
        answer: words::outcome(&evaluation.outcome),
        register: line.map(|line| from_register(line, plan)),
        because: reasons.chain(early).collect(),
        back: back(scanner, id, &found.locator).await?,
        held_by,
        next: next.to_owned(),
        evaluation: Some(evaluation),
    })
}

/// The requests for erasure that were granted, name what stands here, and are signed for.
async fn early(
    scanner: &Scanner,
    store: StoreId,
    locator: &str,
) -> Result<Vec<String>, CatalogueError> {
    let read = scanner.catalogue.read();
    let mac = scanner.keys.locator_mac(store, locator);
    let mut said = Vec::new();
    let naming = rights_item::Entity::find().filter(rights_item::Column::LocatorMac.eq(mac));
    for item in naming.all(read).await? {
        let Some(asset) = item.asset_id else { continue };
        let today = scanner.clock.today();
        let decision = erasure::standing(read, item.request_id, asset, today).await?;
        let named = decision.ok().filter(|it| it.granted().names(RequestItemId(item.id)));
        said.extend(named.map(|it| format!("Erasure request {} lets it go early", it.called)));
    }
    Ok(said)
}

/// When, how and under which certificate what stands here had gone before, if it had.
async fn back(
    scanner: &Scanner,
    store: StoreId,
    locator: &str,
) -> Result<Option<String>, CatalogueError> {
    let read = scanner.catalogue.read();
    let mut stubs = proof::stubs_for(read, &scanner.keys, store, &[locator]).await?;
    // What was made anonymous never left its place.
    let gone = stubs.remove(locator).filter(|stub| stub.action != Disposed::Anonymised);
    let Some(gone) = gone else { return Ok(None) };
    let on = london_date(gone.disposed_at.timestamp());
    let under = match proof::number_of(read, gone.batch_id).await? {
        Some(number) => format!("certificate {number}, batch {}", gone.batch),
        None => format!("batch {}, whose certificate is not signed yet", gone.batch),
    };
    let met = item::Entity::find()
        .filter(item::Column::StoreId.eq(store.0))
        .filter(item::Column::Locator.eq(locator))
        .one(read)
        .await?
        .and_then(|row| row.resurrected_at);
    let met = met.map(|at| format!(", as a scan first saw on {}", london_date(at.timestamp())));
    Ok(Some(format!(
        "It had been {} on {on} ({under}), and something is there again{}. It may have come from a \
         backup or a copy: find out from where",
        gone.action,
        met.unwrap_or_default()
    )))
}

fn names(reason: &Reason, hold: &Hold) -> bool {
    matches!(reason, Reason::HeldBy { hold: by } if by.id == hold.id)
}

fn from_register(line: &RegisterLine, plan: &MappingPlan) -> FromRegister {
    let row = &line.line;
    FromRegister {
        record_type: line.record_type.code.clone(),
        title: line.record_type.title.clone(),
        source: line.source(),
        words: [&row.period_text, &row.trigger_text, &row.action_text, &row.basis_text]
            .map(Clone::clone),
        rule: row.minimum.clone(),
        readback: plan.line.as_ref().map(|line| said(&line.rule)).unwrap_or_default(),
    }
}

fn said(rule: &RetentionRule) -> String {
    readback::retention_in_words(rule)
}

async fn unmapped(
    scanner: &Scanner,
    store: &StoreFile,
    id: StoreId,
    locator: &str,
) -> Result<Explanation, ExplainError> {
    let place = Place { store: Some(id), locator, ..Place::default() };
    let held_by = holds::active_by_reference(&scanner.catalogue)
        .await?
        .into_iter()
        .filter(|(_, hold)| hold.covers(&place))
        .map(|(reference, _)| reference)
        .collect();
    Ok(Explanation {
        store: store.name.clone(),
        locator: locator.to_owned(),
        answer: words::outcome(&Outcome::Unmapped),
        register: None,
        because: Vec::new(),
        back: back(scanner, id, locator).await?,
        held_by,
        next: next_step(&Outcome::Unmapped).to_owned(),
        evaluation: None,
    })
}

fn next_step(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Unmapped => "Someone must say which record type this is, in the store file",
        Outcome::CannotEvaluate { .. } => "Someone must mend that; until then it is kept",
        Outcome::AwaitingTrigger { .. } => {
            "Record the event with `retaind event record`; until then it is kept"
        }
        Outcome::NotDue => "Nothing, until its time has passed",
        Outcome::Due { .. } => "It is on the due list for the owner of the asset to decide",
        Outcome::Held { .. } => "Nothing, until every hold on it is released",
        Outcome::Permanent => "Nothing; it may be offered to the archive",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn folders(depth: u8) -> MappingEntry {
        MappingEntry {
            record_type: "PLAN-14".to_owned(),
            location: "planning/enforcement".to_owned(),
            pattern: None,
            unit: Unit::Folder { depth },
            dates: BTreeMap::new(),
            reference: None,
            subject: None,
        }
    }

    #[test]
    fn a_member_is_explained_by_its_unit() {
        let units = |locator| units_of(&folders(2), locator);
        let case = "planning/enforcement/2015/ENF-1/".to_owned();
        assert_eq!(units("planning/enforcement/2015/ENF-1/a/b.pdf"), std::slice::from_ref(&case));
        assert_eq!(units("planning/enforcement/2015/ENF-1/"), std::slice::from_ref(&case));
        let unfinished = "planning/enforcement/2015/ENF-1".to_owned();
        assert_eq!(units(&unfinished), [unfinished.clone(), case]);
        assert_eq!(units("planning/enforcement/readme.txt"), ["planning/enforcement/readme.txt"]);
        let year = "planning/enforcement/2015/";
        assert_eq!(units(year), [year], "for the store to refuse");
        assert!(units("planning/enforcements/2015/ENF-1/a").is_empty());
    }
}
