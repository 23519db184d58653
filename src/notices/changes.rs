//! Changes that wait for signatures, and standing authorities (`super::unsigned`):
//! told to those who can give them, after one and two weeks again, after three to those above them, and at the end to who
//! proposed them.
//!
//! What is new for one person on one day is one notice, however many changes
//! there are: a register's many mappings are one thing to read. What no server
//! may have taken yet is gathered anew each time, so that nobody is asked for
//! what is signed meanwhile. **Silence changes nothing.**

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use retaind_schedules::calendar::london_date;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use uuid::Uuid;

use super::chase::untaken;
use super::outbox::{self, Notice, enqueue};
use super::payload::{Asking, ChangeTold, ChangesWait};
use super::recipient::{Directory, Recipient};
use super::send::Post;
use super::step::asking;
use super::{Kind, NoticeError, Payload, reroute, unsigned, words};
use crate::catalogue::entity::{change_request, mapping, notice, store};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{ChangeKind, ChangeState, NoticeState};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::change::waiting::{self, LAPSED, Waiting};
use crate::change::{ChangeError, DIGITS, Effect, Impact};
use crate::clock::id_at;
use crate::people::Role;

/// How long after its end a change's end is still told, where nobody could before.
const LATE: SignedDuration = SignedDuration::from_hours(24 * 60);

/// What each is asked.
type Asked = BTreeMap<Recipient, Vec<ChangeTold>>;

/// Tells of each change what its waiting calls for, and gives how many notices
/// are new. Twice changes nothing.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn tell(post: &Post<'_>) -> Result<usize, NoticeError> {
    let now = post.clock.now();
    let tx = post.catalogue.write_tx().await?;
    let directory = Directory::read(&*tx).await?;
    let asked = called_for(&tx, &directory, now).await?;
    let mut told = told(&tx, &directory, now).await?;
    let mut written = 0;
    for (recipient, lines) in asked {
        let known = told.remove(&directory.place(&recipient)).unwrap_or_default();
        let lines: Vec<ChangeTold> =
            lines.into_iter().filter(|line| !known.is_told(line)).collect();
        if known.waits_with(&lines) {
            continue;
        }
        take_back(&tx, known).await?;
        if !lines.is_empty() {
            written += write(&tx, recipient, lines, now).await?;
        }
    }
    for known in told.into_values() {
        take_back(&tx, known).await?;
    }
    reroute::drop_empty(&tx).await?;
    tx.commit().await?;
    Ok(written)
}

/// What somebody was told of changes.
#[derive(Default)]
struct Told {
    /// In mails that a server may have taken.
    taken: Vec<ChangeTold>,
    /// In notices that no server can have seen.
    waiting: Vec<(notice::Model, Vec<ChangeTold>)>,
}

impl Told {
    fn is_told(&self, line: &ChangeTold) -> bool {
        self.taken.iter().any(|told| told.question() == line.question())
    }

    /// Whether just this waits to be sent already.
    fn waits_with(&self, lines: &[ChangeTold]) -> bool {
        matches!(&self.waiting[..], [(_, waiting)] if waiting == lines)
    }
}

/// What no server can have seen is told no more, or as things stand now.
async fn take_back(tx: &WriteTx, told: Told) -> Result<(), CatalogueError> {
    for (row, _) in told.waiting {
        let state = NoticeState::Superseded;
        let row = notice::Model { state, mail_id: None, ..row };
        row.into_active_model().reset_all().update(&**tx).await?;
    }
    Ok(())
}

async fn write(
    tx: &WriteTx,
    to: Recipient,
    lines: Vec<ChangeTold>,
    now: Timestamp,
) -> Result<usize, CatalogueError> {
    let notice = Notice {
        to: [to].into(),
        service_area: None,
        period_key: format!("changes:{}", id_at(now)),
        payload: ChangesWait { lines }.into(),
        thread: "changes".to_owned(),
        attachments: Vec::new(),
    };
    enqueue(tx, now, &notice).await
}

