//! `retaind schedule`: the rules in force, and what words mean.

mod compare;
mod list;
mod parse;

use clap::Subcommand;

use crate::cli::{Context, Failure, Outcome};

/// Read retention periods, and see the schedule in force
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Parse(parse::Args),
    List(list::Args),
    Show(list::ShowArgs),
    Compare(compare::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Parse(args) => parse::run(context, args),
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => list::show(context, args).await,
        Command::Compare(args) => compare::run(context, args).await,
    }
}
