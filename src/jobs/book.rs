//! What is due, what was missed, and the history, as the catalogue keeps them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::schedule::{self, next_due, on_a_day_for};
use super::{Days, Job, Missed, TABLE};
use crate::catalogue::entity::{job, job_run};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{RunCause, RunResult};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock::id_at;
use crate::config::Config;

/// Later than this after its time, a run was missed.
const GRACE: SignedDuration = SignedDuration::from_mins(5);

const TOO_LATE: &str = "no daemon ran at its time; it waits for the next";

/// Brings the catalogue's jobs to the table and the configuration: new ones
/// are due at their next time, changed ones at their new time, and those whose
/// time was reckoned while a clock was ahead at the right one.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn sync(
    catalogue: &Catalogue,
    config: &Config,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let known = rows(catalogue).await?;
    for job in TABLE {
        let timing = schedule::timing(config, job);
        let cron = timing.to_string();
        let next = |after| next_due(&timing, job.days, after, &config.working_days);
        // The next time but one is believed: another machine's clock may be a little
        // ahead of ours, and it has run the job then.
        let is_right = |row: &job::Model| {
            let due = row.next_due_at.map(Micros::timestamp);
            row.cron == cron && due <= next(now).and_then(next)
        };
        if known.get(job.name).is_some_and(is_right) {
            continue;
        }
        let next = next(now);
        let row = job::ActiveModel {
            name: Set(job.name.to_owned()),
            cron: Set(cron),
            next_due_at: Set(next.map(Micros::from)),
            ..Default::default()
        };
        let in_place = OnConflict::column(job::Column::Name)
            .update_columns([job::Column::Cron, job::Column::NextDueAt])
            .to_owned();
        let tx = catalogue.write_tx().await?;
        job::Entity::insert(row).on_conflict(in_place).exec_without_returning(&*tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The jobs to run now, each with why. One whose time was missed and is not to
/// be caught up, or falls on a day that will not do, is put off.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn due(
    catalogue: &Catalogue,
    config: &Config,
    now: Timestamp,
) -> Result<Vec<(&'static Job, RunCause)>, CatalogueError> {
    let (known, mut due) = (rows(catalogue).await?, Vec::new());
    for job in TABLE {
        let Some(row) = known.get(job.name) else { continue };
        let Some(at) = row.next_due_at.map(Micros::timestamp).filter(|at| *at <= now) else {
            continue;
        };
        let is_late = at + GRACE < now;
        match Turn::of(job, is_late, now, config) {
            Turn::Now => {
                due.push((job, if is_late { RunCause::Missed } else { RunCause::Due }));
            }
            Turn::AnotherDay => {
                let zone = &config.working_days.zone;
                let time = at.to_zoned(zone.clone()).time();
                let today = now.to_zoned(zone.clone());
                let then = today.with().time(time).build().unwrap_or(today);
                let then = on_a_day_for(job.days, then, &config.working_days);
                put_off(catalogue, row, Some(then.timestamp()), None, now).await?;
            }
            Turn::Missed => {
                let timing = schedule::timing(config, job);
                let next = next_due(&timing, job.days, now, &config.working_days);
                put_off(catalogue, row, next, Some(TOO_LATE), now).await?;
            }
        }
    }
    Ok(due)
}

enum Turn {
    Now,
    AnotherDay,
    Missed,
}

impl Turn {
    fn of(job: &Job, is_late: bool, now: Timestamp, config: &Config) -> Self {
        let calendar = &config.working_days;
        let today = now.to_zoned(calendar.zone.clone()).date();
        match (job.days, job.missed) {
            (Days::Working, _) if !calendar.is_working_day(today) => Self::AnotherDay,
            (_, Missed::Skip) if is_late => Self::Missed,
            _ => Self::Now,
        }
    }
}

/// Sets the next time of a job that does not run now, unless another daemon has
/// done something with it since; with a reason, it is entered as skipped.
async fn put_off(
    catalogue: &Catalogue,
    row: &job::Model,
    next: Option<Timestamp>,
    why: Option<&str>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let tx = catalogue.write_tx().await?;
    let same = job::Entity::find_by_id(&row.name).lock_exclusive().one(&*tx).await?;
    if same.as_ref() != Some(row) || row.lease_owner.is_some() {
        return Ok(());
    }
    let mut later: job::ActiveModel = row.clone().into();
    later.next_due_at = Set(next.map(Micros::from));
    if let Some(why) = why {
        later.last_finished_at = Set(Some(now.into()));
        later.last_result = Set(Some(RunResult::Skipped));
        later.last_message = Set(Some(why.to_owned()));
        let run = job_run::ActiveModel {
            id: Set(id_at(now)),
            job: Set(row.name.clone()),
            cause: Set(RunCause::Missed),
            started_at: Set(now.into()),
            finished_at: Set(Some(now.into())),
            result: Set(Some(RunResult::Skipped)),
            message: Set(Some(why.to_owned())),
        };
        job_run::Entity::insert(run).exec_without_returning(&*tx).await?;
    }
    later.update(&*tx).await?;
    tx.commit().await
}

/// The jobs as they stand, by name.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn rows(catalogue: &Catalogue) -> Result<BTreeMap<String, job::Model>, CatalogueError> {
    let rows = job::Entity::find().all(catalogue.read()).await;
    let rows = rows.map_err(|error| catalogue.error(error))?;
    Ok(rows.into_iter().map(|row| (row.name.clone(), row)).collect())
}

/// The last runs of a job, newest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn history(
    catalogue: &Catalogue,
    job: &Job,
    limit: u64,
) -> Result<Vec<job_run::Model>, CatalogueError> {
    let runs = job_run::Entity::find()
        .filter(job_run::Column::Job.eq(job.name))
        .order_by_desc(job_run::Column::StartedAt)
        .order_by_desc(job_run::Column::Id)
        .limit(limit);
    runs.all(catalogue.read()).await.map_err(|error| catalogue.error(error))
}