/// What people were told of already, by where they are reached.
async fn told(
    tx: &WriteTx,
    directory: &Directory,
    now: Timestamp,
) -> Result<BTreeMap<String, Told>, NoticeError> {
    let since = Micros::from(now.saturating_sub(LATE + LATE).unwrap_or(Timestamp::MIN));
    // What was meant for another is no question to its reader.
    let of_changes = || {
        notice::Entity::find()
            .filter(notice::Column::Kind.eq(Kind::ChangesWait))
            .filter(notice::Column::MeantFor.is_null())
    };
    let waiting = of_changes()
        .filter(notice::Column::State.eq(NoticeState::Waiting))
        .filter(untaken())
        .all(&**tx)
        .await?;
    let waiting: BTreeSet<Uuid> = waiting.into_iter().map(|row| row.id).collect();
    let known = of_changes()
        .filter(notice::Column::State.ne(NoticeState::Superseded))
        .filter(notice::Column::CreatedAt.gte(since))
        .all(&**tx)
        .await?;
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for row in known {
        let said = serde_json::from_value(row.payload.clone())
            .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
        let Payload::ChangesWait(said) = said else { continue };
        let told = told.entry(directory.place(&outbox::recipient(&row.recipient)?)).or_default();
        match waiting.contains(&row.id) {
            true => told.waiting.push((row, said.lines)),
            false => told.taken.extend(said.lines),
        }
    }
    Ok(told)
}

/// What each person is to be told today, at one address once.
async fn called_for(
    tx: &WriteTx,
    directory: &Directory,
    now: Timestamp,
) -> Result<Asked, NoticeError> {
    let mut asked = Asked::new();
    let mut add = |to: BTreeSet<Recipient>, line: &ChangeTold| {
        for recipient in directory.once(to) {
            asked.entry(recipient).or_default().push(line.clone());
        }
    };
    for waiting in waiting::all(&**tx, now).await.map_err(coarse)? {
        let line = line(tx, &waiting, now).await?;
        add(signing(directory, &waiting, line.asking), &line);
    }
    for (to, line) in unsigned::authorities(tx, directory, now).await? {
        add(to, &line);
    }
    for request in lapsed(tx, now).await? {
        let of = of(tx, &request, &impact(&request)?).await?;
        let mut to = directory.with_role(&[Role::RecordsManager]);
        to.extend(request.proposed_by.map(Recipient::Person));
        add(to, &ChangeTold { of, ..bare(&request, Asking::Over) });
    }
    Ok(asked)
}

/// Those who can sign; where somebody's place is empty, those who can see to it
/// that it is filled; and after three weeks those above them.
fn signing(directory: &Directory, waiting: &Waiting, asking: Asking) -> BTreeSet<Recipient> {
    let mut to: BTreeSet<Recipient> =
        waiting.may_sign.iter().map(|person| Recipient::Person(person.0)).collect();
    if asking == Asking::Escalated {
        to.extend(directory.with_role(&[Role::RecordsManager, Role::Siro]));
    }
    if !waiting.unfilled.is_empty() {
        to.extend(directory.with_role(&[Role::RecordsManager, Role::Siro, Role::Operator]));
    }
    to
}

async fn line(tx: &WriteTx, waiting: &Waiting, now: Timestamp) -> Result<ChangeTold, NoticeError> {
    let Waiting { shown, unfilled, .. } = waiting;
    Ok(ChangeTold {
        of: of(tx, &shown.request, &shown.impact).await?,
        effect: effect(&shown.impact),
        waits_for: shown.open.iter().map(ToString::to_string).collect(),
        unfilled: unfilled.iter().map(ToString::to_string).collect(),
        ..bare(&shown.request, asking(shown.request.proposed_at, now))
    })
}

