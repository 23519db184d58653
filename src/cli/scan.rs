//! `retaind scan`: look through the stores and say what is due.

use std::io::Write;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::change;
use crate::cli::context::Instance;
use crate::cli::output::{bytes, count, counted};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::config::StoreFile;
use crate::scan::record::last_complete_by_name;
use crate::scan::run::Summary;

/// Scan every store, or one
///
/// What is due, held, waiting or unexplained goes into the catalogue; of
/// everything else only counts and a forecast are kept. Interrupted with
/// Ctrl-C, a scan concludes nothing from what it did not see.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The store; all of them where none is named
    store: Option<String>,
}

/// What a scan of one store came to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Scanned {
    Done(Summary),
    Failed { store: String, error: String },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let stores: Vec<&StoreFile> = match &args.store {
        Some(name) => vec![instance.config.store(name)?],
        None => instance.config.stores.iter().collect(),
    };
    if stores.is_empty() {
        return Err(Failure::new(format!(
            "{}: no store is described. Put a store file into the stores folder.",
            instance.config.path.display()
        )));
    }
    let scanned = scan_stores(context, &instance, &stores).await?;
    context.printer.print_lines(&scanned, |to| scanned.iter().try_for_each(|scan| scan.say(to)))?;
    Ok(ended(&scanned))
}

/// One store that cannot be scanned does not keep the others from it.
pub(super) async fn scan_stores(
    context: &Context,
    instance: &Instance,
    stores: &[&StoreFile],
) -> Result<Vec<Scanned>, Failure> {
    let scanner = instance.scanner();
    if let Some(waits) = change::calendar::keep_up(&scanner).await? {
        context.printer.note(format_args!(
            "The year ends in {} are not those in force, which go on until change {} is signed: it \
             waits for {}.\n",
            instance.config.path.display(),
            waits.id(),
            change::named(&waits.open)
        ));
    }
    let cancel = cancelled_by_interrupt();
    let mut scanned = Vec::new();
    for store in stores {
        let expected = last_complete_by_name(&instance.catalogue, &store.name).await?;
        let bar = context.printer.progress(&format!("scanning {}", store.name), expected);
        let ended = scanner.scan(store, cancel.clone(), &|met| bar.set_position(met)).await;
        bar.finish_and_clear();
        scanned.push(match ended {
            Ok(summary) => Scanned::Done(summary),
            Err(error) => Scanned::Failed { store: store.name.clone(), error: error.to_string() },
        });
    }
    Ok(scanned)
}

/// Cancelled by Ctrl-C.
pub(super) fn cancelled_by_interrupt() -> CancellationToken {
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            token.cancel();
        }
    });
    cancel
}

/// Nothing scanned is a failure; something not scanned or unexplained wants a person.
pub(super) fn ended(scanned: &[Scanned]) -> Outcome {
    let is_quiet = |scan: &Scanned| match scan {
        Scanned::Done(summary) => {
            summary.missing + summary.gone_since_restore + summary.resurrected == 0
        }
        Scanned::Failed { .. } => false,
    };
    if scanned.iter().all(is_quiet) { Outcome::Done } else { Outcome::Attention }
}

impl Scanned {
    pub(super) fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        match self {
            Self::Done(summary) => summary.say(to),
            Self::Failed { store, error } => writeln!(to, "store {store}: not scanned. {error}"),
        }
    }
}

impl Answer for Summary {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { store, items, bytes: size, .. } = self;
        writeln!(to, "store {store}: {}, {}", counted(*items, "item", "items"), bytes(*size))?;
        for (kind, amount) in &self.outcomes {
            let files = if amount.members == amount.units {
                String::new()
            } else {
                format!(" ({} in them)", counted(amount.members, "item", "items"))
            };
            writeln!(to, "  {:<18}{:>10}{files}", kind.name(), count(amount.units))?;
        }
        if self.unmapped.units > 0 {
            writeln!(to, "  {:<18}{:>10}", "under no mapping", count(self.unmapped.units))?;
        }
        if self.problems > 0 {
            writeln!(to, "  {:<18}{:>10}", "not readable", count(self.problems))?;
        }
        if self.missing > 0 {
            writeln!(to, "  {:<18}{:>10}  gone, and not by us", "missing", count(self.missing))?;
        }
        if self.resurrected > 0 {
            let back = count(self.resurrected);
            writeln!(to, "  {:<18}{back:>10}  destroyed, and there again", "resurrected")?;
        }
        if self.gone_since_restore > 0 {
            let gone = count(self.gone_since_restore);
            let what = "destroyed since the backup, or gone: see `retaind report gone`";
            writeln!(to, "  {:<18}{gone:>10}  {what}", "gone-since-restore")?;
        }
        Ok(())
    }
}
