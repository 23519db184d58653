//! `retaind catalogue`: the catalogue as a whole.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use crate::catalogue::CatalogueUrl;
use crate::cli::context::{entered_with, whoever_runs_it};
use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::upkeep::relocate::relocate;
use crate::upkeep::running;

/// The catalogue as a whole
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Move(MoveArgs),
}

/// Copy the catalogue to another database, and compare the two
///
/// Stop the daemon first. The target must be empty. The catalogue that is there
/// now is only read; afterwards this says which lines of retaind.toml to change.
#[derive(Debug, clap::Args)]
struct MoveArgs {
    /// `postgres://USER@HOST:PORT/DATABASE`, or `sqlite:///PATH`
    #[arg(long, value_name = "URL")]
    to: CatalogueUrl,

    /// A file with the password of the target's database user
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Moved {
    from: String,
    to: String,
    tables: usize,
    rows: u64,
    audit_head: String,
    retaind_toml: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let Command::Move(args) = args.command;
    let _nobody_runs = running::stopped(&context.config()?.state_directory)?;
    let catalogue = context.catalogue().await?;
    let by = whoever_runs_it(&catalogue).await;
    let password = args.to_password_file.as_deref();
    let to = entered_with(args.to, password, "--to-password-file")?;
    let moved = relocate(&catalogue, &to, &by, SystemClock.now()).await?;
    let mut settings = match &to {
        CatalogueUrl::Sqlite(path) => {
            format!("[catalogue]\nurl = \"sqlite://{}\"\n", path.display())
        }
        CatalogueUrl::Postgres(_) => format!("[catalogue]\nurl = \"{}\"\n", moved.to),
    };
    if let Some(file) = password {
        settings += &format!("password_file = \"{}\"\n", file.display());
    }
    context.printer.print(&Moved {
        from: moved.from,
        to: moved.to,
        tables: moved.tables.len(),
        rows: moved.tables.iter().map(|(_, sum)| sum.rows).sum(),
        audit_head: format!("{}:{}", moved.head.seq, moved.head.hash),
        retaind_toml: settings,
    })?;
    Ok(Outcome::Done)
}

impl Answer for Moved {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let tables = counted(self.tables as u64, "table", "tables");
        let rows = counted(self.rows, "row", "rows");
        writeln!(to, "{rows} in {tables} were copied from {}", self.from)?;
        writeln!(to, "  to {}", self.to)?;
        writeln!(
            to,
            "Every table and the audit chain (head {}) are the same there.",
            self.audit_head
        )?;
        writeln!(to, "\nWrite into retaind.toml, in place of what it says of the catalogue:\n")?;
        writeln!(to, "{}", self.retaind_toml)?;
        writeln!(
            to,
            "then run `retaind doctor`, and start the daemon. Nothing written to the old place \
             from now on is in the new one: put {} away",
            self.from
        )
    }
}
