//! `retaind jobs`: what runs by itself, when, and what came of it.

use std::io::Write;

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::catalogue::values::Micros;
use crate::catalogue::words::{RunCause, RunResult};
use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome, scan, serve};
use crate::jobs::run::Ran;
use crate::jobs::{self, TABLE, book};

/// What runs by itself: when it is next due, and what it last came to
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the jobs, with their next time and their last result
    List,
    Run(RunArgs),
}

/// Run a job now, and wait for it
///
/// It does what it would do at its time, and only where no daemon is at it.
/// Exit code 0: it did; 1: it failed; 3: it was stopped before its end.
#[derive(Debug, clap::Args)]
struct RunArgs {
    /// The job, by its name in `retaind jobs list`
    name: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Run(args) => run_one(context, &args.name).await,
    }
}

/// A job as it stands.
#[derive(Debug, Serialize)]
struct Line {
    job: &'static str,
    what: &'static str,
    cron: String,
    next: Option<Micros>,
    running: bool,
    last_finished: Option<Micros>,
    last_result: Option<RunResult>,
    last_message: Option<String>,
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let runner = serve::runner(context, Default::default()).await?;
    runner.sync().await?;
    let mut rows = book::rows(&runner.catalogue).await?;
    let lines: Vec<Line> = TABLE
        .iter()
        .filter_map(|job| {
            let row = rows.remove(job.name)?;
            Some(Line {
                job: job.name,
                what: job.what,
                cron: row.cron,
                next: row.next_due_at,
                running: row.lease_owner.is_some(),
                last_finished: row.last_finished_at,
                last_result: row.last_result,
                last_message: row.last_message,
            })
        })
        .collect();
    let zone = &runner.config.jobs.zone;
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| line.cells(zone));
        table(to, ["job", "when", "next", "last", "result", "said"], rows)
    })?;
    Ok(Outcome::Done)
}

impl Line {
    fn cells(&self, zone: &TimeZone) -> [String; 6] {
        let local = |at: Option<Micros>| {
            at.map(|at| {
                at.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
            })
        };
        let result = match (self.running, self.last_result) {
            (true, _) => "running".to_owned(),
            (false, Some(result)) => result.to_string(),
            (false, None) => "never run".to_owned(),
        };
        [
            self.job.to_owned(),
            self.cron.clone(),
            local(self.next).unwrap_or_else(|| "off".to_owned()),
            local(self.last_finished).unwrap_or_default(),
            result,
            self.last_message.clone().unwrap_or_else(|| self.what.to_owned()),
        ]
    }
}

/// What a run came to.
#[derive(Debug, Serialize)]
struct Answered {
    job: &'static str,
    result: RunResult,
    message: String,
}

impl Answer for Answered {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: {}", self.job, self.message)
    }
}

async fn run_one(context: &Context, name: &str) -> Result<Outcome, Failure> {
    let job = jobs::find(name).ok_or_else(|| {
        Failure::new(format!("there is no job called `{name}`. Use one of: {}.", jobs::names()))
    })?;
    let runner = serve::runner(context, scan::cancelled_by_interrupt()).await?;
    runner.sync().await?;
    match runner.run(job, RunCause::Asked).await? {
        Ran::Ended { result: RunResult::Failed, message } => {
            Err(Failure::new(format!("job {name} failed: {message}")))
        }
        Ran::Ended { result, message } => {
            context.printer.print(&Answered { job: job.name, result, message })?;
            Ok(if result == RunResult::Ok { Outcome::Done } else { Outcome::Attention })
        }
        Ran::Busy | Ran::NotDue => Err(Failure::new(format!(
            "job {name} is running already, in a daemon or another command. `retaind jobs list` \
             shows when it has ended."
        ))),
    }
}
