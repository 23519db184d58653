//! What an approver must see before they sign: how much, how old, what share,
//! by which rule, what is held now, and what differs from the last such list.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, Verdict};
use retaind_schedules::hold::{Hold, Place, SubjectKey};
use retaind_schedules::ids::{AssetId, RecordTypeId, ServiceAreaId, StoreId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;

use super::list::{self, Pages};
use super::{ApprovalError, Desk};
use crate::catalogue::entity::{
    approval, asset, batch, batch_line, person, record_type, rights_request, store,
};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{Decision, Stage};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::holds;
use crate::requests::called;
use crate::requests::erasure::Under;
use crate::scan::record::last_complete;

/// Opaque references shown as samples.
const SAMPLES: usize = 10;

/// A batch in one line.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its number.
    pub batch: String,
    /// What is to be done.
    pub action: DisposalAction,
    /// Where it stands.
    pub state: BatchState,
    /// The record type's code.
    pub record_type: String,
    /// The store's name.
    pub store: String,
    /// How many lines.
    pub lines: u64,
    /// Their size.
    pub bytes: u64,
    /// Who acts next, and by when; nobody where no person is waited for.
    pub next: Option<Next>,
}

/// Who acts next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// A name, or a role.
    pub who: String,
    /// By when.
    pub by: Timestamp,
}

/// What an approver sees.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// As it is listed.
    #[serde(flatten)]
    pub listed: Listed,
    /// The asset's ref.
    pub asset: String,
    /// The record type's title.
    pub title: String,
    /// The rule in the notation.
    pub rule: String,
    /// The rule in words, and on whose authority.
    pub rule_words: String,
    /// By which request its items go before their minimum ends, where they do.
    pub early: Option<Early>,
    /// Files or rows.
    pub members: u64,
    /// Lines that go.
    pub going: u64,
    /// Lines the owner keeps, or that changed.
    pub kept: u64,
    /// Files or rows as a share of the store's at its last scan, in per cent.
    pub share_percent: Option<f64>,
    /// The earliest due date.
    pub oldest_due: Option<Date>,
    /// The latest.
    pub newest_due: Option<Date>,
    /// Lines that go and are held now: they will be withheld.
    pub held_now: u64,
    /// By which holds.
    pub held_by: Vec<String>,
    /// Ten lines at most, without their names.
    pub samples: Vec<String>,
    /// The last such list, and what differs.
    pub since_last: Option<SinceLast>,
    /// Who signed what.
    pub signatures: Vec<SignedBy>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Before when nothing is touched.
    pub not_before: Option<Timestamp>,
    /// Which guard stopped it, and why.
    pub halted_why: Option<String>,
    /// What is approved.
    pub digest: Option<String>,
}

/// What a list stands under whose items go early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Early {
    /// The request for erasure.
    pub request: String,
    /// Whether what was signed of it stands as it did when the list was proposed.
    pub stands: bool,
}

/// The last list of the same record type, store and action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SinceLast {
    /// Its number.
    pub batch: String,
    /// How many lines more, or fewer.
    pub lines: i64,
    /// How many bytes more, or fewer.
    pub bytes: i64,
    /// Whether the rule reads the same.
    pub same_rule: bool,
    /// Whether the mappings are the same.
    pub same_mappings: bool,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    /// Who.
    pub who: String,
    /// As whom.
    pub stage: Stage,
    /// Yes or no.
    pub decision: Decision,
    /// What they said.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether it is over the list as it is now.
    pub counts: bool,
}

/// The batches, latest first: those not over, or all.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(catalogue: &Catalogue, all: bool) -> Result<Vec<Listed>, CatalogueError> {
    let open = BatchState::ALL.iter().filter(|state| all || !state.is_over());
    let rows = batch::Entity::find()
        .filter(batch::Column::State.is_in(open.map(|state| Text(*state))))
        .order_by_desc(batch::Column::ProposedAt)
        .order_by_desc(batch::Column::Id)
        .all(catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        listed.push(Around::of(catalogue, &row).await?.listed(&row));
    }
    Ok(listed)
}

