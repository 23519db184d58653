//! `retaind mail`: what people are told, and whether mails go out at all.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::notices;
use crate::notices::list::{answers, list, replies};

/// What people are told by mail
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Answers(AnswersArgs),
    Replies(RepliesArgs),
    Send(SendArgs),
    Test(TestArgs),
}

/// List notices, newest first: what waits, was sent and failed, without its text
///
/// Exit code 3 where a notice reached nobody yet.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

/// List what people answered to batches from their mails, newest first
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
        Command::Answers(args) => answered(context, &args).await,
        Command::Replies(args) => replied(context, &args).await,
        Command::Send(SendArgs {}) => send(context).await,
        Command::Test(args) => test(context, args).await,
    }
}

async fn listed(context: &Context, args: &ListArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let notices = list(&catalogue, args.limit).await?;
    context.printer.print_lines(&notices, |to| {
        let rows = notices.iter().map(|one| {
            let sent = one.sent_at.clone().unwrap_or_default();
            let fault = one.last_fault.clone().unwrap_or_default();
            [one.created_at.clone(), one.kind.clone(), one.recipient.clone(), one.state.clone()]
                .into_iter()
                .chain([one.attempts.to_string(), sent, fault])
                .collect::<Vec<_>>()
                .try_into()
                .unwrap_or_default()
        });
        table::<7>(to, ["Decided", "Kind", "To", "State", "Tried", "Sent", "Fault"], rows)
    })?;
    let lost = notices.iter().any(|one| one.state == "failed" || one.state == "bounced");
    Ok(if lost { Outcome::Attention } else { Outcome::Done })
}

async fn answered(context: &Context, args: &AnswersArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let answers = answers(&catalogue, args.limit).await?;
    context.printer.print_lines(&answers, |to| {
        let rows = answers.iter().map(|one| {
            let (until, whose) = (one.until.clone(), one.whose.clone());
            let (until, whose) = (until.unwrap_or_default(), whose.unwrap_or_default());
            [one.at.clone(), one.batch.clone(), one.by.clone(), one.answer.clone(), until, whose]
        });
        table::<6>(to, ["At", "Batch", "By", "Answer", "Until", "Whose"], rows)
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
