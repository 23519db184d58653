//! `retaind request open`: held when the command answers.

use std::io::Write;
use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use super::handling;
use crate::cli::context::Instance;
use crate::cli::hold::ScopeArgs;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::disposal::execution::under::{self, Met};
use crate::holds::NewScope;
use crate::requests::{self, Keeping, NewRequest, RequestKind};

/// Open a request, and hold what it is about
///
/// The hold is the one a list of cases (`retaind hold feed`) placed for the same
/// reference, or a new one of that reference. One service area beside something
/// else says which service is asked, and what else is named is held; by itself,
/// all of the service is held.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind request open ERA-2026-7 --kind erasure --received 2026-11-09 \\
      --ground art17-1-b --subject T300001 --service-area Housing")]
pub(super) struct Args {
    /// Its reference in the case system, never a name
    reference: String,

    /// What is asked
    #[arg(long)]
    kind: RequestKind,

    /// When it came in, if not today
    #[arg(long, value_name = "DATE")]
    received: Option<Date>,

    /// When its time began, if the person had to be identified first
    #[arg(long, value_name = "DATE")]
    clock_from: Option<Date>,

    /// A ground, by its code: see `retaind request codes`
    #[arg(long, value_name = "CODE")]
    ground: Vec<String>,

    /// Seconds to wait for lines that are being acted on just now
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,

    #[command(flatten)]
    scope: ScopeArgs,
}

#[derive(Debug, Serialize)]
struct Opened {
    request: String,
    number: String,
    kind: RequestKind,
    due: Date,
    hold: Option<String>,
    #[serde(flatten)]
    met: Met,
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: Args,
) -> Result<Outcome, Failure> {
    let Instance { config, keys, clock, .. } = instance;
    let (service_area, scopes) = apart(args.scope.scopes());
    let new = NewRequest {
        reference: args.reference,
        kind: args.kind,
        received: args.received.unwrap_or_else(|| clock.today()),
        clock_starts: args.clock_from,
        grounds: args.ground,
        service_area,
        scopes,
    };
    let keeping = Keeping { keys, tail: config.holds.foi_tail, working_days: &config.working_days };
    let opened = requests::open(&handling(instance), &keeping, &new).await?;
    let met = match &opened.covered {
        Some(hold) => {
            under::meet(&instance.scanner(), hold, Duration::from_secs(args.wait)).await?
        }
        None => Met::default(),
    };
    let is_whole = met.open.is_empty() && met.by_people.is_empty();
    context.printer.print(&Opened {
        number: requests::number(opened.request.id),
        kind: opened.request.kind,
        due: opened.request.due_on.0,
        request: opened.request.reference,
        hold: opened.hold,
        met,
    })?;
    Ok(if is_whole { Outcome::Done } else { Outcome::Attention })
}

/// The one service area that is named, and what else is; several areas are what
/// the request is about.
fn apart(scopes: Vec<NewScope>) -> (Option<String>, Vec<NewScope>) {
    let areas = || scopes.iter().filter(|one| matches!(one, NewScope::ServiceArea(_)));
    let mut named = areas();
    match (named.next(), named.next()) {
        (Some(NewScope::ServiceArea(area)), None) => {
            let others = |one: &&NewScope| !matches!(one, NewScope::ServiceArea(_));
            (Some(area.clone()), scopes.iter().filter(others).cloned().collect())
        }
        _ => (None, scopes),
    }
}

impl Answer for Opened {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { request, number, kind, due, hold, met } = self;
        writeln!(to, "{} {request} ({number}) is open. Its answer is due on {due}.", kind.words())?;
        match hold {
            Some(hold) => writeln!(to, "What it is about is held by {hold}.")?,
            None => writeln!(to, "It holds nothing: it does not ask that records stay or go.")?,
        }
        met.say(to)
    }
}
