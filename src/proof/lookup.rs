//! "Why do you not hold it?": what became of a record, by where it was, by the
//! case it belonged to or by the person it was about; and what went of a class of
//! records in some days.
//!
//! Places and cases are looked for as holds find them: a folder with all below it,
//! a name wherever it stands in a path, and neither upper case nor the kind of
//! slash counts. Every question is entered in the audit chain, with the keyed
//! digest of what was asked for in the place of its words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::london_midnight;
use retaind_schedules::hold::{Place, Scope, SubjectKey};
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult, PaginatorTrait as _,
    QueryFilter as _, QuerySelect,
};
use serde::Serialize;
use uuid::Uuid;

use super::certificate::{Authority, Signed};
use super::{ProofError, Prover, issue, may_ask, traces};
use crate::audit::{self, Action, Entry, Subject};
use crate::catalogue::entity::{batch, batch_line, item, stub};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::Disposed;
use crate::disposal::execution::left;
use crate::disposal::execution::open::UnderWay;
use crate::people::Actor;
use crate::stores::{self, Twins};
use crate::upkeep::gone::Lost;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// What stood here, below here, or in a folder that was disposed of as one.
    Locator(StoreId, String),
    /// What belonged to this case, or has its name in its path.
    Reference(String),
    /// What was about this person.
    Subject(String),
    /// What went of a class of records on some days.
    RecordType {
        /// The code of the record type.
        code: String,
        /// The first day.
        from: Option<Date>,
        /// The last day.
        to: Option<Date>,
    },
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Answer {
    /// What has gone, newest first.
    pub gone: Vec<Gone>,
    /// How many items went before it was kept where they stood: whether they are
    /// among what is asked for is not known.
    pub not_known: u64,
    /// The batches that have taken it out of reach, and not destroyed it.
    pub out_of_reach: Vec<String>,
    /// The certificates under which more of it went, after the backup was made that
    /// the catalogue was restored from.
    pub since_backup: BTreeSet<String>,
    /// How much the catalogue lists as still there: past its time, held or
    /// unexplained. What is not yet due is not listed anywhere.
    pub still_listed: u64,
    /// How much it lists that the last scan did not meet.
    pub not_met: u64,
}

/// What has gone in one way, in one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// How.
    pub how: Disposed,
    /// Whether only some of it went, and the rest was kept.
    pub partly: bool,
    /// How many items.
    pub items: u64,
    /// When the first of them went.
    pub first: Timestamp,
    /// When the last of them went.
    pub last: Timestamp,
    /// Its record type.
    pub record_type: String,
    /// The version of the schedule.
    pub schedule_version: String,
    /// The rule, in the notation.
    pub rule: String,
    /// The last day all of it had to be kept.
    pub due_on: Option<CivilDate>,
    /// In which batch.
    pub batch: String,
    /// Its certificate, once there is one.
    pub certificate: Option<String>,
    /// Who authorised it, in which role and when.
    pub authorised_by: Vec<String>,
}

/// Answers, and enters the question in the chain.
///
/// # Errors
///
/// Where the actor may not ask, or the catalogue fails.
pub async fn lookup(
    prover: &Prover<'_>,
    actor: &Actor,
    asked: &Asked,
    now: Timestamp,
) -> Result<Answer, ProofError> {
    let by = may_ask(actor)?;
    let tx = prover.catalogue.write_tx().await?;
    audit::append(&tx, now, &Entry::new(by, Action::LookupMade, asked.subject(prover))).await?;
    tx.commit().await?;
    let twins = stores::twins(prover.catalogue.read()).await?;
    let scopes = asked.scopes(prover, &twins);
    let mut gone = Vec::new();
    for group in groups(prover, asked.stubs(prover, &scopes)).await? {
        gone.push(said(prover, group).await?);
    }
    gone.sort_by_key(|gone| std::cmp::Reverse(gone.last));
    let lost = Lost::of(prover).await?;
    let mut answer = Answer {
        gone,
        not_known: not_known(prover, &scopes).await?,
        out_of_reach: out_of_reach(prover, &scopes).await?.into_values().collect(),
        since_backup: lost.under(&scopes).map(str::to_owned).collect(),
        ..Answer::default()
    };
    count_listed(prover, &scopes, &lost, &mut answer).await?;
    Ok(answer)
}

