//! `retaind hold place` and `retaind hold widen`: in force when the command answers.

use std::io::Write;
use std::time::Duration;

use jiff::civil::Date;
use retaind_connectors::order::Unit;
use retaind_schedules::hold::{Hold, HoldKind, Scope};
use serde::Serialize;

use super::{DaysArgs, ScopeArgs, request};
use crate::catalogue::words::Ground;
use crate::cli::context::Instance;
use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::config::StoreFile;
use crate::disposal::execution::under::{self, Met};
use crate::holds::{self, NewHold};
use crate::reports::due;

/// Place a hold
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind hold place FOI-2026-0112 --kind foi --title \"Enforcement in 2015\" \\
      --authority \"request of 2 November 2026\" --location share=planning/enforcement/2015 \\
      --review-on 2027-05-01 --reason \"request received\"
  retaind hold place INQ-2026-1 --kind inquiry-moratorium --title \"Planning inquiry\" \\
      --authority \"Inquiries Act 2005, s.21 notice\" --record-type PLAN-14 \\
      --from 2010-01-01 --to 2016-12-31 --review-on 2027-05-01 --reason \"notice served\"")]
pub(super) struct PlaceArgs {
    /// Its reference, which no other hold has
    reference: String,

    /// Its kind, such as legal-hold, foi, subject-access or restriction18
    #[arg(long)]
    kind: HoldKind,

    /// What the matter is
    #[arg(long)]
    title: String,

    /// Who ordered it, and in which document
    #[arg(long)]
    authority: String,

    /// Why it is placed
    #[arg(long)]
    reason: String,

    /// By when someone looks at it again: at most twelve months ahead
    #[arg(long, value_name = "DATE")]
    review_on: Date,

    /// For a request for information: when it came in, if not today
    #[arg(long, value_name = "DATE")]
    received: Option<Date>,

    /// For a restriction: its ground in Art. 18(1), a to d
    #[arg(long)]
    ground: Option<Ground>,

    /// Seconds to wait for lines that are being acted on just now
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,

    #[command(flatten)]
    scope: ScopeArgs,

    #[command(flatten)]
    days: DaysArgs,
}

/// Let a hold cover more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind hold widen LEG-2026-014 --record-type HOU-03 --reason \"the asset was renumbered\"")]
pub(super) struct WidenArgs {
    /// The hold
    reference: String,

    /// Why it is to cover more
    #[arg(long)]
    reason: String,

    /// Seconds to wait for lines that are being acted on just now
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,

    #[command(flatten)]
    scope: ScopeArgs,

    #[command(flatten)]
    days: DaysArgs,
}

#[derive(Debug, Serialize)]
struct Placed {
    hold: String,
    in_force: bool,
    earliest_release: Option<Date>,
    due_and_held: u64,
    /// The stores with folders that go as one, where the hold is on a case: it is not
    /// looked for inside those.
    not_searched_inside: Vec<String>,
    #[serde(flatten)]
    met: Met,
}

pub(super) async fn place(
    context: &Context,
    instance: &Instance,
    args: PlaceArgs,
) -> Result<Outcome, Failure> {
    let patience = Duration::from_secs(args.wait);
    let new = NewHold {
        reference: args.reference.clone(),
        title: args.title,
        kind: args.kind,
        ground: args.ground,
        authority: args.authority,
        scopes: args.days.narrow(args.scope.scopes()),
        review_on: args.review_on,
        reason: args.reason,
    };
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let (now, today) = (clock.now(), clock.today());
    let source = request::source(instance, args.received)?;
    let placed = holds::place_from(catalogue, keys, actor, &new, &source, now, today).await?;
    let hold = Hold { id: placed.id, kind: args.kind, scopes: placed.scopes };
    say(context, instance, args.reference, hold, (patience, placed.earliest_release)).await
}

/// Adds to what a hold covers; what it covers already changes nothing.
pub(super) async fn widen(
    context: &Context,
    instance: &Instance,
    args: WidenArgs,
) -> Result<Outcome, Failure> {
    let patience = Duration::from_secs(args.wait);
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let (scopes, now) = (args.days.narrow(args.scope.scopes()), clock.now());
    let more =
        holds::widen(catalogue, keys, actor, &args.reference, &scopes, &args.reason, now).await?;
    say(context, instance, args.reference, more, (patience, None)).await
}