/// Everything an approver must see of a batch, with the holds there are now.
///
/// # Errors
///
/// Where there is no such batch, or the catalogue fails.
pub async fn show(desk: &Desk<'_>, number: &str) -> Result<Shown, ApprovalError> {
    let catalogue = desk.catalogue;
    let row = by_number(catalogue, number).await?;
    let around = Around::of(catalogue, &row).await?;
    let seen = seen(catalogue, &row, &around, desk.today()).await?;
    let early = early(catalogue, &row, desk.today()).await?;
    let scan = last_complete(catalogue, StoreId(row.store_id)).await?;
    let share_percent = scan.filter(|scan| scan.items > 0).map(|scan| {
        let per_mille = row.members.saturating_mul(1000) / scan.items;
        f64::from(u32::try_from(per_mille).unwrap_or(u32::MAX)) / 10.0
    });
    Ok(Shown {
        listed: around.listed(&row),
        asset: around.asset.reference,
        title: around.record_type.title,
        members: row.members.unsigned_abs(),
        going: seen.going,
        kept: row.lines.unsigned_abs() - seen.going,
        share_percent,
        oldest_due: row.oldest_due.map(|day| day.0),
        newest_due: row.newest_due.map(|day| day.0),
        held_now: seen.held,
        held_by: seen.held_by,
        samples: seen.samples,
        since_last: since_last(catalogue, &row).await?,
        signatures: signatures(catalogue, &row).await?,
        proposed_at: row.proposed_at.timestamp(),
        not_before: row.not_before.map(Micros::timestamp),
        halted_why: row.halted_why,
        digest: row.digest,
        rule: row.rule,
        rule_words: row.rule_words,
        early,
    })
}

/// The request under which it stands, and whether what was signed of that does still.
async fn early(
    catalogue: &Catalogue,
    row: &batch::Model,
    today: Date,
) -> Result<Option<Early>, CatalogueError> {
    let Some(id) = row.erasure_request_id else { return Ok(None) };
    let request = rights_request::Entity::find_by_id(id).one(catalogue.read()).await?;
    let under = Under::of(catalogue.read(), row, today).await?;
    Ok(request.map(|request| Early { request: called(&request), stands: !under.is_void() }))
}

/// The batch of this number.
///
/// # Errors
///
/// Where there is none, or the catalogue fails.
pub async fn by_number(catalogue: &Catalogue, number: &str) -> Result<batch::Model, ApprovalError> {
    let found = batch::Entity::find().filter(batch::Column::Number.eq(number.trim()));
    let found = found.one(catalogue.read()).await?;
    found.ok_or_else(|| ApprovalError::NoSuchBatch(number.trim().to_owned()))
}

/// What a batch is of.
struct Around {
    asset: asset::Model,
    record_type: record_type::Model,
    store: store::Model,
    owner: Option<String>,
}

impl Around {
    async fn of(catalogue: &Catalogue, row: &batch::Model) -> Result<Self, CatalogueError> {
        let read = catalogue.read();
        let gone = |what| CatalogueError::impossible(&row.number, format!("it has no {what}"));
        let asset = asset::Entity::find_by_id(row.asset_id).one(read).await?;
        let asset = asset.ok_or_else(|| gone("asset"))?;
        let record_type = record_type::Entity::find_by_id(row.record_type_id).one(read).await?;
        let store = store::Entity::find_by_id(row.store_id).one(read).await?;
        let owner = match asset.iao {
            Some(owner) => person::Entity::find_by_id(owner).one(read).await?,
            None => None,
        };
        Ok(Self {
            record_type: record_type.ok_or_else(|| gone("record type"))?,
            store: store.ok_or_else(|| gone("store"))?,
            owner: owner.filter(|owner| owner.active).map(|owner| owner.name),
            asset,
        })
    }

    fn listed(&self, row: &batch::Model) -> Listed {
        Listed {
            batch: row.number.clone(),
            action: row.action.0,
            state: row.state.0,
            record_type: self.record_type.code.clone(),
            store: self.store.name.clone(),
            lines: row.lines.unsigned_abs(),
            bytes: row.bytes.unsigned_abs(),
            next: self.next(row),
        }
    }

    fn next(&self, row: &batch::Model) -> Option<Next> {
        let who = match row.state.0 {
            BatchState::Proposed => self
                .owner
                .clone()
                .unwrap_or_else(|| "nobody: the asset has no owner who may act".to_owned()),
            BatchState::IaoApproved => "a records manager".to_owned(),
            _ => return None,
        };
        Some(Next { who, by: row.expires_at.timestamp() })
    }
}

