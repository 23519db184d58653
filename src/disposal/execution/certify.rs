//! The certificate of a batch whose every line has its outcome, and the end of
//! what the catalogue knew of the items that are gone.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;

use futures_util::{TryStreamExt as _, try_join};
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::StoreId;
use retaind_schedules::period::Rounding;
use retaind_schedules::rule::RetentionRule;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::left::PARTLY;
use super::method::method;
use super::reviewed;
use super::shift::{Shift, locked, set_state};
use super::stop::DisposalError;
use crate::audit::{By, Motive};
use crate::catalogue::entity::{
    approval, asset, authority_signature, batch, batch_line, erasure_signature, intent, item,
    item_decision, person, record_type, rights_request, schedule_line, standing_authority,
};
use crate::catalogue::packed::packed;
use crate::catalogue::values::{CivilDate, JsonText, Micros, Text};
use crate::catalogue::words::{ActKind, Decision};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::forget::FORGOTTEN;
use crate::disposal::list::{self, Line};
use crate::holds;
use crate::proof::certificate::{
    ApprovalCertified, AssetNamed, Authority, BatchCertified, BeyondUse, Copies, Counted,
    ExecutedBy, HoldCheck, Named, Range, RuleCertified, StandingCertified,
};
use crate::proof::replay::WentBy;
use crate::proof::{self, ManifestLine, Particulars, Prover, Sealed, Sealer};
use crate::requests::called;

/// Gives the batch its certificate; its number.
pub(super) async fn certify(shift: &mut Shift) -> Result<String, DisposalError> {
    let scanner = &shift.scanner;
    let prover = scanner.prover();
    // One instant for all of it: nothing on a certificate is later than its issue,
    // even where the clock was set back a little since.
    let now = scanner.clock.now().max(last_closed(shift).await?);
    let key = proof::signing_key(&prover, now).await?;
    // The batch is locked before its list is sealed: who comes second would
    // seal a list that has been forgotten.
    let tx = scanner.catalogue.write_tx().await?;
    let row = locked(&tx, shift.batch.id).await?;
    if row.state.0 == BatchState::Certified {
        tx.rollback().await?;
        shift.refresh().await?;
        return published(shift).await;
    }
    // Who adds up reads what was committed, beside the transaction.
    let forgotten = async { Ok(forget(&tx, shift.batch.id, shift.store).await?) };
    let ((sums, sealed), ()) = try_join!(sum_up(shift, &prover), forgotten)?;
    let particulars = particulars(&*tx, shift, sums, now).await?;
    let issued = proof::issue(&tx, &prover, &key, particulars, &sealed, now).await?;
    shift.batch =
        set_state(&tx, row, BatchState::Certified, Motive::default(), &By::Service, scanner)
            .await?;
    tx.commit().await?;
    proof::publish(&prover).await?;
    Ok(issued.number)
}

/// When the last chunk of the batch was closed.
async fn last_closed(shift: &Shift) -> Result<Timestamp, CatalogueError> {
    let last: Option<Option<Micros>> = intent::Entity::find()
        .select_only()
        .column_as(intent::Column::ClosedAt.max(), "last")
        .filter(intent::Column::BatchId.eq(shift.batch.id))
        .into_tuple()
        .one(shift.scanner.catalogue.read())
        .await?;
    Ok(last.flatten().map_or(Timestamp::MIN, Micros::timestamp))
}

/// The number of the certificate that the batch has, with its file in place.
pub(super) async fn published(shift: &Shift) -> Result<String, DisposalError> {
    proof::publish(&shift.scanner.prover()).await?;
    let of_batch = proof::of_batch(shift.scanner.catalogue.read(), shift.batch.id).await?;
    Ok(of_batch.map(|row| row.number).unwrap_or_default())
}

/// What the lines of a batch came to.
#[derive(Default)]
struct Sums {
    lines: u64,
    count: u64,
    members: u64,
    bytes: u64,
    withheld: BTreeMap<String, u64>,
    failures: BTreeMap<String, u64>,
    due: Option<Range>,
    triggers: Option<Range>,
}

