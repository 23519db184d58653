//! `retaind mail`: what people are told, and whether mails go out at all.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::audit::By;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::notices::held::{self, Fate};
use crate::notices::list::{self, Addresses, Listed, answers, list, replies, statements};
use crate::notices::{self, Kind};
use crate::people::Role;

/// What people are told by mail
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Held(HeldArgs),
    Answers(AnswersArgs),
    Replies(RepliesArgs),
    Statements(StatementsArgs),
    Send(SendArgs),
    Test(TestArgs),
}

/// List notices, newest first: what waits, was sent and failed, without its text
///
/// Whom it is for is said by their roles and the service area. Exit code 3 where
/// a notice reached nobody yet.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,

    /// Show where each is reached now, which is personal data
    #[arg(long)]
    addresses: bool,
}

/// List what is held back since a restore, oldest first, or say what becomes of it
///
/// What waited in the backup may have been sent since the backup was made. Look in
/// a mailbox that should have it, then send it, or drop it. Nothing else is held
/// back. Exit code 3 where anything still is.
#[derive(Debug, clap::Args)]
struct HeldArgs {
    /// Let it go out
    #[arg(long)]
    send: bool,

    /// Tell it to nobody: it was sent before the restore
    #[arg(long, conflicts_with = "send")]
    drop: bool,

    /// Only what is of this kind, such as hold-placed; may be given again
    #[arg(long, value_name = "KIND")]
    kind: Vec<Kind>,

    /// Show where each is reached now, which is personal data
    #[arg(long)]
    addresses: bool,
}

/// List what people answered from their mails, newest first
///
/// To batches, holds, reviews and offers to the archive.
#[derive(Debug, clap::Args)]
struct AnswersArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

/// List what people replied from mails that ask for no approval, newest first
///
/// That a batch must stop, and that records which fall due are needed: who says
/// so and why. What they write stands in no mail.
#[derive(Debug, clap::Args)]
struct RepliesArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

/// List the yearly statements that owners signed, newest first
///
/// Whose, for which year, the figures that were signed, and what the owner added.
#[derive(Debug, clap::Args)]
struct StatementsArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

/// Send what waits now, digests too, without waiting for eight o'clock
///
/// The daemon sends by itself: what is urgent at once, digests on working days
/// from eight. Nobody gets more than one digest a day because of this command.
///
/// Exit code 3 where something still waits.
#[derive(Debug, clap::Args)]
struct SendArgs {}

/// Send a mail to an address, to see that it arrives
///
/// An address that took no mail before is written to again once this succeeds.
#[derive(Debug, clap::Args)]
struct TestArgs {
    /// To which address
    address: String,
}

#[derive(Debug, Serialize)]
struct Tested {
    address: String,
    taken: bool,
}

impl Answer for Tested {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "The mail for {} was taken. See whether it arrives.", self.address)
    }
}

#[derive(Debug, Serialize)]
struct Sent {
    #[serde(flatten)]
    summary: notices::Summary,
}

impl Answer for Sent {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let notices::Summary { sent, waiting, refused, rerouted, stuck } = self.summary;
        writeln!(to, "{} sent.", counted(sent, "mail", "mails"))?;
        for (count, what) in [
            (waiting, "wait for their server; they are tried again"),
            (refused, "refused for good; who is told instead is written to"),
            (rerouted, "told to another, since the recipient cannot be reached"),
            (stuck, "for nobody who can be reached: `retaind doctor` says more"),
        ] {
            if count > 0 {
                writeln!(to, "{count} {what}.")?;
            }
        }
        Ok(())
    }
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List(args) => listed(context, &args).await,
        Command::Held(args) => held_back(context, args).await,
        Command::Answers(args) => answered(context, &args).await,
        Command::Replies(args) => replied(context, &args).await,
        Command::Statements(args) => stated(context, &args).await,
        Command::Send(SendArgs {}) => send(context).await,
        Command::Test(args) => test(context, args).await,
    }
}

/// Whether addresses are shown.
const fn asked_for(addresses: bool) -> Addresses {
    if addresses { Addresses::Shown } else { Addresses::Hidden }
}

fn print(context: &Context, notices: &[Listed]) -> Result<(), Failure> {
    context.printer.print_lines(notices, |to| {
        let rows = notices.iter().map(|one| {
            let who = match &one.address {
                Some(address) => format!("{} <{address}>", one.who),
                None => one.who.clone(),
            };
            let sent = one.sent_at.clone().unwrap_or_default();
            let fault = one.last_fault.clone().unwrap_or_default();
            let (decided, kind, state) =
                (one.created_at.clone(), one.kind.clone(), one.state.clone());
            [decided, kind, who, state, one.attempts.to_string(), sent, fault]
        });
        table(to, ["Decided", "Kind", "To", "State", "Tried", "Sent", "Fault"], rows)
    })?;
    Ok(())
}

async fn listed(context: &Context, args: &ListArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let notices = list(&catalogue, args.limit, asked_for(args.addresses)).await?;
    print(context, &notices)?;
    let lost = notices.iter().any(|one| one.state == "failed" || one.state == "bounced");
    Ok(if lost { Outcome::Attention } else { Outcome::Done })
}

