//! Batches that a restored catalogue takes for open, and that were carried out and
//! certified after its backup was made. Their certificates and sealed lists lie
//! outside the catalogue and say what became of every line: it takes that over, so
//! that nothing is certified twice, and whoever asks hears what is so. No store is
//! looked at, and nothing is touched in any.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::StoreId;
use retaind_schedules::period::{Period, Rounding};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::Serialize;

use super::certify::forget;
use super::record::{self, Besides};
use super::shift::moved;
use crate::audit::{By, Motive};
use crate::catalogue::entity::{batch, record_type};
use crate::catalogue::values::Text;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::list::page;
use crate::plural::counted;
use crate::proof::{
    self, Certificate, ManifestLine, ProofError, Prover, Signed, Went, folder, manifest,
    partly_gone, stub_insert, wholly_gone,
};
use crate::upkeep::restore;

/// Why a line stands where it does that did not go: the catalogue does not know.
const AS_CERTIFIED: &str = "as-certified";

/// A batch of which the catalogue knows again what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenOver {
    /// Its number.
    pub batch: String,
    /// The number of its certificate.
    pub certificate: String,
    /// How many of its lines went.
    pub gone: u64,
}

impl fmt::Display for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { batch, certificate, gone } = self;
        let items = counted(*gone, "item", "items");
        write!(
            f,
            "batch {batch} was carried out since then: {items} went, by certificate {certificate}"
        )
    }
}

/// Takes over what certificates say that a restored catalogue does not have, of its
/// own batches: where their seals are this organisation's, and the list behind each
/// can be read and is the batch's. Whatever else lies there is left to the guard that
/// halts such a batch, and to the report of what is gone.
///
/// # Errors
///
/// Where the catalogue fails or a file cannot be read: what was taken over by then is.
pub async fn take_over(
    prover: &Prover<'_>,
    manifest_kept: Period,
    now: Timestamp,
) -> Result<Vec<TakenOver>, ProofError> {
    let read = prover.catalogue.read();
    if restore::last(read).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut lost = folder::lost(prover, now).await?;
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    lost.sort_by_key(|signed| signed.certificate.issued_at);
    let lists = folder::manifests_by_digest(prover.state)?;
    let mut taken = Vec::new();
    for signed in lost {
        let Some(row) = open_batch_of(read, &signed.certificate).await? else { continue };
        let list = lists.get(&signed.certificate.manifest_digest);
        let Some((_, list)) = list.filter(|(batch, _)| *batch == row.id) else { continue };
        let Ok(list) = manifest::open(list, prover.keys, row.id) else { continue };
        let kept_until =
            manifest_kept.after(london_date(signed.certificate.issued_at), Rounding::Keep);
        let tx = prover.catalogue.write_tx().await?;
        let over = Over { tx: &tx, prover, signed: &signed, now };
        let Some(gone) = over.batch(&row, &list).await? else { continue };
        proof::known_again(&tx, &signed, row.id, kept_until, now).await?;
        over.certified(row.clone()).await?;
        tx.commit().await?;
        let certificate = signed.certificate.number;
        taken.push(TakenOver { batch: row.number, certificate, gone });
    }
    Ok(taken)
}

/// The certificate that says that this batch was carried out after the backup that the
/// catalogue was restored from was made.
pub(super) async fn certified_since(
    prover: &Prover<'_>,
    batch: &batch::Model,
) -> Result<Option<String>, ProofError> {
    if restore::last(prover.catalogue.read()).await?.is_none() {
        return Ok(None);
    }
    let mut lost = folder::unknown(prover.catalogue.read(), prover.state).await?.into_iter();
    let found = lost.find(|signed| is_of(&signed.certificate, batch));
    Ok(found.map(|signed| signed.certificate.number))
}

fn is_of(certificate: &Certificate, batch: &batch::Model) -> bool {
    certificate.batch.number == batch.number
        && Some(&certificate.batch.digest) == batch.digest.as_ref()
}

