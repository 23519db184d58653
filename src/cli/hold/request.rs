//! `retaind hold corresponded`, `progress`, `complaint` and `decision`: what happens to a
//! request while its hold stands.

use jiff::civil::Date;

use super::Said;
use crate::catalogue::words::HoldState;
use crate::cli::context::Instance;
use crate::cli::{Context, Failure, Outcome};
use crate::clock::Clock;
use crate::holds::{self, Progress, Request, Source};

/// Record the last correspondence about a request, from which its tail counts
#[derive(Debug, clap::Args)]
pub(super) struct CorrespondedArgs {
    /// The hold
    reference: String,

    /// On which day
    #[arg(long, value_name = "DATE")]
    on: Date,
}

/// Record how a request stands with those it concerns: who must act is told by mail
///
/// Nothing of it brings the release of its hold nearer: the time the hold stays counts
/// from the answer, and it is not released while none is recorded.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind hold progress SAR-2026-044 --refused 2026-11-20 --explained 2026-11-23")]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true)))]
pub(super) struct ProgressArgs {
    /// The hold
    reference: String,

    /// By when it is to be answered, where that is another day than the law's
    #[arg(long, value_name = "DATE", group = "what")]
    due: Option<Date>,

    /// When it was answered
    #[arg(long, value_name = "DATE", group = "what")]
    answered: Option<Date>,

    /// When it was refused, whole or in part
    #[arg(long, value_name = "DATE", group = "what")]
    refused: Option<Date>,

    /// When the refusal was explained to the person
    #[arg(long, value_name = "DATE", group = "what")]
    explained: Option<Date>,

    /// When those who had the records from us were told of the decision
    #[arg(long, value_name = "DATE", group = "what")]
    told: Option<Date>,

    /// When they had all acknowledged it, or need not
    #[arg(long, value_name = "DATE", group = "what")]
    acknowledged: Option<Date>,
}

/// Record a complaint to the regulator: the hold stays until its decision
#[derive(Debug, clap::Args)]
pub(super) struct ComplaintArgs {
    /// The hold
    reference: String,

    /// On which day
    #[arg(long, value_name = "DATE")]
    on: Date,
}

/// Record the decision on a complaint: the hold stays six weeks more at least
#[derive(Debug, clap::Args)]
pub(super) struct DecisionArgs {
    /// The hold
    reference: String,

    /// On which day
    #[arg(long, value_name = "DATE")]
    on: Date,
}

/// Where a hold comes from that a person places here.
pub(super) fn source(instance: &Instance, received: Option<Date>) -> Result<Source, Failure> {
    let today = instance.clock.today();
    let received = received.unwrap_or(today);
    if received > today {
        return Err(Failure::new(format!(
            "--received {received} has not come: give the day on which the request came in."
        )));
    }
    let tail = instance.config.holds.foi_tail;
    Ok(Source::Request(Request { tail, ..Request::received(received) }))
}

pub(super) async fn corresponded(
    context: &Context,
    instance: &Instance,
    args: &CorrespondedArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    holds::correspondence(catalogue, actor, &args.reference, args.on, clock.now()).await?;
    say(context, &args.reference, "recorded; the time in which it may be released moved with it")
}

pub(super) async fn progress(
    context: &Context,
    instance: &Instance,
    args: &ProgressArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let ProgressArgs { due, answered, refused, explained, told, acknowledged, .. } = *args;
    let today = clock.today();
    for day in [answered, refused, explained, told, acknowledged].into_iter().flatten() {
        if day > today {
            let words = "has not come: give the day on which it happened";
            return Err(Failure::new(format!("{day} {words}.")));
        }
    }
    let answered = answered.or(refused);
    let more = Progress { due, answered, refused, explained, told, acknowledged };
    let stands = |known: Progress| known.corrected(more);
    holds::progress(catalogue, actor, &args.reference, stands, clock.now()).await?;
    say(context, &args.reference, "recorded; who must act is told by mail")
}

pub(super) async fn complaint(
    context: &Context,
    instance: &Instance,
    args: &ComplaintArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    holds::complaint(catalogue, actor, &args.reference, args.on, clock.now()).await?;
    say(context, &args.reference, "recorded; it is not to be released before the decision")
}

pub(super) async fn decision(
    context: &Context,
    instance: &Instance,
    args: &DecisionArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    holds::decision(catalogue, actor, &args.reference, args.on, clock.now()).await?;
    say(context, &args.reference, "recorded; it stays for six weeks after the decision at least")
}

fn say(context: &Context, reference: &str, words: &'static str) -> Result<Outcome, Failure> {
    let hold = reference.to_owned();
    context.printer.print(&Said { hold, words, state: HoldState::Active })?;
    Ok(Outcome::Done)
}
