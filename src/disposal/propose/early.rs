//! Lists of what goes early under a granted request for erasure (G8): the items it
//! names, each looked at in its store now. What is not due is in no catalogue, and
//! what was seen when the request named it is not relied on.

use std::collections::BTreeMap;

use retaind_schedules::erasure::NotGranted;
use retaind_schedules::ids::StoreId;
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::draft::Drafts;
use super::{Group, Made, Proposal, Proposer, Run, guards, listed, proposer};
use crate::audit::By;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{item, mapping, rights_item, rights_request, store};
use crate::catalogue::words::OutcomeKind;
use crate::clock::id_at;
use crate::config::StoreFile;
use crate::disposal::candidate::{Judge, Judged};
use crate::disposal::{ApprovalError, Desk, review};
use crate::events::{self, ItemKeys};
use crate::explain::{self, ExplainError};
use crate::people::Actor;
use crate::requests::erasure::{self, Decision};
use crate::requests::{self, steps};
use crate::scan::plan::{self, MappingPlan};
use crate::scan::run::Scanner;
use crate::scan::sift;
use crate::stores::{self, ScheduleInForce};

/// Proposes the items that a granted request lets go early, or says what would be:
/// one list for each record type in each store.
///
/// # Errors
///
/// Where there is no such request, it lets nothing go early or was closed, or what it
/// names is not signed for. What stops one list is in its [`Proposal`].
pub async fn propose_early(
    scanner: &Scanner,
    actor: &Actor,
    reference: &str,
    run: Run,
) -> Result<Vec<Proposal>, ApprovalError> {
    let schedule = stores::schedule_in_force(&scanner.catalogue).await?;
    if schedule.version.is_none() {
        return Err(ApprovalError::NoSchedule);
    }
    let read = scanner.catalogue.read();
    let request = requests::find(read, reference).await.map_err(Box::new)?;
    if request.closed_at.is_some() {
        return Err(ApprovalError::RequestClosed(request.reference));
    }
    let decided = erasure::decisions(read, &request, scanner.clock.today()).await?;
    if decided.is_empty() {
        return Err(ApprovalError::NothingEarly(request.reference));
    }
    let mut by_class: BTreeMap<(Uuid, String), (Decision, Vec<rights_item::Model>)> =
        BTreeMap::new();
    for (part, decision) in decided {
        let decision = decision
            .map_err(|why| ApprovalError::EarlyNotSigned(request.reference.clone(), why))?;
        for item in part.items {
            let class = (item.store_id, item.record_type.clone().unwrap_or_default());
            by_class.entry(class).or_insert_with(|| (decision.clone(), Vec::new())).1.push(item);
        }
    }
    let mut proposals = Vec::with_capacity(by_class.len());
    for ((store, record_type), (decision, items)) in by_class {
        let row = store::Entity::find_by_id(store).one(read).await?;
        let row = row.ok_or_else(|| CatalogueError::impossible("rights_item.store_id", "none"))?;
        let early = Early { scanner, actor, request: &request, decision, store: &row };
        let name = row.name.clone();
        let lists = match early.list(&schedule, &record_type, &items, run).await {
            Err(ApprovalError::Catalogue(error)) => return Err(error.into()),
            lists => lists,
        };
        proposals.push(Proposal { store: name, record_type, lists });
    }
    Ok(proposals)
}

/// What goes early of one record type in one store.
struct Early<'a> {
    scanner: &'a Scanner,
    actor: &'a Actor,
    request: &'a rights_request::Model,
    decision: Decision,
    store: &'a store::Model,
}

