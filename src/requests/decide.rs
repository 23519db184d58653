//! What happens to a request while it is open: its clock, more time, the
//! decision, and what the person is told of it.

use jiff::civil::Date;

use super::codes::{EXCEPTIONS, GROUNDS, MARKETING};
use super::open::{coded, due_on, fitting, joined};
use super::{Handling, RequestDecision, RequestError, RequestKind};
use super::{agree, enter, locked, recipients, said, update};
use crate::audit::Action;
use crate::catalogue::entity::rights_request;
use crate::catalogue::values::{CivilDate, Micros};
use crate::working_days::WorkingDays;

/// The months in all, where more time is taken (UK GDPR Art. 12(3)): one, and two
/// further.
const EXTENDED: i32 = 3;

/// More time for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Why it is needed.
    pub reason: String,
    /// When the person was told so.
    pub told_on: Date,
}

/// The decision on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What was decided.
    pub decision: RequestDecision,
    /// Grounds that the request did not name when it was opened, by their codes.
    pub grounds: Vec<String>,
    /// What is refused is on these, by their codes; they may follow.
    pub exceptions: Vec<String>,
    /// Which compelling grounds override an objection.
    pub compelling: Option<String>,
    /// What follows for the service the person gets, and on which basis.
    pub consequence: Option<String>,
}

/// What the person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The words.
    pub text: String,
    /// When they were sent.
    pub sent_on: Date,
    /// Exceptions that the decision did not name yet, by their codes.
    pub exceptions: Vec<String>,
}

/// The time of the request begins on this day, and not when it came in: the person
/// was identified, or said what they ask, no sooner (UK GDPR Art. 12A).
///
/// # Errors
///
/// Where the actor may not, the request is closed, decided or extended, or the
/// day is before it came in or after today.
pub async fn restart(
    handling: &Handling<'_>,
    reference: &str,
    from: Date,
    days: &WorkingDays,
) -> Result<rights_request::Model, RequestError> {
    let why = format!("the clock starts on {from}");
    handling
        .change(reference, Action::RequestRestarted, &why, |row| {
            let row = extendable(row)?;
            if from < row.received_on.0 {
                return Err(RequestError::ClockBefore { from, received: row.received_on.0 });
            }
            let from = handling.day(from, &row)?;
            let due_on = CivilDate(due_on(from, 1, days));
            Ok(rights_request::Model { clock_starts_on: CivilDate(from), due_on, ..row })
        })
        .await
}

/// Takes two further months, which the person was told of within the first.
///
/// # Errors
///
/// Where the actor may not, the request is closed, decided or extended already, or
/// the person was told too late.
pub async fn extend(
    handling: &Handling<'_>,
    reference: &str,
    extension: &Extension,
    days: &WorkingDays,
) -> Result<rights_request::Model, RequestError> {
    let why = said("reason for more time", &extension.reason)?;
    handling
        .change(reference, Action::RequestExtended, "two further months were taken", |row| {
            let row = extendable(row)?;
            let told_on = handling.day(extension.told_on, &row)?;
            if told_on > row.due_on.0 {
                return Err(RequestError::ToldTooLate { told_on, due_on: row.due_on.0 });
            }
            let to = due_on(row.clock_starts_on.0, EXTENDED, days);
            Ok(rights_request::Model {
                extended_to: Some(CivilDate(to)),
                extended_why: Some(why.clone()),
                extended_told_on: Some(CivilDate(told_on)),
                ..row
            })
        })
        .await
}

fn extendable(row: rights_request::Model) -> Result<rights_request::Model, RequestError> {
    match (row.decision, row.extended_to) {
        (Some(decision), _) => Err(RequestError::Decided(row.reference, decision)),
        (_, Some(to)) => Err(RequestError::Extended(row.reference, to.0)),
        (None, None) => Ok(row),
    }
}

