//! `retaind hold`: what must not go, on whose order.

mod feed;
mod pack;
mod place;
mod request;
mod show;

use std::io::Write;

use clap::{Subcommand, ValueEnum};
use jiff::civil::Date;

use serde::Serialize;

use crate::catalogue::words::{Ground, HoldState};
use crate::cli::context::Instance;
use crate::cli::output::{count, counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::disposal::execution::gone::Gone;
use crate::disposal::execution::under::{ByPeople, Met};
use crate::holds::{self, NewScope, Which};

/// Legal holds and restrictions
///
/// A hold is in force from the moment it is placed, for what is there and for
/// what arrives later. It never expires; two people release it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Place(place::PlaceArgs),
    Widen(place::WidenArgs),
    List(ListArgs),
    Review(ReviewArgs),
    Release(ReleaseArgs),
    Informed(InformedArgs),
    Show(show::Args),
    Feed(feed::Args),
    Pack(pack::Args),
    Corresponded(request::CorrespondedArgs),
    Progress(request::ProgressArgs),
    Complaint(request::ComplaintArgs),
    Decision(request::DecisionArgs),
}

/// What a hold covers: what any of these covers.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct ScopeArgs {
    /// Everything, everywhere
    #[arg(long)]
    everything: bool,

    /// An asset, by its ref in the register
    #[arg(long, value_name = "REF")]
    asset: Vec<String>,

    /// A record type, by its code
    #[arg(long, value_name = "CODE")]
    record_type: Vec<String>,

    /// A service area, by its name
    #[arg(long, value_name = "NAME")]
    service_area: Vec<String>,

    /// A part of a store, from there down; all of it where no place is named
    #[arg(long, value_name = "STORE=PLACE", value_parser = location)]
    location: Vec<(String, String)>,

    /// A case reference: that of a record, or the name of a file or folder in its path
    ///
    /// Where a folder goes as one, the names of what lies inside it are not searched:
    /// place the hold on that folder with --location as well, or on the whole case.
    #[arg(long, value_name = "REF")]
    case: Vec<String>,

    /// A person, by the reference that the stores use for them; it is hashed at once
    #[arg(long, value_name = "REF")]
    subject: Vec<String>,
}

/// Which days the hold is on
#[derive(Debug, clap::Args)]
pub(super) struct DaysArgs {
    /// Of all that, only what was made or worked on from this day on
    ///
    /// What nobody can date is held. Nothing is known to have ended before, where no
    /// date but that of its making is known, or one is in doubt.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,

    /// Of all that, only what was made or worked on until this day
    ///
    /// Only a record whose making is dated (`created`) is known to have begun after;
    /// every other is held.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
}

impl DaysArgs {
    fn narrow(self, scopes: Vec<NewScope>) -> Vec<NewScope> {
        scopes.into_iter().map(|scope| scope.within(self.from, self.to)).collect()
    }
}

fn location(text: &str) -> Result<(String, String), String> {
    let (store, place) = text.split_once('=').unwrap_or((text, ""));
    if store.is_empty() {
        Err("name the store: STORE=PLACE".to_owned())
    } else {
        Ok((store.to_owned(), place.to_owned()))
    }
}

/// List the holds in force
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The released ones too
    #[arg(long)]
    all: bool,
}

/// Record that somebody looked at a hold: it stays, and is looked at again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind hold review LEG-2026-014 --next 2027-05-01 --reason \"the claim goes on\"")]
struct ReviewArgs {
    /// The hold: its reference, or its number as a mail gives it
    reference: String,

    /// By when somebody looks at it again: at most twelve months ahead
    #[arg(long, value_name = "DATE")]
    next: Date,

    /// Why it is still needed
    #[arg(long)]
    reason: String,
}

/// Ask for the release of a hold, or release it as the second person
///
/// The first person gives the reason and the authority; a second, other person
/// runs the same command and releases it. One of the two is from legal, data
/// protection or records management.
#[derive(Debug, clap::Args)]
struct ReleaseArgs {
    /// The hold
    reference: String,

    /// Why it may be released; given by the first person
    #[arg(long, requires = "authority")]
    reason: Option<String>,

    /// On whose word; given by the first person
    #[arg(long, requires = "reason")]
    authority: Option<String>,
}

/// Record that the person was told that a restriction will be lifted (Art. 18(3))
#[derive(Debug, clap::Args)]
struct InformedArgs {
    /// The restriction
    reference: String,

    /// On which day
    #[arg(long, value_name = "DATE")]
    on: Date,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        Command::Place(args) => place::place(context, &instance, args).await,
        Command::Widen(args) => place::widen(context, &instance, args).await,
        Command::List(args) => list(context, &instance, &args).await,
        Command::Review(args) => review(context, &instance, args).await,
        Command::Release(args) => release(context, &instance, args).await,
        Command::Informed(args) => informed(context, &instance, &args).await,
        Command::Show(args) => show::run(context, &instance, &args).await,
        Command::Pack(args) => pack::run(context, &instance, args).await,
        Command::Feed(args) => feed::run(context, &instance, &args).await,
        Command::Corresponded(args) => request::corresponded(context, &instance, &args).await,
        Command::Progress(args) => request::progress(context, &instance, &args).await,
        Command::Complaint(args) => request::complaint(context, &instance, &args).await,
        Command::Decision(args) => request::decision(context, &instance, &args).await,
    }
}