impl Asked {
    /// As the audit chain has it.
    fn subject(&self, prover: &Prover<'_>) -> Subject {
        let keys = prover.keys;
        match self {
            Self::Locator(store, locator) => {
                Subject::new("locator", keys.locator_mac(*store, locator))
            }
            Self::Reference(reference) => Subject::new("reference", keys.reference_mac(reference)),
            Self::Subject(person) => Subject::new("subject", keys.subject_key(person).0),
            Self::RecordType { code, .. } => Subject::new("record-type", code),
        }
    }

    /// As a hold would have it; none for a class, whose stubs say it by name. What
    /// went is known by the name that the store had then.
    fn scopes(&self, prover: &Prover<'_>, twins: &Twins) -> Vec<Scope> {
        match self {
            Self::Locator(store, prefix) => {
                let names = twins.of(store.0).into_iter().map(StoreId);
                names.map(|store| Scope::Location { store, prefix: prefix.clone() }).collect()
            }
            Self::Reference(reference) => vec![Scope::Reference(reference.clone())],
            Self::Subject(person) => vec![Scope::Subject(prover.keys.subject_key(person))],
            Self::RecordType { .. } => Vec::new(),
        }
    }

    fn stubs(&self, prover: &Prover<'_>, scopes: &[Scope]) -> Condition {
        use stub::Column as C;
        let Self::RecordType { code, from, to } = self else {
            let covered = scopes.iter().filter_map(|scope| traces::covered(prover.keys, scope));
            return covered.fold(Condition::any(), Condition::add);
        };
        let begins = |day: Date| london_midnight(day).map(Micros::from);
        let next = |day: Date| day.saturating_add(Span::new().days(1));
        Condition::all()
            .add(C::RecordTypeCode.eq(code.as_str()))
            .add_option(from.and_then(begins).map(|from| C::DisposedAt.gte(from)))
            .add_option(to.map(next).and_then(begins).map(|after| C::DisposedAt.lt(after)))
    }
}

/// What is the same of many stubs, and how many they are.
#[derive(Debug, FromQueryResult)]
struct Group {
    action: Disposed,
    partly: bool,
    record_type_code: String,
    schedule_version: String,
    rule: String,
    batch_id: Uuid,
    batch: String,
    items: i64,
    first: Micros,
    last: Micros,
    due_on: Option<CivilDate>,
}

async fn groups(prover: &Prover<'_>, these: Condition) -> Result<Vec<Group>, ProofError> {
    use stub::Column as C;
    let alike = [
        C::Action,
        C::Partly,
        C::RecordTypeCode,
        C::ScheduleVersion,
        C::Rule,
        C::BatchId,
        C::Batch,
    ];
    let stubs = stub::Entity::find().filter(these).select_only().columns(alike);
    let stubs = alike.into_iter().fold(stubs, QuerySelect::group_by);
    let counted = stubs
        .column_as(C::Id.count(), "items")
        .column_as(C::DisposedAt.min(), "first")
        .column_as(C::DisposedAt.max(), "last")
        .column_as(C::DueOn.max(), "due_on");
    Ok(counted.into_model().all(prover.catalogue.read()).await?)
}

/// How many stubs do not tell whether they are of these scopes.
async fn not_known(prover: &Prover<'_>, scopes: &[Scope]) -> Result<u64, ProofError> {
    let may: Vec<_> =
        scopes.iter().filter_map(|scope| traces::untraced(prover.keys, scope)).collect();
    if may.is_empty() {
        return Ok(0);
    }
    let any = may.into_iter().fold(Condition::any(), Condition::add);
    Ok(stub::Entity::find().filter(any).count(prover.catalogue.read()).await?)
}

/// The batches that have something of these scopes out of reach.
async fn out_of_reach(
    prover: &Prover<'_>,
    scopes: &[Scope],
) -> Result<BTreeMap<Uuid, String>, ProofError> {
    let read = prover.catalogue.read();
    let of_batches = batch_line::Entity::find().filter(left::still_held());
    let of_batches = of_batches.select_only().column(batch_line::Column::BatchId).distinct();
    let mut found = BTreeMap::new();
    for id in of_batches.into_tuple::<Uuid>().all(read).await? {
        let Some(batch) = batch::Entity::find_by_id(id).one(read).await? else { continue };
        let open = UnderWay::of(read, id).await?;
        let mut lines = batch_line::Entity::find()
            .filter(batch_line::Column::BatchId.eq(id))
            .filter(left::still_held())
            .stream(read)
            .await?;
        while let Some(line) = lines.try_next().await? {
            let (reference, subject) = (line.reference.as_deref(), line.subject_key.clone());
            let of_it = Place { is_unit: line.is_unit, ..at(batch.store_id, &line.locator) };
            if open.or_held(&line) && is_asked(scopes, of_it, reference, subject) {
                found.insert(id, batch.number);
                break;
            }
        }
    }
    Ok(found)
}

