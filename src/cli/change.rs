//! `retaind change`: what waits for signatures, and signing it.

use std::io::{BufRead as _, IsTerminal as _, Write};

use clap::Subcommand;
use retaind_schedules::ids::ChangeId;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::catalogue::entity::person;
use crate::catalogue::words::{ChangeKind, ChangeState};
use crate::change::{self, Asked, DIGITS, Impact, Shown, Signed};
use crate::cli::context::Instance;
use crate::cli::output::{bytes, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::{Clock, SystemClock};

/// Changes that wait for signatures
///
/// What could let records go sooner (a rule, a mapping, a ceiling, how far the
/// program may go for an asset, a role that approves) has no effect until the
/// people who answer for it have signed it as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Show(ShowArgs),
    Sign(SignArgs),
    Reject(RejectArgs),
}

/// List what waits
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// What was signed, rejected and withdrawn too
    #[arg(long)]
    all: bool,
}

/// Show a change: what it would do, who has signed, and for whom it waits
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The change
    change: ChangeId,
}

/// Sign a change as it is shown
///
/// It prints what the change would do, and asks for the first digits of its
/// digest. With the last signature the change takes effect.
#[derive(Debug, clap::Args)]
struct SignArgs {
    /// The change
    change: ChangeId,

    #[command(flatten)]
    digest: DigestArgs,
}

/// The digest of what a person has seen.
#[derive(Debug, clap::Args)]
pub(super) struct DigestArgs {
    /// The digest of the change as it was shown, or its first twelve digits or more
    #[arg(long)]
    digest: Option<String>,
}

/// Reject a change, or take back one's own: it has no effect, now or later
#[derive(Debug, clap::Args)]
struct RejectArgs {
    /// The change
    change: ChangeId,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List(args) => list(context, &args).await,
        Command::Show(args) => {
            let catalogue = context.catalogue().await?;
            let shown = change::show(catalogue.read(), args.change, SystemClock.today()).await?;
            context.printer.print(&Sheet::of(&catalogue, shown).await?)?;
            Ok(Outcome::Done)
        }
        Command::Sign(args) => {
            let instance = context.instance().await?;
            sign(context, &instance, args.change, &args.digest).await
        }
        Command::Reject(args) => reject(context, &args).await,
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    change: ChangeId,
    kind: ChangeKind,
    subject: String,
    state: ChangeState,
    proposed_at: String,
    reason: String,
}

async fn list(context: &Context, args: &ListArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let wanted = if args.all { None } else { Some(ChangeState::Pending) };
    let listed: Vec<Listed> = change::list(catalogue.read(), wanted)
        .await?
        .into_iter()
        .map(|row| Listed {
            change: ChangeId(row.id),
            kind: row.kind,
            subject: row.subject,
            state: row.state,
            proposed_at: minute(row.proposed_at),
            reason: row.reason,
        })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|line| {
            [
                line.change.to_string(),
                line.kind.to_string(),
                line.subject.clone(),
                line.state.to_string(),
                line.proposed_at.clone(),
                line.reason.clone(),
            ]
        });
        table(to, ["Change", "Kind", "Of", "State", "Proposed", "Why"], rows)
    })?;
    Ok(Outcome::Done)
}

fn minute(at: crate::catalogue::values::Micros) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A change as it is shown to those who sign it.
#[derive(Debug, Serialize)]
pub(super) struct Sheet {
    change: ChangeId,
    kind: ChangeKind,
    subject: String,
    state: ChangeState,
    reason: String,
    digest: String,
    impact: Impact,
    proposed_by: Option<String>,
    signed_by: Vec<String>,
    waits_for: Vec<String>,
}

impl Sheet {
    pub(super) async fn of(catalogue: &Catalogue, shown: Shown) -> Result<Self, Failure> {
        let names = names(catalogue).await?;
        let name = |id: uuid::Uuid| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        let signed = shown.signatures.iter();
        Ok(Self {
            change: shown.id(),
            signed_by: signed
                .map(|one| format!("{} ({})", name(one.person_id), one.role))
                .collect(),
            waits_for: shown.open.iter().map(ToString::to_string).collect(),
            proposed_by: shown.request.proposed_by.map(name),
            kind: shown.request.kind,
            subject: shown.request.subject,
            state: shown.request.state,
            reason: shown.request.reason,
            digest: shown.request.digest,
            impact: shown.impact,
        })
    }
}

async fn names(
    catalogue: &Catalogue,
) -> Result<std::collections::HashMap<uuid::Uuid, String>, Failure> {
    use sea_orm::EntityTrait as _;
    let people = person::Entity::find().all(catalogue.read()).await?;
    Ok(people.into_iter().map(|row| (row.id, row.name)).collect())
}

