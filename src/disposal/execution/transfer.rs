//! Handing a batch over to an archive (G6).
//!
//! An offer takes the checksum of every item that may go today, and gives them
//! as a list for the archive. No local copy goes before the archive's own
//! checksums are recorded with its reference; what does not match stays here.

mod error;
mod files;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::permit::{Quarantine, Withheld};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set,
};
use serde::Serialize;
use uuid::Uuid;

use super::act::Sees as _;
use super::by_hand::{self, Sorted, ended, withhold};
use super::judge::{Against, Seen, place};
use super::shift::{Shift, by_number};
use super::stop::{DisposalError, Stop};
use super::{guards, record};
use crate::audit::{self, Action, By, Motive};
use crate::catalogue::WriteTx;
use crate::catalogue::entity::{batch, batch_line, transfer, transfer_checksum};
use crate::catalogue::values::{CivilDate, Micros};
use crate::disposal::list::life;
use crate::disposal::{self, ApprovalError};
use crate::holds;
use crate::people::{Actor, Role};
use crate::plural::counted;
use crate::scan::run::Scanner;
use crate::scan::sift::holds_on;

pub use error::TransferError;
pub use files::Checksums;
use files::write_list;

/// Who may offer, and record what the archive answered.
const MAY: &[Role] = &[Role::RecordsManager, Role::Archivist];

/// Why a line stays whose two checksums are not the same.
const DIFFERS: &str = "checksum-differs";

/// Rows in one statement.
const ROWS: usize = 500;

/// What was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// The batch's number.
    pub batch: String,
    /// To whom.
    pub archive: String,
    /// The list for the archive.
    pub list: PathBuf,
    /// Lines on it.
    pub lines: u64,
    /// Lines that stay: held, changed, or not there.
    pub left: u64,
}

/// What the archive took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The batch's number.
    pub batch: String,
    /// The archive's reference.
    pub reference: String,
    /// Lines whose checksums are the same: their local copies may go.
    pub matched: u64,
    /// Lines that stay here: theirs differs, or they gave none.
    pub withheld: u64,
}

/// Offers an authorised batch to an archive, and writes the list for it.
///
/// # Errors
///
/// Where the batch may not be carried out, an item cannot be read to its end, or
/// the list cannot be written; then nothing is offered.
pub async fn offer(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    archive: &str,
    list: &Path,
) -> Result<Offered, TransferError> {
    let archive = disposal::said(archive)?;
    let batch = by_number(scanner.catalogue.read(), number).await?;
    may_be_offered(&batch)?;
    let shift = Shift::begin(scanner, batch).await?;
    let stops = guards::all(&shift, scanner.clock.now()).await?;
    let over = |stop: &Stop| !stop.only_waits() || matches!(stop, Stop::Late(_));
    if let Some(stop) = stops.into_iter().find(over) {
        return Err(shift.stopped(stop).into());
    }
    let sorted = by_hand::sort::<Quarantine>(&shift).await?;
    let (going, left) = read(&shift, sorted).await?;

    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    let by = by(&tx, actor, scanner.clock.today()).await?;
    let row = disposal::locked(&tx, number).await?;
    may_be_offered(&row)?;
    if let Some(known) = transfer::Entity::find_by_id(row.id).one(&*tx).await? {
        return Err(TransferError::Offered(row.number, known.archive));
    }
    // A hold that came meanwhile has withheld its lines.
    let (going, left) = (still(&tx, going).await?, still(&tx, left).await?);
    if going.is_empty() {
        return Err(TransferError::NothingToOffer(row.number));
    }
    let offered = transfer::Model {
        batch_id: row.id,
        archive: archive.clone(),
        offered_by: actor.person.0,
        offered_at: Micros::from(now),
        accepted_ref: None,
        accepted_on: None,
        recorded_by: None,
        recorded_at: None,
    };
    transfer::Entity::insert(offered.into_active_model()).exec_without_returning(&*tx).await?;
    let sums: Vec<transfer_checksum::Model> =
        going.iter().map(|(line, ours)| sum(line, ours, None)).collect();
    save_sums(&tx, &sums).await?;
    let left: Vec<batch_line::Model> = left.into_iter().map(|(line, _)| line).collect();
    withhold(&tx, &row, &left, scanner).await?;
    let digest = audit::digest::of_json(&serde_json::json!(
        sums.iter().map(|sum| (sum.batch_line_id, &sum.ours)).collect::<Vec<_>>()
    ));
    let said = Motive::own(counted(sums.len() as u64, "line", "lines")).and_typed(archive.as_str());
    disposal::enter(&tx, by, Action::TransferOffered, &row, Some(digest), said, now).await?;
    write_list(list, &going)?;
    // A list that is left where this fails is of no offer: no answer to it is taken.
    tx.commit().await?;
    let (lines, left) = (sums.len() as u64, left.len() as u64);
    Ok(Offered { batch: row.number, archive, list: list.to_owned(), lines, left })
}