/// What the catalogue lists of these scopes, and what the last scan did not meet of it.
async fn count_listed(
    prover: &Prover<'_>,
    scopes: &[Scope],
    lost: &Lost,
    answer: &mut Answer,
) -> Result<(), ProofError> {
    use item::Column as C;
    if scopes.is_empty() {
        return Ok(());
    }
    let may = scopes.iter().map(|scope| match scope {
        Scope::Location { store, .. } => C::StoreId.eq(store.0),
        Scope::Subject(key) => C::SubjectKey.eq(key.0.as_str()),
        _ => Expr::val(true),
    });
    let may = may.fold(Condition::any(), Condition::add);
    let columns = [C::StoreId, C::Locator, C::IsUnit, C::Reference, C::SubjectKey, C::Missed];
    let mut rows = item::Entity::find()
        .filter(may)
        .select_only()
        .columns(columns)
        .into_tuple::<(Uuid, String, bool, Option<String>, Option<String>, i64)>()
        .stream(prover.catalogue.read())
        .await?;
    while let Some((store, locator, is_unit, reference, subject, missed)) = rows.try_next().await? {
        let of_it = Place { is_unit, ..at(store, &locator) };
        if !is_asked(scopes, of_it, reference.as_deref(), subject) {
            continue;
        }
        match lost.covers(store, &locator) {
            Some(certificate) => {
                answer.since_backup.insert(certificate.to_owned());
            }
            None if missed > 0 => answer.not_met += 1,
            None => answer.still_listed += 1,
        }
    }
    Ok(())
}

fn at(store: Uuid, locator: &str) -> Place<'_> {
    Place { store: Some(StoreId(store)), locator, ..Place::default() }
}

fn is_asked<'a>(
    scopes: &[Scope],
    place: Place<'a>,
    reference: Option<&'a str>,
    subject: Option<String>,
) -> bool {
    let references = reference.into_iter().collect();
    let subjects = subject.map(SubjectKey).into_iter().collect();
    let place = Place { references, subjects, ..place };
    scopes.iter().any(|scope| scope.covers(&place))
}

/// The place itself, the folder of that name, and every folder it lies in, as a
/// unit is written.
pub(crate) fn with_folders(locator: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let folders = locator.match_indices('/').map(|(at, _)| &locator[..=at]);
    let above = folders.filter(move |folder| *folder != locator).map(Cow::Borrowed);
    let itself = (!locator.ends_with('/')).then(|| Cow::Owned(format!("{locator}/")));
    std::iter::once(Cow::Borrowed(locator)).chain(itself).chain(above)
}

async fn said(prover: &Prover<'_>, group: Group) -> Result<Gone, ProofError> {
    let read = prover.catalogue.read();
    let authorised_by = match issue::of_batch(read, group.batch_id).await? {
        Some(row) => {
            let signed: Result<Signed, _> = serde_json::from_str(&row.json);
            authorised(&signed.map_err(|_| ProofError::Changed(row.number))?)
        }
        None => Vec::new(),
    };
    Ok(Gone {
        how: group.action,
        partly: group.partly,
        items: group.items.unsigned_abs(),
        first: group.first.timestamp(),
        last: group.last.timestamp(),
        record_type: group.record_type_code,
        schedule_version: group.schedule_version,
        rule: group.rule,
        due_on: group.due_on,
        batch: group.batch,
        certificate: issue::number_of(read, group.batch_id).await?,
        authorised_by,
    })
}

fn authorised(signed: &Signed) -> Vec<String> {
    let by = match &signed.certificate.authority {
        Authority::Approvals(by) => by,
        Authority::Standing(standing) => &standing.signed_by,
    };
    by.iter().map(|one| format!("{} ({}) at {}", one.name, one.role, one.at)).collect()
}
