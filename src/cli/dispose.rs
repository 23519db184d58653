//! `retaind dispose`: carrying out approved batches.

use std::fmt::Write as _;
use std::io::Write;

use clap::{Args as ClapArgs, Subcommand};
use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Answer, Context, Failure, Outcome};
use crate::audit::By;
use crate::catalogue::entity::batch_line;
use crate::cli::context::Instance;
use crate::cli::output::counted;
use crate::clock::Clock as _;
use crate::disposal::execution::lost::{self, Lost};
use crate::disposal::execution::restore::{self, What};
use crate::disposal::execution::settle::{self, Settled};
use crate::disposal::execution::since_backup::{self, TakenOver};
use crate::disposal::execution::{self, ChunkSize, DryRun, Ran, clock};
use crate::disposal::{Desk, jump, show};
use crate::people::Role;
use crate::upkeep::restore::confirm;

/// Carry out batches that two people approved, or put them back
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
A batch goes step by step: out of reach, a grace in which it can be put back, then \
destruction and a certificate. Every guard is asked at each step; one that stops it says \
why and what to do.

Examples:
  retaind dispose dry-run B-2026-0017
  retaind dispose run B-2026-0017
  retaind dispose restore B-2026-0017 --reason \"the planning inspector asked\"")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    DryRun(BatchArgs),
    Restore(RestoreArgs),
    Resume(ResumeArgs),
    Settle(SettleArgs),
    ConfirmClock(ReasonArgs),
    ConfirmJump(JumpArgs),
    ConfirmRestore(EnteredArgs),
}

/// Carry out a batch as far as it may go now
#[derive(Debug, ClapArgs)]
struct RunArgs {
    /// The batch's number
    batch: String,
    /// Lines in one chunk, and one chunk at a time; without it, as many lines as take
    /// about 75 milliseconds, and two chunks
    #[arg(long)]
    chunk: Option<u64>,
}

/// Say what a run would do now, and do nothing
#[derive(Debug, ClapArgs)]
struct BatchArgs {
    /// The batch's number
    batch: String,
}

