//! `retaind mail`: what people are told, and whether mails go out at all.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::notices;
use crate::notices::list::{answers, list};

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

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List(args) => listed(context, &args).await,
        Command::Answers(args) => answered(context, &args).await,
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

async fn test(context: &Context, args: TestArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let post = notices::Post {
        config: &instance.config,
        catalogue: &instance.catalogue,
        keys: &instance.keys,
        clock: &instance.clock,
    };
    notices::send::test(&post, &args.address, instance.clock.now()).await?;
    context.printer.print(&Tested { address: args.address, taken: true })?;
    Ok(Outcome::Done)
}