/// Decides a request. Where anything of it is granted, those the records were
/// shared with are to be told from then on.
///
/// # Errors
///
/// Where the actor may not, the request is closed or decided, it names no ground
/// and its kind needs one, or a code does not fit.
pub async fn decide(
    handling: &Handling<'_>,
    reference: &str,
    ruling: &Ruling,
) -> Result<rights_request::Model, RequestError> {
    let by = handling.by()?;
    let tx = handling.catalogue.write_tx().await?;
    let before = locked(&tx, reference).await?;
    let was = agree::digest_in(&*tx, &before).await?;
    let after = decided(handling, before, ruling)?;
    update(&tx, &after).await?;
    if ruling.decision.grants() && after.kind.tells_recipients() {
        recipients::raise(&tx, &after, handling.now).await?;
    }
    let why = match &after.exceptions {
        Some(codes) => format!("{} on {codes}", ruling.decision),
        None => ruling.decision.to_string(),
    };
    enter(&tx, by, Action::RequestDecided, Some(was), &after, &why, handling.now).await?;
    tx.commit().await?;
    Ok(after)
}

fn decided(
    handling: &Handling<'_>,
    row: rights_request::Model,
    ruling: &Ruling,
) -> Result<rights_request::Model, RequestError> {
    if let Some(decision) = row.decision {
        return Err(RequestError::Decided(row.reference, decision));
    }
    let (kind, decision) = (row.kind, ruling.decision);
    let grounds = with(row.grounds.as_deref(), &ruling.grounds);
    let grounds = coded(GROUNDS, "ground", kind, &grounds)?;
    let is_decided = decision != RequestDecision::Withdrawn;
    if kind.needs_ground() && grounds.is_empty() && is_decided {
        let known = fitting(GROUNDS, kind);
        return Err(RequestError::NoGround { reference: row.reference, known });
    }
    if !decision.refuses() && !ruling.exceptions.is_empty() {
        return Err(RequestError::NothingRefused(decision));
    }
    let exceptions = coded(EXCEPTIONS, "exception", kind, &ruling.exceptions)?;
    let overridden = kind == RequestKind::Objection && decision.refuses();
    if overridden && grounds.iter().any(|ground| ground.code == MARKETING) {
        return Err(RequestError::Marketing);
    }
    let compelling = ruling.compelling.as_deref().map(str::trim).filter(|text| !text.is_empty());
    match (overridden, compelling) {
        (true, None) => return Err(RequestError::NotCompelling),
        (false, Some(_)) => return Err(RequestError::CompellingNotWanted),
        _ => {}
    }
    let consequence = ruling.consequence.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Ok(rights_request::Model {
        grounds: joined(&grounds),
        decision: Some(decision),
        decided_by: Some(handling.actor.person.0),
        decided_at: Some(Micros::from(handling.now)),
        exceptions: joined(&exceptions),
        compelling: compelling.map(str::to_owned),
        consequence: consequence.map(str::to_owned),
        ..row
    })
}

/// The words of a column, and more.
fn with(column: Option<&str>, more: &[String]) -> Vec<String> {
    let known = column.unwrap_or_default().split_whitespace().map(str::to_owned);
    known.chain(more.iter().cloned()).collect()
}

/// Enters what the person was told of the decision, and when. Until the request is
/// closed it may be entered anew.
///
/// # Errors
///
/// Where the actor may not, the request is closed or not decided, the text is
/// blank, a code does not fit, or the day is not of its life.
pub async fn explain(
    handling: &Handling<'_>,
    reference: &str,
    explanation: &Explanation,
) -> Result<rights_request::Model, RequestError> {
    let text = said("text of the explanation", &explanation.text)?;
    let why = format!("the person was told on {}", explanation.sent_on);
    handling
        .change(reference, Action::RequestExplained, &why, |row| {
            let Some(decision) = row.decision else {
                return Err(RequestError::NotDecided(row.reference));
            };
            if !decision.refuses() && !explanation.exceptions.is_empty() {
                return Err(RequestError::NothingRefused(decision));
            }
            let sent_on = handling.day(explanation.sent_on, &row)?;
            let words = with(row.exceptions.as_deref(), &explanation.exceptions);
            let exceptions = coded(EXCEPTIONS, "exception", row.kind, &words)?;
            Ok(rights_request::Model {
                exceptions: joined(&exceptions),
                explanation: Some(text.clone()),
                explained_on: Some(CivilDate(sent_on)),
                explained_by: Some(handling.actor.person.0),
                ..row
            })
        })
        .await
}
