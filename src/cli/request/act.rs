//! What is done to a request: `clock`, `extend`, `item`, `step`, `decide`,
//! `explain` and `close`.

use std::io::Write;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use super::{handling, say};
use crate::cli::context::Instance;
use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::requests::items::{self, Place};
use crate::requests::steps::{self, Searched};
use crate::requests::{
    self, Explanation, Extension, ItemVerdict, Release, RequestDecision, Ruling,
};

/// Let the time of a request begin later than it came in
///
/// Where the person had to be identified, or to say what they ask, first.
#[derive(Debug, clap::Args)]
pub(super) struct ClockArgs {
    /// The request
    reference: String,

    /// On which day
    #[arg(long, value_name = "DATE")]
    from: Date,
}

/// Take two further months (UK GDPR Art. 12(3))
///
/// Once, where the request is complex or one of many, and the person was told so
/// within the first month.
#[derive(Debug, clap::Args)]
pub(super) struct ExtendArgs {
    /// The request
    reference: String,

    /// Why more time is needed
    #[arg(long)]
    reason: String,

    /// When the person was told
    #[arg(long, value_name = "DATE")]
    told_on: Date,
}

/// Name a place that a request is about, and say what is to become of it
///
/// It is looked at now, as `retaind explain` does. Named again, it is evaluated
/// anew. The place is forgotten when the request is closed.
#[derive(Debug, clap::Args)]
pub(super) struct ItemArgs {
    /// The request
    reference: String,

    /// The store
    store: String,

    /// The item, as `retaind explain` takes it
    locator: String,

    /// It is part of a public register, by this law
    #[arg(long, value_name = "LAW")]
    public_register: Option<String>,
}

/// Log a step: every connected store searched, or something done elsewhere
///
/// A search reads every connected store to its end, for what the request's hold
/// covers, and logs those too that it could not read.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub(super) struct StepArgs {
    /// The request
    reference: String,

    /// Search every connected store
    #[arg(long, group = "what")]
    search: bool,

    /// What was done elsewhere, such as in a mailbox that is not connected
    #[arg(long, group = "what", value_name = "WORDS")]
    note: Option<String>,
}

/// Decide a request
///
/// Where anything is granted, those the register says the records were shared with
/// are to be told from then on (UK GDPR Art. 19).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind request decide ERA-2026-7 partly --exception art17-3-b")]
pub(super) struct DecideArgs {
    /// The request
    reference: String,

    /// What was decided
    decision: RequestDecision,

    /// A ground that it did not name when it was opened, by its code
    #[arg(long, value_name = "CODE")]
    ground: Vec<String>,

    /// On what anything is refused, by its code: see `retaind request codes`
    #[arg(long, value_name = "CODE")]
    exception: Vec<String>,

    /// The compelling grounds that override an objection
    #[arg(long, value_name = "WORDS")]
    compelling: Option<String>,

    /// What follows for the service the person gets, and on which basis
    #[arg(long, value_name = "WORDS")]
    consequence: Option<String>,
}

/// Enter what the person was told, and when
///
/// `retaind request letter` drafts it. Until the request is closed it may be
/// entered anew.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("words").required(true)))]
pub(super) struct ExplainArgs {
    /// The request
    reference: String,

    /// A file with the text that was sent
    #[arg(long, group = "words", value_name = "FILE")]
    text_file: Option<PathBuf>,

    /// The text that was sent
    #[arg(long, group = "words", value_name = "WORDS")]
    text: Option<String>,

    /// When it was sent
    #[arg(long, value_name = "DATE")]
    sent_on: Date,

    /// An exception that the decision did not name, by its code
    #[arg(long, value_name = "CODE")]
    exception: Vec<String>,
}

/// Close a request, and ask for the release of its hold
///
/// The hold stays in force until another person releases it.
#[derive(Debug, clap::Args)]
pub(super) struct CloseArgs {
    /// The request
    reference: String,
}

pub(super) async fn clock(
    context: &Context,
    instance: &Instance,
    args: &ClockArgs,
) -> Result<Outcome, Failure> {
    let days = &instance.config.working_days;
    let row = requests::restart(&handling(instance), &args.reference, args.from, days).await?;
    say(context, &row.reference, format!("its time began on {}; due on {}", args.from, row.due_on))
}

pub(super) async fn extend(
    context: &Context,
    instance: &Instance,
    args: ExtendArgs,
) -> Result<Outcome, Failure> {
    let extension = Extension { reason: args.reason, told_on: args.told_on };
    let days = &instance.config.working_days;
    let row = requests::extend(&handling(instance), &args.reference, &extension, days).await?;
    say(context, &row.reference, format!("now due on {}", requests::last_day(&row)))
}

#[derive(Debug, Serialize)]
struct Judged {
    request: String,
    store: String,
    locator: String,
    verdict: ItemVerdict,
    kept_until: Option<Date>,
    basis: Option<String>,
    because: String,
}