impl Early<'_> {
    async fn list(
        &self,
        schedule: &ScheduleInForce,
        record_type: &str,
        items: &[rights_item::Model],
        run: Run,
    ) -> Result<Made, ApprovalError> {
        let Scanner { config, catalogue, clock, .. } = self.scanner;
        let line = schedule.lines.get(record_type);
        let line = line.ok_or_else(|| ApprovalError::NoSuchRecordType(record_type.to_owned()))?;
        let file = stores::file_of(catalogue.read(), &config.stores, self.store).await?;
        let file = file.filter(|file| file.name == self.store.name);
        let file = file.ok_or_else(|| ApprovalError::UnknownStore(self.store.name.clone()))?;
        let (mut found, mappings) = self.look(file, schedule, record_type, items).await?;
        found.sort_by(|(one, _), (other, _)| one.locator.cmp(&other.locator));

        let desk = Desk { config, catalogue, clock: &**clock };
        let group = Group { store: self.store, line, mappings: &mappings, schedule };
        let tx = catalogue.write_tx().await?;
        let by = proposer(&tx, Proposer::Person(self.actor), &group, desk.today()).await?;
        let checked = guards::check(&desk, &tx, &group).await?;
        let still = erasure::standing(&*tx, self.request.id, line.asset.id, desk.today()).await?;
        if still.as_ref().map(|still| &still.digest) != Ok(&self.decision.digest) {
            let (reference, why) = (self.request.reference.clone(), NotGranted::NotSigned);
            return Err(ApprovalError::EarlyNotSigned(reference, why));
        }
        let store = StoreId(self.store.id);
        let judge = Judge::new(&*tx, line, store, &schedule.calendar, desk.today()).await?;
        let judge = judge.early(&self.decision);
        let early = Some(&self.decision);
        let mut drafts = Drafts::new(&desk, &group, judge.rule(), &checked, &by, early);
        let mut made = Made::default();
        made.left.gone = (items.len() - found.len()) as u64;
        let places: Vec<String> = found.iter().map(|(row, _)| row.locator.clone()).collect();
        let on_lists = listed(&*tx, store, &places).await?;
        let decided = review::latest(&*tx, store, &places).await?;
        for (row, item) in found {
            let last = decided.get(&row.locator);
            match judge.of_named(&row, Some(item), last) {
                Judged::May(leave) if !on_lists.blocks(&row.locator, leave.action) => {
                    drafts.add(&tx, row, &leave).await?;
                }
                other => made.left.count(&other),
            }
        }
        made.batches = drafts.close(&tx).await?;
        if !made.batches.is_empty() {
            guards::no_jump(&tx, &group).await?;
            self.log(&tx, &by, &made).await?;
        }
        match run {
            Run::Real => tx.commit().await?,
            Run::Dry => tx.rollback().await?,
        }
        Ok(made)
    }

    /// What stands now where the request says, under the mapping it lies under, as a
    /// scan would have it; and the mappings of the record type.
    async fn look(
        &self,
        file: &StoreFile,
        schedule: &ScheduleInForce,
        record_type: &str,
        items: &[rights_item::Model],
    ) -> Result<(Vec<(item::Model, Uuid)>, Vec<mapping::Model>), ApprovalError> {
        let scanner = self.scanner;
        let looked = async || {
            let reached = stores::connect(&scanner.catalogue, file, &*scanner.clock).await?;
            let plans = plan::of_store(scanner, file, reached.id, schedule).await?;
            let mut found = Vec::with_capacity(items.len());
            for named in items {
                let Some(locator) = &named.locator else { continue };
                let seen = match explain::find(&*reached.connector, file, &plans, locator).await {
                    Err(ExplainError::Absent { .. }) => continue,
                    seen => seen?,
                };
                let Some((plan, seen)) = seen else { continue };
                let store = StoreId(self.store.id);
                let same = reached.id == store
                    && plan.mapping.record_type == record_type
                    && self.decision.is_at(named.id, &scanner.keys, store, &seen.locator);
                if same {
                    found.push((self.row(plan, &seen).await?, named.id));
                }
            }
            let of_type = plans.iter().filter(|plan| plan.mapping.record_type == record_type);
            Ok((found, of_type.map(|plan| plan.id.0).collect::<Vec<_>>()))
        };
        let (found, ids) = looked().await.map_err(|fault: ExplainError| Box::new(fault))?;
        let mut mappings = Vec::with_capacity(ids.len());
        for id in ids {
            mappings.extend(mapping::Entity::find_by_id(id).one(scanner.catalogue.read()).await?);
        }
        Ok((found, mappings))
    }

    /// What was found, as a scan would keep it.
    async fn row(
        &self,
        plan: &MappingPlan,
        found: &retaind_connectors::contract::Found,
    ) -> Result<item::Model, CatalogueError> {
        let (scanner, store) = (self.scanner, StoreId(self.store.id));
        let sighting = found.sighting();
        let subject = found.subject.as_deref().map(|person| scanner.keys.subject_key(person));
        let keyed = ItemKeys {
            locator: sighting.locator,
            reference: sighting.reference,
            subject: subject.as_ref(),
        };
        let events = events::for_items(scanner.catalogue.read(), store, &[keyed]).await?;
        let facts = sift::facts(plan, &sighting, events.first().map_or(&[], Vec::as_slice));
        let facts = serde_json::to_value(&facts)
            .map_err(|fault| CatalogueError::impossible("facts of an item", fault))?;
        let now = scanner.clock.now();
        Ok(item::Model {
            id: id_at(now),
            store_id: store.0,
            mapping_id: Some(plan.id.0),
            is_unit: found.locator.ends_with('/'),
            locator: found.locator.clone(),
            reference: found.reference.clone(),
            subject_key: subject.map(|subject| subject.0),
            members: i64::try_from(found.members).unwrap_or(i64::MAX),
            bytes: i64::try_from(found.fingerprint.size).unwrap_or(i64::MAX),
            fingerprint: found.fingerprint.to_string(),
            outcome: OutcomeKind::NotDue,
            action: None,
            due_on: None,
            not_beyond: None,
            governing: None,
            doubt: None,
            facts,
            first_seen_at: now.into(),
            last_scan_id: Uuid::nil(),
            missed: 0,
            resurrected_at: None,
        })
    }

    /// The step is logged with the request, for the person to be told of (P22).
    async fn log(
        &self,
        tx: &crate::catalogue::WriteTx,
        by: &By,
        made: &Made,
    ) -> Result<(), ApprovalError> {
        for list in &made.batches {
            let note = format!("{}: items to be destroyed early: {}", list.number, list.lines);
            steps::noted(tx, by, self.actor, self.request, note, self.scanner.clock.now())
                .await
                .map_err(Box::new)?;
        }
        Ok(())
    }
}