/// Put back what is out of reach, and end the batch
#[derive(Debug, ClapArgs)]
struct RestoreArgs {
    /// The batch's number
    batch: String,
    /// Only this line, by its number in `batch show --lines`; the batch goes on with the others
    #[arg(long, value_name = "NUMBER")]
    line: Option<u64>,
    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

/// Let a batch go on that a guard halted
#[derive(Debug, ClapArgs)]
struct ResumeArgs {
    /// The batch's number
    batch: String,
    /// What was looked at, and why it may go on
    #[arg(long)]
    reason: String,
}

/// Settle what processes left open that have ended
///
/// A chunk is closed by looking at the store, once its process is known to have
/// ended. Where the machine or its state folder is lost nobody can know: then two
/// people say so, each with --gone, one of them a records manager. Be sure that the
/// machine will not start again: a run that wakes later does what it had begun.
#[derive(Debug, ClapArgs)]
struct SettleArgs {
    /// An executor whose machine or state folder is lost
    #[arg(long, value_name = "EXECUTOR", requires = "reason")]
    gone: Option<Uuid>,
    /// How it is known to be lost
    #[arg(long, requires = "gone")]
    reason: Option<String>,
}

/// Take the clock for right after the machine was off for long
#[derive(Debug, ClapArgs)]
struct ReasonArgs {
    /// Why it is right
    #[arg(long)]
    reason: String,
}

/// Say that far more is rightly due in a store than the month before
///
/// Nothing is proposed from the store until then.
#[derive(Debug, ClapArgs)]
struct JumpArgs {
    /// The store
    store: String,
    /// Why so much is due
    #[arg(long)]
    reason: String,
}

/// Say that what was held since a restored backup is entered again
#[derive(Debug, ClapArgs)]
struct EnteredArgs {
    /// What was looked through, and what was entered
    #[arg(long)]
    reason: String,
}

/// Who may carry out, and confirm the clock.
const MAY_RUN: &[Role] = &[Role::Operator, Role::RecordsManager];

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let scanner = instance.scanner();
    let role = || {
        instance.actor.first_of(MAY_RUN).ok_or_else(|| {
            Failure::new(format!(
                "{} may not carry out batches: it takes the role operator or records-manager.",
                instance.actor.name
            ))
        })
    };
    match args.command {
        Command::Run(args) => {
            role()?;
            let size = args.chunk.map_or(ChunkSize::ByTime, ChunkSize::Lines);
            let cancel = CancellationToken::new();
            let stop = cancel.clone();
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    stop.cancel();
                }
            });
            let ran = execution::run(&scanner, &args.batch, size, &cancel).await?;
            context.printer.print(&ran)?;
        }
        Command::DryRun(args) => {
            context.printer.print(&execution::dry_run(&scanner, &args.batch).await?)?;
        }
        Command::Restore(args) => {
            let what = match args.line {
                None => What::All,
                Some(line) => What::Line(line_of(&instance, &args.batch, line).await?),
            };
            let actor = &instance.actor;
            let came = restore::restore(&scanner, actor, &args.batch, &what, &args.reason).await?;
            let left = came.changed + came.absent + came.failed;
            context.printer.print(&PutBack { batch: args.batch, restored: came.done, left })?;
            if left > 0 {
                return Ok(Outcome::Attention);
            }
        }
        Command::Resume(args) => {
            let actor = &instance.actor;
            let state = execution::resume(&scanner, actor, &args.batch, &args.reason).await?;
            context.printer.print(&Resumed { batch: args.batch, state: state.to_string() })?;
        }
        Command::Settle(SettleArgs { gone: Some(id), reason }) => {
            return settle_lost(context, &instance, id, &reason.unwrap_or_default()).await;
        }
        Command::Settle(_) => {
            role()?;
            let settled = settle::settle_all(&scanner).await?;
            let open = settled.open + settled.unanswered;
            context.printer.print(&settled)?;
            if open > 0 {
                return Ok(Outcome::Attention);
            }
        }
        Command::ConfirmClock(args) => {
            let by = By::person(&instance.actor, role()?);
            let now = instance.clock.now();
            clock::confirm(&instance.catalogue, by, &args.reason, now).await?;
            context.printer.print(&Confirmed { now: now.to_string() })?;
        }
        Command::ConfirmJump(JumpArgs { store, reason }) => {
            let Instance { config, catalogue, actor, clock, .. } = &instance;
            let desk = Desk { config, catalogue, clock };
            jump::confirm(&desk, actor, &store, &reason).await?;
            context.printer.print(&Jumped { store })?;
        }
        Command::ConfirmRestore(args) => confirm_restore(context, &instance, &args.reason).await?,
    }
    Ok(Outcome::Done)
}

/// The line of this number in its batch.
async fn line_of(instance: &Instance, number: &str, line: u64) -> Result<Uuid, Failure> {
    let batch = show::by_number(&instance.catalogue, number).await?;
    let position = i64::try_from(line).unwrap_or_default() - 1;
    let found = batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(batch.id))
        .filter(batch_line::Column::Position.eq(position))
        .one(instance.catalogue.read())
        .await?;
    let found = found.ok_or_else(|| {
        Failure::new(format!(
            "batch {number} has no line {line}: `retaind batch show {number} --lines` numbers them"
        ))
    })?;
    Ok(found.id)
}

async fn settle_lost(
    context: &Context,
    instance: &Instance,
    executor: Uuid,
    reason: &str,
) -> Result<Outcome, Failure> {
    let lost = lost::gone(&instance.scanner(), &instance.actor, executor, reason).await?;
    context.printer.print(&lost)?;
    let is_left = match &lost {
        Lost::Said => true,
        Lost::Settled(settled) => settled.unanswered > 0,
    };
    Ok(if is_left { Outcome::Attention } else { Outcome::Done })
}

async fn confirm_restore(
    context: &Context,
    instance: &Instance,
    reason: &str,
) -> Result<(), Failure> {
    let Some(role) = instance.actor.first_of(&[Role::RecordsManager]) else {
        return Err(Failure::new(format!(
            "{} may not confirm that what was held is entered again: it takes the role \
             records-manager.",
            instance.actor.name
        )));
    };
    let (by, now) = (By::person(&instance.actor, role), instance.clock.now());
    let restored = confirm(&instance.catalogue, by, reason, now).await?;
    let since = restored.map(|it| it.taken_at.to_string());
    let kept = instance.config.proof.manifest_kept;
    let taken_over = since_backup::take_over(&instance.scanner().prover(), kept, now).await?;
    context.printer.print(&HeldAgain { since, taken_over })?;
    Ok(())
}

