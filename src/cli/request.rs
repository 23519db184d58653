//! `retaind request`: what people ask under data protection law.

mod act;
mod early;
mod open;
mod recipient;
mod show;

use std::io::Write;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::requests::{Handling, RequestDecision, RequestKind, Seat};

/// What people ask: to be erased, seen, put right, restricted
///
/// What a request is about is held from the moment it is opened until two people
/// release it. It is not closed as refused without an exception, an explanation
/// and the day it was sent, nor as granted while somebody who is to be told of it
/// has not been. Give the reference of the case system, never a name.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Open(open::Args),
    List(show::ListArgs),
    Show(show::Args),
    Codes(show::CodesArgs),
    Clock(act::ClockArgs),
    Extend(act::ExtendArgs),
    Item(act::ItemArgs),
    Step(act::StepArgs),
    Decide(act::DecideArgs),
    Sign(early::SignArgs),
    Retract(early::RetractArgs),
    Letter(show::LetterArgs),
    Explain(act::ExplainArgs),
    Recipient(recipient::Args),
    Close(act::CloseArgs),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        Command::Open(args) => open::run(context, &instance, args).await,
        Command::List(args) => show::list(context, &instance, &args).await,
        Command::Show(args) => show::run(context, &instance, &args).await,
        Command::Codes(args) => show::codes(context, &args),
        Command::Clock(args) => act::clock(context, &instance, &args).await,
        Command::Extend(args) => act::extend(context, &instance, args).await,
        Command::Item(args) => act::item(context, &instance, &args).await,
        Command::Step(args) => act::step(context, &instance, &args).await,
        Command::Decide(args) => act::decide(context, &instance, args).await,
        Command::Sign(args) => early::sign(context, &instance, &args).await,
        Command::Retract(args) => early::retract(context, &instance, &args).await,
        Command::Letter(args) => show::letter(context, &instance, &args).await,
        Command::Explain(args) => act::explain(context, &instance, args).await,
        Command::Recipient(args) => recipient::run(context, &instance, args).await,
        Command::Close(args) => act::close(context, &instance, &args).await,
    }
}

/// Who acts, and when.
fn handling(instance: &Instance) -> Handling<'_> {
    let Instance { catalogue, actor, clock, .. } = instance;
    Handling { catalogue, actor, now: clock.now() }
}

/// One sentence about a request.
#[derive(Debug, Serialize)]
struct Said {
    request: String,
    words: String,
}

impl Answer for Said {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: {}", self.request, self.words)
    }
}

fn say(context: &Context, request: &str, words: impl Into<String>) -> Result<Outcome, Failure> {
    context.printer.print(&Said { request: request.to_owned(), words: words.into() })?;
    Ok(Outcome::Done)
}

impl ValueEnum for RequestKind {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Seat {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}

impl ValueEnum for RequestDecision {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}
