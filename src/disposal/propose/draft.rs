//! Lists in the making: written some lines at a time, and closed with their
//! digest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState, Verdict};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::readback::retention_in_words;
use retaind_schedules::rule::{Maximum, RetentionRule};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use uuid::Uuid;

use super::guards::Checked;
use super::{Group, person_of};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{batch, batch_line, item};
use crate::catalogue::values::{CivilDate, Micros, Text};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::candidate::Leave;
use crate::disposal::list::{PAGE, digest_of};
use crate::disposal::numbers::{self, Series};
use crate::disposal::{ApprovalError, Desk, enter, for_archives};
use crate::requests::erasure::Decision;
use crate::scan::plan::Line;

/// How long people have to approve a list.
const DAYS_TO_APPROVE: i64 = 30;

/// The lists of one record type in one store, by action.
pub(super) struct Drafts<'a> {
    group: &'a Group<'a>,
    rule: Rule,
    checked: &'a Checked,
    by: &'a By,
    now: Timestamp,
    today: Date,
    grace_days: i64,
    /// The decision under which the items go early, where they do.
    early: Option<&'a Decision>,
    lists: BTreeMap<&'static str, Draft>,
}

/// The rule as a batch has it.
struct Rule {
    notation: String,
    words: String,
}

impl Rule {
    /// What is signed says that the items go early, and under which request; so do
    /// the certificate and the stubs, which take it from here.
    fn of(line: &Line, calendar: &Calendar, early: Option<&Decision>) -> Self {
        let (mut notation, mut words) =
            (notation(&line.rule, calendar), retention_in_words(&line.rule));
        if let Some(Decision { called, .. }) = early {
            notation += &format!("; early under erasure request {called}");
            words += &format!(" Destroyed early under erasure request {called}.");
        }
        Self { notation, words }
    }
}

struct Draft {
    row: batch::Model,
    mappings: BTreeSet<Uuid>,
    waiting: Vec<batch_line::ActiveModel>,
}

/// The whole rule in one line, with the year ends it counts to: what it is bound
/// to when it is approved.
pub(in crate::disposal) fn notation(rule: &RetentionRule, calendar: &Calendar) -> String {
    let maximum = match &rule.maximum {
        Maximum::SameAsMinimum => "the same".to_owned(),
        Maximum::Rule(rule) => rule.to_string(),
        Maximum::None { .. } => "none".to_owned(),
    };
    let mut said = format!("{}; at most {maximum}; then {}", rule.minimum, rule.action.name());
    for alignment in rule.alignments() {
        if let Some(end) = calendar.said(alignment) {
            said += &format!("; {} is {end}", alignment.name());
        }
    }
    said
}

impl<'a> Drafts<'a> {
    pub(super) fn new(
        desk: &Desk<'_>,
        group: &'a Group<'a>,
        rule: &Line,
        checked: &'a Checked,
        by: &'a By,
        early: Option<&'a Decision>,
    ) -> Self {
        let rule = Rule::of(rule, &group.schedule.calendar, early);
        Self {
            group,
            rule,
            checked,
            by,
            now: desk.now(),
            today: desk.today(),
            grace_days: i64::from(desk.config.disposal.quarantine.0),
            early,
            lists: BTreeMap::new(),
        }
    }

    /// Puts an item onto the list of its action. What is above the ceiling is
    /// counted and no longer written: the list will be refused.
    pub(super) async fn add(
        &mut self,
        tx: &WriteTx,
        item: item::Model,
        leave: &Leave,
    ) -> Result<(), ApprovalError> {
        let name = leave.action.name();
        if !self.lists.contains_key(name) {
            let draft = self.begin(tx, leave.action).await?;
            self.lists.insert(name, draft);
        }
        let (now, most) = (self.now, self.checked.ceilings.max_lines);
        if let Some(draft) = self.lists.get_mut(name) {
            draft.count(&item, leave);
            if draft.row.lines.unsigned_abs() <= most {
                draft.mappings.extend(item.mapping_id);
                let line = line(draft, item, leave, now)?;
                draft.waiting.push(line);
                draft.write(tx, PAGE).await?;
            }
        }
        Ok(())
    }

    async fn begin(&self, tx: &WriteTx, action: DisposalAction) -> Result<Draft, ApprovalError> {
        let (line, now) = (self.group.line, self.now);
        if action == DisposalAction::Transfer {
            for_archives(self.group.store, &line.record_type.code)?;
        }
        let to_approve = jiff::SignedDuration::from_hours(24 * DAYS_TO_APPROVE);
        let row = batch::Model {
            id: id_at(now),
            number: numbers::next(tx, Series::Batch, self.today).await?,
            action: Text(action),
            asset_id: line.asset.id,
            record_type_id: line.record_type.id,
            store_id: self.group.store.id,
            schedule_version_id: self.checked.version.0,
            rule: self.rule.notation.clone(),
            rule_words: self.rule.words.clone(),
            mappings: serde_json::json!([]),
            lines: 0,
            members: 0,
            bytes: 0,
            oldest_due: None,
            newest_due: None,
            digest: None,
            state: Text(BatchState::Draft),
            state_since: Micros::from(now),
            proposed_by: person_of(self.by).map(|person| person.0),
            proposed_at: Micros::from(now),
            expires_at: Micros::from(now.saturating_add(to_approve).unwrap_or(now)),
            not_before: None,
            quarantined_at: None,
            grace_days: self.grace_days,
            halted_from: None,
            halted_why: None,
            standing_authority_id: None,
            forgotten_at: None,
            erasure_request_id: self.early.map(|decision| decision.request),
            erasure_digest: self.early.map(|decision| decision.digest.clone()),
        };
        let new = row.clone().into_active_model();
        batch::Entity::insert(new).exec_without_returning(&**tx).await?;
        Ok(Draft { row, mappings: BTreeSet::new(), waiting: Vec::new() })
    }

