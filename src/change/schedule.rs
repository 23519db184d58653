//! A register that lets records go sooner.
//!
//! Each line is compared with the one in force. Where the two rules alone do
//! not show that every record is kept at least as long, its owner and a records
//! manager sign; and both rules are tried on the stores as they are now, to say
//! what would be newly due. A store that cannot be reached leaves that not
//! known, and not knowing needs every signature.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use retaind_schedules::ids::{ImportId, PersonId};
use retaind_schedules::readback::in_words;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde_json::json;

use super::error::ChangeError;
use super::impact::{Effect, Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::seat::Seat;
use crate::audit::{self, By};
use crate::catalogue::entity::mapping;
use crate::catalogue::words::ChangeKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::config::StoreFile;
use crate::people::{Actor, Role};
use crate::register::row::{NewLine, key_of};
use crate::register::{self, Accepted};
use crate::scan::run::{ScanError, Scanner};
use crate::scan::trial::{Shift, trial};
use crate::stores::{self, ScheduleInForce, schedule_in_force};

/// What came of accepting a register.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It is live: nothing in it lets records go sooner.
    Live(Accepted),
    /// It waits for signatures, and the schedule in force is as it was.
    Waits(Box<Shown>),
}

/// What a register would change, weighed against the one that is live.
#[derive(Debug, Default)]
pub(crate) struct Weighed {
    /// Whose signatures it needs by what the lines say.
    pub(crate) seats: Vec<Seat>,
    changes: Vec<RuleChange>,
    notes: Vec<String>,
}

/// A line whose rule differs.
#[derive(Debug)]
struct RuleChange {
    code: String,
    before: Option<NewLine>,
    after: NewLine,
}

/// Accepts a register at once where nothing in it lets records go sooner; else
/// it waits for signatures with its impact.
///
/// # Errors
///
/// As [`register::accept()`]; a store that cannot be reached is no error, but an
/// impact that is not known.
pub async fn accept_import(
    scanner: &Scanner,
    actor: &Actor,
    id: ImportId,
) -> Result<Answer, ChangeError> {
    let role = super::role_of(actor, "accept a register", register::import::MAY_ACCEPT)?;
    let now = scanner.clock.now();
    loop {
        let tx = scanner.catalogue.write_tx().await?;
        register::accept::waiting(&tx, id).await?;
        let (before, weighed) = (current(&tx).await?, weigh(&tx, id).await?);
        if weighed.seats.is_empty() {
            tx.rollback().await?;
            let accepted =
                register::accept(&scanner.catalogue, actor, id, &scanner.config.calendar, now)
                    .await?;
            return Ok(Answer::Live(accepted));
        }
        // Nobody is asked to sign for what would be refused when they have.
        register::accept::rehearse(tx, id, actor.person, now).await?;
        let new = weighed.proposed(scanner, id).await?;
        let tx = scanner.catalogue.write_tx().await?;
        // Another schedule may have come into force while the stores were tried.
        if current(&tx).await? != before {
            tx.rollback().await?;
            continue;
        }
        let waits = request::propose(&tx, &By::person(actor, role), new, now).await?;
        tx.commit().await?;
        return Ok(Answer::Waits(Box::new(waits)));
    }
}

/// Weighs an import that waits against the register that is live.
pub(crate) async fn weigh(tx: &WriteTx, id: ImportId) -> Result<Weighed, ChangeError> {
    let live = register::import::live_lines(tx).await?;
    let lines = register::lines_of(&**tx, id).await?;
    let lines: Vec<&NewLine> = lines.iter().map(|(_, line)| line).collect();
    let comparison = register::changes::compare(&live, &lines);
    let mut weighed = Weighed::default();
    if live.is_empty() {
        return Ok(weighed);
    }
    let loosened: BTreeMap<usize, &String> =
        comparison.loosened.iter().map(|(at, how)| (*at, how)).collect();
    let mapped = approved_codes(tx).await?;
    for (at, line) in lines.iter().enumerate() {
        let before = live.get(&key_of(&line.reference));
        let owner = before.map_or(&line.reference, |before| &before.reference);
        let widens = before.is_none() && mapped.contains(&key_of(&line.reference));
        if let Some(how) = loosened.get(&at) {
            weighed.notes.push(format!("{owner}: {how}"));
        }
        if widens || loosened.contains_key(&at) {
            weighed.seats.extend([Seat::RecordsManager, Seat::Owner(owner.clone())]);
        }
        if widens || before.is_some_and(|before| before.rule != line.rule) {
            weighed.changes.push(RuleChange {
                code: owner.clone(),
                before: before.cloned(),
                after: (*line).clone(),
            });
        }
    }
    if comparison.removes_many() {
        weighed.seats.extend([Seat::RecordsManager, Seat::Siro]);
        weighed.notes.push(format!(
            "{} of {} lines of the register in force are not in this file",
            comparison.removed.len(),
            live.len()
        ));
    }
    weighed.seats.sort();
    weighed.seats.dedup();
    Ok(weighed)
}

/// The record types, by key, that lie anywhere an approved mapping says.
async fn approved_codes(tx: &WriteTx) -> Result<BTreeSet<String>, CatalogueError> {
    let codes: Vec<String> = mapping::Entity::find()
        .select_only()
        .column(mapping::Column::RecordTypeCode)
        .filter(mapping::Column::Active.eq(true))
        .filter(mapping::Column::ApprovedAt.is_not_null())
        .into_tuple()
        .all(&**tx)
        .await?;
    Ok(codes.iter().map(|code| key_of(code)).collect())
}

