//! `retaind lookup` and `retaind manifest`: what became of a record.

use std::io::Write;

use clap::Subcommand;
use jiff::civil::Date;
use retaind_schedules::hold::Days;
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;

use crate::catalogue::entity::store;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::proof;
use crate::proof::lookup::{Answer, Asked, Gone, lookup};
use crate::proof::replay::Replayed;

/// Say what became of a record: "why do you not hold it?"
///
/// A place is looked for with all that stood below it, and as part of a folder that
/// went as one; a case by the reference of the record and by the names in its path.
/// Capitals and the kind of slash do not count. What lay in a folder that went as
/// one is known by that folder, not by its own name. Every question is entered in
/// the audit chain, without its words.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind lookup share planning/enforcement/2015/ENF-2015-0003/
  retaind lookup share planning/enforcement/2015
  retaind lookup --reference ENF-2015-0003
  retaind lookup --record-type CUS-04 --from 2026-01-01 --to 2026-12-31")]
#[command(group(
    clap::ArgGroup::new("asked").required(true).args(["store", "reference", "subject", "record_type"])
))]
pub(super) struct Args {
    /// The store it was in
    #[arg(requires = "locator")]
    store: Option<String>,

    /// Where it was in that store: a file, a folder or a row
    locator: Option<String>,

    /// The case it belonged to
    #[arg(long)]
    reference: Option<String>,

    /// The person it was about
    #[arg(long)]
    subject: Option<String>,

    /// What went of a record type, by its code
    #[arg(long, value_name = "CODE")]
    record_type: Option<String>,

    /// Of that, what went on this day or later
    #[arg(long, value_name = "DATE", requires = "record_type")]
    from: Option<Date>,

    /// Of that, what went on this day or earlier
    #[arg(long, value_name = "DATE", requires = "record_type")]
    to: Option<Date>,
}

/// The sealed list of items behind a certificate
#[derive(Debug, clap::Args)]
pub(super) struct ManifestArgs {
    #[command(subcommand)]
    command: ManifestCommand,
}

#[derive(Debug, Subcommand)]
enum ManifestCommand {
    Open(OpenArgs),
    Replay(ReplayArgs),
}

/// Open a manifest; that it was opened, and why, is entered in the audit chain
#[derive(Debug, clap::Args)]
struct OpenArgs {
    /// The number of the certificate
    number: String,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

/// Evaluate again what went under a certificate, from what was known of it then
///
/// Each line is evaluated by the rule and the year ends it went under. That the
/// manifest was opened for it, and why, is entered in the audit chain.
#[derive(Debug, clap::Args)]
struct ReplayArgs {
    /// The number of the certificate
    number: String,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let looked_for = LookedFor::from(&args);
    let asked = asked(&instance, args).await?;
    let now = instance.clock.now();
    let answer = lookup(&instance.scanner().prover(), &instance.actor, &asked, now).await?;
    context.printer.print(&Said { answer, looked_for })?;
    Ok(Outcome::Done)
}

async fn asked(instance: &Instance, args: Args) -> Result<Asked, Failure> {
    let Args { store, locator, reference, subject, record_type, from, to } = args;
    for (what, named) in [("reference of the case", &reference), ("person", &subject)] {
        if named.as_ref().is_some_and(|named| named.trim().is_empty()) {
            return Err(Failure::new(format!("the {what} must not be blank")));
        }
    }
    match (store.zip(locator), reference, subject, record_type) {
        (Some((name, locator)), ..) => {
            let known = store::Entity::find().filter(store::Column::Name.eq(&name));
            let known = known.one(instance.catalogue.read()).await?;
            let store = known.ok_or_else(|| {
                Failure::new(format!(
                    "there is no store called `{name}`: `retaind store list` shows those there are"
                ))
            })?;
            Ok(Asked::Locator(StoreId(store.id), locator))
        }
        (None, Some(reference), ..) => Ok(Asked::Reference(reference)),
        (None, None, Some(subject), _) => Ok(Asked::Subject(subject)),
        (None, None, None, Some(code)) => Ok(Asked::RecordType { code, from, to }),
        (None, None, None, None) => Err(Failure::new(
            "say what to look up: STORE LOCATOR, --reference, --subject or --record-type",
        )),
    }
}

/// What was looked for, in the words of whoever asked.
#[derive(Debug)]
enum LookedFor {
    Place { store: String, locator: String },
    Case(String),
    Person,
    Class { code: String, days: String },
}

impl From<&Args> for LookedFor {
    fn from(args: &Args) -> Self {
        if let Some((store, locator)) = args.store.clone().zip(args.locator.clone()) {
            return Self::Place { store, locator };
        }
        if let Some(code) = args.record_type.clone() {
            let days = Days::new(args.from, args.to);
            let days = days.map(|days| format!(" {days}")).unwrap_or_default();
            return Self::Class { code, days };
        }
        args.reference.clone().map_or(Self::Person, Self::Case)
    }
}

impl LookedFor {
    /// That nothing of it is known, and what was searched.
    fn say_nothing(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let what = match self {
            Self::Class { code, days } => {
                return writeln!(
                    to,
                    "Nothing of record type {code} is known to have gone{days}. `retaind schedule \
                     list` shows the codes as the register spells them."
                );
            }
            Self::Place { store, locator } => format!(
                "{locator} in store `{store}`: nothing at that place, below it, or of which it is \
                 a part"
            ),
            Self::Case(reference) => format!(
                "case {reference}: nothing with that reference or with that name in its path"
            ),
            Self::Person => "that person: nothing about them".to_owned(),
        };
        writeln!(
            to,
            "Nothing is known here of {what} has gone by this program, is out of reach, or is \
             listed as due, held or unexplained. Capitals and slashes do not count; the spelling \
             does."
        )?;
        if matches!(self, Self::Case(_)) {
            writeln!(
                to,
                "What lay in a folder that went as one is known by that folder only: look up its \
                 place as well."
            )?;
        }
        writeln!(
            to,
            "Something that is not yet due may still be in a store: `retaind explain` looks there."
        )
    }
}

/// The answer, and to what.
#[derive(Debug, Serialize)]
struct Said {
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip)]
    looked_for: LookedFor,
}

