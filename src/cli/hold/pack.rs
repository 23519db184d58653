//! `retaind hold pack`: holds for inquiries, from packs that name what they want.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::civil::Date;
use retaind_schedules::hold::{Hold, HoldKind};
use serde::{Deserialize, Serialize};

use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::disposal::execution::under::Met;
use crate::holds::feed;
use crate::holds::pack::{self, Difference, Pack, PackUse, Proposal};
use crate::holds::{self, NewHold, NewScope, Source};

/// Hold packs of inquiries: what each wants kept, and a hold for it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List,
    Show(ShowArgs),
    Match(MatchArgs),
    Place(PlaceArgs),
}

/// Show a pack, and how the holds placed from it differ from it now
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Its name, or a file of your own
    pack: String,
}

/// Propose the record types that a pack may mean
///
/// With --to, as a CSV file whose column `hold` a person fills with yes or no.
#[derive(Debug, clap::Args)]
struct MatchArgs {
    /// Its name, or a file of your own
    pack: String,

    /// The CSV file to write; it must not be there yet
    #[arg(long, value_name = "FILE.csv")]
    to: Option<PathBuf>,
}

/// Place the one hold of the matter, over what a person confirmed
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["confirmed", "record_type"])))]
struct PlaceArgs {
    /// Its name, or a file of your own
    pack: String,

    /// The hold's reference, which no other hold has
    #[arg(long, value_name = "REF")]
    reference: String,

    /// The file of `hold pack match`, each row answered
    #[arg(long, value_name = "FILE.csv")]
    confirmed: Option<PathBuf>,

    /// A record type, by its code
    #[arg(long, value_name = "CODE")]
    record_type: Vec<String>,

    /// By when someone looks at it again: at most twelve months ahead
    #[arg(long, value_name = "DATE")]
    review_on: Date,

    /// Why it is placed
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: Args,
) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context),
        Command::Show(args) => show(context, instance, &args).await,
        Command::Match(args) => propose(context, instance, &args).await,
        Command::Place(args) => place(context, instance, args).await,
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

fn list(context: &Context) -> Result<Outcome, Failure> {
    let packs = pack::shipped().map_err(failed)?;
    context.printer.print_lines(&packs, |to| {
        let rows = packs.iter().map(|pack| {
            [
                pack.name.clone(),
                pack.version.clone(),
                pack.status.words().to_owned(),
                pack.inquiry.clone(),
                pack.checked_on.to_string(),
            ]
        });
        table(to, ["Pack", "Version", "Order", "Inquiry", "Checked"], rows)
    })?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    pack: Pack,
    holds: Vec<Difference>,
}

async fn show(context: &Context, instance: &Instance, args: &ShowArgs) -> Result<Outcome, Failure> {
    let pack = Pack::read(&args.pack).map_err(failed)?;
    let proposals = pack.proposals(&instance.catalogue).await?;
    let holds = pack::differences(&instance.catalogue, &pack, &proposals).await?;
    context.printer.print(&Shown { pack, holds })?;
    Ok(Outcome::Done)
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { pack, holds } = self;
        writeln!(to, "{}, version {}: {}", pack.name, pack.version, pack.inquiry)?;
        match pack.ended {
            Some(day) => writeln!(to, "The order ended on {day}.")?,
            None => writeln!(to, "The order is {}.", pack.status.words())?,
        }
        for (what, words) in [
            ("Terms of reference", &pack.terms),
            ("Ordered by", &pack.authority),
            ("In", &pack.reference),
            ("To be kept", &pack.scope),
            ("Source", &pack.source),
            ("Note", &pack.note),
        ] {
            writeln!(to, "{what}: {words}")?;
        }
        if let Some(days) = pack.days() {
            writeln!(to, "Of the days: {days}")?;
        }
        writeln!(to, "Dated {}, and last checked on {}", pack.dated, pack.checked_on)?;
        holds.iter().try_for_each(|hold| difference(to, hold))
    }
}

fn difference(to: &mut dyn Write, hold: &Difference) -> std::io::Result<()> {
    let Difference { hold, version, changed, not_covered, no_longer_found } = hold;
    let since = if *changed { "; the pack has changed since" } else { "" };
    writeln!(to, "Hold {hold} was placed from version {version}{since}.")?;
    if !not_covered.is_empty() {
        writeln!(to, "  It does not cover what the pack finds: {}", not_covered.join(", "))?;
    }
    if !no_longer_found.is_empty() {
        writeln!(to, "  It covers what the pack does not find: {}", no_longer_found.join(", "))?;
    }
    Ok(())
}