impl Answer for Sheet {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            to,
            "change {} of the {} {}: {}",
            self.change, self.kind, self.subject, self.state
        )?;
        say_impact(to, &self.impact)?;
        let proposer = self.proposed_by.as_deref().unwrap_or("the program");
        writeln!(to, "proposed by {proposer}: {}", self.reason)?;
        if !self.signed_by.is_empty() {
            writeln!(to, "signed by {}", self.signed_by.join(", "))?;
        }
        if self.state == ChangeState::Pending {
            writeln!(
                to,
                "waits for {}; nothing is different until then",
                self.waits_for.join(", ")
            )?;
        }
        writeln!(to, "digest {}", self.digest)?;
        if self.state == ChangeState::Pending {
            let digest = &self.digest[..DIGITS];
            writeln!(to, "sign with `retaind change sign {} --digest {digest}`", self.change)?;
        }
        Ok(())
    }
}

/// What a change would do, as a table.
pub(super) fn say_impact(to: &mut dyn Write, impact: &Impact) -> std::io::Result<()> {
    let rows = impact.lines.iter().map(|line| {
        let size = match line.effect {
            change::Effect::Counted { bytes: size, newly_due, .. } if newly_due > 0 => bytes(size),
            _ => String::new(),
        };
        [line.what.clone(), line.before.clone(), line.after.clone(), line.effect.to_string(), size]
    });
    table(to, ["What", "Was", "Would be", "Effect", "Size"], rows)?;
    impact.notes.iter().try_for_each(|note| writeln!(to, "  look at  {note}"))
}

/// Shows the change, and signs it where the person says that this is what they saw.
pub(super) async fn sign(
    context: &Context,
    instance: &Instance,
    id: ChangeId,
    digest: &DigestArgs,
) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let sheet =
        Sheet::of(catalogue, change::show(catalogue.read(), id, clock.today()).await?).await?;
    if !context.printer.is_json() || digest.digest.is_none() {
        context.printer.print(&sheet)?;
    }
    let Some(digest) = digest.digest.clone().or_else(|| typed(context)) else {
        return Ok(Outcome::Attention);
    };
    let signed = change::sign(catalogue, actor, id, digest.trim(), clock.now()).await?;
    let (state, waits_for) = match signed {
        Signed::InForce => (ChangeState::InForce, Vec::new()),
        Signed::Waits(open) => {
            (ChangeState::Pending, open.iter().map(ToString::to_string).collect())
        }
    };
    context.printer.print(&Done { change: id, state, waits_for })?;
    Ok(Outcome::Done)
}

/// What a person types, where one sits there.
fn typed(context: &Context) -> Option<String> {
    if context.printer.is_json() || !std::io::stdin().is_terminal() {
        return None;
    }
    eprint!("Type the first {DIGITS} digits of the digest to sign: ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// What became of a change.
#[derive(Debug, Serialize)]
struct Done {
    change: ChangeId,
    state: ChangeState,
    waits_for: Vec<String>,
}

impl Answer for Done {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        match self.state {
            ChangeState::InForce => writeln!(to, "signed: change {} is in force", self.change),
            ChangeState::Pending => writeln!(
                to,
                "signed: change {} still waits for {}",
                self.change,
                self.waits_for.join(", ")
            ),
            state => writeln!(to, "change {} is {state}", self.change),
        }
    }
}

async fn reject(context: &Context, args: &RejectArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { catalogue, actor, clock, .. } = &instance;
    change::reject(catalogue, actor, args.change, &args.reason, clock.now()).await?;
    let ended = change::show(catalogue.read(), args.change, clock.today()).await?.request.state;
    let done = Done { change: args.change, state: ended, waits_for: Vec::new() };
    context.printer.print(&done)?;
    Ok(Outcome::Done)
}

/// A limit or level that was set.
#[derive(Debug, Serialize)]
pub(super) struct Set {
    pub(super) what: String,
    pub(super) value: String,
}

impl Answer for Set {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{} is {} from now on", self.what, self.value)
    }
}

/// Says that what was asked is done, or shows what it waits for.
pub(super) async fn asked(
    context: &Context,
    instance: &Instance,
    asked: Asked,
    set: Set,
) -> Result<Outcome, Failure> {
    match asked {
        Asked::Done => {
            context.printer.print(&set)?;
            Ok(Outcome::Done)
        }
        Asked::Waits(shown) => {
            context.printer.print(&Sheet::of(&instance.catalogue, *shown).await?)?;
            Ok(Outcome::Attention)
        }
    }
}