pub(super) async fn manifest(context: &Context, args: ManifestArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        ManifestCommand::Open(args) => open(context, &instance, &args).await,
        ManifestCommand::Replay(args) => replay(context, &instance, &args).await,
    }
}

async fn replay(
    context: &Context,
    instance: &Instance,
    args: &ReplayArgs,
) -> Result<Outcome, Failure> {
    let (actor, now) = (&instance.actor, instance.clock.now());
    let scanner = instance.scanner();
    let prover = scanner.prover();
    let replayed = proof::replay::replay(&prover, actor, &args.number, &args.reason, now).await?;
    context.printer.print(&replayed)?;
    let is_same = replayed.differing.is_empty() && replayed.not_known == 0;
    Ok(if is_same { Outcome::Done } else { Outcome::Attention })
}

impl crate::cli::Answer for Replayed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { certificate, schedule_version, same, differing, not_known } = self;
        let lines = counted(*same, "line", "lines");
        writeln!(
            to,
            "{lines} of certificate {certificate} come to the same again by schedule version \
             {schedule_version}."
        )?;
        if !differing.is_empty() {
            let stubs: Vec<_> = differing.iter().map(ToString::to_string).collect();
            writeln!(
                to,
                "These do not: hold everything with `retaind hold place --kind incident-freeze \
                 --everything`, and find out why. Their stubs: {}",
                stubs.join(", ")
            )?;
        }
        if *not_known > 0 {
            let lines = counted(*not_known, "line", "lines");
            writeln!(to, "Of {lines} the manifest does not say by what they went.")?;
        }
        Ok(())
    }
}

async fn open(context: &Context, instance: &Instance, args: &OpenArgs) -> Result<Outcome, Failure> {
    let (actor, now) = (&instance.actor, instance.clock.now());
    let scanner = instance.scanner();
    let prover = scanner.prover();
    let lines = proof::open_manifest(&prover, actor, &args.number, &args.reason, now).await?;
    context.printer.print_lines(&lines, |to| {
        let rows =
            lines.iter().map(|line| [&line.store, &line.locator, &line.outcome].map(Clone::clone));
        table(to, ["Store", "Locator", "Outcome"], rows)
    })?;
    Ok(Outcome::Done)
}

impl crate::cli::Answer for Said {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Answer { gone, not_known, out_of_reach, since_backup, still_listed, not_met } =
            &self.answer;
        for gone in gone {
            say_gone(to, gone)?;
        }
        if *not_known > 0 {
            writeln!(
                to,
                "Of {} more that went it is not known whether this is among them: where they stood \
                 was not kept then. `retaind certificate list` shows under what they went",
                counted(*not_known, "item", "items")
            )?;
        }
        for batch in out_of_reach {
            writeln!(
                to,
                "Still held: batch {batch} has taken it out of reach and not destroyed it. It can \
                 be put back: `retaind dispose restore {batch} --line NUMBER --reason ...`, with \
                 its number from `retaind batch show {batch} --lines`"
            )?;
        }
        for certificate in since_backup {
            writeln!(
                to,
                "Yes: after the backup was made that the catalogue was restored from, under \
                 certificate {certificate}. `retaind certificate verify` reads its file"
            )?;
        }
        if *not_met > 0 {
            writeln!(
                to,
                "Not met by the last scan: {} that the catalogue still lists. `retaind report \
                 unexplained` and `retaind report gone` say what is known of it",
                counted(*not_met, "item", "items")
            )?;
        }
        let went = !gone.is_empty() || !since_backup.is_empty() || *not_met > 0;
        let listed = counted(*still_listed, "item", "items");
        match (out_of_reach.is_empty(), went, *still_listed) {
            (true, _, 1..) => writeln!(to, "Still held: the catalogue lists {listed}."),
            (false, _, 1..) => {
                writeln!(to, "The catalogue lists {listed}, with those out of reach.")
            }
            (true, false, 0) => self.looked_for.say_nothing(to),
            (_, _, 0) => Ok(()),
        }
    }
}

fn say_gone(to: &mut dyn Write, gone: &Gone) -> std::io::Result<()> {
    let yes = if gone.partly { "In part" } else { "Yes" };
    let (how, record_type) = (gone.how, &gone.record_type);
    match gone.items {
        1 => writeln!(to, "{yes}: {how} on {}, as {record_type}", gone.last)?,
        items => {
            let items = counted(items, "item", "items");
            let (first, last) = (gone.first, gone.last);
            writeln!(to, "{yes}: {items}, {how} from {first} to {last}, as {record_type}")?;
        }
    }
    writeln!(to, "  under {} ({})", gone.rule, gone.schedule_version)?;
    match &gone.certificate {
        Some(number) => writeln!(to, "  certificate {number}, batch {}", gone.batch)?,
        None => writeln!(to, "  batch {}; its certificate is not signed yet", gone.batch)?,
    }
    for by in &gone.authorised_by {
        writeln!(to, "  authorised by {by}")?;
    }
    Ok(())
}