/// Adds up the lines, and seals the list of them.
async fn sum_up(shift: &Shift, prover: &Prover<'_>) -> Result<(Sums, Sealed), DisposalError> {
    let sealer = |fault| DisposalError::Proof(proof::ProofError::Manifest(fault));
    proof::folder::set_aside(prover, shift.batch.id)?;
    let file = prover.manifest_file(shift.batch.id);
    let mut manifest = Sealer::begin(&file, &shift.scanner.keys, shift.batch.id).map_err(sealer)?;
    let mut sums = Sums::default();
    // No line of it changes any more, and the transaction has one connection.
    let mut pages = pin!(list::all_of(shift.scanner.catalogue.read(), shift.batch.id).await?);
    while let Some(lines) = pages.try_next().await? {
        for line in lines {
            let went_by = sums.add(&line)?;
            let EndedLine { id, locator, state, .. } = line;
            let line = ManifestLine {
                store: shift.file.name.clone(),
                locator,
                outcome: state.0.name().to_owned(),
                stub: went_by.is_some().then_some(id),
                went_by,
            };
            manifest.line(&line).map_err(sealer)?;
        }
    }
    Ok((sums, manifest.finish().map_err(sealer)?))
}

packed! {
    /// Of a line what its certificate and the manifest say.
    EndedLine of batch_line {
        Position => position: i64,
        Id => id: Uuid,
        Locator => locator: String,
        Members => members: i64,
        Bytes => bytes: i64,
        DueOn => due_on: Option<CivilDate>,
        Facts => facts: JsonText,
        StoreFacts => store_facts: Option<JsonText>,
        QuarantinedAt => quarantined_at: Option<Micros>,
        EndedAt => ended_at: Option<Micros>,
        State => state: Text<LineState>,
        Why => why: Option<String>,
    }
}

impl Sums {
    /// Adds a line, and says what it went by where its item is gone.
    fn add(&mut self, line: &EndedLine) -> Result<Option<WentBy>, CatalogueError> {
        self.lines += 1;
        let why = || match &line.why {
            Some(why) => why.clone(),
            None => line.state.0.name().to_owned(),
        };
        match line.state.0 {
            state if state.is_disposed_of() => {
                self.count += 1;
                self.members += line.members.unsigned_abs();
                self.bytes += line.bytes.unsigned_abs();
                widen(&mut self.due, line.due_on.map(|day| day.0));
                let by = line.went_by()?;
                by.facts.known().for_each(|date| widen(&mut self.triggers, Some(date)));
                return Ok(Some(by));
            }
            LineState::Restored if why().starts_with(PARTLY) => {
                *self.failures.entry(why()).or_default() += 1;
            }
            LineState::Failed | LineState::Missing => {
                *self.failures.entry(why()).or_default() += 1;
            }
            _ => *self.withheld.entry(why()).or_default() += 1,
        }
        Ok(None)
    }
}

impl Line for EndedLine {
    fn position(&self) -> i64 {
        self.position
    }
}

impl EndedLine {
    /// What the store itself said last counts, where that was kept.
    fn went_by(&self) -> Result<WentBy, CatalogueError> {
        let kept = self.store_facts.as_ref().unwrap_or(&self.facts);
        let fault = |fault| CatalogueError::impossible("facts of a line", fault);
        let facts = kept.read().map_err(fault)?;
        let taken = self.quarantined_at.or(self.ended_at);
        let taken =
            taken.ok_or_else(|| CatalogueError::impossible("a line that went", "no day"))?;
        let due_on = self.due_on.map(|day| day.0);
        Ok(WentBy { facts, due_on, on: london_date(taken.timestamp()) })
    }
}

fn widen(range: &mut Option<Range>, date: Option<Date>) {
    let Some(date) = date else { return };
    *range = Some(match range {
        None => Range { first: date, last: date },
        Some(known) => Range { first: known.first.min(date), last: known.last.max(date) },
    });
}

