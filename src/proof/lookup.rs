//! "Why do you not hold it?": what became of a record, by where it was, by the
//! case it belonged to or by the person it was about.
//!
//! Every question is entered in the audit chain, with the keyed digest of what
//! was asked for in the place of its words.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use retaind_schedules::batch::LineState;
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::certificate::{Authority, Signed};
use super::{ProofError, Prover, issue, may_ask};
use crate::audit::{self, Action, Entry, Subject};
use crate::catalogue::entity::{batch, batch_line, item, stub};
use crate::catalogue::values::{CivilDate, Text};
use crate::catalogue::words::Disposed;
use crate::people::Actor;
use crate::stores::{self, Twins};
use crate::upkeep::gone::Lost;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// What stood here, or in a folder that was disposed of as one.
    Locator(StoreId, String),
    /// What belonged to this case.
    Reference(String),
    /// What was about this person.
    Subject(String),
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Answer {
    /// What has gone, newest first.
    pub gone: Vec<Gone>,
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

/// Something that has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// How.
    pub how: Disposed,
    /// Whether only some of it went, and the rest was kept.
    pub partly: bool,
    /// When.
    pub at: Timestamp,
    /// Its record type.
    pub record_type: String,
    /// The version of the schedule.
    pub schedule_version: String,
    /// The rule, in the notation.
    pub rule: String,
    /// The last day it had to be kept.
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
    let (kind, mac) = asked.named(prover);
    let tx = prover.catalogue.write_tx().await?;
    audit::append(&tx, now, &Entry::new(by, Action::LookupMade, Subject::new(kind, mac))).await?;
    tx.commit().await?;
    let mut gone = Vec::new();
    let twins = stores::twins(prover.catalogue.read()).await?;
    for stub in asked.stubs(prover, &twins).await? {
        gone.push(said(prover, stub).await?);
    }
    let out_of_reach = asked.out_of_reach(prover, &twins).await?;
    let mut answer = Answer { gone, out_of_reach, ..Answer::default() };
    let lost = Lost::of(prover).await?;
    if let Asked::Locator(store, locator) = asked {
        let certificate = lost.covers(store.0, locator);
        answer.since_backup.extend(certificate.map(str::to_owned));
    }
    for (store, locator, missed) in asked.listed(prover).await? {
        match lost.covers(store, &locator) {
            Some(certificate) => {
                answer.since_backup.insert(certificate.to_owned());
            }
            None if missed > 0 => answer.not_met += 1,
            None => answer.still_listed += 1,
        }
    }
    Ok(answer)
}

impl Asked {
    fn named(&self, prover: &Prover<'_>) -> (&'static str, String) {
        match self {
            Self::Locator(store, locator) => ("locator", prover.keys.locator_mac(*store, locator)),
            Self::Reference(reference) => ("reference", prover.keys.reference_mac(reference)),
            Self::Subject(person) => ("subject", prover.keys.subject_key(person).0),
        }
    }

    async fn stubs(
        &self,
        prover: &Prover<'_>,
        twins: &Twins,
    ) -> Result<Vec<stub::Model>, ProofError> {
        use stub::Column as C;
        let filter = match self {
            // What went is known by the name that the store had then.
            Self::Locator(store, locator) => {
                let names = twins.of(store.0).into_iter().map(StoreId);
                let macs = names.clone().flat_map(|name| {
                    with_folders(locator).map(move |place| prover.keys.locator_mac(name, &place))
                });
                let of_store = C::StoreId.is_in(names.map(|name| name.0));
                of_store.and(C::LocatorMac.is_in(macs))
            }
            Self::Reference(_) => C::ReferenceMac.eq(self.named(prover).1),
            Self::Subject(_) => C::SubjectKey.eq(self.named(prover).1),
        };
        let newest = stub::Entity::find().filter(filter).order_by_desc(C::DisposedAt);
        Ok(newest.all(prover.catalogue.read()).await?)
    }

    async fn out_of_reach(
        &self,
        prover: &Prover<'_>,
        twins: &Twins,
    ) -> Result<Vec<String>, ProofError> {
        use batch_line::Column as C;
        let lines = batch_line::Entity::find()
            .select_only()
            .column(C::BatchId)
            .filter(C::State.is_in([LineState::Quarantined, LineState::Acting].map(Text)));
        let (lines, store) = match self {
            Self::Locator(store, locator) => {
                let places = with_folders(locator).map(Cow::into_owned);
                (lines.filter(C::Locator.is_in(places)), Some(twins.of(store.0)))
            }
            Self::Reference(reference) => (lines.filter(C::Reference.eq(reference.as_str())), None),
            Self::Subject(_) => (lines.filter(C::SubjectKey.eq(self.named(prover).1)), None),
        };
        let batches = batch::Entity::find()
            .select_only()
            .column(batch::Column::Number)
            .filter(batch::Column::Id.in_subquery(lines.into_query()))
            .apply_if(store, |batches, store| batches.filter(batch::Column::StoreId.is_in(store)))
            .order_by_asc(batch::Column::Number);
        Ok(batches.into_tuple().all(prover.catalogue.read()).await?)
    }

    /// The store and the place of each item that is listed, and how many scans
    /// have not met it.
    async fn listed(&self, prover: &Prover<'_>) -> Result<Vec<(Uuid, String, i64)>, ProofError> {
        use item::Column as C;
        let filter = match self {
            Self::Locator(store, locator) => C::StoreId
                .eq(store.0)
                .and(C::Locator.is_in(with_folders(locator).map(Cow::into_owned))),
            Self::Reference(reference) => C::Reference.eq(reference.as_str()),
            Self::Subject(_) => C::SubjectKey.eq(self.named(prover).1),
        };
        let listed = item::Entity::find().filter(filter).select_only();
        let listed = listed.columns([C::StoreId, C::Locator, C::Missed]).into_tuple();
        Ok(listed.all(prover.catalogue.read()).await?)
    }
}

/// The place itself, the folder of that name, and every folder it lies in, as a
/// unit is written.
pub(crate) fn with_folders(locator: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let folders = locator.match_indices('/').map(|(at, _)| &locator[..=at]);
    let above = folders.filter(move |folder| *folder != locator).map(Cow::Borrowed);
    let itself = (!locator.ends_with('/')).then(|| Cow::Owned(format!("{locator}/")));
    std::iter::once(Cow::Borrowed(locator)).chain(itself).chain(above)
}

async fn said(prover: &Prover<'_>, stub: stub::Model) -> Result<Gone, ProofError> {
    let authorised_by = match &stub.certificate {
        Some(number) => {
            let text = issue::find(prover.catalogue.read(), number).await?.json;
            let signed: Result<Signed, _> = serde_json::from_str(&text);
            authorised(&signed.map_err(|_| ProofError::Changed(number.clone()))?)
        }
        None => Vec::new(),
    };
    Ok(Gone {
        how: stub.action,
        partly: stub.partly,
        at: stub.disposed_at.timestamp(),
        record_type: stub.record_type_code,
        schedule_version: stub.schedule_version,
        rule: stub.rule,
        due_on: stub.due_on,
        batch: stub.batch,
        certificate: stub.certificate,
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
