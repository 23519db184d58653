//! `retaind restore`: the catalogue and its keys as a backup has them.

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::catalogue::{Catalogue, CatalogueUrl};
use crate::cli::context::{catalogue_url, make_state_directory};
use crate::cli::output::counted;
use crate::cli::who::os_user;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::disposal::execution::since_backup::{self, TakenOver};
use crate::keys::Keys;
use crate::notices::held;
use crate::proof::Prover;
use crate::upkeep::restore::{Present, Target, restore};

/// Restore the catalogue and its keys from a backup
///
/// Stop the daemon first. The backup is read from end to end before anything is
/// touched, and restored whole or not at all. It may come from the other kind of
/// database. Then scan: what was destroyed since the backup is told apart from
/// what is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file that `retaind backup` made
    file: PathBuf,

    /// Put it in the place of the catalogue that is there, which is backed up first
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Serialize)]
struct Restored {
    file: String,
    taken_at: String,
    rows: u64,
    written: Vec<String>,
    saved: Option<String>,
    lost_entries: i64,
    held_back: held::Counts,
    taken_over: Vec<TakenOver>,
    not_taken_over: Option<String>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let config = context.config()?;
    make_state_directory(&config)?;
    let url = catalogue_url(&config)?;
    let target = Target { url: &url, state: &config.state_directory, backups: &config.backups };
    let present = if args.replace { Present::Replace } else { Present::Refuse };
    let now = SystemClock.now();
    let done = restore(&args.file, target, present, &os_user(), now).await?;
    let is_held_back = !done.held_back.is_empty();
    // It is restored, whatever comes of this; and it is tried again when a records
    // manager confirms what was held since.
    let (taken_over, not_taken_over) = match since(&config, &url, now).await {
        Ok(taken) => (taken, None),
        Err(failure) => (Vec::new(), Some(failure.to_string())),
    };
    let is_left = not_taken_over.is_some();
    context.printer.print(&Restored {
        file: args.file.display().to_string(),
        taken_at: done.manifest.taken_at.to_string(),
        rows: done.manifest.rows(),
        written: done.files.iter().map(|file| file.display().to_string()).collect(),
        saved: done.saved.map(|saved| saved.file.display().to_string()),
        lost_entries: done.lost_entries,
        held_back: done.held_back,
        taken_over,
        not_taken_over,
    })?;
    let is_well = done.lost_entries == 0 && !is_held_back && !is_left;
    Ok(if is_well { Outcome::Done } else { Outcome::Attention })
}

/// Takes over what was certified since the backup was made.
async fn since(
    config: &Config,
    url: &CatalogueUrl,
    now: Timestamp,
) -> Result<Vec<TakenOver>, Failure> {
    let catalogue = Catalogue::open(url).await?;
    let state = &config.state_directory;
    let keys = Keys::load(state, &catalogue).await?;
    let prover = Prover { catalogue: &catalogue, keys: &keys, state };
    Ok(since_backup::take_over(&prover, config.proof.manifest_kept, now).await?)
}

impl Answer for Restored {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let rows = counted(self.rows, "row", "rows");
        writeln!(to, "The catalogue is as it was at {}: {rows}", self.taken_at)?;
        for file in &self.written {
            writeln!(to, "  {file} was written")?;
        }
        if let Some(saved) = &self.saved {
            writeln!(to, "  what was there before is in {saved}")?;
        }
        if self.lost_entries > 0 {
            let lost = self.lost_entries.unsigned_abs();
            writeln!(
                to,
                "{} known here are not in it: holds placed, approvals given and records destroyed \
                 since then must be looked up in the certificates and letters, and entered again",
                counted(lost, "later audited act", "later audited acts")
            )?;
        }
        for taken in &self.taken_over {
            writeln!(to, "  {taken}")?;
        }
        if let Some(why) = &self.not_taken_over {
            writeln!(
                to,
                "what was certified since then was not compared ({why}): `retaind dispose \
                 confirm-restore` does it again"
            )?;
        }
        if !self.held_back.is_empty() {
            let notices = counted(self.held_back.values().sum(), "notice", "notices");
            writeln!(
                to,
                "{notices} that waited in the backup are held back, since they may have been sent \
                 since it was made: {}. `retaind mail held` lists them, and sends or drops them",
                held::words(&self.held_back)
            )?;
        }
        writeln!(
            to,
            "Nothing is destroyed until a records manager confirms that what was held since then \
             is entered again: `retaind dispose confirm-restore`\n\
             Next: `retaind scan`, then `retaind doctor`, then start the daemon"
        )
    }
}
