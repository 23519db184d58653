//! Making records anonymous (P12): people do it, in the system itself, and say so.
//!
//! The program cannot know what identifies a person. It names the items that may
//! be done today, which no hold covers and which are as two people approved them;
//! whoever did it attests when, how and how many. No item of such a batch is ever
//! taken out of reach or destroyed: there is no permit for that.

mod error;
mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::permit::Anonymise;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, Set};
use serde::Serialize;
use uuid::Uuid;

use super::by_hand::{self, Sorted, ended, withhold};
use super::run::keep_what_owners_keep;
use super::shift::{Shift, by_number};
use super::under::Register;
use super::{certify, chunk, guards, record};
use crate::audit::{self, Action, By, Motive};
use crate::catalogue::entity::{anonymisation, batch, batch_line};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::{self, ApprovalError};
use crate::holds;
use crate::people::{Actor, Role};
use crate::plural::counted;
use crate::scan::run::Scanner;

pub use error::AnonymiseError;
use files::{read_not_done, write_list};

/// Why a line stays that people were told of and did not do.
const NOT_DONE: &str = "not-anonymised";

/// Why, of a line that was done, and came under a hold before people said so.
const DONE_BEFORE: &str = "done-before-hold-known";

/// What people were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ordered {
    /// The batch's number.
    pub batch: String,
    /// The list of what may be done.
    pub list: PathBuf,
    /// Lines on it.
    pub lines: u64,
    /// Lines that this left out: changed, not there, or no longer due.
    pub left: u64,
}

/// What someone attests.
#[derive(Debug, Clone, Copy)]
pub struct Attesting<'a> {
    /// The batch's number.
    pub number: &'a str,
    /// The day on which the last of it was done.
    pub on: Date,
    /// How.
    pub method: &'a str,
    /// Lines that were done.
    pub lines: u64,
    /// Lines that were not, as a CSV file with the column line.
    pub not_done: Option<&'a Path>,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attested {
    /// The batch's number.
    pub batch: String,
    /// Lines that are anonymous now.
    pub lines: u64,
    /// Lines that are not.
    pub not_done: u64,
    /// The number of its certificate.
    pub certificate: String,
}

/// Writes the list of what may be made anonymous today. It may be asked for
/// again: what is held by then is no longer on it.
///
/// # Errors
///
/// Where the person may not, a guard stops it, a hold was placed meanwhile, or
/// the list cannot be written.
pub async fn order(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    list: &Path,
) -> Result<Ordered, AnonymiseError> {
    let batch = by_number(scanner.catalogue.read(), number).await?;
    may_be_done(&batch)?;
    let shift = Shift::begin(scanner, batch).await?;
    if let Some(stop) = guards::by_people(&shift, scanner.clock.now()).await?.into_iter().next() {
        return Err(shift.stopped(stop).into());
    }
    let holds_then = holds::active(scanner.catalogue.read()).await?;
    let Sorted { may, left } = by_hand::sort::<Anonymise>(&shift).await?;

    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    chunk::share_gate(&tx).await?;
    if holds::active(&*tx).await? != holds_then {
        return Err(AnonymiseError::HoldsMoved(shift.batch.number.clone()));
    }
    let row = disposal::locked(&tx, number).await?;
    may_be_done(&row)?;
    let by =
        by(&tx, actor, &row, &[Role::RecordsManager, Role::Iaa], scanner.clock.today()).await?;
    if may.is_empty() {
        return Err(AnonymiseError::NothingToDo(row.number));
    }
    withhold(&tx, &row, &left, scanner).await?;
    save_order(&tx, actor, &row, now).await?;
    let said = Motive::own(counted(may.len() as u64, "line", "lines"));
    disposal::enter(&tx, by, Action::AnonymiseOrdered, &row, Some(over(&may)), said, now).await?;
    write_list(list, &may)?;
    // A list that is left where this fails is of no order: no attestation is taken.
    tx.commit().await?;
    let (lines, left) = (may.len() as u64, left.len() as u64);
    Ok(Ordered { batch: row.number, list: list.to_owned(), lines, left })
}

