//! The command line: one file a command, and one shape for all of them.
//!
//! A command gathers its answer first, as a value that serialises; then it is
//! printed for a person, or with `--json` for a program. A command acts as the
//! person tied to the operating-system user who runs it, never as a name given
//! here.

mod context;
mod output;

mod anonymise;
mod audit;
mod authority;
mod backup;
mod batch;
mod catalogue;
mod ceiling;
mod certificate;
mod change;
mod check;
mod completions;
mod demo;
mod dispose;
mod doctor;
mod due;
mod enforcement;
mod event;
mod explain;
mod hold;
mod jobs;
mod key;
mod lookup;
mod mail;
mod mapping;
mod people;
mod register;
mod report;
mod request;
mod restore;
mod review;
mod scan;
mod schedule;
mod serve;
mod statement;
mod store;
mod transfer;
mod who;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::logging::LogFormat;

pub use context::Context;
pub use output::{Answer, Failure, Outcome, Printer};

/// Enforces an organisation's retention schedule.
#[derive(Debug, Parser)]
#[command(name = "retaind", version, about, long_about = LONG, after_long_help = AFTER)]
pub struct Cli {
    /// The configuration file
    #[arg(long, global = true, env = "RETAIND_CONFIG", default_value = crate::config::DEFAULT_PATH)]
    config: PathBuf,

    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    json: bool,

    /// Show no progress
    #[arg(long, short, global = true)]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

const LONG: &str = "\
retaind enforces an organisation's retention schedule.

It imports the information asset register from a spreadsheet, turns each record \
type's published words into a rule, scans the connected stores, and says what is \
past its time, what is held and why, and what nobody can say yet. It destroys only what two \
people have approved, or signed standing leave for, in stores it was let loose on, and it signs \
a certificate of what went.

Begin with `retaind demo`: it builds a small council in a folder and shows all of it.";

const AFTER: &str = "\
Exit codes:
  0  done
  1  failed; nothing was half-done
  2  the command line was not understood
  3  done, and something needs a person: rejected rows, an unreachable store, findings";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Check(check::Args),
    Register(register::Args),
    Schedule(schedule::Args),
    Store(store::Args),
    Scan(scan::Args),
    Serve(serve::Args),
    Jobs(jobs::Args),
    Dispose(dispose::Args),
    Due(due::Args),
    Explain(explain::Args),
    Event(event::Args),
    Hold(hold::Args),
    Request(request::Args),
    Batch(batch::Args),
    Review(review::Args),
    Transfer(transfer::Args),
    Anonymise(anonymise::Args),
    Authority(authority::Args),
    Change(change::Args),
    Mapping(mapping::Args),
    Ceiling(ceiling::Args),
    Enforcement(enforcement::Args),
    People(people::Args),
    Certificate(certificate::Args),
    Manifest(lookup::ManifestArgs),
    Lookup(lookup::Args),
    Key(key::Args),
    Mail(mail::Args),
    Statement(statement::Args),
    Audit(audit::Args),
    Report(report::Args),
    Doctor(doctor::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Catalogue(catalogue::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

impl Cli {
    /// How the command logs, and what: of other people's parts only what is wrong.
    #[must_use]
    pub fn logging(&self) -> (LogFormat, &'static str) {
        match &self.command {
            Command::Serve(args) => (args.log_format, "warn,retaind=info"),
            Command::Demo(args) if args.is_served() => (LogFormat::Text, "warn,retaind=info"),
            _ => (LogFormat::Text, "warn"),
        }
    }

    /// Does what the command line says, prints the answer, and says how it ended.
    pub async fn run(self) -> ExitCode {
        let printer = Printer::new(self.json, self.quiet);
        let context = Context::new(self.config, printer);
        let ended = match self.command {
            Command::Demo(args) => demo::run(&context, args).await,
            Command::Check(args) => check::run(&context, args).await,
            Command::Register(args) => register::run(&context, args).await,
            Command::Schedule(args) => schedule::run(&context, args).await,
            Command::Store(args) => store::run(&context, args).await,
            Command::Scan(args) => scan::run(&context, args).await,
            Command::Serve(args) => serve::run(&context, args).await,
            Command::Jobs(args) => jobs::run(&context, args).await,
            Command::Dispose(args) => dispose::run(&context, args).await,
            Command::Due(args) => due::run(&context, args).await,
            Command::Explain(args) => explain::run(&context, args).await,
            Command::Event(args) => event::run(&context, args).await,
            Command::Hold(args) => hold::run(&context, args).await,
            Command::Request(args) => request::run(&context, args).await,
            Command::Batch(args) => batch::run(&context, args).await,
            Command::Review(args) => review::run(&context, args).await,
            Command::Transfer(args) => transfer::run(&context, args).await,
            Command::Anonymise(args) => anonymise::run(&context, args).await,
            Command::Authority(args) => authority::run(&context, args).await,
            Command::Change(args) => change::run(&context, args).await,
            Command::Mapping(args) => mapping::run(&context, args).await,
            Command::Ceiling(args) => ceiling::run(&context, args).await,
            Command::Enforcement(args) => enforcement::run(&context, args).await,
            Command::People(args) => people::run(&context, args).await,
            Command::Certificate(args) => certificate::run(&context, args).await,
            Command::Manifest(args) => lookup::manifest(&context, args).await,
            Command::Lookup(args) => lookup::run(&context, args).await,
            Command::Key(args) => key::run(&context, args).await,
            Command::Mail(args) => mail::run(&context, args).await,
            Command::Statement(args) => statement::run(&context, args).await,
            Command::Audit(args) => audit::run(&context, args).await,
            Command::Report(args) => report::run(&context, args).await,
            Command::Doctor(args) => doctor::run(&context, args).await,
            Command::Backup(args) => backup::run(&context, args).await,
            Command::Restore(args) => restore::run(&context, args).await,
            Command::Catalogue(args) => catalogue::run(&context, args).await,
            Command::Completions(args) => completions::run(&context, &args),
            Command::Man(args) => completions::man(&context, &args),
        };
        context.printer.ended(ended)
    }
}
