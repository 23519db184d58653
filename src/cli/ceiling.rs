//! `retaind ceiling`: how much may go at once.

use clap::{Subcommand, ValueEnum, builder::PossibleValue};
use serde::Serialize;

use crate::change::{self, Ceiling};
use crate::cli::change::{Set, asked};
use crate::cli::context::Instance;
use crate::cli::output::table;
use crate::cli::{Context, Failure, Outcome};
use crate::clock::Clock;

/// How much may go at once, before a run stops and asks
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the ceilings
    List,
    Set(SetArgs),
}

/// Set a ceiling
///
/// A lower one is in force at once; a higher one waits for a records manager
/// and the SIRO to sign it.
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// Which
    name: Ceiling,

    /// What it is to be
    value: u64,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

impl ValueEnum for Ceiling {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    ceiling: Ceiling,
    value: u64,
    default: u64,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Set(args) => {
            let instance = context.instance().await?;
            let Instance { catalogue, actor, clock, .. } = &instance;
            let SetArgs { name, value, reason } = &args;
            let answer =
                change::set_ceiling(catalogue, actor, *name, *value, reason, clock.now()).await?;
            let set = Set { what: name.to_string(), value: value.to_string() };
            asked(context, &instance, answer, set).await
        }
    }
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let ceilings = change::ceilings(catalogue.read()).await?;
    let listed: Vec<Listed> = Ceiling::ALL
        .iter()
        .map(|ceiling| Listed {
            ceiling: *ceiling,
            value: ceilings.of(*ceiling),
            default: ceiling.default_value(),
        })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|line| {
            [line.ceiling.to_string(), line.value.to_string(), line.default.to_string()]
        });
        table(to, ["Ceiling", "Is", "Default"], rows)
    })?;
    Ok(Outcome::Done)
}
