//! `retaind anonymise`: what people make anonymous, and attest.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;

use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::disposal::execution::anonymise::{self, Attested, Attesting, Ordered};

/// Have people make approved batches anonymous, and record that they did
///
/// The program does not know what identifies a person in your records. It names those that
/// may be done today; whoever does it attests when, how and how many, and the certificate
/// says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind anonymise list B-2026-0017 --out to-do.csv
  retaind anonymise attest B-2026-0017 --on 2026-12-01 --lines 412 \\
      --method \"names and addresses removed by the case system's own tool\"")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Attest(AttestArgs),
}

/// List what may be made anonymous today
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The batch's number
    batch: String,

    /// The CSV file to write, which must not exist yet. It names records
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Record what was made anonymous, which ends the batch
#[derive(Debug, clap::Args)]
struct AttestArgs {
    /// The batch's number
    batch: String,

    /// The day on which the last of it was done
    #[arg(long, value_name = "DATE")]
    on: Date,

    /// How
    #[arg(long)]
    method: String,

    /// How many lines were done
    #[arg(long)]
    lines: u64,

    /// Lines that were not done: a CSV file with the column line
    #[arg(long, value_name = "FILE")]
    not_done: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let (scanner, actor) = (instance.scanner(), &instance.actor);
    let left = match args.command {
        Command::List(ListArgs { batch, out }) => {
            let ordered = anonymise::order(&scanner, actor, &batch, &out).await?;
            context.printer.print(&ordered)?;
            ordered.left
        }
        Command::Attest(AttestArgs { batch, on, method, lines, not_done }) => {
            let asked = Attesting {
                number: &batch,
                on,
                method: &method,
                lines,
                not_done: not_done.as_deref(),
            };
            let attested = anonymise::attest(&scanner, actor, asked).await?;
            context.printer.print(&attested)?;
            attested.not_done
        }
    };
    Ok(if left > 0 { Outcome::Attention } else { Outcome::Done })
}

impl Answer for Ordered {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = counted(self.lines, "line", "lines");
        writeln!(to, "{}: {lines} may be made anonymous today", self.batch)?;
        if self.left > 0 {
            let left = counted(self.left, "line", "lines");
            writeln!(to, "{left} left out: held, changed or not there")?;
        }
        writeln!(to, "the list is {}; touch nothing else", self.list.display())
    }
}

impl Answer for Attested {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = counted(self.lines, "line", "lines");
        writeln!(to, "{}: {lines} attested as anonymous", self.batch)?;
        if self.not_done > 0 {
            writeln!(to, "{} not done", counted(self.not_done, "line", "lines"))?;
        }
        writeln!(to, "certificate {}", self.certificate)
    }
}