#[derive(Debug, Serialize)]
struct Settled {
    fate: Fate,
    settled: held::Counts,
    still_held: u64,
}

impl Answer for Settled {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let notices = counted(self.settled.values().sum(), "notice", "notices");
        let what = match (self.settled.is_empty(), self.fate) {
            (true, _) => "Nothing of that is held back".to_owned(),
            (false, Fate::Send) => {
                format!("{notices} may go out: {}", held::words(&self.settled))
            }
            (false, Fate::Drop) => {
                format!("{notices} are told to nobody: {}", held::words(&self.settled))
            }
        };
        writeln!(to, "{what}. Still held back: {}.", self.still_held)
    }
}

async fn held_back(context: &Context, args: HeldArgs) -> Result<Outcome, Failure> {
    let fate = match (args.send, args.drop) {
        (false, false) => None,
        (true, _) => Some(Fate::Send),
        (false, true) => Some(Fate::Drop),
    };
    let Some(fate) = fate else {
        let kinds: Vec<String> = args.kind.iter().map(ToString::to_string).collect();
        let catalogue = context.catalogue().await?;
        let mut notices = list::held_back(&catalogue, asked_for(args.addresses)).await?;
        notices.retain(|one| kinds.is_empty() || kinds.contains(&one.kind));
        print(context, &notices)?;
        return Ok(if notices.is_empty() { Outcome::Done } else { Outcome::Attention });
    };
    let instance = context.instance().await?;
    let Instance { catalogue, actor, clock, .. } = &instance;
    let may = [Role::Operator, Role::RecordsManager];
    let role = actor.first_of(&may).ok_or_else(|| {
        Failure::new(format!(
            "{} may not decide what becomes of mails: it takes an operator or a records manager.",
            actor.name
        ))
    })?;
    let (kinds, by) = (args.kind.into_iter().collect(), By::person(actor, role));
    let tx = catalogue.write_tx().await?;
    let settled = held::settle(&tx, &kinds, fate, by, clock.now()).await?;
    let still_held = held::held(&*tx).await?.len() as u64;
    tx.commit().await?;
    context.printer.print(&Settled { fate, settled, still_held })?;
    Ok(if still_held == 0 { Outcome::Done } else { Outcome::Attention })
}

async fn answered(context: &Context, args: &AnswersArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let answers = answers(&catalogue, args.limit).await?;
    context.printer.print_lines(&answers, |to| {
        let rows = answers.iter().map(|one| {
            let (until, whose) = (one.until.clone(), one.whose.clone());
            let (until, whose) = (until.unwrap_or_default(), whose.unwrap_or_default());
            let (at, of, by) = (one.at.clone(), one.of.clone(), one.by.clone());
            [at, one.question.clone(), of, by, one.answer.clone(), until, whose]
        });
        table::<7>(to, ["At", "Question", "Of", "By", "Answer", "Until", "Whose"], rows)
    })?;
    Ok(Outcome::Done)
}

async fn replied(context: &Context, args: &RepliesArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let replies = replies(&catalogue, args.limit).await?;
    context.printer.print_lines(&replies, |to| {
        let rows = replies.iter().map(|one| {
            let what = if one.reply == "stop" { "stop" } else { "is needed" };
            [one.at.clone(), what.to_owned(), one.of.clone(), one.by.clone(), one.reason.clone()]
        });
        table::<5>(to, ["At", "Reply", "Of", "By", "Why"], rows)
    })?;
    Ok(Outcome::Done)
}

async fn stated(context: &Context, args: &StatementsArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let statements = statements(&catalogue, args.limit).await?;
    context.printer.print_lines(&statements, |to| {
        let rows = statements.iter().map(|one| {
            let figure = |name: &str| one.figures[name].to_string();
            let figures = ["assets", "disposed", "overdue", "held", "kept"].map(figure);
            let [assets, disposed, overdue, held, kept] = figures;
            let (year, by) = (one.year_end.clone(), one.by.clone());
            let words = one.words.clone();
            [one.at.clone(), year, by, assets, disposed, overdue, held, kept, words]
        });
        let headings =
            ["Signed", "Year to", "By", "Assets", "Disposed", "Overdue", "Held", "Kept", "Words"];
        table::<9>(to, headings, rows)
    })?;
    Ok(Outcome::Done)
}

/// What sending needs.
pub(super) fn post(instance: &Instance) -> notices::Post<'_> {
    let Instance { config, catalogue, keys, clock, .. } = instance;
    notices::Post { config, catalogue, keys, clock }
}

async fn send(context: &Context) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    if instance.config.mail.is_none() {
        return Err(notices::NoticeError::NoMail.into());
    }
    let summary = notices::send_now(&post(&instance)).await?;
    context.printer.print(&Sent { summary })?;
    let is_all = summary.waiting + summary.stuck == 0;
    Ok(if is_all { Outcome::Done } else { Outcome::Attention })
}

async fn test(context: &Context, args: TestArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let post = post(&instance);
    notices::trial::send_test(&post, &args.address, instance.clock.now()).await?;
    context.printer.print(&Tested { address: args.address, taken: true })?;
    Ok(Outcome::Done)
}