/// Records what was made anonymous, which ends the batch with a certificate. What
/// was done is written down as it is: the guards were asked for the list.
///
/// # Errors
///
/// Where the person may not, no list was asked for, or the count is not that of
/// the lines which may still be done; then nothing is recorded.
pub async fn attest(
    scanner: &Scanner,
    actor: &Actor,
    asked: Attesting<'_>,
) -> Result<Attested, AnonymiseError> {
    let method = disposal::said(asked.method)?;
    let batch = by_number(scanner.catalogue.read(), asked.number).await?;
    let mut shift = Shift::begin(scanner, batch).await?;
    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    let row = disposal::locked(&tx, asked.number).await?;
    let by = by(&tx, actor, &row, &[Role::Iaa], scanner.clock.today()).await?;
    let ordered = open_order(&tx, &row).await?;
    let (from, today) = (london_date(ordered.ordered_at.timestamp()), scanner.clock.today());
    if asked.on < from || asked.on > today {
        return Err(AnonymiseError::Day(asked.on, from, today));
    }
    let (mut done, mut left) = divide(&tx, &row, &asked, now.into()).await?;
    let late = held_meanwhile(&tx, &row, &mut done, &mut left).await?;
    record::save(&tx, &done, record::Besides::Nothing).await?;
    record::stubs(&tx, &shift, &done).await?;
    withhold(&tx, &row, &left, scanner).await?;
    keep_what_owners_keep(&tx, row.id, scanner).await?;
    let change = anonymisation::ActiveModel {
        batch_id: Set(row.id),
        done_on: Set(Some(CivilDate(asked.on))),
        method: Set(Some(method.clone())),
        attested_by: Set(Some(actor.person.0)),
        attested_at: Set(Some(Micros::from(now))),
        ..Default::default()
    };
    change.update(&*tx).await?;
    let nothing = <batch::ActiveModel as Default>::default();
    disposal::step(&tx, &row, BatchState::Executed, now, nothing).await?;
    let late = match late {
        0 => String::new(),
        late => format!(", {late} of them done before a hold on them was known"),
    };
    let said = counted(done.len() as u64, "line", "lines");
    let said = Motive::own(format!("{said}{late}, {} not done", left.len()));
    let said = said.and_typed(method.as_str());
    disposal::enter(&tx, by, Action::AnonymiseAttested, &row, Some(over(&done)), said, now).await?;
    tx.commit().await?;
    shift.refresh().await?;
    let certificate = certify::certify(&mut shift).await?;
    let (lines, not_done) = (done.len() as u64, left.len() as u64);
    Ok(Attested { batch: row.number, lines, not_done, certificate })
}

fn may_be_done(row: &batch::Model) -> Result<(), AnonymiseError> {
    if row.action.0 != DisposalAction::Anonymise {
        return Err(AnonymiseError::OtherAction(row.number.clone(), row.action.0));
    }
    if row.state.0 != BatchState::Authorised {
        return Err(ApprovalError::NotNow { number: row.number.clone(), state: row.state.0 }.into());
    }
    Ok(())
}

/// Who acts, where they may: the owner of the asset, or one of these.
async fn by(
    tx: &WriteTx,
    actor: &Actor,
    row: &batch::Model,
    others: &[Role],
    today: jiff::civil::Date,
) -> Result<By, AnonymiseError> {
    let actor = disposal::present(tx, actor, today).await?;
    if let Some(role) = actor.first_of(others) {
        return Ok(By::person(&actor, role));
    }
    disposal::owner_of(tx, &actor, row.asset_id).await?;
    Ok(By::person(&actor, Role::Iao))
}