impl ScopeArgs {
    pub(super) fn scopes(self) -> Vec<NewScope> {
        let everything = self.everything.then_some(NewScope::Everything);
        let places = self.location.into_iter();
        everything
            .into_iter()
            .chain(self.asset.into_iter().map(NewScope::Asset))
            .chain(self.record_type.into_iter().map(NewScope::RecordType))
            .chain(self.service_area.into_iter().map(NewScope::ServiceArea))
            .chain(places.map(|(store, prefix)| NewScope::Location { store, prefix }))
            .chain(self.case.into_iter().map(NewScope::Reference))
            .chain(self.subject.into_iter().map(NewScope::Subject))
            .collect()
    }
}

impl Met {
    /// What holds met that no chunk has open, the same through every door.
    fn say_what_is_settled(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { withheld, out_of_reach, begun, gone, gone_not_known, .. } = self;
        if *withheld > 0 {
            writeln!(to, "It withholds {} of batches.", counted(*withheld, "line", "lines"))?;
        }
        if *out_of_reach > 0 {
            let lines = counted(*out_of_reach, "line", "lines");
            writeln!(
                to,
                "{lines} of it out of reach: not destroyed, and put back when the batch goes on. \
                 `retaind dispose restore` puts it back at once."
            )?;
        }
        if *begun > 0 {
            writeln!(
                to,
                "Of {} of these the destruction had begun: some of it is gone, and what is left \
                 is kept.",
                count(*begun)
            )?;
        }
        for ByPeople { batch, lines } in &self.by_people {
            let lines = counted(*lines, "line", "lines");
            writeln!(
                to,
                "People hold a list of batch {batch} with {lines} of what it covers, to make them \
                 anonymous. Tell them to leave those, and to say what was done before: \
                 `retaind anonymise attest {batch}`"
            )?;
        }
        if !gone.is_empty() {
            writeln!(to, "Of what it covers had gone before:")?;
        }
        for Gone { batch, certificate, items, first, last } in gone {
            let items = counted(*items, "item", "items");
            let certificate = match certificate {
                Some(number) => format!("certificate {number}"),
                None => "not yet certified".to_owned(),
            };
            writeln!(to, "  {items} in batch {batch}, {certificate}, from {first} to {last}")?;
        }
        if *gone_not_known > 0 {
            let items = counted(*gone_not_known, "item", "items");
            writeln!(
                to,
                "Of {items} more that had gone it is not known whether it would have covered \
                 them: where they stood was not kept then. See the certificates."
            )?;
        }
        Ok(())
    }
}

async fn list(context: &Context, instance: &Instance, args: &ListArgs) -> Result<Outcome, Failure> {
    let which = if args.all { Which::All } else { Which::InForce };
    let lines = show::lines(instance, holds::list(&instance.catalogue, which).await?).await?;
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| {
            let overdue = if line.review_overdue { " (overdue)" } else { "" };
            [
                line.hold.clone(),
                line.kind.words().to_owned(),
                line.title.clone(),
                line.state.to_string(),
                line.answer_due.map(|day| day.to_string()).unwrap_or_default(),
                format!("{}{overdue}", line.review_on),
                line.covers_words.join("; "),
                line.count_words(),
            ]
        });
        let headings =
            ["Hold", "Kind", "Matter", "State", "Answer due", "Review", "Covers", "Holds"];
        table(to, headings, rows)
    })?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct Said {
    hold: String,
    #[serde(skip)]
    words: &'static str,
    state: HoldState,
}

impl Answer for Said {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: {}", self.hold, self.words)
    }
}

async fn review(
    context: &Context,
    instance: &Instance,
    args: ReviewArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let ReviewArgs { reference: hold, next, reason } = args;
    holds::review(catalogue, actor, &hold, next, &reason, clock.now()).await?;
    let words = "looked at, and still in force";
    context.printer.print(&Said { hold, words, state: HoldState::Active })?;
    Ok(Outcome::Done)
}

async fn release(
    context: &Context,
    instance: &Instance,
    args: ReleaseArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let hold = args.reference;
    let said = match (args.reason, args.authority) {
        (Some(reason), Some(authority)) => {
            holds::request_release(catalogue, actor, &hold, &reason, &authority, clock.now())
                .await?;
            let words =
                "still in force; another person now releases it with `retaind hold release`";
            Said { hold, words, state: HoldState::ReleaseRequested }
        }
        _ => {
            holds::release(catalogue, actor, &hold, clock.now()).await?;
            let words = "released. Nothing is destroyed by that; what is due will be proposed anew";
            Said { hold, words, state: HoldState::Released }
        }
    };
    context.printer.print(&said)?;
    Ok(Outcome::Done)
}

async fn informed(
    context: &Context,
    instance: &Instance,
    args: &InformedArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    holds::subject_informed(catalogue, actor, &args.reference, args.on, clock.now()).await?;
    let hold = args.reference.clone();
    let words = "recorded that the person was told; it is still in force";
    context.printer.print(&Said { hold, words, state: HoldState::Active })?;
    Ok(Outcome::Done)
}

impl ValueEnum for Ground {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}
