//! `retaind report`: answers for auditors.

use std::io::Write;

use clap::Subcommand;

use crate::cli::context::Instance;
use crate::cli::output::{bytes, count, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::reports::coverage::{Coverage, coverage};
use crate::upkeep;
use crate::upkeep::gone::Gone;

/// Reports for auditors
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What part of each store the register covers, and what part of the
    /// register has a store
    Coverage,
    /// What is gone from its store since the catalogue was restored, and which
    /// certificate says that it was destroyed
    Gone,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        Command::Coverage => context.printer.print(&coverage(&instance.catalogue).await?)?,
        Command::Gone => return gone(context, &instance).await,
    }
    Ok(Outcome::Done)
}

async fn gone(context: &Context, instance: &Instance) -> Result<Outcome, Failure> {
    let state = &instance.config.state_directory;
    let gone = upkeep::gone::gone(&instance.catalogue, &instance.keys, state).await?;
    context.printer.print_lines(&gone, |to| {
        let rows = gone.iter().map(|item| {
            [item.store.clone(), item.locator.clone(), item.last_met.clone(), under(item)]
        });
        table(to, ["Store", "Was at", "Last met", "Certificate"], rows)
    })?;
    let is_explained = gone.iter().all(|item| item.certificate.is_some());
    Ok(if is_explained { Outcome::Done } else { Outcome::Attention })
}

fn under(item: &Gone) -> String {
    let perhaps = item
        .perhaps
        .iter()
        .map(|one| format!("not known: perhaps {} ({})", one.certificate, one.manifest.words()));
    match &item.certificate {
        Some(number) => number.clone(),
        None if item.perhaps.is_empty() => "in none that is kept here".to_owned(),
        None => perhaps.collect::<Vec<_>>().join("; "),
    }
}

impl Answer for Coverage {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let rows = self.stores.iter().map(|store| {
            [
                store.store.clone(),
                store.scanned_on.map_or_else(|| "never".to_owned(), |date| date.to_string()),
                count(store.items),
                bytes(store.bytes),
                count(store.mapped_items),
                store.mapped_percent.map_or_else(String::new, |percent| format!("{percent}%")),
            ]
        });
        table(to, ["Store", "Scanned", "Items", "Size", "Mapped", "Share"], rows)?;
        let lists = [
            ("Record types that no store holds", &self.types_without_store),
            ("Record types with no rule in force", &self.types_without_rule),
            ("Codes that a mapping names and the register does not", &self.unknown_codes),
            ("Service areas with no rule in force", &self.areas_without_rule),
        ];
        for (what, list) in lists {
            if !list.is_empty() {
                writeln!(to, "\n{what}: {}", list.join(", "))?;
            }
        }
        Ok(())
    }
}
