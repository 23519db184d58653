//! What people carry out themselves, as an archive's transfer and making records
//! anonymous: which lines may go today, which stay, and the list of the first.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use retaind_schedules::batch::{LineState, Verdict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;
use uuid::Uuid;

use super::act::Sees;
use super::judge::Judgement;
use super::shift::Shift;
use super::stop::DisposalError;
use super::{chunk, record};
use crate::audit::{self, Action, By, Motive};
use crate::catalogue::entity::{batch, batch_line};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal;
use crate::scan::run::Scanner;

/// The lines of a batch, as they may or may not go today.
#[derive(Default)]
pub(super) struct Sorted {
    /// That may, in order.
    pub(super) may: Vec<batch_line::Model>,
    /// That stay, and why.
    pub(super) left: Vec<batch_line::Model>,
}

/// Judges every line that still waits, and writes nothing.
pub(super) async fn sort<A: Sees>(shift: &Shift) -> Result<Sorted, DisposalError> {
    let now = Micros::from(shift.scanner.clock.now());
    let mut sorted = Sorted::default();
    chunk::weigh_all::<A>(shift, |line, judgement| {
        if line.verdict.0 != Verdict::Include {
            return;
        }
        match judgement {
            Judgement::Granted(..) => sorted.may.push(line),
            Judgement::Withheld(why) => {
                sorted.left.push(ended(line, LineState::Withheld, Some(why.word()), now));
            }
            Judgement::Gone => sorted.left.push(ended(line, LineState::Missing, None, now)),
        }
    })
    .await?;
    sorted.may.sort_by_key(|line| line.position);
    Ok(sorted)
}

/// The line with its outcome.
pub(super) fn ended(
    line: batch_line::Model,
    state: LineState,
    why: Option<String>,
    now: Micros,
) -> batch_line::Model {
    batch_line::Model { state: Text(state), why, ended_at: Some(now), ..line }
}

/// Leaves lines where their items are, and says so in the chain.
pub(super) async fn withhold(
    tx: &WriteTx,
    row: &batch::Model,
    lines: &[batch_line::Model],
    scanner: &Scanner,
) -> Result<(), CatalogueError> {
    if lines.is_empty() {
        return Ok(());
    }
    record::save(tx, lines, record::Besides::Nothing).await?;
    let mut why: BTreeMap<&str, u64> = BTreeMap::new();
    for line in lines {
        *why.entry(line.why.as_deref().unwrap_or("missing")).or_default() += 1;
    }
    let said: Vec<String> = why.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let digest = audit::digest::of_json(&serde_json::json!(ids));
    let (said, now) = (Motive::own(said.join(", ")), scanner.clock.now());
    let action = Action::LinesWithheld;
    disposal::enter(tx, By::Service, action, row, Some(digest), said, now).await
}

/// The lines that are still to go, in order.
pub(super) async fn waiting(
    tx: &WriteTx,
    row: &batch::Model,
) -> Result<Vec<batch_line::Model>, CatalogueError> {
    Ok(batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(row.id))
        .filter(batch_line::Column::State.eq(Text(LineState::Pending)))
        .filter(batch_line::Column::Verdict.eq(Text(Verdict::Include)))
        .order_by_asc(batch_line::Column::Position)
        .all(&**tx)
        .await?)
}

/// Its number on the list, as people count.
pub(super) const fn number(line: &batch_line::Model) -> u64 {
    line.position.unsigned_abs() + 1
}

/// Writes a list, which names records, for its owner alone to read: a file that
/// does not exist yet.
pub(super) fn write_list(
    list: &Path,
    rows: impl IntoIterator<Item = impl Serialize>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(list)?;
    let mut writer = csv::Writer::from_writer(file);
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)?.sync_all()
}