/// What the lines of a batch come to.
#[derive(Default)]
struct Seen {
    going: u64,
    held: u64,
    held_by: Vec<String>,
    samples: Vec<String>,
}

async fn seen(
    catalogue: &Catalogue,
    row: &batch::Model,
    around: &Around,
    today: Date,
) -> Result<Seen, CatalogueError> {
    let mut holds = holds::active_by_reference(catalogue).await?;
    if let Under::Decision(decision) = Under::of(catalogue.read(), row, today).await? {
        holds.retain(|(_, hold)| !decision.granted().sets_aside(hold.id, hold.kind));
    }
    let mut seen = Seen::default();
    let every = (row.lines / 10).max(1);
    let mut pages = Pages::of(row.id);
    while let Some(lines) = pages.next(catalogue.read()).await? {
        for line in lines.iter().filter(|line| line.verdict.0 == Verdict::Include) {
            seen.going += 1;
            if line.position % every == 0 && seen.samples.len() < SAMPLES {
                seen.samples.push(line.id.to_string());
            }
            seen.hear(covering(&holds, row, around, line));
        }
    }
    Ok(seen)
}

impl Seen {
    fn hear<'a>(&mut self, covering: impl Iterator<Item = &'a String>) {
        let mut held = false;
        for reference in covering {
            held = true;
            if !self.held_by.contains(reference) {
                self.held_by.push(reference.clone());
            }
        }
        self.held += u64::from(held);
    }
}

fn covering<'a>(
    holds: &'a [(String, Hold)],
    row: &batch::Model,
    around: &Around,
    line: &batch_line::Model,
) -> impl Iterator<Item = &'a String> {
    let place = Place {
        asset: Some(AssetId(row.asset_id)),
        record_types: vec![RecordTypeId(row.record_type_id)],
        service_area: Some(ServiceAreaId(around.asset.service_area_id)),
        store: Some(StoreId(row.store_id)),
        locator: &line.locator,
        is_unit: line.is_unit,
        references: line.reference.as_deref().into_iter().collect(),
        subjects: line.subject_key.clone().map(SubjectKey).into_iter().collect(),
        life: list::life(line),
    };
    let covering: Vec<&String> = holds
        .iter()
        .filter(|(_, hold)| hold.covers(&place))
        .map(|(reference, _)| reference)
        .collect();
    covering.into_iter()
}

async fn since_last(
    catalogue: &Catalogue,
    row: &batch::Model,
) -> Result<Option<SinceLast>, CatalogueError> {
    let last = batch::Entity::find()
        .filter(batch::Column::RecordTypeId.eq(row.record_type_id))
        .filter(batch::Column::StoreId.eq(row.store_id))
        .filter(batch::Column::Action.eq(row.action))
        .filter(batch::Column::Id.lt(row.id))
        .order_by_desc(batch::Column::Id)
        .one(catalogue.read())
        .await?;
    Ok(last.map(|last| SinceLast {
        lines: row.lines - last.lines,
        bytes: row.bytes - last.bytes,
        same_rule: row.rule == last.rule,
        same_mappings: row.mappings == last.mappings,
        batch: last.number,
    }))
}

async fn signatures(
    catalogue: &Catalogue,
    row: &batch::Model,
) -> Result<Vec<SignedBy>, CatalogueError> {
    let signed = approval::Entity::find()
        .filter(approval::Column::BatchId.eq(row.id))
        .order_by_asc(approval::Column::At)
        .order_by_asc(approval::Column::Id)
        .all(catalogue.read())
        .await?;
    let mut signatures = Vec::with_capacity(signed.len());
    for signed in signed {
        let who = person::Entity::find_by_id(signed.person_id).one(catalogue.read()).await?;
        signatures.push(SignedBy {
            who: who.map_or_else(|| signed.person_id.to_string(), |who| who.name),
            stage: signed.stage,
            decision: signed.decision,
            comment: signed.comment,
            at: signed.at.timestamp(),
            counts: row.digest.as_ref() == Some(&signed.digest),
        });
    }
    Ok(signatures)
}
