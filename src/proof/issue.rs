//! Giving a batch its certificate, once; closing it, and letting its manifest
//! go, when their days have passed.

use std::collections::hash_map::{self, HashMap};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::certificate::{
    ApprovalCertified, AssetNamed, Authority, BatchCertified, Certificate, Copies, Counted,
    ExecutedBy, FORM, HoldCheck, Named, Range, RuleCertified, Signed,
};
use super::manifest::Sealed;
use super::{ProofError, Prover, verify};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::batch;
use crate::catalogue::entity::certificate::{self as row, Column};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::CertificateState;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::keys::file;
use crate::keys::signing::SigningKey;

/// What the executor knows of a batch that has ended. The rest of a
/// [`Certificate`] follows from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// Which batch.
    pub batch_id: Uuid,
    /// Its number and the digest that was approved.
    pub batch: BatchCertified,
    /// The organisation's name.
    pub organisation: String,
    /// The line of the register.
    pub asset: AssetNamed,
    /// The class of record.
    pub record_type: Named,
    /// The rule it went under.
    pub schedule: RuleCertified,
    /// The request for erasure under which it went before that rule's minimum ended.
    pub destroyed_early_under: Option<String>,
    /// Who signed what that request lets go.
    pub early_signed_by: Vec<ApprovalCertified>,
    /// The days from which the period ran, first and last.
    pub triggers: Option<Range>,
    /// The last days it had to be kept, first and last.
    pub due: Option<Range>,
    /// Items or units disposed of.
    pub count: u64,
    /// Files or rows in them.
    pub members: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The stores they were in, by name.
    pub stores: Vec<String>,
    /// What was to be done.
    pub action: DisposalAction,
    /// How it was done.
    pub method: String,
    /// When the first was acted on.
    pub started_at: Timestamp,
    /// When the last was.
    pub finished_at: Timestamp,
    /// On whose authority.
    pub authority: Authority,
    /// By which program, on which machine.
    pub executed_by: ExecutedBy,
    /// What was looked up of holds.
    pub hold_check: HoldCheck,
    /// Lines of the approved list.
    pub lines: u64,
    /// Lines kept back, by reason.
    pub withheld: Vec<Counted>,
    /// Lines that failed, by reason.
    pub failures: Vec<Counted>,
    /// What is known of backups and copies, for each store.
    pub copies: Vec<Copies>,
    /// Those who are to be told.
    pub recipients: Vec<String>,
    /// The last day its manifest is kept; nothing to keep it until someone says.
    pub manifest_expires_on: Option<Date>,
}

/// A certificate that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its number.
    pub number: String,
    /// Its digest.
    pub digest: String,
    /// Whether it was given now, or the batch had it already.
    pub now: IssuedNow,
}

/// Whether a certificate was given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuedNow {
    /// It was.
    Yes,
    /// The batch had it already.
    Before,
}

/// Signs the certificate of a batch and enters it in the audit chain, in the
/// caller's transaction. A batch that has one keeps that one. After the commit,
/// [`super::publish`] writes the file.
///
/// # Errors
///
/// Where the sums do not agree, or the catalogue fails: then nothing is signed.
pub async fn issue(
    tx: &WriteTx,
    prover: &Prover<'_>,
    key: &SigningKey,
    particulars: Particulars,
    manifest: &Sealed,
    now: Timestamp,
) -> Result<Issued, ProofError> {
    let head = audit::hold_head(tx).await?;
    if let Some(there) = of_batch(&**tx, particulars.batch_id).await? {
        return Ok(Issued { number: there.number, digest: there.digest, now: IssuedNow::Before });
    }
    let number = next_number(&**tx, prover, now).await?;
    let previous = last(&**tx).await?.map(|row| row.digest);
    let (batch_id, expires) = (particulars.batch_id, particulars.manifest_expires_on);
    let certificate = Certificate {
        previous_digest: previous,
        audit_head: head,
        ..certificate(particulars, number, manifest, now)
    };
    verify::sound(&certificate)?;
    let signed = certificate.sign(key);
    let row = row_of(&signed, batch_id, expires, now);
    let issued =
        Issued { number: row.number.clone(), digest: row.digest.clone(), now: IssuedNow::Yes };
    enter(tx, row, &signed.certificate.schedule.version, None, now).await?;
    Ok(issued)
}

async fn enter(
    tx: &WriteTx,
    row: row::Model,
    schedule_version: &str,
    why: Option<&str>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let (number, digest) = (row.number.clone(), row.digest.clone());
    row::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    let entry = Entry::new(By::Service, Action::CertificateIssued, subject(&number)).after(digest);
    let motive = why.map_or_else(Motive::default, Motive::own);
    audit::append(tx, now, &entry.because(motive).under(schedule_version)).await?;
    Ok(())
}