/// The batch of this certificate, where it is not over.
async fn open_batch_of(
    database: &impl ConnectionTrait,
    certificate: &Certificate,
) -> Result<Option<batch::Model>, CatalogueError> {
    use BatchState::{Certified, Expired, Rejected, Withdrawn};
    let number = batch::Column::Number.eq(&certificate.batch.number);
    let row = batch::Entity::find().filter(number).one(database).await?;
    let is_over =
        |row: &batch::Model| matches!(row.state.0, Certified | Expired | Rejected | Withdrawn);
    Ok(row.filter(|row| is_of(certificate, row) && !is_over(row)))
}

/// One certificate that is taken over.
struct Over<'a> {
    tx: &'a WriteTx,
    prover: &'a Prover<'a>,
    signed: &'a Signed,
    now: Timestamp,
}

impl Over<'_> {
    /// Writes what became of each line; how many went. Nothing, where this is not
    /// the list of the batch.
    async fn batch(
        &self,
        row: &batch::Model,
        list: &[ManifestLine],
    ) -> Result<Option<u64>, ProofError> {
        let code = record_type::Entity::find_by_id(row.record_type_id).one(&**self.tx).await?;
        let code = code.map(|kind| kind.code).unwrap_or_default();
        let certificate = &self.signed.certificate;
        let of_batch = Went {
            record_type_code: &code,
            schedule_version: &certificate.schedule.version,
            rule: &certificate.schedule.rule,
            disposed_at: certificate.finished_at,
            batch_id: row.id,
            batch: &row.number,
            store: StoreId(row.store_id),
        };
        let (mut of_list, mut gone, mut went_before) = (list.iter(), 0, HashSet::new());
        let mut from = 0;
        loop {
            let mut lines = page(row.id, from).all(&**self.tx).await?;
            let Some(last) = lines.last() else { break };
            from = last.position + 1;
            for line in &mut lines {
                let Some(listed) = of_list.next() else { return Ok(None) };
                let Ok(state) = listed.outcome.parse::<LineState>() else { return Ok(None) };
                if listed.locator != line.locator {
                    return Ok(None);
                }
                // What had gone before the backup was made stands as it went.
                if line.state.0.is_disposed_of() {
                    went_before.insert(line.id);
                    continue;
                }
                line.state = Text(state);
                line.why = (!state.is_disposed_of()).then(|| AS_CERTIFIED.to_owned());
                // What its owner kept, or never let go, was never begun with.
                let was_begun = !matches!(state, LineState::Pending | LineState::Kept);
                line.ended_at = was_begun.then_some(certificate.finished_at.into());
            }
            lines.retain(|line| !went_before.contains(&line.id));
            record::save(self.tx, &lines, Besides::Nothing).await?;
            let went = || lines.iter().filter(|line| line.state.0.is_disposed_of());
            gone += went().count() as u64;
            let partly = partly_gone(&**self.tx, went().map(|line| line.id)).await?;
            wholly_gone(self.tx, partly.iter().copied()).await?;
            let rest = went().filter(|line| !partly.contains(&line.id));
            let stubs = of_batch.rows(self.prover.keys, rest.map(|line| (line, false)));
            stub_insert(self.tx, &stubs).await?;
        }
        Ok(of_list.next().is_none().then_some(gone + went_before.len() as u64))
    }

    /// The batch is over, and its items are known no more.
    async fn certified(&self, row: batch::Model) -> Result<(), CatalogueError> {
        forget(self.tx, row.id, StoreId(row.store_id)).await?;
        let certificate = &self.signed.certificate.number;
        let why = format!("certificate {certificate}, given after the backup was made");
        let (next, why) = (BatchState::Certified, Motive::own(why));
        moved(self.tx, row, next, why, &By::Service, self.now).await?;
        Ok(())
    }
}