/// Records that the archive took the items, with its own checksums. What it did
/// not take whole stays here; the rest goes at the next run.
///
/// # Errors
///
/// Where the batch was not offered, or nothing in the checksums is ours; then
/// nothing is recorded.
pub async fn accept(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    reference: &str,
    on: Date,
    theirs: &Checksums,
) -> Result<Accepted, TransferError> {
    let reference = disposal::said(reference)?;
    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    let by = by(&tx, actor, scanner.clock.today()).await?;
    let row = disposal::locked(&tx, number).await?;
    let offered = open_offer(&tx, &row).await?;
    let (from, today) = (london_date(offered.offered_at.timestamp()), scanner.clock.today());
    if on < from || on > today {
        return Err(TransferError::Day(on, from, today));
    }
    let (mut sums, mut differ, mut matched) = (Vec::new(), Vec::new(), 0);
    for (line, ours) in waiting(&tx, &row).await? {
        let given = theirs.of(by_hand::number(&line)).map(str::to_owned);
        let same = given.is_some() && given == ours;
        sums.extend(ours.map(|ours| sum(&line, &ours, given)));
        if same {
            matched += 1;
        } else {
            differ.push(ended(line, LineState::Withheld, Some(DIFFERS.to_owned()), now.into()));
        }
    }
    if matched == 0 {
        return Err(TransferError::NoneMatch(row.number, theirs.from.clone()));
    }
    save_sums(&tx, &sums).await?;
    withhold(&tx, &row, &differ, scanner).await?;
    let change = transfer::ActiveModel {
        batch_id: Set(row.id),
        accepted_ref: Set(Some(reference.clone())),
        accepted_on: Set(Some(CivilDate(on))),
        recorded_by: Set(Some(actor.person.0)),
        recorded_at: Set(Some(Micros::from(now))),
        ..Default::default()
    };
    change.update(&*tx).await?;
    let said = Motive::own(format!("{} accepted", counted(matched, "line", "lines")))
        .and_typed(reference.as_str());
    let digest = row.digest.clone();
    disposal::enter(&tx, by, Action::TransferAccepted, &row, digest, said, now).await?;
    tx.commit().await?;
    let withheld = differ.len() as u64;
    Ok(Accepted { batch: row.number, reference, matched, withheld })
}

/// Records that the archive will not take a batch, which ends it: nothing goes.
///
/// # Errors
///
/// Where the batch was not offered, or was accepted, or no reason is given.
pub async fn decline(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    reason: &str,
) -> Result<(), TransferError> {
    let reason = disposal::said(reason)?;
    let (tx, now) = (scanner.catalogue.write_tx().await?, scanner.clock.now());
    let by = by(&tx, actor, scanner.clock.today()).await?;
    let row = disposal::locked(&tx, number).await?;
    open_offer(&tx, &row).await?;
    let nothing = <batch::ActiveModel as Default>::default();
    disposal::step(&tx, &row, BatchState::Withdrawn, now, nothing).await?;
    let digest = row.digest.clone();
    disposal::enter(&tx, by, Action::TransferDeclined, &row, digest, Motive::typed(reason), now)
        .await?;
    Ok(tx.commit().await?)
}

fn may_be_offered(row: &batch::Model) -> Result<(), TransferError> {
    if row.action.0 != DisposalAction::Transfer {
        return Err(TransferError::OtherAction(row.number.clone(), row.action.0));
    }
    if row.state.0 != BatchState::Authorised {
        return Err(ApprovalError::NotNow { number: row.number.clone(), state: row.state.0 }.into());
    }
    Ok(())
}

/// Who acts, where they may.
async fn by(tx: &WriteTx, actor: &Actor, today: Date) -> Result<By, TransferError> {
    let actor = disposal::present(tx, actor, today).await?;
    let role = actor.first_of(MAY).ok_or_else(|| ApprovalError::MayNot {
        name: actor.name.clone(),
        act: "hand records over to an archive",
        needs: "a records manager or an archivist",
    })?;
    Ok(By::person(&actor, role))
}

