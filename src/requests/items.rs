//! The places a request names: what is to become of each, by the same evaluation
//! as `explain`, in words for the person.
//!
//! What is said of a hold says only that there is one: for what matter somebody
//! else's records are kept is nobody's to be told in a letter.

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::basis::{BasisCitation, BasisKind, Footing, footing_of_minimum};
use retaind_schedules::evaluation::{DueDate, Evaluation, Outcome, Reason};
use retaind_schedules::readback;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::{Handling, ItemVerdict, RequestError};
use super::{agree, enter, erasure, find, locked, said};
use crate::audit::Action;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{rights_item, rights_request, service_area};
use crate::catalogue::values::{CivilDate, Micros};
use crate::clock::id_at;
use crate::config::StoreFile;
use crate::explain::{ExplainError, Explanation};
use crate::reports::words;
use crate::scan::plan::Line;
use crate::scan::run::Scanner;
use crate::stores::{self, RegisterLine, ScheduleInForce};

/// A place that a request names.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The store.
    pub store: &'a StoreFile,
    /// Where in it.
    pub locator: &'a str,
    /// The law that makes it part of a public register, where it is of one.
    pub public_register: Option<&'a str>,
}

/// The places of a request, in the order in which they were named.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn of(
    database: &impl ConnectionTrait,
    request: Uuid,
) -> Result<Vec<rights_item::Model>, CatalogueError> {
    let of_request = rights_item::Column::RequestId.eq(request);
    let rows = rights_item::Entity::find().filter(of_request);
    Ok(rows.order_by_asc(rights_item::Column::Id).all(database).await?)
}

/// Names a place, or evaluates one anew that was named before. It is looked at in
/// its store now.
///
/// # Errors
///
/// Where the actor may not, the request is closed, the store cannot be asked, or
/// what stands there belongs to another service than the request is about.
pub async fn judge(
    handling: &Handling<'_>,
    scanner: &Scanner,
    reference: &str,
    place: Place<'_>,
) -> Result<rights_item::Model, RequestError> {
    let by = handling.by()?;
    let request = find(scanner.catalogue.read(), reference).await?;
    let verdict = verdict(scanner, &request, place).await?;
    let store_id = stores::id(&scanner.catalogue, place.store, &*scanner.clock).await?;

    let tx = handling.catalogue.write_tx().await?;
    let request = locked(&tx, reference).await?;
    let was = agree::digest_in(&*tx, &request).await?;
    let mac = scanner.keys.locator_mac(store_id, &verdict.locator);
    let known = of(&*tx, request.id).await?.into_iter().find(|item| item.locator_mac == mac);
    if let Some(known) = known.as_ref().filter(|_| !verdict.is_there)
        && !erasure::lines(&*tx, [known.id].into_iter()).await?.is_empty()
    {
        // It is out of reach, or gone, because the request was granted.
        return Ok(known.clone());
    }
    let row = rights_item::Model {
        id: known.as_ref().map_or_else(|| id_at(handling.now), |known| known.id),
        request_id: request.id,
        store_id: store_id.0,
        locator: Some(verdict.locator),
        locator_mac: mac,
        asset_id: verdict.asset,
        record_type: verdict.record_type,
        title: verdict.title,
        verdict: verdict.verdict,
        kept_until: verdict.kept_until.map(CivilDate),
        rule_words: verdict.rule_words,
        basis: verdict.basis,
        because: verdict.because,
        judged_by: handling.actor.person.0,
        judged_at: Micros::from(handling.now),
    };
    let written = row.clone().into_active_model();
    match known {
        Some(_) => drop(written.reset_all().update(&*tx).await?),
        None => drop(rights_item::Entity::insert(written).exec_without_returning(&*tx).await?),
    }
    let judged = Action::RequestItemJudged;
    let why = row.verdict.name();
    enter(&tx, by, judged, Some(was), &request, why, handling.now).await?;
    tx.commit().await?;
    Ok(row)
}

/// What is to become of a place.
struct Verdict {
    /// Whether anything stands there.
    is_there: bool,
    locator: String,
    asset: Option<Uuid>,
    record_type: Option<String>,
    title: Option<String>,
    verdict: ItemVerdict,
    kept_until: Option<Date>,
    rule_words: Option<String>,
    basis: Option<String>,
    because: String,
}

