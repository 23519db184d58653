//! `retaind transfer`: handing batches over to an archive.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use serde::Serialize;

use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::disposal::execution::transfer::{self, Accepted, Checksums, Offered};

/// Hand approved batches over to an archive
///
/// An offer lists every item with its checksum. You send the list and copies of the items;
/// the archive answers with its reference and its own checksums. Local copies go at the next
/// run, and only those whose checksums are the same.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Offer(OfferArgs),
    Accept(AcceptArgs),
    Decline(DeclineArgs),
}

/// Offer a batch, and write the list for the archive
#[derive(Debug, clap::Args)]
struct OfferArgs {
    /// The batch's number
    batch: String,

    /// To which archive
    #[arg(long, value_name = "NAME")]
    archive: String,

    /// The CSV file to write, which must not exist yet. It names records
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Record that the archive took a batch
#[derive(Debug, clap::Args)]
struct AcceptArgs {
    /// The batch's number
    batch: String,

    /// The archive's reference
    #[arg(long)]
    reference: String,

    /// The day it accepted
    #[arg(long, value_name = "DATE")]
    on: Date,

    /// The archive's checksums: a CSV file with the columns line and sha256
    #[arg(long, value_name = "FILE")]
    checksums: PathBuf,
}

/// Record that the archive will not take a batch, which ends it; nothing goes
#[derive(Debug, clap::Args)]
struct DeclineArgs {
    /// The batch's number
    batch: String,

    /// What the archive said
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let (scanner, actor) = (instance.scanner(), &instance.actor);
    let left = match args.command {
        Command::Offer(OfferArgs { batch, archive, out }) => {
            let offered = transfer::offer(&scanner, actor, &batch, &archive, &out).await?;
            context.printer.print(&offered)?;
            offered.left
        }
        Command::Accept(AcceptArgs { batch, reference, on, checksums }) => {
            let theirs = Checksums::read(&checksums)?;
            let accepted =
                transfer::accept(&scanner, actor, &batch, &reference, on, &theirs).await?;
            context.printer.print(&accepted)?;
            accepted.withheld
        }
        Command::Decline(DeclineArgs { batch, reason }) => {
            transfer::decline(&scanner, actor, &batch, &reason).await?;
            context.printer.print(&Declined { declined: batch })?;
            0
        }
    };
    Ok(if left > 0 { Outcome::Attention } else { Outcome::Done })
}

impl Answer for Offered {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = counted(self.lines, "line", "lines");
        writeln!(to, "{}: {lines} offered to {}", self.batch, self.archive)?;
        if self.left > 0 {
            let left = counted(self.left, "line", "lines");
            writeln!(to, "{left} left here: held, changed or not there")?;
        }
        writeln!(to, "the list for the archive is {}", self.list.display())
    }
}

impl Answer for Accepted {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = counted(self.matched, "line", "lines");
        writeln!(to, "{}: {lines} accepted as {}", self.batch, self.reference)?;
        if self.withheld > 0 {
            let left = counted(self.withheld, "line", "lines");
            writeln!(to, "{left} left here: the archive's checksum is not ours, or is missing")?;
        }
        writeln!(to, "the local copies of what was accepted go with `retaind dispose run`")
    }
}

#[derive(Serialize)]
struct Declined {
    declined: String,
}

impl Answer for Declined {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: declined by the archive and withdrawn; nothing goes", self.declined)
    }
}
