//! Holds for requests for information: when the answer is due, how long what
//! was asked for is kept after it, and complaints that put the end off.
//!
//! The last word of a request is not its answer: a review, a complaint to the
//! Information Commissioner and a tribunal may follow. The hold stays for its
//! tail after the answer and the last correspondence. While no answer is known, and
//! while a complaint is open, it has no earliest release at all.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::HoldKind;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _};
use serde::Deserialize;
use uuid::Uuid;

use super::change::{act, in_force, save};
use super::progress::Progress;
use super::{HoldError, months_after};
use crate::audit::{Action, Motive};
use crate::catalogue::entity::{hold, hold_request};
use crate::catalogue::values::CivilDate;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::people::Actor;
use crate::working_days::WorkingDays;

/// Working days in which a request under the Freedom of Information Act 2000
/// (s.10) or the Environmental Information Regulations 2004 (reg.5) is answered.
const ANSWER_DAYS: u32 = 20;

/// Days after each decision on a complaint in which the next step may be taken.
const AFTER_DECISION: i64 = 42;

/// The shortest tail: people ask for a review within forty working days.
const SHORTEST_TAIL: i64 = 60;

/// A request for information, as a hold needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it came in.
    pub received: Date,
    /// When it was last written about; not before it came in.
    pub last_correspondence: Date,
    /// How long the hold stays after that.
    pub tail: Tail,
    /// Where it is known from.
    pub known_from: KnownFrom,
    /// How it stands with those it concerns.
    pub progress: Progress,
}

/// Where a request is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownFrom {
    /// A person entered it.
    Person,
    /// A feed, which is to name it each time.
    Feed,
}

impl Request {
    /// One that came in on this day.
    #[must_use]
    pub fn received(on: Date) -> Self {
        Self {
            received: on,
            last_correspondence: on,
            tail: Tail::default(),
            known_from: KnownFrom::Person,
            progress: Progress::default(),
        }
    }

    /// Before which day only the legal role may release its hold, once an answer to it
    /// is known.
    #[must_use]
    pub fn earliest_release(&self) -> Date {
        self.tail.after(self.last_correspondence)
    }

    pub(super) fn row(&self, hold_id: Uuid) -> hold_request::Model {
        let row = hold_request::Model {
            hold_id,
            received_on: CivilDate(self.received),
            last_correspondence: CivilDate(self.last_correspondence),
            tail: self.tail.to_string(),
            fed: self.known_from == KnownFrom::Feed,
            complained_on: None,
            decided_on: None,
            due_on: None,
            answered_on: None,
            refused_on: None,
            explained_on: None,
            told_on: None,
            acknowledged_on: None,
        };
        self.progress.into_row(row)
    }
}

/// The kinds of hold that are for requests.
pub(crate) const REQUESTS: [HoldKind; 3] = [HoldKind::Foi, HoldKind::Eir, HoldKind::SubjectAccess];

/// Whether holds of this kind are for requests that are answered, and stay for
/// a time after the answer.
#[must_use]
pub const fn is_request(kind: HoldKind) -> bool {
    matches!(kind, HoldKind::Foi | HoldKind::Eir | HoldKind::SubjectAccess)
}

/// By when a request of this kind is to be answered. Freedom of information:
/// twenty working days after its receipt, by the bank holidays of the council's
/// own country; the Act leaves out those of the rest of the United Kingdom too,
/// so its own last day may be later than this one and never earlier. Subject
/// access: one month ([`months_from`]).
#[must_use]
pub fn due_on(kind: HoldKind, received: Date, days: &WorkingDays) -> Option<Date> {
    match kind {
        HoldKind::Foi | HoldKind::Eir => {
            Some((0..ANSWER_DAYS).fold(received, |day, _| working_day_from(next(day), days)))
        }
        HoldKind::SubjectAccess => Some(months_from(received, 1, days)),
        _ => None,
    }
}