/// Waits for what is open beneath a hold that is in force, and says what it met.
async fn say(
    context: &Context,
    instance: &Instance,
    reference: String,
    hold: Hold,
    (patience, earliest_release): (Duration, Option<Date>),
) -> Result<Outcome, Failure> {
    let not_searched_inside = stores_of_folders(instance, &hold);
    let met = under::meet(&instance.scanner(), &hold, patience).await?;
    let is_whole = met.open.is_empty() && met.by_people.is_empty();
    context.printer.print(&Placed {
        due_and_held: due_under(instance, &reference).await?,
        hold: reference,
        in_force: true,
        earliest_release,
        not_searched_inside,
        met,
    })?;
    Ok(if is_whole { Outcome::Done } else { Outcome::Attention })
}

/// The stores in which a case may lie inside a folder that is known by its own name
/// only; none where the hold is on no case.
fn stores_of_folders(instance: &Instance, hold: &Hold) -> Vec<String> {
    let is_on_case = |scope: &Scope| matches!(scope.of_any_day(), Scope::Reference(_));
    if !hold.scopes.iter().any(is_on_case) {
        return Vec::new();
    }
    let has_folders = |store: &&StoreFile| {
        store.mappings.iter().any(|mapping| matches!(mapping.unit, Unit::Folder { .. }))
    };
    let stores = instance.config.stores.iter().filter(has_folders);
    stores.map(|store| store.name.clone()).collect()
}

/// How many of the units on the due list this hold covers.
async fn due_under(instance: &Instance, hold: &str) -> Result<u64, Failure> {
    let lookup = due::Lookup::read(&instance.catalogue, &instance.config).await?;
    let mut covered = 0;
    due::each(&instance.catalogue, &lookup, instance.clock.today(), |item| {
        covered += u64::from(item.held_by.iter().any(|by| by == hold));
        Ok::<(), Failure>(())
    })
    .await?;
    Ok(covered)
}

impl Answer for Placed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        match self.met.open.is_empty() {
            true => writeln!(to, "{} is in force.", self.hold)?,
            false => writeln!(to, "{} is in force, except for:", self.hold)?,
        }
        for open in &self.met.open {
            let lines = counted(open.lines, "line", "lines");
            writeln!(
                to,
                "  {lines} of an open chunk of batch {}, until it is settled: see that the process \
                 that opened it goes on or ends, then `retaind dispose settle`, which also says \
                 what to do where its store has not ended it or its machine is lost",
                open.batch
            )?;
        }
        self.met.say_what_is_settled(to)?;
        match self.due_and_held {
            0 if self.met.out_of_reach == 0 => writeln!(
                to,
                "It covers nothing that is due or out of reach today. What is not due yet is listed \
                 nowhere, so this cannot count it: what the hold covers is held when it falls due, \
                 and whatever comes later. If you expected something due, look at the spelling of \
                 what it covers with `retaind hold show {}`: a place, case or person that no store \
                 knows is no error.",
                self.hold
            )?,
            units => {
                let units = counted(units, "unit", "units");
                writeln!(
                    to,
                    "It holds {units} of the due list, and whatever else it covers, now and later."
                )?;
            }
        }
        if !self.not_searched_inside.is_empty() {
            writeln!(
                to,
                "A case is looked for by the references of records and the names in their paths. \
                 In {} folders go as one: the names of what lies inside them are not searched. If \
                 the case may lie inside one, hold that folder with `retaind hold widen {} \
                 --location STORE=PLACE --reason ...`.",
                self.not_searched_inside.join(", "),
                self.hold
            )?;
        }
        match self.earliest_release {
            Some(day) => writeln!(
                to,
                "It should not be released before {day}, and is not before its answer is recorded: \
                 `retaind hold progress {} --answered DATE`.",
                self.hold
            ),
            None => Ok(()),
        }
    }
}
