//! `retaind backup`: catalogue and keys in one file, made while everything runs.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::context::whoever_runs_it;
use crate::cli::output::{bytes, counted};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::upkeep::backup::{Destination, Keep, Origin, backup};

/// Back up the catalogue and its keys into one file, while everything runs
///
/// The file is read back from end to end before it takes its name. It holds the
/// keys: keep it as safe as they are, and on another machine. Restore it with
/// `retaind restore`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A folder, or a file that is not there yet [default: `backups` in the
    /// configuration, else backups in the state directory]
    place: Option<PathBuf>,

    /// Keep only so many of the latest backups in the folder
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
}

#[derive(Debug, Serialize)]
struct Made {
    file: String,
    bytes: u64,
    rows: u64,
    files: usize,
    audit_head: String,
    pruned: usize,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let config = context.config()?;
    let catalogue = context.catalogue().await?;
    let place = args.place.unwrap_or_else(|| config.backups.clone());
    let is_folder = place.is_dir() || place.as_os_str().to_string_lossy().ends_with('/');
    let to = match args.keep {
        Some(keep) => Destination::Folder(place, Keep::Latest(keep)),
        None if is_folder || place == config.backups => Destination::Folder(place, Keep::All),
        None => Destination::File(place),
    };
    let origin = Origin { state: &config.state_directory, catalogue: &catalogue };
    let by = whoever_runs_it(&catalogue).await;
    let made = backup(origin, &to, &by, SystemClock.now()).await?;
    // Where nobody else uses an SQLite catalogue, its file is whole afterwards.
    catalogue.close().await?;
    let head = &made.manifest.audit_head;
    context.printer.print(&Made {
        file: made.file.display().to_string(),
        bytes: made.bytes,
        rows: made.manifest.rows(),
        files: made.manifest.files.len(),
        audit_head: format!("{}:{}", head.seq, head.hash),
        pruned: made.pruned.len(),
    })?;
    Ok(Outcome::Done)
}

impl Answer for Made {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let rows = counted(self.rows, "row", "rows");
        let files = counted(self.files as u64, "key or certificate", "keys and certificates");
        writeln!(to, "{}: {}, read back and whole", self.file, bytes(self.bytes))?;
        writeln!(to, "  {rows}, {files}")?;
        writeln!(to, "  the audit chain's head in it is {}", self.audit_head)?;
        if self.pruned > 0 {
            let pruned = counted(self.pruned as u64, "older backup was", "older backups were");
            writeln!(to, "  {pruned} removed")?;
        }
        Ok(())
    }
}
