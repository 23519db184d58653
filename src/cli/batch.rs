//! `retaind batch`: lists for disposal, what is kept of them, and who approved.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use retaind_schedules::batch::{LineState, Verdict};
use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::{bytes, count, counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::disposal::execution::open::UnderWay;
use crate::disposal::list::Pages;
use crate::disposal::propose::{Left, Made, Proposer, Run, Wanted, propose, propose_early};
use crate::disposal::show::{self, Early, Shown};
use crate::disposal::verdict::{Keeping, Kept, Which, keep, refresh};
use crate::disposal::{Desk, approve, expire};

/// Lists of what is due: proposed, looked at, approved by two, or refused
///
/// The owner of the asset approves first, then a records manager who is another
/// person. Nothing is added to a list once it is proposed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Propose(ProposeArgs),
    List(ListArgs),
    Show(ShowArgs),
    Exclude(KeepArgs),
    Defer(DeferArgs),
    /// Leave out the lines that changed since they were proposed
    Refresh(NumberArgs),
    Approve(ApproveArgs),
    /// Refuse a batch
    Reject(ReasonArgs),
    /// Take a batch back before anything of it is touched
    Withdraw(ReasonArgs),
    /// End the batches that nobody approved in time
    Expire,
}

/// Propose what is due
#[derive(Debug, clap::Args)]
struct ProposeArgs {
    /// Of this asset only, by its ref in the register
    #[arg(long, value_name = "REF")]
    asset: Option<String>,

    /// Of this record type only, by its code
    #[arg(long, value_name = "CODE")]
    record_type: Option<String>,

    /// In this store only
    #[arg(long, value_name = "NAME")]
    store: Option<String>,

    /// On each list, only so many lines: the longest overdue. The rest waits
    /// for the next list
    #[arg(long, value_name = "LINES")]
    oldest: Option<NonZeroU64>,

    /// The items that this request for erasure lets go early, before they are due;
    /// they are looked at in their stores now
    #[arg(
        long,
        value_name = "REFERENCE",
        conflicts_with_all = ["asset", "record_type", "store", "oldest"]
    )]
    request: Option<String>,

    /// Show what would be proposed, and propose nothing
    #[arg(long)]
    dry_run: bool,
}

/// List the batches that are not over
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Those that are over too
    #[arg(long)]
    all: bool,
}

/// Show a batch as its approvers must see it
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The batch's number
    number: String,

    /// Its lines too, with their places
    #[arg(long)]
    lines: bool,
}

#[derive(Debug, clap::Args)]
struct NumberArgs {
    /// The batch's number
    number: String,
}

/// Keep lines of a batch
#[derive(Debug, clap::Args)]
struct KeepArgs {
    /// The batch's number
    number: String,

    #[command(flatten)]
    lines: LineArgs,

    /// Until when they are kept; a year where no day is given
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

/// Keep lines of a batch until a day; all of them where none is named
#[derive(Debug, clap::Args)]
struct DeferArgs {
    /// The batch's number
    number: String,

    #[command(flatten)]
    lines: LineArgs,

    /// Until when they are kept
    #[arg(long, value_name = "DATE")]
    until: Date,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct LineArgs {
    /// These lines, by number, as `batch show --lines` gives them
    #[arg(value_name = "LINE")]
    line: Vec<u64>,

    /// Every line whose place begins so
    #[arg(long = "where", value_name = "PREFIX")]
    prefix: Option<String>,

    /// The lines whose places stand in the first column of this CSV file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl LineArgs {
    fn which(self) -> Result<Option<Which>, Failure> {
        Ok(match self {
            Self { prefix: Some(prefix), .. } => Some(Which::Prefix(prefix)),
            Self { file: Some(file), .. } => Some(Which::Places(places(&file)?)),
            Self { line, .. } if !line.is_empty() => Some(Which::Numbers(line)),
            Self { .. } => None,
        })
    }
}

fn places(file: &std::path::Path) -> Result<Vec<String>, Failure> {
    let failed = |fault| Failure::new(format!("cannot read {}: {fault}", file.display()));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_path(file).map_err(failed)?;
    let rows = reader.records().map(|row| Ok(row.map_err(failed)?.get(0).unwrap_or("").to_owned()));
    rows.collect()
}

/// Approve a batch, as the owner of its asset or as the records manager
#[derive(Debug, clap::Args)]
struct ApproveArgs {
    /// The batch's number
    number: String,

