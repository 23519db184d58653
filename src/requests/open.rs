//! Opening a request: what it is about comes under a hold first, and then the
//! request is written, so that nothing of it can go between the two.

use jiff::Span;
use jiff::civil::Date;
use retaind_schedules::hold::Hold;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use uuid::Uuid;

use super::codes::{self, Code, GROUNDS};
use super::{Handling, RequestError, RequestKind, enter, said};
use crate::audit::Action;
use crate::catalogue::entity::{rights_request, service_area};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::{Ground, HoldState};
use crate::clock::id_at;
use crate::holds::{self, NewHold, NewScope, Source, Tail, Which};
use crate::keys::{Keys, plain};
use crate::working_days::WorkingDays;

/// A request, as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// Its reference in the case system.
    pub reference: String,
    /// What is asked.
    pub kind: RequestKind,
    /// When it came in.
    pub received: Date,
    /// When its time began, where the person had to be identified or to say more
    /// first (UK GDPR Art. 12A); else when it came in.
    pub clock_starts: Option<Date>,
    /// The codes of its grounds.
    pub grounds: Vec<String>,
    /// The service it is about, by its name in the register.
    pub service_area: Option<String>,
    /// What it is about; where nothing is named, all of the service.
    pub scopes: Vec<NewScope>,
}

/// What opening a request needs beside it.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    /// What hashes a person's reference.
    pub keys: &'a Keys,
    /// How long a request for information is held after its last correspondence.
    pub tail: Tail,
    /// The days on which an answer can be due.
    pub working_days: &'a WorkingDays,
}

/// A request that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The request.
    pub request: rights_request::Model,
    /// What came under hold with it: the caller waits for what is under way
    /// beneath. Nothing, where the hold there was covers all of it.
    pub covered: Option<Hold>,
    /// The reference of its hold, where its kind has one.
    pub hold: Option<String>,
}

/// Opens a request. What it is about is held from then on: by the hold of the same
/// case where a feed or a person placed one, else by a new one.
///
/// # Errors
///
/// Where the actor may not, or the request is not as it must be. Where its hold
/// was placed and the request then not written, the hold stays; opening it again
/// takes that hold up.
pub async fn open(
    handling: &Handling<'_>,
    keeping: &Keeping<'_>,
    new: &NewRequest,
) -> Result<Opened, RequestError> {
    let by = handling.by()?;
    let grounds = checked(handling, new).await?;
    let area = area(handling, new).await?;
    let kept = kept(handling, keeping, new, &grounds).await?;

    let tx = handling.catalogue.write_tx().await?;
    let row = row(handling, keeping, new, &grounds, area, kept.as_ref().map(|kept| kept.id))?;
    let insert = rights_request::Entity::insert(row.clone().into_active_model());
    insert.exec_without_returning(&*tx).await?;
    enter(&tx, by, Action::RequestOpened, None, &row, row.kind.name(), handling.now).await?;
    tx.commit().await?;
    let (hold, covered) = match kept {
        Some(Kept { reference, covered, .. }) => (Some(reference), covered),
        None => (None, None),
    };
    Ok(Opened { request: row, covered, hold })
}

/// By when a request is answered: the same day of the next month as its time
/// began, or the last day of that month, or the next working day after it.
#[must_use]
pub(super) fn due_on(clock_starts: Date, months: i32, days: &WorkingDays) -> Date {
    holds::request::months_from(clock_starts, months, days)
}

async fn checked(
    handling: &Handling<'_>,
    new: &NewRequest,
) -> Result<Vec<&'static Code>, RequestError> {
    let reference = said("reference", &new.reference)?;
    let (received, today) = (new.received, handling.today());
    let from = new.clock_starts.unwrap_or(received);
    for day in [received, from] {
        if day > today {
            return Err(RequestError::Day { day, received, today });
        }
    }
    if from < received {
        return Err(RequestError::ClockBefore { from, received });
    }
    match super::find(handling.catalogue.read(), &reference).await {
        Ok(found) => return Err(RequestError::ReferenceTaken(found.reference)),
        Err(RequestError::NoSuchRequest(_)) => {}
        Err(error) => return Err(error),
    }
    let grounds = coded(GROUNDS, "ground", new.kind, &new.grounds)?;
    if new.kind == RequestKind::Restriction && grounds.len() != 1 {
        return Err(RequestError::OneGround(fitting(GROUNDS, new.kind)));
    }
    Ok(grounds)
}