fn bare(request: &change_request::Model, asking: Asking) -> ChangeTold {
    ChangeTold {
        change: request.id,
        digest: request.digest.chars().take(DIGITS).collect(),
        asking,
        of: String::new(),
        authority: None,
        effect: None,
        waits_for: Vec::new(),
        unfilled: Vec::new(),
        proposed_on: london_date(request.proposed_at.timestamp()),
        ends_on: london_date(waiting::ends_at(request)),
    }
}

/// What ended lately because not everyone signed it.
async fn lapsed(
    tx: &WriteTx,
    now: Timestamp,
) -> Result<Vec<change_request::Model>, CatalogueError> {
    let since = Micros::from(now.saturating_sub(LATE).unwrap_or(Timestamp::MIN));
    Ok(change_request::Entity::find()
        .filter(change_request::Column::State.eq(ChangeState::Withdrawn))
        .filter(change_request::Column::EndReason.eq(LAPSED))
        .filter(change_request::Column::EndedAt.gte(since))
        .all(&**tx)
        .await?)
}

fn impact(request: &change_request::Model) -> Result<Impact, CatalogueError> {
    serde_json::from_value(request.impact.clone())
        .map_err(|why| CatalogueError::impossible("change_request.impact", why))
}

/// What a change is of: codes, names of settings and roles. A person whose role
/// it is, and the place of a mapping, are for the command to show.
async fn of(
    tx: &WriteTx,
    request: &change_request::Model,
    impact: &Impact,
) -> Result<String, CatalogueError> {
    let (before, after) = match impact.lines.first() {
        Some(line) => (line.before.as_str(), line.after.as_str()),
        None => ("", ""),
    };
    let subject = &request.subject;
    Ok(match request.kind {
        // No import's id: the year ends that the rules reckon with.
        ChangeKind::Schedule if subject.parse::<Uuid>().is_err() => {
            "the year ends that periods are reckoned from".to_owned()
        }
        ChangeKind::Schedule => match impact.lines.len() {
            0 => "a register that leaves much out, or lets records go sooner".to_owned(),
            1 => format!("the retention rule of {}", impact.lines[0].what),
            rules => format!("the retention rules of {rules} record types"),
        },
        ChangeKind::Mapping => match mapped(tx, subject).await? {
            Some((code, store)) => format!("where {code} lies in the store {store}"),
            None => "where a record type lies in a store".to_owned(),
        },
        ChangeKind::Ceiling => format!("the ceiling {subject}, from {before} to {after}"),
        ChangeKind::Enforcement => {
            format!("how far the program may go for {subject}, from {before} to {after}")
        }
        ChangeKind::Roles => format!("a role that approves, for one person: {after}"),
    })
}

async fn mapped(tx: &WriteTx, id: &str) -> Result<Option<(String, String)>, CatalogueError> {
    let Ok(id) = id.parse::<Uuid>() else { return Ok(None) };
    let Some(row) = mapping::Entity::find_by_id(id).one(&**tx).await? else { return Ok(None) };
    let store = store::Entity::find_by_id(row.store_id).one(&**tx).await?;
    Ok(store.map(|store| (row.record_type_code, store.name)))
}

/// What it would do to records, in two numbers.
fn effect(impact: &Impact) -> Option<String> {
    let mut counted = None;
    for line in &impact.lines {
        match line.effect {
            Effect::Counted { newly_due, no_longer_due, .. } => {
                let (due, not) = counted.get_or_insert((0, 0));
                (*due, *not) = (*due + newly_due, *not + no_longer_due);
            }
            Effect::NotKnown { .. } => {
                return Some("how many records it would make due is not known".to_owned());
            }
            Effect::None => {}
        }
    }
    counted.map(|(due, not)| {
        let due = words::counted(due, "record would be newly due", "records would be newly due");
        match not {
            0 => due,
            not => format!("{due}, and {} would be no longer", indicatif::HumanCount(not)),
        }
    })
}

fn coarse(fault: ChangeError) -> NoticeError {
    match fault {
        ChangeError::Catalogue(fault) => fault.into(),
        other => CatalogueError::impossible("change_request", other).into(),
    }
}