    /// Closes the lists: each has its digest, and waits for its owner.
    pub(super) async fn close(self, tx: &WriteTx) -> Result<Vec<batch::Model>, ApprovalError> {
        let mut batches = Vec::with_capacity(self.lists.len());
        for draft in self.lists.values() {
            self.below_the_ceilings(&draft.row)?;
        }
        let Self { group, by, now, lists, .. } = self;
        for mut draft in lists.into_values() {
            draft.write(tx, 1).await?;
            let mut row = draft.row;
            let mut mappings: Vec<&str> = group
                .mappings
                .iter()
                .filter(|mapping| draft.mappings.contains(&mapping.id))
                .map(|mapping| mapping.digest.as_str())
                .collect();
            mappings.sort_unstable();
            row.mappings = serde_json::json!(mappings);
            let digest = digest_of(&**tx, &row).await?.0;
            row.digest = Some(digest.clone());
            row.state = Text(BatchState::Proposed);
            row.clone().into_active_model().reset_all().update(&**tx).await?;
            let before = batch::Model { digest: None, ..row.clone() };
            let (by, action) = (by.clone(), Action::BatchProposed);
            enter(tx, by, action, &before, Some(digest), Motive::default(), now).await?;
            batches.push(row);
        }
        Ok(batches)
    }

    fn below_the_ceilings(&self, row: &batch::Model) -> Result<(), ApprovalError> {
        let ceilings = self.checked.ceilings;
        let record_type = self.group.line.record_type.code.clone();
        let store = self.group.store.name.clone();
        let lines = row.lines.unsigned_abs();
        if lines > ceilings.max_lines {
            let most = ceilings.max_lines;
            return Err(ApprovalError::TooMany { record_type, store, lines, most });
        }
        let (members, of) = (row.members.unsigned_abs(), self.checked.items);
        let most = ceilings.max_share_percent;
        // A list for review takes nothing out of the store.
        let takes = row.action.0 != DisposalAction::Review;
        if takes && members.saturating_mul(100) > of.saturating_mul(most) {
            let percent = members.saturating_mul(100).div_ceil(of.max(1));
            return Err(ApprovalError::TooGreatAShare {
                record_type,
                store,
                members,
                of,
                percent,
                most,
            });
        }
        Ok(())
    }
}

impl Draft {
    fn count(&mut self, item: &item::Model, leave: &Leave) {
        self.row.lines += 1;
        self.row.members += item.members;
        self.row.bytes += item.bytes;
        let (oldest, newest) = (&mut self.row.oldest_due, &mut self.row.newest_due);
        let due = leave.due_on.map(CivilDate);
        *oldest = oldest.iter().copied().chain(due).min();
        *newest = newest.iter().copied().chain(due).max();
    }

    /// Writes the lines that wait, once there are so many.
    async fn write(&mut self, tx: &WriteTx, from: u64) -> Result<(), ApprovalError> {
        if self.waiting.len() as u64 >= from {
            let lines = std::mem::take(&mut self.waiting);
            batch_line::Entity::insert_many(lines).exec_without_returning(&**tx).await?;
        }
        Ok(())
    }
}

fn line(
    draft: &Draft,
    item: item::Model,
    leave: &Leave,
    now: Timestamp,
) -> Result<batch_line::ActiveModel, CatalogueError> {
    let mapping_id =
        item.mapping_id.ok_or_else(|| CatalogueError::impossible("item", "it has no mapping"))?;
    let line = batch_line::Model {
        id: id_at(now),
        batch_id: draft.row.id,
        position: draft.row.lines - 1,
        mapping_id,
        locator: item.locator,
        is_unit: item.is_unit,
        reference: item.reference,
        subject_key: item.subject_key,
        members: item.members,
        bytes: item.bytes,
        fingerprint: item.fingerprint,
        due_on: leave.due_on.map(CivilDate),
        not_beyond: leave.not_beyond.map(CivilDate),
        governing: leave.governing.clone(),
        facts: item.facts.into(),
        store_facts: None,
        verdict: Text(Verdict::Include),
        verdict_why: None,
        verdict_until: None,
        verdict_by: None,
        state: Text(LineState::Pending),
        why: None,
        kept_fingerprint: None,
        quarantined_at: None,
        ended_at: None,
        rights_item_id: leave.item,
        ended_as: None,
    };
    Ok(line.into_active_model())
}
