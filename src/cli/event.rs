//! `retaind event`: facts with a date that a retention period counts from.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use retaind_schedules::ids::{EventId, StoreId};
use retaind_schedules::trigger::Trigger;
use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::events::{self, About, EventFile, Imported, NewEvent, OnRejection};
use crate::stores;

/// Record events: a case was closed, a person died, a policy was superseded
///
/// An event is never edited; a wrong one is superseded by another.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Record(RecordArgs),
    Import(ImportArgs),
}

/// Record one event
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind event record case-closed 2019-08-12 --case ENF-2015-0003 --source \"case system\"
  retaind event record date-of-death 2024-02-01 --subject P500017 --source \"registrar\"")]
#[command(group(clap::ArgGroup::new("about").required(true).args(["item", "case", "subject"])))]
struct RecordArgs {
    /// What happened, such as case-closed, date-of-death or event:lease-granted
    trigger: Trigger,

    /// When it happened (YYYY-MM-DD)
    date: Date,

    /// An item or unit, by its place in --store
    #[arg(long, value_name = "LOCATOR", requires = "store")]
    item: Option<String>,

    /// A case, by its reference; in --store, or wherever it occurs
    #[arg(long, value_name = "REF")]
    case: Option<String>,

    /// A person, by the reference that the stores use; it is hashed at once
    #[arg(long, value_name = "REF")]
    subject: Option<String>,

    /// The store
    #[arg(long)]
    store: Option<String>,

    /// Where it is known from
    #[arg(long)]
    source: String,

    /// The event that this one corrects
    #[arg(long, value_name = "EVENT")]
    supersedes: Option<EventId>,

    /// What else there is to say; never a person's name or reference
    #[arg(long)]
    note: Option<String>,
}

/// Record the events of a CSV file
///
/// Columns: store, one of locator, reference and subject, trigger, date, note.
/// Where any line is rejected none is taken, unless --partial.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The file
    file: PathBuf,

    /// Take the lines that can be taken though others are rejected
    #[arg(long)]
    partial: bool,
}

#[derive(Debug, Serialize)]
struct Recorded {
    event: EventId,
}

impl Answer for Recorded {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "Recorded as {}. The next scan counts from it.", self.event)
    }
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        Command::Record(args) => record(context, &instance, args).await,
        Command::Import(args) => import(context, &instance, &args).await,
    }
}

async fn record(
    context: &Context,
    instance: &Instance,
    args: RecordArgs,
) -> Result<Outcome, Failure> {
    let store = match &args.store {
        Some(name) => Some(store_id(instance, name).await?),
        None => None,
    };
    let about = match (args.item, args.case, args.subject, store) {
        (Some(locator), _, _, Some(store)) => About::Locator(store, locator),
        (_, Some(case), _, store) => About::Reference(store, case),
        (_, _, Some(person), store) => About::Subject(store, person),
        _ => return Err(Failure::new("name the item, case or person that the event is about.")),
    };
    let RecordArgs { trigger, date, source, supersedes, note, .. } = args;
    let new = NewEvent { about, trigger, date, source, supersedes, note };
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let event = events::record(catalogue, keys, actor, &new, clock.now(), clock.today()).await?;
    context.printer.print(&Recorded { event })?;
    Ok(Outcome::Done)
}

async fn store_id(instance: &Instance, name: &str) -> Result<StoreId, Failure> {
    let file = instance.config.store(name)?;
    Ok(stores::id(&instance.catalogue, file, &instance.clock).await?)
}

async fn import(
    context: &Context,
    instance: &Instance,
    args: &ImportArgs,
) -> Result<Outcome, Failure> {
    let named = args.file.display().to_string();
    let file = File::open(&args.file)
        .map_err(|fault| Failure::new(format!("{named}: {fault}. Check the path.")))?;
    let on_rejection = if args.partial { OnRejection::TakeTheRest } else { OnRejection::TakeNone };
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let source = args.file.file_name().unwrap_or_default().to_string_lossy();
    let file = EventFile { content: file, source: &source, on_rejection };
    let imported =
        events::import_csv(catalogue, keys, actor, file, clock.now(), clock.today()).await?;
    context.printer.print(&imported)?;
    Ok(if imported.findings.is_empty() { Outcome::Done } else { Outcome::Attention })
}

impl Answer for Imported {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let recorded = counted(self.recorded, "event", "events");
        writeln!(
            to,
            "{}: {recorded} recorded, {} known already",
            counted(self.read, "line", "lines"),
            self.known
        )?;
        if self.findings.is_empty() {
            return Ok(());
        }
        writeln!(to)?;
        let rows = self.findings.iter().map(|finding| {
            [
                finding.line.to_string(),
                finding.column.to_owned(),
                finding.value.clone(),
                finding.reason.clone(),
                finding.remedy.to_owned(),
            ]
        });
        table(to, ["Line", "Column", "Says", "Rejected, because", "What to do"], rows)
    }
}