/// Writes a certificate that was given after the backup was made from which the
/// catalogue was restored, in the caller's transaction.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn known_again(
    tx: &WriteTx,
    signed: &Signed,
    batch: Uuid,
    manifest_expires_on: Date,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let certificate = &signed.certificate;
    let row = row_of(signed, batch, Some(manifest_expires_on), certificate.issued_at);
    enter(tx, row, &certificate.schedule.version, Some("from its file"), now).await
}

/// What an entry says was done to the certificate of this number.
pub(super) fn subject(number: &str) -> Subject {
    Subject::new("certificate", number)
}

/// The next of the London year that no certificate bears, in the catalogue or in
/// the folder: a restored catalogue does not know those issued since its backup.
async fn next_number(
    database: &impl ConnectionTrait,
    prover: &Prover<'_>,
    now: Timestamp,
) -> Result<String, ProofError> {
    let year = format!("C-{:04}-", london_date(now).year());
    let of_year = row::Entity::find().filter(Column::Number.starts_with(&year));
    let given: Vec<String> =
        of_year.select_only().column(Column::Number).into_tuple().all(database).await?;
    let serials = given.iter().filter_map(|number| number.strip_prefix(&year)?.parse().ok());
    let mut serial: u64 = serials.max().unwrap_or(0);
    loop {
        serial += 1;
        let number = format!("{year}{serial:04}");
        let path = prover.certificate_file(&number);
        match path.try_exists() {
            Ok(false) => return Ok(number),
            Ok(true) => {}
            Err(fault) => return Err(ProofError::Io(path, fault)),
        }
    }
}

/// The newest that none names as the one before it: those between may have been
/// given to batches that a restored catalogue does not have.
async fn last(database: &impl ConnectionTrait) -> Result<Option<row::Model>, CatalogueError> {
    let named = Query::select()
        .column(Column::PreviousDigest)
        .from(row::Entity)
        .and_where(Column::PreviousDigest.is_not_null())
        .to_owned();
    let unnamed = row::Entity::find()
        .filter(Column::Digest.not_in_subquery(named))
        .order_by_desc(Column::IssuedAt)
        .order_by_desc(Column::Id);
    Ok(unnamed.one(database).await?)
}

pub(super) fn certificate(
    particulars: Particulars,
    number: String,
    manifest: &Sealed,
    now: Timestamp,
) -> Certificate {
    let Particulars { organisation, asset, record_type, schedule, triggers, due, .. } = particulars;
    let Particulars { count, members, bytes, stores, action, method, started_at, .. } = particulars;
    let Particulars { finished_at, authority, executed_by, hold_check, lines, .. } = particulars;
    let Particulars { mut withheld, mut failures, copies, recipients, batch, .. } = particulars;
    let Particulars { destroyed_early_under, early_signed_by, .. } = particulars;
    withheld.sort();
    failures.sort();
    Certificate {
        form: FORM.to_owned(),
        number,
        organisation,
        asset,
        record_type,
        schedule,
        destroyed_early_under,
        early_signed_by,
        triggers,
        due,
        count,
        members,
        bytes,
        stores,
        action,
        method,
        started_at,
        finished_at,
        authority,
        executed_by,
        hold_check,
        lines,
        withheld,
        failures,
        copies,
        recipients,
        manifest_digest: manifest.digest.clone(),
        previous_digest: None,
        batch,
        audit_head: audit::Head::genesis(),
        issued_at: now,
    }
}

fn row_of(signed: &Signed, batch_id: Uuid, expires: Option<Date>, now: Timestamp) -> row::Model {
    let certificate = &signed.certificate;
    row::Model {
        id: id_at(now),
        number: certificate.number.clone(),
        batch_id,
        json: signed.text(),
        digest: signed.digest(),
        previous_digest: certificate.previous_digest.clone(),
        state: CertificateState::Open,
        beyond_use_until: certificate.beyond_use_until().map(CivilDate),
        issued_at: Micros::from(now),
        closed_at: None,
        manifest_digest: certificate.manifest_digest.clone(),
        manifest_expires_on: expires.map(CivilDate),
        manifest_destroyed_at: None,
    }
}

/// Every certificate, newest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(database: &impl ConnectionTrait) -> Result<Vec<row::Model>, CatalogueError> {
    let all = row::Entity::find().order_by_desc(Column::IssuedAt).order_by_desc(Column::Id);
    Ok(all.all(database).await?)
}