    /// The digest that was shown, or its first twelve digits
    #[arg(long)]
    digest: String,

    /// The number of the batch and of the lines that go, typed: "B-2026-0017 860"
    #[arg(long, value_name = "TEXT")]
    confirm: String,

    /// What there is to say
    #[arg(long)]
    comment: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ReasonArgs {
    /// The batch's number
    number: String,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { config, catalogue, clock, actor, .. } = &instance;
    let desk = Desk { config, catalogue, clock };
    match args.command {
        Command::Propose(args) => proposed(context, &desk, &instance, args).await,
        Command::List(args) => list(context, &instance, &args).await,
        Command::Show(args) => shown(context, &desk, &args).await,
        Command::Exclude(args) => {
            let none = || Failure::new("say which lines: their numbers, --where or --file");
            let which = args.lines.which()?.ok_or_else(none)?;
            let (verdict, until, reason) = (Verdict::Exclude, args.until, &args.reason);
            let keeping = Keeping { which, verdict, until, reason };
            let kept = keep(&desk, actor, &args.number, &keeping).await?;
            said_kept(context, args.number, &kept)
        }
        Command::Defer(args) => {
            let which = args.lines.which()?.unwrap_or(Which::All);
            let (verdict, until, reason) = (Verdict::Defer, Some(args.until), &args.reason);
            let keeping = Keeping { which, verdict, until, reason };
            let kept = keep(&desk, actor, &args.number, &keeping).await?;
            said_kept(context, args.number, &kept)
        }
        Command::Refresh(args) => {
            let kept = refresh(&desk, actor, &args.number).await?;
            said_kept(context, args.number, &kept)
        }
        Command::Approve(args) => approved(context, &desk, &instance, args).await,
        Command::Reject(args) => {
            approve::reject(&desk, actor, &args.number, &args.reason).await?;
            said(context, args.number, "rejected: nothing of it goes")
        }
        Command::Withdraw(args) => {
            approve::withdraw(&desk, actor, &args.number, &args.reason).await?;
            said(context, args.number, "withdrawn: nothing of it goes")
        }
        Command::Expire => expired(context, &desk).await,
    }
}

#[derive(Debug, Serialize)]
struct ProposedLine {
    store: String,
    record_type: String,
    batch: Option<String>,
    action: Option<String>,
    lines: u64,
    members: u64,
    bytes: u64,
    digest: Option<String>,
    left: Left,
    refused: Option<String>,
}

async fn proposed(
    context: &Context,
    desk: &Desk<'_>,
    instance: &Instance,
    args: ProposeArgs,
) -> Result<Outcome, Failure> {
    let ProposeArgs { asset, record_type, store, oldest, request, dry_run } = args;
    let wanted = Wanted { asset, record_type, store, oldest };
    let run = if dry_run { Run::Dry } else { Run::Real };
    let actor = &instance.actor;
    let made = match request {
        Some(request) => propose_early(&instance.scanner(), actor, &request, run).await?,
        None => propose(desk, Proposer::Person(actor), &wanted, run).await?,
    };
    let mut lines = Vec::new();
    for proposal in made {
        let (store, record_type) = (proposal.store, proposal.record_type);
        match proposal.lists {
            Ok(made) => lines.extend(made_lines(&store, &record_type, &made)),
            Err(why) => lines.push(ProposedLine {
                refused: Some(why.to_string()),
                ..nothing(&store, &record_type)
            }),
        }
    }
    context.printer.print_lines(&lines, |to| say_proposed(to, &lines, run))?;
    let refused = lines.iter().any(|line| line.refused.is_some());
    Ok(if refused { Outcome::Attention } else { Outcome::Done })
}

fn nothing(store: &str, record_type: &str) -> ProposedLine {
    ProposedLine {
        store: store.to_owned(),
        record_type: record_type.to_owned(),
        batch: None,
        action: None,
        lines: 0,
        members: 0,
        bytes: 0,
        digest: None,
        left: Left::default(),
        refused: None,
    }
}

fn made_lines(store: &str, record_type: &str, made: &Made) -> Vec<ProposedLine> {
    let mut lines: Vec<ProposedLine> = made
        .batches
        .iter()
        .map(|row| ProposedLine {
            batch: Some(row.number.clone()),
            action: Some(row.action.0.to_string()),
            lines: row.lines.unsigned_abs(),
            members: row.members.unsigned_abs(),
            bytes: row.bytes.unsigned_abs(),
            digest: row.digest.clone(),
            left: made.left,
            ..nothing(store, record_type)
        })
        .collect();
    if lines.is_empty() && made.left != Left::default() {
        lines.push(ProposedLine { left: made.left, ..nothing(store, record_type) });
    }
    lines
}

fn say_proposed(to: &mut dyn Write, lines: &[ProposedLine], run: Run) -> std::io::Result<()> {
    if lines.is_empty() {
        return writeln!(to, "Nothing is due that could be proposed.");
    }
    if run == Run::Dry {
        writeln!(to, "Nothing was proposed; this is what would be:")?;
    }
    for line in lines {
        let what = format!("{} in {}", line.record_type, line.store);
        match (&line.batch, &line.refused) {
            (_, Some(why)) => writeln!(to, "{what}: refused: {why}")?,
            (Some(batch), None) => writeln!(
                to,
                "{batch}: {what}: {}, {}, to {}",
                counted(line.lines, "line", "lines"),
                bytes(line.bytes),
                line.action.as_deref().unwrap_or_default(),
            )?,
            (None, None) => writeln!(to, "{what}: nothing new")?,
        }
        let Left { held, listed, kept, unconfirmed, not_due, later, protected, gone } = line.left;
        let left = [
            (held, "held"),
            (listed, "on another list"),
            (kept, "kept by decision"),
            (unconfirmed, "irreplaceable and not confirmed by a review"),
            (not_due, "no longer due"),
            (later, "due for less long, and for a later list"),
            (protected, "kept by a law, a contract or a rule that no request sets aside"),
            (gone, "no longer where the request names it"),
        ];
        for (number, why) in left.into_iter().filter(|(number, _)| *number > 0) {
            writeln!(to, "  left out: {} {why}", count(number))?;
        }
    }
    Ok(())
}

async fn list(context: &Context, instance: &Instance, args: &ListArgs) -> Result<Outcome, Failure> {
    let lines = show::list(&instance.catalogue, args.all).await?;
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| {
            let next = line.next.as_ref();
            [
                line.batch.clone(),
                line.state.to_string(),
                line.action.to_string(),
                line.record_type.clone(),
                line.store.clone(),
                count(line.lines),
                next.map(|next| next.who.clone()).unwrap_or_default(),
            ]
        });
        let headings = ["Batch", "State", "Action", "Record type", "Store", "Lines", "Next"];
        table(to, headings, rows)
    })?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct ShownLine {
    line: u64,
    id: uuid::Uuid,
    place: String,
    due_on: Option<Date>,
    members: u64,
    bytes: u64,
    verdict: Verdict,
    why: Option<String>,
    until: Option<Date>,
    state: LineState,
    left: Option<String>,
}

async fn shown(context: &Context, desk: &Desk<'_>, args: &ShowArgs) -> Result<Outcome, Failure> {
    let shown = show::show(desk, &args.number).await?;
    context.printer.print(&shown)?;
    if !args.lines {
        return Ok(Outcome::Done);
    }
    let batch = show::by_number(desk.catalogue, &args.number).await?;
    let open = UnderWay::of(desk.catalogue.read(), batch.id).await?;
    let mut pages = Pages::of(batch.id);
    while let Some(lines) = pages.next(desk.catalogue.read()).await? {
        let lines: Vec<ShownLine> = lines
            .into_iter()
            .map(|line| open.shown(line))
            .map(|line| ShownLine {
                line: line.position.unsigned_abs() + 1,
                id: line.id,
                place: line.locator,
                due_on: line.due_on.map(|day| day.0),
                members: line.members.unsigned_abs(),
                bytes: line.bytes.unsigned_abs(),
                verdict: line.verdict.0,
                why: line.verdict_why,
                until: line.verdict_until.map(|day| day.0),
                state: line.state.0,
                left: line.why,
            })
            .collect();
        context.printer.print_lines(&lines, |to| {
            for line in &lines {
                let due = line.due_on.map_or_else(|| "at once".to_owned(), |day| day.to_string());
                // Before anything is done it is what its owner says that counts.
                let stands = match line.state {
                    LineState::Pending => line.verdict.to_string(),
                    state => state.to_string(),
                };
                let left = line.left.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                writeln!(to, "{:>7}  {stands:<11} {due}  {}{left}", line.line, line.place)?;
            }
            Ok(())
        })?;
    }
    Ok(Outcome::Done)
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let listed = &self.listed;
        writeln!(to, "{}: {} ({})", listed.batch, listed.action, listed.state)?;
        writeln!(to, "  of {} {}, asset {}", listed.record_type, self.title, self.asset)?;
        writeln!(to, "  in {}", listed.store)?;
        writeln!(to, "  rule: {}", self.rule_words)?;
        match &self.early {
            Some(Early { request, stands: true }) => {
                writeln!(to, "  early: before its minimum ends, under erasure request {request}")?;
            }
            Some(Early { request, stands: false }) => writeln!(
                to,
                "  early: under erasure request {request}, and what was signed of that does not stand \
                 any more: nothing of it goes"
            )?,
            None => {}
        }
        let share = self.share_percent.map(|share| format!(", {share} % of the store"));
        writeln!(
            to,
            "  {} ({} go, {} kept), {}, {}{}",
            counted(listed.lines, "line", "lines"),
            count(self.going),
            count(self.kept),
            counted(self.members, "file or row", "files or rows"),
            bytes(listed.bytes),
            share.unwrap_or_default()
        )?;
        if let (Some(oldest), Some(newest)) = (self.oldest_due, self.newest_due) {
            writeln!(to, "  due from {oldest} to {newest}")?;
        }
        match self.held_now {
            0 => writeln!(to, "  held now: none")?,
            held => writeln!(
                to,
                "  held now: {} by {}: they will be withheld",
                counted(held, "line", "lines"),
                self.held_by.join(", ")
            )?,
        }
        if let Some(last) = &self.since_last {
            let rule = if last.same_rule { "the same rule" } else { "another rule" };
            let (lines, batch) = (last.lines, &last.batch);
            writeln!(to, "  since {batch}: {lines:+} lines, {:+} bytes, {rule}", last.bytes)?;
        }
        for sample in &self.samples {
            writeln!(to, "  sample: {sample}")?;
        }
        for signed in &self.signatures {
            let void = if signed.counts { "" } else { " (void: over another list)" };
            writeln!(
                to,
                "  {}: {} as {} on {}{void}",
                signed.decision, signed.who, signed.stage, signed.at
            )?;
        }
        if let Some(next) = &listed.next {
            writeln!(to, "  next: {}, by {}; then it expires", next.who, next.by)?;
        }
        if let Some(at) = self.not_before {
            writeln!(to, "  nothing is touched before {at}")?;
        }
        if let Some(why) = &self.halted_why {
            writeln!(to, "  halted: {why}")?;
            writeln!(
                to,
                "  once that is mended it goes on with: retaind dispose resume {} --reason ...",
                listed.batch
            )?;
        }
        writeln!(to, "  digest: {}", self.digest.as_deref().unwrap_or("none yet"))
    }
}

