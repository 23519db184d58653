//! `retaind audit`: what was done, and whether the account of it is whole.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use sea_orm::EntityTrait as _;
use serde::Serialize;

use crate::audit::export::{self, Statement};
use crate::audit::{self, Action, Entry, Filter, From, Head, Subject};
use crate::catalogue::Catalogue;
use crate::catalogue::entity::{audit_entry, person};
use crate::cli::context::Instance;
use crate::cli::output::{counted, ignore_closed_pipe, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::keys::signing::SigningKey;
use crate::upkeep::kept_head;

/// The audit chain
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(VerifyArgs),
    List(ListArgs),
    Head(HeadArgs),
    Export(ExportArgs),
}

/// Print the end of the chain, to be kept elsewhere
#[derive(Debug, clap::Args)]
struct HeadArgs {}

/// Write entries into a file that can be checked without a catalogue
///
/// Without --output they are printed. As CSV they are for reading in a
/// spreadsheet, and cannot be checked. What people typed is not in it, since it
/// may name anybody: it has a keyed digest of each reason and comment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind audit export -o chain.jsonl
  retaind audit verify --file chain.jsonl --key signing.pub")]
struct ExportArgs {
    /// The first entry
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: i64,

    /// The last entry
    #[arg(long, value_name = "SEQ", default_value_t = i64::MAX)]
    to: i64,

    /// The file
    #[arg(long, short)]
    output: Option<PathBuf>,

    /// What it is written as
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// Lines of JSON and a signed statement
    #[default]
    Jsonl,
    /// A table for a spreadsheet, unsigned
    Csv,
}

/// Check that no entry was changed, removed, moved or cut off, and that what is
/// in force and what people typed is what the entries say
///
/// Keep the head it prints somewhere else, such as in the minutes of a
/// meeting: with --from, a chain that was written anew is found out too.
#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A head kept elsewhere, as SEQ:HASH
    #[arg(long, value_name = "SEQ:HASH", value_parser = head)]
    from: Option<Head>,

    /// Check this export instead of the catalogue
    #[arg(long)]
    file: Option<PathBuf>,

    /// The public keys that the organisation publishes
    #[arg(long, value_name = "FILE", requires = "file")]
    key: Option<PathBuf>,
}

/// List entries, newest first
///
/// The reasons and comments that people typed stand beside the chain, which has a
/// keyed digest of each: here they are read together.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,

    /// Only those before this one
    #[arg(long, value_name = "SEQ")]
    before: Option<i64>,
}

fn head(text: &str) -> Result<Head, String> {
    let read = || {
        let (seq, hash) = text.split_once(':')?;
        Some(Head { seq: seq.parse().ok()?, hash: hash.to_owned() })
    };
    read().ok_or_else(|| "write it as `retaind audit verify` printed it: SEQ:HASH".to_owned())
}

#[derive(Debug, Serialize)]
struct Verified {
    whole: bool,
    entries: u64,
    head: String,
    /// What is in force and not as its last entry says; not asked of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<Vec<String>>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Verify(VerifyArgs { file: Some(file), from, key }) => {
            verify_file(context, &file, from.as_ref(), key.as_deref())
        }
        Command::Verify(args) => verify(context, args).await,
        Command::Head(_) => head_now(context).await,
        Command::Export(args) => export(context, &args).await,
        Command::List(args) => list(context, &args).await,
    }
}

async fn verify(context: &Context, args: VerifyArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    // Whoever shortened the chain in the database did not change this file with it.
    if let (None, Some(kept)) = (&args.from, kept_head::read(&context.config()?.state_directory)) {
        audit::verify(&catalogue, From::Head(kept)).await.map_err(|broken| {
            Failure::new(format!(
                "{broken}. That is by the end of the chain that was kept in `{}` of the state \
                 directory when it was last found whole",
                kept_head::FILE
            ))
        })?;
    }
    let from = args.from.map_or(From::Genesis, From::Head);
    let verified = audit::verify(&catalogue, from).await?;
    let differs = audit::differing(&catalogue.read_tx().await?).await?;
    let agrees = differs.is_empty();
    context.printer.print(&Verified {
        whole: true,
        entries: verified.entries,
        head: format!("{}:{}", verified.head.seq, verified.head.hash),
        differs: Some(differs.iter().map(ToString::to_string).collect()),
    })?;
    Ok(if agrees { Outcome::Done } else { Outcome::Attention })
}

async fn head_now(context: &Context) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let last = audit::list(&catalogue, &Filter::default(), 1).await?.pop();
    let head = last.map_or_else(Head::genesis, |last| Head { seq: last.seq, hash: last.hash });
    context.printer.print(&HeadNow { head: format!("{}:{}", head.seq, head.hash) })?;
    Ok(Outcome::Done)
}

async fn export(context: &Context, args: &ExportArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let (state, now) = (&instance.config.state_directory, instance.clock.now());
    let key = SigningKey::load(state, &instance.catalogue, now).await?;
    let tx = instance.catalogue.write_tx().await?;
    let entries = format!("{}-{}", args.from, args.to);
    let subject = Subject::new("audit-chain", entries);
    audit::append(&tx, now, &Entry::new(instance.by(), Action::AuditExported, subject)).await?;
    tx.commit().await?;
    let Some(path) = &args.output else {
        let mut to = BufWriter::new(std::io::stdout());
        write_entries(&instance, args, &key, &mut to).await?;
        ignore_closed_pipe(to.flush())?;
        return Ok(Outcome::Done);
    };
    let file = File::create(path)
        .map_err(|fault| Failure::new(format!("cannot write {}: {fault}", path.display())))?;
    let mut to = BufWriter::new(file);
    let written = write_entries(&instance, args, &key, &mut to).await?;
    to.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    if let Some(statement) = written {
        context.printer.print(&Verified::of(&statement))?;
    }
    Ok(Outcome::Done)
}