/// The certificate of a batch, once it has one: that of all that went in it.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn of_batch(
    database: &impl ConnectionTrait,
    batch: Uuid,
) -> Result<Option<row::Model>, CatalogueError> {
    Ok(row::Entity::find().filter(Column::BatchId.eq(batch)).one(database).await?)
}

/// What is said in the place of the number of a certificate that a batch was given
/// and that was taken away.
const MISSING: &str = "missing";

/// The number of the certificate of a batch, once it has one.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn number_of(
    database: &impl ConnectionTrait,
    batch: Uuid,
) -> Result<Option<String>, CatalogueError> {
    let number = row::Entity::find()
        .select_only()
        .column(Column::Number)
        .filter(Column::BatchId.eq(batch))
        .into_tuple::<String>()
        .one(database)
        .await?;
    if number.is_some() {
        return Ok(number);
    }
    let batch = batch::Entity::find_by_id(batch).one(database).await?;
    let certified = batch.filter(|batch| batch.state.0 == BatchState::Certified);
    Ok(certified.map(|_| MISSING.to_owned()))
}

/// The numbers of the certificates of batches, each asked for once.
#[derive(Debug, Default)]
pub struct Numbers(HashMap<Uuid, Option<String>>);

impl Numbers {
    /// The number of the certificate of a batch, once it has one.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn of(
        &mut self,
        database: &impl ConnectionTrait,
        batch: Uuid,
    ) -> Result<Option<&str>, CatalogueError> {
        let number = match self.0.entry(batch) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(unknown) => unknown.insert(number_of(database, batch).await?),
        };
        Ok(number.as_deref())
    }
}

/// The certificate of this number.
///
/// # Errors
///
/// Where there is none, or the catalogue fails.
pub async fn find(database: &impl ConnectionTrait, number: &str) -> Result<row::Model, ProofError> {
    let found = row::Entity::find().filter(Column::Number.eq(number)).one(database).await?;
    found.ok_or_else(|| ProofError::NoCertificate(number.to_owned()))
}

/// Closes every certificate whose last backup has lost its copy: the day it
/// lasts to has passed. One where that day is not known stays open. Returns
/// the numbers closed.
///
/// # Errors
///
/// Where the catalogue fails; then none is closed.
pub async fn close_due(
    prover: &Prover<'_>,
    today: Date,
    now: Timestamp,
) -> Result<Vec<String>, ProofError> {
    let tx = prover.catalogue.write_tx().await?;
    let due = row::Entity::find()
        .filter(Column::State.eq(CertificateState::Open))
        .filter(Column::BeyondUseUntil.lt(CivilDate(today)))
        .order_by_asc(Column::IssuedAt);
    let mut closed = Vec::new();
    for row in due.all(&*tx).await? {
        closed.push(row.number.clone());
        let entry = Entry::new(By::Service, Action::CertificateClosed, subject(&row.number));
        let (state, at) = (CertificateState::Closed, Some(Micros::from(now)));
        let row = row::Model { state, closed_at: at, ..row };
        row.into_active_model().reset_all().update(&*tx).await?;
        audit::append(&tx, now, &entry).await?;
    }
    tx.commit().await?;
    Ok(closed)
}

/// Destroys every manifest whose last day has passed; its digest stays in its
/// certificate. Returns the numbers of those certificates.
///
/// # Errors
///
/// Where the catalogue fails, or a file cannot be removed: it is tried again.
pub async fn expire_manifests(
    prover: &Prover<'_>,
    today: Date,
    now: Timestamp,
) -> Result<Vec<String>, ProofError> {
    let due = row::Entity::find()
        .filter(Column::ManifestDestroyedAt.is_null())
        .filter(Column::ManifestExpiresOn.lt(CivilDate(today)))
        .order_by_asc(Column::IssuedAt);
    let mut expired = Vec::new();
    for row in due.all(prover.catalogue.read()).await? {
        // The file goes first: whoever reads that it is gone must be right.
        let path = prover.manifest_file(row.batch_id);
        remove(&path).map_err(|error| ProofError::Io(path, error))?;
        let tx = prover.catalogue.write_tx().await?;
        let entry = Entry::new(By::Service, Action::ManifestExpired, subject(&row.number))
            .before(row.manifest_digest.clone());
        expired.push(row.number.clone());
        let row = row::Model { manifest_destroyed_at: Some(Micros::from(now)), ..row };
        row.into_active_model().reset_all().update(&*tx).await?;
        audit::append(&tx, now, &entry).await?;
        tx.commit().await?;
    }
    Ok(expired)
}

#[expect(clippy::disallowed_methods, reason = "a manifest is the program's own, not a store's")]
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => file::sync_folder_of(path),
    }
}
