//! `retaind review`: what a person decides of items whose rule leaves it to one.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use serde::Serialize;

use crate::catalogue::words::ItemDecision;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::disposal::Desk;
use crate::disposal::review::{self, Ruling};

/// Items that wait for a person's decision
///
/// Their rule says review, or their loss could not be made good. What is decided
/// is proposed with `retaind batch propose`; what is kept is left until its day.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what waits for a decision
    List,
    Decide(DecideArgs),
    File(FileArgs),
}

/// Decide on one item
#[derive(Debug, clap::Args)]
struct DecideArgs {
    /// The store
    store: String,

    /// The item's place in it
    locator: String,

    /// destroy, transfer or keep; transfer only where the store can read content (`retaind
    /// store test`), so that the archive's copy can be compared
    decision: ItemDecision,

    /// Until when it is kept, where it is
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

/// Decide on many items: a CSV file with the columns store, locator, decision,
/// until and reason
#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file
    file: PathBuf,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { config, catalogue, clock, actor, .. } = &instance;
    let desk = Desk { config, catalogue, clock };
    let rulings = match args.command {
        Command::List => return list(context, &desk).await,
        Command::Decide(DecideArgs { store, locator, decision, until, reason }) => {
            vec![Ruling { store, locator, decision, until, reason, seen: None }]
        }
        Command::File(args) => read(&args.file)?,
    };
    review::decide(&desk, actor, &rulings).await?;
    context.printer.print(&Decided { decided: rulings.len() as u64 })?;
    Ok(Outcome::Done)
}

fn read(file: &std::path::Path) -> Result<Vec<Ruling>, Failure> {
    let failed = |fault| Failure::new(format!("cannot read {}: {fault}", file.display()));
    let mut reader = csv::Reader::from_path(file).map_err(failed)?;
    reader.deserialize().map(|row| row.map_err(failed)).collect()
}

async fn list(context: &Context, desk: &Desk<'_>) -> Result<Outcome, Failure> {
    let mut waiting = Vec::new();
    review::each(desk, |item| {
        waiting.push(item);
        Ok::<(), Failure>(())
    })
    .await?;
    context.printer.print_lines(&waiting, |to| {
        let rows = waiting.iter().map(|item| {
            let due = item.due_on.map_or_else(|| "at once".to_owned(), |day| day.to_string());
            [item.store.clone(), item.record_type.clone(), due, item.locator.clone()]
        });
        table(to, ["Store", "Record type", "Due", "Place"], rows)
    })?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct Decided {
    decided: u64,
}

impl Answer for Decided {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            to,
            "Decided on {}. `retaind batch propose` takes it from here.",
            counted(self.decided, "item", "items")
        )
    }
}