async fn particulars(
    database: &impl ConnectionTrait,
    shift: &Shift,
    sums: Sums,
    now: Timestamp,
) -> Result<Particulars, DisposalError> {
    let (scanner, batch) = (&shift.scanner, &shift.batch);
    let asset = asset::Entity::find_by_id(batch.asset_id).one(database).await?;
    let asset = asset.ok_or_else(|| CatalogueError::impossible("batch.asset_id", "no asset"))?;
    let kind = record_type::Entity::find_by_id(batch.record_type_id).one(database).await?;
    let kind = kind.ok_or_else(|| CatalogueError::impossible("batch.record_type_id", "none"))?;
    let intents = intent::Entity::find()
        .filter(intent::Column::BatchId.eq(batch.id))
        .order_by_asc(intent::Column::OpenedAt)
        .all(database)
        .await?;
    let started_at = intents.first().map_or(now, |intent| intent.opened_at.timestamp());
    let finished_at =
        intents.iter().filter_map(|intent| intent.closed_at).max().map_or(now, Micros::timestamp);
    let counted = |counts: BTreeMap<String, u64>| {
        counts.into_iter().map(|(reason, count)| Counted { reason, count }).collect()
    };
    let until = scanner.clock.today();
    Ok(Particulars {
        batch_id: batch.id,
        batch: BatchCertified {
            number: batch.number.clone(),
            digest: batch.digest.clone().unwrap_or_default(),
        },
        organisation: scanner.config.organisation.name.clone(),
        recipients: asset.recipients(),
        asset: AssetNamed { reference: asset.reference, name: asset.name },
        record_type: Named { code: kind.code, title: kind.title },
        schedule: RuleCertified {
            version: shift.version.clone(),
            rule: batch.rule.clone(),
            words: batch.rule_words.clone(),
            basis: basis(database, batch.schedule_version_id, batch.record_type_id).await?,
        },
        destroyed_early_under: early_under(database, batch.erasure_request_id).await?,
        early_signed_by: early_signed(database, batch).await?,
        triggers: sums.triggers,
        due: sums.due,
        count: sums.count,
        members: sums.members,
        bytes: sums.bytes,
        stores: vec![shift.file.name.clone()],
        action: batch.action.0,
        method: method(database, batch).await?,
        started_at,
        finished_at: finished_at.max(started_at),
        authority: authority(database, shift).await?,
        executed_by: ExecutedBy {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        },
        hold_check: hold_check(database, shift, &intents, finished_at).await?,
        lines: sums.lines,
        withheld: counted(sums.withheld),
        failures: counted(sums.failures),
        copies: vec![copies(shift, until)],
        manifest_expires_on: Some(scanner.config.proof.manifest_kept.after(until, Rounding::Keep)),
    })
}

/// The check under which the last of it was destroyed; where nothing was by the
/// program, the last that it made, and else one that is made now.
async fn hold_check(
    database: &impl ConnectionTrait,
    shift: &Shift,
    intents: &[intent::Model],
    now: Timestamp,
) -> Result<HoldCheck, DisposalError> {
    let made = |intent: &intent::Model| {
        let (active_holds, digest) = (intent.holds?.unsigned_abs(), intent.holds_digest.clone()?);
        Some(HoldCheck { at: intent.opened_at.timestamp(), active_holds, digest })
    };
    let destroyed = intents.iter().rev().filter(|intent| intent.act == ActKind::Destroy);
    let last = destroyed.chain(intents.iter().rev()).find_map(made);
    if let Some(made) = last {
        return Ok(made);
    }
    let against = holds::against(database, shift.batch.id).await?;
    Ok(HoldCheck { at: now, active_holds: against.in_force, digest: against.digest() })
}

fn copies(shift: &Shift, from: Date) -> Copies {
    let until = shift.file.backup_retention.map(|kept| kept.after(from, Rounding::Keep));
    Copies {
        store: shift.file.name.clone(),
        beyond_use: until.map_or(BeyondUse::Unknown, BeyondUse::Until),
    }
}

/// What people call the request for erasure that the batch stands under.
async fn early_under(
    database: &impl ConnectionTrait,
    request: Option<Uuid>,
) -> Result<Option<String>, CatalogueError> {
    let Some(request) = request else { return Ok(None) };
    let row = rights_request::Entity::find_by_id(request).one(database).await?;
    let row = row.ok_or_else(|| CatalogueError::impossible("batch.erasure_request_id", "none"))?;
    Ok(Some(called(&row)))
}