/// The same day so many months later, or the last day of that month where it has
/// no such day; the next working day where people are not at work on it. So the
/// Information Commissioner counts the month of UK GDPR Art. 12(3).
#[must_use]
pub fn months_from(day: Date, months: i32, days: &WorkingDays) -> Date {
    working_day_from(months_after(day, months), days)
}

fn working_day_from(mut day: Date, days: &WorkingDays) -> Date {
    while !days.is_working_day(day) && day < Date::MAX {
        day = next(day);
    }
    day
}

fn next(day: Date) -> Date {
    day.saturating_add(Span::new().days(1))
}

/// How long a request's hold stays after the last correspondence: six months
/// where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Tail {
    months: i32,
    days: i32,
}

impl Default for Tail {
    fn default() -> Self {
        Self { months: 6, days: 0 }
    }
}

impl Tail {
    /// The day on which it ends, where it begins on this one.
    #[must_use]
    pub fn after(self, day: Date) -> Date {
        day.saturating_add(Span::new().months(self.months).days(self.days))
    }

    /// In days, at whichever time of the year it is shortest.
    fn shortest(self) -> i64 {
        let first = jiff::civil::date(2023, 1, 1);
        let starts = (0..1461).map(|days| first.saturating_add(Span::new().days(days)));
        let lengths = starts.map(|start| self.after(start).duration_since(start).as_hours() / 24);
        lengths.min().unwrap_or_default()
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.months, self.days) {
            (0, days) => write!(f, "P{days}D"),
            (months, 0) => write!(f, "P{months}M"),
            (months, days) => write!(f, "P{months}M{days}D"),
        }
    }
}

impl FromStr for Tail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unread = || format!("`{text}` is not a length of time: write it like P6M or P90D");
        let span: Span = text.parse().map_err(|_| unread())?;
        let dated = Span::new()
            .years(span.get_years())
            .months(span.get_months())
            .weeks(span.get_weeks())
            .days(span.get_days());
        let whole = dated.fieldwise() == span.fieldwise() && !span.is_negative();
        let months = i32::from(span.get_years()) * 12 + span.get_months();
        let tail = Self { months, days: span.get_weeks() * 7 + span.get_days() };
        match tail {
            _ if !whole || months > 1200 || tail.days > 36_525 => Err(unread()),
            _ if tail.shortest() < SHORTEST_TAIL => Err(format!(
                "`{text}` can be shorter than {SHORTEST_TAIL} days, and people may ask for a \
                 review until then: write P{SHORTEST_TAIL}D or more"
            )),
            tail => Ok(tail),
        }
    }
}

