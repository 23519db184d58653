//! `retaind lookup` and `retaind manifest`: what became of a record.

use std::io::Write;

use clap::Subcommand;
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::catalogue::entity::store;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::proof;
use crate::proof::lookup::{Answer, Asked, lookup};
use crate::proof::replay::Replayed;

/// Say what became of a record: "why do you not hold it?"
///
/// Every question is entered in the audit chain, without its words.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind lookup share planning/enforcement/2015/ENF-2015-0003/
  retaind lookup --reference ENF-2015-0003")]
#[command(group(clap::ArgGroup::new("asked").required(true).args(["store", "reference", "subject"])))]
pub(super) struct Args {
    /// The store it was in
    #[arg(requires = "locator")]
    store: Option<String>,

    /// Where it was in that store
    locator: Option<String>,

    /// The case it belonged to
    #[arg(long)]
    reference: Option<String>,

    /// The person it was about
    #[arg(long)]
    subject: Option<String>,
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
    let asked = asked(&instance, args).await?;
    let now = instance.clock.now();
    let answer = lookup(&instance.scanner().prover(), &instance.actor, &asked, now).await?;
    context.printer.print(&answer)?;
    Ok(Outcome::Done)
}

async fn asked(instance: &Instance, args: Args) -> Result<Asked, Failure> {
    match (args.store.zip(args.locator), args.reference, args.subject) {
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
        (None, Some(reference), _) => Ok(Asked::Reference(reference)),
        (None, None, Some(subject)) => Ok(Asked::Subject(subject)),
        (None, None, None) => {
            Err(Failure::new("say what to look up: STORE LOCATOR, --reference or --subject"))
        }
    }
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

impl crate::cli::Answer for Answer {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        for gone in &self.gone {
            let yes = if gone.partly { "In part" } else { "Yes" };
            writeln!(to, "{yes}: {} on {}, as {}", gone.how, gone.at, gone.record_type)?;
            writeln!(to, "  under {} ({})", gone.rule, gone.schedule_version)?;
            match &gone.certificate {
                Some(number) => writeln!(to, "  certificate {number}, batch {}", gone.batch)?,
                None => writeln!(to, "  batch {}; its certificate is not signed yet", gone.batch)?,
            }
            for by in &gone.authorised_by {
                writeln!(to, "  authorised by {by}")?;
            }
        }
        for batch in &self.out_of_reach {
            writeln!(
                to,
                "Still held: batch {batch} has taken it out of reach and not destroyed it. It can \
                 be put back: `retaind dispose restore {batch} --line NUMBER --reason ...`, with \
                 its number from `retaind batch show {batch} --lines`"
            )?;
        }
        for certificate in &self.since_backup {
            writeln!(
                to,
                "Yes: after the backup was made that the catalogue was restored from, under \
                 certificate {certificate}. `retaind certificate verify` reads its file"
            )?;
        }
        if self.not_met > 0 {
            writeln!(
                to,
                "Not met by the last scan: {} that the catalogue still lists. `retaind report \
                 unexplained` and `retaind report gone` say what is known of it",
                counted(self.not_met, "item", "items")
            )?;
        }
        let went = !self.gone.is_empty() || !self.since_backup.is_empty() || self.not_met > 0;
        match (went, self.still_listed) {
            (_, 1..) if !self.out_of_reach.is_empty() => Ok(()),
            (_, listed @ 1..) => writeln!(
                to,
                "Still held: the catalogue lists {}.",
                counted(listed, "item", "items")
            ),
            (false, 0) if !self.out_of_reach.is_empty() => Ok(()),
            (false, 0) => writeln!(
                to,
                "Nothing is known of it here: it was never disposed of by this program. Something \
                 that is not yet due may still be in a store: `retaind explain` looks there."
            ),
            (true, 0) => Ok(()),
        }
    }
}