/// The offer that waits for the archive's answer.
async fn open_offer(tx: &WriteTx, row: &batch::Model) -> Result<transfer::Model, TransferError> {
    let known = transfer::Entity::find_by_id(row.id).one(&**tx).await?;
    let known = known.ok_or_else(|| TransferError::NotOffered(row.number.clone()))?;
    if let Some(reference) = known.accepted_ref {
        return Err(TransferError::Accepted(row.number.clone(), reference));
    }
    may_be_offered(row)?;
    Ok(known)
}

type Summed = (batch_line::Model, String);

/// Those of the lines that may go, each with the checksum of what was approved;
/// and those that stay.
pub(super) async fn read(
    shift: &Shift,
    Sorted { may, mut left }: Sorted,
) -> Result<(Vec<Summed>, Vec<Summed>), TransferError> {
    let now = Micros::from(shift.scanner.clock.now());
    let mut going = Vec::with_capacity(may.len());
    for line in may {
        // Reading many takes long, and what is held by now is not read.
        if let Some(why) = held_now(shift, &line).await? {
            left.push(ended(line, LineState::Withheld, Some(why), now));
            continue;
        }
        match checksum(shift, &line).await? {
            Some(ours) => going.push((line, ours)),
            None => {
                left.push(ended(line, LineState::Withheld, Some("changed".to_owned()), now));
            }
        }
    }
    Ok((going, left.into_iter().map(|line| (line, String::new())).collect()))
}

/// Why a line's item is not read, where a hold covers it at this moment.
async fn held_now(
    shift: &Shift,
    line: &batch_line::Model,
) -> Result<Option<String>, DisposalError> {
    let holds = holds::active(shift.scanner.catalogue.read()).await?;
    let on = holds_on(&holds, &place(shift.plan(line.mapping_id)?, line, life(line)));
    Ok((!on.is_empty()).then(|| Against::Refused(Withheld::Held(on)).word()))
}

/// The checksum of a line's item; none where it is no longer what was approved.
async fn checksum(
    shift: &Shift,
    line: &batch_line::Model,
) -> Result<Option<String>, DisposalError> {
    let order = shift.plan(line.mapping_id)?.order();
    let ours = shift.connector.checksum(&order, &line.locator).await?;
    let seen = Quarantine::look(&shift.connector, &order, std::slice::from_ref(line)).await?;
    let same = matches!(
        &seen[..],
        [Seen::InPlace(found)] if found.fingerprint.to_string() == line.fingerprint
    );
    Ok(same.then(|| ours.to_ascii_lowercase()))
}

/// Those of these lines that nobody has settled meanwhile.
async fn still(tx: &WriteTx, lines: Vec<Summed>) -> Result<Vec<Summed>, TransferError> {
    let mut rows: Vec<batch_line::Model> = lines.iter().map(|(line, _)| line.clone()).collect();
    record::still_pending(tx, &mut rows).await?;
    let rows: HashSet<Uuid> = rows.iter().map(|line| line.id).collect();
    Ok(lines.into_iter().filter(|(line, _)| rows.contains(&line.id)).collect())
}

/// The lines that wait for the archive, each with our checksum of it.
async fn waiting(
    tx: &WriteTx,
    row: &batch::Model,
) -> Result<Vec<(batch_line::Model, Option<String>)>, TransferError> {
    let lines = by_hand::waiting(tx, row).await?;
    let mut ours: HashMap<Uuid, String> = HashMap::new();
    for part in lines.chunks(ROWS) {
        let ids = part.iter().map(|line| line.id);
        let sums = transfer_checksum::Entity::find()
            .filter(transfer_checksum::Column::BatchLineId.is_in(ids))
            .all(&**tx)
            .await?;
        ours.extend(sums.into_iter().map(|sum| (sum.batch_line_id, sum.ours)));
    }
    let with_ours = |line: batch_line::Model| {
        let ours = ours.remove(&line.id);
        (line, ours)
    };
    Ok(lines.into_iter().map(with_ours).collect())
}

fn sum(line: &batch_line::Model, ours: &str, theirs: Option<String>) -> transfer_checksum::Model {
    let (ours, fingerprint) = (ours.to_owned(), line.fingerprint.clone());
    transfer_checksum::Model { batch_line_id: line.id, ours, theirs, fingerprint }
}

async fn save_sums(tx: &WriteTx, sums: &[transfer_checksum::Model]) -> Result<(), TransferError> {
    for part in sums.chunks(ROWS) {
        let known = OnConflict::column(transfer_checksum::Column::BatchLineId)
            .update_column(transfer_checksum::Column::Theirs)
            .to_owned();
        let rows = part.iter().cloned().map(transfer_checksum::Model::into_active_model);
        transfer_checksum::Entity::insert_many(rows)
            .on_conflict(known)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}