impl TryFrom<String> for Tail {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What is known of the request that a hold is for. One placed before that was
/// kept counts as received on the day it was placed.
pub(super) async fn of(
    database: &impl ConnectionTrait,
    hold: &hold::Model,
) -> Result<Option<hold_request::Model>, CatalogueError> {
    if !is_request(hold.kind.0) {
        return Ok(None);
    }
    let found = hold_request::Entity::find_by_id(hold.id).one(database).await?;
    let placed = london_date(hold.placed_at.timestamp());
    Ok(Some(found.unwrap_or_else(|| Request::received(placed).row(hold.id))))
}

/// Whether a complaint about it has not been decided.
#[must_use]
pub fn is_suspended(request: &hold_request::Model) -> bool {
    request.complained_on.is_some() && request.decided_on.is_none()
}

/// Whether nothing says that it was ever answered: no answer, no refusal, and no word
/// after it came in.
#[must_use]
pub fn is_unanswered(request: &hold_request::Model) -> bool {
    let answered = request.answered_on.or(request.refused_on).or(request.decided_on);
    answered.is_none() && request.last_correspondence <= request.received_on
}

/// The day on which the tail of the request ends that begins on this one.
pub(super) fn tail_from(request: &hold_request::Model, on: Date) -> Result<Date, CatalogueError> {
    let tail: Tail = request
        .tail
        .parse()
        .map_err(|error: String| CatalogueError::impossible("the tail of a request", error))?;
    Ok(tail.after(on))
}

/// The last correspondence about the request was on this day: the hold stays
/// at least its tail from then. It never brings the release nearer.
///
/// # Errors
///
/// Where the actor may not, the hold is for no request or not in force, or the
/// day lies outside its life.
pub async fn correspondence(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    on: Date,
    now: Timestamp,
) -> Result<(), HoldError> {
    let noted = Noted { action: Action::HoldCorresponded, why: "correspondence went on", on, now };
    noted
        .note(catalogue, actor, reference, |_, request| {
            request.last_correspondence = request.last_correspondence.max(CivilDate(on));
            Ok(Some(tail_from(request, on)?))
        })
        .await
}

/// Somebody complained to the regulator on this day: the hold stays until the
/// decision, and six weeks after it.
///
/// # Errors
///
/// As [`correspondence`], and where a complaint is open already.
pub async fn complaint(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    on: Date,
    now: Timestamp,
) -> Result<(), HoldError> {
    let noted = Noted { action: Action::HoldComplaint, why: "a complaint was made", on, now };
    noted
        .note(catalogue, actor, reference, |hold, request| {
            if is_suspended(request) {
                return Err(HoldError::ComplaintOpen(hold.reference.clone()));
            }
            (request.complained_on, request.decided_on) = (Some(CivilDate(on)), None);
            Ok(None)
        })
        .await
}

/// The complaint was decided on this day. Another may follow.
///
/// # Errors
///
/// As [`correspondence`], and where no complaint is open.
pub async fn decision(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    on: Date,
    now: Timestamp,
) -> Result<(), HoldError> {
    let noted = Noted { action: Action::HoldDecision, why: "a complaint was decided", on, now };
    noted
        .note(catalogue, actor, reference, |hold, request| match request.complained_on {
            Some(day) if request.decided_on.is_none() && day.0 <= on => {
                request.decided_on = Some(CivilDate(on));
                Ok(Some(on.saturating_add(Span::new().days(AFTER_DECISION))))
            }
            Some(day) if request.decided_on.is_none() => {
                Err(HoldError::Day { day: on, placed: day.0 })
            }
            _ => Err(HoldError::NoComplaint(hold.reference.clone())),
        })
        .await
}

/// Something that happened to a request, to be noted on its hold.
struct Noted {
    action: Action,
    why: &'static str,
    on: Date,
    now: Timestamp,
}

impl Noted {
    /// Changes what is known of the request by `edit`, which may give a day
    /// before which the hold is not to be released.
    async fn note(
        &self,
        catalogue: &Catalogue,
        actor: &Actor,
        reference: &str,
        edit: impl FnOnce(&hold::Model, &mut hold_request::Model) -> Result<Option<Date>, HoldError>,
    ) -> Result<(), HoldError> {
        let act = act(actor, self.action, Motive::own(self.why), self.now)?;
        let tx = catalogue.write_tx().await?;
        let before = in_force(&tx, reference).await?;
        let found = of(&*tx, &before).await?;
        let mut request = found.ok_or_else(|| HoldError::NotARequest(before.reference.clone()))?;
        if self.on < request.received_on.0 || self.on > london_date(self.now) {
            return Err(HoldError::Day { day: self.on, placed: request.received_on.0 });
        }
        let earliest = edit(&before, &mut request)?.map(CivilDate);
        let earliest_release = before.earliest_release.max(earliest);
        save(&tx, &act, &before, hold::Model { earliest_release, ..before.clone() }).await?;
        keep(&tx, request).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) async fn keep(tx: &WriteTx, request: hold_request::Model) -> Result<(), HoldError> {
    let key = hold_request::Entity::find_by_id(request.hold_id).one(&**tx).await?;
    let row = request.into_active_model().reset_all();
    match key {
        Some(_) => drop(row.update(&**tx).await?),
        None => drop(row.insert(&**tx).await?),
    }
    Ok(())
}