/// Who signed what the list stands under, as it was when it was proposed.
async fn early_signed(
    database: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<Vec<ApprovalCertified>, DisposalError> {
    let Some((request, digest)) = batch.erasure_request_id.zip(batch.erasure_digest.as_ref())
    else {
        return Ok(Vec::new());
    };
    let rows = erasure_signature::Entity::find()
        .filter(erasure_signature::Column::RequestId.eq(request))
        .filter(erasure_signature::Column::AssetId.eq(batch.asset_id))
        .filter(erasure_signature::Column::Digest.eq(digest))
        .order_by_asc(erasure_signature::Column::At)
        .all(database)
        .await?;
    let mut signed = Vec::with_capacity(rows.len());
    for row in rows {
        signed.push(signature(database, row.person_id, &row.seat, row.at).await?);
    }
    Ok(signed)
}

async fn basis(
    database: &impl ConnectionTrait,
    version: Uuid,
    kind: Uuid,
) -> Result<Vec<String>, DisposalError> {
    let line = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(version))
        .filter(schedule_line::Column::RecordTypeId.eq(kind))
        .one(database)
        .await?;
    let Some(line) = line else { return Ok(Vec::new()) };
    let rule: RetentionRule = serde_json::from_value(line.rule)
        .map_err(|fault| CatalogueError::impossible("a rule", fault))?;
    let cited: Vec<String> = rule.basis.into_iter().map(|basis| basis.citation).collect();
    Ok(if cited.is_empty() { rule.justification.into_iter().collect() } else { cited })
}

async fn authority(
    database: &impl ConnectionTrait,
    shift: &Shift,
) -> Result<Authority, DisposalError> {
    let Some(id) = shift.batch.standing_authority_id else {
        let rows = approval::Entity::find()
            .filter(approval::Column::BatchId.eq(shift.batch.id))
            .filter(approval::Column::Decision.eq(Decision::Approve))
            .filter(approval::Column::Digest.eq(shift.batch.digest.clone().unwrap_or_default()))
            .order_by_asc(approval::Column::At)
            .all(database)
            .await?;
        let mut approvals = Vec::with_capacity(rows.len());
        for row in rows {
            approvals.push(signature(database, row.person_id, &row.stage, row.at).await?);
        }
        return Ok(Authority::Approvals(approvals));
    };
    let standing = standing_authority::Entity::find_by_id(id).one(database).await?;
    let standing = standing
        .ok_or_else(|| CatalogueError::impossible("batch.standing_authority_id", "none"))?;
    let rows = authority_signature::Entity::find()
        .filter(authority_signature::Column::AuthorityId.eq(id))
        .order_by_asc(authority_signature::Column::At)
        .all(database)
        .await?;
    let mut signed_by = Vec::with_capacity(rows.len());
    for row in rows {
        signed_by.push(signature(database, row.person_id, &row.role, row.at).await?);
    }
    let (reference, expires_on) = (standing.number, standing.expires_on.0);
    Ok(Authority::Standing(StandingCertified { reference, signed_by, expires_on }))
}

async fn signature(
    database: &impl ConnectionTrait,
    person: Uuid,
    role: &impl fmt::Display,
    at: Micros,
) -> Result<ApprovalCertified, DisposalError> {
    let known = person::Entity::find_by_id(person).one(database).await?;
    Ok(ApprovalCertified {
        name: known.map(|known| known.name).unwrap_or_default(),
        person: Some(person),
        role: role.to_string(),
        at: at.timestamp(),
    })
}

/// What the catalogue knew of items that are gone goes too: their stubs answer
/// for them, and the sealed manifest names them for as long as it is kept.
pub(super) async fn forget(
    tx: &WriteTx,
    batch: Uuid,
    store: StoreId,
) -> Result<(), CatalogueError> {
    let gone = [LineState::Destroyed, LineState::Transferred].map(Text);
    let places = batch_line::Entity::find()
        .select_only()
        .column(batch_line::Column::Locator)
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(batch_line::Column::State.is_in(LineState::DISPOSED_OF.map(Text)));
    let places = places.into_query();
    item::Entity::delete_many()
        .filter(item::Column::StoreId.eq(store.0))
        .filter(item::Column::Locator.in_subquery(places.clone()))
        .exec(&**tx)
        .await?;
    if reviewed::any(&**tx, store).await? {
        item_decision::Entity::update_many()
            .col_expr(item_decision::Column::Locator, Expr::value(FORGOTTEN))
            .filter(item_decision::Column::StoreId.eq(store.0))
            .filter(item_decision::Column::Locator.in_subquery(places))
            .exec(&**tx)
            .await?;
    }
    batch_line::Entity::update_many()
        .col_expr(batch_line::Column::Locator, Expr::value(FORGOTTEN))
        .col_expr(batch_line::Column::Reference, Expr::value(Option::<String>::None))
        .col_expr(batch_line::Column::Facts, Expr::value(serde_json::json!({})))
        .col_expr(batch_line::Column::StoreFacts, Expr::value(Option::<serde_json::Value>::None))
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(batch_line::Column::State.is_in(gone))
        .exec(&**tx)
        .await?;
    Ok(())
}