async fn save_order(
    tx: &WriteTx,
    actor: &Actor,
    row: &batch::Model,
    now: Timestamp,
) -> Result<(), AnonymiseError> {
    let order = anonymisation::ActiveModel {
        batch_id: Set(row.id),
        ordered_by: Set(actor.person.0),
        ordered_at: Set(Micros::from(now)),
        done_on: Set(None),
        method: Set(None),
        attested_by: Set(None),
        attested_at: Set(None),
    };
    let again = OnConflict::column(anonymisation::Column::BatchId)
        .update_columns([anonymisation::Column::OrderedBy, anonymisation::Column::OrderedAt])
        .to_owned();
    let insert = anonymisation::Entity::insert(order).on_conflict(again);
    insert.exec_without_returning(&**tx).await?;
    Ok(())
}

/// The order that waits to be attested.
async fn open_order(
    tx: &WriteTx,
    row: &batch::Model,
) -> Result<anonymisation::Model, AnonymiseError> {
    let known = anonymisation::Entity::find_by_id(row.id).one(&**tx).await?;
    if known.as_ref().is_some_and(|known| known.attested_at.is_some()) {
        return Err(AnonymiseError::Attested(row.number.clone()));
    }
    may_be_done(row)?;
    known.ok_or_else(|| AnonymiseError::NotOrdered(row.number.clone()))
}

/// The lines that still may be done, as done or not done.
async fn divide(
    tx: &WriteTx,
    row: &batch::Model,
    asked: &Attesting<'_>,
    now: Micros,
) -> Result<(Vec<batch_line::Model>, Vec<batch_line::Model>), AnonymiseError> {
    let mut not_done = match asked.not_done {
        Some(file) => read_not_done(file)?,
        None => BTreeSet::new(),
    };
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for line in by_hand::waiting(tx, row).await? {
        if not_done.remove(&by_hand::number(&line)) {
            left.push(ended(line, LineState::Withheld, Some(NOT_DONE.to_owned()), now));
        } else {
            done.push(ended(line, LineState::Anonymised, None, now));
        }
    }
    let number = || row.number.clone();
    if let Some(line) = not_done.first() {
        return Err(AnonymiseError::NoSuchLine(number(), *line));
    }
    if done.is_empty() {
        return Err(AnonymiseError::NothingDone(number()));
    }
    if done.len() as u64 != asked.lines {
        let (said, may) = (asked.lines, done.len() as u64);
        return Err(AnonymiseError::Count { number: number(), said, may });
    }
    Ok((done, left))
}

/// Says of lines that came under a hold since they were listed what is so: those
/// done were done before the hold was known, and the others are held. How many
/// of those done.
async fn held_meanwhile(
    tx: &WriteTx,
    row: &batch::Model,
    done: &mut [batch_line::Model],
    left: &mut [batch_line::Model],
) -> Result<usize, AnonymiseError> {
    let (holds, register) = (holds::active(&**tx).await?, Register::of(&**tx, row).await?);
    let held = |line: &batch_line::Model| {
        let place = register.place(line);
        holds.iter().find(|hold| hold.covers(&place)).map(|hold| hold.kind)
    };
    for line in left {
        if let Some(kind) = held(line) {
            line.why = Some(format!("held:{}", kind.name()));
        }
    }
    let late = done.iter_mut().filter(|line| held(line).is_some());
    Ok(late.map(|line| line.why = Some(DONE_BEFORE.to_owned())).count())
}

/// Whether people hold a list of this batch of which they have not said yet what
/// they did.
pub(super) async fn is_with_people(
    database: &impl ConnectionTrait,
    row: &batch::Model,
) -> Result<bool, CatalogueError> {
    if row.action.0 != DisposalAction::Anonymise {
        return Ok(false);
    }
    let order = anonymisation::Entity::find_by_id(row.id).one(database).await?;
    Ok(order.is_some_and(|order| order.attested_at.is_none()))
}

/// The digest over these lines.
fn over(lines: &[batch_line::Model]) -> String {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    audit::digest::of_json(&serde_json::json!(ids))
}