async fn approved(
    context: &Context,
    desk: &Desk<'_>,
    instance: &Instance,
    args: ApproveArgs,
) -> Result<Outcome, Failure> {
    let asked = approve::Approving {
        number: &args.number,
        digest: &args.digest,
        confirmation: &args.confirm,
        comment: args.comment.as_deref(),
    };
    let approved = approve::approve(desk, &instance.actor, asked).await?;
    let words = match approved.not_before {
        None => "approved by its owner; a records manager, another person, is next".to_owned(),
        Some(at) => format!("authorised; nothing is touched before {at}"),
    };
    said(context, args.number, words)
}

async fn expired(context: &Context, desk: &Desk<'_>) -> Result<Outcome, Failure> {
    let expired = expire::expire(desk).await?;
    context.printer.print_lines(&expired, |to| {
        for number in &expired {
            writeln!(to, "{number}: expired: nobody approved it in time, and nothing goes")?;
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn said_kept(context: &Context, batch: String, kept: &Kept) -> Result<Outcome, Failure> {
    let words = format!(
        "{} kept, {} left; it is {} and waits for approval under the digest {}",
        counted(kept.lines, "line", "lines"),
        count(kept.left),
        kept.state,
        kept.digest
    );
    let rejected =
        format!("{} kept, none left: nothing of it goes", counted(kept.lines, "line", "lines"));
    said(context, batch, if kept.left == 0 { rejected } else { words })
}

#[derive(Debug, Serialize)]
struct Said {
    batch: String,
    said: String,
}

impl Answer for Said {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: {}", self.batch, self.said)
    }
}

fn said(context: &Context, batch: String, said: impl Into<String>) -> Result<Outcome, Failure> {
    context.printer.print(&Said { batch, said: said.into() })?;
    Ok(Outcome::Done)
}