impl Answer for Ran {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "batch {} is {}", self.batch, self.state)?;
        for (count, what) in [
            (self.quarantined, "taken out of reach"),
            (self.destroyed, "destroyed"),
            (self.restored, "put back, to be kept"),
        ] {
            if count > 0 {
                writeln!(to, "{count} {what}")?;
            }
        }
        if let Some(certificate) = &self.certificate {
            writeln!(to, "certificate {certificate}")?;
        }
        if let Some(why) = &self.waits {
            writeln!(to, "it waits: {why}")?;
        }
        match &self.left {
            Some(left) => writeln!(to, "{left}"),
            None => Ok(()),
        }
    }
}

impl Answer for DryRun {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        use BatchState::{Destroying, Quarantined};
        for stop in &self.stops {
            writeln!(to, "batch {} does not go now: {stop}", self.batch)?;
        }
        let would = if self.stops.is_empty() { "would now" } else { "would otherwise" };
        let done = match self.state {
            Quarantined | Destroying => "be destroyed",
            _ => "be taken out of reach",
        };
        let lines = counted(self.would_go.len() as u64, "line", "lines");
        writeln!(to, "batch {}: {lines} {would} {done}", self.batch)?;
        for (why, count) in &self.would_stay {
            writeln!(to, "{count} would be left: {why}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct PutBack {
    batch: String,
    restored: u64,
    left: u64,
}

impl Answer for PutBack {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut said =
            format!("{} of batch {} are back in their places", self.restored, self.batch);
        if self.left > 0 {
            let _ = write!(said, "; {} could not be put back and are where they were", self.left);
        }
        writeln!(to, "{said}")
    }
}

#[derive(Serialize)]
struct Resumed {
    batch: String,
    state: String,
}

impl Answer for Resumed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "batch {} goes on at the next run; it is {}", self.batch, self.state)
    }
}

impl Answer for Settled {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{} open chunks settled", self.closed)?;
        if self.open > 0 {
            writeln!(
                to,
                "{} belong to a process that lives, or cannot be asked from here",
                self.open
            )?;
        }
        for executor in &self.out_of_reach {
            writeln!(
                to,
                "executor {executor} cannot be asked from here. Run this on its machine; if that \
                 or its state folder is lost for good, two people say so: \
                 `retaind dispose settle --gone {executor} --reason ...`"
            )?;
        }
        if self.unanswered > 0 {
            writeln!(to, "{} stay open: what became of them is not known yet", self.unanswered)?;
        }
        for why in &self.why {
            writeln!(to, "{why}")?;
        }
        Ok(())
    }
}

impl Answer for Lost {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        match self {
            Self::Said => writeln!(
                to,
                "noted. Within seven days another person says so too, with the same command; one \
                 of the two is a records manager"
            ),
            Self::Settled(settled) => settled.say(to),
        }
    }
}

#[derive(Serialize)]
struct Confirmed {
    now: String,
}

impl Answer for Confirmed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "the clock is taken for right: {}", self.now)
    }
}

#[derive(Serialize)]
struct Jumped {
    store: String,
}

impl Answer for Jumped {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "what is due in store {} is taken for right, and may be proposed", self.store)
    }
}

#[derive(Serialize)]
struct HeldAgain {
    /// When the backup was made; nothing where no restore waited.
    since: Option<String>,
    taken_over: Vec<TakenOver>,
}

impl Answer for HeldAgain {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        for taken in &self.taken_over {
            writeln!(to, "{taken}")?;
        }
        match &self.since {
            Some(since) => writeln!(
                to,
                "what was held since {since} is taken for entered again; what this had halted \
                 goes on with `retaind dispose resume`"
            ),
            None => {
                writeln!(to, "nothing waits for it: nothing was restored since it was confirmed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_waits_says_what_it_left_out_of_reach() {
        let ran = Ran {
            batch: "B-2026-0001".to_owned(),
            state: BatchState::Quarantined,
            quarantined: 0,
            destroyed: 0,
            restored: 1,
            waits: Some("nothing of it goes before Sunday".to_owned()),
            left: Some("1 line is out of reach".to_owned()),
            certificate: None,
        };
        let mut said = Vec::new();
        ran.say(&mut said).unwrap();
        assert_eq!(
            String::from_utf8(said).unwrap(),
            "batch B-2026-0001 is quarantined\n1 put back, to be kept\n\
             it waits: nothing of it goes before Sunday\n1 line is out of reach\n"
        );
    }
}