async fn verdict(
    scanner: &Scanner,
    request: &rights_request::Model,
    place: Place<'_>,
) -> Result<Verdict, RequestError> {
    let locator = said("place", place.locator)?;
    let explained = match crate::explain::explain(scanner, place.store, &locator).await {
        Ok(explained) => explained,
        Err(ExplainError::Absent { .. }) => return Ok(Verdict::without(locator, NOT_THERE)),
        Err(ExplainError::Gone { .. }) => return Ok(Verdict::without(locator, GONE)),
        Err(ExplainError::OutOfReach { .. }) => {
            return Ok(Verdict::without(locator, OUT_OF_REACH));
        }
        Err(error) => return Err(error.into()),
    };
    let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
    let code = explained.register.as_ref().map(|register| register.record_type.as_str());
    let line = code.and_then(|code| schedule.lines.get(code));
    if let Some(line) = line {
        of_this_service(scanner, request, line).await?;
    }
    let judged = match (&explained.evaluation, place.public_register) {
        (None, _) => Judged::of(ItemVerdict::NotKnown, "nobody has said what kind of record it is"),
        (Some(evaluation), Some(law)) => {
            on_register(evaluation, &said("law of the register", law)?)
        }
        (Some(evaluation), None) => {
            weighed(evaluation, &schedule, request.hold_id, scanner.clock.today())?
        }
    };
    Ok(Verdict::with(explained, line, judged)?)
}

const NOT_THERE: (ItemVerdict, &str) = (ItemVerdict::Absent, "it is not there");
const GONE: (ItemVerdict, &str) = (ItemVerdict::Absent, "it was disposed of before");
const OUT_OF_REACH: (ItemVerdict, &str) =
    (ItemVerdict::Due, "it has been taken out of reach, to be destroyed in the ordinary way");

impl Verdict {
    /// What stands nowhere, so that nothing is known of it.
    fn without(locator: String, (verdict, because): (ItemVerdict, &str)) -> Self {
        Self {
            is_there: false,
            locator,
            asset: None,
            record_type: None,
            title: None,
            verdict,
            kept_until: None,
            rule_words: None,
            basis: None,
            because: because.to_owned(),
        }
    }

    fn with(
        explained: Explanation,
        line: Option<&RegisterLine>,
        judged: Judged,
    ) -> Result<Self, CatalogueError> {
        let rule = line.map(RegisterLine::rule).transpose()?;
        Ok(Self {
            is_there: true,
            locator: explained.locator,
            asset: line.map(|line| line.asset.id),
            record_type: line.map(|line| line.record_type.code.clone()),
            title: line.map(|line| line.record_type.title.clone()),
            verdict: judged.verdict,
            kept_until: judged.kept_until,
            rule_words: rule.map(|line| readback::in_words(&line.rule.minimum)),
            basis: judged.basis,
            because: judged.because,
        })
    }
}

async fn of_this_service(
    scanner: &Scanner,
    request: &rights_request::Model,
    line: &RegisterLine,
) -> Result<(), RequestError> {
    let found = line.asset.service_area_id;
    let Some(wanted) = request.service_area_id.filter(|wanted| *wanted != found) else {
        return Ok(());
    };
    let areas = service_area::Entity::find().all(scanner.catalogue.read()).await?;
    let name = |id| areas.iter().find(|area| area.id == id).map(|area| area.name.clone());
    let [found, wanted] = [found, wanted].map(|id| name(id).unwrap_or_default());
    Err(RequestError::OtherService { found, wanted })
}

/// What the rules and holds come to for an item.
struct Judged {
    verdict: ItemVerdict,
    kept_until: Option<Date>,
    basis: Option<String>,
    because: String,
}

impl Judged {
    fn of(verdict: ItemVerdict, because: impl Into<String>) -> Self {
        Self { verdict, kept_until: None, basis: None, because: because.into() }
    }
}

fn on_register(evaluation: &Evaluation, law: &str) -> Judged {
    let kept_until = match evaluation.due {
        DueDate::On(date) => Some(date),
        DueDate::AtOnce | DueDate::Unknown | DueDate::Never => None,
    };
    let because = "it is part of a register that the public may see".to_owned();
    Judged {
        verdict: ItemVerdict::PublicRegister,
        kept_until,
        basis: Some(law.to_owned()),
        because,
    }
}