/// What these words mean for this kind of request, once each.
pub(super) fn coded(
    table: &'static [Code],
    what: &'static str,
    kind: RequestKind,
    words: &[String],
) -> Result<Vec<&'static Code>, RequestError> {
    let mut found: Vec<&Code> = Vec::new();
    for word in words {
        let code = codes::find(table, kind, word.trim()).ok_or_else(|| {
            let (word, known) = (word.clone(), fitting(table, kind));
            RequestError::NoSuchCode { word, what, kind, known }
        })?;
        if !found.contains(&code) {
            found.push(code);
        }
    }
    Ok(found)
}

pub(super) fn fitting(table: &'static [Code], kind: RequestKind) -> String {
    let words: Vec<&str> = codes::fitting(table, kind).map(|code| code.code).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// As they stand in a column.
pub(super) fn joined(codes: &[&Code]) -> Option<String> {
    let words: Vec<&str> = codes.iter().map(|code| code.code).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

async fn area(handling: &Handling<'_>, new: &NewRequest) -> Result<Option<Uuid>, RequestError> {
    let Some(name) = &new.service_area else { return Ok(None) };
    let found = service_area::Entity::find().filter(service_area::Column::Name.eq(name));
    let found = found.one(handling.catalogue.read()).await?;
    let found = found.ok_or_else(|| RequestError::NoSuchArea(name.clone()))?;
    Ok(Some(found.id))
}

/// The hold of a request.
struct Kept {
    id: Uuid,
    reference: String,
    covered: Option<Hold>,
}

/// Holds what the request is about.
async fn kept(
    handling: &Handling<'_>,
    keeping: &Keeping<'_>,
    new: &NewRequest,
    grounds: &[&Code],
) -> Result<Option<Kept>, RequestError> {
    let Some(kind) = new.kind.hold() else { return Ok(None) };
    let Handling { catalogue, actor, now } = *handling;
    let (reference, today) = (said("reference", &new.reference)?, handling.today());
    let area = || new.service_area.iter().cloned().map(NewScope::ServiceArea).collect();
    let scopes = if new.scopes.is_empty() { area() } else { new.scopes.clone() };

    let all = holds::list(catalogue, Which::All).await?;
    let same = all.into_iter().find(|one| plain(&one.hold.reference) == plain(&reference));
    if let Some(known) = same.map(|one| one.hold) {
        if known.kind.0 != kind {
            let (found, wanted) = (known.kind.0.words(), kind.words());
            return Err(RequestError::OtherHold { reference: known.reference, found, wanted });
        }
        if known.state != HoldState::Active {
            return Err(RequestError::HoldOver(known.reference));
        }
        let why = "the request names more";
        let more =
            holds::widen(catalogue, keeping.keys, actor, &known.reference, &scopes, why, now)
                .await?;
        let covered = (!more.scopes.is_empty()).then_some(more);
        return Ok(Some(Kept { id: known.id, reference: known.reference, covered }));
    }
    let hold = NewHold {
        reference: reference.clone(),
        title: format!("{} {reference}", new.kind.words()),
        kind,
        ground: grounds.first().and_then(|code| restricted_on(code)),
        authority: format!("request {reference} of {}", new.received),
        scopes,
        review_on: today.saturating_add(Span::new().months(12)),
        reason: "a person's request was opened".to_owned(),
    };
    let source = Source::Request(holds::Request {
        tail: keeping.tail,
        ..holds::Request::received(new.received)
    });
    let placed =
        holds::place_from(catalogue, keeping.keys, actor, &hold, &source, now, today).await?;
    let covered = Hold { id: placed.id, kind, scopes: placed.scopes };
    Ok(Some(Kept { id: placed.id.0, reference, covered: Some(covered) }))
}

fn restricted_on(code: &Code) -> Option<Ground> {
    let letter = code.code.strip_prefix("art18-1-")?;
    letter.parse().ok()
}

fn row(
    handling: &Handling<'_>,
    keeping: &Keeping<'_>,
    new: &NewRequest,
    grounds: &[&Code],
    service_area_id: Option<Uuid>,
    hold_id: Option<Uuid>,
) -> Result<rights_request::Model, RequestError> {
    let from = new.clock_starts.unwrap_or(new.received);
    Ok(rights_request::Model {
        id: id_at(handling.now),
        reference: said("reference", &new.reference)?,
        kind: new.kind,
        grounds: joined(grounds),
        received_on: CivilDate(new.received),
        clock_starts_on: CivilDate(from),
        due_on: CivilDate(due_on(from, 1, keeping.working_days)),
        extended_to: None,
        extended_why: None,
        extended_told_on: None,
        service_area_id,
        hold_id,
        opened_by: handling.actor.person.0,
        opened_at: Micros::from(handling.now),
        decision: None,
        decided_by: None,
        decided_at: None,
        exceptions: None,
        compelling: None,
        consequence: None,
        explanation: None,
        explained_on: None,
        explained_by: None,
        closed_by: None,
        closed_at: None,
    })
}