/// A row of the file that a person answers.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    hold: String,
    code: String,
    title: String,
    service_area: String,
    why: String,
}

async fn propose(
    context: &Context,
    instance: &Instance,
    args: &MatchArgs,
) -> Result<Outcome, Failure> {
    let pack = Pack::read(&args.pack).map_err(failed)?;
    let proposals = pack.proposals(&instance.catalogue).await?;
    if let Some(path) = &args.to {
        write(path, &proposals)
            .map_err(|fault| Failure::new(format!("cannot write {}: {fault}.", path.display())))?;
        let lines = counted(proposals.len() as u64, "record type", "record types");
        context.printer.note(format!(
            "{lines} in {}: answer each row of the column `hold` with yes or no, then place the \
             hold with --confirmed.",
            path.display()
        ));
    }
    context.printer.print_lines(&proposals, |to| {
        let rows = proposals.iter().map(|one| {
            [one.code.clone(), one.title.clone(), one.service_area.clone(), one.why.join(", ")]
        });
        table(to, ["Code", "Record type", "Service area", "Found by"], rows)
    })?;
    Ok(Outcome::Done)
}

fn write(path: &Path, proposals: &[Proposal]) -> Result<(), csv::Error> {
    let mut file = csv::Writer::from_writer(std::fs::File::create_new(path)?);
    for Proposal { code, title, service_area, why } in proposals.iter().cloned() {
        let why = why.join("; ");
        file.serialize(Answered { hold: String::new(), code, title, service_area, why })?;
    }
    file.flush()?;
    Ok(())
}

/// The codes answered with yes. A row that nobody answered is an error: silence
/// is no confirmation, and no leave to pass over.
fn confirmed(path: &Path) -> Result<Vec<String>, Failure> {
    let named = path.display();
    let unreadable = |fault: csv::Error| Failure::new(format!("cannot read {named}: {fault}."));
    let mut codes = Vec::new();
    let mut file = csv::Reader::from_path(path).map_err(unreadable)?;
    for (at, row) in file.deserialize::<BTreeMap<String, String>>().enumerate() {
        let row = row.map_err(unreadable)?;
        let cell = |name: &str| row.get(name).map(|text| text.trim()).unwrap_or_default();
        match cell("hold").to_lowercase().as_str() {
            "yes" | "y" | "x" | "true" => codes.push(cell("code").to_owned()),
            "no" | "n" | "false" => {}
            other => {
                return Err(Failure::new(format!(
                    "{named}, row {}, column hold: `{other}` is no answer: write yes or no for {}.",
                    at + 2,
                    cell("code")
                )));
            }
        }
    }
    Ok(codes)
}

#[derive(Debug, Serialize)]
struct Placed {
    hold: String,
    pack: String,
    version: String,
    record_types: Vec<String>,
    #[serde(flatten)]
    met: Met,
}

async fn place(
    context: &Context,
    instance: &Instance,
    args: PlaceArgs,
) -> Result<Outcome, Failure> {
    let pack = Pack::read(&args.pack).map_err(failed)?;
    pack.may_be_placed().map_err(failed)?;
    let codes = match &args.confirmed {
        Some(path) => confirmed(path)?,
        None => args.record_type,
    };
    let Pack { name, version, digest, from, to, .. } = pack;
    let used =
        PackUse { pack: name.clone(), version: version.clone(), digest, matched: codes.clone() };
    let new = NewHold {
        reference: args.reference.clone(),
        title: pack.inquiry,
        kind: HoldKind::InquiryMoratorium,
        ground: None,
        authority: format!("{}: {}", pack.authority, pack.reference),
        scopes: codes
            .iter()
            .cloned()
            .map(|code| NewScope::RecordType(code).within(from, to))
            .collect(),
        review_on: args.review_on,
        reason: args.reason,
    };
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let (now, today) = (clock.now(), clock.today());
    let source = Source::Pack(used);
    let placed = holds::place_from(catalogue, keys, actor, &new, &source, now, today).await?;
    let hold = Hold { id: placed.id, kind: new.kind, scopes: placed.scopes };
    let met = feed::meet(&instance.scanner(), &[hold]).await?;
    let whole = met.open.is_empty() && met.by_people.is_empty();
    let hold = args.reference;
    context.printer.print(&Placed { hold, pack: name, version, record_types: codes, met })?;
    Ok(if whole { Outcome::Done } else { Outcome::Attention })
}

impl Answer for Placed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let lines = counted(self.record_types.len() as u64, "record type", "record types");
        writeln!(
            to,
            "{} is in force over {lines}, from the pack {}, version {}.",
            self.hold, self.pack, self.version
        )?;
        self.met.say(to)
    }
}
