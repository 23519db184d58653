//! Whether what went under a certificate comes to the same again: each line is
//! evaluated anew, from what was known of it then, by the rule and the year ends
//! of the version of the schedule that it went under (invariant I6).
//!
//! What was known of each is in the sealed manifest, so this can be done for as
//! long as that is kept.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::erasure::yields;
use retaind_schedules::evaluation::{DueDate, Facts, Outcome, evaluate};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ManifestLine, ProofError, Prover, issue, open_manifest};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch, record_type, schedule_line, schedule_version};
use crate::people::Actor;
use crate::scan::plan::Line;
use crate::stores::calendar_of;

/// What a line went by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WentBy {
    /// What was known of it.
    pub facts: Facts,
    /// The last day it had to be kept, as it was approved.
    pub due_on: Option<Date>,
    /// The day it was taken.
    pub on: Date,
}

/// What replaying a certificate came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Which certificate.
    pub certificate: String,
    /// The version of the schedule they were evaluated by.
    pub schedule_version: String,
    /// Lines that went and come to the same again.
    pub same: u64,
    /// The stubs of lines that went and do not.
    pub differing: Vec<Uuid>,
    /// Lines that went and of which the manifest does not say by what.
    pub not_known: u64,
}

/// Evaluates again what went under this certificate. That its manifest was
/// opened, and why, is entered in the audit chain.
///
/// # Errors
///
/// As [`open_manifest`], or where the catalogue no longer has the rule.
pub async fn replay(
    prover: &Prover<'_>,
    actor: &Actor,
    number: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Replayed, ProofError> {
    let lines = open_manifest(prover, actor, number, reason, now).await?;
    let of = issue::find(prover.catalogue.read(), number).await?.batch_id;
    let law = Law::of(prover, of).await?;
    let mut replayed = Replayed {
        certificate: number.to_owned(),
        schedule_version: law.version.clone(),
        same: 0,
        differing: Vec::new(),
        not_known: 0,
    };
    for ManifestLine { stub, went_by, .. } in lines {
        match (stub, went_by) {
            (None, _) => {}
            (Some(_), None) => replayed.not_known += 1,
            (Some(_), Some(by)) if law.lets_go(&by) => replayed.same += 1,
            (Some(stub), Some(_)) => replayed.differing.push(stub),
        }
    }
    Ok(replayed)
}

/// What the lines of a batch were judged by.
struct Law {
    version: String,
    rule: Line,
    calendar: Calendar,
    /// Whether it went early, under a request for erasure.
    early: bool,
}

impl Law {
    async fn of(prover: &Prover<'_>, id: Uuid) -> Result<Self, ProofError> {
        let read = prover.catalogue.read();
        let gone = |what: &str| CatalogueError::impossible(what, "not in the catalogue");
        let batch = batch::Entity::find_by_id(id).one(read).await?;
        let batch = batch.ok_or_else(|| gone("certificate.batch_id"))?;
        let version = schedule_version::Entity::find_by_id(batch.schedule_version_id);
        let version = version.one(read).await?.ok_or_else(|| gone("batch.schedule_version_id"))?;
        let kind = record_type::Entity::find_by_id(batch.record_type_id).one(read).await?;
        let kind = kind.ok_or_else(|| gone("batch.record_type_id"))?;
        let line = schedule_line::Entity::find()
            .filter(schedule_line::Column::ScheduleVersionId.eq(version.id))
            .filter(schedule_line::Column::RecordTypeId.eq(kind.id));
        let line = line.one(read).await?.ok_or_else(|| gone("the rule of a batch"))?;
        let rule = serde_json::from_value(line.rule)
            .map_err(|fault| CatalogueError::impossible("a rule", fault))?;
        let calendar = calendar_of(&version)?;
        let early = batch.erasure_request_id.is_some();
        Ok(Self { version: version.label, rule: Line { code: kind.code, rule }, calendar, early })
    }

    /// Whether it is due on the day it was taken, and since the same day; or would be
    /// from the same day on, and its rule yields to a request.
    fn lets_go(&self, by: &WentBy) -> bool {
        let answer = evaluate(&by.facts, &[self.rule.bearing()], &[], &self.calendar, by.on);
        let due_on = match answer.due {
            DueDate::On(day) => Some(day),
            DueDate::AtOnce | DueDate::Unknown | DueDate::Never => None,
        };
        let is_due = matches!(answer.outcome, Outcome::Due { .. });
        let went_early =
            self.early && answer.outcome == Outcome::NotDue && yields(&self.rule.rule).is_ok();
        (is_due && answer.due.is_past(by.on) || went_early) && due_on == by.due_on
    }
}