/// Weighs an item whose erasure is asked. The hold of the request itself keeps
/// nothing from it; any other does.
fn weighed(
    evaluation: &Evaluation,
    schedule: &ScheduleInForce,
    own_hold: Option<Uuid>,
    today: Date,
) -> Result<Judged, CatalogueError> {
    let by_other =
        |reason: &Reason| matches!(reason, Reason::HeldBy { hold } if Some(hold.id.0) != own_hold);
    let is_held = evaluation.reasons.iter().any(by_other);
    let not_known = |why: String| Ok(Judged::of(ItemVerdict::NotKnown, why));
    match &evaluation.outcome {
        Outcome::Unmapped => return not_known(words::outcome(&evaluation.outcome)),
        Outcome::CannotEvaluate { doubt } => return not_known(words::doubt(doubt)),
        Outcome::AwaitingTrigger { triggers } => return not_known(words::awaiting(triggers)),
        Outcome::Permanent | Outcome::NotDue | Outcome::Due { .. } | Outcome::Held { .. } => {}
    }
    let kept_until = match evaluation.due {
        _ if evaluation.outcome == Outcome::Permanent => None,
        DueDate::Never => None,
        DueDate::On(date) => Some(date),
        DueDate::AtOnce | DueDate::Unknown => None,
    };
    let is_over = evaluation.due.is_past(today) && evaluation.outcome != Outcome::Permanent;
    let (firm, is_unsaid) = firm(evaluation, schedule)?;
    let basis = cited(&firm);
    let judged = |verdict, because: &str| {
        Ok(Judged { kept_until, basis: basis.clone(), ..Judged::of(verdict, because) })
    };
    match (is_over, is_held, firm.is_empty() && !is_unsaid) {
        (true, true, _) | (false, true, true) => judged(ItemVerdict::Held, HELD),
        (true, false, _) => judged(ItemVerdict::Due, "its time is over"),
        _ if kept_until.is_none() => judged(ItemVerdict::Kept, "it is kept for ever"),
        (false, _, false) => judged(ItemVerdict::Kept, why_kept(&firm)),
        (false, false, true) => {
            judged(ItemVerdict::MayGoEarly, "nothing but our own need keeps it for so long")
        }
    }
}

const HELD: &str = "it is needed for another matter";

/// The authorities behind the minimums that bear on the item and that no request
/// sets aside; and whether one of those rests on nothing that is recorded, or its rule
/// asks for something else than destruction.
fn firm(
    evaluation: &Evaluation,
    schedule: &ScheduleInForce,
) -> Result<(Vec<BasisCitation>, bool), CatalogueError> {
    let (mut firm, mut is_unsaid, mut minimums) = (Vec::new(), false, 0);
    for reason in &evaluation.reasons {
        let Reason::Minimum { code, .. } = reason else { continue };
        minimums += 1;
        let line = schedule.lines.get(code).map(RegisterLine::rule).transpose()?;
        let Some(Line { rule, .. }) = line else {
            is_unsaid = true;
            continue;
        };
        // What is reviewed, transferred or made anonymous is not simply destroyed.
        is_unsaid |= rule.action != DisposalAction::Destroy;
        match footing_of_minimum(&rule.basis) {
            Footing::Authority(citations) => firm.extend(citations.into_iter().cloned()),
            Footing::Unsaid => is_unsaid = true,
            Footing::OwnNeed => {}
        }
    }
    Ok((firm, is_unsaid || minimums == 0))
}

fn cited(firm: &[BasisCitation]) -> Option<String> {
    let words: Vec<&str> = firm.iter().map(|one| one.citation.as_str()).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn why_kept(firm: &[BasisCitation]) -> &'static str {
    match firm.iter().map(|one| one.kind).min() {
        Some(BasisKind::Statute | BasisKind::Regulation) => "the law requires it to be kept",
        Some(BasisKind::Contract) => "a contract requires it to be kept",
        Some(_) => "a code that the organisation follows requires it to be kept",
        None => "its rule keeps it, and nothing is recorded that would let it go sooner",
    }
}
