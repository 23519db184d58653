//! Whether the daemon has ever done anything by itself.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{Check, Patient, Said, ago, well, wrong};
use crate::catalogue::entity::{audit_entry, job_run};
use crate::catalogue::words::RunCause;
use crate::jobs::TABLE;
use crate::jobs::schedule::{next_due, timing};
use crate::upkeep::UpkeepError;

pub(super) struct Daemon;

/// So long a new catalogue may do without.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

const REMEDY: &str = "Start the daemon: `systemctl enable --now retaind`; where it runs, \
    `journalctl -u retaind` says why it does nothing";

#[async_trait]
impl Check for Daemon {
    fn area(&self) -> &'static str {
        "daemon"
    }

    /// By what ran at its own time: what a person ran by hand is no sign of it.
    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let database = patient.catalogue.read();
        let last = job_run::Entity::find()
            .filter(job_run::Column::Cause.ne(RunCause::Asked))
            .order_by_desc(job_run::Column::StartedAt)
            .one(database)
            .await?;
        let first = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Seq);
        let made = first.one(database).await?.map(|entry| entry.at.timestamp());
        let last = last.map(|run| run.started_at.timestamp());
        let due = made.map(|made| due_since(made, patient)).unwrap_or_default();
        Ok(vec![verdict(last, made, &due, patient.now)])
    }
}

/// The jobs that are on and were due a day ago or longer, in a catalogue made then.
fn due_since(made: Timestamp, patient: &Patient<'_>) -> Vec<&'static str> {
    let config = patient.config;
    let due = TABLE.iter().filter(|job| {
        let first = next_due(&timing(config, job), job.days, made, &config.working_days);
        first.is_some_and(|first| first + PATIENCE < patient.now)
    });
    due.map(|job| job.name).collect()
}

fn verdict(last: Option<Timestamp>, made: Option<Timestamp>, due: &[&str], now: Timestamp) -> Said {
    match (last, made, due) {
        (Some(last), ..) => well(format!("a job last ran by itself {}", ago(last, now))),
        (None, Some(made), [_, ..]) => wrong(
            format!(
                "the catalogue was made {}, and no job ever ran by itself, though these were due: \
                 {}",
                ago(made, now),
                due.join(", ")
            ),
            REMEDY,
        ),
        _ => well("no job ran by itself yet, and none is a day late"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_daemon_that_never_ran_is_wrong_once_a_job_is_a_day_late_and_names_it() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let made = "2026-10-06T09:00:00Z".parse().ok();
        let said = verdict(None, made, &["scan", "outbox"], now);
        assert_eq!(
            (said.level, said.what.as_str()),
            (
                Level::Wrong,
                "the catalogue was made 47 days ago, and no job ever ran by itself, though these \
                 were due: scan, outbox"
            )
        );
        assert!(said.remedy.is_some_and(|it| it.contains("`systemctl enable --now retaind`")));
        let ran = Some(now - SignedDuration::from_hours(1));
        for (last, made, due) in [(ran, made, &["scan"][..]), (None, made, &[]), (None, None, &[])]
        {
            assert_eq!(verdict(last, made, due, now).level, Level::Well, "{last:?} {due:?}");
        }
    }
}
