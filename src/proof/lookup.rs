//! "Why do you not hold it?": what became of a record, by where it was, by the
//! case it belonged to or by the person it was about.
//!
//! Every question is entered in the audit chain, with the keyed digest of what
//! was asked for in the place of its words.

use jiff::Timestamp;
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;

use super::certificate::{Authority, Signed};
use super::{ProofError, Prover, issue, may_ask};
use crate::audit::{self, Action, Entry, Subject};
use crate::catalogue::entity::{item, stub};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::Disposed;
use crate::people::Actor;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What has gone, newest first.
    pub gone: Vec<Gone>,
    /// How much the catalogue lists as still there: past its time, held or
    /// unexplained. What is not yet due is not listed anywhere.
    pub still_listed: u64,
}

/// Something that has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// How.
    pub how: Disposed,
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
    for stub in asked.stubs(prover).await? {
        gone.push(said(prover, stub).await?);
    }
    let still_listed = asked.still_listed(prover).await?;
    Ok(Answer { gone, still_listed })
}

impl Asked {
    fn named(&self, prover: &Prover<'_>) -> (&'static str, String) {
        match self {
            Self::Locator(store, locator) => ("locator", prover.keys.locator_mac(*store, locator)),
            Self::Reference(reference) => ("reference", prover.keys.reference_mac(reference)),
            Self::Subject(person) => ("subject", prover.keys.subject_key(person).0),
        }
    }

    async fn stubs(&self, prover: &Prover<'_>) -> Result<Vec<stub::Model>, ProofError> {
        use stub::Column as C;
        let filter = match self {
            Self::Locator(store, locator) => {
                let macs =
                    with_folders(locator).map(|place| prover.keys.locator_mac(*store, place));
                C::StoreId.eq(store.0).and(C::LocatorMac.is_in(macs))
            }
            Self::Reference(_) => C::ReferenceMac.eq(self.named(prover).1),
            Self::Subject(_) => C::SubjectKey.eq(self.named(prover).1),
        };
        let newest = stub::Entity::find().filter(filter).order_by_desc(C::DisposedAt);
        Ok(newest.all(prover.catalogue.read()).await?)
    }

    async fn still_listed(&self, prover: &Prover<'_>) -> Result<u64, ProofError> {
        use item::Column as C;
        use sea_orm::PaginatorTrait as _;
        let filter = match self {
            Self::Locator(store, locator) => {
                C::StoreId.eq(store.0).and(C::Locator.is_in(with_folders(locator)))
            }
            Self::Reference(reference) => C::Reference.eq(reference.as_str()),
            Self::Subject(_) => C::SubjectKey.eq(self.named(prover).1),
        };
        Ok(item::Entity::find().filter(filter).count(prover.catalogue.read()).await?)
    }
}

/// The place itself, and every folder it lies in as a unit is written.
pub(crate) fn with_folders(locator: &str) -> impl Iterator<Item = &str> {
    let folders = locator.match_indices('/').map(|(at, _)| &locator[..=at]);
    std::iter::once(locator).chain(folders.filter(move |folder| *folder != locator))
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
