//! `retaind audit`: what was done, and whether the account of it is whole.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::audit::{self, Filter, From, Head};
use crate::catalogue::entity::audit_entry;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};

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
}

/// Check that no entry was changed, removed, moved or cut off
///
/// Keep the head it prints somewhere else, such as in the minutes of a
/// meeting: with --from, a chain that was written anew is found out too.
#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A head kept elsewhere, as SEQ:HASH
    #[arg(long, value_name = "SEQ:HASH", value_parser = head)]
    from: Option<Head>,
}

/// List entries, newest first
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
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Verify(args) => verify(context, args).await,
        Command::List(args) => list(context, &args).await,
    }
}

async fn verify(context: &Context, args: VerifyArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let from = args.from.map_or(From::Genesis, From::Head);
    let verified = audit::verify(&catalogue, from).await?;
    context.printer.print(&Verified {
        whole: true,
        entries: verified.entries,
        head: format!("{}:{}", verified.head.seq, verified.head.hash),
    })?;
    Ok(Outcome::Done)
}

async fn list(context: &Context, args: &ListArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let filter = Filter { before: args.before, ..Filter::default() };
    let entries: Vec<Line> =
        audit::list(&catalogue, &filter, args.limit).await?.into_iter().map(Line::from).collect();
    context.printer.print_lines(&entries, |to| {
        let rows = entries.iter().map(|entry| {
            [
                entry.seq.to_string(),
                entry.at.clone(),
                entry.role.clone(),
                entry.action.clone(),
                format!("{} {}", entry.subject_kind, entry.subject_id),
                entry.reason.clone().unwrap_or_default(),
            ]
        });
        table(to, ["Entry", "At", "Role", "Did", "To", "Why"], rows)
    })?;
    Ok(Outcome::Done)
}

/// One entry, with its instant in words.
#[derive(Debug, Serialize)]
struct Line {
    seq: i64,
    at: String,
    actor: String,
    role: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    reason: Option<String>,
    hash: String,
}

impl std::convert::From<audit_entry::Model> for Line {
    fn from(entry: audit_entry::Model) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.timestamp().to_string(),
            actor: entry.actor,
            role: entry.role,
            action: entry.action,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            reason: entry.reason,
            hash: entry.hash,
        }
    }
}

impl Answer for Verified {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "The audit chain is whole: {}.", counted(self.entries, "entry", "entries"))?;
        writeln!(to, "Its head is {}", self.head)
    }
}