impl Weighed {
    async fn proposed(self, scanner: &Scanner, id: ImportId) -> Result<NewChange, ChangeError> {
        let impact = self.impact(scanner).await?;
        Ok(NewChange {
            kind: ChangeKind::Schedule,
            subject: id.to_string(),
            proposal: json!({ "import": id }),
            seats: impact.seats(self.seats),
            impact,
            reason: "the register lets records go sooner, or leaves much of it out".to_owned(),
        })
    }

    /// What would be newly due, found by trying both rules on the stores.
    async fn impact(&self, scanner: &Scanner) -> Result<Impact, ChangeError> {
        let now = schedule_in_force(&scanner.catalogue).await?;
        let mut then = schedule_in_force(&scanner.catalogue).await?;
        self.put_into(&mut then)?;
        let of: BTreeSet<String> = self.changes.iter().map(|change| change.code.clone()).collect();
        let found = tried(scanner, (&now, &then), &of).await?;
        let lines = self.changes.iter().map(|change| change.line(&found));
        Ok(Impact { lines: lines.collect(), notes: self.notes.clone() })
    }

    /// The schedule with the new rules in the place of the old.
    fn put_into(&self, schedule: &mut ScheduleInForce) -> Result<(), CatalogueError> {
        for change in &self.changes {
            if let Some(line) = schedule.lines.get_mut(&change.code) {
                line.line.rule = serde_json::to_value(&change.after.rule)
                    .map_err(|why| CatalogueError::impossible("a rule", why))?;
            }
        }
        Ok(())
    }
}

/// Tries both schedules on every store that holds any of these record types.
pub(super) async fn tried(
    scanner: &Scanner,
    (now, then): (&ScheduleInForce, &ScheduleInForce),
    of: &BTreeSet<String>,
) -> Result<Found, ChangeError> {
    let mut found = Found::default();
    for store in stores_with(scanner, of) {
        match trial(scanner, store, (now, then), of).await {
            Ok(shifts) => found.add(shifts),
            Err(ScanError::Catalogue(fault)) => return Err(fault.into()),
            Err(fault) => found.miss(store, &fault),
        }
    }
    Ok(found)
}

fn stores_with<'a>(
    scanner: &'a Scanner,
    of: &BTreeSet<String>,
) -> impl Iterator<Item = &'a StoreFile> {
    let holds =
        |store: &&StoreFile| store.mappings.iter().any(|mapping| of.contains(&mapping.record_type));
    scanner.config.stores.iter().filter(holds).collect::<Vec<_>>().into_iter()
}

/// What the trials found, and where they found out nothing.
#[derive(Default)]
pub(super) struct Found {
    shifts: BTreeMap<String, Shift>,
    missed: BTreeMap<String, String>,
}

impl Found {
    fn add(&mut self, shifts: BTreeMap<String, Shift>) {
        for (code, shift) in shifts {
            self.shifts.entry(code).or_default().join(shift);
        }
    }

    /// What it would do to the items of this record type.
    pub(super) fn effect(&self, code: &str) -> Effect {
        match self.missed.get(code) {
            Some(why) => Effect::NotKnown { why: why.clone() },
            None => self.shifts.get(code).copied().unwrap_or_default().into(),
        }
    }

    fn miss(&mut self, store: &StoreFile, fault: &ScanError) {
        for mapping in &store.mappings {
            self.missed.insert(mapping.record_type.clone(), fault.to_string());
        }
    }
}

impl RuleChange {
    fn line(&self, found: &Found) -> ImpactLine {
        let effect = match found.effect(&self.code) {
            Effect::Counted { .. } if self.before.is_none() => {
                let why = "it had no rule, and has an approved mapping".to_owned();
                Effect::NotKnown { why }
            }
            effect => effect,
        };
        ImpactLine {
            what: self.code.clone(),
            before: self.before.as_ref().map_or_else(|| "no rule".to_owned(), said),
            after: said(&self.after),
            effect,
        }
    }
}

fn said(line: &NewLine) -> String {
    format!("{}, then {}", in_words(&line.rule.minimum), line.rule.action)
}

/// The digest of which schedule is in force.
pub(super) async fn current(tx: &WriteTx) -> Result<Option<String>, ChangeError> {
    let latest = stores::version_in_force(&**tx).await?;
    Ok(latest.map(|version| audit::digest::of_json(&json!(version.id))))
}

/// The register becomes live, as the records manager who signed accepts it.
pub(super) async fn apply(tx: &WriteTx, change: &Shown, now: Timestamp) -> Result<(), ChangeError> {
    let by = manager_of(change)?;
    let id = change.request.subject.parse::<ImportId>();
    let id = id.map_err(|why| CatalogueError::impossible("change_request.subject", why))?;
    register::accept::make_live(tx, id, by, None, now).await?;
    Ok(())
}

/// The records manager who signed, and so accepts it.
pub(super) fn manager_of(change: &Shown) -> Result<PersonId, CatalogueError> {
    let signed = change.signatures.iter().find(|signed| signed.role == Role::RecordsManager);
    let signed = signed.ok_or_else(|| {
        CatalogueError::impossible("change_signature", "no records manager has signed")
    })?;
    Ok(PersonId(signed.person_id))
}