pub(super) async fn item(
    context: &Context,
    instance: &Instance,
    args: &ItemArgs,
) -> Result<Outcome, Failure> {
    let store = instance.config.store(&args.store)?;
    let public_register = args.public_register.as_deref();
    let place = Place { store, locator: &args.locator, public_register };
    let row =
        items::judge(&handling(instance), &instance.scanner(), &args.reference, place).await?;
    context.printer.print(&Judged {
        request: args.reference.clone(),
        store: args.store.clone(),
        locator: row.locator.unwrap_or_default(),
        verdict: row.verdict,
        kept_until: row.kept_until.map(|day| day.0),
        basis: row.basis,
        because: row.because,
    })?;
    Ok(Outcome::Done)
}

impl Answer for Judged {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { store, locator, verdict, kept_until, basis, because, .. } = self;
        let until = kept_until.map(|day| format!(" until {day}")).unwrap_or_default();
        let basis = basis.as_ref().map(|basis| format!(" ({basis})")).unwrap_or_default();
        writeln!(to, "{store} {locator}: {verdict}{until}: {because}{basis}")
    }
}

pub(super) async fn step(
    context: &Context,
    instance: &Instance,
    args: &StepArgs,
) -> Result<Outcome, Failure> {
    if let Some(note) = &args.note {
        steps::note(&handling(instance), &args.reference, note).await?;
        return say(context, &args.reference, "noted");
    }
    let found = steps::search(&handling(instance), &instance.scanner(), &args.reference).await?;
    context.printer.print_lines(&found, |to| found.iter().try_for_each(|one| searched(to, one)))?;
    let is_whole = found.iter().all(|one| one.failed.is_none());
    Ok(if is_whole { Outcome::Done } else { Outcome::Attention })
}

fn searched(to: &mut dyn Write, one: &Searched) -> std::io::Result<()> {
    let Searched { store, copies, backups_until, failed } = one;
    match (failed, copies) {
        (Some(why), _) => return writeln!(to, "{store}: could not be searched: {why}"),
        (None, copies) => {
            let items = counted(copies.unwrap_or_default(), "item", "items");
            write!(to, "{store}: {items} that it is about")?;
        }
    }
    match backups_until {
        Some(day) => writeln!(to, "; erased today, they would be in its backups until {day}"),
        None => writeln!(to),
    }
}

pub(super) async fn decide(
    context: &Context,
    instance: &Instance,
    args: DecideArgs,
) -> Result<Outcome, Failure> {
    let DecideArgs { reference, decision, ground, exception, compelling, consequence } = args;
    let ruling =
        Ruling { decision, grounds: ground, exceptions: exception, compelling, consequence };
    let row = requests::decide(&handling(instance), &reference, &ruling).await?;
    let shown = requests::show(&instance.catalogue, &row.reference, instance.clock.today()).await?;
    let mut words = decision.words().to_owned();
    if row.kind.tells_recipients() && decision.grants() {
        let count = shown.recipients.len() as u64;
        words = match count {
            0 => format!(
                "{words}. The register names nobody to be told; name them with `retaind request \
                 recipient {} --add`, if there is anybody",
                row.reference
            ),
            _ => format!(
                "{words}. {} to be told of it",
                counted(count, "recipient is", "recipients are")
            ),
        };
    }
    if !shown.explanation_misses.is_empty() {
        words = format!("{words}. It still needs {}", shown.explanation_misses.join(" and "));
    }
    say(context, &row.reference, words)
}

pub(super) async fn explain(
    context: &Context,
    instance: &Instance,
    args: ExplainArgs,
) -> Result<Outcome, Failure> {
    let text = match (args.text, args.text_file) {
        (Some(text), _) => text,
        (None, Some(file)) => std::fs::read_to_string(&file)
            .map_err(|fault| Failure::new(format!("cannot read {}: {fault}.", file.display())))?,
        (None, None) => String::new(),
    };
    let (sent_on, exceptions) = (args.sent_on, args.exception);
    let explanation = Explanation { text, sent_on, exceptions };
    let row = requests::explain(&handling(instance), &args.reference, &explanation).await?;
    say(context, &row.reference, format!("the person was told on {sent_on}"))
}

pub(super) async fn close(
    context: &Context,
    instance: &Instance,
    args: &CloseArgs,
) -> Result<Outcome, Failure> {
    let closed = requests::close(&handling(instance), &args.reference).await?;
    let words = match closed.release {
        Release::Asked { hold } => format!(
            "closed. {hold} stays in force until another person releases it, with `retaind hold \
             release {hold}`"
        ),
        Release::Over { hold } => format!("closed. {hold} was released before"),
        Release::Stays { hold } => format!(
            "closed. What it is about stays restricted by {hold}; before that is lifted the person \
             is told"
        ),
        Release::None => "closed".to_owned(),
    };
    say(context, &closed.request.reference, words)
}