/// Writes what was asked for, and says what an export that can be checked states.
async fn write_entries(
    instance: &Instance,
    args: &ExportArgs,
    key: &SigningKey,
    to: &mut (dyn Write + Send),
) -> Result<Option<Statement>, Failure> {
    let (catalogue, range) = (&instance.catalogue, args.from..=args.to);
    match args.format {
        Format::Jsonl => {
            let (name, now) = (&instance.config.organisation.name, instance.clock.now());
            Ok(Some(export::export(catalogue, range, name, key, now, to).await?))
        }
        Format::Csv => {
            export::export_csv(catalogue, range, to).await?;
            Ok(None)
        }
    }
}

fn verify_file(
    context: &Context,
    file: &Path,
    from: Option<&Head>,
    key: Option<&Path>,
) -> Result<Outcome, Failure> {
    let opened = File::open(file)
        .map_err(|fault| Failure::new(format!("cannot read {}: {fault}", file.display())))?;
    let (statement, signer) = export::verify_export(&mut BufReader::new(opened))?;
    if from.is_some_and(|from| *from != statement.from) {
        return Err(Failure::new(format!(
            "the export begins after {}:{}, which is not the head given",
            statement.from.seq, statement.from.hash
        )));
    }
    let published = key.map(super::certificate::published).transpose()?;
    if published.as_ref().is_some_and(|keys| keys.standing(&signer).is_none()) {
        return Err(Failure::new(format!(
            "the export is signed with key {}, which is not one of the published keys given",
            signer.fingerprint()
        )));
    }
    context.printer.print(&Verified::of(&statement))?;
    if statement.from != Head::genesis() && from.is_none() {
        let Head { seq, hash } = &statement.from;
        context
            .printer
            .note(format!("It begins after {seq}:{hash}: compare that with a kept head."));
    }
    if published.is_none() {
        context.printer.note("Its key was not compared with a published one: give --key.");
        return Ok(Outcome::Attention);
    }
    Ok(Outcome::Done)
}

impl Verified {
    fn of(statement: &Statement) -> Self {
        let entries = u64::try_from(statement.to.seq - statement.from.seq).unwrap_or_default();
        let head = format!("{}:{}", statement.to.seq, statement.to.hash);
        Self { whole: true, entries, head, differs: None }
    }
}

#[derive(Debug, Serialize)]
struct HeadNow {
    head: String,
}

impl Answer for HeadNow {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}", self.head)
    }
}

/// The names of everyone the chain may name by id.
async fn names(catalogue: &Catalogue) -> Result<HashMap<String, String>, Failure> {
    let people = person::Entity::find().all(catalogue.read()).await?;
    Ok(people.into_iter().map(|person| (person.id.to_string(), person.name)).collect())
}

async fn list(context: &Context, args: &ListArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let filter = Filter { before: args.before, ..Filter::default() };
    let names = names(&catalogue).await?;
    let found = audit::list(&catalogue, &filter, args.limit).await?;
    let mut words = audit::words_of(catalogue.read(), found.iter().map(|one| one.seq)).await?;
    let named = |entry: audit_entry::Model| Line {
        actor_name: names.get(&entry.actor).cloned(),
        words: words.remove(&entry.seq),
        ..Line::from(entry)
    };
    let entries: Vec<Line> = found.into_iter().map(named).collect();
    context.printer.print_lines(&entries, |to| {
        let rows = entries.iter().map(|entry| {
            [
                entry.seq.to_string(),
                entry.at.clone(),
                entry.actor_name.clone().unwrap_or_else(|| entry.actor.clone()),
                entry.role.clone(),
                entry.action.clone(),
                format!("{} {}", entry.subject_kind, entry.subject_id),
                audit::shown(entry.reason.as_deref().unwrap_or_default(), entry.words.as_deref()),
            ]
        });
        table(to, ["Entry", "At", "Who", "Role", "Did", "To", "Why"], rows)
    })?;
    Ok(Outcome::Done)
}

/// One entry, with its instant in words.
#[derive(Debug, Serialize)]
struct Line {
    seq: i64,
    at: String,
    actor: String,
    actor_name: Option<String>,
    role: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    reason: Option<String>,
    /// What a person typed, which the chain has a digest of.
    words: Option<String>,
    hash: String,
}

impl std::convert::From<audit_entry::Model> for Line {
    fn from(entry: audit_entry::Model) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.timestamp().to_string(),
            actor: entry.actor,
            actor_name: None,
            role: entry.role,
            action: entry.action,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            reason: entry.reason,
            words: None,
            hash: entry.hash,
        }
    }
}

impl Answer for Verified {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "The audit chain is whole: {}.", counted(self.entries, "entry", "entries"))?;
        writeln!(to, "Its head is {}", self.head)?;
        match self.differs.as_deref() {
            None => Ok(()),
            Some([]) => writeln!(to, "What is in force is what it says."),
            Some(differs) => {
                writeln!(to, "\nWhat is in force is NOT what it says:")?;
                differs.iter().try_for_each(|one| writeln!(to, "  {one}"))?;
                writeln!(to, "{}.", audit::REMEDY)
            }
        }
    }
}
