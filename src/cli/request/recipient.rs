//! `retaind request recipient`: what became of telling those the records were
//! shared with.

use jiff::civil::Date;

use super::{handling, say};
use crate::cli::context::Instance;
use crate::cli::{Context, Failure, Outcome};
use crate::requests::recipients::{self, Told};

/// Note what became of telling a recipient, or name another
///
/// Each is acknowledged, or cannot be told, or telling them would be
/// disproportionate, with the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind request recipient ERA-2026-7 2 --disproportionate \"they closed in 2019\"")]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub(super) struct Args {
    /// The request
    reference: String,

    /// Which recipient, by its number in `retaind request show`
    #[arg(required_unless_present = "add")]
    number: Option<usize>,

    /// They were told on this day
    #[arg(long, group = "what", value_name = "DATE")]
    sent: Option<Date>,

    /// They acknowledged on this day
    #[arg(long, group = "what", value_name = "DATE")]
    acknowledged: Option<Date>,

    /// They cannot be told, for this reason
    #[arg(long, group = "what", value_name = "WHY")]
    impossible: Option<String>,

    /// To tell them would be out of all proportion, for this reason
    #[arg(long, group = "what", value_name = "WHY")]
    disproportionate: Option<String>,

    /// Somebody else who is to be told: an organisation, never a person
    #[arg(long, group = "what", value_name = "NAME", conflicts_with = "number")]
    add: Option<String>,
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: Args,
) -> Result<Outcome, Failure> {
    let Args { reference, number, sent, acknowledged, impossible, disproportionate, add } = args;
    let handling = handling(instance);
    if let Some(name) = add {
        recipients::add(&handling, &reference, &name).await?;
        return say(context, &reference, "another recipient is to be told");
    }
    let told = sent
        .map(Told::Sent)
        .or_else(|| acknowledged.map(Told::Acknowledged))
        .or_else(|| impossible.map(Told::Impossible))
        .or_else(|| disproportionate.map(Told::Disproportionate));
    if let (Some(told), Some(number)) = (told, number) {
        recipients::note(&handling, &reference, number, &told).await?;
    }
    say(context, &reference, "noted")
}
